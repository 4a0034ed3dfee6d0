// Sheets: what changes a list is a page of its own; here it opens over the list, and goes on in place. [data-sheet] on a link, a
// form or a button says so; a button with [data-leave] leads back to a page.
import { arrived, drop, expecting } from "../ahead.js";
import { welcome } from "../later.js";
import { problemOf, say } from "../live.js";
import { carry, restore, snapshot } from "./redraw.js";

const FIELD = ".sheet-body > .field";
let opener = null;
let turn = 0;

function dialog() {
  const known = document.querySelector("#sheet");
  if (known) return known;
  const made = Object.assign(document.createElement("dialog"), { id: "sheet", className: "sheet-dialog" });
  made.setAttribute("aria-labelledby", "sheet-title");
  made.addEventListener("click", (event) => event.target === made && made.close());
  made.addEventListener("close", () => {
    turn += 1; // what is on its way is not wanted any more
    drop();
    made.replaceChildren();
    const at = document.getElementById(opener?.id) ?? opener;
    (at?.checkVisibility() ? at : at?.closest("details.menu")?.querySelector("summary"))?.focus(); // its menu may be shut by now
  });
  document.body.append(made);
  return made;
}

function settle(box) {
  // Under what opened it, where there is room beside; on a phone the styles lay it on the lower edge.
  box.style.removeProperty("inset");
  if (innerWidth < 760 || !opener?.isConnected) return;
  const edge = opener.getBoundingClientRect();
  const size = box.getBoundingClientRect();
  const isRight = getComputedStyle(opener).direction === "rtl";
  const left = Math.min(Math.max(8, isRight ? edge.right - size.width : edge.left), innerWidth - size.width - 8);
  const top = Math.max(8, Math.min(edge.bottom + 6, innerHeight - Math.min(size.height, innerHeight - 16) - 8));
  box.style.inset = `${top}px auto auto ${left}px`;
  box.style.margin = "0";
}

/**
 * Ask for a sheet and show it; an answer that is none is a page to go to. Only what was asked for last is shown, with what was typed
 * since, unless its lines are others then (`isOther`).
 */
async function load(url, options = {}, isOther = false) {
  const box = dialog();
  const at = document.activeElement?.id;
  const mine = ++turn;
  const sent = snapshot(box);
  if (!box.open || isOther) expecting(() => (box.open ? box.close() : (turn += 1)), box.open ? box : null);
  try {
    const answer = await fetch(url, { ...options, headers: { "HX-Request": "true", "X-Go": "tell", Accept: "text/html, application/problem+json" } });
    if (answer.headers.get("HX-Redirect")) return location.assign(answer.headers.get("HX-Redirect"));
    if (answer.headers.get("content-type")?.startsWith("application/problem+json")) {
      drop();
      return say((await problemOf(answer)).text, "bad");
    }
    const sheet = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("#main .sheet");
    if (!sheet) return location.assign(answer.url);
    if (mine !== turn) return undefined;
    const now = box.contains(document.activeElement) && document.activeElement.id !== at ? document.activeElement : null;
    const list = box.querySelector(".chooser-list")?.scrollTop;
    const fields = box.querySelectorAll(FIELD).length;
    box.replaceChildren(document.importNode(sheet, true));
    if (!isOther) carry(sent, [], box);
    welcome(box);
    if (!box.open) box.showModal();
    box.dataset.opener = opener?.id ?? ""; // where the focus is again on the page that follows
    settle(box);
    if (list) box.querySelector(".chooser-list")?.scrollTo(0, list);
    const added = box.querySelectorAll(FIELD);
    const wrong = answer.ok ? null : [...box.querySelectorAll(".condition:has(.error-text) :is(input:not([type=hidden]), textarea)")].pop();
    const first = wrong ?? box.querySelector("[autofocus]") ?? (added.length > fields ? [...added].pop().querySelector(":is(input:not([type=hidden]), select, textarea)") : null) ?? (at ? box.querySelector(`#${CSS.escape(at)}`) : null)
      ?? box.querySelector(".error-text") ?? [...box.querySelectorAll(".condition")].pop()?.querySelector(":is(select, input:not([type=hidden]))");
    (first ?? box.querySelector("#sheet-title")).focus();
    if (now?.id && box.querySelector(`#${CSS.escape(now.id)}`)) restore(now.id, now.selectionStart, now.selectionEnd);
    arrived();
  } catch {
    drop();
    say(document.body.dataset.offlineText, "bad");
  }
  return undefined;
}

document.addEventListener("click", (event) => event.target.closest?.("#sheet a[download]") && setTimeout(() => dialog().close()));
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[data-sheet], a[data-close]");
  if (!link || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  const box = link.closest("#sheet");
  if (link.dataset.close !== undefined) {
    if (!box) return;
    event.preventDefault();
    box.close();
    return;
  }
  event.preventDefault();
  if (!box) opener = link;
  load(link.href);
});

document.addEventListener("submit", (event) => {
  const { target: form, submitter } = event;
  if (event.defaultPrevented || submitter?.dataset.leave !== undefined) return;
  if (form.dataset.download !== undefined) setTimeout(() => dialog().close());
  if (form.dataset.sheet === undefined && submitter?.dataset.sheet === undefined) return;
  event.preventDefault();
  if (!form.closest("#sheet")) opener = submitter;
  const data = new URLSearchParams([...new FormData(form, submitter)].filter(([, value]) => typeof value === "string"));
  const url = new URL(submitter?.getAttribute("formaction") ?? form.getAttribute("action"), location.href);
  const isOther = submitter?.name === "do";
  if (form.method === "post") load(url, { method: "POST", body: data }, isOther);
  else {
    url.search = data;
    load(url, {}, isOther);
  }
});

document.addEventListener("change", (event) => {
  const form = event.target.closest?.("form[data-sheet]");
  if (form && (event.target.dataset.redraw !== undefined || event.target.dataset.refresh !== undefined)) form.requestSubmit();
});

// A box above fields: those that fit stay at once; those behind links are asked for.
const PAUSE = 200;
let pause;
const sent = (item) => item.querySelector(".menu-item").value || item.querySelector(".menu-item").getAttribute("href");

function tell(list, input) {
  const none = input.closest(".input-box").nextElementSibling;
  none.textContent = [...list.children].some((item) => !item.hidden) ? "" : none.dataset.text;
}

async function further(list, input) {
  const words = input.value;
  const answer = await fetch(input.dataset.find + encodeURIComponent(words), { headers: { "HX-Request": "true", Accept: "text/html" } });
  const found = new DOMParser().parseFromString(await answer.text(), "text/html").querySelectorAll("#chooser-list > .chooser-item");
  if (!list.isConnected || input.value !== words) return;
  const known = new Set([...list.querySelectorAll(".chooser-item")].map(sent));
  for (const item of found) if (!known.has(sent(item))) list.append(Object.assign(document.importNode(item, true), { className: "chooser-item further" }));
  tell(list, input);
}

document.addEventListener("input", (event) => {
  const input = event.target;
  const list = input.dataset?.narrow && document.querySelector(input.dataset.narrow);
  if (!list) return;
  const words = input.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
  list.querySelectorAll(".further").forEach((item) => item.remove());
  for (const item of list.children) item.hidden = words.length > 0 && (item.dataset.label !== undefined || !(item.querySelector(":checked") || words.every((word) => item.textContent.toLowerCase().includes(word))));
  clearTimeout(pause);
  if (input.dataset.find && words.join("").length > 1) pause = setTimeout(() => further(list, input).catch(() => {}), PAUSE);
  else tell(list, input);
});

// Letters typed where nothing is typed into go into that box: among many columns it is far away by Tab.
document.addEventListener("keydown", (event) => {
  const box = event.target.closest?.("#sheet")?.querySelector("input[data-narrow]");
  const isLetter = /^[\p{L}\p{N}]$/u.test(event.key) && !event.ctrlKey && !event.metaKey && !event.altKey;
  if (isLetter && box?.checkVisibility() && !event.target.matches("input:not([type=checkbox], [type=radio]), textarea, select")) box.focus();
});

document.addEventListener("keydown", (event) => {
  const list = event.target.dataset?.narrow && document.querySelector(event.target.dataset.narrow);
  if (list && (event.key === "Enter" || event.key === "ArrowDown")) {
    event.preventDefault();
    const all = [...list.querySelectorAll(":is(li, label):not([hidden]) > :is(.menu-item, input)")];
    const words = event.target.value.trim().toLowerCase();
    const first = (event.key === "Enter" && all.find((item) => (item.value && item.closest("label") || item).textContent.trim().toLowerCase().startsWith(words))) || all[0];
    if (event.key === "Enter") first?.click();
    else first?.focus();
  } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    const item = event.target.closest?.(".chooser-list .menu-item");
    if (!item) return;
    const all = [...item.closest(".chooser-list").querySelectorAll("li:not([hidden]) .menu-item")];
    all[all.indexOf(item) + (event.key === "ArrowDown" ? 1 : -1)]?.focus();
    event.preventDefault();
  }
});

// Lines dragged into another order; the buttons beside them do the same.
let dragged = null;
document.addEventListener("dragstart", (event) => {
  dragged = event.target.closest?.("[data-order] .grip")?.closest("li") ?? null;
  if (dragged) event.dataTransfer.setDragImage(dragged, 8, 8);
});
document.addEventListener("dragover", (event) => {
  const over = dragged && event.target.closest?.("[data-order] > li");
  if (!over) return;
  event.preventDefault();
  if (over === dragged) return;
  const edge = over.getBoundingClientRect();
  over[event.clientY > edge.top + edge.height / 2 ? "after" : "before"](dragged);
});
document.addEventListener("dragend", () => {
  if (!dragged) return;
  const list = dragged.closest("[data-order]");
  dragged = null;
  const names = [...list.children].map((line) => line.dataset.name).join(",");
  const url = new URL(list.dataset.order, location.href);
  url.searchParams.set("cols", names);
  if (list.closest("#sheet")) load(url);
  else location.assign(url);
});
