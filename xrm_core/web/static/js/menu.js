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
