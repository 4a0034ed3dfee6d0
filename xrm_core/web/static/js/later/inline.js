// Values of a record changed where they stand: a click, Enter or F2 opens the input; Enter saves, Escape gives the value back.
// Afterwards the page is drawn anew, since conditions, formulas and the header may follow from what was saved.
import { arrived, drop, expecting } from "../ahead.js";
import { leaving, watch } from "../guard.js";
import { onShortcut } from "../keys.js";
import { htmx, welcome } from "../later.js";
import { problemOf, say } from "../live.js";
import { offerTexts, saved } from "./drafts.js";
import { deliver, keepBeforeLeaving } from "./sending.js";

const FIELD = ".field-value[data-edit]";
const BUSY = "aria-busy";
const words = new WeakMap();

function first(form) {
  return form.querySelector(':is(input:not([type=hidden]), select, textarea):not([tabindex="-1"])');
}

function isChanged(form) {
  return form.dataset.changed !== undefined || words.get(form) !== new URLSearchParams([...new FormData(form)].map(([k, v]) => [k, v.name ?? v])).toString();
}

let opening = ""; // the field whose input is on its way: the last one asked for

async function open(field) {
  if (field.querySelector(".inline-edit")) return;
  expecting(() => (opening = ""));
  if (opening === field.id) return;
  const mine = (opening = field.id);
  for (const other of document.querySelectorAll(".inline-edit")) {
    if (!isChanged(other)) close(other, false);
    else if (!(await save(other, false))) return void ((opening = ""), drop());
  }
  field = document.getElementById(mine);
  if (opening !== mine || !field) return;
  field.setAttribute(BUSY, "true");
  try {
    const answer = await fetch(field.dataset.edit, { headers: { "HX-Request": "true", Accept: "text/html, application/problem+json" } });
    const html = answer.ok ? await answer.text() : "";
    if (opening === mine) {
      opening = "";
      if (answer.ok) arrived(first(show(document.getElementById(mine), html) ?? field));
      else {
        drop();
        say((await problemOf(answer)).text, "bad");
      }
    }
  } catch {
    if (opening === mine) {
      opening = "";
      drop();
      say(document.body.dataset.offlineText, "bad");
    }
  }
  field.removeAttribute(BUSY);
}

/** The styles of forms, for a long text alone; once. */
function style() {
  const { href } = new URL("../../css/later/form.css", import.meta.url);
  if (![...document.styleSheets].some((one) => one.href === href)) document.head.append(Object.assign(document.createElement("link"), { rel: "stylesheet", href }));
}

/** Put the input in place of the value, which is kept. */
function show(field, html) {
  const place = field.querySelector("dd");
  const made = new DOMParser().parseFromString(html, "text/html").querySelector(".inline-edit");
  if (!made) return location.reload();
  const old = place.querySelector(".inline-edit");
  if (!old) field.kept = [...place.childNodes];
  place.replaceChildren(document.importNode(made, true));
  const form = place.firstElementChild;
  welcome(form);
  words.set(form, new URLSearchParams([...new FormData(form)].map(([k, v]) => [k, v.name ?? v])).toString());
  watch(form);
  const input = form.querySelector("[aria-invalid], .inline-conflict input") ?? first(form);
  input?.focus();
  if (!old) input?.select?.();
  if (form.querySelector("textarea") && document.querySelector("#draft-note")) {
    style();
    offerTexts(form);
  }
  return form;
}

function close(form, focus = true) {
  const field = form.closest(FIELD);
  form.closest("dd").replaceChildren(...field.kept);
  document.title = document.title.replace(/^• /, "");
  if (focus) field.querySelector(".edit-mark")?.focus();
}

const saving = new WeakMap();

/** Save one field, once; true when it was. What is refused stays typed; what is being saved is typed in no more. */
function save(form, focus = true) {
  if (!saving.has(form)) saving.set(form, store(form, focus).finally(() => saving.delete(form)));
  return saving.get(form);
}

async function store(form, focus) {
  const field = form.closest(FIELD);
  const id = field.id;
  if (!isChanged(form)) {
    close(form, focus);
    return true;
  }
  field.setAttribute(BUSY, "true");
  form.addEventListener("beforeinput", (event) => form.dataset.sending !== undefined && event.preventDefault());
  form.dataset.sending = "";
  const answer = await deliver(form, form.querySelector(".btn.primary"));
  delete form.dataset.sending;
  field.removeAttribute(BUSY);
  if (!answer) return false;
  if (answer.status !== 204) {
    if (answer.isPage) show(field, answer.text);
    return false;
  }
  saved(form);
  form.remove();
  document.title = document.title.replace(/^• /, "");
  await (await htmx()).ajax("GET", location.pathname + location.search, { target: "#main", select: "#main", swap: "outerHTML" });
  const mark = document.querySelector(`#${CSS.escape(id)} .edit-mark`);
  if (focus) (mark ?? document.querySelector("#main")).focus();
  return true;
}

document.addEventListener("click", (event) => {
  const mark = event.target.closest(".edit-mark");
  const field = event.target.closest(FIELD);
  const form = event.target.closest(".inline-edit");
  if (event.target.closest("[data-cancel]") && form) {
    event.preventDefault();
    close(form);
  } else if (mark) {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    open(field);
  } else if (field && !form && event.target.closest("dd") && !event.target.closest("a, button, summary, label, input") && !String(getSelection())) open(field);
});

document.addEventListener("submit", (event) => {
  const form = event.target.closest?.(".inline-edit");
  if (!form) return;
  event.preventDefault();
  save(form);
});

document.addEventListener("keydown", (event) => {
  const form = event.target.closest?.(".inline-edit");
  if (form && !event.defaultPrevented && !event.isComposing) {
    const isLong = event.target.matches("textarea");
    if (event.key === "Escape") {
      event.preventDefault();
      if (!saving.has(form)) close(form);
    } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey || (!isLong && event.target.matches("input, select")))) {
      event.preventDefault();
      form.requestSubmit();
    }
  } else if (event.key === "F2") {
    const field = event.target.closest?.(FIELD);
    if (field && open(field)) event.preventDefault();
  }
});

keepBeforeLeaving((form) => form.matches(".inline-edit") && (async (then) => {
  if (!(await save(form, false))) return;
  leaving();
  location.assign(then);
}));

onShortcut("edit", (event) => {
  const field = event.target.closest?.(FIELD);
  return field ? void open(field) : false;
});
