// Short messages: from the server (in the page, by an event, in a refused answer), and their going away.

/** Show a message in the page's live region; `undo`, the address of the act that it tells of, and the words of the button. */
export function say(text, tone = "info", undo = "", label = "") {
  const region = document.querySelector("#toasts");
  const toast = document.querySelector("#toast").content.firstElementChild.cloneNode(true);
  toast.className = `toast ${tone}`;
  toast.querySelector("p").textContent = text;
  const back = toast.querySelector("form");
  if (undo.startsWith("/undo/")) {
    back.setAttribute("action", undo);
    back.querySelector("[data-undo] span").textContent = label;
  } else back?.remove();
  region.append(toast);
}

let press = null;
let release = null;
addEventListener("pointerdown", () => (press ??= new Promise((done) => (release = done))), true);
for (const kind of ["pointerup", "pointercancel"]) {
  addEventListener(kind, () => setTimeout(() => {
    release?.();
    press = release = null;
  }, 50), true);
}

/** Wait while a button of the mouse or a finger is down: what is pressed does not move away before it is let go. */
export const released = async () => press;

/** What a problem document says; where something broke, with the id under which the log has it. */
export const told = (problem) => [problem.detail ?? problem.title, problem.status >= 500 && problem.reference ? `(${problem.reference})` : ""].filter(Boolean).join(" ");

/** Read a refused answer: its sentence, and where to go on if more is needed. */
export async function problemOf(response) {
  try {
    const problem = await response.json();
    const go = typeof problem.go === "string" && problem.go.startsWith("/e/") ? problem.go : "";
    return { text: told(problem) || response.statusText, go };
  } catch {
    return { text: response.statusText || `${response.status}`, go: "" };
  }
}

const shown = new Set(); // addresses of the acts that were told on this page

/** Has a message on this page told of an act? */
export const isTold = (undo) => shown.has(undo);

function leave(toast, after = 10000) {
  shown.add(toast.querySelector("form")?.getAttribute("action"));
  if (toast.matches(".bad, .warn")) return;
  setTimeout(() => (toast.matches(":hover, :focus-within") ? leave(toast, 2000) : toast.remove()), after);
}

document.querySelectorAll("#toasts .toast").forEach((toast) => leave(toast));
new MutationObserver((records) => {
  for (const record of records) for (const node of record.addedNodes) if (node.matches?.(".toast")) leave(node);
}).observe(document.querySelector("#toasts"), { childList: true });

document.addEventListener("toast", ({ detail }) => say(detail.text ?? detail.value, detail.tone, detail.undo, detail.undo_label));
document.addEventListener("htmx:responseError", (event) => {
  const answer = event.detail.xhr;
  let text = answer.statusText;
  if (answer.getResponseHeader("Content-Type")?.startsWith("text/html")) {
    const page = new DOMParser().parseFromString(answer.responseText, "text/html"); // an error page: its heading, what happened, its id
    text = [...page.querySelectorAll(".fault h1, .fault > p:first-of-type, .fault-id dd")].map((part) => part.textContent.trim()).join(" · ") || text;
  } else {
    try {
      text = told(JSON.parse(answer.responseText)) || text;
    } catch {
      // Not a problem document: the status says it.
    }
  }
  say(text, "bad");
});
document.addEventListener("htmx:sendError", () => say(document.body.dataset.offlineText, "bad"));
