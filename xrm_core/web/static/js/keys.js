// Keyboard shortcuts. The registry is the sheet behind "?" (drawn from xrm_core/web/shortcuts.py); a key works on the control that
// carries it in aria-keyshortcuts, or on what a module says with onShortcut(name, act).
import { show } from "./dialogs.js";
import { isTold, say } from "./live.js";

const TYPED = "input:not([type=checkbox], [type=radio], [type=button], [type=submit]), textarea, select, [contenteditable], [role=textbox], [role=combobox], [role=listbox]";

/** True when a key belongs to what the reader is typing into; a field of a dialog that is closed keeps the focus until the next frame. */
function isTyping(target) {
  return target.closest?.(TYPED)?.checkVisibility() ?? false;
}

const acts = new Map();

/** Say what a shortcut does: act(event) answers false where it does not apply, then what was said before is tried. */
export function onShortcut(name, act) {
  acts.set(name, [act, ...(acts.get(name) ?? [])]);
}

const sheet = document.querySelector("#shortcuts");
const known = new Map();
for (const row of sheet?.querySelectorAll("[data-shortcut]") ?? []) known.set(row.dataset.keys, row);

const KEPT = "xrm-single-keys";
const choice = document.querySelector("#single-keys");

/** True unless the reader has switched single keys off (some software for speech or switches types them). */
function isOn() {
  return localStorage.getItem(KEPT) !== "off";
}

if (choice) {
  choice.checked = isOn();
  choice.addEventListener("change", () => localStorage.setItem(KEPT, choice.checked ? "on" : "off"));
}

/** The name of a key press as the registry writes it; letters go by their place where the keyboard has other letters. */
function named(event) {
  const special = event.getModifierState("AltGraph") && event.key.length === 1;
  const command = !special && (event.ctrlKey || event.metaKey);
  if (event.altKey && !special) return "";
  const code = /^Key([A-Z])$/.exec(event.code)?.[1];
  const letter = /^[a-z]$/i.test(event.key) ? event.key : (/^\p{L}$/u.test(event.key) && code) || "";
  if (command) return `Control+${letter.toUpperCase() || event.key}`;
  if (letter) return event.shiftKey ? `Shift+${letter.toUpperCase()}` : letter.toLowerCase();
  return event.key;
}

function control(keys, inside) {
  const marked = [...inside.querySelectorAll(`[aria-keyshortcuts~="${CSS.escape(keys)}"]`)];
  return marked.find((element) => element.checkVisibility?.() ?? true);
}

function work(element) {
  if (element.matches(TYPED)) {
    element.focus();
    element.select?.();
  } else {
    if (element.matches("summary, button")) element.focus();
    element.click();
  }
}

/** Do what a shortcut stands for; true when something was done. */
function run(row, event, modal) {
  if ((acts.get(row.dataset.shortcut) ?? []).some((act) => act(event) !== false)) return true;
  const form = event.target.closest?.("form") ?? document;
  const element = control(row.dataset.keys, form) ?? control(row.dataset.keys, modal ?? document);
  if (element) work(element);
  else if (row.dataset.href && !modal) location.assign(row.dataset.href);
  else return false;
  isGone = !modal && (!element || element.matches("a[href]:not([data-sheet], [data-asks], [data-palette], [hx-get], [target], [download], .edit-mark)"));
  if (isGone) setTimeout(() => (isGone = false), GOING);
  return true;
}

const GOING = 3000;
let isGone = false; // on the way to another page: what is typed for that one does nothing here
let first = "";
let timer;

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing || event.repeat && !"jk".includes(event.key)) return;
  const keys = named(event);
  const modal = document.querySelector(":modal");
  const isCommand = keys.startsWith("Control+");
  if (!isCommand && (!isOn() || modal || isTyping(event.target))) return;
  if (isGone && !isCommand) return;
  const row = known.get(first ? `${first} ${keys}` : keys);
  const opens = !first && [...known.keys()].some((one) => one.startsWith(`${keys} `));
  clearTimeout(timer);
  first = "";
  if (row && row.dataset.shortcut !== "close" && row.dataset.shortcut !== "open" && run(row, event, modal)) event.preventDefault();
  else if (opens) {
    first = keys;
    timer = setTimeout(() => (first = ""), 1500);
  }
});

function step(by) {
  const all = [...document.querySelectorAll(".row-link")];
  const here = all.indexOf(document.activeElement?.closest("tr, .board-card, .hit")?.querySelector(".row-link"));
  all[Math.min(all.length - 1, Math.max(0, here + by))]?.focus();
  return all.length > 0;
}

function tick(event) {
  const box = document.activeElement?.closest("tr, .board-card")?.querySelector('.tick input, input[name="selected"]');
  box?.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true, shiftKey: event.shiftKey }));
  return Boolean(box);
}

/** Open the palette at once, so that what is typed next is its own; what it holds is brought then, and keys pressed before are pressed then. */
async function palette(start = "") {
  const dialog = document.querySelector("#palette");
  const input = dialog.querySelector("input");
  const early = [];
  const hold = (event) => {
    if (!["Enter", "ArrowDown", "ArrowUp"].includes(event.key) || event.isComposing) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    early.push({ key: event.key, ctrlKey: event.ctrlKey, metaKey: event.metaKey, cancelable: true });
  };
  input.value = start;
  show(dialog);
  input.addEventListener("keydown", hold, true);
  const module = await import("./later/palette.js").catch(() => null);
  input.removeEventListener("keydown", hold, true);
  if (!dialog.open) return;
  if (module) {
    module.fill();
    for (const key of early) input.dispatchEvent(new KeyboardEvent("keydown", key));
  } else {
    dialog.close();
    say(document.body.dataset.offlineText, "bad");
  }
}

onShortcut("next", () => step(1));
onShortcut("previous", () => step(-1));
onShortcut("select", tick);
onShortcut("select_range", tick);
onShortcut("help", () => show(sheet));
onShortcut("palette", () => (document.querySelector(":modal") ? false : void palette()));
onShortcut("search", () => {
  const box = document.querySelector("#list-q");
  return box ? work(box) : void palette();
});
onShortcut("create", () => (control("c", document) ? false : void palette("+")));
onShortcut("views", () => {
  const tabs = document.querySelector("#views .tabs [aria-current]") ?? document.querySelector("#views .tabs a");
  return tabs ? tabs.focus() : false;
});
const takeBack = () => [...document.querySelectorAll("#toasts [data-undo], #toasts form button")].pop();

/** The last act whose message is gone: taken back at once where this page told of it, else its message comes again. */
async function undoLast() {
  const answer = await fetch("/undo", { headers: { Accept: "application/json" } }).catch(() => null);
  if (!answer?.ok) return say(document.body.dataset.offlineText, "bad");
  const { text, tone, undo, label } = await answer.json();
  const isHere = isTold(undo);
  say(text, tone, undo, label);
  if (undo && isHere) takeBack()?.click();
}

onShortcut("undo", () => {
  const undo = takeBack();
  return undo ? undo.click() : void undoLast();
});

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-palette]");
  if (!opener || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  palette(opener.dataset.palette);
});
