// The relationship picture where it is wider than its place: the one in the middle is in sight at first, and a mouse can take hold of
// the picture and move it. Fingers, wheels and arrow keys scroll as everywhere.
for (const place of document.querySelectorAll('[data-module~="picture"]')) {
  const free = place.scrollWidth - place.clientWidth;
  if (free > 0) place.scrollLeft = (getComputedStyle(place).direction === "rtl" ? -free : free) / 2;
  let from = null;
  place.addEventListener("pointerdown", (event) => {
    if (event.pointerType !== "mouse" || event.button || event.target.closest("a")) return;
    from = event.clientX + place.scrollLeft;
    place.setPointerCapture(event.pointerId);
    place.classList.add("held");
  });
  place.addEventListener("pointermove", (event) => {
    if (from !== null) place.scrollLeft = from - event.clientX;
  });
  for (const end of ["pointerup", "pointercancel"]) {
    place.addEventListener(end, () => {
      from = null;
      place.classList.remove("held");
    });
  }
}
