// A new record where a link to it is wanted: its form takes the page's place, the form that asked waits with all that was typed
// and chosen in it, and comes back with the new record. One may ask for another in turn.
import { arrived, drop, expecting } from "../ahead.js";
import { unsaved, watch } from "../guard.js";
import { welcome } from "../later.js";
import { say } from "../live.js";
import { carry, filesOf, snapshot } from "./redraw.js";

const waiting = [];
const main = () => document.querySelector("#main");
const current = () => waiting.at(-1);

async function page(url, options = {}) {
  const answer = await fetch(url, { ...options, headers: { Accept: "text/html", "HX-Request": "true" } });
  if (answer.headers.get("content-type")?.startsWith("application/json")) return { made: await answer.json() };
  const found = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("#main");
  if (!found?.querySelector("#form")) throw new Error(answer.redirected ? document.body.dataset.offlineText : answer.statusText);
  return { nodes: [...found.childNodes].filter((node) => !node.matches?.(".crumbs, .print-foot")) };
}

function trail(title) {
  // Where the reader is: behind the form that waits.
  const crumbs = current().nodes.find((node) => node.matches?.(".crumbs"))?.cloneNode(true);
  if (!crumbs) return [];
  const last = crumbs.querySelector("li:last-child");
  const next = last.cloneNode(true);
  last.querySelector("[aria-current]")?.removeAttribute("aria-current");
  next.querySelector("span:last-child").textContent = title;
  last.after(next);
  return [crumbs];
}

function show(nodes) {
  const title = nodes.map((node) => node.querySelector?.("h1")?.textContent).find(Boolean) ?? "";
  main().replaceChildren(...trail(title), ...nodes.map((node) => document.importNode(node, true)));
  document.title = title;
  const form = main().querySelector("#form");
  if (waiting.some((one) => one.isUnsaved)) form.dataset.changed = ""; // to leave from here would lose what waits
  welcome(main());
  watch(form);
  scrollTo(0, 0);
  const first = form.querySelector("[data-focus]") ?? form.querySelector("[autofocus]")
    ?? [...form.querySelectorAll(".form-body :is(input, select, textarea):not([type=hidden])")].find((input) => input.offsetParent);
  (first ?? main()).focus();
  arrived(first);
}

let awaited = null; // the address that is on its way

/** Let people make the record that a lookup lacks; `taken` is called with its id and title. */
export async function create(url, taken) {
  expecting(() => (awaited = null));
  if (awaited === String(url)) return;
  awaited = String(url);
  const asked = new URL(url, location.href);
  asked.searchParams.set("_pick", "1");
  const shown = new URL(url, location.href);
  try {
    const { nodes } = await page(asked);
    if (awaited !== String(url)) return;
    waiting.push({ nodes: [...main().childNodes], title: document.title, top: scrollY, focus: document.activeElement, taken, isUnsaved: Boolean(unsaved()) });
    history.pushState({ inplace: waiting.length }, "", shown);
    show(nodes);
  } catch (error) {
    drop();
    say(error.message || document.body.dataset.offlineText, "bad");
  }
  awaited = null;
}

function back() {
  const one = waiting.pop();
  main().replaceChildren(...one.nodes);
  document.title = one.title;
  scrollTo(0, one.top);
  one.focus?.focus();
  return one;
}

// The browser's own way back, which every other way takes too, so that it never leads further than it says.
let made = null;
addEventListener("popstate", (event) => {
  if (!current() || (event.state?.inplace ?? 0) >= waiting.length) return;
  const one = back();
  if (made) one.taken(made.value, made.label);
  made = null;
});

document.addEventListener("click", (event) => {
  if (!current() || !event.target.closest('#form [name="_then"][value="back"]')) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  history.back();
}, true);

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!current() || form.id !== "form" || event.defaultPrevented || event.submitter?.closest(".child-table")) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  if (form.dataset.sending !== undefined) return;
  form.dataset.sending = "";
  try {
    const sent = snapshot(form);
    const answer = await page(form.action, { method: "POST", body: new FormData(form, event.submitter) });
    if (answer.made) {
      made = answer.made;
      history.back();
    } else {
      const files = filesOf(form);
      show(answer.nodes);
      carry(sent, files, main().querySelector("#form")); // typed since
    }
  } catch (error) {
    say(error.message || document.body.dataset.offlineText, "bad");
  } finally {
    delete form.dataset.sending;
  }
}, true);
