// The inbox: J and K go through what waits, a decision that opens puts the cursor into its first field, Escape closes it.
import { onShortcut } from "../../js/keys.js";

const FIELDS = "input:not([type=hidden]), textarea, select, button";

function go(id) {
  const link = document.querySelector(id);
  if (!link) return Boolean(document.querySelector("#inbox"));
  location.assign(link.href);
  return true;
}

function enter(choice) {
  const form = choice.querySelector("form");
  (form.querySelector("[aria-invalid=true]") ?? form.querySelector(FIELDS))?.focus();
}

document.addEventListener("toggle", (event) => {
  if (event.target.matches?.(".choice") && event.target.open) enter(event.target);
}, true);

document.addEventListener("keydown", (event) => {
  const choice = event.key === "Escape" && !event.defaultPrevented && event.target.closest?.(".choice[open]");
  if (!choice || event.target.getAttribute("aria-expanded") === "true") return;
  choice.open = false;
  choice.querySelector("summary").focus();
});

document.addEventListener("click", (event) => {
  if (event.target.closest?.(".choice")) return;
  for (const choice of document.querySelectorAll(".choice[open]")) choice.open = false;
});

onShortcut("next", () => go("#inbox-next"));
onShortcut("previous", () => go("#inbox-previous"));
const refused = document.querySelector(".choice[open]");
if (refused) enter(refused);
