"""What is written into the log of access: sign-ins, refusals, exports, changes of users and rights, looks at data whose class
asks for it. What tells of a write goes in the same transaction; what tells of a question, and of a refusal, in one of its own."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from ..access.needs import class_of
from ..errors import NotFound, Refused, XrmError
from ..language import _
from ..metamodel.catalog import SYSTEM_COLUMNS, Catalog, Entity
from ..metamodel.values import Actor, Record
from ..storage import access_log as storage
from ..storage import query
from ..storage.access_log import Event, Wanted
from ..storage.ids import is_id
from ..storage.transaction import Transaction
from ..storage.values import decode, encode
from .work import Work

if TYPE_CHECKING:
    from .drafts import Draft
    from .runtime import Runtime

log = logging.getLogger("xrm.access")
KINDS = (
    "sign_in", "sign_in_failed", "sign_out", "refused", "grant_changed", "user_changed", "export", "view_as", "read",
    "log_shortened", "stands_in",
)  # fmt: skip
"""What the log tells of."""
READERS = frozenset({"admin", "auditor"})
"""Roles that read it."""
CLIENT = "client"
"""Name among the facts of a work: the address that the request came from."""
PEOPLE = {"user": "user_changed", "membership": "grant_changed", "deputy": "grant_changed"}
"""Entities whose changes are told, by the kind that they are told as."""
RIGHTS = frozenset({"roles", "department", "is_lead"})
"""Columns of a user that decide what he may do."""
FLOOD, WITHIN = 30, timedelta(minutes=1)
"""So many refusals of one actor are told in this time; the same one once."""
MANY = 100
"""How many records of a list are named."""
KEPT = 2000
"""Questions whose paths were looked through, at most."""
_READS, _SENDS = "access_log.reads", "access_log.sends"


def note(
    work: Work, kind: str, entity: str | None = None, record: str | None = None, detail: Mapping[str, Any] | None = None
) -> None:
    """Tell that the actor of this work did something: `kind` is one of KINDS, `entity` and `record` what it was about, `detail`
    JSON values. In this transaction where it writes; else in one of its own, at once, so that nothing goes out untold."""
    event = _event(work.actor, work.now, work.door, kind, entity, record, detail, str(work.facts.get(CLIENT, "")))
    if work.tx.writing:
        storage.add(work.tx, [event])
        return
    with work.tx.database.write() as tx:
        storage.add(tx, [event])


def _event(
    actor: Actor, now: datetime, door: str, kind: str, entity: str | None, record: str | None, detail: Mapping[str, Any] | None,
    client: str,
) -> Event:  # fmt: skip
    assert kind in KINDS, kind
    return Event(
        now, actor.id, actor.name, kind, door, actor.deputy_for, entity, record, dict(detail or {}), client[:64]
    )


def refused(
    runtime: Runtime, actor: Actor, door: str, fault: XrmError, *, entity: str | None = None, record: str | None = None,
    detail: Mapping[str, Any] | None = None, client: str = "",
) -> None:  # fmt: skip
    """Tell of a refusal, in a transaction of its own: what was forbidden, and questions for records that are not there for
    this actor. The same is done for a record that is closed and for one that does not exist, so that both take as long.
    Of a flood the first ones are told. Nobody who is not signed in is told of: his tries are the sign-in's."""
    closed = isinstance(fault, NotFound) and entity in runtime.catalog.entities
    if actor.kind == "anonymous" or actor.is_system or not (closed or isinstance(fault, Refused)):
        return
    told: dict[str, Any] = {"code": fault.code, "message": fault.in_log[:300], **(detail or {})}
    try:
        with runtime.database.write() as tx:
            if closed:
                known = record is not None and is_id(record)
                found = (
                    query.get(tx, runtime.catalog, str(entity), str(record), ("id",), deleted=True) if known else None
                )
                told["exists"] = found is not None
            _tell_refusal(tx, _event(actor, datetime.now(UTC), door, "refused", entity, record, told, client))
    except XrmError:  # the answer is a refusal all the same
        log.exception("a refusal could not be told in the log of access")


def _tell_refusal(tx: Transaction, event: Event) -> None:
    recent = storage.page(tx, Wanted(who=str(event.actor_id), kinds=("refused",), since=event.at - WITHIN), FLOOD)
    asked = (event.entity, event.record_id, event.detail["code"])
    if len(recent) == FLOOD or any((e.entity, e.record_id, e.detail.get("code")) == asked for e in recent):
        return
    if len(recent) == FLOOD - 1:
        event = replace(event, detail={**event.detail, "flood": "further refusals within this minute are not told"})
    storage.add(tx, [event])


def saved(work: Work, entity: str, drafts: Iterable[Draft]) -> None:
    """Tell of changes to users, to what they belong to and to who stands in for them; nothing for other entities."""
    kind = PEOPLE.get(entity)
    if kind is None or work.door == "sample":
        return
    for draft in drafts:
        changes = _changes(draft.before, draft.after, work.catalog.entities[entity])
        of_rights = kind == "user_changed" and RIGHTS & changes.keys()
        told = {"action": draft.action, "changes": changes}
        note(work, "grant_changed" if of_rights else kind, entity, draft.id, told)


def _changes(before: Record, after: Record, entity: Entity) -> dict[str, Any]:
    names = [c for c in entity.columns if c not in SYSTEM_COLUMNS and before.get(c) != after.get(c)]
    return dict(decode(encode({c: (before.get(c), after.get(c)) for c in names})))


def logged_columns(catalog: Catalog, entity: str) -> Mapping[str, str]:
    """Columns of an entity whose class asks for every read to be told -> the class."""

    def find() -> dict[str, str]:
        known, classes = catalog.entities[entity], catalog.needs.classes
        found: dict[str, str] = {}
        for field in known.fields.values():
            name = class_of(catalog, known, field)
            if name is not None and name in classes and classes[name].read_logged:
                found |= {column.name: name for column in field.columns}
        return found

    return catalog.derive(f"access_log.logged:{entity}", find)


def _is_any_logged(catalog: Catalog) -> bool:
    """Is there a class whose values are told of when they are shown?"""
    return catalog.derive("access_log.any", lambda: any(c.read_logged for c in catalog.needs.classes.values()))


def logged_paths(catalog: Catalog, entity: str, columns: Sequence[str]) -> Mapping[str, str]:
    """Those of some paths (`born_on`, `party.born_on`) that end in such a column -> its class."""
    if not _is_any_logged(catalog):
        return {}
    known: dict[tuple[str, ...], dict[str, str]] = catalog.derive("access_log.paths", dict)
    asked = (entity, *columns)
    found = known.get(asked)
    if found is None:
        if len(known) >= KEPT:
            known.clear()
        found = known[asked] = {path: c for path in columns if (c := _class_at(catalog, entity, path)) is not None}
    return found


def _class_at(catalog: Catalog, entity: str, path: str) -> str | None:
    """The class of what stands at the end of a path, if reads of it are told."""
    owner: str | None = entity
    *hops, name = path.split(".")
    for hop in hops:
        field = catalog.entities[owner].fields.get(hop) if owner is not None and owner in catalog.entities else None
        targets = field.columns[0].kind.entities if field is not None and field.columns else ()
        owner = targets[0] if targets else None
    return logged_columns(catalog, owner).get(name) if owner is not None and owner in catalog.entities else None


def shown(work: Work, entity: str, rows: Sequence[Record], columns: Sequence[str] = ()) -> None:
    """Tell that records were shown, where they hold values of a class that asks for it: one row for each question, with the
    fields and the records. Rows of the question's columns (none named: those of the records)."""
    if work.actor.is_system or not rows or work.door in ("import", "sample", "job") or _SENDS in work.facts:
        return
    paths = logged_paths(work.catalog, entity, columns) if columns else logged_columns(work.catalog, entity)
    seen = sorted({p for p in paths if any(row.get(p) not in (None, "", [], ()) for row in rows)})
    if not seen:
        return
    ids = list(dict.fromkeys(str(row["id"]) for row in rows if row.get("id")))
    record = ids[0] if len(rows) == 1 and ids else None
    told = {"fields": seen, "classes": sorted({paths[p] for p in seen}), "records": len(rows)}
    _later(work, entity, record, told if record or not ids else {**told, "ids": ids[:MANY]})


def _later(work: Work, entity: str, record: str | None, told: dict[str, Any]) -> None:
    """Keep it until the transaction of the question ends; the same is told once."""
    kept: dict[Any, Event] = work.facts.setdefault(_READS, {})
    if not kept:
        work.tx.after_commit(lambda: _tell(work, kept))
    key = (entity, record, tuple(told["fields"]), tuple(told.get("ids", ())))
    kept[key] = _event(work.actor, work.now, work.door, "read", entity, record, told, str(work.facts.get(CLIENT, "")))


def _tell(work: Work, kept: dict[Any, Event]) -> None:
    if kept:
        with work.tx.database.write() as tx:
            storage.add(tx, list(kept.values()))
        kept.clear()


def exported(
    work: Work, entity: str, columns: Sequence[str], kind: str, detail: Mapping[str, Any] | None = None
) -> None:
    """Tell that records are about to go out as a file, with the columns of logged classes named; before the first row does."""
    if work.actor.is_system and work.door != "cli":
        return
    work.facts[_SENDS] = True  # its pages are no looks of their own
    work.facts.setdefault(_READS, {}).clear()
    logged = logged_paths(work.catalog, entity, columns)
    told: dict[str, Any] = {"format": kind, "columns": list(columns), **(detail or {})}
    note(work, "export", entity, None, {**told, "logged": sorted(logged)} if logged else told)


def require_reader(actor: Actor) -> None:
    """Raise Refused where an actor may not read the log: auditors and administrators may, with all of their rights."""
    if actor.is_system or (READERS & actor.roles and actor.scopes is None):
        return
    raise Refused(_("the log of access is for auditors"), code="refused")


def read(work: Work, wanted: Wanted, limit: int = 50, before: str | None = None) -> list[Event]:
    """A page of the log, the newest first. Raises Refused."""
    require_reader(work.actor)
    return storage.page(work.tx, wanted, limit, before)


def forget(work: Work, before: datetime) -> int:
    """Remove what is older than a moment, and tell that it was; for the command line."""
    if not work.actor.is_system:
        raise Refused(_("only the command line shortens the log of access"), code="refused")
    gone = storage.forget(work.tx, before)
    note(work, "log_shortened", detail={"before": before.isoformat(), "rows": gone})
    return gone


def event_json(event: Event) -> dict[str, Any]:
    """A row for programs."""
    return {**asdict(event), "at": event.at.isoformat().replace("+00:00", "Z")}


def summary(event: Event) -> str:
    """What a row's detail says, on one line."""
    told = dict(event.detail)
    if event.kind == "read":
        return f"{', '.join(told.get('fields', ()))} of {told.get('records', 1)} record(s)"
    if event.kind == "refused":
        return str(told.get("message", ""))
    if event.kind in ("user_changed", "grant_changed") and "changes" in told:
        pairs = (f"{name}: {_short(was)} -> {_short(now)}" for name, (was, now) in told["changes"].items())
        return f"{told.get('action', '')} {'; '.join(pairs)}".strip()
    return "; ".join(f"{name}: {_short(value)}" for name, value in told.items())


def _short(value: Any) -> str:
    text = ", ".join(map(str, value)) if isinstance(value, list) else "nothing" if value is None else str(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
