"""Second factors: authenticator apps, passkeys, recovery codes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from msgspec import Struct

from .ids import new_id
from .system import factor, recovery
from .transaction import Transaction


class Factor(Struct, frozen=True):
    """A factor of a user. `kind` is totp or passkey; `secret` the sealed secret or the public key; `handle` a passkey's id;
    `counter` the last time step used, or the authenticator's count of signatures."""

    id: str
    user: str
    kind: str
    name: str
    secret: str
    handle: str | None
    counter: int
    data: Mapping[str, Any]
    created_at: datetime
    used_at: datetime | None


def _factor(row: Any) -> Factor:
    return Factor(
        str(row.id), str(row.user_id), row.kind, row.name, row.secret, row.handle, int(row.counter), row.data or {}, row.created_at,
        row.used_at,
    )  # fmt: skip


def factors_of(tx: Transaction, user: str) -> list[Factor]:
    """All factors of a user, oldest first."""
    query = sa.select(factor).where(factor.c.user_id == user).order_by(factor.c.created_at, factor.c.id)
    return [_factor(row) for row in tx.conn.execute(query)]


def factor_by_handle(tx: Transaction, handle: str) -> Factor | None:
    """The passkey with this id."""
    row = tx.conn.execute(sa.select(factor).where(factor.c.handle == handle)).first()
    return None if row is None else _factor(row)


def add_factor(
    tx: Transaction, user: str, kind: str, name: str, secret: str, now: datetime, *, handle: str | None = None,
    counter: int = 0, data: Mapping[str, Any] | None = None,
) -> str:  # fmt: skip
    """Keep a new factor; its id."""
    id = new_id()
    values = {"id": id, "user_id": user, "kind": kind, "name": name, "secret": secret, "handle": handle}
    tx.conn.execute(factor.insert().values(**values, counter=counter, data=dict(data or {}), created_at=now))
    return id


def use_factor(tx: Transaction, id: str, counter: int, now: datetime) -> bool:
    """Note that a factor was used; False where its counter is that far already, so that a code works once."""
    where = (factor.c.id == id, factor.c.counter < counter)
    return bool(tx.conn.execute(factor.update().where(*where).values(counter=counter, used_at=now)).rowcount)


def touch_factor(tx: Transaction, id: str, counter: int, now: datetime) -> None:
    """Note that a factor was used that keeps no strict count."""
    tx.conn.execute(factor.update().where(factor.c.id == id).values(counter=counter, used_at=now))


def drop_factors(tx: Transaction, user: str, id: str | None = None, kind: str | None = None) -> int:
    """Remove factors of a user: one, those of a kind, or all; how many."""
    where = [factor.c.user_id == user]
    if id is not None:
        where.append(factor.c.id == id)
    if kind is not None:
        where.append(factor.c.kind == kind)
    return int(tx.conn.execute(factor.delete().where(*where)).rowcount)


def set_recovery(tx: Transaction, user: str, hashes: Iterable[str], now: datetime) -> None:
    """Replace the recovery codes of a user."""
    tx.conn.execute(recovery.delete().where(recovery.c.user_id == user))
    rows = [{"hash": hash, "user_id": user, "created_at": now, "used_at": None} for hash in hashes]
    if rows:
        tx.conn.execute(recovery.insert(), rows)


def recovery_left(tx: Transaction, user: str) -> int:
    """How many recovery codes were not used yet."""
    query = sa.select(sa.func.count()).where(recovery.c.user_id == user, recovery.c.used_at.is_(None))
    return int(tx.conn.execute(query).scalar() or 0)


def use_recovery(tx: Transaction, user: str, hash: str, now: datetime) -> bool:
    """Use a recovery code; False where it is none or was used."""
    where = (recovery.c.user_id == user, recovery.c.hash == hash, recovery.c.used_at.is_(None))
    return bool(tx.conn.execute(recovery.update().where(*where).values(used_at=now)).rowcount)
