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

/** Read a refused answer: its sentence, and where to go on if more is needed. */
export async function problemOf(response) {
  try {
    const problem = await response.json();
    const go = typeof problem.go === "string" && problem.go.startsWith("/e/") ? problem.go : "";
    return { text: problem.detail ?? problem.title ?? response.statusText, go };
  } catch {
    return { text: response.statusText || `${response.status}`, go: "" };
  }
}

function leave(toast, after = 10000) {
  if (toast.matches(".bad, .warn")) return;
  setTimeout(() => (toast.matches(":hover, :focus-within") ? leave(toast, 2000) : toast.remove()), after);
}

document.querySelectorAll("#toasts .toast").forEach((toast) => leave(toast));
new MutationObserver((records) => {
  for (const record of records) for (const node of record.addedNodes) if (node.matches?.(".toast")) leave(node);
}).observe(document.querySelector("#toasts"), { childList: true });

document.addEventListener("click", (event) => event.target.closest("[data-dismiss]")?.closest(".toast")?.remove());
document.addEventListener("toast", ({ detail }) => say(detail.text ?? detail.value, detail.tone, detail.undo, detail.undo_label));
document.addEventListener("htmx:responseError", (event) => {
  const answer = event.detail.xhr;
  let text = answer.statusText;
  try {
    text = JSON.parse(answer.responseText).detail ?? text;
  } catch {
    // Not a problem document: the status says it.
  }
  say(text, "bad");
});
document.addEventListener("htmx:sendError", () => say(document.body.dataset.offlineText, "bad"));
