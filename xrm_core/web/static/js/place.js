// An act that leads to another page, or to the same one anew, leaves the focus where it was, or on what is read first there: nobody who
// uses keys or a screen reader begins again at the top. Ways that are links to other pages begin there as everywhere.
const PLACE = "xrm-place";
const here = () => location.pathname + location.search;
let isAct = null; // until somebody does something
let before = null; // what had the focus before a short message did

addEventListener("submit", () => (isAct = true), true);
addEventListener("click", ({ target }) => {
  const link = target.closest?.("a[href]");
  if (link) isAct = link.origin === location.origin && link.pathname === location.pathname && Boolean(link.closest("main, dialog"));
}, true);
addEventListener("focusin", ({ target }) => {
  if (!target.closest("#toasts")) before = target;
});

addEventListener("pagehide", () => {
  if (!(isAct ?? document.querySelector("#progress"))) return; // work that is finished leads on by itself
  const at = document.activeElement.closest("#toasts") ? before : document.activeElement;
  const id = at?.closest("dialog")?.dataset.opener || at?.closest("main [id]")?.id;
  sessionStorage.setItem(PLACE, JSON.stringify({ path: here(), top: scrollY, id }));
});

/** What is read first: the heading of the page, or of what is in sight of it; or of a part of it. */
function first(within = document.querySelector("main")) {
  const all = [...within.querySelectorAll("h1, h2, .row-link")].filter((part) => part.checkVisibility());
  const top = document.querySelector("header.top")?.getBoundingClientRect().bottom ?? 0;
  return (scrollY && all.find((part) => part.getBoundingClientRect().top >= top)) || all[0];
}

/** Put the focus on a part that is no control. */
function rest(part) {
  if (!part) return;
  if (part.matches("h1, h2") && !part.hasAttribute("tabindex")) part.tabIndex = -1;
  part.focus({ preventScroll: true });
}

const place = JSON.parse(sessionStorage.getItem(PLACE) ?? "null");
sessionStorage.removeItem(PLACE);
if (place) {
  const isSame = place.path === here();
  if (isSame) scrollTo(0, place.top);
  const part = place.path.split("?")[0] === location.pathname && place.id && document.getElementById(place.id);
  const known = part && (part.querySelector(".row-link") ?? part);
  if (known) known.focus({ preventScroll: isSame });
  if (document.activeElement === document.body && !document.querySelector("main :is([autofocus], [data-focus]):not(dialog *)")) rest(first());
}

/** A short message is gone: the focus goes back to where it was before, if it was in it. */
document.addEventListener("click", ({ target }) => {
  const toast = target.closest("[data-dismiss]")?.closest(".toast");
  if (!toast) return;
  const isHere = toast.contains(document.activeElement);
  toast.remove();
  if (!isHere) return;
  if (before?.isConnected && before !== document.body) before.focus({ preventScroll: true });
  else rest(first());
});

let drawn = ""; // the part that is drawn anew with what has the focus in it
document.addEventListener("htmx:beforeSwap", ({ detail: { target, requestConfig } }) => {
  if (!requestConfig?.triggeringEvent) return; // what asks by itself every second would be read aloud every second
  const at = document.activeElement === document.body ? before : document.activeElement; // a control that is shut while its form is sent lost it
  if (at && target.contains(at)) drawn = target.id;
});
document.addEventListener("htmx:afterSettle", () => {
  const id = drawn;
  drawn = "";
  if (!id) return;
  queueMicrotask(() => { // whoever knows better where it belongs comes first
    const part = document.activeElement === document.body && document.getElementById(id);
    if (part) rest(first(part) ?? first());
  });
});
