"""Records go into their tables: insert many, update with a version, purge. No rights, no validation: services do those."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from operator import itemgetter
from typing import Any

import sqlalchemy as sa

from xrm_core.metamodel.catalog import Catalog, Entity

from . import faults, people
from .ids import new_id
from .kept import kept_paths, moving
from .names import limited, quoted
from .packing import copy_packer, tuple_packer
from .statements import Prepared
from .tables import stored_columns, table_of
from .transaction import VALUE_ERRORS, Transaction
from .values import row_binder

REFUSALS: tuple[type[Exception], ...] = (faults.DriverFault, *VALUE_ERRORS)
"""What a write of a record may raise before it has the entity's words."""
MANY = 20
"""From so many rows on values are made ready column by column."""
COPY_FROM = 500
"""From so many rows on PostgreSQL takes them by COPY."""


class Writer:
    """Texts and converters for writing one entity, made once for each catalog and kind of database."""

    def __init__(self, catalog: Catalog, entity: Entity, tx: Transaction) -> None:
        columns = stored_columns(entity)
        self.entity, self.table = entity, table_of(catalog, entity.name)
        self.names = tuple(c.name for c in columns)
        self.known = frozenset(self.names)
        self.values = itemgetter(*self.names)
        kinds = [c.kind for c in columns]
        self.bind = row_binder(kinds, tx.dialect)
        self.tuples, self.copied = tuple_packer(kinds, tx.dialect), copy_packer(kinds)
        names = ", ".join(quoted(limited(n)) for n in self.names)
        mark = "?" if tx.dialect == "sqlite" else "%s"
        self.insert = f"INSERT INTO {quoted(self.table.name)} ({names}) VALUES ({', '.join([mark] * len(columns))})"
        self.copy = f"COPY {quoted(self.table.name)} ({names}) FROM STDIN"
        self.updates: dict[tuple[tuple[str, ...], bool], Prepared] = {}
        self.moving = moving(catalog, entity.name)

    def full(self, row: Mapping[str, Any]) -> bool:
        """Does the row have a value, or None, for every column and for nothing else, and an id?"""
        return row.keys() == self.known and row["id"] is not None

    def columns(self, rows: Sequence[Mapping[str, Any]]) -> dict[str, Sequence[Any]] | None:
        """The rows' values by column where each row is full; else None."""
        if set(map(len, rows)) != {len(self.names)}:
            return None
        try:
            found: dict[str, Sequence[Any]] = dict(
                zip(self.names, zip(*map(self.values, rows), strict=True), strict=True)
            )
        except KeyError:
            return None
        return None if None in found["id"] else found

    def check(self, given: Mapping[str, Any]) -> None:
        """Only stored columns may be written. Raises KeyError, a mistake of the caller."""
        if not given.keys() <= self.known:
            raise KeyError(f"{self.entity.name} stores no {sorted(given.keys() - self.known)}")

    def update(self, names: tuple[str, ...], versioned: bool, engine: sa.Engine) -> Prepared:
        """The statement that sets these columns."""
        found = self.updates.get((names, versioned))
        if found is None:
            c = self.table.c
            values: dict[str, Any] = {name: sa.bindparam(f"v_{name}", type_=c[name].type) for name in names}
            if "version" not in values:
                values["version"] = c.version + 1
            where = [c.id == sa.bindparam("w_id", type_=c.id.type)]
            if versioned:
                where.append(c.version == sa.bindparam("w_version", type_=c.version.type))
            statement = sa.update(self.table).where(*where).values({c[n]: v for n, v in values.items()})
            found = self.updates[names, versioned] = Prepared(statement, engine)
        return found


def writer(tx: Transaction, catalog: Catalog, entity: str) -> Writer:
    """The writer of an entity."""
    return catalog.derive(f"storage.writer.{tx.dialect}.{entity}", lambda: Writer(catalog, catalog.entity(entity), tx))


def columns_of(
    tx: Transaction, catalog: Catalog, entity: str, rows: Sequence[Mapping[str, Any]]
) -> Mapping[str, Sequence[Any]] | None:
    """The values of many rows by stored column; None where they are few, or one lacks a column or has another."""
    return writer(tx, catalog, entity).columns(rows) if len(rows) >= MANY else None


def insert(
    tx: Transaction, catalog: Catalog, entity: str, rows: Sequence[Mapping[str, Any]], columns: Mapping[str, Sequence[Any]] | None = None,
) -> list[str]:  # fmt: skip
    """Insert rows (column -> value; columns left out are empty) and give their ids. `columns` is what `columns_of` made of them.

    An `id` is made where none is given, `version` is 1, and the times are now, unless they are given. Raises Conflict for a
    key already used, InvalidRecord for a link to nothing; several rows succeed or fail together, when the caller lets the
    exception end the transaction or a savepoint.
    """
    if not rows:
        return []
    w = writer(tx, catalog, entity)
    people.wrote(tx, entity)
    if columns is None and len(rows) >= MANY:
        columns = w.columns(rows)
    if columns is not None:
        _insert_columns(tx, catalog, w, [columns[name] for name in w.names])
        _tell_growth(tx, w.table.name, len(rows))
        return list(columns["id"])
    now = datetime.now(UTC)
    ids: list[str] = []
    out: list[Sequence[Any]] = []
    try:
        for row in rows:
            if not w.full(row):
                row = {"version": 1, "created_at": now, "updated_at": row.get("created_at", now), **row}
                row["id"] = row.get("id") or new_id()
                w.check(row)
            ids.append(row["id"])
            out.append(w.bind(map(row.get, w.names)))
        _send(tx, w, out)
    except REFUSALS as error:
        raise faults.explain(error, catalog, w.entity) from None
    _tell_growth(tx, w.table.name, len(ids))
    return ids


def _tell_growth(tx: Transaction, table: str, number: int) -> None:
    """Let the database know of new rows once they are there; nothing of them is held until then."""
    tx.after_commit(partial(tx.database.grew, table, number))


def _insert_columns(tx: Transaction, catalog: Catalog, w: Writer, columns: Sequence[Sequence[Any]]) -> None:
    try:
        if tx.dialect == "postgresql" and len(columns[0]) >= COPY_FROM:
            tx.copy_text(w.copy, w.copied(columns))
        else:
            tx.run_many(w.insert, w.tuples(columns))
    except REFUSALS as error:
        raise faults.explain(error, catalog, w.entity) from None


def _send(tx: Transaction, w: Writer, rows: list[Sequence[Any]]) -> None:
    if len(rows) == 1:
        tx.run(w.insert, rows[0])
    elif tx.dialect == "postgresql" and len(rows) >= COPY_FROM:
        tx.copy(w.copy, rows)
    else:
        tx.run_many(w.insert, rows)


def update(
    tx: Transaction, catalog: Catalog, entity: str, id: str, version: int | None, values: Mapping[str, Any]
) -> bool:
    """Set columns of a record; its version counts up. False when there is no such record or it has another version.

    `values` should hold `updated_at` and `updated_by`. Raises Conflict and InvalidRecord as `insert` does.
    """
    w = writer(tx, catalog, entity)
    people.wrote(tx, entity)
    w.check(values)
    tx.moved += not w.moving.isdisjoint(values)
    given = {f"v_{name}": value for name, value in values.items()} | {"w_id": id, "w_version": version}
    try:
        statement = w.update(tuple(sorted(values)), version is not None, tx.database.engine)
        return statement.run(tx, given) == 1
    except REFUSALS as error:
        raise faults.explain(error, catalog, w.entity) from None


def update_each(
    tx: Transaction, catalog: Catalog, entity: str, rows: Sequence[tuple[str, int | None, Mapping[str, Any]]]
) -> bool:
    """Set columns of many records, each with its id, version and values; records with the same columns go together.
    False when one of them had another version: then let the transaction or savepoint end, some are written."""
    w = writer(tx, catalog, entity)
    people.wrote(tx, entity)
    groups: dict[tuple[tuple[str, ...], bool], list[Mapping[str, Any]]] = {}
    for id, version, values in rows:
        w.check(values)
        given = {f"v_{name}": value for name, value in values.items()} | {"w_id": id, "w_version": version}
        groups.setdefault((tuple(sorted(values)), version is not None), []).append(given)
    try:
        for (names, versioned), many in groups.items():
            tx.moved += not w.moving.isdisjoint(names)
            statement = w.update(names, versioned, tx.database.engine)
            if tx.run_many(statement.sql, [statement.send(given)[1] for given in many]) != len(many):
                return False
    except REFUSALS as error:
        raise faults.explain(error, catalog, w.entity) from None
    return True


def update_many(tx: Transaction, catalog: Catalog, entity: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Set columns of many records in one go; each row has `id` and the same other columns. Versions count up.

    The caller has read the records in this transaction, so no version is asked for.
    """
    if not rows:
        return
    w = writer(tx, catalog, entity)
    people.wrote(tx, entity)
    names = tuple(sorted(set(rows[0]) - {"id"}))
    tx.moved += not w.moving.isdisjoint(names)
    try:
        statement = w.update(names, False, tx.database.engine)
        sends = []
        for row in rows:
            w.check(row)
            sends.append(statement.send({f"v_{name}": row[name] for name in names} | {"w_id": row["id"]})[1])
        tx.run_many(statement.sql, sends)
    except REFUSALS as error:
        raise faults.explain(error, catalog, w.entity) from None


def delete_row(tx: Transaction, catalog: Catalog, entity: str, id: str) -> bool:
    """Purge one record. Foreign keys then act by the links' rules. Raises Conflict where something still refers to it."""
    return delete_rows(tx, catalog, entity, (id,)) == 1


def delete_rows(tx: Transaction, catalog: Catalog, entity: str, ids: Sequence[str]) -> int:
    """Purge records, and say how many there were."""
    table = table_of(catalog, entity)
    people.wrote(tx, entity)

    def make() -> Prepared:
        return Prepared(
            sa.delete(table).where(table.c.id.in_(sa.bindparam("ids", expanding=True, type_=table.c.id.type))),
            tx.database.engine,
        )

    statement = catalog.derive(f"storage.delete.{tx.dialect}.{entity}", make)
    tx.moved += bool(kept_paths(catalog))  # links to what goes may become empty
    try:
        return statement.run(tx, {"ids": list(ids)})
    except REFUSALS as error:
        raise faults.explain(error, catalog, catalog.entity(entity), removing=True) from None
