"""Writing the candidates of one target: found by key, told apart from what is stored, child rows merged, in one bulk call."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from msgspec import Struct, field

from ...errors import Problem
from ...language import _
from ...metamodel.catalog import Children
from ...metamodel.values import Record
from ...storage import query
from ...storage.packing import has_none
from ..bulk import RowResult, upsert_records
from ..drafts import accept
from ..work import Work
from .lookups import Key, Lookups, stored_keys
from .mapping.plan import Candidate, TargetPlan
from .mapping.steps import fold

PART = re.compile(r"(?P<field>\w+)\[(?P<n>\d+)\]\.?(?P<rest>.*)")
SUPERSEDED = "a later row of the same key counts"
OTHER_END = "same tie, other end"
Parts = Mapping[int, Sequence[Candidate]]


class Slot(Struct):
    """A row of the bulk call: the candidate (None: only child rows of a stored record) and its child rows by place."""

    candidate: Candidate | None
    row: dict[str, Any]
    places: dict[str, list[Candidate | None]] = field(default_factory=dict)
    held: list[Candidate] = field(default_factory=list)


def write_records(
    work: Work, target: TargetPlan, live: Sequence[Candidate], parts: Parts, lookups: Lookups, made: set[str]
) -> None:
    """Create or update one record per candidate; several with one key one after the other. Sets id, status and problems."""
    groups: dict[Key, Candidate] = {}
    more: dict[Key, list[Candidate]] = {}
    for candidate, key in zip(live, _keys(work, target, live), strict=True):
        if key is None or None in key:
            names = " and ".join(n for n in target.key if n != "source")
            candidate.problems.append(
                Problem(
                    _("{names} is blank, and a {entity} is known by it", names=names, entity=target.spec.entity),
                    "key",
                    names,
                )
            )
        elif (first := groups.setdefault(key, candidate)) is not candidate:
            more.setdefault(key, [first]).append(candidate)
    known = lookups.find(work, target.spec.entity, target.key, groups)
    if target.spec.repeated == "last":
        _only_last(groups, more, parts)
    batch: Sequence[tuple[Key, Candidate]] = list(groups.items())
    turn = dict.fromkeys(more, 0)
    while batch:
        _write_batch(work, target, batch, known, parts, made)
        found = {key: c.id for key, c in batch if c.id is not None and not c.problems}
        known.update(found)
        lookups.put_many(target.spec.entity, target.key, found)
        places = {key: _next(more[key], n, target, parts) for key, n in turn.items()}
        turn = {key: n for key, n in places.items() if n is not None}
        batch = [(key, more[key][n]) for key, n in turn.items()]


def _only_last(groups: dict[Key, Candidate], more: dict[Key, list[Candidate]], parts: Parts) -> None:
    """Leave the last candidate of each key; the others say that it counts."""
    for key, group in more.items():
        for candidate in group[:-1]:
            candidate.status, candidate.note = "unchanged", SUPERSEDED
            for part in parts.get(id(candidate), ()):
                part.status = "unchanged"
        groups[key] = group[-1]
    more.clear()


def _keys(work: Work, target: TargetPlan, live: Sequence[Candidate]) -> list[Key | None]:
    """The key of each candidate; the ends of an unordered pair are put in order first."""
    pair = target.spec.unordered
    for candidate in live if len(pair) == 2 else ():
        values = candidate.values
        if (first := values.get(pair[0])) and (second := values.get(pair[1])) and second < first:
            candidate.values = {**values, pair[0]: second, pair[1]: first}
    names = target.key
    columns = [[c.values.get(n) for c in live] for n in names]
    return stored_keys(work, target.spec.entity, names, list(zip(*columns, strict=True)))


def _next(group: Sequence[Candidate], n: int, target: TargetPlan, parts: Parts) -> int | None:
    """The place of the next of several candidates with one key that says something else than the one before it; None after
    the last."""
    before = group[n]
    for place in range(n + 1, len(group)):
        candidate = group[place]
        told = [part.values for part in parts.get(id(candidate), ())]
        same = candidate.values == before.values and told == [part.values for part in parts.get(id(before), ())]
        if before.problems or not (same or (target.spec.existing == "keep" and not told and not target.spec.add)):
            return place
        candidate.id, candidate.status = before.id, "unchanged"
        candidate.note = OTHER_END if target.spec.unordered else None
        for part in parts.get(id(candidate), ()):
            part.status = "unchanged"
    return None


def _write_batch(
    work: Work,
    target: TargetPlan,
    batch: Sequence[tuple[Key, Candidate]],
    known: Mapping[Key, str],
    parts: Parts,
    made: set[str],
) -> None:
    if not parts:
        _write_plain(work, target, batch, known, made)
        return
    slots: list[Slot] = []
    old = [known[key] for key, _ in batch if key in known]
    stored = _stored_children(work, target, [p for _, c in batch for p in parts.get(id(c), ())], old)
    records = query.get_many(work.tx, work.catalog, target.spec.entity, old) if target.spec.add and old else {}
    for key, candidate in batch:
        slot = Slot(candidate, _row(target, candidate, known.get(key), records))
        slot.row = dict(slot.row)
        _add_children(work, slot, parts.get(id(candidate), ()), stored, known.get(key))
        if len(slot.row) == 1 and "id" in slot.row:
            candidate.id, candidate.status = slot.row["id"], "unchanged"
            continue
        if any(part.problems for part in parts.get(id(candidate), ()) if part.plan.spec.on_problem == "refuse"):
            continue
        slots.append(slot)
    results = upsert_records(work, target.spec.entity, [s.row for s in slots], texts=True)
    for slot, result in zip(slots, results, strict=True):
        _take(slot, result, made, target)


def _write_plain(
    work: Work, target: TargetPlan, batch: Sequence[tuple[Key, Candidate]], known: Mapping[Key, str], made: set[str]
) -> None:
    """Records without child rows, as most are."""
    old = [known[key] for key, _ in batch if key in known]
    records = query.get_many(work.tx, work.catalog, target.spec.entity, old) if target.spec.add and old else {}
    sent: list[Candidate] = []
    rows: list[dict[str, Any]] = []
    for key, candidate in batch:
        row = _row(target, candidate, known.get(key), records)
        if len(row) == 1 and "id" in row:
            candidate.id, candidate.status = row["id"], "unchanged"
        else:
            sent.append(candidate)
            rows.append(row)
    for candidate, result in zip(sent, upsert_records(work, target.spec.entity, rows, texts=True), strict=True):
        if result.status == "created":
            candidate.id, candidate.status = result.id, "created"
            made.add(str(result.id))
        else:
            _take(Slot(candidate, {}), result, made, target)


def _row(target: TargetPlan, candidate: Candidate, id: str | None, records: Mapping[str, Record]) -> dict[str, Any]:
    """The columns to write: for a stored record what the mapping may change, for a new one all that is not blank."""
    spec, values = target.spec, candidate.values
    if id is not None:
        more = _more(spec.add, values, records.get(id, {})) if spec.add else {}
        if spec.existing == "keep":
            return {"id": id, **more}
        keeps = target.keeps
        kept = {
            n: v for n, v in values.items()
            if n[0] != "+" and n not in spec.add and (v is not None or (n not in keeps and spec.blank == "clear"))
        }  # fmt: skip
        return {"id": id, **kept, **more}
    if not has_none(values.values()) and not candidate.waits and not candidate.create:
        return values  # nothing is put into the row of a new record
    row = {name: value for name, value in values.items() if value is not None and name[0] != "+"}
    for name, value in candidate.create.items():
        value = values.get(f"+{name}", value) if candidate.waits else value
        if value is not None:
            row[name] = value
    return row


def _more(names: Iterable[str], values: Mapping[str, Any], record: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Lists with new items: what is stored, then what is not."""
    found = {}
    for name in names:
        stored, given = list(record.get(name) or []), values.get(name) or []
        new = [item for item in (given if isinstance(given, list) else [given]) if item not in stored]
        if new:
            found[name] = stored + new
    return found


def _take(slot: Slot, result: RowResult, made: set[str], target: TargetPlan) -> None:
    """What became of a row: status, id, and problems at the child row that they are of."""
    candidate = slot.candidate
    if result.status == "refused":
        for problem in result.problems:
            match = PART.fullmatch(problem.field or "")
            place = slot.places.get(match["field"], []) if match else []
            part = place[int(match["n"])] if match and int(match["n"]) < len(place) else None
            if part is not None and match is not None:
                part.problems.append(Problem(problem.message, problem.code, match["rest"] or None, hint=problem.hint))
            elif candidate is not None:
                candidate.problems.append(problem)
            else:
                for held in slot.held:
                    held.problems.append(problem)
        return
    if candidate is not None:
        candidate.id, candidate.status = result.id, result.status
        if result.status == "created" and result.id:
            made.add(result.id)
        elif result.status == "unchanged" and target.spec.unordered and result.id in made:
            candidate.note = OTHER_END
    for part in slot.held:
        if part.status and part.status.startswith("+"):
            part.status = part.status[1:]


Stored = dict[str, dict[str, list[Record]]]


def _stored_children(work: Work, target: TargetPlan, parts: Sequence[Candidate], owners: Sequence[str]) -> Stored:
    """Field -> owner -> stored child rows, for the fields that have new ones."""
    found: Stored = {}
    for name in dict.fromkeys(part.plan.child.field for part in parts if part.plan.child):
        children = target.writer.rows[name]
        found[name] = (
            query.referring_many(work.tx, work.catalog, children.entity, children.by, owners) if owners else {}
        )
    return found


def _add_children(work: Work, slot: Slot, parts: Sequence[Candidate], stored: Stored, owner: str | None) -> None:
    """Put child rows into the row where they bring something new."""
    by_field: dict[str, list[Candidate]] = {}
    for part in parts:
        if part.plan.child is not None and not part.problems:
            by_field.setdefault(part.plan.child.field, []).append(part)
    for name, many in by_field.items():
        merged = merge(work, many, stored.get(name, {}).get(owner or "", []))
        slot.held += many
        if merged is not None:
            slot.row[name], slot.places[name] = merged


def write_children(work: Work, target: TargetPlan, live: Sequence[Candidate]) -> None:
    """Child rows of records that are stored already, one bulk row for each of these."""
    child = target.child
    assert child is not None
    owners: dict[str, list[Candidate]] = {}
    for candidate in live:
        owner = candidate.values.get(child.link)
        if owner is None:
            candidate.problems.append(Problem(_("it is a row of no {owner}", owner=child.owner), "link", child.link))
        else:
            owners.setdefault(str(owner), []).append(candidate)
    children: Children = work.catalog.entity(child.owner).children[child.field]
    stored = query.referring_many(work.tx, work.catalog, children.entity, children.by, list(owners)) if owners else {}
    slots: list[Slot] = []
    for owner, many in owners.items():
        merged = merge(work, many, stored.get(owner, []))
        if merged is not None and not any(c.problems for c in many):
            slots.append(Slot(None, {"id": owner, child.field: merged[0]}, {child.field: merged[1]}, many))
    for slot, result in zip(slots, upsert_records(work, child.owner, [s.row for s in slots], texts=True), strict=True):
        _take(slot, result, set(), target)
    drop_promises(live)


def drop_promises(parts: Sequence[Candidate]) -> None:
    """Child rows that were to be written and were not have no status."""
    for part in parts:
        if part.status is not None and part.status.startswith("+"):
            part.status = None


def merge(
    work: Work, parts: Sequence[Candidate], stored: Sequence[Record]
) -> tuple[list[dict[str, Any]], list[Candidate | None]] | None:
    """The child rows that an owner will have, with the candidate that each comes from; None when nothing is new.

    A row that is there already, by the target's key, is not doubled. Statuses are set with a `+` until they are written.
    """
    rows: list[dict[str, Any]] = [{"id": record["id"]} for record in stored]
    origin: list[Candidate | None] = [None] * len(rows)
    places: dict[tuple[str, ...], tuple[int, Mapping[str, Any]]] = {}
    changed = False
    for part in parts:
        plan = part.plan
        given, _, problems = accept(work, plan.writer, _own(part), True)
        if problems:
            part.problems += problems
            continue
        if not places:
            places = {_mark(plan, record, stored=True): (n, record) for n, record in enumerate(stored)}
        mark = _mark(plan, given)
        if mark not in places:
            places[mark] = (len(rows), given)
            rows.append(given)
            origin.append(part)
            part.status, changed = "+created", True
            continue
        place, record = places[mark]
        settled = {*plan.spec.stored_as, *plan.spec.fold, *part.create}
        differs = {n: v for n, v in given.items() if n not in settled and record.get(n) != v}
        part.status = "unchanged"
        if differs and plan.spec.existing == "update":
            rows[place] = {**rows[place], **differs}
            places[mark] = (place, {**record, **differs})
            origin[place], part.status, changed = part, "+updated", True
    return (rows, origin) if changed else None


def _own(part: Candidate) -> dict[str, Any]:
    """The child row's columns without the link to its owner; blank ones left out."""
    link = part.plan.child.link if part.plan.child else ""
    values = {n: v for n, v in part.values.items() if n != link and n[0] != "+"}
    values.update({n: v for n, v in part.create.items() if n not in values})
    return {name: value for name, value in values.items() if value is not None and name != link}


def _mark(plan: TargetPlan, values: Mapping[str, Any], stored: bool = False) -> tuple[str, ...]:
    """What tells child rows apart: the key's columns, folded where the mapping says so; without a key all columns."""
    spec = plan.spec
    link = plan.child.link if plan.child else ""
    names = [n for n in plan.key if n != link] or sorted(name for name, _, _ in plan.fields if name != link)
    mark = []
    for name in names:
        value = values.get(spec.stored_as.get(name, name)) if stored else values.get(name)
        mark.append("" if value is None else fold(value) if name in spec.fold else str(value))
    return tuple(mark)
