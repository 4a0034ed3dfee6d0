// Rows of child tables in a form that somebody works in while it is saved: those that are new, taken away or moved meanwhile go along
// into the form that the server answers with. A row is told by the middle of its inputs' names (lines.<key>.quantity): the id of a
// stored record, else a number, which is an id once the row is saved.
import { held, inputs, isTick } from "./redraw.js";

const parts = (input) => /^([a-z]\w*)\.([^.]+)\.(.+)$/.exec(input.name)?.slice(1) ?? [];
const told = (input) => (isTick(input) ? held(input) && input.value : held(input)) || "";
export const isNew = (key) => /^\d+$/.test(key);

/** The inputs of the rows of a form, by table and row in their order: Map(table -> Map(key -> inputs)). */
export function rowsOf(root) {
  const found = new Map();
  for (const input of inputs(root)) {
    const [table, key] = parts(input);
    if (!key) continue;
    if (!found.has(table)) found.set(table, new Map());
    const rows = found.get(table);
    rows.set(key, [...(rows.get(key) ?? []), input]);
  }
  return found;
}

/** What the rows of a form hold, by table and row: Map(table -> Map(key -> Map(input -> text))). */
export function rowsHeld(root) {
  const row = (all) => new Map(all.map((input) => [`${parts(input)[2]} ${isTick(input) ? input.value : ""}`, told(input)]));
  return new Map([...rowsOf(root)].map(([table, rows]) => [table, new Map([...rows].map(([key, all]) => [key, row(all)]))]));
}

const keysOf = (rows) => [...(rows?.keys() ?? [])];
const elementOf = (all) => all?.[0]?.closest("tr, .child-card");
const isBlank = (row) => ![...row].some(([name, text]) => text && !name.endsWith("_currency "));

/** Were rows added, taken away or moved since? */
export const isOther = (before, root) => String([...before].map(([table, rows]) => [table, keysOf(rows)])) !== String([...rowsOf(root)].map(([table, rows]) => [table, keysOf(rows)]));

/** Which stored row each new one became: the one that holds most of the same, among those the first. */
function became(before, fresh) {
  const free = keysOf(fresh).filter((key) => !isNew(key) && !before.has(key));
  const made = new Map();
  for (const [key, row] of before) {
    if (!isNew(key) || fresh.has(key) || !free.length || isBlank(row)) continue;
    const alike = (other) => [...fresh.get(other)].filter(([name, text]) => row.get(name) === text).length;
    const best = free.reduce((one, other) => (alike(other) > alike(one) ? other : one));
    free.splice(free.indexOf(best), 1);
    made.set(key, best);
  }
  return made;
}

/** The rows of a stored record are called by their ids, under the old root too. */
function rename(table, as, rows) {
  for (const [key, id] of as) {
    for (const input of rows.get(key) ?? []) {
      input.id = input.id.replace(`-${table}-${key}-`, `-${table}-${id}-`);
      input.name = `${table}.${id}.${parts(input)[2]}`;
    }
  }
}

/** Put a row of the old table into the fresh one; which, where it had none, is the old one with its head. */
function place(element, box) {
  const body = box.querySelector("tbody, .child-cards");
  if (body) return body.append(element);
  const table = element.closest(".child-table");
  element.parentElement.replaceChildren(element); // the others follow
  return box.replaceWith(table);
}

/** Bring the rows under a fresh root in line with what was done under the old one since its rows held `before`. */
export function follow(before, old, root) {
  const now = rowsOf(old);
  const fresh = rowsHeld(root);
  for (const table of new Set([...now.keys(), ...before.keys()])) {
    const then = before.get(table) ?? new Map();
    const mine = now.get(table) ?? new Map();
    const as = became(then, fresh.get(table) ?? new Map());
    const called = (key) => as.get(key) ?? key;
    const drawn = (key) => rowsOf(root).get(table)?.get(key);
    const id = elementOf([...mine.values()][0])?.closest(".child-table").id;
    rename(table, as, mine);
    for (const key of then.keys()) if (!mine.has(key)) elementOf(drawn(called(key)))?.remove();
    for (const [key, all] of mine) {
      const box = root.querySelector(`#${CSS.escape(id)}`);
      if (box && isNew(key) && !as.has(key) && !drawn(key)) place(elementOf(all), box);
    }
    const both = (keys) => String(keys.filter((key) => then.has(key) && mine.has(key)));
    if (both(keysOf(mine)) === both(keysOf(then))) continue;
    for (const key of mine.keys()) {
      const element = elementOf(drawn(called(key)));
      element?.parentElement.append(element);
    }
  }
}

// ---- rows that were typed and not saved, as pairs of a name and a text
const named = (input) => (isTick(input) ? `${input.name} ${input.value}` : input.name);
const drawnAs = (input) => {
  if (isTick(input)) return input.defaultChecked;
  return input.options ? ([...input.options].find((one) => one.defaultSelected) ?? input.options[0])?.value : input.defaultValue;
};

/** What the rows of a form held as the server drew them: Map(name -> value), boxes by name and value. */
export function drawn(form) {
  const all = [...rowsOf(form).values()].flatMap((rows) => [...rows.values()].flat());
  return new Map(all.map((input) => [named(input), drawnAs(input)]));
}

/** Of some pairs those of new rows in which something stands, and of others what differs from how they were drawn. */
export function typedRows(form, pairs, original) {
  const changed = new Set();
  const texts = rowsHeld(form);
  for (const [table, rows] of rowsOf(form)) {
    for (const [key, all] of rows) {
      if (isNew(key) && isBlank(texts.get(table).get(key))) continue;
      for (const input of all) {
        if (isNew(key) || held(input) !== original.get(named(input))) changed.add(input.name);
      }
    }
  }
  return pairs.filter(([name]) => changed.has(name));
}

const highest = (names) => Math.max(-1, ...names.map((name) => /^\w+\.(\d+)\./.exec(name)?.[1] ?? -1).map(Number));

/** Pairs with those of typed rows among them: in the place of what a stored row held, new rows at the end under numbers of their own. */
export function withRows(pairs, rows) {
  const from = highest(pairs.map(([name]) => name)) + 1;
  const stored = new Map();
  const made = [];
  for (const [name, value] of rows) {
    const [, table, key, rest] = /^(\w+)\.([^.]+)\.(.+)$/.exec(name);
    if (isNew(key)) made.push([`${table}.${from + Number(key)}.${rest}`, value]);
    else stored.set(name, [...(stored.get(name) ?? []), [name, value]]);
  }
  const seen = new Set();
  const next = pairs.flatMap(([name, value]) => {
    if (!stored.has(name)) return [[name, value]];
    const now = seen.has(name) ? [] : stored.get(name);
    seen.add(name);
    return now;
  });
  const more = [...stored].flatMap(([name, all]) => (seen.has(name) ? [] : all));
  return [...next, ...more, ...made];
}
