// Questions before what cannot be undone, dialogs opened by a button, menus that close when one leaves them.
import { onScroll, settle } from "./float.js";

/** Open a dialog; the styles that it alone needs come with it. */
export function show(dialog) {
  if (dialog.dataset.style) {
    document.head.append(Object.assign(document.createElement("link"), { rel: "stylesheet", href: dialog.dataset.style }));
    delete dialog.dataset.style;
  }
  dialog.showModal();
}

/** Ask in the page's dialog; resolves to true when the answer is yes. */
export function ask(text) {
  const dialog = document.querySelector("#ask");
  dialog.querySelector("#ask-text").textContent = text;
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) => dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true }));
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  const question = event.submitter?.dataset.confirm ?? form.dataset.confirm;
  if (!question || form.dataset.confirmed !== undefined) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const submitter = event.submitter;
  if (!(await ask(question))) return;
  form.dataset.confirmed = "";
  form.requestSubmit(submitter);
  delete form.dataset.confirmed;
}, true);

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-open]");
  if (opener) show(document.getElementById(opener.dataset.open));
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target) || opener) menu.open = false;
  }
});

document.addEventListener("toggle", (event) => {
  const menu = event.target;
  if (!menu.matches?.("details.menu") || !menu.open) return;
  const box = menu.querySelector(".menu-box");
  settle(box, menu);
  const still = onScroll(menu, () => {
    menu.open = false;
    still();
  });
  const edge = box.getBoundingClientRect();
  menu.classList.toggle("from-start", edge.left < 0 || (menu.classList.contains("from-start") && edge.right <= innerWidth));
}, true);

document.addEventListener("keydown", (event) => {
  const menu = event.target.closest?.("details.menu[open]");
  if (!menu) return;
  if (event.key === "Escape") {
    menu.open = false;
    menu.querySelector("summary").focus();
    event.stopPropagation();
  }
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    const items = [...menu.querySelectorAll("summary, .menu-box :is(a, button)")];
    if (menu.querySelector(".menu-box :is(input:not([type=hidden]), select, textarea)")) return;
    const next = items.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1);
    items[(next + items.length) % items.length]?.focus();
    event.preventDefault();
  }
});
