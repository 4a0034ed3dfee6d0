"""Who is behind a session, a token, a user's id: the user with the roles and departments in force on a day, in one statement."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from xrm_core.fields.columns import TextC
from xrm_core.metamodel.catalog import Catalog

from .statements import Prepared
from .system import session, token
from .tables import table_of
from .transaction import Transaction
from .values import from_json

PERSON, OWN, BELOW, AWAY = range(4)
"""Kinds of rows of the answer: the user; a department that he belongs to; one below a department that he leads; a user in
whose place he may act."""


@dataclass(frozen=True, slots=True)
class Holder:
    """The user behind a credential, as he is on a day. `roles` are names, his own and those of memberships in force.
    `departments` are ids of those that he belongs to, `units` their codes, `leads` ids of those that he leads with all
    below. `stands_in` are the users (id, name) in whose place he may act; `acting` the one that his session names.
    Departments that are not active, and what is in the bin, count for nothing."""

    id: str
    name: str
    roles: tuple[str, ...]
    departments: frozenset[str]
    units: frozenset[str]
    leads: frozenset[str]
    language: str | None
    time_zone: str | None
    seen_at: datetime | None = None
    scopes: tuple[str, ...] | None = None
    stands_in: tuple[tuple[str, str], ...] = ()
    acting: str | None = None


def session_holder(tx: Transaction, catalog: Catalog, hash: str, now: datetime, today: date) -> Holder | None:
    """Who holds the session with this hash, if it has not expired and the user is active. One statement."""
    return _holder(tx, catalog, "session", _of_session, {"hash": hash, "now": now, "today": today})


def token_holder(tx: Transaction, catalog: Catalog, hash: str, now: datetime, today: date) -> Holder | None:
    """Who holds the token with this hash, if it is in force and the user is active. One statement."""
    return _holder(tx, catalog, "token", _of_token, {"hash": hash, "now": now, "today": today})


def user_holder(tx: Transaction, catalog: Catalog, user: str, today: date) -> Holder | None:
    """The active user with this id. One statement."""
    return _holder(tx, catalog, "user", _of_user, {"user": user, "today": today})


def absent_holder(tx: Transaction, catalog: Catalog, user: str, deputy: str, today: date) -> Holder | None:
    """The active user with this id, if `deputy` stands in for him today. One statement."""
    return _holder(tx, catalog, "absent", _of_absent, {"user": user, "deputy": deputy, "today": today})


Source = Callable[[Catalog], sa.Select[Any]]


def _holder(tx: Transaction, catalog: Catalog, name: str, source: Source, given: Mapping[str, Any]) -> Holder | None:
    prepared = catalog.derive(
        f"holders.{name}.{tx.dialect}", lambda: Prepared(_statement(catalog, source), tx.database.engine)
    )
    return _read(prepared.rows(tx, given))


def _read(rows: Sequence[Sequence[Any]]) -> Holder | None:
    person = next((row for row in rows if row[0] == PERSON), None)
    if person is None:
        return None
    _, id, name, roles, language, zone, seen, data, scopes = person
    own = [row for row in rows if row[0] == OWN]
    mine = dict.fromkeys([*(from_json(roles) or ()), *(row[4] for row in own if row[4])])
    return Holder(
        id=id, name=name, roles=tuple(mine), departments=frozenset(row[1] for row in own), units=frozenset(row[2] for row in own),
        leads=frozenset(row[1] for row in rows if row[0] == BELOW), language=language, time_zone=zone,
        seen_at=datetime.fromisoformat(seen + "+00:00") if isinstance(seen, str) else seen,
        scopes=None if (limits := from_json(scopes)) is None else tuple(limits),
        stands_in=tuple(dict.fromkeys((row[1], row[2]) for row in rows if row[0] == AWAY)),
        acting=(from_json(data) or {}).get("acting"),
    )  # fmt: skip


# -- the person: one row, or none
def _person(users: sa.Table, seen: Any = None, data: Any = None, scopes: Any = None) -> sa.Select[Any]:
    columns = [users.c[n] for n in ("id", "name", "roles", "department", "is_lead", "language", "time_zone")]
    more = {"seen": seen, "data": data, "scopes": scopes}
    return sa.select(*columns, *((sa.null() if c is None else c).label(n) for n, c in more.items())).where(
        users.c.deleted_at.is_(None), users.c.status == "active"
    )


def _of_session(catalog: Catalog) -> sa.Select[Any]:
    users = table_of(catalog, "user")
    return _person(users, session.c.seen_at, session.c.data).where(
        session.c.id == sa.bindparam("hash"),
        session.c.expires_at > sa.bindparam("now"),
        session.c.user_id == users.c.id,
    )


def _of_token(catalog: Catalog) -> sa.Select[Any]:
    users = table_of(catalog, "user")
    return _person(users, token.c.used_at, None, token.c.scopes).where(
        token.c.hash == sa.bindparam("hash"), token.c.user_id == users.c.id, token.c.revoked_at.is_(None),
        sa.or_(token.c.expires_at.is_(None), token.c.expires_at > sa.bindparam("now")),
    )  # fmt: skip


def _of_user(catalog: Catalog) -> sa.Select[Any]:
    users = table_of(catalog, "user")
    return _person(users).where(users.c.id == sa.bindparam("user"))


def _of_absent(catalog: Catalog) -> sa.Select[Any]:
    users, deputies = table_of(catalog, "user"), table_of(catalog, "deputy")
    named = sa.select(deputies.c.id).where(
        deputies.c.user == users.c.id, deputies.c.deputy == sa.bindparam("deputy"), _in_force(deputies)
    )
    return _of_user(catalog).where(named.exists())


# -- what counts today
def _in_force(table: sa.Table) -> Any:
    today = sa.bindparam("today", type_=table.c.since.type)
    return sa.and_(
        table.c.deleted_at.is_(None), sa.or_(table.c.since.is_(None), table.c.since <= today),
        sa.or_(table.c.until.is_(None), table.c.until >= today),
    )  # fmt: skip


def _statement(catalog: Catalog, source: Source) -> Any:
    """The person, his departments, those below the ones that he leads, and whom he may stand in for: rows of one statement."""
    users, departments = table_of(catalog, "user"), table_of(catalog, "department")
    members, deputies = table_of(catalog, "membership"), table_of(catalog, "deputy")
    person = source(catalog).cte("person")
    active = sa.and_(departments.c.active.is_(True), departments.c.deleted_at.is_(None))
    own = _own(person, members).cte("own")
    below = (
        sa.select(departments.c.id).where(departments.c.id == own.c.department, own.c.leads.is_(True), active)
        .cte("below", recursive=True)
    )  # fmt: skip
    below = below.union(sa.select(departments.c.id).where(departments.c.parent == below.c.id, active))
    away = users.alias("away")
    return sa.union_all(
        _row(PERSON, person, person.c.id, person.c.name, person.c.roles, person.c.language, person.c.time_zone, person.c.seen, person.c.data, person.c.scopes),
        _row(OWN, sa.join(own, departments, departments.c.id == own.c.department), departments.c.id, departments.c.code, None, own.c.role).where(active),
        _row(BELOW, below, below.c.id),
        _row(AWAY, sa.join(sa.join(person, deputies, deputies.c.deputy == person.c.id), away, away.c.id == deputies.c.user), away.c.id, away.c.name)
        .where(_in_force(deputies), away.c.deleted_at.is_(None), away.c.status == "active"),
    )  # fmt: skip


def _own(person: sa.CTE, members: sa.Table) -> Any:
    """Departments with a role that goes with them, and whether he leads them: of the user himself, and of his memberships."""
    return sa.union_all(
        sa.select(person.c.department, sa.cast(sa.null(), TextC()).label("role"), person.c.is_lead.label("leads")).where(person.c.department.is_not(None)),
        sa.select(members.c.department, members.c.role, members.c.leads).where(members.c.user == person.c.id, _in_force(members)),
    )  # fmt: skip


def _row(kind: int, source: Any, id: Any, *values: Any) -> sa.Select[Any]:
    """One kind of rows, with as many columns as the others."""
    names = ("text", "roles", "language", "zone", "seen", "data", "scopes")
    filled = [*values, *[None] * (len(names) - len(values))]
    columns = [(sa.null() if c is None else c).label(n) for c, n in zip(filled, names, strict=True)]
    return sa.select(sa.literal(kind).label("kind"), id.label("id"), *columns).select_from(source)


__all__ = ["Holder", "absent_holder", "session_holder", "token_holder", "user_holder"]
