// Forms: nothing typed is lost by leaving, nor by sending while no server answers and the form's own script is not there; the
// summary of errors is read first.
import { drop } from "./ahead.js";
import { say } from "./live.js";

const shape = (form) => new URLSearchParams([...new FormData(form)].filter(([name]) => !name.startsWith("_")).map(([name, value]) => [name, value.name ?? value])).toString();

// Drafts (js/later/drafts.js) are for who typed them: others' go, and all at the sign-out.
const { who } = document.body.dataset;
function forget(mine) {
  for (const key of Object.keys(localStorage)) if (key.startsWith("xrm-new:") && !key.startsWith(mine)) localStorage.removeItem(key);
}
if (who) forget(`xrm-new:${who}:`);
document.addEventListener("submit", (event) => {
  if (!event.target.getAttribute("action")?.endsWith("/sign-out")) return;
  forget("-");
  sessionStorage.clear();
});

let isLeaving = false;
const sure = new WeakSet(); // forms that are sent the plain way now
const before = new WeakMap();

function look(form) {
  const changed = form.dataset.changed !== undefined || before.get(form) !== shape(form);
  const note = form.querySelector("[data-changed-note]");
  if (note) note.hidden = !changed;
  document.title = document.title.replace(/^• /, "");
  if (changed) document.title = `• ${document.title}`;
  return changed;
}

function guarded() {
  return [...document.querySelectorAll("form[data-guard]")];
}

/** From here on it is said when a form is no longer as it is now. */
export function watch(form) {
  before.set(form, shape(form));
  look(form);
}

/** Was something typed or chosen in an input since the page came? */
export function isTouched(input) {
  if (!input.name || input.name.startsWith("_")) return false;
  if (input.type === "checkbox" || input.type === "radio") return input.checked !== input.defaultChecked;
  if (input.options) return !input.multiple && input.selectedIndex !== Math.max(0, [...input.options].findIndex((one) => one.defaultSelected));
  return input.matches("textarea, [type=text], [type=email], [type=tel], [type=url], [type=search]") && input.value !== input.defaultValue;
}

// Who came to a form by a key goes on at its first field: not at the end of all that stands before it.
const BY_KEY = "xrm-by-key";
const JUST = 3000;
const FIRST = "form#form[data-guard] .form-body :is(input:not([type=hidden], [type=file]), select, textarea)";
let pressed = 0;
addEventListener("keydown", () => (pressed = Date.now()), true);
addEventListener("pointerdown", () => (pressed = 0), true);
addEventListener("pagehide", () => Date.now() - pressed < JUST && sessionStorage.setItem(BY_KEY, "1"));

function begin() {
  const isByKey = sessionStorage.getItem(BY_KEY);
  sessionStorage.removeItem(BY_KEY);
  if (!isByKey || location.hash || document.activeElement !== document.body || document.querySelector("[data-focus], form#form .summary")) return;
  [...document.querySelectorAll(FIRST)].find((input) => input.checkVisibility() && !input.disabled)?.focus({ preventScroll: true });
}

addEventListener("pageshow", (event) => {
  isLeaving = false;
  if (!event.persisted) begin();
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  for (const form of guarded()) {
    if ([...form.elements].some(isTouched)) form.dataset.changed = ""; // by somebody faster than this script
    watch(form);
  }
  document.querySelector("[data-focus]")?.focus();
});

for (const kind of ["input", "change", "redrawn"]) {
  document.addEventListener(kind, (event) => {
    const form = event.target.closest?.("form[data-guard]");
    if (form && before.has(form)) look(form);
  });
}

/** Does the server answer? */
async function isThere() {
  try {
    return (await fetch(new URL("../icon.svg", import.meta.url), { method: "HEAD", cache: "no-store" })).ok;
  } catch {
    return false;
  }
}

/** Say what keeps a form from being sent and wait for the answer: true to send it again. Back online, it is sent by itself. */
export function again(kind) {
  const dialog = document.querySelector("#keep");
  if (!dialog) {
    say(document.body.dataset.offlineText, "bad");
    return Promise.resolve(false);
  }
  dialog.querySelector("#keep-text").textContent = dialog.dataset[kind];
  for (const part of dialog.querySelectorAll("[data-sign-in]")) part.hidden = kind !== "out";
  dialog.returnValue = "no";
  const back = () => kind === "offline" && dialog.close("yes");
  addEventListener("online", back, { once: true });
  drop(); // keys are for what is asked here
  dialog.showModal();
  return new Promise((resolve) => dialog.addEventListener("close", () => {
    removeEventListener("online", back);
    resolve(dialog.returnValue === "yes");
  }, { once: true }));
}

/** Send a form the plain way, which takes its page away: not before the server answers. Until then it stays as it is. */
async function sendPlainly(form, submitter) {
  if (form.dataset.sending !== undefined) return;
  form.dataset.sending = "";
  let isOut = !(await isThere());
  while (isOut && (await again("offline"))) isOut = !(await isThere());
  delete form.dataset.sending;
  if (isOut) return;
  sure.add(form);
  form.requestSubmit(submitter);
  sure.delete(form);
}

// A form that is sent the plain way is sent once, however often its button is pressed before the next page is there.
const PAUSE = 4000;

function once(event) {
  const form = event.target;
  if (form.dataset.sent !== undefined) event.preventDefault();
  else {
    form.dataset.sent = "";
    setTimeout(() => delete form.dataset.sent, PAUSE);
  }
}

addEventListener("submit", (event) => { // after those that send it without leaving
  const form = event.target;
  if (event.defaultPrevented) return;
  if (form.dataset.guard === undefined) {
    if (form.method === "post" && !form.target && form.dataset.download === undefined) once(event);
    return;
  }
  if (sure.has(form)) {
    once(event);
    isLeaving = true;
    return;
  }
  event.preventDefault();
  sendPlainly(form, event.submitter);
});

addEventListener("beforeunload", (event) => {
  if (!isLeaving && guarded().some(look)) event.preventDefault();
});

/** The page is left on purpose: nobody is asked. */
export function leaving() {
  isLeaving = true;
}

/** The first form with something that is not saved. */
export function unsaved() {
  return guarded().find(look);
}
