// Days and moments in words ("tomorrow", "+2w", "3.12.", "friday 14:00"): the server says which day was meant, and the text becomes that day. The browser's own
// calendar is behind the button.
import { released } from "../live.js";

const asked = new Map();

async function read(text, isMoment) {
  const key = `${isMoment} ${text}`;
  if (!asked.has(key)) {
    const answer = await fetch(`/read/day?text=${encodeURIComponent(text)}${isMoment ? "&time=1" : ""}`, { headers: { Accept: "application/json" } });
    asked.set(key, answer.ok && answer.headers.get("content-type")?.startsWith("application/json") ? await answer.json() : {});
  }
  return asked.get(key);
}

const parts = (input) => {
  const box = input.closest(".day");
  return { box, text: box?.querySelector('input[type="text"]'), picker: box?.querySelector(".day-picker"), said: box?.parentElement.querySelector(".day-said") };
};

async function look(input, settle) {
  const { picker, said } = parts(input);
  const text = input.value.trim();
  if (!text) {
    picker.value = said.textContent = "";
    return;
  }
  const day = await read(text, picker.type !== "date").catch(() => ({}));
  await released();
  if (input.value.trim() !== text) return;
  said.textContent = day.full ?? (settle ? day.fault ?? "" : "");
  if (!day.iso) return;
  picker.value = day.iso;
  if (settle && day.text && input.value !== day.text) {
    asked.set(`${picker.type !== "date"} ${day.text}`, day);
    input.value = day.text;
    input.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

const timers = new WeakMap();
document.addEventListener("input", (event) => {
  const input = event.target;
  if (!input.matches?.('.day input[type="text"]')) return;
  clearTimeout(timers.get(input));
  timers.set(input, setTimeout(() => look(input, false), 250));
});

document.addEventListener("change", (event) => {
  const input = event.target;
  if (input.matches?.('.day input[type="text"]')) look(input, true);
  else if (input.matches?.(".day-picker")) {
    const { text } = parts(input);
    text.value = input.value;
    text.dispatchEvent(new Event("change", { bubbles: true }));
    text.focus();
  }
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-calendar]");
  if (button) parts(button).picker.showPicker?.();
});

document.addEventListener("keydown", (event) => {
  if (event.altKey && event.key === "ArrowDown" && event.target.matches?.('.day input[type="text"]')) parts(event.target).picker.showPicker?.();
});
