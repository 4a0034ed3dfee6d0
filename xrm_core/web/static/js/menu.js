// The menu remembers, while the browser is open, which groups the reader folded or opened.
const KEPT = "xrm-menu";
const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "{}");

for (const group of document.querySelectorAll("[data-fold]")) {
  const name = group.dataset.fold;
  if (kept[name] === true && !group.open) group.open = true;
  group.querySelector("summary").addEventListener("click", () => {
    kept[name] = !group.open;
    sessionStorage.setItem(KEPT, JSON.stringify(kept));
  });
}
document.querySelector(".side [aria-current]")?.scrollIntoView({ block: "nearest" });
document.querySelector(".tabs-run [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
document.addEventListener("focusin", ({ target }) => target.matches(".tabs-run > a:focus-visible") && target.scrollIntoView({ block: "nearest", inline: "start" }));

// Counts beside entries of the menu, and of what is unread: those known from the last page at once, then, now and again, the server's.
const COUNTS = "xrm-counts";
const FRESH = 30_000;

function count(said, kept) {
  for (const place of document.querySelectorAll("[data-counts]")) {
    if (!kept || !place.textContent && !place.matches(".bell-count")) place.textContent = said[place.dataset.counts] ?? "";
  }
  for (const waits of document.querySelectorAll(".side-waits")) {
    waits.hidden = ![...waits.closest("details").querySelectorAll(".count")].some((place) => place.textContent);
  }
}

async function recount() {
  const known = JSON.parse(sessionStorage.getItem(COUNTS) ?? "{}");
  if (known.said && known.who === document.body.dataset.who) count(known.said, true);
  else known.at = 0;
  if (!document.querySelector("[data-counts]") || document.hidden || Date.now() - (known.at ?? 0) < FRESH) return;
  const answer = await fetch("/menu/counts", { headers: { "HX-Request": "true" } }).catch(() => null);
  if (answer?.status !== 200 || !answer.headers.get("content-type")?.startsWith("application/json")) return;
  const said = await answer.json();
  sessionStorage.setItem(COUNTS, JSON.stringify({ said, at: Date.now(), who: document.body.dataset.who }));
  count(said);
}

recount();
setInterval(recount, 2 * FRESH);

// A bar while there is no connection.
const bar = document.querySelector("#offline");
const online = () => (bar.textContent = navigator.onLine ? "" : bar.dataset.text);
addEventListener("offline", online);
addEventListener("online", online);
online();
