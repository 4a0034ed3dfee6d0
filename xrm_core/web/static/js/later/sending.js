// Forms sent so that nothing typed is lost: a lost connection and a lapsed session are said, the form stays, and sending is
// offered again. Files tell how far they are.
import { chosen } from "../ahead.js";
import { again, leaving, unsaved } from "../guard.js";
import { told } from "../live.js";

const TYPES = "text/html, application/problem+json";

/** The token of the session as it is now: after a new sign-in the one in the form is another session's. */
async function token() {
  try {
    const page = new DOMParser().parseFromString(await (await fetch("/account", { headers: { Accept: "text/html" } })).text(), "text/html");
    if (page.body.dataset.who !== document.body.dataset.who) return page.body.dataset.who ? "" : undefined;
    return page.querySelector('input[name="_csrf"]')?.value;
  } catch {
    return undefined;
  }
}

function post(form, submitter) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", form.getAttribute("action"));
    request.setRequestHeader("HX-Request", "true");
    request.setRequestHeader("X-Go", "tell");
    request.setRequestHeader("Accept", TYPES);
    const data = new FormData(form, submitter?.form === form ? submitter : undefined);
    const files = [...data.values()].some((value) => value instanceof File && value.size);
    const bar = files ? form.querySelector("progress[data-sent]") : null;
    request.upload.addEventListener("progress", (event) => {
      if (bar && event.lengthComputable) Object.assign(bar, { hidden: false, max: event.total, value: event.loaded });
    });
    request.addEventListener("load", () => resolve(request));
    request.addEventListener("error", () => reject(new Error("offline")));
    request.addEventListener("timeout", () => reject(new Error("offline")));
    request.send(form.enctype === "multipart/form-data" ? data : new URLSearchParams([...data].filter(([, value]) => typeof value === "string")));
  });
}

/**
 * Send a form. Answers {status, text, isPage, go}: `go` is where the server leads to. Null where the reader gave up for now; the
 * form is as it was.
 */
export async function deliver(form, submitter) {
  await chosen();
  for (;;) {
    let request;
    try {
      request = await post(form, submitter);
    } catch {
      if (await again("offline")) continue;
      return null;
    }
    const go = request.getResponseHeader("HX-Redirect") ?? "";
    let problem = null;
    if (request.getResponseHeader("Content-Type")?.startsWith("application/problem+json")) problem = JSON.parse(request.responseText);
    if (go === "/sign-in" || problem?.code === "csrf") {
      if (go === "/sign-in" && !(await again("out"))) return null;
      const fresh = await token();
      const held = form.querySelector('input[name="_csrf"]');
      if (fresh === "") {
        note(document.querySelector("#keep").dataset.other);
        return null;
      }
      if (fresh && held.value !== fresh) {
        for (const input of document.querySelectorAll('input[name="_csrf"]')) input.value = fresh;
        continue;
      }
      if (go === "/sign-in") continue;
    }
    tell(request);
    if (problem) note(told(problem));
    return { status: request.status, text: request.responseText, isPage: !problem && request.status !== 204, go: request.status === 204 ? go : "" };
  }
}

function note(text) {
  document.dispatchEvent(new CustomEvent("toast", { detail: { text, tone: "bad" } }));
}

function tell(request) {
  const trigger = request.getResponseHeader("HX-Trigger");
  if (!trigger?.startsWith("{")) return;
  for (const [name, detail] of Object.entries(JSON.parse(trigger))) document.dispatchEvent(new CustomEvent(name, { detail: detail ?? {} }));
}

// ---- leaving by a link of the page: save, drop, or stay
const savers = [];

/** Say how a form is saved before its page is left: find(form) answers a function of the address to go to, or null. */
export function keepBeforeLeaving(find) {
  savers.push(find);
}

document.addEventListener("click", async (event) => {
  const link = event.target.closest?.("a[href]");
  if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  if (link.target || link.hasAttribute("download") || link.matches(".edit-mark, [data-cancel], .option-link, [role=option]")) return;
  const url = new URL(link.href);
  if (url.origin !== location.origin || (url.pathname === location.pathname && url.search === location.search && url.hash)) return;
  const form = unsaved();
  const dialog = document.querySelector("#leave");
  const save = form && savers.map((find) => find(form)).find(Boolean);
  if (!save || !dialog) return;
  event.preventDefault();
  dialog.returnValue = "stay";
  dialog.showModal();
  dialog.addEventListener("close", () => {
    if (dialog.returnValue === "save") save(link.href);
    else if (dialog.returnValue === "discard") {
      document.dispatchEvent(new Event("discarded"));
      leaving();
      location.assign(link.href);
    } else link.focus();
  }, { once: true });
}, true);
