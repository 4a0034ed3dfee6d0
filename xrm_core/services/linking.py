"""Links by key: where a program gives `{"number": "D-0001"}` in place of an id, the record with that key is linked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from ..errors import InvalidRecord, Problem
from ..language import _, joined
from ..metamodel.field_type import FieldFault
from ..storage import query
from .permits import hidden, seen_by_key
from .work import Work
from .writer import Writer, writer_of

Faults = dict[str, Problem]
"""What was wrong with the links of one row, by the place of the field: `donor`, `lines[2].product`."""


@dataclass(slots=True)
class Asked:
    """One link by key: the copied row that has it, its column, where it stands, the entity, and the key."""

    row: MutableMapping[str, Any]
    column: str
    place: str
    faults: Faults
    target: str
    key: dict[str, Any]


def keys_of(work: Work, entity: str) -> tuple[tuple[str, ...], ...]:
    """Keys by which a record of an entity can be named: those that hold for all of its records."""
    gone = hidden(work, entity)
    return tuple(key.columns for key in work.entity(entity).keys if key.when is None and gone.isdisjoint(key.columns))


def link_by_keys(
    work: Work, entity: str, rows: Sequence[Mapping[str, Any]]
) -> tuple[Sequence[Mapping[str, Any]], list[Faults]]:
    """The rows with ids in place of keys, and for each row what was wrong. One statement for each key that is used.

    A link whose record is not found stays as it was given, and is refused when the row is written. Rows without links by
    key are not copied.
    """
    faults: list[Faults] = [{} for _ in rows]
    asked: list[Asked] = []
    writer = writer_of(work.catalog, entity)
    made = [_copied(work, writer, row, "", faults[n], asked) for n, row in enumerate(rows)]
    if asked:
        _resolve(work, asked)
    return made, faults


@contextmanager
def told(faults: Faults) -> Iterator[None]:
    """Say what was wrong with links by key in place of what is said of the objects that were left."""
    try:
        yield
    except InvalidRecord as fault:
        fault.problems = better(fault.problems, faults)
        raise


def better(problems: Sequence[Problem], faults: Faults) -> list[Problem]:
    """The problems, those of links by key in their own words."""
    return [faults.get(p.field or "", p) for p in problems]


def _copied(
    work: Work, writer: Writer, row: Mapping[str, Any], prefix: str, faults: Faults, asked: list[Asked]
) -> Mapping[str, Any]:
    copy: dict[str, Any] | None = None
    for name, value in row.items():
        if type(value) is dict and name in writer.owner:
            link = next((one for one in writer.links if one.column == name), None)
            if link is None:
                continue
            copy = dict(row) if copy is None else copy
            target = str(row.get(link.entity_column)) if link.entity_column else link.targets[0]
            if target in link.targets:
                asked.append(Asked(copy, name, prefix + name, faults, target, value))
        elif type(value) is list and name in writer.rows:
            inner = writer_of(work.catalog, writer.rows[name].entity)
            copy = dict(row) if copy is None else copy
            copy[name] = [
                _copied(work, inner, one, f"{prefix}{name}[{n}].", faults, asked) if isinstance(one, dict) else one
                for n, one in enumerate(value)
            ]
    return row if copy is None else copy


def _resolve(work: Work, asked: Sequence[Asked]) -> None:
    """Put the ids in; keys that hold links by key are resolved first."""
    together: dict[tuple[str, tuple[str, ...]], list[tuple[Asked, tuple[Any, ...]]]] = {}
    inner: list[Asked] = []
    for one in asked:
        writer, faults = writer_of(work.catalog, one.target), Faults()
        one.key = dict(_copied(work, writer, one.key, "", faults, inner))
    if inner:
        _resolve(work, inner)
    for one in asked:
        closed = not work.access.opens(one.target, "read")
        columns = next((key for key in keys_of(work, one.target) if set(key) == set(one.key) and not closed), None)
        if columns is None:
            known = "" if closed else " or ".join(", ".join(key) for key in keys_of(work, one.target))
            hint = _("give its id, or a key: {known}", known=known) if known else _("give its id")
            one.faults[one.place] = Problem(
                _("this is no key of {target}", target=one.target), "unknown_key", one.place, hint=hint
            )
            continue
        try:
            mark = tuple(_value(work, one.target, column, one.key[column]) for column in columns)
        except FieldFault as fault:
            one.faults[one.place] = Problem(fault.message, fault.code, one.place, hint=fault.hint)
            continue
        together.setdefault((one.target, columns), []).append((one, mark))
    for (target, columns), many in together.items():
        _find(work, target, columns, many)


def _find(work: Work, target: str, columns: tuple[str, ...], many: Sequence[tuple[Asked, tuple[Any, ...]]]) -> None:
    found = query.by_key(work.tx, work.catalog, target, columns, {mark for __, mark in many if None not in mark})
    found = seen_by_key(work, target, found, columns)
    for one, mark in many:
        record = found.get(mark)
        if record is None:
            said = _("there is no {target} with this {columns}", target=target, columns=joined(columns))
            one.faults[one.place] = Problem(said, "not_found", one.place)
        else:
            one.row[one.column] = record["id"]


def _value(work: Work, entity: str, column: str, raw: Any) -> Any:
    """A value of a key in the form that is stored. Raises FieldFault."""
    field = writer_of(work.catalog, entity).owner[column]
    if field.type.name == "sequence":
        if not isinstance(raw, str):
            raise FieldFault(_("{column} is a text", column=column), code="invalid")
        return raw.strip()
    return field.type.accept({column: raw}, field, work.env).get(column)
