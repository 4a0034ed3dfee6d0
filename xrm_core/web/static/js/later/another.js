// "Save and add another": the next form comes in the place of the saved one, and its first field takes what follows. What was typed
// into the saved one while it was on its way stands in the next, for what is saved already must not be changed unseen.
import { arrived, expecting } from "../ahead.js";
import { again, watch } from "../guard.js";
import { welcome } from "../later.js";
import { say } from "../live.js";
import { fresh, values } from "./drafts.js";
import { bring, filesOf, inputs, renewed, settled, held } from "./redraw.js";
import { isNew, rowsOf, withRows } from "./rows.js";

const FIRST = ".form-body :is(input:not([type=hidden], [type=file]), select, textarea)";

/** What is pressed from here on, outside of the fields that are there, is for the first field of the next form. */
export const expectAnother = () => expecting(null);

/** What a form holds when it goes: names with their texts, and its files. */
export const gone = (form) => ({ pairs: new Set(values(form, true).map(String)), files: new Set(filesOf(form).map((input) => input.files[0])) });

/** The pairs that came into a form since it went; of a row in which something did, all. */
function since(form, { pairs }, sent) {
  const all = values(form, true);
  const was = renewed(sent.values, form);
  const changed = new Set([...was].filter(([input, before]) => held(input) !== before).map(([input]) => input.name));
  for (const pair of all) if (!pairs.has(String(pair))) changed.add(pair[0]);
  for (const name of [...changed]) changed.add(name.endsWith("__text") ? name.slice(0, -6) : `${name}__text`);
  const rows = new Set();
  for (const [table, own] of rowsOf(form)) {
    const begun = [...own].filter(([key, row]) => row.some((input) => changed.has(input.name)) || (isNew(key) && !sent.rows.get(table)?.has(key)));
    for (const [, row] of begun) for (const input of row) rows.add(input.name);
  }
  return { fields: all.filter(([name]) => changed.has(name) && !rows.has(name)), rows: all.filter(([name]) => rows.has(name)) };
}

/** The page of the next form. Null where it does not come, and nobody wants to ask once more. */
async function page(address) {
  for (;;) {
    try {
      const answer = await fetch(address, { headers: { Accept: "text/html" } });
      return answer.ok && !answer.redirected ? new DOMParser().parseFromString(await answer.text(), "text/html") : null;
    } catch {
      if (!(await again("offline"))) return null;
    }
  }
}

/** Go on in the next form; false where it is to be opened as a page. */
export async function another(old, address, sent, left) {
  const next = await page(address);
  if (!next?.querySelector("form#form")) return false;
  await settled();
  const typed = since(old, left, sent);
  const files = filesOf(old).filter((input) => input.files.length && !left.files.has(input.files[0]));
  const at = old.contains(document.activeElement) && document.activeElement.matches("input, select, textarea") ? document.activeElement.name : "";
  fresh();
  history.replaceState(null, "", address);
  document.querySelector("#main").replaceWith(document.importNode(next.querySelector("#main"), true));
  document.title = next.title;
  scrollTo(0, 0);
  for (const toast of next.querySelectorAll("#toasts .toast")) document.querySelector("#toasts").append(document.importNode(toast, true));
  const form = document.querySelector("form#form");
  welcome(document.querySelector("#main"));
  watch(form);
  const names = new Set([...typed.fields, ...typed.rows].map(([name]) => name));
  if (names.size || files.length) {
    form.dataset.changed = "";
    await bringAll(form, old, typed, names).catch(() => {});
    for (const file of files) inputs(form).find((input) => input.name === file.name)?.replaceWith(file);
    say(document.querySelector("#keep").dataset.next, "warn");
  }
  form.dispatchEvent(new Event("redrawn", { bubbles: true }));
  const all = [...form.querySelectorAll(FIRST)].filter((input) => input.checkVisibility() && !input.disabled);
  ((at && all.find((input) => input.name === at)) || all[0])?.focus();
  arrived(document.activeElement);
  return true;
}

/** Draw the next form with what was typed in it; where it lacks a field, as the choices of the old one have it. */
async function bringAll(form, old, typed, names) {
  const own = (root) => values(root, true).filter(([name]) => !names.has(name));
  await bring(form, withRows([...own(form), ...typed.fields], typed.rows));
  const there = new Set(inputs(form).map((input) => input.name));
  if (typed.fields.every(([name]) => there.has(name))) return;
  const choices = new Set(inputs(old).filter((input) => input.name === "_fields" || (input.dataset.refresh !== undefined && !names.has(input.name))).map((input) => input.name));
  const chosen = values(old, true).filter(([name]) => choices.has(name));
  await bring(form, withRows([...own(form).filter(([name]) => !choices.has(name)), ...chosen, ...typed.fields], typed.rows));
}
