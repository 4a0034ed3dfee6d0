// Dashboards: a choice is sent when it is made; tiles are dragged to their place while they are arranged.
import { welcome } from "../later.js";
import { problemOf, say } from "../live.js";

for (const form of document.querySelectorAll("form[data-submits]")) {
  form.addEventListener("change", () => form.requestSubmit());
}

/** What the answer says of the arrangement: its version, and the ways back. Where somebody else was quicker, all of it as it is now. */
function take(board, answer) {
  const late = answer.querySelector(".arrange-late");
  const [own, part] = late ? [board, answer.querySelector("#tiles")] : [board.querySelector(".arrange-foot"), answer.querySelector(".arrange-foot")];
  if (!part) return;
  const seen = answer.querySelector(".arrange-order [name=seen]");
  for (const input of board.querySelectorAll("[name=seen]")) input.value = seen.value;
  own.replaceWith(part);
  welcome(part);
  if (!late) return;
  arm(document);
  part.querySelector(".arrange-late").focus();
}

/** Keep the order of the tiles; where that fails the one that was moved goes back, and it is said why. */
async function keep(board, moved, next) {
  const form = board.querySelector(".arrange-order");
  const parent = moved.parentElement;
  const body = new URLSearchParams(new FormData(form));
  for (const tile of board.querySelectorAll("[data-tile]")) body.append("order", tile.dataset.tile);
  let why = document.body.dataset.offlineText;
  try {
    const answer = await fetch(form.action, { method: "POST", body, headers: { "HX-Request": "true", Accept: "text/html, application/problem+json" } });
    if (answer.ok) {
      take(board, new DOMParser().parseFromString(await answer.text(), "text/html"));
      return;
    }
    why = (await problemOf(answer)).text;
  } catch {
    // the connection is lost
  }
  parent.insertBefore(moved, next);
  say(why, "bad");
}

// What was pressed may be gone afterwards, as the tile that was hidden: the focus stands on what takes it back.
document.addEventListener("htmx:afterSettle", () => {
  const foot = document.querySelector("[data-arrange] .arrange-foot");
  if (foot && (!document.activeElement || document.activeElement === document.body)) (document.querySelector(".arrange-late") ?? foot.querySelector("button") ?? document.querySelector("#arrange")).focus();
});

function arm(root) {
  for (const board of root.querySelectorAll("[data-arrange]")) {
    if (board.armed) continue;
    board.armed = true;
    for (const tile of board.querySelectorAll("[data-tile]")) tile.draggable = true;
    let moved = null;
    board.addEventListener("dragstart", (event) => {
      moved = event.target.closest?.("[data-tile]");
      if (!moved) return;
      event.dataTransfer.effectAllowed = "move";
      event.dataTransfer.setData("text/plain", moved.dataset.tile);
      moved.classList.add("moving");
    });
    board.addEventListener("dragover", (event) => {
      const over = event.target.closest("[data-tile]");
      if (!moved || !over) return;
      event.preventDefault();
      for (const tile of board.querySelectorAll(".before")) if (tile !== over) tile.classList.remove("before");
      over.classList.toggle("before", over !== moved);
    });
    board.addEventListener("dragend", () => {
      for (const tile of board.querySelectorAll(".before, .moving")) tile.classList.remove("before", "moving");
      moved = null;
    });
    board.addEventListener("drop", (event) => {
      const over = event.target.closest("[data-tile]");
      if (!moved || !over || over === moved) return;
      event.preventDefault();
      const tiles = [...board.querySelectorAll("[data-tile]")];
      const next = moved.nextElementSibling;
      if (tiles.indexOf(moved) < tiles.indexOf(over)) over.after(moved);
      else over.before(moved);
      keep(board, moved, next);
    });
  }
}

arm(document);
document.addEventListener("htmx:load", (event) => arm(event.target.parentElement ?? document));
