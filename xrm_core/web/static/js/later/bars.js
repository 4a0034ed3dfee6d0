// Bars of a timeline moved by dragging: the whole, or one of its ends; by days; with a finger after it has
// rested on the bar. "Move to…" in the table does the same without pointing.
import { send } from "./moving.js";

const DAY = 86400000;
const iso = (day) => day.toISOString().slice(0, 10);
const later = (text, days) => iso(new Date(Date.parse(text) + days * DAY));
const REST = 400;
let hold = null;
let resting = null; // a finger on a bar: { timer, x, y }

function words(from, to) {
  const show = new Intl.DateTimeFormat(document.documentElement.lang, { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
  const [a, b] = [new Date(from), new Date(to || from)];
  return from === to || !to ? show.format(a) : show.formatRange(a, b);
}

function press(event) {
  const link = event.target.closest?.("a[data-bar]");
  if (!link || event.button !== 0 || !event.isPrimary || !event.target.closest("rect")) return;
  if (event.pointerType !== "touch") return void take(link, event);
  resting = { x: event.clientX, y: event.clientY, timer: setTimeout(() => {
    take(link, event);
    hold.link.classList.add("held");
    navigator.vibrate?.(10);
  }, REST) };
}

function lift() {
  clearTimeout(resting?.timer);
  resting = null;
}

function take(link, event) {
  const svg = link.ownerSVGElement;
  const text = svg.querySelector(".moving-days");
  const bar = link.querySelector(".bar");
  const scale = svg.viewBox.baseVal.width / svg.getBoundingClientRect().width;
  const step = text.dataset.room / text.dataset.days;
  hold = { link, text, bar, scale, step, from: event.clientX, x: Number(bar.getAttribute("x")), width: Number(bar.getAttribute("width")), end: event.target.dataset.end ?? "", days: 0, moved: false };
}

/** The last day up to which a bar is drawn. */
function drawnEnd({ bar, text, step }) {
  const right = Number(bar.getAttribute("x")) + Number(bar.getAttribute("width"));
  return later(text.dataset.begins, Math.round((right - text.dataset.start) / step) - 1);
}

function draw() {
  const { link, bar, text, x, width, end, days, step } = hold;
  const by = days * step;
  if (end !== "last") bar.setAttribute("x", x + by);
  if (end) bar.setAttribute("width", Math.max(step, end === "first" ? width - by : width + by));
  const first = end === "last" ? link.dataset.first : later(link.dataset.first, days);
  const last = link.dataset.last && (end === "first" ? link.dataset.last : later(link.dataset.last, days));
  text.textContent = end === "last" && !link.dataset.last ? words(drawnEnd(hold)) : words(first, last);
  text.setAttribute("x", Math.max(0, Number(bar.getAttribute("x"))));
  text.setAttribute("y", Number(bar.getAttribute("y")) + hold.link.transform.baseVal[0].matrix.f - 3);
}

function back() {
  hold.bar.setAttribute("x", hold.x);
  hold.bar.setAttribute("width", hold.width);
  hold.text.textContent = "";
  hold.link.classList.remove("held");
}

document.addEventListener("pointerdown", press);
document.addEventListener("touchmove", (event) => hold && event.preventDefault(), { passive: false });
document.addEventListener("contextmenu", (event) => resting && event.target.closest?.("a[data-bar]") && event.preventDefault());
document.addEventListener("pointercancel", () => {
  lift();
  if (hold) back();
  hold = null;
});
document.addEventListener("dragstart", (event) => hold && event.preventDefault());
document.addEventListener("pointermove", (event) => {
  if (resting && !hold && Math.hypot(event.clientX - resting.x, event.clientY - resting.y) > 8) lift();
  if (!hold) return;
  if (!hold.moved && Math.abs(event.clientX - hold.from) < 4) return;
  hold.moved = true;
  hold.link.classList.add("held");
  const limit = hold.link.dataset.last && hold.end ? Math.round((Date.parse(hold.link.dataset.last) - Date.parse(hold.link.dataset.first)) / DAY) : Infinity;
  const days = Math.round((event.clientX - hold.from) * hold.scale / hold.step);
  hold.days = hold.end === "first" ? Math.min(days, limit) : hold.end === "last" ? Math.max(days, -limit) : days;
  draw();
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !hold) return;
  event.preventDefault();
  back();
  hold = null;
});

document.addEventListener("pointerup", () => {
  lift();
  if (!hold) return;
  const one = hold;
  const { link, end, days } = one;
  if (one.moved) {
    const stop = (event) => event.preventDefault();
    addEventListener("click", stop, true);
    setTimeout(() => removeEventListener("click", stop, true));
  }
  if (!one.moved || !days) {
    back();
    hold = null;
    return;
  }
  const root = link.closest("[data-moves]");
  const body = new URLSearchParams(new FormData(root.querySelector("form.move-form")));
  body.set("id", link.dataset.bar);
  body.set("version", link.dataset.is);
  if (end !== "last") body.set("on", later(link.dataset.first, days));
  if (end === "first") body.set("edge", "first");
  // An end that there is not yet is set from where the bar is drawn to.
  if (end === "last") body.set("until", link.dataset.last ? later(link.dataset.last, days) : drawnEnd(one));
  hold = null;
  one.text.textContent = "";
  send(root, body, () => {
    hold = one;
    back();
    hold = null;
  });
});
