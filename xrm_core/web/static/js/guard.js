// Forms: nothing typed is lost by leaving, the summary of errors is read first, fields that others depend on ask the server.
const shape = (form) => new URLSearchParams([...new FormData(form)].filter(([name]) => !name.startsWith("_")).map(([name, value]) => [name, value.name ?? value])).toString();

let leaving = false;
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
  leaving = false;
  guarded().forEach(watch);
  document.querySelector("[data-focus]")?.focus();
});

for (const kind of ["input", "change", "htmx:afterSettle"]) {
  document.addEventListener(kind, (event) => {
    const form = event.target.closest?.("form[data-guard]");
    if (form && before.has(form)) look(form);
  });
}

document.addEventListener("submit", (event) => {
  if (event.target.dataset.guard !== undefined && !event.defaultPrevented) leaving = true;
});

addEventListener("beforeunload", (event) => {
  if (!leaving && guarded().some(look)) event.preventDefault();
});

document.addEventListener("change", (event) => {
  const field = event.target;
  const form = field.closest?.("form[data-guard]");
  if (!form || field.dataset.refresh === undefined) return;
  window.htmx.ajax("POST", form.action, {
    source: form, target: "#form .form-body", select: "#form .form-body", swap: "outerHTML", values: { _refresh: field.name },
  });
});
