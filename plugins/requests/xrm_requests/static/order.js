// The order: a request is dragged up to another place. What moves down for it is shown before anything is done, as by the links beside it.
let held = null;

for (const row of document.querySelectorAll(".order-row[data-raise]")) row.draggable = true;

document.addEventListener("dragstart", (event) => {
  held = event.target.closest?.(".order-row[data-raise]") ?? null;
  held?.classList.add("moving");
  if (held) event.dataTransfer.setData("text/plain", held.id);
});

document.addEventListener("dragend", () => {
  held?.classList.remove("moving");
  held = null;
  mark(null);
});

function mark(row) {
  for (const one of document.querySelectorAll(".order-row.over")) one.classList.toggle("over", one === row);
  row?.classList.add("over");
}

function under(event) {
  const row = event.target.closest?.(".order-row");
  return held && row && Number(row.dataset.rank) < Number(held.dataset.rank) ? row : null;
}

document.addEventListener("dragover", (event) => {
  const row = under(event);
  mark(row);
  if (row) event.preventDefault();
});

document.addEventListener("drop", (event) => {
  const row = under(event);
  if (!row) return;
  event.preventDefault();
  location.assign(`${held.dataset.raise}?to=${row.dataset.rank}`);
});
