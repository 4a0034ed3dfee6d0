"""Sessions, sign-in links and tokens: kept by the hash of their secret, so that the database opens no door."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from xrm_core.metamodel.catalog import Catalog

from .statements import Prepared
from .system import session, signin_link, token
from .tables import table_of
from .transaction import Transaction


@dataclass(frozen=True, slots=True)
class Holder:
    """The user behind a credential. `roles` are names of roles, `department` the id of a department record."""

    id: str
    name: str
    roles: tuple[str, ...]
    department: str | None
    language: str | None
    time_zone: str | None
    seen_at: datetime | None = None
    scopes: tuple[str, ...] | None = None


def _user_columns(users: sa.Table) -> list[Any]:
    return [users.c[name] for name in ("id", "name", "roles", "department", "language", "time_zone")]


def _live(users: sa.Table) -> Any:
    return sa.and_(users.c.deleted_at.is_(None), users.c.status == "active")


def _prepared(tx: Transaction, catalog: Catalog, name: str) -> Prepared:
    def make() -> Prepared:
        users = table_of(catalog, "user")
        if name == "session":
            statement = sa.select(*_user_columns(users), session.c.seen_at).where(
                session.c.id == sa.bindparam("hash"),
                session.c.expires_at > sa.bindparam("now"),
                session.c.user_id == users.c.id,
                _live(users),
            )
        else:
            statement = sa.select(*_user_columns(users), token.c.used_at, token.c.scopes).where(
                token.c.hash == sa.bindparam("hash"), token.c.user_id == users.c.id, token.c.revoked_at.is_(None), _live(users),
                sa.or_(token.c.expires_at.is_(None), token.c.expires_at > sa.bindparam("now")),
            )  # fmt: skip
        return Prepared(statement, tx.database.engine)

    return catalog.derive(f"credentials.{name}.{tx.dialect}", make)


def _holder(tx: Transaction, catalog: Catalog, name: str, hash: str, now: datetime) -> Holder | None:
    rows = _prepared(tx, catalog, name).rows(tx, {"hash": hash, "now": now})
    if not rows:
        return None
    id, shown, roles, department, language, zone, seen, *scopes = rows[0]
    seen_at = seen if not isinstance(seen, str) else datetime.fromisoformat(seen + "+00:00")
    return Holder(
        id,
        shown,
        tuple(_listed(roles)),
        department,
        language,
        zone,
        seen_at,
        tuple(_listed(scopes[0])) if scopes and scopes[0] else None,
    )


def _listed(value: Any) -> Sequence[str]:
    from .values import from_json  # the driver of SQLite gives JSON as text

    return from_json(value) or ()


def session_holder(tx: Transaction, catalog: Catalog, hash: str, now: datetime) -> Holder | None:
    """Who holds the session with this hash, if it has not expired and the user is active. One statement."""
    return _holder(tx, catalog, "session", hash, now)


def token_holder(tx: Transaction, catalog: Catalog, hash: str, now: datetime) -> Holder | None:
    """Who holds the token with this hash, if it is in force and the user is active. One statement."""
    return _holder(tx, catalog, "token", hash, now)


def add_session(tx: Transaction, hash: str, user: str, now: datetime, expires: datetime) -> None:
    """Begin a session."""
    tx.conn.execute(
        session.insert().values(id=hash, user_id=user, created_at=now, seen_at=now, expires_at=expires, data={})
    )


def touch_session(tx: Transaction, hash: str, now: datetime, expires: datetime) -> None:
    """Note that a session was used; it lasts until `expires` now."""
    tx.conn.execute(session.update().where(session.c.id == hash).values(seen_at=now, expires_at=expires))


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


def forget_links(tx: Transaction, before: datetime) -> None:
    """Remove the sign-in links that expired before a moment, used or not."""
    tx.conn.execute(signin_link.delete().where(signin_link.c.expires_at < before))


def add_token(
    tx: Transaction, id: str, hash: str, name: str, user: str, now: datetime, expires: datetime | None
) -> None:
    """Keep a token of the API."""
    tx.conn.execute(
        token.insert().values(
            id=id, hash=hash, name=name, user_id=user, created_at=now, expires_at=expires, scopes=None
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
        token.c.created_at,
        token.c.expires_at,
        token.c.used_at,
        token.c.revoked_at,
    )
    query = sa.select(*columns).order_by(token.c.created_at.desc())
    if user is not None:
        query = query.where(token.c.user_id == user)
    return [dict(row._mapping) for row in tx.conn.execute(query)]
