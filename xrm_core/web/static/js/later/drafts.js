// What was typed and not saved is offered again. Long texts are kept in this tab, field by field; the form of a new record as a whole in
// this browser, for who typed it, for some days: never where reading is recorded (`data-unkept`), nor for somebody else (js/guard.js).
import { isTouched } from "../guard.js";
import { bring, inputs } from "./redraw.js";

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
  if (isWhole(form)) store(localStorage, address(), offered ? JSON.stringify({ at: Date.now(), values: offered }) : "");
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

// ---- forms of new records
let offered = null; // the values of a draft that is neither taken nor dropped
let timer;
const address = () => `${WHOLE}${who()}:${location.pathname}${location.search}`;
const isWhole = (form) => form.matches("form#form[data-guard]") && /\/new(\?|$)/.test(form.getAttribute("action")) && !form.querySelector("[name=_pick]");

function values(form) {
  const body = form.querySelector(".form-body");
  const not = new Set(["_outer", ...[...body.querySelectorAll("[data-unkept] [name], [type=password]")].map((input) => input.name)]);
  const own = new Set(inputs(body).map((input) => input.name));
  return [...new FormData(form)].filter(([name, value]) => own.has(name) && !not.has(name) && typeof value === "string");
}

/** A draft under what was typed since: what somebody touched is his newest word. */
function joined(form, draft) {
  const touched = new Set(inputs(form).filter(isTouched).flatMap((input) => [input.name, input.name.replace(/__text$/, "")]));
  return [...draft.filter(([name]) => !touched.has(name)), ...values(form).filter(([name]) => touched.has(name))];
}

function keepWhole() {
  clearTimeout(timer);
  timer = 0;
  const form = document.querySelector("form#form");
  if (form && isWhole(form)) store(localStorage, address(), JSON.stringify({ at: Date.now(), values: offered ? joined(form, offered) : values(form) }));
}

for (const kind of ["input", "change"]) {
  document.addEventListener(kind, (event) => {
    if (!event.isTrusted || !event.target.form || !isWhole(event.target.form) || event.target.form.dataset.sending !== undefined) return;
    clearTimeout(timer);
    timer = setTimeout(keepWhole, 300);
  });
}
addEventListener("pagehide", () => timer && keepWhole());
document.addEventListener("discarded", () => {
  clearTimeout(timer);
  timer = 0;
  store(localStorage, address(), "");
});

/** Offer the form of a new record as it was left. */
export function offerWhole(form) {
  if (!isWhole(form) || form.dataset.changed !== undefined || form.querySelector(".summary")) return;
  const { at, values: kept } = JSON.parse(localStorage.getItem(address()) ?? "{}");
  if (!kept || Date.now() - at > DAYS * 86_400_000) return store(localStorage, address(), "");
  const texts = new Set([...form.querySelectorAll(LONG)].map((area) => area.name)); // which have notes of their own
  const now = new Set(values(form).map(String));
  if (!kept.some((pair) => !texts.has(pair[0]) && pair[1] && !now.has(String(pair)))) return undefined;
  offered = kept;
  note((made) => form.prepend(made), async (choice, made) => {
    const taken = joined(form, offered);
    offered = null;
    if (choice === "take") await bring(form, taken).catch(() => {});
    else store(localStorage, address(), "");
    for (const area of form.querySelectorAll(LONG)) keep(area, area.value === area.defaultValue && choice === "drop" ? "" : area.value);
    made.remove();
    if (choice === "take") keepWhole();
    form.querySelector(".form-body :is(input:not([type=hidden]), select, textarea)")?.focus();
  });
  return undefined;
}
