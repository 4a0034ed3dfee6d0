"""What the platform keeps for one person: pages he pinned, records he opened last, how he arranged a page. It tells nothing of
records but their ids; what is shown of them is read anew, under his rights."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from xrm_core.fields.columns import JsonValue, Ref, TextC, UtcDateTime

from .system import personal as table
from .transaction import Transaction

LOT = 200
"""Names of one question."""
KEEP = sa.text(
    "INSERT INTO xrm_personal (user_id, kind, name, value, at) VALUES (:user_id, :kind, :name, :value, :at) "
    "ON CONFLICT (user_id, kind, name) DO UPDATE SET value = excluded.value, at = excluded.at"
).bindparams(
    sa.bindparam("user_id", type_=Ref()), sa.bindparam("kind", type_=TextC()), sa.bindparam("name", type_=TextC()),
    sa.bindparam("value", type_=JsonValue()), sa.bindparam("at", type_=UtcDateTime()),
)  # fmt: skip


def put(tx: Transaction, user: str, kind: str, name: str, value: Any, at: datetime) -> None:
    """Keep a JSON value under a kind and a name; what was kept there is replaced."""
    tx.conn.execute(KEEP, {"user_id": user, "kind": kind, "name": name, "value": value, "at": at})


def one(tx: Transaction, user: str, kind: str, name: str) -> Any:
    """The value kept there; None where there is none."""
    where = (table.c.user_id == user, table.c.kind == kind, table.c.name == name)
    return tx.conn.execute(sa.select(table.c.value).where(*where)).scalar()


def newest(tx: Transaction, user: str, kind: str, limit: int) -> list[tuple[str, Any]]:
    """(name, value) of what is kept of a kind, the newest first."""
    found = sa.select(table.c.name, table.c.value).where(table.c.user_id == user, table.c.kind == kind)
    rows = tx.conn.execute(found.order_by(table.c.at.desc(), table.c.name).limit(limit))
    return [(str(row.name), row.value) for row in rows]


def everybodys(tx: Transaction, kind: str, names: Sequence[str]) -> list[tuple[str, str, datetime]]:
    """(name, user, when) of what anybody keeps of a kind under one of some names, the earliest first."""
    found: list[tuple[str, str, datetime]] = []
    for first in range(0, len(names), LOT):
        among = table.c.name.in_(names[first : first + LOT])
        asked = sa.select(table.c.name, table.c.user_id, table.c.at).where(table.c.kind == kind, among)
        found += [(str(row.name), str(row.user_id), row.at) for row in tx.conn.execute(asked)]
    return sorted(found, key=lambda one: one[2])


def drop(tx: Transaction, user: str, kind: str, name: str) -> bool:
    """Forget one; whether it was there."""
    where = (table.c.user_id == user, table.c.kind == kind, table.c.name == name)
    return bool(tx.conn.execute(table.delete().where(*where)).rowcount)


def shorten(tx: Transaction, user: str, kind: str, most: int) -> None:
    """Forget all of a kind but the newest `most`."""
    kept = sa.select(table.c.at).where(table.c.user_id == user, table.c.kind == kind).order_by(table.c.at.desc())
    edge = tx.conn.execute(kept.offset(most).limit(1)).scalar()
    if edge is not None:
        tx.conn.execute(table.delete().where(table.c.user_id == user, table.c.kind == kind, table.c.at <= edge))
