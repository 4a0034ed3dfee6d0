// The command palette: what the page offers is filtered here at once, records come from the server while one types.
import { fragment } from "./combobox.js";

const dialog = document.querySelector("#palette");
const input = dialog.querySelector("#palette-q");
const list = dialog.querySelector("#palette-list");
const here = list.querySelector("[data-here]");
const found = list.querySelector("[data-hits]");
const none = dialog.querySelector(".palette-none");
const told = dialog.querySelector("[role=status]");
const PAUSE = 150;
const FEW = 5; // of what can be made, where nothing is typed; all of it behind "+"
const ONLY = { ">": ["actions", "create", "go", "settings"], "+": ["create"] };
let running = new AbortController();
let timer;
let ready = Promise.resolve();
let answered = Promise.resolve();
let due = false; // something was typed that the server was not asked yet
let standing = "none"; // of the records that are searched: all are there, on their way ("asking"), or the search "failed"
let moved = false;

const fold = (text) => text.toLowerCase().normalize("NFD").replace(/\p{M}/gu, "");

/** How well letters stand in a text in their order: a run or beginnings of words count most; -1 where they do not. */
export function rank(text, letters) {
  const words = fold(text);
  const wanted = fold(letters).replace(/\s+/g, "");
  if (!wanted) return 0;
  const at = words.indexOf(fold(letters).trim());
  if (at >= 0) return 100 - Math.min(at, 40) + (at === 0 || words[at - 1] === " " ? 30 : 0);
  let place = -1;
  let score = 60;
  for (const letter of wanted) {
    let next = words.indexOf(letter, place + 1);
    if (next < 0) return -1;
    const start = words.indexOf(` ${letter}`, place + 1);
    if (next !== place + 1 && start >= 0) next = start + 1;
    if (next !== place + 1 && words[next - 1] !== " " && next > 0) score -= 12;
    place = next;
  }
  return score > 30 ? score : -1;
}

const options = () => [...list.querySelectorAll('[role="option"]')].filter((one) => !one.hidden && !one.closest("[hidden]"));
const current = () => list.querySelector('[aria-selected="true"]');

function mark(option) {
  current()?.setAttribute("aria-selected", "false");
  if (!option) return input.removeAttribute("aria-activedescendant");
  option.setAttribute("aria-selected", "true");
  input.setAttribute("aria-activedescendant", option.id);
  option.scrollIntoView({ block: "nearest" });
  return undefined;
}

/** Show what fits, the best of each group first, and mark the first of all. */
function filter(keep) {
  const text = input.value.trim();
  const only = ONLY[text[0]];
  const letters = only ? text.slice(1).trim() : text;
  const asks = text[0] === "#" || text[0] === "@";
  for (const group of here.querySelectorAll("[data-group]")) {
    const ranked = [...group.querySelectorAll('[role="option"]')].map((one) => [rank(`${one.querySelector("bdi").textContent} ${one.dataset.words}`, letters), one]);
    const fits = !asks && (!only || only.includes(group.dataset.group)) && (letters || only || group.dataset.group !== "settings");
    const room = group.dataset.group === "create" && !text ? FEW : Infinity;
    ranked.forEach(([score, one], at) => (one.hidden = !fits || score < 0 || at >= room));
    if (letters) for (const [, one] of ranked.sort((a, b) => b[0] - a[0])) group.append(one);
    group.hidden = ranked.every(([, one]) => one.hidden);
  }
  const groups = [...here.children];
  const best = (group) => (letters && !group.hidden ? rank(group.querySelector('[role="option"]:not([hidden]) bdi')?.textContent ?? "", letters) : 0);
  if (letters) here.append(...groups.sort((a, b) => best(b) - best(a)));
  found.hidden = Boolean(only) || !letters;
  say();
  if (!keep || !current() || current().closest("[hidden]")) mark(options().find((one) => !one.ariaDisabled));
}

function say() {
  const count = options().length;
  none.hidden = count > 0 && standing !== "failed";
  none.textContent = none.dataset[standing];
  if (standing === "asking") return; // who listens hears of what has come
  const said = count === 1 ? told.dataset.one : told.dataset.many.replace("{n}", count);
  told.textContent = standing === "failed" ? none.textContent : said;
}

const isAsked = (text) => text && !ONLY[text[0]] && (text.length > 1 || /\d/.test(text));

async function ask() {
  const text = input.value.trim();
  due = false;
  running.abort();
  running = new AbortController();
  const { signal } = running;
  standing = isAsked(text) ? "asking" : "none";
  say();
  try {
    const html = isAsked(text) ? await fragment(`/palette/hits?q=${encodeURIComponent(text)}`, signal) : "";
    if (signal.aborted) return;
    const kept = moved && found.contains(current()) ? current().getAttribute("href") : null;
    found.innerHTML = html;
    if (kept) mark(options().find((one) => one.getAttribute("href") === kept)); // where one went by keys stays marked
    standing = "none";
  } catch {
    if (signal.aborted) return;
    found.replaceChildren();
    standing = "failed";
  }
  filter(true);
}

/** What Enter takes: a record only when those are there that were asked for last. */
async function chosen() {
  await ready;
  if (!moved && !here.contains(current())) {
    clearTimeout(timer);
    if (due) answered = ask();
    await answered;
  }
  return current();
}

function take(option, apart) {
  if (!option || option.ariaDisabled) return;
  const form = option.querySelector("form");
  if (form) {
    dialog.close();
    form.requestSubmit(form.querySelector("button") ?? undefined);
  } else if (apart) open(option.href, "_blank", "noopener");
  else {
    dialog.close();
    location.assign(option.href);
  }
}

input.addEventListener("input", () => {
  moved = false;
  due = true;
  standing = isAsked(input.value.trim()) ? "asking" : "none";
  filter();
  clearTimeout(timer);
  timer = setTimeout(() => (answered = ask()), PAUSE);
});
input.addEventListener("keydown", async (event) => {
  const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 };
  if (steps[event.key]) {
    event.preventDefault();
    moved = true;
    await ready;
    const all = options();
    const at = all.indexOf(current());
    const wraps = Math.abs(steps[event.key]) === 1;
    const next = at + steps[event.key];
    mark(all[wraps ? (next + all.length) % all.length : Math.min(all.length - 1, Math.max(0, next))]);
  } else if (event.key === "Enter" && !event.isComposing) {
    event.preventDefault();
    const apart = event.ctrlKey || event.metaKey;
    const option = await chosen();
    if (dialog.open) take(option, apart);
  }
});
list.addEventListener("mousedown", (event) => event.preventDefault());
list.addEventListener("click", (event) => {
  const option = event.target.closest('[role="option"]');
  if (!option) return;
  event.preventDefault();
  take(option, event.ctrlKey || event.metaKey);
});
dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
dialog.addEventListener("close", () => running.abort());

/** Fill the palette, which stands open already, with what can be done here. */
export function fill() {
  moved = false;
  standing = "none";
  found.replaceChildren();
  ready = fragment(`/palette?at=${encodeURIComponent(location.pathname)}`)
    .then((html) => {
      here.innerHTML = html;
      filter(moved);
      if (input.value.trim()) answered = ask();
    })
    .catch(() => filter());
}
