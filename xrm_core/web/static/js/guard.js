// Forms: nothing typed is lost by leaving, the summary of errors is read first, fields that others depend on ask the server.
const shape = (form) => new URLSearchParams([...new FormData(form)].filter(([name]) => !name.startsWith("_")).map(([name, value]) => [name, value.name ?? value])).toString();

let isLeaving = false;
const before = new WeakMap();

function look(form) {
  const changed = form.dataset.changed !== undefined || before.get(form) !== shape(form);
  const note = form.querySelector("[data-changed-note]");
  if (note) note.hidden = !changed;
  document.title = document.title.replace(/^• /, "");
  if (changed) document.title = `• ${document.title}`;
  return changed;
}

function guarded() {
  return [...document.querySelectorAll("form[data-guard]")];
}

/** From here on it is said when a form is no longer as it is now. */
export function watch(form) {
  before.set(form, shape(form));
  look(form);
}

addEventListener("pageshow", () => {
  isLeaving = false;
  guarded().forEach(watch);
  document.querySelector("[data-focus]")?.focus();
});

for (const kind of ["input", "change", "redrawn"]) {
  document.addEventListener(kind, (event) => {
    const form = event.target.closest?.("form[data-guard]");
    if (form && before.has(form)) look(form);
  });
}

addEventListener("submit", (event) => { // after those that send it without leaving
  if (event.target.dataset.guard !== undefined && !event.defaultPrevented) isLeaving = true;
});

addEventListener("beforeunload", (event) => {
  if (!isLeaving && guarded().some(look)) event.preventDefault();
});

/** The page is left on purpose: nobody is asked. */
export function leaving() {
  isLeaving = true;
}

/** The first form with something that is not saved. */
export function unsaved() {
  return guarded().find(look);
}
