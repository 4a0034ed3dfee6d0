// A text input with a list under it: arrows, Enter, Escape, and the words a screen reader needs.

import { awaitChoice } from "../ahead.js";
import { onScroll, settle } from "../float.js";

const BAR = 72;

/**
 * Make `input` a combobox over `box`.
 * load(text, signal) answers the options as HTML, or null to close; choose(option) is called for the one taken.
 */
export function combobox(input, box, { load, choose, onEmptyFocus = true }) {
  const list = document.createElement("div");
  list.role = "listbox";
  list.id = `${box.id}-list`;
  list.setAttribute("aria-label", input.getAttribute("aria-label") ?? input.labels?.[0]?.textContent ?? "");
  box.prepend(list);
  input.role = "combobox";
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-controls", list.id);
  input.setAttribute("aria-expanded", "false");
  let timer;
  let running = new AbortController();
  let at = -1;
  let due = null; // a list is on its way: whether for what was typed, arrows pressed before it came, and, where Enter was, what waits for it
  let heard = input.defaultValue;
  const options = () => [...list.querySelectorAll('[role="option"]:not([aria-disabled])')];

  function mark(index) {
    at = index;
    options().forEach((option, place) => option.setAttribute("aria-selected", String(place === at)));
    const current = options()[at];
    if (current) {
      input.setAttribute("aria-activedescendant", current.id);
      current.scrollIntoView({ block: "nearest" });
    } else input.removeAttribute("aria-activedescendant");
  }

  let still = () => {};

  function close() {
    clearTimeout(timer);
    running.abort();
    due?.taken?.();
    due = null;
    still();
    box.hidden = true;
    input.setAttribute("aria-expanded", "false");
    mark(-1);
  }

  // Over the input where there is no room below it, above the bar that stays at the end of the screen.
  function lay(anchor) {
    box.classList.remove("above");
    const { top, bottom } = anchor.getBoundingClientRect();
    const { height } = box.getBoundingClientRect();
    const below = innerHeight - bottom - BAR;
    if (height > below && top - BAR > below) box.classList.add("above");
  }

  async function open() {
    clearTimeout(timer);
    timer = 0;
    running.abort();
    running = new AbortController();
    const { signal } = running;
    due ??= { isTyped: false, steps: 0, taken: null };
    try {
      const html = await load(input.value.trim(), signal);
      if (signal.aborted) return undefined;
      if (html === null || (document.activeElement !== input && !due.taken)) return close();
      list.innerHTML = html;
      options().forEach((option, place) => (option.id = `${list.id}-${place}`));
      box.hidden = false;
      const anchor = input.closest(".input-box") ?? input;
      settle(box, anchor, true);
      still();
      const isSet = box.style.position === "fixed"; // else the box goes along with the page
      still = isSet ? onScroll(input, close) : () => {};
      if (!isSet) lay(anchor);
      input.setAttribute("aria-expanded", "true");
      // Enter takes the first of what was typed, never of what was there.
      const { isTyped, steps, taken } = due;
      const size = options().length;
      due = null;
      mark(size && (isTyped || steps) ? (((steps > 0 ? steps - 1 : steps) % size) + size) % size : -1);
      if (taken && options()[at]) take(options()[at]);
      else if (document.activeElement !== input) close();
      taken?.();
    } catch (error) {
      if (error.name !== "AbortError") close();
    }
    return undefined;
  }

  function take(option) {
    close();
    choose(option);
  }

  input.addEventListener("input", (event) => {
    if (event.isAgain && input.value === heard) return; // it was answered already
    heard = input.value;
    if (document.activeElement !== input) return;
    clearTimeout(timer);
    running.abort(); // a list for what stood there before says nothing about what is typed
    due?.taken?.();
    due = { isTyped: Boolean(input.value.trim()), steps: 0, taken: null };
    timer = setTimeout(open, 160);
  });
  input.addEventListener("click", () => box.hidden && (onEmptyFocus || input.value) && open());
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const by = event.key === "ArrowDown" ? 1 : -1;
      if (due || box.hidden) {
        due ??= { isTyped: false, steps: 0, taken: null };
        due.steps += by;
        if (timer || (due.steps === by && !due.isTyped)) open();
        return undefined;
      }
      const size = options().length;
      if (size) mark((at + by + size) % size);
    } else if (event.key === "Enter" && due && (due.isTyped || due.steps) && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      if (due.taken) return undefined;
      awaitChoice(new Promise((done) => (due.taken = done)));
      if (timer) open();
    } else if (event.key === "Enter" && !box.hidden && options()[at]) {
      event.preventDefault();
      take(options()[at]);
    } else if (event.key === "Escape" && (!box.hidden || due)) {
      event.stopPropagation();
      event.preventDefault();
      close();
    }
    return undefined;
  });
  // What was typed before this script came is answered, and Enter waits for it.
  if (document.activeElement === input && input.value !== input.defaultValue) input.dispatchEvent(new Event("input"));
  list.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const option = event.target.closest('[role="option"]:not([aria-disabled])');
    if (!option) return;
    event.preventDefault();
    take(option);
  });
  input.closest("form, .lookup").addEventListener("focusout", (event) => {
    if (due?.taken) return;
    if (!event.relatedTarget || (event.relatedTarget !== input && !box.contains(event.relatedTarget))) close();
  });
  return { close, open };
}

/** Fetch a fragment of a page. */
export async function fragment(url, signal) {
  const answer = await fetch(url, { signal, headers: { "HX-Request": "true", Accept: "text/html" } });
  if (!answer.ok) throw new Error(answer.statusText);
  return answer.text();
}
