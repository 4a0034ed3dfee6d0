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

document.addEventListener("dragstart", (event) => {
  card = event.target.closest?.("[data-id][data-version]");
  if (!card || !home(card)) return;
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", card.dataset.id);
  card.classList.add("moving");
  for (const place of home(card).querySelectorAll("[data-to]")) place.classList.toggle("refuses", !open(place));
});

document.addEventListener("dragover", (event) => {
  if (!card) return;
  const place = event.target.closest?.("[data-to], [data-on]");
  for (const other of document.querySelectorAll("[data-moves] .over")) if (other !== place) other.classList.remove("over");
  if (!place) return;
  event.preventDefault();
  event.dataTransfer.dropEffect = "move";
  place.classList.toggle("over", open(place) && place !== card.closest("[data-to], [data-on]"));
});

function rest() {
  card?.classList.remove("moving");
  for (const place of document.querySelectorAll("[data-moves] :is(.over, .refuses)")) place.classList.remove("over", "refuses");
  card = null;
}
document.addEventListener("dragend", rest);

document.addEventListener("drop", (event) => {
  const place = event.target.closest?.("[data-to], [data-on]");
  const moved = card;
  if (!moved || !place || place === moved.closest("[data-to], [data-on]")) return;
  event.preventDefault();
  if (place.dataset.closed !== undefined) return void rest();
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
