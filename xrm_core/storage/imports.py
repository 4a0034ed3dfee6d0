"""Imports as the database keeps them: who, what, how far, and the rows that were refused or became records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from xrm_core.metamodel.catalog import Catalog
from xrm_core.metamodel.kinds import T

from .history import COLUMNS, Past, past_of
from .ids import is_id, new_id
from .system import import_, import_row
from .transaction import Transaction
from .values import binder, to_json_text, utc_text

ROW = ("import_id", "number", "state", "entity", "record_id", "problems", "given")
EARLY = 2_000
"""Milliseconds by which an id may be older than the moment of its work."""


def create(tx: Transaction, values: Mapping[str, Any]) -> str:
    """Add an import; its id."""
    id = new_id()
    tx.conn.execute(sa.insert(import_).values(id=id, **values))
    return id


def get(tx: Transaction, id: str) -> dict[str, Any] | None:
    """One import by its id."""
    if not is_id(id):
        return None
    row = tx.conn.execute(sa.select(import_).where(import_.c.id == id)).mappings().first()
    return None if row is None else dict(row)


KEPT = "mapping"
"""The state of rows that are no imports but mappings kept for further ones."""


def newest(
    tx: Transaction, limit: int = 50, *, state: str | None = None, by: str | None = None
) -> list[dict[str, Any]]:
    """Imports, the newest first; those in one state (`mapping`: kept mappings) or of one user alone."""
    wanted = [import_.c.state != KEPT if state is None else import_.c.state == state]
    if by is not None:
        wanted.append(import_.c.created_by == by)
    found = sa.select(import_).where(*wanted).order_by(import_.c.created_at.desc()).limit(limit)
    return [dict(row) for row in tx.conn.execute(found).mappings()]


def remove(tx: Transaction, id: str) -> None:
    """Remove an import that never began, or a kept mapping, with its rows."""
    tx.conn.execute(sa.delete(import_row).where(import_row.c.import_id == id))
    tx.conn.execute(sa.delete(import_).where(import_.c.id == id))


def put_checked(tx: Transaction, id: str, rows: Sequence[tuple[int, str, str | None, str | None, Any, Any]]) -> None:
    """Keep what a check told of rows, in the place of what it told before; their numbers are negative, the first is -1."""
    tx.conn.execute(sa.delete(import_row).where(import_row.c.import_id == id, import_row.c.number < 0))
    add_rows(tx, id, rows)


def checked(
    tx: Transaction, id: str, states: Sequence[str] = (), before: int = 0, limit: int = 1000
) -> list[dict[str, Any]]:
    """What a check told, in the order of the rows, from the one after number `before` (0: from the start) on."""
    where = [import_row.c.import_id == id, import_row.c.number < before]
    if states:
        where.append(import_row.c.state.in_(states))
    found = sa.select(import_row).where(*where).order_by(import_row.c.number.desc()).limit(limit)
    return [dict(row) for row in tx.conn.execute(found).mappings()]


def tell_checked(tx: Transaction, id: str, number: int, values: Mapping[str, Any]) -> None:
    """Tell something else of one row of a check."""
    where = (import_row.c.import_id == id, import_row.c.number == number)
    tx.conn.execute(sa.update(import_row).where(*where).values(**values))


def folders(tx: Transaction) -> set[str]:
    """Names of the folders that the files of all imports lie in."""
    found = tx.conn.execute(sa.select(import_.c.settings)).scalars()
    return {Path(file["path"]).parent.name for settings in found for file in (settings or {}).get("files", ())}


def update(
    tx: Transaction, id: str, values: Mapping[str, Any], *, position: int | None = None, state: str | None = None
) -> bool:
    """Set values; False when it is not at that position or in that state (any more)."""
    where = [import_.c.id == id]
    if position is not None:
        where.append(import_.c.position == position)
    if state is not None:
        where.append(import_.c.state == state)
    return tx.conn.execute(sa.update(import_).where(*where).values(**values)).rowcount == 1


def add_rows(tx: Transaction, id: str, rows: Sequence[tuple[int, str, str | None, str | None, Any, Any]]) -> None:
    """Add rows: number, state, entity, record id, problems, given."""
    if not rows:
        return
    sqlite = tx.dialect == "sqlite"
    as_json = to_json_text if sqlite else binder(T("json"), tx.dialect)
    assert as_json is not None
    out = [
        (
            id,
            number,
            state,
            entity,
            record,
            None if problems is None else as_json(problems),
            None if given is None else as_json(given),
        )
        for number, state, entity, record, problems, given in rows
    ]
    names = ", ".join(ROW)
    if sqlite:
        tx.run_many(f"INSERT INTO xrm_import_row ({names}) VALUES (?, ?, ?, ?, ?, ?, ?)", out)
    else:
        tx.copy(f"COPY xrm_import_row ({names}) FROM STDIN", out)


def rows(
    tx: Transaction, id: str, states: Sequence[str] = (), after: int = -1, limit: int = 1000
) -> list[dict[str, Any]]:
    """Rows of an import in their order, of these states only, from the one after number `after`."""
    where = [import_row.c.import_id == id, import_row.c.number > after]
    if states:
        where.append(import_row.c.state.in_(states))
    found = tx.conn.execute(sa.select(import_row).where(*where).order_by(import_row.c.number).limit(limit)).mappings()
    return [dict(row) for row in found]


def every_row(tx: Transaction, id: str, states: Sequence[str] = ()) -> Iterator[dict[str, Any]]:
    """All rows of an import, piece by piece."""
    after = -1
    while many := rows(tx, id, states, after):
        yield from many
        after = many[-1]["number"]


def written_at(tx: Transaction, catalog: Catalog, moment: datetime, door: str, until: datetime) -> list[Past]:
    """History entries of the work that had this moment as its now and came through this door, in the order written.

    Ids begin with the time at which they were made, so only those between `moment` and `until` are read.
    """
    low, high = _bound(moment, -EARLY), _bound(until, EARLY)
    sqlite = tx.dialect == "sqlite"
    mark = "?" if sqlite else "%s"
    sql = f"SELECT {', '.join(COLUMNS)} FROM xrm_history WHERE id >= {mark} AND id <= {mark} AND at = {mark} AND door = {mark} ORDER BY id"
    at: Any = utc_text(moment) if sqlite else moment
    return [past_of(catalog, row, tx.dialect) for row in tx.rows(sql, (low, high, at, door))]


def _bound(moment: datetime, milliseconds: int) -> str:
    """The smallest id of a time."""
    text = f"{max(0, int(moment.timestamp() * 1000) + milliseconds):012x}" + "0" * 20
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


__all__ = [
    "add_rows",
    "checked",
    "create",
    "every_row",
    "get",
    "newest",
    "put_checked",
    "remove",
    "rows",
    "tell_checked",
    "update",
    "written_at",
]
