// Ticks on a list: all on the page, none, how many.
function ticks() {
  return [...document.querySelectorAll('.tick input[name="selected"]')];
}

function count() {
  const chosen = ticks().filter((tick) => tick.checked).length;
  const all = document.querySelector("[data-select-all]");
  if (all) {
    all.checked = chosen > 0 && chosen === ticks().length;
    all.indeterminate = chosen > 0 && chosen < ticks().length;
  }
  document.querySelectorAll("[data-selected-count]").forEach((element) => (element.textContent = chosen));
}

let last = null;
document.addEventListener("click", (event) => {
  const tick = event.target.closest('.tick input[name="selected"]');
  if (tick) {
    const all = ticks();
    if (event.shiftKey && last && all.includes(last)) {
      const [from, to] = [all.indexOf(last), all.indexOf(tick)].sort((a, b) => a - b);
      all.slice(from, to + 1).forEach((one) => (one.checked = tick.checked));
    }
    last = tick;
    count();
  }
  if (event.target.closest("[data-select-none]")) {
    ticks().forEach((one) => (one.checked = false));
    count();
  }
});

document.addEventListener("change", (event) => {
  if (event.target.dataset?.selectAll === undefined) return;
  ticks().forEach((one) => (one.checked = event.target.checked));
  count();
});

addEventListener("pageshow", count);
