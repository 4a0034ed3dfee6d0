// A list: which records are ticked, on this page or all; order by several columns (shift-click); widths of columns.
import { onShortcut } from "../keys.js";

function ticks() {
  return [...document.querySelectorAll('.tick input[name="selected"]')];
}

function count() {
  const chosen = ticks().filter((tick) => tick.checked).length;
  const all = document.querySelector("[data-select-all]");
  if (all) {
    all.checked = chosen > 0 && chosen === ticks().length;
    all.indeterminate = chosen > 0 && chosen < ticks().length;
  }
  const every = document.querySelector("[data-all]");
  if (every) {
    every.closest("label").hidden = !(chosen > 0 && chosen === ticks().length);
    if (chosen < ticks().length) every.checked = false;
  }
  document.querySelectorAll("[data-selected-count]").forEach((element) => {
    element.textContent = every?.checked ? document.querySelector("#count").textContent : chosen;
  });
}

let last = null;
document.addEventListener("click", (event) => {
  const tick = event.target.closest?.('.tick input[name="selected"]');
  if (tick) {
    const all = ticks();
    if (event.shiftKey && last && all.includes(last)) {
      const [from, to] = [all.indexOf(last), all.indexOf(tick)].sort((a, b) => a - b);
      all.slice(from, to + 1).forEach((one) => (one.checked = tick.checked));
    }
    last = tick;
    count();
  }
  if (event.target.closest?.("[data-select-none]")) {
    ticks().forEach((one) => (one.checked = false));
    count();
  }
});

document.addEventListener("change", (event) => {
  if (event.target.dataset?.selectAll !== undefined) ticks().forEach((one) => (one.checked = event.target.checked));
  else if (event.target.dataset?.all === undefined) return;
  count();
});

/** Show another address of the list in place: a link like those in its head is followed. */
export function visit(url) {
  const link = document.querySelector("a.sort").cloneNode(false);
  link.removeAttribute("id");
  link.hidden = true;
  link.href = url;
  link.setAttribute("hx-get", url);
  document.querySelector("#results").append(link);
  window.htmx.process(link);
  link.click();
}

document.addEventListener("click", (event) => {
  const head = event.target.closest?.("a.sort[data-further]");
  if (!head || !event.shiftKey) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  getSelection()?.removeAllRanges();
  visit(head.dataset.further);
}, true);

// Widths: a handle at the end of each head, for those who point; the sheet of columns has buttons for everybody.
function handles() {
  for (const head of document.querySelectorAll("#results th[data-column]:not(:has(.resize))")) {
    if (head.closest("#results").dataset.list === undefined) continue;
    head.append(Object.assign(document.createElement("span"), { className: "resize" }));
  }
}

document.addEventListener("pointerdown", (event) => {
  const handle = event.target.closest?.(".resize");
  if (!handle) return;
  event.preventDefault();
  const head = handle.closest("th");
  const turn = getComputedStyle(head).direction === "rtl" ? -1 : 1;
  const [from, width] = [event.clientX, head.getBoundingClientRect().width];
  const size = (now) => Math.round(Math.min(900, Math.max(48, width + turn * (now.clientX - from))));
  const move = (now) => (head.width = size(now));
  const end = (now) => {
    removeEventListener("pointermove", move);
    const url = new URL(location.href);
    const kept = new Map((url.searchParams.get("width") ?? "").split(",").filter(Boolean).map((part) => part.split(":")));
    for (const one of document.querySelectorAll("#results th[data-column][width]")) kept.set(one.dataset.column, one.getAttribute("width"));
    kept.set(head.dataset.column, size(now));
    url.searchParams.set("width", [...kept].map((pair) => pair.join(":")).join(","));
    visit(url.pathname + url.search);
  };
  addEventListener("pointermove", move);
  addEventListener("pointerup", end, { once: true });
});

function start() {
  handles();
  count();
}

document.addEventListener("htmx:load", start);
addEventListener("pageshow", start);
onShortcut("views", () => {
  const tabs = document.querySelector("#views .tabs [aria-current]") ?? document.querySelector("#views .tabs a");
  return tabs ? tabs.focus() : false;
});
start();
