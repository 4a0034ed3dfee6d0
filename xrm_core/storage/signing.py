"""What sign-in keeps: hashes of passwords, guesses by account, what stands between two steps, who people are elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from msgspec import Struct

from xrm_core.metamodel.catalog import Catalog

from .ids import new_id
from .system import guess, identity, password, pending, session, signin_link, token
from .tables import table_of
from .transaction import Transaction


class Person(Struct, frozen=True):
    """An active user, as far as sign-in needs him."""

    id: str
    name: str
    email: str
    roles: tuple[str, ...]
    language: str | None


class Waiting(Struct, frozen=True):
    """What stands between two steps; `user` is None where nobody is known yet."""

    kind: str
    user: str | None
    data: Mapping[str, Any]


def _people(catalog: Catalog) -> tuple[sa.Table, sa.Select[Any]]:
    users = table_of(catalog, "user")
    columns = [users.c[name] for name in ("id", "name", "email", "roles", "language")]
    return users, sa.select(*columns).where(users.c.deleted_at.is_(None), users.c.status == "active")


def _person(row: Any) -> Person:
    return Person(str(row.id), row.name, row.email, tuple(row.roles or ()), row.language)


def person(tx: Transaction, catalog: Catalog, id: str) -> Person | None:
    """The active user with this id."""
    users, active = _people(catalog)
    row = tx.conn.execute(active.where(users.c.id == id)).first()
    return None if row is None else _person(row)


def person_by_email(tx: Transaction, catalog: Catalog, email: str) -> Person | None:
    """The active user with this address: as written, else the only one that it fits in another case."""
    users, active = _people(catalog)
    rows = tx.conn.execute(active.where(sa.func.lower(users.c.email) == email.lower()).limit(3)).all()
    exact = [row for row in rows if row.email == email]
    found = exact or rows
    return _person(found[0]) if len(found) == 1 else None


# -- passwords


def password_hash(tx: Transaction, user: str) -> str | None:
    """The hash of a user's password, None where there is none."""
    return tx.conn.execute(sa.select(password.c.hash).where(password.c.user_id == user)).scalar()


def password_changed_at(tx: Transaction, user: str) -> datetime | None:
    """When the password was set."""
    return tx.conn.execute(sa.select(password.c.changed_at).where(password.c.user_id == user)).scalar()


def set_password(tx: Transaction, user: str, hash: str, now: datetime) -> None:
    """Keep the hash of a new password."""
    drop_password(tx, user)
    tx.conn.execute(password.insert().values(user_id=user, hash=hash, changed_at=now))


def renew_hash(tx: Transaction, user: str, old: str, new: str) -> None:
    """Keep the same password under newer parameters, unless it was changed meanwhile."""
    tx.conn.execute(password.update().where(password.c.user_id == user, password.c.hash == old).values(hash=new))


def drop_password(tx: Transaction, user: str) -> None:
    """The user has no password any more."""
    tx.conn.execute(password.delete().where(password.c.user_id == user))


# -- guesses


def take_guess(tx: Transaction, account: str, kind: str, now: datetime, most: int, within: timedelta) -> str | None:
    """Count a guess before it is looked at: its id, or None where the account had `most` of them `within` the time.
    Transactions that guess at one account wait for one another, so that no two take the last one."""
    if tx.dialect == "postgresql":
        tx.ask("SELECT pg_advisory_xact_lock(hashtext(?))", (f"xrm_guess:{account}",))
    since = sa.select(sa.func.count()).where(guess.c.account == account, guess.c.at > now - within)
    if int(tx.conn.execute(since).scalar() or 0) >= most:
        return None
    id = new_id()
    tx.conn.execute(guess.insert().values(id=id, account=account, kind=kind, at=now))
    return id


def give_back_guess(tx: Transaction, id: str) -> None:
    """The guess was right: it does not count."""
    tx.conn.execute(guess.delete().where(guess.c.id == id))


def forget_guesses(tx: Transaction, before: datetime) -> None:
    """Remove guesses that count no more."""
    tx.conn.execute(guess.delete().where(guess.c.at < before))


# -- between two steps


def add_pending(
    tx: Transaction, hash: str, kind: str, user: str | None, data: Mapping[str, Any], now: datetime, lasts: timedelta
) -> None:
    """Keep what the next step needs, by the hash of the secret that brings it."""
    values = {"hash": hash, "kind": kind, "user_id": user, "data": dict(data), "created_at": now}
    tx.conn.execute(pending.insert().values(**values, expires_at=now + lasts))


def pending_of(tx: Transaction, hash: str, kind: str, now: datetime) -> Waiting | None:
    """What waits under a secret; it stays."""
    row = tx.conn.execute(
        sa.select(pending.c.kind, pending.c.user_id, pending.c.data).where(
            pending.c.hash == hash, pending.c.kind == kind, pending.c.expires_at > now
        )
    ).first()
    return None if row is None else Waiting(row.kind, row.user_id, row.data or {})


def take_pending(tx: Transaction, hash: str, kind: str, now: datetime) -> Waiting | None:
    """What waits under a secret; it is gone then, so that it is used once."""
    row = tx.conn.execute(
        pending.delete().where(pending.c.hash == hash, pending.c.kind == kind, pending.c.expires_at > now)
        .returning(pending.c.kind, pending.c.user_id, pending.c.data)
    ).first()  # fmt: skip
    return None if row is None else Waiting(row.kind, row.user_id, row.data or {})


def drop_pending(tx: Transaction, *, user: str | None = None, before: datetime | None = None) -> None:
    """Forget all that waits for a user, or all that ran out before a moment."""
    if user is not None:
        tx.conn.execute(pending.delete().where(pending.c.user_id == user))
    if before is not None:
        tx.conn.execute(pending.delete().where(pending.c.expires_at < before))


# -- who people are elsewhere


def user_of_identity(tx: Transaction, issuer: str, subject: str) -> str | None:
    """The user who is this subject at a provider."""
    query = sa.select(identity.c.user_id).where(identity.c.issuer == issuer, identity.c.subject == subject)
    return tx.conn.execute(query).scalar()


def has_identity(tx: Transaction, issuer: str, user: str) -> bool:
    """Is the user known as somebody at this provider?"""
    query = sa.select(identity.c.subject).where(identity.c.issuer == issuer, identity.c.user_id == user).limit(1)
    return tx.conn.execute(query).first() is not None


def keep_identity(tx: Transaction, issuer: str, subject: str, user: str, now: datetime) -> None:
    """A user was seen as this subject at a provider."""
    here = (identity.c.issuer == issuer, identity.c.subject == subject)
    if not tx.conn.execute(identity.update().where(*here).values(user_id=user, used_at=now)).rowcount:
        values = {"issuer": issuer, "subject": subject, "user_id": user, "created_at": now, "used_at": now}
        tx.conn.execute(identity.insert().values(**values))


# -- sessions and tokens, as their owner sees them


def describe_session(tx: Transaction, hash: str, data: Mapping[str, Any]) -> None:
    """Keep how a session began."""
    tx.conn.execute(session.update().where(session.c.id == hash).values(data=dict(data)))


def session_data(tx: Transaction, hash: str, now: datetime) -> Mapping[str, Any]:
    """How a session began; nothing where it is none in force."""
    query = sa.select(session.c.data).where(session.c.id == hash, session.c.expires_at > now)
    return tx.conn.execute(query).scalar() or {}


def sessions_of(tx: Transaction, user: str, now: datetime) -> list[dict[str, Any]]:
    """The sessions of a user, the one used last first."""
    query = sa.select(session).where(session.c.user_id == user, session.c.expires_at > now)
    return [dict(row._mapping) for row in tx.conn.execute(query.order_by(session.c.seen_at.desc(), session.c.id))]


def end_sessions_of(tx: Transaction, user: str, *, but: str | None = None, only: Sequence[str] | None = None) -> int:
    """End sessions of a user: all `but` one, or `only` some; how many."""
    where = [session.c.user_id == user]
    if but is not None:
        where.append(session.c.id != but)
    if only is not None:
        where.append(session.c.id.in_(only))
    return int(tx.conn.execute(session.delete().where(*where)).rowcount)


def drop_links(tx: Transaction, user: str) -> None:
    """The one-time links of a user open nothing any more."""
    tx.conn.execute(signin_link.delete().where(signin_link.c.user_id == user))


def own_tokens(tx: Transaction, user: str) -> list[dict[str, Any]]:
    """The tokens of a user that were not revoked, without their hashes, newest first."""
    columns = [c for c in token.c if c.name != "hash"]
    query = sa.select(*columns).where(token.c.user_id == user, token.c.revoked_at.is_(None))
    return [dict(row._mapping) for row in tx.conn.execute(query.order_by(token.c.created_at.desc(), token.c.id.desc()))]


def revoke_own_token(tx: Transaction, user: str, id: str, now: datetime) -> bool:
    """End a token of a user; False where he has no such token in force."""
    where = (token.c.id == id, token.c.user_id == user, token.c.revoked_at.is_(None))
    return bool(tx.conn.execute(token.update().where(*where).values(revoked_at=now)).rowcount)
