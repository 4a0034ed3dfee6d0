"""The log of access: who came in, what was refused, exported, opened or looked at. Rows are only added; the database itself
refuses to change one, and to remove any that the retention (`forget`, for the command line) does not name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from .ids import is_id, new_id
from .install import set_meta
from .search_text import fold
from .system import access_log as table
from .transaction import Transaction
from .values import utc_text

FORGETS = "access_log_forgets"
"""Name in `xrm_meta` of the moment before which rows may be removed; it stands there only while they are."""
SAID = "the access log is only added to"
SQLITE = (
    f"CREATE TRIGGER IF NOT EXISTS xrm_access_log_update BEFORE UPDATE ON xrm_access_log BEGIN SELECT RAISE(ABORT, '{SAID}'); END",
    "CREATE TRIGGER IF NOT EXISTS xrm_access_log_delete BEFORE DELETE ON xrm_access_log "
    f"WHEN coalesce(OLD.at >= (SELECT value FROM xrm_meta WHERE name = '{FORGETS}'), 1) BEGIN SELECT RAISE(ABORT, '{SAID}'); END",
)
MOST_NAMES = 1_000
"""Names that are meant by a part of one without its accents."""
POSTGRESQL = f"""
CREATE OR REPLACE FUNCTION xrm_access_log_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    IF OLD.at < (SELECT value::timestamptz FROM xrm_meta WHERE name = '{FORGETS}') THEN RETURN OLD; END IF;
  END IF;
  RAISE EXCEPTION '{SAID}' USING ERRCODE = 'restrict_violation';
END $$;
CREATE OR REPLACE TRIGGER xrm_access_log_row BEFORE UPDATE OR DELETE ON xrm_access_log
  FOR EACH ROW EXECUTE FUNCTION xrm_access_log_kept();
CREATE OR REPLACE TRIGGER xrm_access_log_all BEFORE TRUNCATE ON xrm_access_log
  FOR EACH STATEMENT EXECUTE FUNCTION xrm_access_log_kept();
"""


@dataclass(frozen=True, slots=True)
class Event:
    """One row. `kind`: sign_in, sign_in_failed, sign_out, refused, grant_changed, export, view_as, read, user_changed; `entity`
    and `record_id` name what it was about; `client` the address that it came from; `detail` holds JSON values."""

    at: datetime
    actor_id: str | None
    actor_name: str
    kind: str
    door: str
    deputy_for: str | None = None
    entity: str | None = None
    record_id: str | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)
    client: str = ""
    id: str = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rows are asked for; what is empty does not narrow. `who` is a part of a name, with or without its accents, or the id of
    a user (then also what was done in his place); `since` is inclusive, `until` is not."""

    who: str = ""
    kinds: tuple[str, ...] = ()
    entity: str = ""
    record_id: str = ""
    since: datetime | None = None
    until: datetime | None = None


def protect(tx: Transaction) -> None:
    """Make the triggers that keep rows as they were written."""
    for statement in SQLITE if tx.dialect == "sqlite" else (POSTGRESQL,):
        tx.ddl(statement)


def add(tx: Transaction, events: Sequence[Event]) -> None:
    """Add rows, in this transaction."""
    if events:
        tx.conn.execute(table.insert(), [_row(e, id) for e, id in zip(events, new_id.many(len(events)), strict=True)])


def _row(event: Event, id: str) -> dict[str, Any]:
    return {
        "id": id, "at": event.at, "actor_id": event.actor_id, "actor_name": event.actor_name, "deputy_for": event.deputy_for,
        "kind": event.kind, "entity": event.entity, "record_id": event.record_id if is_id(event.record_id or "") else None,
        "door": event.door, "detail": dict(event.detail), "client": event.client,
    }  # fmt: skip


def page(tx: Transaction, wanted: Wanted, limit: int = 50, before: str | None = None) -> list[Event]:
    """Rows that were asked for, the newest first; `before` is the id of the last one of the page before."""
    return _page(tx, _conditions(tx, wanted), limit, before)


def every(tx: Transaction, wanted: Wanted, step: int = 1_000) -> Iterator[Event]:
    """All rows that were asked for, the newest first, read page by page."""
    conditions, last = _conditions(tx, wanted), None
    while True:
        rows = _page(tx, conditions, step, last)
        yield from rows
        if len(rows) < step:
            return
        last = rows[-1].id


def _page(tx: Transaction, conditions: Sequence[sa.ColumnElement[bool]], limit: int, before: str | None) -> list[Event]:
    if before is not None:
        if not is_id(before):
            return []
        conditions = [*conditions, table.c.id < before]
    rows = tx.conn.execute(sa.select(table).where(*conditions).order_by(table.c.id.desc()).limit(limit))
    return [_event(row) for row in rows]


def _conditions(tx: Transaction, wanted: Wanted) -> list[sa.ColumnElement[bool]]:
    c = table.c
    found: list[sa.ColumnElement[bool]] = []
    if "\0" in wanted.who + wanted.entity:  # no text of the database holds it
        return [sa.false()]
    if is_id(wanted.who):
        found.append(sa.or_(c.actor_id == wanted.who, c.deputy_for == wanted.who))
    if wanted.kinds:
        found.append(c.kind.in_(wanted.kinds))
    if wanted.entity:
        found.append(c.entity == wanted.entity)
    if wanted.record_id:
        found.append(c.record_id == wanted.record_id if is_id(wanted.record_id) else sa.false())
    if wanted.since is not None:
        found.append(c.at >= wanted.since)
    if wanted.until is not None:
        found.append(c.at < wanted.until)
    if wanted.who and not is_id(wanted.who):
        found.append(_named(tx, wanted.who, found))
    return found


def _named(tx: Transaction, part: str, narrowed: Sequence[sa.ColumnElement[bool]]) -> sa.ColumnElement[bool]:
    """Who has this in his name, written with its accents or without; `narrowed` says which rows are asked for besides."""
    plain, name = fold(part), table.c.actor_name
    names = (str(n) for n in tx.conn.execute(sa.select(name).distinct().where(*narrowed).order_by(name)).scalars())
    alike = [n for n in names if plain in fold(n)]
    return sa.or_(name.icontains(part, autoescape=True), name.in_(alike[:MOST_NAMES]))


def _event(row: Any) -> Event:
    event = Event(
        at=row.at, actor_id=row.actor_id, actor_name=row.actor_name, kind=row.kind, door=row.door, deputy_for=row.deputy_for,
        entity=row.entity, record_id=row.record_id, detail=row.detail or {}, client=row.client,
    )  # fmt: skip
    return replace(event, id=row.id)


def forget(tx: Transaction, before: datetime) -> int:
    """Remove the rows from before a moment; how many they were. For retention alone."""
    set_meta(tx, FORGETS, utc_text(before) if tx.dialect == "sqlite" else before.isoformat())
    gone = tx.conn.execute(table.delete().where(table.c.at < before)).rowcount
    tx.do("DELETE FROM xrm_meta WHERE name = ?", (FORGETS,))
    return int(gone)
