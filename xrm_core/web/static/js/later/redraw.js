// A form drawn anew by the server with what is typed in it so far: conditions, rows added, taken away and moved. One question at
// a time; what is typed while it is on its way stays, and a field that is as it was is not touched.
import { arrived, drop, expecting } from "../ahead.js";
import { welcome } from "../later.js";
import { problemOf, released, say } from "../live.js";

export const isTick = (input) => input.type === "checkbox" || input.type === "radio";
export const held = (input) => (isTick(input) ? input.checked : input.value);
export const inputs = (root) => [...root.querySelectorAll("input[name], select[name], textarea[name]")];

/** What the inputs of a form hold now, by input. */
export function snapshot(form) {
  return new Map(inputs(form).filter((input) => input.type !== "file").map((input) => [input, held(input)]));
}

const called = (input) => `${input.name} ${isTick(input) ? input.value : ""}`;

/** A snapshot by what the form holds now, where parts of it were drawn anew since. */
export function renewed(sent, form) {
  const known = new Map([...sent].map(([input, value]) => [called(input), value]));
  return new Map([...snapshot(form).keys()].filter((input) => known.has(called(input)) || !input.closest(".chosen")).map((input) => [input, known.get(called(input)) ?? (isTick(input) ? input.defaultChecked : input.defaultValue)]));
}

/** Put what was typed since a snapshot, and the files that were chosen, into the same inputs under another root. */
export function carry(sent, files, root) {
  const drawn = inputs(root);
  const same = (input) => drawn.find((one) => one.name === input.name && (!isTick(one) || one.value === input.value));
  for (const [input, before] of sent) {
    const mine = held(input) !== before ? same(input) : null;
    if (!mine || mine === input) continue;
    if (isTick(mine)) mine.checked = input.checked;
    else mine.value = input.value;
    mine.closest("xrm-tags")?.draw?.();
    const [was, now] = [input, mine].map((part) => part.closest("xrm-lookup"));
    if (now && was?.shown !== undefined) now.shown = was.shown;
  }
  // Names that were chosen since are new boxes: they go along.
  const old = [...sent.keys()].map((input) => input.closest("xrm-lookup[data-many]")).filter(Boolean);
  for (const lookup of new Set(old)) {
    const now = [...root.querySelectorAll("xrm-lookup[data-many]")].find((one) => one.dataset.many === lookup.dataset.many);
    if (!now || now === lookup) continue;
    for (const tick of lookup.querySelectorAll(".chosen input")) if (!sent.has(tick)) now.add?.(tick.value, tick.parentElement.textContent.trim());
  }
  for (const file of files) {
    const mine = file.files.length ? same(file) : null;
    if (mine && mine !== file && !mine.closest(".wrong")) mine.replaceWith(file);
  }
}

/** The inputs for files of a form. */
export const filesOf = (form) => [...form.querySelectorAll('input[type="file"]')];

// ---- what is as it was
const WORDS = ".label, .hint:not(.day-said), .affix, legend, th, tfoot, .child-none, .child-card-head";

function shape(field) {
  const words = [...field.querySelectorAll(WORDS)].filter((part) => !part.closest(".md-preview")).map((part) => part.textContent.trim());
  const own = inputs(field).filter((input) => !input.closest(".chosen")).map((input) => [
    input.name, input.dataset.refresh, input.min, input.max, input.accept, input.placeholder, isTick(input) ? input.value : "", [...(input.options ?? [])].map((one) => [one.value, one.text, one.disabled]),
  ]);
  const rest = [...field.querySelectorAll("button[name], xrm-lookup")].map((part) => part.value ?? part.dataset.url);
  const css = [...field.classList].filter((name) => name !== "wrong" && name !== "dropping");
  return JSON.stringify([field.tagName, css, words, own, rest, own.length ? "" : field.textContent.trim()]);
}

/** The name of the input of a field in which somebody types; his words stay as they are until he leaves it. */
const typedIn = (field) => {
  const at = document.activeElement;
  return field.contains(at) && at.matches("input:not([type=checkbox], [type=radio]), textarea") ? at.name : null;
};

function values(field, value, busy) {
  const known = inputs(field).filter((input) => input.type !== "file" && input.name !== busy).map((input) => [input, value(input)]);
  return JSON.stringify(known.filter(([input, now]) => now !== undefined && (!isTick(input) || now)).map(([input, now]) => [input.name, isTick(input) ? input.value : now]));
}

const fieldKey = (field) => field.id || field.querySelector("label[for]")?.htmlFor || inputs(field)[0]?.name || field.name || "";
const grid = (section) => section.querySelector(":scope > .form-grid");
const sectionKey = (part) => [part.tagName, part.ariaLabel ?? part.querySelector(":scope > summary")?.textContent.trim(), grid(part)?.className].join("|");

/** Bring the children of `old` in line with those of `fresh`: those that `stays(mine, one)` holds for stay. Answers the new ones. */
function align(old, fresh, key, stays) {
  const mine = new Map();
  const numbered = (parts) => {
    const seen = {};
    return [...parts].map((part) => [`${key(part)} ${(seen[key(part)] = (seen[key(part)] ?? 0) + 1)}`, part]);
  };
  for (const [name, part] of numbered(old.children)) mine.set(name, part);
  const next = numbered(fresh.children).map(([name, part]) => (mine.has(name) && stays(mine.get(name), part) ? mine.get(name) : part));
  for (const part of [...old.children]) if (!next.includes(part)) part.remove();
  const made = [];
  let at = old.firstElementChild;
  for (const part of next) {
    if (part === at) at = at.nextElementSibling;
    else {
      if (!old.contains(part)) made.push(part);
      old.insertBefore(part, at);
    }
  }
  return made;
}

/** Change the body of a form into a fresh one; answers the parts that are new. */
function join(old, fresh, sent) {
  const panels = (body) => [...body.querySelectorAll(":scope > .form-panel")];
  const ids = (body) => panels(body).map((panel) => panel.id).join();
  if (old.tagName !== fresh.tagName || ids(old) !== ids(fresh)) {
    old.replaceWith(fresh);
    return [fresh];
  }
  const made = [];
  const asBefore = (mine, one) => mine.type !== "hidden" && shape(mine) === shape(one) && values(mine, (input) => sent.get(input), typedIn(mine)) === values(one, held, typedIn(mine));
  const sections = (mine, one) => {
    if (grid(mine)) made.push(...align(grid(mine), grid(one), fieldKey, asBefore));
    return true;
  };
  const hidden = (body) => [...body.querySelectorAll(":scope > input[type=hidden]")];
  hidden(old).forEach((input) => input.remove());
  old.prepend(...hidden(fresh));
  panels(fresh).forEach((panel, n) => made.push(...align(panels(old)[n], panel, sectionKey, sections)));
  return made;
}

// ---- asking
let asking = null;
let rows = Promise.resolve();
let underWay = 0;
let due = "";

async function ask(form, name, value, signal, pairs) {
  const data = new FormData(form);
  if (pairs) {
    for (const input of inputs(form.querySelector(".form-body"))) data.delete(input.name);
    for (const pair of pairs) data.append(...pair);
  }
  data.set(name, value);
  const sent = snapshot(form);
  for (const [key, one] of [...data]) if (one instanceof File) data.delete(key);
  const body = form.enctype === "multipart/form-data" ? data : new URLSearchParams(data);
  const answer = await fetch(form.getAttribute("action"), { method: "POST", body, signal, headers: { "HX-Request": "true", Accept: "text/html" } });
  if (!answer.ok) throw new Error((await problemOf(answer)).text);
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("#form .form-body");
  await released();
  signal?.throwIfAborted();
  const old = form.querySelector(".form-body");
  return fresh && old ? put(form, old, document.importNode(fresh, true), sent) : [];
}

function put(form, old, fresh, sent) {
  const at = document.activeElement;
  const place = at?.id && old.contains(at) ? [at.id, at.selectionStart, at.selectionEnd] : null;
  const files = filesOf(old);
  const made = join(old, fresh, sent);
  carry(sent, files, form.querySelector(".form-body"));
  made.forEach(welcome);
  if (place && !at.isConnected) restore(...place);
  form.dispatchEvent(new CustomEvent("redrawn", { bubbles: true }));
  return made;
}

/** Give the focus to the input of an id again, with what was marked in it. */
export function restore(id, start, end) {
  const again = id ? document.getElementById(id) : null;
  again?.focus({ preventScroll: true });
  if (start !== null && again?.matches("textarea, input:is([type=text], [type=search], [type=tel], [type=url])")) again.setSelectionRange(start, end);
  if (again?.role === "combobox" && again.value !== again.defaultValue) again.dispatchEvent(new Event("input", { bubbles: true }));
}

/** Ask for the form as it would be now that an input was changed; an earlier question of this kind is dropped. */
export async function refresh(form, name) {
  if (underWay) {
    due = name;
    return;
  }
  asking?.abort();
  asking = new AbortController();
  await ask(form, "_refresh", name, asking.signal).catch(() => {}); // what is changed next asks again
}

/** Draw a form anew with other values in it: names and what they are. */
export const bring = (form, pairs) => ask(form, "_refresh", "_draft", undefined, pairs);

/** Add, take away or move a row: the button says which. Rows are changed one after the other. */
export function change(form, button) {
  const { name, value } = button;
  const table = button.closest(".child-table")?.id;
  asking?.abort();
  underWay += 1;
  if (name === "_add") expecting(null);
  rows = rows.then(async () => {
    button.setAttribute("aria-busy", "true");
    try {
      const made = await ask(form, name, value);
      const first = made.map((part) => part.querySelector("[autofocus]")).find(Boolean);
      if (name === "_add") {
        const at = document.activeElement;
        if (at === document.body || at?.matches("button")) first?.focus(); // unless somebody went on elsewhere
        arrived(document.activeElement === first ? first : null);
      }
      else if (document.activeElement === document.body) document.querySelector(`#${CSS.escape(table)} .child-foot button`)?.focus();
    } catch (fault) {
      drop();
      say(fault instanceof TypeError ? document.body.dataset.offlineText : fault.message, "bad");
    }
    button.removeAttribute("aria-busy");
    underWay -= 1;
    if (underWay || !due) return;
    refresh(form, due);
    due = "";
  });
  return rows;
}

/** Wait for rows that are on their way; questions about conditions are dropped. */
export async function settled() {
  asking?.abort();
  due = "";
  if (underWay) await rows;
}
