// Dashboards: a choice is sent when it is made; tiles are dragged to their place while they are arranged.
for (const form of document.querySelectorAll("form[data-submits]")) {
  form.addEventListener("change", () => form.requestSubmit());
}

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
      if (tiles.indexOf(moved) < tiles.indexOf(over)) over.after(moved);
      else over.before(moved);
      const form = board.querySelector(".arrange-order");
      for (const old of form.querySelectorAll("[name=order]")) old.remove();
      for (const tile of board.querySelectorAll("[data-tile]")) {
        const name = document.createElement("input");
        Object.assign(name, { type: "hidden", name: "order", value: tile.dataset.tile });
        form.append(name);
      }
      fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)), redirect: "manual" });
    });
  }
}

arm(document);
document.addEventListener("htmx:load", (event) => arm(event.target.parentElement ?? document));
