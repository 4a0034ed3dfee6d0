// Cards moved between columns, entries between days: at once, put back with the reason when the server refuses. A move that asks
// for something more opens its form in a dialog. [data-moves] names the part of the page that the answer replaces.
import { welcome } from "../later.js";
import { problemOf, say } from "../live.js";
import { ask } from "./asking.js";

const ACCEPT = { "HX-Request": "true", Accept: "text/html, application/problem+json" };
let card = null;

function home(part) {
  return part.closest("[data-moves]");
}

/** May the card that is held be put there? Into a column that a way leads to, into another lane where its field may be written. */
function open(place) {
  const targets = card.dataset.targets;
  const at = card.closest("[data-to], [data-on]");
  if (targets === undefined || place.dataset.to === undefined || place === at) return true;
  if (place.dataset.lane !== at.dataset.lane && (place.dataset.closed !== undefined || card.dataset.lanes === undefined)) return false;
  return place.dataset.to === at.dataset.to || targets.split(" ").includes(place.dataset.to);
}

/** Put what the server answered in place of the board; the focus stays where it was. */
function renew(root, html) {
  const page = new DOMParser().parseFromString(html, "text/html");
  const made = page.querySelector(root.dataset.moves);
  const at = document.activeElement?.closest?.("details.menu")?.querySelector("summary")?.id || document.activeElement?.id;
  const wrap = root.querySelector(".board-wrap");
  const scrolled = wrap && { left: wrap.scrollLeft, top: wrap.scrollTop };
  const closed = [...root.querySelectorAll("details[data-kept]:not([open])")].map((one) => one.id);
  if (made) {
    for (const id of closed) made.querySelector(`#${CSS.escape(id)}`)?.removeAttribute("open");
    root.replaceWith(made);
    welcome(made);
    arm(made);
    if (scrolled) made.querySelector(".board-wrap")?.scrollTo(scrolled);
    const count = page.querySelector("#count");
    if (count) document.querySelector("#count")?.replaceWith(count);
  }
  for (const toast of page.querySelectorAll("#toasts .toast")) document.querySelector("#toasts").append(toast);
  if (at) document.getElementById(at)?.focus();
}

/** Send a move; `back` puts things back where the server refuses it, with its reason. */
export async function send(root, body, back) {
  try {
    const form = root.querySelector("form.move-form");
    const answer = await fetch(form.getAttribute("action"), { method: "POST", body, headers: ACCEPT });
    if (answer.ok) return renew(root, await answer.text());
    back();
    const problem = await problemOf(answer);
    if (problem.go) return ask(problem.go, () => anew(root));
    say(problem.text, "bad");
  } catch {
    back();
    say(document.body.dataset.offlineText, "bad");
  }
  return undefined;
}

/** The board anew, after a form has done the move. */
async function anew(root) {
  renew(document.querySelector(root.dataset.moves), await (await fetch(location.href, { headers: ACCEPT })).text());
}

function arm(root) {
  for (const one of root.querySelectorAll("[data-id][data-version]")) one.draggable = one.dataset.targets !== "" || one.dataset.lanes !== undefined;
}

for (const root of document.querySelectorAll("[data-moves]")) arm(root);
document.addEventListener("htmx:load", (event) => {
  const root = event.target.matches?.("[data-moves]") ? event.target : home(event.target);
  if (root) arm(root);
});

// Further cards come in place of the link that asked for them: who pressed it by key goes on at the first that is new.
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const link = detail.requestConfig?.elt;
  if (!detail.target.matches("[data-cards]") || document.activeElement !== link) return;
  const known = new Set([...detail.target.querySelectorAll("[data-id]")].map((one) => one.dataset.id));
  const after = () => [...document.getElementById(detail.target.id).querySelectorAll("[data-id]")].find((one) => !known.has(one.dataset.id));
  document.addEventListener("htmx:afterSettle", () => after()?.querySelector("a").focus(), { once: true });
});

/** Take hold of a card, if there is one: where it may not go is shown. */
function hold(part) {
  card = part?.closest?.("[data-id][data-version]") ?? null;
  if (!card || !home(card)) return false;
  card.classList.add("moving");
  for (const place of home(card).querySelectorAll("[data-to]")) place.classList.toggle("refuses", !open(place));
  return true;
}

/** Show that the card would be put there. */
function over(place) {
  for (const other of document.querySelectorAll("[data-moves] .over")) if (other !== place) other.classList.remove("over");
  place?.classList.toggle("over", open(place) && place !== card.closest("[data-to], [data-on]"));
}

document.addEventListener("dragstart", (event) => {
  if (!hold(event.target)) return;
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", card.dataset.id);
});

document.addEventListener("dragover", (event) => {
  if (!card) return;
  const place = event.target.closest("[data-to], [data-on]");
  over(place);
  if (!place) return;
  event.preventDefault();
  event.dataTransfer.dropEffect = "move";
});

function rest() {
  card?.classList.remove("moving");
  for (const place of document.querySelectorAll("[data-moves] :is(.over, .refuses)")) place.classList.remove("over", "refuses");
  card = null;
}
document.addEventListener("dragend", rest);

/** Put the card that is held there, and tell the server. */
function put(place) {
  const moved = card;
  if (!moved || !place || place === moved.closest("[data-to], [data-on]")) return false;
  if (place.dataset.closed !== undefined) return rest(), true;
  const root = home(moved);
  const from = moved.parentElement;
  const { to, lane } = from.closest("[data-to], [data-on]").dataset;
  const next = moved.nextElementSibling;
  if (open(place)) (place.querySelector("[data-cards]") ?? place).prepend(moved); // else it stays, and the server says why
  rest();
  const body = new URLSearchParams(new FormData(root.querySelector("form.move-form")));
  body.set("id", moved.dataset.id);
  body.set("version", moved.dataset.version);
  if (place.dataset.to !== to) body.set("to", place.dataset.to);
  if (place.dataset.lane !== undefined && place.dataset.lane !== lane) body.set("lane", place.dataset.lane);
  if (place.dataset.on !== undefined) body.set("on", place.dataset.on);
  send(root, body, () => from.insertBefore(moved, next));
  return true;
}

document.addEventListener("drop", (event) => {
  if (put(event.target.closest?.("[data-to], [data-on]"))) event.preventDefault();
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  const root = home(form);
  if (!root || !form.matches("form.move-menu")) return;
  event.preventDefault();
  const body = new URLSearchParams(new FormData(form, event.submitter));
  const menu = form.closest("details.menu");
  menu?.querySelector("summary")?.focus();
  menu?.removeAttribute("open");
  send(root, body, () => {});
});

// A finger that stays on a card takes hold of it; one that moves before scrolls as everywhere. Near an edge the board scrolls below.
const LONG = 350;
const SLACK = 8;
const EDGE = 48;
let finger = null;

function letGo() {
  clearTimeout(finger?.wait);
  cancelAnimationFrame(finger?.frame);
  finger?.ghost?.remove();
  finger = null;
}

const under = () => document.elementFromPoint(finger.x, finger.y)?.closest("[data-to], [data-on]");

function lift(part) {
  if (!hold(part)) return letGo();
  const box = card.getBoundingClientRect();
  finger.ghost = card.cloneNode(true);
  finger.ghost.removeAttribute("id");
  finger.ghost.classList.replace("moving", "held-card");
  finger.ghost.inert = true;
  finger.ghost.style.inlineSize = `${box.width}px`;
  Object.assign(finger, { dx: box.left - finger.x, dy: box.top - finger.y });
  document.body.append(finger.ghost);
  navigator.vibrate?.(10);
  return follow();
}

/** The card goes with the finger; at an edge what lies below is scrolled. */
function follow() {
  if (!finger?.ghost) return;
  finger.ghost.style.inset = `${finger.y + finger.dy}px auto auto ${finger.x + finger.dx}px`;
  const push = (at, size) => (at < EDGE ? -7 : at > size - EDGE ? 7 : 0);
  card.closest(".board-wrap")?.scrollBy(push(finger.x, innerWidth), 0);
  scrollBy(0, push(finger.y, innerHeight));
  over(under());
  finger.frame = requestAnimationFrame(follow);
}

document.addEventListener("touchstart", (event) => {
  const part = event.target.closest?.("[data-moves] [data-id][data-version]");
  if (finger || event.touches.length > 1 || !part?.draggable || event.target.closest("summary, button, .menu-box")) return letGo();
  const { clientX: x, clientY: y } = event.touches[0];
  finger = { x, y, ghost: null, wait: setTimeout(() => lift(part), LONG) };
});

document.addEventListener("touchmove", (event) => {
  if (!finger) return;
  const { clientX: x, clientY: y } = event.touches[0];
  if (!finger.ghost && Math.hypot(x - finger.x, y - finger.y) > SLACK) return void letGo();
  if (!finger.ghost) return;
  if (!event.cancelable) return void (letGo(), rest()); // the page scrolls already
  event.preventDefault();
  Object.assign(finger, { x, y });
}, { passive: false });

document.addEventListener("touchend", (event) => {
  if (!finger?.ghost) return void letGo();
  if (event.cancelable) event.preventDefault(); // no click on the card follows
  const place = under();
  letGo();
  if (!put(place)) rest();
}, { passive: false });

document.addEventListener("touchcancel", () => {
  if (finger?.ghost) rest();
  letGo();
});
// A long press opens no menu of the browser and begins no drag of its own.
document.addEventListener("contextmenu", (event) => finger && event.preventDefault());
document.addEventListener("dragstart", (event) => {
  if (!finger) return;
  event.preventDefault();
  event.stopImmediatePropagation();
}, true);
