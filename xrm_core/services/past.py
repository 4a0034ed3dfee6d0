"""History: what happened to a record, and bringing a former value back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ..access.access import Verdict
from ..errors import NotFound
from ..language import _
from ..metamodel.values import Record
from ..storage import history, query
from . import access_log
from .permits import hidden, missing, sees_all, verdict
from .records import stored_record, update_record
from .work import Work
from .writer import writer_of

ATTEMPTS = 20
"""How many pages of entries are gone through to fill one with what the actor may read."""


def history_of(work: Work, entity: str, id: str, limit: int = 50, before: str | None = None) -> Sequence[history.Past]:
    """Entries of a record and its child rows, newest first; `before` is the id of an entry to go on from. Of each the changes
    of fields that the actor reads on the record as it is now; entries in which nothing is left are not among them. Raises
    NotFound where he does not see the record."""
    work.access.require(entity, "history")
    if sees_all(work):
        return _told(work, entity, id, history.of(work.tx, work.catalog, entity, id, limit, before))
    record = stored_record(work, entity, id, deleted=True)
    if record is None or not verdict(work, entity, "history", record).allowed:
        raise missing(entity, id)
    told: list[history.Past] = []
    known: dict[tuple[str, str], Verdict] = {}
    for __ in range(ATTEMPTS):
        found = history.of(work.tx, work.catalog, entity, id, limit, before)
        _judge(work, found, known)
        told += [one for entry in found if (one := _seen(work, entry, known)) is not None]
        if len(told) >= limit or len(found) < limit:
            break
        before = found[-1].id
    return _told(work, entity, id, told[:limit])


def _told(work: Work, entity: str, id: str, entries: Sequence[history.Past]) -> Sequence[history.Past]:
    """The entries, of which the log of access tells where they hold values of a class that asks for it."""
    values: dict[str, Any] = {}
    for entry in entries:
        if (entry.entity, entry.record_id) == (entity, id):
            values |= {name: next((v for v in pair if v is not None), None) for name, pair in entry.changes.items()}
    access_log.shown(work, entity, [{**values, "id": id}])
    return entries


def _seen(work: Work, entry: history.Past, known: dict[tuple[str, str], Verdict]) -> history.Past | None:
    """An entry as the actor may read it; None where nothing of it is his to read."""
    found = known[entry.entity, entry.record_id]
    if not found.allowed:
        return None
    entity = work.entity(entry.entity)
    gone, owner = hidden(work, entry.entity), entity.field_of_column
    changes = {
        name: values for name, values in entry.changes.items()
        if name not in gone and found.opens(owner.get(name, name))
    }  # fmt: skip
    if entry.changes and not changes and entry.action == "update":
        return None
    moved = entity.lifecycle is not None and found.opens(entity.lifecycle.field)
    return replace(entry, changes=changes, transition=entry.transition if moved else None)


def _judge(work: Work, entries: Sequence[history.Past], known: dict[tuple[str, str], Verdict]) -> None:
    """Find out what of the entries' records the actor may read: one statement for each entity."""
    wanted: dict[str, set[str]] = {}
    for entry in entries:
        if (entry.entity, entry.record_id) not in known:
            wanted.setdefault(entry.entity, set()).add(entry.record_id)
    for entity, ids in wanted.items():
        there = entity in work.catalog.entities
        found = query.get_many(work.tx, work.catalog, entity, ids, deleted=True) if there else {}
        known.update({(entity, id): _verdict(work, entity, found.get(id)) for id in ids})


def _verdict(work: Work, entity: str, record: Record | None) -> Verdict:
    """What of an entry's record the actor may read: what he reads of the record now and what its history is open for."""
    if record is None:
        return Verdict(False, frozenset())
    read, told = verdict(work, entity, "read", record), verdict(work, entity, "history", record)
    if read.fields is None or told.fields is None:
        return Verdict(read.allowed and told.allowed, told.fields if read.fields is None else read.fields)
    return Verdict(read.allowed and told.allowed, read.fields & told.fields)


def restore_values(
    work: Work, entity: str, id: str, entry: str, columns: Sequence[str], version: int | None = None
) -> Record:
    """Set columns back to what they held before a history entry; the change is a new entry. Raises NotFound, VersionConflict,
    Refused."""
    work.access.require(entity, "history")
    past = history.one(work.tx, work.catalog, entry)
    if past is not None and (past.entity != entity or past.record_id != id):
        past = None
    if past is not None and not sees_all(work):
        known: dict[tuple[str, str], Verdict] = {}
        _judge(work, [past], known)
        past = _seen(work, past, known)
    if past is None:
        raise NotFound(_("there is no such entry in the history of this record"), code="not_found")
    writer = writer_of(work.catalog, entity)
    lost = [c for c in columns if c not in past.changes or c not in writer.owner]
    if lost:
        raise NotFound(_("that entry did not change {names}", names=", ".join(lost)), code="not_found")
    values: dict[str, Any] = {c: past.changes[c][0] for c in columns}
    return update_record(
        work, entity, id, values, version, reason=_("restored from {moment}", moment=f"{past.at:%Y-%m-%d %H:%M}")
    )
