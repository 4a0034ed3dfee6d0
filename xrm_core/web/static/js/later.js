// A part that few pages hold names the module it needs (data-module="passkeys", several with spaces): js/later/<name>.js is
// loaded when such a part appears, with the page or by a swap; a plugin's is named by where it lies ("of/<plugin>-<version>/<name>").
// A module looks for its parts itself, now and after htmx:load. What only answers somebody's doings is named by data-touch: it is
// brought, and htmx with it, when somebody first does something on the page; with forms soon by itself, for they have to keep what is
// typed should the connection go.
// While some are on their way, <html> says data-later="coming", then data-later="here".
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
    script.addEventListener("error", () => failed(new Error(script.src)));
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
const missed = new Map();

function again() {
  for (const [input, kind] of missed) input.dispatchEvent(new Event(kind, { bubbles: true }));
  missed.clear();
  for (const act of waiting.splice(0)) act();
}

function hold(event) {
  if (!coming || performance.now() - since > PATIENCE) return;
  const { target, submitter } = event;
  let act = null;
  if (event.type === "input") missed.set(target, "input");
  else if (event.type === "change" && target.closest?.('[hx-trigger*="change"]')) missed.set(target, "change");
  else if (event.type === "submit" && (target.matches("[data-guard], [data-sheet], .move-menu, [hx-get], [hx-post]") || submitter?.dataset.sheet !== undefined)) act = () => target.requestSubmit(submitter);
  else if (event.type === "keydown") {
    const isEdit = ["F2", "e"].includes(event.key) && !event.ctrlKey && !event.metaKey && !event.altKey;
    const again = () => target.dispatchEvent(new KeyboardEvent("keydown", { key: event.key, code: event.code, bubbles: true, cancelable: true }));
    if (isEdit && target.closest?.("#results tr") && !target.closest("input:not([type=checkbox]), select, textarea")) act = again;
  } else if (event.type === "click" && !event.button && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    const part = target.closest?.("a:is([hx-get], [data-sheet], [data-close]), button[type=button]:is([hx-get], [hx-post], [data-calendar], [data-md]), xrm-lookup input[type=text], .edit-mark, [data-edit]");
    if (part && !(part.dataset.edit && target.closest("a, input, button, summary"))) act = () => (part.querySelector("dd") ?? part).click();
  }
  if (!act) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  waiting.push(act);
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
addEventListener("online", () => {
  if (!isShort) return;
  isShort = false;
  bring(document);
});

document.documentElement.dataset.later = "here";
bring(document);
if (document.querySelector('[hx-trigger*="load"], [hx-trigger*="every"]')) expect(htmx());
document.addEventListener("htmx:load", (event) => bring(event.target));
