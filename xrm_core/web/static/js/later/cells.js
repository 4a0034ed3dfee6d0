// Cells of a list changed in place: a click, F2 or "e" opens the input over the cell; Enter saves, Escape gives the value back,
// Tab saves and goes on. What is refused stays typed, with its reason.
import { arrived, drop, expecting } from "../ahead.js";
import { onShortcut } from "../keys.js";
import { htmx, welcome } from "../later.js";
import { problemOf, say } from "../live.js";
import { deliver } from "./sending.js";

const CELL = "#results td[data-edit]";
let open = null;
let opening = null; // the cell whose input is on its way: the last one asked for, by row and field
let saving = null;

/** All values of a form as one text, to tell whether anything was changed. */
function said(form) {
  return new URLSearchParams([...new FormData(form)].map(([name, value]) => [name, value.name ?? value])).toString();
}

function address(cell) {
  const { list } = cell.closest("#results").dataset;
  return `${list}/${cell.closest("tr").dataset.id}/field/${encodeURIComponent(cell.dataset.edit)}`;
}

function place(box, cell) {
  const edge = cell.getBoundingClientRect();
  const width = Math.min(Math.max(edge.width, 240), innerWidth - 16);
  const left = Math.min(Math.max(8, getComputedStyle(cell).direction === "rtl" ? edge.right - width : edge.left), innerWidth - width - 8);
  box.style.inlineSize = `${width}px`;
  box.style.left = `${left}px`;
  box.style.top = `${Math.max(8, Math.min(edge.top, innerHeight - box.offsetHeight - 8))}px`;
}

function show(cell, html) {
  const form = new DOMParser().parseFromString(html, "text/html").querySelector(".inline-edit");
  if (!form) return location.reload();
  form.querySelectorAll("[data-guard]").forEach((one) => delete one.dataset.guard);
  const box = open?.box ?? Object.assign(document.createElement("div"), { className: "cell-edit" });
  box.replaceChildren(document.importNode(form, true));
  const made = box.firstElementChild;
  delete made.dataset.guard;
  if (!box.isConnected) cell.closest(".card").append(box);
  open = { cell, box, before: made.dataset.changed === undefined ? said(made) : "" };
  welcome(box);
  place(box, cell);
  const input = made.querySelector('[aria-invalid], .inline-conflict input') ?? made.querySelector(':is(input:not([type=hidden]), select, textarea):not([tabindex="-1"])');
  input?.focus();
  input?.select?.();
  arrived(input);
  return undefined;
}

const same = (cell) => document.querySelector(`#${CSS.escape(cell.closest("tr").id)} td[data-edit="${CSS.escape(cell.dataset.edit)}"]`) ?? cell;
const keyOf = (cell) => `${cell.closest("tr").id} ${cell.dataset.edit}`;

async function edit(cell) {
  if (!cell || (open && keyOf(open.cell) === keyOf(cell))) return;
  expecting(() => (opening = null), open?.box);
  if (opening === keyOf(cell)) return;
  opening = keyOf(cell);
  const mine = opening;
  if (open && !(await save())) {
    opening = null;
    drop();
    return;
  }
  if (opening !== mine) return;
  cell = same(cell);
  const slow = setTimeout(() => cell.setAttribute("aria-busy", "true"), 300);
  try {
    const answer = await fetch(address(cell), { headers: { "HX-Request": "true", Accept: "text/html, application/problem+json" } });
    const html = answer.ok ? await answer.text() : "";
    if (opening === mine) {
      opening = null;
      if (answer.ok) show(same(cell), html);
      else {
        drop();
        say((await problemOf(answer)).text, "warn");
      }
    }
  } catch {
    if (opening === mine) {
      opening = null;
      drop();
      say(document.body.dataset.offlineText, "bad");
    }
  }
  clearTimeout(slow);
  cell.removeAttribute("aria-busy");
}

function close() {
  if (saving) return; // what is on its way is on its way
  const { box } = open;
  const cell = same(open.cell);
  open = null;
  box.remove();
  cell.closest("tr")?.querySelector(".row-link")?.focus();
}

/** The row as it is now, with the tick that it had; where it is not in the list any more, the list. */
async function redraw(id) {
  const answer = await fetch(location.href, { headers: { "HX-Request": "true", Accept: "text/html" } });
  const found = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById(id);
  const old = document.getElementById(id);
  if (!found || !old) {
    await (await htmx()).ajax("GET", location.href, { target: "#results", select: "#results", swap: "outerHTML" });
    return;
  }
  const row = document.importNode(found, true);
  const [was, now] = [old, row].map((one) => one.querySelector(".tick input"));
  if (was && now) now.checked = was.checked;
  old.replaceWith(row);
  welcome(row);
}

/** Save what is open, once; true when it was, or nothing was changed. What is being saved is typed in no more. */
function save() {
  saving ??= store().finally(() => (saving = null));
  return saving;
}

async function store() {
  const { cell, box, before } = open;
  const form = box.querySelector("form");
  if (said(form) === before) {
    open = null;
    box.remove();
    if (!opening) same(cell).closest("tr").querySelector(".row-link")?.focus();
    return true;
  }
  form.addEventListener("beforeinput", (event) => form.dataset.sending !== undefined && event.preventDefault());
  form.dataset.sending = "";
  const slow = setTimeout(() => cell.setAttribute("aria-busy", "true"), 300);
  const answer = await deliver(form, form.querySelector(".btn.primary"));
  clearTimeout(slow);
  cell.removeAttribute("aria-busy");
  delete form.dataset.sending;
  if (!answer) {
    drop();
    return false;
  }
  if (answer.status !== 204) {
    drop();
    if (answer.isPage) show(cell, answer.text);
    return false;
  }
  const id = cell.closest("tr").id;
  open = null;
  box.remove();
  await redraw(id);
  if (open) Object.assign(open, { cell: same(open.cell) });
  else if (!opening && [document.body, null].includes(document.activeElement)) document.querySelector(`#${CSS.escape(id)} .row-link`)?.focus();
  return true;
}

/** The cell that can be changed before or behind one, over the ends of rows. */
function beside(cell, by) {
  const all = [...document.querySelectorAll(CELL)];
  const at = all.findIndex((one) => one.closest("tr").id === cell.closest("tr").id && one.dataset.edit === cell.dataset.edit);
  return at < 0 ? null : all[at + by];
}

document.addEventListener("click", (event) => {
  const cell = event.target.closest?.(CELL);
  if (event.target.closest?.(".cell-edit [data-cancel]")) {
    event.preventDefault();
    close();
  } else if (cell && !event.target.closest("a, button, input, label, summary") && !String(getSelection())) edit(cell);
});

document.addEventListener("pointerdown", (event) => {
  if (open && !event.target.closest(".cell-edit, dialog, .toast") && !event.target.closest(CELL)) save();
});

document.addEventListener("submit", (event) => {
  if (!event.target.closest?.(".cell-edit")) return;
  event.preventDefault();
  save();
});

document.addEventListener("keydown", async (event) => {
  if (open && event.target.closest?.(".cell-edit") && !event.defaultPrevented && !event.isComposing) {
    if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      close();
    } else if (event.key === "Enter" && event.target.matches("input:not([type=checkbox], [type=radio]), select")) {
      event.preventDefault();
      save();
    } else if (event.key === "Tab" && !event.target.closest("fieldset, .joined, .inline-conflict")) {
      const next = [beside(open.cell, event.shiftKey ? -1 : 1)].map((one) => one && [one.closest("tr").id, one.dataset.edit])[0];
      event.preventDefault();
      if (next) expecting(null, open.box);
      if ((await save()) && next) edit(document.querySelector(`#${CSS.escape(next[0])} td[data-edit="${CSS.escape(next[1])}"]`));
    }
  } else if (event.key === "F2") {
    const cell = event.target.closest?.("#results tr")?.querySelector("td[data-edit]");
    if (!cell) return;
    event.preventDefault();
    edit(cell);
  }
});

onShortcut("edit", () => {
  const cell = document.activeElement?.closest("#results tr")?.querySelector("td[data-edit]");
  return cell ? void edit(cell) : false;
});

addEventListener("scroll", () => open && place(open.box, open.cell), { capture: true, passive: true });
