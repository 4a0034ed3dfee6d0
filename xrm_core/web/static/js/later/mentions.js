// People named in Markdown: "@" and letters offer those who may see the record; the one who is chosen is written as a link to him.
const WORD = /(^|[\s(])@([\p{L}\p{N}'.-]{0,30}(?: [\p{L}\p{N}'.-]{0,30})?)$/u;
const PAUSE = 180;
let box = null;
let area = null;
let found = [];
let at = 0;
let timer;
let asking;

function place(one) {
  const address = one.form?.getAttribute("action")?.match(/^\/e\/([a-z][a-z0-9_]*)\/(?:([0-9a-f-]{36})\/)?/) ?? [];
  return address[1] ? `/e/${address[1]}/people?${new URLSearchParams({ record: address[2] ?? "" })}` : "";
}

function typed(one) {
  return one.selectionStart === one.selectionEnd ? one.value.slice(0, one.selectionStart).match(WORD) : null;
}

function close() {
  clearTimeout(timer);
  asking?.abort();
  box?.remove();
  area?.removeAttribute("aria-activedescendant");
  area?.removeAttribute("aria-controls");
  box = area = null;
  found = [];
}

function mark(next) {
  at = (next + found.length) % found.length;
  [...box.children].forEach((option, n) => option.setAttribute("aria-selected", n === at));
  box.children[at].scrollIntoView({ block: "nearest" });
  area.setAttribute("aria-activedescendant", box.children[at].id);
}

function show(one, people) {
  close();
  if (!people.length) return;
  area = one;
  found = people;
  box = Object.assign(document.createElement("div"), { className: "options mention-options", id: "mention-options" });
  box.setAttribute("role", "listbox");
  box.setAttribute("aria-label", document.querySelector("#markdown-bar").dataset.people);
  people.forEach((person, n) => {
    const option = Object.assign(document.createElement("div"), { id: `mention-${n}` });
    option.setAttribute("role", "option");
    option.append(Object.assign(document.createElement("bdi"), { textContent: person.name }));
    option.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      at = n;
      take();
    });
    box.append(option);
  });
  one.after(box);
  one.setAttribute("aria-autocomplete", "list");
  one.setAttribute("aria-controls", box.id);
  mark(0);
}

function take() {
  const [one, person, word] = [area, found[at], typed(area)];
  close();
  if (!word) return;
  const name = person.name.replace(/[[\]\\]/g, "");
  one.setRangeText(`[@${name}](/e/user/${person.id}) `, one.selectionStart - word[2].length - 1, one.selectionStart, "end");
  one.dispatchEvent(new Event("input", { bubbles: true }));
}

async function ask(one) {
  const word = typed(one);
  const address = place(one);
  if (!word || !address) return close();
  asking?.abort();
  asking = new AbortController();
  try {
    const answer = await fetch(`${address}&${new URLSearchParams({ q: word[2].trim() })}`, { signal: asking.signal, headers: { Accept: "application/json" } });
    if (answer.ok && typed(one)?.[2] === word[2]) show(one, await answer.json());
    else if (!answer.ok) close();
  } catch {
    // Typed on meanwhile, or no connection: the text is what it is.
  }
  return undefined;
}

document.addEventListener("input", (event) => {
  const one = event.target;
  if (!one.matches?.("textarea[data-dressed]")) return;
  clearTimeout(timer);
  if (!typed(one)) return close();
  timer = setTimeout(() => ask(one), PAUSE);
});

document.addEventListener("keydown", (event) => {
  if (!box || event.target !== area) return;
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) mark(at + step);
  else if (event.key === "Escape") close();
  else if ((event.key === "Enter" && !event.ctrlKey && !event.metaKey) || event.key === "Tab") take();
  else return;
  event.preventDefault();
  event.stopImmediatePropagation();
}, true);

document.addEventListener("focusout", (event) => event.target === area && close());
