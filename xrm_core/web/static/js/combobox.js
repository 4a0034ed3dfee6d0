// A text input with a list under it: arrows, Enter, Escape, and the words a screen reader needs.

import { onScroll, settle } from "./float.js";

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
    still();
    box.hidden = true;
    input.setAttribute("aria-expanded", "false");
    mark(-1);
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
      settle(box, input.closest(".input-box") ?? input, true);
      still();
      still = onScroll(input, close);
      input.setAttribute("aria-expanded", "true");
      mark(input.value.trim() && options().length ? 0 : -1);
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
    timer = setTimeout(open, 160);
  });
  input.addEventListener("click", () => box.hidden && (onEmptyFocus || input.value) && open());
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (box.hidden) return void open();
      const size = options().length;
      if (size) mark((at + (event.key === "ArrowDown" ? 1 : -1) + size) % size);
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
