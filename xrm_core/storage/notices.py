"""What the platform tells people: one row for each person and piece of news, read or unread. Of records it keeps ids alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from .ids import new_id
from .system import notice as table
from .transaction import Transaction


class Notice(NamedTuple):
    """A piece of news. `kind` says which sentence tells it, `values` what the sentence names; `entity` and `record` what it is about."""

    id: str
    at: datetime
    kind: str
    entity: str | None
    record: str | None
    values: Mapping[str, Any]
    is_read: bool


def add(
    tx: Transaction, users: Sequence[str], at: datetime, kind: str, entity: str | None = None, record: str | None = None,
    values: Mapping[str, Any] | None = None, *, is_read: bool = False,
) -> None:  # fmt: skip
    """Tell some users. `is_read`: it counts as read already."""
    rows = [
        {
            "id": new_id(), "user_id": user, "at": at, "kind": kind, "entity": entity, "record_id": record, "values": dict(values or {}),
            "read_at": at if is_read else None,
        }
        for user in dict.fromkeys(users)
    ]  # fmt: skip
    if rows:
        tx.conn.execute(sa.insert(table), rows)


def of(tx: Transaction, user: str, limit: int, before: str | None = None, *, unread: bool = False) -> list[Notice]:
    """The news of a user, the newest first (ids are in the order of time); `before` is the id of one."""
    wanted = sa.select(table).where(table.c.user_id == user)
    if before is not None:
        wanted = wanted.where(table.c.id < before)
    if unread:
        wanted = wanted.where(table.c.read_at.is_(None))
    rows = tx.conn.execute(wanted.order_by(table.c.id.desc()).limit(limit))
    return [
        Notice(
            str(r["id"]), r["at"], r["kind"], r["entity"], str(r["record_id"]) if r["record_id"] else None, r["values"] or {},
            r["read_at"] is not None,
        )
        for r in rows.mappings()
    ]  # fmt: skip


def unread(tx: Transaction, user: str, most: int) -> int:
    """How many are unread; not counted beyond `most`."""
    some = sa.select(table.c.id).where(table.c.user_id == user, table.c.read_at.is_(None)).limit(most).subquery()
    return int(tx.conn.execute(sa.select(sa.func.count()).select_from(some)).scalar_one())


def mark_read(tx: Transaction, user: str, at: datetime, id: str | None = None) -> int:
    """Mark one of a user's news, or all of them, as read; how many were not."""
    where = [table.c.user_id == user, table.c.read_at.is_(None)]
    if id is not None:
        where.append(table.c.id == id)
    return int(tx.conn.execute(sa.update(table).where(*where).values(read_at=at)).rowcount)


def sweep(tx: Transaction, older: datetime) -> int:
    """Forget what was told before a time; how many."""
    return int(tx.conn.execute(sa.delete(table).where(table.c.at < older)).rowcount)
