"""Sessions, sign-in links and tokens: kept by the hash of their secret, so that the database opens no door."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from .holders import Holder, absent_holder, session_holder, token_holder, user_holder
from .system import session, signin_link, token
from .transaction import Transaction

ADMINISTRATORS_KEY = 7_215_046_118_903_252
"""Key of the PostgreSQL advisory lock under which administrators cease to be such, one after the other."""


def add_session(tx: Transaction, hash: str, user: str, now: datetime, expires: datetime) -> None:
    """Begin a session."""
    tx.conn.execute(
        session.insert().values(id=hash, user_id=user, created_at=now, seen_at=now, expires_at=expires, data={})
    )


def touch_session(tx: Transaction, hash: str, now: datetime, expires: datetime) -> None:
    """Note that a session was used; it lasts until `expires` now."""
    tx.conn.execute(session.update().where(session.c.id == hash).values(seen_at=now, expires_at=expires))


def keep_in_session(tx: Transaction, hash: str, values: Mapping[str, Any]) -> None:
    """Keep values with a session, beside those that it has; None takes one out."""
    had = tx.conn.execute(sa.select(session.c.data).where(session.c.id == hash)).scalar() or {}
    kept = {name: value for name, value in {**had, **values}.items() if value is not None}
    tx.conn.execute(session.update().where(session.c.id == hash).values(data=kept))


def end_sessions(
    tx: Transaction, *, hash: str | None = None, user: str | None = None, before: datetime | None = None
) -> None:
    """End one session, all of a user, or all that expired before a moment."""
    conditions = [session.c.id == hash] if hash is not None else []
    if user is not None:
        conditions.append(session.c.user_id == user)
    if before is not None:
        conditions.append(session.c.expires_at < before)
    if conditions:
        tx.conn.execute(session.delete().where(*conditions))


def hold_administrators(tx: Transaction) -> None:
    """Wait until nobody else is taking the role of an administrator away, and let others wait until this transaction ends.
    (On SQLite there is one writer at a time anyway.)"""
    if tx.dialect == "postgresql":
        tx.ask("SELECT pg_advisory_xact_lock(?)", (ADMINISTRATORS_KEY,))


def add_link(tx: Transaction, hash: str, user: str, now: datetime, expires: datetime) -> None:
    """Keep a sign-in link that can be used once."""
    tx.conn.execute(signin_link.insert().values(hash=hash, user_id=user, created_at=now, expires_at=expires))


def use_link(tx: Transaction, hash: str, now: datetime) -> str | None:
    """Use a sign-in link: the id of its user, or None where it is unknown, used or expired."""
    done = tx.conn.execute(
        signin_link.update().where(signin_link.c.hash == hash, signin_link.c.used_at.is_(None), signin_link.c.expires_at > now)
        .values(used_at=now).returning(signin_link.c.user_id)
    ).scalar()  # fmt: skip
    return None if done is None else str(done)


def user_of_link(tx: Transaction, hash: str, now: datetime) -> str | None:
    """Whom a sign-in link is for, where it still works. Looking uses nothing up."""
    c = signin_link.c
    found = tx.conn.execute(
        sa.select(c.user_id).where(c.hash == hash, c.used_at.is_(None), c.expires_at > now)
    ).scalar()
    return None if found is None else str(found)


def forget_links(tx: Transaction, before: datetime) -> None:
    """Remove the sign-in links that expired before a moment, used or not."""
    tx.conn.execute(signin_link.delete().where(signin_link.c.expires_at < before))


def add_token(
    tx: Transaction, id: str, hash: str, name: str, user: str, now: datetime, expires: datetime | None,
    scopes: Sequence[str] | None = None,
) -> None:  # fmt: skip
    """Keep a token of the API. `scopes` narrow what it may do; None: all that its owner may."""
    limits = None if scopes is None else list(scopes)
    tx.conn.execute(
        token.insert().values(
            id=id, hash=hash, name=name, user_id=user, created_at=now, expires_at=expires, scopes=limits
        )
    )


def touch_token(tx: Transaction, hash: str, now: datetime) -> None:
    """Note that a token was used."""
    tx.conn.execute(token.update().where(token.c.hash == hash).values(used_at=now))


def revoke_token(tx: Transaction, id: str, now: datetime) -> bool:
    """End a token; False where there is none in force."""
    return bool(
        tx.conn.execute(
            token.update().where(token.c.id == id, token.c.revoked_at.is_(None)).values(revoked_at=now)
        ).rowcount
    )


def tokens_of(tx: Transaction, user: str | None = None) -> list[dict[str, Any]]:
    """Tokens (of a user), without their hashes, newest first."""
    columns = (
        token.c.id,
        token.c.name,
        token.c.user_id,
        token.c.scopes,
        token.c.created_at,
        token.c.expires_at,
        token.c.used_at,
        token.c.revoked_at,
    )
    query = sa.select(*columns).order_by(token.c.created_at.desc())
    if user is not None:
        query = query.where(token.c.user_id == user)
    return [dict(row._mapping) for row in tx.conn.execute(query)]


__all__ = [
    "Holder", "absent_holder", "add_link", "add_session", "add_token", "end_sessions", "forget_links", "hold_administrators", "keep_in_session", "revoke_token",
    "session_holder", "token_holder", "tokens_of", "touch_session", "touch_token", "use_link", "user_holder",
]  # fmt: skip
