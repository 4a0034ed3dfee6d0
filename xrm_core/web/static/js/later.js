// A part that few pages hold names the module it needs (data-module="passkeys", several with spaces): js/later/<name>.js is
// loaded when such a part appears, with the page or by a swap; a plugin's is named by where it lies ("of/<plugin>-<version>/<name>").
// A module looks for its parts itself, now and after htmx:load. What only answers somebody's doings is named by data-touch: it is
// brought, and htmx with it, when somebody first does something on the page; with forms soon by itself, for they have to keep what is
// typed should the connection go.
// While some are on their way, <html> says data-later="coming", then data-later="here".
import { claimed, drop, expecting, isExpected } from "./ahead.js";

const SIGNS = ["pointermove", "pointerdown", "touchstart", "keydown", "input", "change", "dragenter", "submit", "click"];
const PATIENCE = 3000;
const SOON = 2000;
let coming = 0;
let since = 0;
let isTouched = false;
let isShort = false; // a module did not come: it is asked for once more when there is a connection again

/** Bring what a part of the page needs. */
function bring(root) {
  const named = (name) => [...root.querySelectorAll(`[${name}]`), ...(root.matches?.(`[${name}]`) ? [root] : [])].flatMap((part) => part.getAttribute(name).split(" "));
  for (const name of new Set([...named("data-module"), ...(isTouched ? named("data-touch") : [])])) {
    if (/^(of\/[\w-]+\/)?[a-z-]+$/.test(name)) expect(import(name.includes("/") ? `../${name}.js` : `./later/${name}.js`));
  }
}

async function expect(module) {
  coming += 1;
  if (coming === 1) since = performance.now();
  document.documentElement.dataset.later = "coming";
  await module.catch((fault) => {
    isShort = true;
    console.error(fault);
  });
  coming -= 1;
  if (coming) return;
  document.documentElement.dataset.later = "here";
  again();
}

let library = null;

/** htmx, brought when it is needed first. */
export function htmx() {
  library ??= new Promise((done, failed) => {
    const script = Object.assign(document.createElement("script"), { src: new URL("../vendor/htmx.min.js", import.meta.url).href });
    script.addEventListener("load", () => done(window.htmx));
    script.addEventListener("error", () => {
      library = null;
      failed(new Error(script.src));
    });
    if (document.readyState === "complete") document.head.append(script);
    else addEventListener("load", () => document.head.append(script), { once: true });
  });
  return library;
}

/** Make a part that came into the page work: what htmx does in it, and the modules that it names. */
export function welcome(root) {
  window.htmx?.process(root);
  bring(root);
}

// ---- what is done before the modules are there is done once more when they are
const waiting = [];
const missed = new Map(); // by input: what it held, and the events that told so
const heldBy = (input) => (input.type === "checkbox" || input.type === "radio" ? input.checked : input.value);
const PART = "xrm-lookup:not(:defined), xrm-tags:not(:defined)";

function miss(input, kind) {
  const kinds = missed.get(input)?.kinds ?? new Set();
  missed.set(input, { value: heldBy(input), kinds: kinds.add(kind) });
}

function again() {
  for (const [input, { value, kinds }] of [...missed]) {
    // What holds something else by now was answered meanwhile by what was there already: a name was chosen, a day was read.
    if (input.isConnected && heldBy(input) === value) for (const kind of kinds) input.dispatchEvent(Object.assign(new Event(kind, { bubbles: true }), { isAgain: true }));
  }
  missed.clear();
  const acts = waiting.splice(0);
  const before = claimed();
  for (const { act } of acts) act();
  if (acts.some(({ isEdit }) => isEdit) && claimed() === before) drop(); // no input comes: what was pressed is for none
}

/** A file that is let go over a form takes nobody away from it; it is taken when the form's script is there. */
function holdFile(event) {
  const { target, dataTransfer } = event;
  if (!coming || !dataTransfer?.types.includes("Files") || !document.querySelector("form#form[data-guard]") || target.matches?.("input[type=file]")) return;
  event.preventDefault();
  if (event.type !== "drop") return;
  event.stopImmediatePropagation();
  const files = new DataTransfer();
  for (const file of dataTransfer.files) files.items.add(file);
  waiting.push({ act: () => target.dispatchEvent(new DragEvent("drop", { dataTransfer: files, bubbles: true, cancelable: true })) });
}

function hold(event) {
  if (!coming) return;
  const { target, submitter } = event;
  if (event.type === "input" || event.type === "change") miss(target, event.type);
  if (performance.now() - since > PATIENCE || (event.type === "keydown" && isExpected())) return;
  let act = null;
  let isEdit = false;
  if (event.type === "submit" && (target.matches("[data-guard], [data-sheet], .move-menu, [hx-get], [hx-post]") || submitter?.dataset.sheet !== undefined)) {
    act = () => target.requestSubmit(submitter);
    isEdit = Boolean(submitter?.matches("[name=do], [name=_add]"));
  } else if (event.type === "keydown") {
    const { key, code } = event;
    const isPlain = !event.ctrlKey && !event.metaKey && !event.altKey;
    const press = (at) => at.dispatchEvent(new KeyboardEvent("keydown", { key, code, bubbles: true, cancelable: true }));
    isEdit = isPlain && ["F2", "e"].includes(key) && Boolean(target.closest?.("#results tr, .field-value[data-edit]")) && !target.closest("input:not([type=checkbox]), select, textarea");
    if (isEdit) act = () => press(target);
    // In a link Enter takes what was looked for, in a field of tags it ends one: it is not yet the form's.
    else if (isPlain && ["Enter", "ArrowDown", "ArrowUp"].includes(key) && target.closest?.(PART)) act = () => press(target.type === "hidden" ? document.activeElement : target);
  } else if (event.type === "click" && !event.button && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    const part = target.closest?.("a:is([hx-get], [data-sheet], [data-close], [data-asks]), button[type=button]:is([hx-get], [hx-post], [data-calendar], [data-md]), xrm-lookup input[type=text], .edit-mark, [data-edit]");
    if (part && !(part.dataset.edit && target.closest("a, input, button, summary"))) act = () => (part.querySelector("dd") ?? part).click();
    isEdit = Boolean(act) && part.matches(".edit-mark, [data-edit], [data-sheet]");
  }
  if (!act) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  if (isEdit) expecting(() => waiting.splice(0), submitter?.name === "do" ? target : null); // what is typed next is for what opens
  const isTwice = event.type !== "keydown" && submitter?.name !== "_add" && waiting.some((one) => one.target === target && one.submitter === submitter);
  if (!isTwice) waiting.push({ act, isEdit, target, submitter });
}

function touch() {
  if (isTouched) return;
  for (const sign of SIGNS) removeEventListener(sign, touch, true);
  isTouched = true;
  bring(document);
  if (document.querySelector("[hx-get], [hx-post]")) expect(htmx());
}

for (const sign of SIGNS) addEventListener(sign, touch, { capture: true, passive: true });
addEventListener("load", () => document.querySelector("form[data-guard]") && setTimeout(touch, SOON));
for (const kind of ["click", "submit", "input", "change", "keydown"]) addEventListener(kind, hold, true);
for (const kind of ["dragover", "drop"]) addEventListener(kind, holdFile, true);
addEventListener("online", () => {
  if (!isShort) return;
  isShort = false;
  bring(document);
  if (isTouched && document.querySelector("[hx-get], [hx-post]")) expect(htmx());
});

document.documentElement.dataset.later = "here";
bring(document);
const typed = document.activeElement; // who was faster than all scripts
if (typed?.matches("input:not([type=checkbox], [type=radio]), textarea") && typed.value !== typed.defaultValue) {
  touch();
  miss(typed, "input");
}
if (document.querySelector('[hx-trigger*="load"], [hx-trigger*="every"]')) expect(htmx());
document.addEventListener("htmx:load", (event) => bring(event.target));
