// The inbox: J and K go through what waits, a decision that opens puts the cursor into its first field, Escape closes it.
import { onShortcut } from "../../js/keys.js";

const FIELDS = "input:not([type=hidden]), textarea, select, button";

function go(id) {
  const link = document.querySelector(id);
  if (!link) return Boolean(document.querySelector("#inbox"));
  location.assign(link.href);
  return true;
}

function enter(decide) {
  const form = decide.querySelector("form");
  (form.querySelector("[aria-invalid=true]") ?? form.querySelector(FIELDS))?.focus();
}

document.addEventListener("toggle", (event) => {
  if (event.target.matches?.(".decide") && event.target.open) enter(event.target);
}, true);

document.addEventListener("keydown", (event) => {
  const decide = event.key === "Escape" && !event.defaultPrevented && event.target.closest?.(".decide[open]");
  if (!decide || event.target.getAttribute("aria-expanded") === "true") return;
  decide.open = false;
  decide.querySelector("summary").focus();
});

document.addEventListener("click", (event) => {
  if (event.target.closest?.(".decide")) return;
  for (const decide of document.querySelectorAll(".decide[open]")) decide.open = false;
});

onShortcut("next", () => go("#inbox-next"));
onShortcut("previous", () => go("#inbox-previous"));
const refused = document.querySelector(".decide[open]");
if (refused) enter(refused);
