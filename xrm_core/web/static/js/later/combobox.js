// A text input with a list under it: arrows, Enter, Escape, and the words a screen reader needs.

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
  let awaited = false; // a list is on its way
  let isWanted = false; // Enter was pressed before it came: its first is taken
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
    awaited = isWanted = false;
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
    running.abort();
    running = new AbortController();
    try {
      const html = await load(input.value.trim(), running.signal);
      if (html === null) return close();
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
      mark(awaited && options().length ? 0 : -1); // Enter takes the first of what was typed, never of what was there
      const first = isWanted && options()[at];
      awaited = isWanted = false;
      if (first) take(first);
    } catch (error) {
      if (error.name !== "AbortError") close();
    }
    return undefined;
  }

  function take(option) {
    close();
    choose(option);
  }

  input.addEventListener("input", () => {
    clearTimeout(timer);
    running.abort(); // a list for what stood there before says nothing about what is typed
    timer = setTimeout(open, 160);
    awaited = Boolean(input.value.trim());
    isWanted = false;
  });
  input.addEventListener("click", () => box.hidden && (onEmptyFocus || input.value) && open());
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (box.hidden) return void open();
      clearTimeout(timer);
      running.abort();
      awaited = false;
      const size = options().length;
      if (size) mark((at + (event.key === "ArrowDown" ? 1 : -1) + size) % size);
    } else if (event.key === "Enter" && awaited && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      isWanted = true;
    } else if (event.key === "Enter" && !box.hidden && options()[at]) {
      event.preventDefault();
      take(options()[at]);
    } else if (event.key === "Escape" && !box.hidden) {
      event.stopPropagation();
      event.preventDefault();
      close();
    }
    return undefined;
  });
  list.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const option = event.target.closest('[role="option"]:not([aria-disabled])');
    if (!option) return;
    event.preventDefault();
    take(option);
  });
  input.closest("form, .lookup").addEventListener("focusout", (event) => {
    if (isWanted) return;
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
