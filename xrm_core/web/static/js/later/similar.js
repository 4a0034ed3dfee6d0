// Records that look like the one being typed: asked for while one types, shown beside the fields.
const PAUSE = 500;
let timer;
let asking;
let last = "";

const place = () => document.querySelector("#form #similar");
const typed = (form) => new URLSearchParams([...new FormData(form)].filter(([name, value]) => typeof value === "string" && name !== "_outer"));

async function look() {
  const form = document.querySelector("#form");
  if (!place()) return;
  const body = typed(form);
  body.set("_refresh", "_similar");
  if (String(body) === last) return;
  last = String(body);
  asking?.abort();
  asking = new AbortController();
  try {
    const answer = await fetch(form.getAttribute("action"), { method: "POST", body, signal: asking.signal, headers: { "HX-Request": "true", Accept: "text/html" } });
    if (answer.ok && !answer.redirected) show(await answer.text());
  } catch {
    // Not now: what is typed next asks again.
  }
}

function show(html) {
  const here = place();
  const fresh = new DOMParser().parseFromString(html, "text/html").body;
  if (!here || fresh.innerHTML.trim() === here.innerHTML.trim()) return;
  const open = here.querySelector("#similar-more")?.open;
  const focus = here.contains(document.activeElement) ? document.activeElement.id : "";
  here.replaceChildren(...[...fresh.childNodes].map((node) => document.importNode(node, true)));
  if (open && here.querySelector("#similar-more")) here.querySelector("#similar-more").open = true;
  if (focus) (document.getElementById(focus) ?? here.querySelector("button, a"))?.focus();
  const told = here.querySelector("#similar-title span")?.textContent ?? "";
  const status = document.querySelector("#status");
  if (status && status.textContent !== told) status.textContent = told;
}

// One that is not the same is said so with the form; it is not named again.
document.addEventListener("submit", (event) => {
  const { target: form, submitter } = event;
  if (event.defaultPrevented || form.id !== "form" || submitter?.name !== "_differs" || !place()) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  place().append(Object.assign(document.createElement("input"), { type: "hidden", name: "_differs", value: submitter.value }));
  look();
}, true);

for (const kind of ["input", "change"]) {
  document.addEventListener(kind, (event) => {
    if (!place() || event.target.form?.id !== "form" || event.target.matches("textarea, [type=file], [type=checkbox]")) return;
    clearTimeout(timer);
    timer = setTimeout(look, PAUSE);
  });
}
