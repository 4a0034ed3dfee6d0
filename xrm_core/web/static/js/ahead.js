// Who is faster than the page: keys pressed while the input that they are for is on its way go into it when it is there and are no
// shortcuts meanwhile; a choice that Enter asked for is waited for before a form is sent.
const NAMED = ["Enter", "Tab", "Escape", "Backspace", "ArrowDown", "ArrowUp"];
const TYPED = "input:not([type=checkbox], [type=radio], [type=button], [type=submit], [type=hidden]), textarea, select";
const LONG = 10_000;
const keys = [];
let on = null; // { from, cancel }
let claims = 0;
let timer;

function hear(event) {
  const { key, target } = event;
  if (!event.isTrusted || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || (key.length > 1 && !NAMED.includes(key))) return;
  if (target.closest?.(TYPED) && !on.from?.contains(target)) return; // somebody types elsewhere
  event.preventDefault();
  event.stopImmediatePropagation();
  if (key === "Escape") {
    const { cancel } = on;
    drop();
    cancel?.();
  } else if (!event.repeat || key.length === 1) keys.push([key, event.shiftKey]);
}

/** Forget what was pressed: nothing comes, or somebody went elsewhere. */
export function drop() {
  clearTimeout(timer);
  on = null;
  keys.length = 0;
  removeEventListener("keydown", hear, true);
  removeEventListener("pointerdown", drop, true);
}

/** From here on keys are for an input that is on its way; those pressed in `from` too. `cancel` is called on Escape. */
export function expecting(cancel, from) {
  claims += 1;
  clearTimeout(timer);
  timer = setTimeout(drop, LONG);
  if (!on) {
    addEventListener("keydown", hear, true);
    addEventListener("pointerdown", drop, true);
  }
  on = { from: from ?? on?.from, cancel };
}

/** Is an input on its way? */
export const isExpected = () => Boolean(on);

/** How often an input was expected so far. */
export const claimed = () => claims;

function write(input, text) {
  if (input.matches("select")) {
    const found = [...input.options].findIndex((one) => one.text.toLowerCase().startsWith(text.toLowerCase()));
    if (found < 0 || found === input.selectedIndex) return;
    input.selectedIndex = found;
    input.dispatchEvent(new Event("change", { bubbles: true }));
    return;
  }
  try {
    input.setRangeText(text, input.selectionStart, input.selectionEnd, "end");
  } catch {
    input.value = text; // of a kind that tells no selection
  }
  input.dispatchEvent(new Event("input", { bubbles: true }));
}

function press(input, key, shiftKey) {
  // A key that is no letter does something to an input; a button that came is not pressed unseen.
  if (key === "Backspace") {
    if (input.selectionStart === input.selectionEnd) input.setSelectionRange?.(Math.max(0, input.selectionStart - 1), input.selectionEnd);
    return write(input, "");
  }
  const isFree = input.dispatchEvent(new KeyboardEvent("keydown", { key, code: key, shiftKey, bubbles: true, cancelable: true }));
  if (key === "Tab" && isFree) {
    const all = [...(input.closest("dialog, form") ?? document).querySelectorAll("a[href], button, summary, input, select, textarea")].filter((one) => one.checkVisibility() && one.tabIndex >= 0 && !one.disabled);
    all[all.indexOf(input) + (shiftKey ? -1 : 1)]?.focus();
    return undefined;
  }
  if (key !== "Enter" || !isFree) return undefined;
  if (input.matches("textarea")) write(input, "\n");
  else input.form?.requestSubmit(input.form.querySelector("button:not([type=button])") ?? undefined);
  return undefined;
}

/** The input is there (or what has the focus): what was pressed goes into it, until something else is awaited again. */
export function arrived(first = document.activeElement) {
  let input = first;
  const rest = keys.splice(0);
  const isOn = Boolean(on);
  drop();
  if (!isOn || !input) return;
  let text = "";
  let isWritten = false;
  while (rest.length && !on) {
    const [key, isShift] = rest.shift();
    const isText = input.matches(TYPED);
    if (key.length === 1 && isText) {
      text += key;
      if (rest[0]?.[0].length === 1) continue;
      write(input, text);
      text = "";
      isWritten = true;
    } else if (key === " " && input.matches("[type=checkbox], [type=radio]")) input.click();
    else if (key.length > 1 && isText && (isWritten || key !== "Enter")) {
      press(input, key, isShift);
      if (key === "Enter") break;
      if (key === "Tab" && !on) input = document.activeElement;
    }
  }
  if (on) keys.push(...rest);
}

const choices = new Set();

/** A choice that is on its way: forms are not sent before it is made. */
export function awaitChoice(made) {
  choices.add(made);
  made.finally(() => choices.delete(made));
}

/** Wait for the choices that are on their way. */
export const chosen = () => Promise.allSettled(choices);
