// The records before and after this one in the list that the reader came from: the list's own links, kept in this tab.
const KEPT = "xrm-trail";

function read() {
  try {
    return JSON.parse(sessionStorage.getItem(KEPT) ?? "[]");
  } catch {
    return [];
  }
}

document.querySelectorAll("[data-trail]").forEach((place) => {
  const all = read();
  const at = all.indexOf(location.pathname);
  if (at < 0) return;
  const [before, after] = [place.querySelector("[data-way=previous]"), place.querySelector("[data-way=next]")];
  if (all[at - 1]) Object.assign(before, { href: all[at - 1], hidden: false });
  if (all[at + 1]) Object.assign(after, { href: all[at + 1], hidden: false });
});

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a.row-link");
  if (!link) return;
  const paths = [...document.querySelectorAll("a.row-link")].map((one) => new URL(one.href).pathname);
  sessionStorage.setItem(KEPT, JSON.stringify([...new Set(paths)]));
}, true);
