"""History: for every write who, when, through which door, and each value before and after; one row for each write of a record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import repeat
from typing import Any

import msgspec
import sqlalchemy as sa

from xrm_core.metamodel.catalog import Catalog, Entity
from xrm_core.metamodel.kinds import T
from xrm_core.metamodel.values import Actor

from .ids import is_id, new_id
from .packing import copy_packer, has_none, recurring, tuple_packer
from .statements import Prepared
from .system import history as table
from .transaction import Transaction
from .values import encode_lines, from_json, to_json_text, to_jsonb, utc_text, utc_value

COLUMNS = (
    "id", "at", "actor_id", "actor_name", "actor_for", "door", "entity", "record_id", "parent_entity", "parent_id", "version", "action",
    "transition", "reason", "changes",
)  # fmt: skip
PIECE = 400
"""Entries that are asked for at once."""
COPY_FROM = 500
"""From so many entries on PostgreSQL takes them by COPY."""
RECUR = {str, type(None)}
"""Types of values whose equals are written alike."""
NAMES = ", ".join(COLUMNS)
INSERT = f"INSERT INTO xrm_history ({NAMES}) VALUES ({', '.join('?' * len(COLUMNS))})"
COPY = f"COPY xrm_history ({NAMES}) FROM STDIN"
ONE = f"SELECT {NAMES} FROM xrm_history WHERE id = ?"
MANY = f"SELECT {NAMES} FROM xrm_history WHERE id IN ({{}})"
KINDS = [
    T({"id": "ref", "at": "datetime", "actor_id": "ref", "actor_for": "ref", "record_id": "ref", "parent_id": "ref", "version": "int"}.get(name, "text"))
    for name in COLUMNS
]  # fmt: skip
"""Of rows whose changes are JSON text already."""
_tuples, _copied = tuple_packer(KINDS, "sqlite"), copy_packer(KINDS)


@dataclass(slots=True)
class Entry:
    """One write. `changes` maps columns to (before, after); `parent_...` name the record whose history shows it too."""

    entity: str
    record_id: str
    version: int
    action: str
    door: str
    changes: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    transition: str | None = None
    reason: str | None = None
    parent_entity: str | None = None
    parent_id: str | None = None


@dataclass(frozen=True, slots=True)
class Past:
    """An entry as it is read: with its id, and who wrote it when. `actor_for` is the id of the user in whose place he did
    (then the name says both). Values in `changes` have the types of their columns."""

    id: str
    at: datetime
    actor_id: str | None
    actor_name: str
    actor_for: str | None
    door: str
    entity: str
    record_id: str
    parent_entity: str | None
    parent_id: str | None
    version: int
    action: str
    transition: str | None
    reason: str | None
    changes: Mapping[str, tuple[Any, Any]]


def write(tx: Transaction, entries: Sequence[Entry], actor: Actor, now: datetime) -> Sequence[str]:
    """Add entries, in the transaction of the writes that they tell of; their ids."""
    if not entries:
        return ()
    sqlite = tx.dialect == "sqlite"
    at = utc_text(now) if sqlite else now
    as_json = to_json_text if sqlite else to_jsonb
    ids = new_id.many(len(entries))
    rows = [
        (
            id, at, actor.id, actor.name, actor.deputy_for, e.door, e.entity, e.record_id, e.parent_entity, e.parent_id, e.version,
            e.action, e.transition, e.reason, as_json(e.changes),
        )
        for id, e in zip(ids, entries, strict=True)
    ]  # fmt: skip
    if len(rows) == 1:
        tx.insert_along(INSERT, rows[0])
    elif not sqlite and len(rows) >= COPY_FROM:
        tx.copy(COPY, rows)
    else:
        tx.do_many(INSERT, rows)
    return ids


def write_new(
    tx: Transaction,
    entity: str,
    ids: Sequence[str],
    made: Mapping[str, Sequence[Any]],
    actor: Actor,
    now: datetime,
    *,
    door: str,
    parents: tuple[str, Sequence[str | None]] | None = None,
) -> Sequence[str]:
    """Add the entries of many new records of one entity: their ids, what they were made with by column, and, for child rows,
    the owning entity and the owners' ids. The same rows as `write` makes of entries. Answers the ids of the entries."""
    if not ids:
        return ()
    number = len(ids)
    owner, owners = parents or (None, [None] * number)
    alike: dict[str, Any] = {
        "at": now, "actor_id": actor.id, "actor_name": actor.name, "actor_for": actor.deputy_for, "door": door, "entity": entity, "parent_entity": owner,
        "version": 1, "action": "create",
    }  # fmt: skip
    made_ids = new_id.many(number)
    own: dict[str, Sequence[Any]] = {
        "id": made_ids, "record_id": ids, "parent_id": owners,
        "changes": _changes(made) or ["{}"] * number,
    }  # fmt: skip
    columns = [own.get(name) or [alike.get(name)] * number for name in COLUMNS]
    if tx.dialect == "sqlite":
        tx.do_many(INSERT, _tuples(columns))
    else:
        tx.copy_text(COPY, _copied(columns))
    return made_ids


def _changes(made: Mapping[str, Sequence[Any]]) -> list[str]:
    """The JSON of the changes of new records: every value that there is, after none."""
    if not made:
        return []
    whole = not has_none(next(iter(made.values())))  # then each begins alike
    heads = [f',"{name}":[null,' for name in made]
    if whole:
        heads[0] = "{" + heads[0][1:]
    parts = [_change(head, column) for head, column in zip(heads, made.values(), strict=True)]
    rows = map("".join, zip(*parts, repeat("}"), strict=False))
    return list(rows) if whole else ["{" + row[1:] if len(row) > 1 else "{}" for row in rows]


def _change(head: str, column: Sequence[Any]) -> list[str]:
    """One column's part of the JSON of each record; nothing where there is no value. A value that recurs is written once."""
    kinds = set(map(type, column))
    if kinds <= RECUR:
        different = recurring(column)
        if different:
            table = {v: "" if v is None else f"{head}{to_json_text(v)}]" for v in different}
            return list(map(table.__getitem__, column))
        if (
            kinds == {str}
            and (together := "".join(column)).isprintable()
            and '"' not in together
            and "\\" not in together
        ):
            return [f'{head}"{value}"]' for value in column]
    texts = encode_lines(column).decode().split("\n")
    return ["" if value is None else f"{head}{text}]" for value, text in zip(column, texts, strict=False)]


def of(
    tx: Transaction, catalog: Catalog, entity: str, id: str, limit: int = 50, before: str | None = None
) -> list[Past]:
    """Entries of a record and of its child rows, the newest first; `before` is the id of the entry to go on from."""
    if not is_id(id) or (before is not None and not is_id(before)):
        return []
    key = "storage.history" if before is None else "storage.history.before"
    statement = catalog.derive(f"{key}.{tx.dialect}", lambda: _page(tx, before is not None))
    rows = statement.rows(tx, {"entity": entity, "record": id, "before": before, "many": limit})
    return [past_of(catalog, row, tx.dialect) for row in rows]


def _page(tx: Transaction, further: bool) -> Prepared:
    """Two walks down an index each, then merged; an OR over both columns would read the record's whole history."""
    c, many = table.c, sa.bindparam("many", type_=sa.Integer())
    entity, record = sa.bindparam("entity", type_=c.entity.type), sa.bindparam("record", type_=c.record_id.type)
    parts = []
    for of_entity, of_record in ((c.entity, c.record_id), (c.parent_entity, c.parent_id)):
        part = sa.select(*[c[name] for name in COLUMNS]).where(of_entity == entity, of_record == record)
        if further:
            part = part.where(c.id < sa.bindparam("before", type_=c.id.type))
        parts.append(sa.select(part.order_by(c.id.desc()).limit(many).subquery()))
    both = sa.union_all(*parts).subquery()
    return Prepared(sa.select(both).order_by(both.c.id.desc()).limit(many), tx.database.engine)


def one(tx: Transaction, catalog: Catalog, entry: str) -> Past | None:
    """The entry of that id, or None."""
    if not is_id(entry):
        return None
    rows = tx.ask(ONE, (entry,))
    return past_of(catalog, rows[0], tx.dialect) if rows else None


def many(tx: Transaction, catalog: Catalog, entries: Sequence[str]) -> list[Past]:
    """The entries of these ids that there are, in the order of their ids: that in which they were written."""
    found: list[Past] = []
    for start in range(0, len(entries), PIECE):
        piece = [entry for entry in entries[start : start + PIECE] if is_id(entry)]
        rows = tx.ask(MANY.format(", ".join("?" * len(piece))), piece) if piece else ()
        found += [past_of(catalog, row, tx.dialect) for row in rows]
    return sorted(found, key=lambda entry: entry.id)


def erase(tx: Transaction, entity: str, ids: Sequence[str]) -> None:
    """Take values and reasons out of the history of records that are purged. That they were written, and by whom, stays."""
    if ids:
        tx.do_many(
            "UPDATE xrm_history SET changes = '{}', reason = NULL WHERE entity = ? AND record_id = ?",
            [(entity, id) for id in ids],
        )


def past_of(catalog: Catalog, row: Sequence[Any], dialect: str) -> Past:
    """An entry from a row of COLUMNS."""
    values = dict(zip(COLUMNS, row, strict=False))
    changes = values["changes"]
    if dialect == "sqlite":
        values["at"], changes = utc_value(values["at"]), from_json(changes)
    found = catalog.entities.get(values["entity"])
    columns = found.columns if found is not None else {}
    named = {_named(found, name) if found is not None else name: change for name, change in changes.items()}
    values["changes"] = {
        name: (typed(columns[name].kind, b), typed(columns[name].kind, a)) if name in columns else (b, a)
        for name, (b, a) in named.items()
    }
    return Past(**values)


def _named(entity: Entity, column: str) -> str:
    """The present name of a column that an entry tells of under a former one."""
    if column in entity.columns:
        return column
    for known in entity.fields.values():
        if known.was is not None and (column == known.was or column.startswith(f"{known.was}_")):
            now = known.name + column[len(known.was) :]
            if now in entity.columns:
                return now
    return column


def typed(kind: T, value: Any) -> Any:
    """A value from its JSON (numbers with a point and times as texts, exactly); as it is, where the column has another kind by now."""
    try:
        if value is None:
            return None
        if kind.kind == "decimal":
            return Decimal(value)
        if kind.kind == "date":
            return date.fromisoformat(value)
        if kind.kind == "datetime":
            return datetime.fromisoformat(value)
        return msgspec.convert(value, timedelta) if kind.kind == "duration" else value
    except (ValueError, TypeError, ArithmeticError):
        return value
