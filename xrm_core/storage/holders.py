"""Who is behind a session, a token, a user's id: the user with the roles and departments in force on a day.

Every request asks that. What takes several tables to find is kept with the catalog for each user, and used again where the
statement that finds the session reads the same mark of all people as when it was found (`people.py`): so a right that was
taken away is gone with the next request, in every process.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from msgspec import Struct

from xrm_core.fields.columns import TextC
from xrm_core.metamodel.catalog import Catalog

from . import people
from .statements import Prepared
from .system import factor, meta, session, token
from .tables import table_of
from .transaction import Transaction
from .values import from_json

PERSON, OWN, BELOW, AWAY = range(4)
"""Kinds of rows of the answer: the user; a department that he belongs to; one below a department that he leads; a user in
whose place he may act."""


class Holder(Struct, frozen=True):
    """The user behind a credential, as he is on a day. `roles` are names, his own and those of memberships in force.
    `departments` are ids of those that he belongs to, `units` their codes, `leads` ids of those that he leads with all
    below. `stands_in` are the users (id, name) in whose place he may act; `acting` the one that his session names.
    Departments that are not active, and what is in the bin, count for nothing. `lacks_factor`: roles of the catalog ask for
    a second factor, and the user has none (of a token: had none when it was made)."""

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
    lacks_factor: bool = False


def session_holder(tx: Transaction, catalog: Catalog, hash: str, now: datetime, today: date) -> Holder | None:
    """Who holds the session with this hash, if it has not expired and the user is active. One statement, two where people
    changed since he was last asked about."""
    return _behind(tx, catalog, "session", _of_session, {"hash": hash, "now": now}, today)


def token_holder(tx: Transaction, catalog: Catalog, hash: str, now: datetime, today: date) -> Holder | None:
    """Who holds the token with this hash, if it is in force and the user is active. Statements as for sessions."""
    return _behind(tx, catalog, "token", _of_token, {"hash": hash, "now": now}, today)


def user_holder(tx: Transaction, catalog: Catalog, user: str, today: date) -> Holder | None:
    """The active user with this id. One statement."""
    return _holder(tx, catalog, "user", _of_user, {"user": user, "today": today})


def absent_holder(tx: Transaction, catalog: Catalog, user: str, deputy: str, today: date) -> Holder | None:
    """The active user with this id, if `deputy` stands in for him today. One statement."""
    return _holder(tx, catalog, "absent", _of_absent, {"user": user, "deputy": deputy, "today": today})


Source = Callable[[Catalog], sa.Select[Any]]
Kept = tuple[str, date, Holder]
"""What is kept of a user: the mark and the day for which it holds, and who he is then."""
MANY = 2_000
"""Users kept by a process, at most."""


def _behind(
    tx: Transaction, catalog: Catalog, kind: str, source: Source, given: Mapping[str, Any], today: date
) -> Holder | None:
    """The holder of a credential: which user it is of, and in the same statement the mark of all people."""
    prepared = catalog.derive(f"holders.{kind}.{tx.dialect}", lambda: Prepared(source(catalog), tx.database.engine))
    rows = prepared.rows(tx, given)
    if not rows:
        return None
    id, seen, data, scopes, lacks, mark = rows[0]
    known: dict[str, Kept] = catalog.derive("holders.kept", dict)
    kept = known.get(id)
    if kept is not None and kept[0] == mark and kept[1] == today and not people.is_moving(tx):
        user: Holder | None = kept[2]
    else:
        user = user_holder(tx, catalog, id, today)
        if user is not None and mark is not None and not people.is_moving(tx):
            if len(known) >= MANY:
                known.clear()
            known[id] = (mark, today, user)
    if user is None:
        return None
    return Holder(
        user.id, user.name, user.roles, user.departments, user.units, user.leads, user.language, user.time_zone,
        datetime.fromisoformat(seen + "+00:00") if isinstance(seen, str) else seen,
        None if scopes is None else tuple(from_json(scopes)),
        user.stands_in, None if data is None else (from_json(data) or {}).get("acting"),
        bool(lacks),
    )  # fmt: skip


def _holder(tx: Transaction, catalog: Catalog, name: str, source: Source, given: Mapping[str, Any]) -> Holder | None:
    prepared = catalog.derive(
        f"holders.{name}.{tx.dialect}", lambda: Prepared(_statement(catalog, source), tx.database.engine)
    )
    return _read(prepared.rows(tx, given))


def _read(rows: Sequence[Sequence[Any]]) -> Holder | None:
    person = next((row for row in rows if row[0] == PERSON), None)
    if person is None:
        return None
    _, id, name, roles, language, zone = person
    own = [row for row in rows if row[0] == OWN]
    mine = dict.fromkeys([*(from_json(roles) or ()), *(row[4] for row in own if row[4])])
    return Holder(
        id=id, name=name, roles=tuple(mine), departments=frozenset(row[1] for row in own), units=frozenset(row[2] for row in own),
        leads=frozenset(row[1] for row in rows if row[0] == BELOW), language=language, time_zone=zone,
        stands_in=tuple(dict.fromkeys((row[1], row[2]) for row in rows if row[0] == AWAY)),
    )  # fmt: skip


# -- the credential: one row with the user's id and the mark, or none
def _of(users: sa.Table, *columns: Any) -> sa.Select[Any]:
    mark = sa.select(meta.c.value).where(meta.c.name == people.MARK).scalar_subquery()
    return sa.select(users.c.id, *columns, mark).where(
        users.c.deleted_at.is_(None), users.c.status == sa.literal_column("'active'")
    )


def _lacks(catalog: Catalog, users: sa.Table, *in_time: sa.ColumnElement[bool]) -> Any:
    """Whether the user has no second factor; asked only where some role wants one."""
    if not any(role.second_factor for role in catalog.roles.values()):
        return sa.literal_column("0")
    has = sa.exists().where(factor.c.user_id == users.c.id, *in_time).correlate(users, token)
    return sa.case((has, sa.literal_column("0")), else_=sa.literal_column("1"))


def _of_session(catalog: Catalog) -> sa.Select[Any]:
    users = table_of(catalog, "user")
    return _of(users, session.c.seen_at, session.c.data, sa.null(), _lacks(catalog, users)).where(
        session.c.id == sa.bindparam("hash"),
        session.c.expires_at > sa.bindparam("now"),
        session.c.user_id == users.c.id,
    )


def _of_token(catalog: Catalog) -> sa.Select[Any]:
    users = table_of(catalog, "user")
    in_time = factor.c.created_at <= token.c.created_at
    return _of(users, token.c.used_at, sa.null(), token.c.scopes, _lacks(catalog, users, in_time)).where(
        token.c.hash == sa.bindparam("hash"), token.c.user_id == users.c.id, token.c.revoked_at.is_(None),
        sa.or_(token.c.expires_at.is_(None), token.c.expires_at > sa.bindparam("now")),
    )  # fmt: skip


# -- the user: one row, or none
def _person(users: sa.Table) -> sa.Select[Any]:
    columns = [users.c[n] for n in ("id", "name", "roles", "department", "is_lead", "language", "time_zone")]
    return sa.select(*columns).where(users.c.deleted_at.is_(None), users.c.status == "active")


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
        _row(PERSON, person, person.c.id, person.c.name, person.c.roles, person.c.language, person.c.time_zone),
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
    names = ("text", "roles", "language", "zone")
    filled = [*values, *[None] * (len(names) - len(values))]
    columns = [(sa.null() if c is None else c).label(n) for c, n in zip(filled, names, strict=True)]
    return sa.select(sa.literal(kind).label("kind"), id.label("id"), *columns).select_from(source)


__all__ = ["Holder", "absent_holder", "session_holder", "token_holder", "user_holder"]
