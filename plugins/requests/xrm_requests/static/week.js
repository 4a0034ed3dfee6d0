// The week: a piece of work is dragged to another day. What the drag does, the menu beside the piece does as well.
const form = document.querySelector("#move");
let held = null;

document.addEventListener("dragstart", (event) => {
  held = event.target.closest?.(".piece[draggable=true]") ?? null;
  held?.classList.add("moving");
  if (held) event.dataTransfer.setData("text/plain", held.dataset.slot);
});

document.addEventListener("dragend", () => {
  held?.classList.remove("moving");
  held = null;
  mark(null);
});

function mark(day) {
  for (const one of document.querySelectorAll(".week-day.over")) one.classList.toggle("over", one === day);
  day?.classList.add("over");
}

function under(event) {
  const day = event.target.closest?.(".week-day");
  return held && day && day !== held.closest(".week-day") && day.closest(".week-days") === held.closest(".week-days") ? day : null;
}

document.addEventListener("dragover", (event) => {
  const day = under(event);
  mark(day);
  if (day) event.preventDefault();
});

document.addEventListener("drop", (event) => {
  const day = under(event);
  if (!day) return;
  event.preventDefault();
  day.querySelector(".pieces")?.append(held);
  form.elements.slot.value = held.dataset.slot;
  form.elements.to.value = day.dataset.day;
  form.requestSubmit();
});
