"""Many new records at once: what a single draft does value by value is done column by column, and each different text is
read once. A row with a fault goes through the single path, so that it is told the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from itertools import chain
from operator import itemgetter
from typing import Any

from ..metamodel.catalog import Field
from ..metamodel.field_type import Env, FieldFault
from ..storage.ids import new_id
from ..storage.packing import has_none, recurring
from .drafts import Draft, accept_other, apply_defaults, claim, new_draft
from .permits import hidden, is_guarded
from .work import Work
from .writer import Writer

MANY = 20
"""From so many rows on it is worth it."""
Row = Mapping[str, Any]
Read = Callable[[Any], Any]


class Absent:
    """What a row that does not name a column has in it."""


ABSENT = Absent()
NOTHING = {type(None), Absent}
FEW = {str, *NOTHING}
"""Types of values whose equals are the same: `1`, `1.0` and `true` are equal and are not."""


def new_drafts(work: Work, writer: Writer, rows: Sequence[Row], *, texts: bool = False) -> list[Draft]:
    """A draft of a new record for each row, as `new_draft` makes them."""
    if len(rows) < MANY or (
        is_guarded(work) and not hidden(work, writer.entity.name).isdisjoint(chain.from_iterable(rows))
    ):
        return [new_draft(work, writer, row, texts=texts) for row in rows]
    names = list(dict.fromkeys(chain.from_iterable(rows)))
    plain = [name for name in names if name in writer.plain]
    others = [name for name in names if name not in writer.plain]
    bad: set[int] = set()
    complete = set(map(len, rows)) == {len(names)}
    columns, late = _columns(work, writer, rows, plain, texts, bad, complete)
    ids = new_id.many(len(rows))
    keys, size = (*writer.blank, "id"), len(rows)
    values = zip(*(columns.get(n) or [blank] * size for n, blank in writer.blank.items()), ids, strict=True)
    alike = frozenset(plain) if complete else None
    drafts = []
    for row, id, own in zip(rows, ids, values, strict=True):
        given = alike if alike is not None else frozenset([n for n in row if n in writer.plain])
        drafts.append(Draft("create", id, {}, dict(zip(keys, own, strict=True)), given))
    if others:
        _others(work, writer, rows, drafts, others, texts, bad)
    _late(work, writer, drafts, late, bad)
    for n in bad:
        drafts[n] = new_draft(work, writer, rows[n], texts=texts)
    work.unwritten.update([d.id for d in drafts])
    if is_guarded(work):
        for draft in drafts:
            claim(work, draft, "create", writer.entity.name)
    return drafts


def _columns(
    work: Work, writer: Writer, rows: Sequence[Row], plain: Sequence[str], texts: bool, bad: set[int], complete: bool
) -> tuple[dict[str, Sequence[Any]], list[tuple[Field, Any]]]:
    """The plain columns' values, with constant defaults where rows say nothing; and the defaults that are left to be set."""
    defaults, late = _defaults(work, writer)
    columns: dict[str, Sequence[Any]] = {}
    for name in plain:
        raws = list(map(itemgetter(name), rows)) if complete else [row.get(name, ABSENT) for row in rows]
        blank, owner = writer.blank[name], writer.plain[name][2]
        columns[name] = read_column(
            raws, reader(work, writer, name, texts), blank, defaults.pop(name, blank), bad, (owner, work.env)
        )
    for name, value in defaults.items():
        columns[name] = [value] * len(rows)
    return columns, late


def _defaults(work: Work, writer: Writer) -> tuple[dict[str, Any], list[tuple[Field, Any]]]:
    """Constant defaults of plain columns in their stored form, and the others."""
    plain: dict[str, Any] = {}
    late: list[tuple[Field, Any]] = []
    for owner, raw in writer.constants:
        try:
            value = (
                owner.type.accept({owner.name: raw}, owner, work.env)[owner.name] if owner.name in writer.plain else []
            )
        except FieldFault:
            value = []
        if isinstance(value, (list, dict)):  # each record has its own
            late.append((owner, raw))
        else:
            plain[owner.name] = value
    return plain, late


def reader(work: Work, writer: Writer, name: str, texts: bool) -> Read:
    """What reads one value of a plain column that is not None. Raises FieldFault."""
    value, parse, owner = writer.plain[name]
    env = work.env
    if not texts:
        return lambda raw: value(raw, owner, env)
    if parse is not None:
        return lambda raw: (
            (parse(text, owner, env) if (text := raw.strip()) else None)
            if isinstance(raw, str)
            else value(raw, owner, env)
        )
    return lambda raw: (
        owner.type.read({name: raw}, owner, env)[name] if isinstance(raw, str) else value(raw, owner, env)
    )


def read_column(
    raws: Sequence[Any], read: Read, blank: Any, absent: Any, bad: set[int], of: tuple[Field, Env] | None = None
) -> Sequence[Any]:
    """The values of a column: None reads as `blank`, ABSENT as `absent`. Rows that cannot be read are added to `bad`. `of` is
    the field whose type may know a quicker way for all of them."""
    kinds = set(map(type, raws))
    if kinds <= FEW:
        different = recurring(raws)
        if different:
            table = _table(different, read, blank, absent)
            if table is not None:
                faulty = [raw for raw in different if raw not in table]
                if faulty:
                    bad.update(n for n, raw in enumerate(raws) if raw not in table)
                    table.update(dict.fromkeys(faulty))
                return list(map(table.__getitem__, raws))
    if of is not None and (together := _together(of, raws, kinds)) is not None:
        if kinds.isdisjoint(NOTHING):
            return together
        present = iter(together)
        return [blank if raw is None else absent if raw is ABSENT else next(present) for raw in raws]
    try:
        if kinds.isdisjoint(NOTHING):
            return [read(raw) for raw in raws]
        return [blank if raw is None else absent if raw is ABSENT else read(raw) for raw in raws]
    except FieldFault:
        pass
    values: list[Any] = []
    for n, raw in enumerate(raws):
        try:
            values.append(blank if raw is None else absent if raw is ABSENT else read(raw))
        except FieldFault:
            values.append(None)
            bad.add(n)
    return values


def _together(of: tuple[Field, Env], raws: Sequence[Any], kinds: set[type]) -> Sequence[Any] | None:
    """What the field's type makes of all that is given, where it can say that at once."""
    field, env = of
    if not speaks(type(field.type), str in kinds):
        return None
    given = raws if kinds.isdisjoint(NOTHING) else [raw for raw in raws if raw is not None and raw is not ABSENT]
    found = field.type.many({field.name: given}, field, env) if given else None
    return None if found is None else found[field.name]


@cache
def speaks(kind: type, texts: bool) -> bool:
    """Does a type's `many` speak of the checks in force? Not where a class below it has other ones."""
    classes = kind.__mro__
    asked = ("many", "accept", "value", *(("read", "parse") if texts else ()))
    places = [next((n for n, c in enumerate(classes) if name in vars(c)), len(classes)) for name in asked]
    return places[0] == min(places)


def _table(different: set[Any], read: Read, blank: Any, absent: Any) -> dict[Any, Any] | None:
    """What each text is read to, but for those that cannot be; None where values are lists, which records do not share."""
    table: dict[Any, Any] = {}
    for raw in different:
        try:
            value = blank if raw is None else absent if raw is ABSENT else read(raw)
        except FieldFault:
            continue
        if isinstance(value, (list, dict)):
            return None
        table[raw] = value
    return table


def _others(
    work: Work, writer: Writer, rows: Sequence[Row], drafts: Sequence[Draft], names: Sequence[str], texts: bool, bad: set[int]
) -> None:  # fmt: skip
    """What is no plain column: parts of compounds, child rows, numbers, read-only fields."""
    compounds = _compounds(writer, names)
    if compounds is not None:
        compounds = _whole_compounds(work, compounds, rows, drafts)
        if not compounds:
            return
    unions: dict[tuple[frozenset[str], tuple[str, ...]], frozenset[str]] = {}
    for n, (row, draft) in enumerate(zip(rows, drafts, strict=True)):
        if n in bad:
            continue
        if compounds is None:
            mine = [name for name in names if name in row]
            given, problems = accept_other(work, writer, row, mine, texts, draft.children)
            if problems:
                bad.add(n)
                continue
        else:
            try:
                given = _parts(work, compounds, row, texts)
            except FieldFault:
                bad.add(n)
                continue
        if given:
            draft.after.update(given)
            key = draft.given, tuple(given)
            union = unions.get(key)
            if union is None:
                union = unions[key] = draft.given.union(given)
            draft.given = union


def _compounds(writer: Writer, names: Sequence[str]) -> list[tuple[Field, list[str]]] | None:
    """The compound fields that the names are parts of; None where one of them is something else."""
    found: dict[str, tuple[Field, list[str]]] = {}
    for name in names:
        owner = writer.owner.get(name)
        if owner is None or owner.read_only or owner.name in writer.simple or owner.type.name == "sequence":
            return None
        found.setdefault(owner.name, (owner, []))[1].append(name)
    return list(found.values())


def _whole_compounds(
    work: Work, compounds: Sequence[tuple[Field, list[str]]], rows: Sequence[Row], drafts: Sequence[Draft]
) -> list[tuple[Field, list[str]]]:
    """Set the compounds of which each row has all the parts, and whose type takes them all at once; those that are left."""
    left = []
    for owner, names in compounds:
        columns = {name: [row.get(name) for row in rows] for name in names}
        found = None
        if not any(has_none(column) for column in columns.values()):
            texts = any(str in map(type, column) for column in columns.values())
            found = owner.type.many(columns, owner, work.env) if speaks(type(owner.type), texts) else None
        if found is None:
            left.append((owner, names))
            continue
        keys, unions = tuple(found), dict[frozenset[str], frozenset[str]]()
        for draft, values in zip(drafts, zip(*found.values(), strict=True), strict=True):
            draft.after.update(zip(keys, values, strict=True))
            union = unions.get(draft.given)
            if union is None:
                union = unions[draft.given] = draft.given.union(keys)
            draft.given = union
    return left


def _parts(work: Work, compounds: Sequence[tuple[Field, list[str]]], row: Row, texts: bool) -> dict[str, Any]:
    """The columns of compound fields. Raises FieldFault."""
    given: dict[str, Any] = {}
    for owner, names in compounds:
        parts = {name: row[name] for name in names if name in row}
        if parts:
            as_text = texts and all(isinstance(value, str) for value in parts.values())
            given.update(
                owner.type.read(parts, owner, work.env) if as_text else owner.type.accept(parts, owner, work.env)
            )
    return given


def _late(
    work: Work, writer: Writer, drafts: Sequence[Draft], constants: Sequence[tuple[Field, Any]], bad: set[int]
) -> None:
    """Defaults that are not the same value for all: lists, parts of compounds, and what is computed from the record."""
    if not constants and not writer.computed:
        return
    for n, draft in enumerate(drafts):
        if n in bad:
            continue
        apply_defaults(work, writer, draft, constants)
        if draft.problems:
            bad.add(n)
