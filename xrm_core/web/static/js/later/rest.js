// What a page brings by itself once it stands: [data-rest] is the address, [data-take] which parts of the answer come in its place.
// Without scripts, or without a connection, the link in it leads there.
import { welcome } from "../later.js";

async function bring(place) {
  const answer = await fetch(place.dataset.rest, { headers: { "HX-Request": "true", Accept: "text/html" } });
  if (!answer.ok) return;
  const parts = [...new DOMParser().parseFromString(await answer.text(), "text/html").querySelectorAll(place.dataset.take)];
  const made = parts.map((part) => document.importNode(part, true));
  place.replaceWith(...made);
  made.forEach(welcome);
}

function look(root) {
  for (const place of [...root.querySelectorAll("[data-rest]"), ...(root.matches?.("[data-rest]") ? [root] : [])]) {
    if (place.isAsked) continue;
    place.isAsked = true;
    bring(place).catch(() => {});
  }
}

look(document);
document.addEventListener("htmx:load", (event) => look(event.target));
