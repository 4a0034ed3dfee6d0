// A part that few pages hold names the module it needs (data-module="passkeys", several with spaces): js/later/<name>.js is
// loaded when such a part appears, with the page or by a swap. A module looks for its parts itself, now and after htmx:load.
function bring(root) {
  const parts = [...root.querySelectorAll("[data-module]")];
  if (root.matches?.("[data-module]")) parts.push(root);
  for (const name of new Set(parts.flatMap((part) => part.dataset.module.split(" ")))) {
    if (/^[a-z-]+$/.test(name)) import(`./later/${name}.js`);
  }
}

bring(document);
document.addEventListener("htmx:load", (event) => bring(event.target));
