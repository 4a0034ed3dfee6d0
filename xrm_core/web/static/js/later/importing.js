// The drop zone of an import: files may be let go anywhere on it, and their names are shown before they are sent.
function names(input, list) {
  list.replaceChildren(
    ...[...input.files].map((file) => {
      const item = document.createElement("li");
      item.textContent = file.name;
      return item;
    }),
  );
}

function serve(zone) {
  const input = zone.querySelector("input[type=file]");
  const list = zone.querySelector("[data-files]");
  if (!input || zone.dataset.ready) return;
  zone.dataset.ready = "true";
  input.addEventListener("change", () => names(input, list));
  zone.addEventListener("dragover", (event) => {
    event.preventDefault();
    zone.classList.add("over");
  });
  zone.addEventListener("dragleave", () => zone.classList.remove("over"));
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    zone.classList.remove("over");
    if (!event.dataTransfer.files.length) return;
    input.files = event.dataTransfer.files;
    names(input, list);
  });
}

const look = (root) => root.querySelectorAll("[data-drop]").forEach(serve);
look(document);
document.addEventListener("htmx:load", (event) => look(event.target));
