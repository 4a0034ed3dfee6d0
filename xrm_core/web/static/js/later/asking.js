// What a step needs, asked in a dialog over the page: the form of [data-asks], which without scripts is a page of its own.
import { arrived, drop, expecting } from "../ahead.js";
import { welcome } from "../later.js";
import { carry, filesOf, snapshot } from "./redraw.js";
import { deliver } from "./sending.js";

function dialog() {
  const known = document.querySelector("#asking");
  if (known) return known;
  const made = Object.assign(document.createElement("dialog"), { id: "asking", className: "ask-dialog" });
  made.setAttribute("aria-labelledby", "asking-title");
  document.body.append(made);
  return made;
}

let asked = ""; // the address that is on its way

/** Show the form of an address; done(where) is called when it is taken, `where` being the page that the server leads to. */
export async function ask(address, done) {
  const box = dialog();
  const opener = document.activeElement;
  expecting(() => (asked = ""));
  if (asked === address) return undefined;
  asked = address;

  function fill(html) {
    const page = new DOMParser().parseFromString(html, "text/html");
    const form = page.querySelector("#main form#form");
    if (!form) return false;
    const title = Object.assign(document.createElement("h2"), { id: "asking-title", textContent: page.querySelector("#main h1")?.textContent ?? "" });
    form.setAttribute("action", form.getAttribute("action") || address);
    for (const part of [form, ...form.querySelectorAll("[data-guard]")]) delete part.dataset.guard;
    box.replaceChildren(title, document.importNode(form, true));
    welcome(box);
    if (!box.open) box.showModal();
    (box.querySelector("[role=alert]") ?? box.querySelector(".form-body :is(input:not([type=hidden]), select, textarea)") ?? box.querySelector("#save"))?.focus();
    return true;
  }

  try {
    const answer = await fetch(address, { headers: { Accept: "text/html" } });
    const html = answer.ok ? await answer.text() : "";
    if (asked !== address) return undefined;
    asked = "";
    if (!fill(html)) return location.assign(address);
    arrived();
  } catch {
    asked = "";
    drop();
    return location.assign(address);
  }
  box.onclick = (event) => {
    if (event.target !== box && !event.target.closest("a[href]:not([target])")) return;
    event.preventDefault();
    box.close();
  };
  box.onclose = () => {
    box.replaceChildren();
    (document.getElementById(opener?.id) ?? opener)?.focus?.();
  };
  box.onsubmit = async (event) => {
    const form = event.target;
    if (form.id !== "form") return;
    event.preventDefault();
    event.stopPropagation();
    if (form.dataset.sending !== undefined) return;
    form.dataset.sending = "";
    event.submitter?.setAttribute("aria-busy", "true");
    const typed = snapshot(form);
    const sent = await deliver(form, event.submitter);
    event.submitter?.removeAttribute("aria-busy");
    delete form.dataset.sending;
    if (sent?.go) {
      box.close();
      done(sent.go);
    } else if (sent?.isPage) {
      const files = filesOf(form);
      if (fill(sent.text)) carry(typed, files, box); // typed since
    }
  };
  return undefined;
}

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[data-asks]");
  if (!link || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  link.focus();
  ask(link.href, (where) => location.assign(where));
});
