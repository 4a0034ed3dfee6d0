// Single keys, only where nobody types. What a key does stands on the element itself: aria-keyshortcuts.

/** True when a key belongs to what the reader is typing into. */
export function isTyping(target) {
  return Boolean(target.closest?.("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable], dialog[open]"));
}

function rows() {
  return [...document.querySelectorAll(".row-link")];
}

function step(by) {
  const all = rows();
  const here = all.indexOf(document.activeElement?.closest("tr, .board-card, .hit")?.querySelector(".row-link"));
  all[Math.min(all.length - 1, Math.max(0, here + by))]?.focus();
}

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

const MOVES = {
  j: () => step(1),
  k: () => step(-1),
  x: () => document.activeElement?.closest("tr")?.querySelector(".tick input")?.click(),
  "/": () => (document.querySelector("#list-q") ?? document.querySelector("#top-q"))?.focus(),
  "?": () => document.querySelector("#shortcuts")?.showModal(),
};

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing) return;
  const command = event.ctrlKey || event.metaKey;
  if (command && event.key.toLowerCase() === "k") {
    event.preventDefault();
    document.querySelector("#top-q")?.select();
    return;
  }
  if (command && event.key.toLowerCase() === "s") {
    const save = document.querySelector("#save");
    if (save) {
      event.preventDefault();
      save.click();
    }
    return;
  }
  if (command || event.altKey || !isOn() || isTyping(event.target)) return;
  const marked = [...document.querySelectorAll("[aria-keyshortcuts]")].find((element) => element.getAttribute("aria-keyshortcuts") === event.key);
  const act = marked ? () => marked.click() : MOVES[event.key];
  if (!act) return;
  event.preventDefault();
  act();
});
