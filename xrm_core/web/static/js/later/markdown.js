// Long texts are Markdown: a bar of the usual marks over them, and the text as the server will show it.
import { say } from "../live.js";

const MARKS = { bold: ["**", "**"], italic: ["_", "_"], link: ["[", "](https:/".concat("/)")] };
const LINES = { heading: "## ", list: "- ", quote: "> ", numbers: "1. " };

function wrap(area, name) {
  const { selectionStart: start, selectionEnd: end, value } = area;
  const chosen = value.slice(start, end);
  if (MARKS[name]) {
    const [before, after] = MARKS[name];
    area.setRangeText(before + chosen + after, start, end, "end");
    area.setSelectionRange(start + before.length, start + before.length + chosen.length);
  } else {
    const from = value.lastIndexOf("\n", start - 1) + 1;
    const lines = value.slice(from, end).split("\n");
    const all = lines.every((line) => line.startsWith(LINES[name]));
    const text = lines.map((line, at) => (all ? line.slice(LINES[name].length) : (name === "numbers" ? `${at + 1}. ` : LINES[name]) + line)).join("\n");
    area.setRangeText(text, from, end, "end");
  }
  area.focus();
  area.dispatchEvent(new Event("input", { bubbles: true }));
}

async function preview(area, bar, button) {
  const shown = bar.parentElement.querySelector(".md-preview");
  if (shown) {
    shown.remove();
    area.hidden = false;
    button.setAttribute("aria-pressed", "false");
    area.focus();
    return undefined;
  }
  if (button.hasAttribute("aria-busy")) return undefined;
  button.setAttribute("aria-busy", "true");
  const text = area.value;
  const body = new URLSearchParams({ text, _csrf: area.form.querySelector('input[name="_csrf"]').value });
  const answer = await fetch("/preview", { method: "POST", body, headers: { Accept: "text/html" } }).catch(() => null);
  const html = answer?.ok ? await answer.text().catch(() => null) : null;
  button.removeAttribute("aria-busy");
  if (html === null) return say(document.body.dataset.offlineText, "bad");
  if (area.value !== text) return preview(area, bar, button); // typed on meanwhile
  const made = document.createElement("div");
  made.className = "md-preview prose";
  made.tabIndex = 0;
  const parsed = new DOMParser().parseFromString(html, "text/html"); // sanitised by the server
  made.append(...parsed.body.childNodes);
  area.after(made);
  area.hidden = true;
  button.setAttribute("aria-pressed", "true");
  if (document.activeElement === document.body) button.focus();
  return undefined;
}

function dress(root) {
  const template = document.querySelector("#markdown-bar");
  if (!template) return;
  for (const area of root.querySelectorAll('textarea[data-module~="markdown"]:not([data-dressed])')) {
    area.dataset.dressed = "";
    const bar = template.content.firstElementChild.cloneNode(true);
    area.before(bar);
    bar.addEventListener("click", (event) => {
      const button = event.target.closest("[data-md]");
      if (!button) return;
      if (button.dataset.md === "preview") preview(area, bar, button);
      else if (!area.hidden) wrap(area, button.dataset.md);
    });
    bar.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      const all = [...bar.querySelectorAll("button")];
      const rtl = getComputedStyle(bar).direction === "rtl" ? -1 : 1;
      const next = all[(all.indexOf(document.activeElement) + step * rtl + all.length) % all.length];
      all.forEach((one) => (one.tabIndex = one === next ? 0 : -1));
      next.focus();
      event.preventDefault();
    });
  }
}

document.addEventListener("keydown", (event) => {
  const name = { b: "bold", i: "italic" }[event.key];
  if (!name || !(event.ctrlKey || event.metaKey) || !event.target.matches?.("textarea[data-dressed]")) return;
  event.preventDefault();
  wrap(event.target, name);
});
dress(document);
new MutationObserver((records) => {
  for (const record of records) for (const node of record.addedNodes) if (node.querySelector) dress(node.parentElement ?? node);
}).observe(document.body, { childList: true, subtree: true });
