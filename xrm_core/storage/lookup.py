"""Stored records by id, by key and by what they point to: all their columns, no expression, no rights."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from xrm_core.errors import NotFound
from xrm_core.metamodel.catalog import Catalog
from xrm_core.metamodel.field_type import Column
from xrm_core.metamodel.values import Record

from .ids import is_id
from .names import limited, quoted
from .tables import stored_columns
from .transaction import Transaction
from .values import binder, row_reader, to_json_text

CHUNK = 5000
"""Keys asked for in one statement."""
ARRAYS = {
    "ref": "uuid[]", "text": "text[]", "int": "bigint[]", "decimal": "numeric[]", "date": "date[]", "datetime": "timestamptz[]",
    "bool": "boolean[]", "duration": "bigint[]",
}  # fmt: skip
"""PostgreSQL's types of lists of keys."""


class Lookup:
    """Texts and converters for reading one entity's own columns."""

    def __init__(self, catalog: Catalog, entity: str, dialect: str) -> None:
        found = catalog.entity(entity)
        self.entity, self.dialect = found, dialect
        self.columns: Mapping[str, Column] = {c.name: c for c in stored_columns(found)}
        self.read: Callable[[Sequence[Any]], dict[str, Any]] = row_reader(
            tuple(self.columns), [c.kind for c in self.columns.values()], dialect
        )
        names = ", ".join(quoted(limited(n)) for n in self.columns)
        mark = "?" if dialect == "sqlite" else "%s"
        self.select = f"SELECT {names} FROM {quoted(limited(found.name))} WHERE "
        self.one = f"{self.select}{quoted('id')} = {mark}"
        self.live = f" AND {quoted('deleted_at')} IS NULL"
        self.order = (
            f" ORDER BY {quoted('position')}, {quoted('id')}"
            if "position" in self.columns
            else f" ORDER BY {quoted('id')}"
        )

    def column(self, name: str) -> Column:
        """A stored column. Raises NotFound."""
        try:
            return self.columns[name]
        except KeyError:
            raise NotFound(f"{self.entity.name} has no column {name!r}", code="unknown_column") from None

    def among(self, name: str) -> str:
        """`column IN (the values of one parameter)`."""
        column = self.column(name)
        if self.dialect == "sqlite":
            return f"{quoted(limited(name))} IN (SELECT value FROM json_each(?))"
        return f"{quoted(limited(name))} = ANY(%s::{ARRAYS[column.kind.kind]})"

    def values(self, name: str, values: Iterable[Any]) -> Any:
        """The parameter for `among`."""
        bind = binder(self.column(name).kind, self.dialect)
        sent = [v if bind is None else bind(v) for v in values]
        return to_json_text(sent) if self.dialect == "sqlite" else sent


def lookup_of(tx: Transaction, catalog: Catalog, entity: str) -> Lookup:
    """The lookup of an entity, made once."""
    return catalog.derive(f"storage.lookup.{tx.dialect}.{entity}", lambda: Lookup(catalog, entity, tx.dialect))


def get_stored(tx: Transaction, catalog: Catalog, entity: str, id: str, *, deleted: bool = False) -> Record | None:
    """One record; None where there is none. `deleted`: also from the bin."""
    if not is_id(id):
        return None
    known = lookup_of(tx, catalog, entity)
    rows = tx.rows(known.one if deleted else known.one + known.live, (id,))
    return known.read(rows[0]) if rows else None


def get_many(
    tx: Transaction, catalog: Catalog, entity: str, ids: Iterable[str], *, deleted: bool = False
) -> dict[str, Record]:
    """Records by id, those that exist."""
    known = lookup_of(tx, catalog, entity)
    wanted = [id for id in dict.fromkeys(ids) if is_id(id)]
    sql = known.select + known.among("id") + ("" if deleted else known.live)
    found: dict[str, Record] = {}
    for start in range(0, len(wanted), CHUNK):
        for row in tx.rows(sql, (known.values("id", wanted[start : start + CHUNK]),)):
            record = known.read(row)
            found[record["id"]] = record
    return found


def referring_many(
    tx: Transaction, catalog: Catalog, entity: str, by: str, ids: Sequence[str], *, deleted: bool = False
) -> dict[str, list[Record]]:
    """Id -> the records of `entity` whose link field `by` holds it, child rows by their position. `deleted`: also from the bin."""
    known = lookup_of(tx, catalog, entity)
    field = known.entity.fields.get(by)
    column = field.columns[0].name if field is not None and field.columns else by
    sql = known.select + known.among(column) + ("" if deleted else known.live) + known.order
    found: dict[str, list[Record]] = {}
    wanted = [id for id in dict.fromkeys(ids) if is_id(id)]
    for start in range(0, len(wanted), CHUNK):
        for row in tx.rows(sql, (known.values(column, wanted[start : start + CHUNK]),)):
            record = known.read(row)
            found.setdefault(record[column], []).append(record)
    return found


def referring(tx: Transaction, catalog: Catalog, entity: str, by: str, id: str) -> list[Record]:
    """The records of `entity` whose link field `by` holds the id."""
    return referring_many(tx, catalog, entity, by, (id,)).get(id, [])


def exists_links(tx: Transaction, catalog: Catalog, ids: Mapping[str, Sequence[str]]) -> set[tuple[str, str]]:
    """Which of these records exist and are not in the bin, as pairs of entity and id; one statement for all entities."""
    parts, params = [], []
    for entity, wanted in ids.items():
        known = lookup_of(tx, catalog, entity)
        parts.append(
            f"SELECT '{known.entity.name}', id FROM {quoted(limited(entity))} WHERE {known.among('id')}{known.live}"
        )
        params.append(known.values("id", [id for id in wanted if is_id(id)]))
    return {(entity, id) for entity, id in tx.rows(" UNION ALL ".join(parts), params)} if parts else set()


def by_key(
    tx: Transaction, catalog: Catalog, entity: str, key: Sequence[str], marks: Iterable[Sequence[Any]]
) -> dict[tuple[Any, ...], Record]:
    """Records that are not in the bin by the values of some columns; `marks` are tuples of values of these columns. Of several
    with the same values the first."""
    found: dict[tuple[Any, ...], Record] = {}
    for record in _having(tx, catalog, entity, key, marks):
        found.setdefault(tuple(record[name] for name in key), record)
    return found


def all_by_key(
    tx: Transaction, catalog: Catalog, entity: str, key: Sequence[str], marks: Iterable[Sequence[Any]]
) -> dict[tuple[Any, ...], list[Record]]:
    """The same for columns that are no key: all records with these values."""
    found: dict[tuple[Any, ...], list[Record]] = {}
    for record in _having(tx, catalog, entity, key, marks):
        found.setdefault(tuple(record[name] for name in key), []).append(record)
    return found


def _having(
    tx: Transaction, catalog: Catalog, entity: str, key: Sequence[str], marks: Iterable[Sequence[Any]]
) -> Iterator[Record]:
    known = lookup_of(tx, catalog, entity)
    wanted = [tuple(m) for m in dict.fromkeys(map(tuple, marks))]
    sql = known.select + _keys_among(known, key) + known.live + known.order
    for start in range(0, len(wanted), CHUNK):
        for row in tx.rows(sql, _keys_sent(known, key, wanted[start : start + CHUNK])):
            yield known.read(row)


def _keys_among(known: Lookup, key: Sequence[str]) -> str:
    if len(key) == 1:
        return known.among(key[0])
    names = ", ".join(quoted(limited(known.column(n).name)) for n in key)
    if known.dialect == "sqlite":
        parts = ", ".join(f"json_extract(value, '$[{i}]')" for i in range(len(key)))
        return f"({names}) IN (SELECT {parts} FROM json_each(?))"
    lists = ", ".join(f"%s::{ARRAYS[known.column(n).kind.kind]}" for n in key)
    return f"({names}) IN (SELECT * FROM unnest({lists}))"


def _keys_sent(known: Lookup, key: Sequence[str], marks: Sequence[tuple[Any, ...]]) -> tuple[Any, ...]:
    if len(key) == 1:
        return (known.values(key[0], [m[0] for m in marks]),)
    binds = [binder(known.column(n).kind, known.dialect) for n in key]
    sent = [[v if b is None or v is None else b(v) for v, b in zip(m, binds, strict=True)] for m in marks]
    if known.dialect == "sqlite":
        return (to_json_text(sent),)
    return tuple([row[i] for row in sent] for i in range(len(key)))


def pointed_at(tx: Transaction, catalog: Catalog, asked: Sequence[tuple[str, str, str]]) -> set[int]:
    """Which of some questions (entity, link, id) have records at all, by their places; those in the bin count. One statement that looks
    into the indexes of the links alone: it tells which lists are worth asking for, and of no right."""
    mark = "CAST(? AS uuid)" if tx.dialect == "postgresql" else "?"
    parts = [
        f"SELECT {place} WHERE EXISTS (SELECT 1 FROM {quoted(limited(entity))} WHERE {quoted(limited(by))} = {mark})"
        for place, (entity, by, _) in enumerate(asked)
    ]
    known = {c.name for entity, _, _ in asked for c in stored_columns(catalog.entity(entity))}
    assert known >= {by for _, by, _ in asked}
    found = tx.ask(" UNION ALL ".join(parts), tuple(id for _, _, id in asked)) if parts else ()
    return {int(row[0]) for row in found}
