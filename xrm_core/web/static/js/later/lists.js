// A list: which records are ticked, on this page or all; order by several columns (shift-click); widths of columns.
import { htmx } from "../later.js";

function ticks() {
  return [...document.querySelectorAll('.tick input[name="selected"]')];
}

// What is ticked stays ticked while one turns the pages of the same list, in whatever order and columns.
const chosen = new Set();
let list = "";
let said = "";

function whose() {
  const url = new URL(location.href);
  for (const name of ["after", "before", "sort", "cols", "width", "group"]) url.searchParams.delete(name);
  return url.pathname + url.search;
}

/** Tick what was ticked before; what is on other pages goes along with the form. */
function recall() {
  if (list !== whose()) chosen.clear();
  list = whose();
  for (const tick of ticks()) if (chosen.has(tick.value)) tick.checked = true;
}

function elsewhere() {
  const form = document.querySelector("#bulk");
  const here = new Set(ticks().map((tick) => tick.value));
  form?.querySelectorAll(".elsewhere").forEach((input) => input.remove());
  const away = [...chosen].filter((id) => !here.has(id));
  form?.append(...away.map((value) => Object.assign(document.createElement("input"), { type: "hidden", name: "selected", value, className: "elsewhere" })));
}

function count() {
  for (const tick of ticks()) tick.checked ? chosen.add(tick.value) : chosen.delete(tick.value);
  elsewhere();
  const here = ticks().filter((tick) => tick.checked).length;
  for (const all of document.querySelectorAll("[data-select-all], [data-select-page]")) {
    all.checked = here > 0 && here === ticks().length;
    all.indeterminate = here > 0 && here < ticks().length;
  }
  const every = document.querySelector("[data-all]");
  if (every) {
    const isNarrow = matchMedia("(max-width: 759px)").matches; // there the box in the head is not to be seen
    every.closest("label").hidden = !(here > 0 && (isNarrow || here === ticks().length));
    if (here < ticks().length) every.checked = false;
  }
  document.querySelectorAll("[data-selected-count]").forEach((element) => {
    element.textContent = every?.checked ? document.querySelector("#count").textContent : chosen.size;
  });
  const words = chosen.size ? (document.querySelector(".bulk-count")?.textContent.trim() ?? "") : "";
  if (words !== said) document.querySelector("#status").textContent = words; // for who does not see the bar come
  said = words;
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
  if (event.target.closest?.("[data-select-none]")) clear();
});

function clear() {
  ticks().forEach((one) => (one.checked = false));
  chosen.clear();
  count();
}

// Escape lets go of what is ticked, where nothing lies above the list.
document.addEventListener("keydown", (event) => {
  const isFree = !event.defaultPrevented && !document.querySelector(":modal, .cell-edit, details.menu[open]") && !event.target.closest?.("input:not([type=checkbox]), textarea, select");
  if (event.key === "Escape" && chosen.size && isFree) clear();
});

document.addEventListener("change", (event) => {
  if (event.target.matches?.("[data-select-all], [data-select-page]")) ticks().forEach((one) => (one.checked = event.target.checked));
  else if (event.target.dataset?.all === undefined) return;
  else if (event.target.checked) ticks().forEach((one) => (one.checked = true));
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
  htmx().then((library) => {
    library.process(link);
    link.click();
  });
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

// Several columns that stay in sight: each is set behind those before it, as wide as they are now.
function freeze() {
  const table = document.querySelector("#results table.frozen");
  for (const cell of table?.querySelectorAll(".held") ?? []) {
    cell.classList.remove("held", "held-last");
    cell.style.removeProperty("inset-inline-start");
  }
  const n = Number(table?.className.match(/frozen-(\d)/)?.[1] ?? 0);
  const heads = table ? [...table.querySelectorAll("thead th:is(.tick, [data-column])")] : [];
  const last = heads.findLastIndex((head, at) => heads.slice(0, at + 1).filter((one) => one.dataset.column).length <= n);
  const edges = heads.slice(0, last + 1).reduce((found, head) => [...found, found.at(-1) + head.getBoundingClientRect().width], [0]);
  // What would take most of the room is not kept in sight.
  const isNarrow = matchMedia("(max-width: 759px)").matches; // there each row is a card, with nothing beside it to go under
  const held = isNarrow || edges.at(-1) > (table?.parentElement.clientWidth ?? 0) * 0.7 ? 0 : last + 1;
  for (const row of table?.rows ?? []) {
    if (row.matches(".group-head, .group-more")) continue;
    for (let at = 0; at < Math.min(held, row.cells.length); at += 1) {
      row.cells[at].classList.add("held");
      row.cells[at].classList.toggle("held-last", at === held - 1);
      row.cells[at].style.insetInlineStart = `${edges[at]}px`;
    }
  }
}

function start() {
  handles();
  freeze();
  recall();
  count();
}

document.addEventListener("htmx:load", start);
addEventListener("pageshow", start);
addEventListener("resize", freeze); // a phone that is turned, a window that is made wider
if (document.querySelector(":is([data-select-all], [data-select-page]):checked")) ticks().forEach((one) => (one.checked = true)); // ticked before this script came
start();
