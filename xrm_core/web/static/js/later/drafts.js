// What was typed and not saved is offered again. Long texts are kept in this tab, field by field; the form of a new record as a whole in
// this browser, for who typed it, for some days; so are the rows of a stored one. Never where reading is recorded (`data-unkept`), nor
// for somebody else (js/guard.js).
import { isTouched } from "../guard.js";
import { bring, inputs } from "./redraw.js";
import { drawn, typedRows, withRows } from "./rows.js";

const WHOLE = "xrm-new:";
const DAYS = 7;
const LONG = "textarea[name]:not(.code)";
const who = () => document.body.dataset.who ?? "";
const nameOf = (area) => `xrm-draft:${who()}:${location.pathname}:${area.name}`;
const open = new WeakMap(); // the text that a note offers, by its area
const isLong = (area) => area.matches?.(LONG) && !area.closest("[data-unkept]");

function store(where, key, text) {
  try {
    if (text) where.setItem(key, text);
    else where.removeItem(key);
  } catch (fault) {
    console.warn(fault); // the browser keeps no more: the form itself still holds it
  }
}

function note(before, choose) {
  const made = document.querySelector("#draft-note").content.firstElementChild.cloneNode(true);
  before(made);
  made.addEventListener("click", (event) => {
    const choice = event.target.closest("[data-draft]")?.dataset.draft;
    if (choice) choose(choice, made);
  });
}

// ---- long texts
/** Keep what is typed, in front of a draft that is still offered. */
function keep(area, typed) {
  store(sessionStorage, nameOf(area), [typed, open.get(area)?.text].filter((text) => text?.trim()).join("\n\n"));
}

/** What is saved needs no draft; what is offered and was not chosen is offered again. */
export function saved(form) {
  for (const area of form.querySelectorAll(LONG)) keep(area, "");
  original = null;
  clearTimeout(timer);
  timer = 0;
  if (isKept(form)) put(offered ?? []);
}

function offer(area) {
  const kept = sessionStorage.getItem(nameOf(area)) ?? "";
  const isRest = area.value.trim() && kept.startsWith(`${area.value}\n\n`); // in front of it stands what the form holds already
  const text = isRest ? kept.slice(area.value.length + 2) : kept;
  if (!text.trim() || text === area.value || area.closest(".field").querySelector(".draft-note")) return;
  open.set(area, { text });
  note((made) => area.after(made), (choice, made) => {
    open.delete(area);
    if (choice === "take") {
      const stays = isRest || (area.value.trim() && area.value !== area.defaultValue); // what was typed since
      area.value = stays ? `${area.value}\n\n${text}` : text;
      area.dispatchEvent(new Event("input", { bubbles: true }));
    } else keep(area, area.value === area.defaultValue ? "" : area.value);
    made.remove();
    area.focus();
  });
}

/** Offer what was typed into the long texts of a form. */
export function offerTexts(form) {
  if (!form.querySelector(":scope > .draft-note")) [...form.querySelectorAll(LONG)].filter(isLong).forEach(offer);
}

document.addEventListener("input", (event) => {
  if (isLong(event.target) && event.target.form?.matches("form#form[data-guard], .inline-edit")) keep(event.target, event.target.value);
});

// ---- forms of new records, rows of stored ones
let offered = null; // the values of a draft that is neither taken nor dropped
let original = null; // what the rows of a stored record held as they are stored
let looked = ""; // where a draft was looked for
let timer;
const address = () => `${WHOLE}${who()}:${location.pathname}${location.search}`;
const isForm = (form) => form.matches("form#form[data-guard]") && !form.querySelector("[name=_pick]");
const isWhole = (form) => isForm(form) && /\/new(\?|$)/.test(form.getAttribute("action"));
const isKept = (form) => isWhole(form) || (isForm(form) && /\/edit(\?|$)/.test(form.getAttribute("action")));
const put = (pairs) => store(localStorage, address(), pairs.length ? JSON.stringify({ at: Date.now(), values: pairs }) : "");

/** What is typed in a form; `all`: that too which is not kept. */
export function values(form, all = false) {
  const body = form.querySelector(".form-body");
  const not = new Set(all ? [] : ["_outer", ...[...body.querySelectorAll("[data-unkept] [name], [type=password]")].map((input) => input.name)]);
  const own = new Set(inputs(body).map((input) => input.name));
  return [...new FormData(form)].filter(([name, value]) => own.has(name) && !not.has(name) && typeof value === "string");
}

/** A draft under what was typed since: what somebody touched is his newest word. */
function joined(form, draft) {
  const touched = new Set(inputs(form).filter(isTouched).flatMap((input) => [input.name, input.name.replace(/__text$/, "")]));
  return [...draft.filter(([name]) => !touched.has(name)), ...values(form).filter(([name]) => touched.has(name))];
}

/** Another form comes in the place of this one: what is offered for it is looked for anew. */
export function fresh() {
  offered = original = null;
  looked = "";
}

/** From here on rows are told from those that the server drew, unless a draft of them is being typed already. */
export function begin(form) {
  if (!isWhole(form)) original ??= drawn(form);
}

function keepWhole() {
  clearTimeout(timer);
  timer = 0;
  const form = document.querySelector("form#form");
  if (!form || !isKept(form)) return;
  if (isWhole(form)) put(offered ? joined(form, offered) : values(form));
  else put(withRows(offered ?? [], typedRows(form, values(form), original ?? drawn(form))));
}

function keepSoon(form) {
  if (!form || !isKept(form) || form.dataset.sending !== undefined) return;
  clearTimeout(timer);
  timer = setTimeout(keepWhole, 300);
}

for (const kind of ["input", "change"]) document.addEventListener(kind, (event) => event.isTrusted && keepSoon(event.target.form));
document.addEventListener("redrawn", (event) => localStorage.getItem(address()) && keepSoon(event.target)); // a row was taken away
addEventListener("pagehide", () => timer && keepWhole());
document.addEventListener("discarded", () => {
  clearTimeout(timer);
  timer = 0;
  put([]);
});

/** A draft of rows without those that are stored no more. */
function standing(form, kept) {
  const names = new Set(inputs(form).map((input) => input.name));
  return kept.filter(([name]) => /^\w+\.\d+\./.test(name) || names.has(name));
}

/** Offer the form of a new record, or the rows of a stored one, as they were left: once, for what is typed from then on is kept too. */
export function offerWhole(form) {
  const isFirst = looked !== address();
  looked = address();
  if (!isFirst || !isKept(form) || form.dataset.changed !== undefined || form.querySelector(".summary")) return undefined;
  const draft = JSON.parse(localStorage.getItem(address()) ?? "{}");
  if (!draft.values || Date.now() - draft.at > DAYS * 86_400_000) return put([]);
  const kept = isWhole(form) ? draft.values : standing(form, draft.values);
  const texts = new Set([...form.querySelectorAll(LONG)].map((area) => area.name)); // which have notes of their own
  const now = new Set(values(form).map(String));
  if (!kept.some((pair) => !texts.has(pair[0]) && pair[1] && !now.has(String(pair)))) return undefined;
  offered = kept;
  note((made) => form.prepend(made), async (choice, made) => {
    const taken = isWhole(form) ? joined(form, offered) : withRows(values(form, true), offered);
    offered = null;
    if (choice === "take") await bring(form, taken).catch(() => {});
    else put([]);
    for (const area of form.querySelectorAll(LONG)) keep(area, area.value === area.defaultValue && choice === "drop" ? "" : area.value);
    made.remove();
    if (choice === "take") keepWhole();
    form.querySelector(".form-body :is(input:not([type=hidden]), select, textarea)")?.focus();
  });
  return undefined;
}
