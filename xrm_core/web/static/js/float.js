// Boxes that open under a control: inside a part that scrolls they are set above it, or they would be cut off.
const SCROLLS = ".table-wrap, .board-wrap, .child-table, .figures";

/** Set `box` under `anchor`, or over it when there is more room above; as wide as the anchor when `wide`. */
export function settle(box, anchor, wide = false) {
  if (!anchor.closest(SCROLLS)) return;
  const edge = anchor.getBoundingClientRect();
  const style = box.style;
  style.position = "fixed";
  style.inset = "auto";
  if (wide) style.inlineSize = `${Math.max(edge.width, 240)}px`;
  const size = box.getBoundingClientRect();
  const below = innerHeight - edge.bottom - 12;
  const over = size.height > below && edge.top > below;
  style.maxBlockSize = `${Math.max(120, over ? edge.top - 12 : below)}px`;
  style.overflowY = "auto";
  style.top = over ? `${Math.max(6, edge.top - size.height - 4)}px` : `${edge.bottom + 4}px`;
  const start = getComputedStyle(anchor).direction === "rtl" || !wide ? edge.right - size.width : edge.left;
  style.left = `${Math.min(Math.max(6, start), innerWidth - size.width - 6)}px`;
}

/** Call `away` when something scrolls around the anchor, since the box would stay behind. */
export function onScroll(anchor, away) {
  const leave = (event) => event.target.contains?.(anchor) && away();
  document.addEventListener("scroll", leave, { capture: true, passive: true });
  return () => document.removeEventListener("scroll", leave, { capture: true });
}
