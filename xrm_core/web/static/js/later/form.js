// A form that loses nothing: sent without leaving the page, drawn anew while one types, files that are dropped.
import { chosen, drop } from "../ahead.js";
import { isTouched, leaving, watch } from "../guard.js";
import { welcome } from "../later.js";
import { say } from "../live.js";
import { another, expectAnother, gone } from "./another.js";
import { begin, offerTexts, offerWhole, saved } from "./drafts.js";
import { carry, change, filesOf, refresh, renewed, restore, settled, snapshot } from "./redraw.js";
import { follow, isOther, rowsHeld } from "./rows.js";
import { deliver, keepBeforeLeaving } from "./sending.js";

const form = () => document.querySelector("form#form[data-guard]");

// ---- sending
const further = new WeakSet(); // forms in which somebody types on while they are sent
for (const kind of ["input", "change"]) {
  document.addEventListener(kind, (event) => event.isTrusted && event.target.form?.dataset.sending !== undefined && further.add(event.target.form));
}

async function send(one, submitter, then = "") {
  if (one.dataset.sending !== undefined) return false;
  one.dataset.sending = "";
  submitter?.setAttribute("aria-busy", "true");
  clearTimeout(timer);
  further.delete(one);
  const isNext = !then && submitter?.value === "new";
  if (isNext) expectAnother();
  await settled();
  await chosen();
  const sent = { values: snapshot(one), rows: rowsHeld(one) };
  const left = gone(one);
  const answer = await deliver(one, submitter);
  await settled();
  submitter?.removeAttribute("aria-busy");
  if (answer?.go) {
    saved(one);
    if (isNext && (await another(one, answer.go, sent, left))) return true;
    if (!then && (await goOn(one, answer.go, sent))) return true;
    leaving();
    location.assign(then || answer.go); // no second one is made while the next page is on its way
    return true;
  }
  if (isNext) drop();
  delete one.dataset.sending;
  if (answer?.isPage) redraw(answer.text, one, sent, filesOf(one));
  return false;
}

addEventListener("pageshow", (event) => event.persisted && form() && delete form().dataset.sending);

/** Typed on while a form was saved: it opens anew over what was saved, with that in it. False where nothing was, or it cannot. */
async function goOn(one, address, sent) {
  const [record] = /^\/e\/[a-z]\w*\/[0-9a-f-]{36}(?=$|[?#])/.exec(address) ?? [];
  if (!record || !(further.has(one) || isOther(sent.rows, one))) return false;
  const answer = await fetch(`${record}/edit`, { headers: { Accept: "text/html", "HX-Request": "true" } }).catch(() => null);
  const html = answer?.ok && !answer.redirected ? await answer.text() : "";
  if (!html.includes('id="form"')) return false;
  await settled();
  history.replaceState(null, "", `${record}/edit`);
  const at = document.activeElement;
  const hasOther = isOther(sent.rows, one);
  redraw(html, one, sent, []);
  restore(at.id, at.selectionStart ?? null, at.selectionEnd);
  if (hasOther) refresh(form(), "_rows"); // numbers and sums of its rows
  say(document.querySelector("#keep").dataset.further, "warn");
  return true;
}

/** Draw the page anew as the server answered; `sent` is what the old form held when it went, what was done in it since goes along. */
function redraw(html, old, sent, files) {
  const page = new DOMParser().parseFromString(html, "text/html");
  const main = page.querySelector("#main");
  if (!main) return;
  document.querySelector("#main").replaceWith(document.importNode(main, true));
  document.title = page.title;
  welcome(document.querySelector("#main"));
  document.querySelector("#status").textContent = page.querySelector("#status")?.textContent ?? "";
  if (form()) {
    watch(form());
    begin(form());
    const values = renewed(sent.values, old);
    follow(sent.rows, old, form());
    carry(values, files, form());
    form().dispatchEvent(new Event("redrawn", { bubbles: true }));
  }
  scrollTo(0, 0);
  (document.querySelector("[data-focus], .conflict-card input") ?? document.querySelector("#main")).focus();
}

document.addEventListener("submit", (event) => {
  const one = event.target;
  const submitter = event.submitter;
  if (one !== form() || event.defaultPrevented || one.getAttribute("action").includes("/run/") || submitter?.name === "_create") return;
  event.preventDefault();
  if (submitter?.matches("[name=_add], [name=_remove], [name=_move]")) change(one, submitter);
  else if (submitter?.name === "_then" || submitter?.name === "_use" || !submitter?.name) send(one, submitter);
});

keepBeforeLeaving((one) => {
  if (one !== form()) return null;
  const button = one.querySelector("#save");
  // What is made for a form that waits goes back to that form, which is saved next.
  return (then) => (one.querySelector("[name=_pick]") ? one.requestSubmit(button) : send(one, button, then));
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.defaultPrevented || event.target.form !== form()) return;
  event.preventDefault();
  form().querySelector("#save").click();
});

// ---- conditions: the form as it would be with what is typed so far
let timer;

for (const kind of ["change", "input"]) {
  document.addEventListener(kind, (event) => {
    const field = event.target;
    if (field.dataset?.refresh === undefined || field.form !== form()) return;
    clearTimeout(timer);
    const one = form();
    timer = setTimeout(() => one === form() && one.dataset.sending === undefined && refresh(one, field.name), kind === "input" ? 400 : 0);
  });
}

// ---- files
const box = (target) => target.closest?.("fieldset.field")?.querySelector('input[type="file"]');

function check(input) {
  const place = input.closest(".field");
  place.querySelector(".file-wrong")?.remove();
  const file = input.files[0];
  if (!file) return;
  const kinds = input.accept.split(",").map((kind) => kind.trim().toLowerCase()).filter(Boolean);
  const fits = !kinds.length || kinds.some((kind) => (kind.startsWith(".") ? file.name.toLowerCase().endsWith(kind) : kind.endsWith("/*") ? file.type.startsWith(kind.slice(0, -1)) : file.type === kind));
  const large = Number(input.dataset.max) && file.size > Number(input.dataset.max);
  if (fits && !large && file.size) return;
  tell(input, file, large ? "large" : fits ? "empty" : "kind");
  input.value = "";
}

/** Say beside an input what is the matter with a file. */
function tell(input, file, why) {
  const words = document.querySelector("#file-words").content.firstElementChild.cloneNode(true);
  words.classList.add("file-wrong");
  words.querySelector("span").textContent = `${file.name}: ${words.dataset[why]}`;
  input.after(words);
}

document.addEventListener("change", (event) => event.target.matches?.('input[type="file"]') && check(event.target));
/** A file beside its field takes nobody away from a form: the browser would open it in place of the page. */
function beside(event, input) {
  if (input || !form() || !event.dataTransfer?.types.includes("Files") || event.target.matches?.('input[type="file"]')) return false;
  event.preventDefault();
  return true;
}

document.addEventListener("dragover", (event) => {
  const input = event.dataTransfer?.types.includes("Files") && box(event.target);
  document.querySelectorAll(".field.dropping").forEach((field) => field.classList.toggle("dropping", field.contains(input || null)));
  if (beside(event, input)) event.dataTransfer.dropEffect = "none";
  if (!input) return;
  event.preventDefault();
  input.closest(".field").classList.add("dropping");
});
document.addEventListener("drop", (event) => {
  const input = event.dataTransfer?.files.length && box(event.target);
  document.querySelectorAll(".field.dropping").forEach((field) => field.classList.remove("dropping"));
  beside(event, input);
  if (!input) return;
  event.preventDefault();
  const [first, ...more] = event.dataTransfer.files;
  const one = new DataTransfer();
  one.items.add(first);
  input.files = one.files;
  input.dispatchEvent(new Event("change", { bubbles: true }));
  if (more.length && input.files.length) tell(input, first, "one");
});

document.addEventListener("redrawn", ready);
function ready() {
  if (!form()) return;
  begin(form());
  offerWhole(form());
  offerTexts(form());
}
ready();

// Who was faster than this script gets what his choice asks for all the same.
const early = [...(form()?.elements ?? [])].find((element) => element.dataset.refresh !== undefined && isTouched(element));
if (early) refresh(form(), early.name);
