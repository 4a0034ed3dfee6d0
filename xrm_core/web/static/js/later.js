// A part that few pages hold names the module it needs (data-module="passkeys", several with spaces): js/later/<name>.js is
// loaded when such a part appears, with the page or by a swap; a plugin's is named by where it lies ("of/<plugin>-<version>/<name>").
// A module looks for its parts itself, now and after htmx:load.
// While some are on their way, <html> says data-later="coming", then data-later="here".
let coming = 0;

function bring(root) {
  const parts = [...root.querySelectorAll("[data-module]")];
  if (root.matches?.("[data-module]")) parts.push(root);
  for (const name of new Set(parts.flatMap((part) => part.dataset.module.split(" ")))) {
    if (/^(of\/[\w-]+\/)?[a-z-]+$/.test(name)) expect(import(name.includes("/") ? `../${name}.js` : `./later/${name}.js`));
  }
}

async function expect(module) {
  coming += 1;
  document.documentElement.dataset.later = "coming";
  await module.catch((fault) => console.error(fault));
  coming -= 1;
  if (!coming) document.documentElement.dataset.later = "here";
}

document.documentElement.dataset.later = "here";
bring(document);
document.addEventListener("htmx:load", (event) => bring(event.target));
