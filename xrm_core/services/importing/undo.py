"""Taking an import back: what it wrote is found in the history, and undone from the last write to the first.

What somebody changed since is left as it is, and listed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ...errors import XrmError
from ...language import _
from ...metamodel.values import Actor
from ...storage import history, query
from ...storage import imports as store
from ...storage.history import Past
from ..deleting import delete_record
from ..drafts import Draft, claim
from ..guarding import check_before
from ..saving import save
from ..work import Work
from ..writer import writer_of
from .imports import _own, wrong_state
from .report import Tally

if TYPE_CHECKING:
    from ..runtime import Runtime


REASON = "import undone"
LOOKED_AT = 500


@dataclass
class Undone:
    """What an undo did: records moved to the bin, records whose former values are back, and what was left, with the reason.

    `moments` are those of the import's writes, `own` those of the undo's: what hooks changed then is no change by others."""

    moments: frozenset[datetime] = frozenset()
    own: set[datetime] = field(default_factory=set)
    binned: int = 0
    restored: int = 0
    left: list[tuple[str, str, str]] = field(default_factory=list)


def undo_import(runtime: Runtime, actor: Actor, id: str) -> Undone:
    """Take an import back, one transaction for each of its chunks, the last one first. It can be repeated after a stop.

    Raises NotFound, Conflict (it is running, or undone already).
    """
    with runtime.work(actor, "import", write=True) as work:
        found = _own(work, id)
        if found["state"] not in ("done", "failed", "cancelled", "undoing"):
            raise wrong_state(found["state"])
        store.update(work.tx, id, {"state": "undoing"})
    tally = Tally.from_json(found)
    told = Undone(frozenset(start for start, __ in tally.moments))
    while tally.moments:
        start, end = tally.moments[-1]
        with runtime.work(actor, "import", write=True) as work:
            entries = store.written_at(work.tx, work.catalog, start, "import", end)
            told.own.add(work.now)
            _take_back(work, entries, told)
            tally.moments.pop()
            store.update(work.tx, id, {"counts": tally.to_json()})
    with runtime.work(actor, "import", write=True) as work:
        notes = [
            {"text": _("left as it is: {reason}", reason=reason), "count": 1, "places": [f"{entity} {record}"]}
            for entity, record, reason in told.left
        ]
        store.update(work.tx, id, {"state": "undone", "problems": notes, "ended_at": work.now})
    return told


def _take_back(work: Work, entries: Sequence[Past], told: Undone) -> None:
    """Undo the writes of one chunk. Child rows go with their owner, which is asked first."""
    created = {(e.entity, e.record_id) for e in entries if e.action == "create"}
    last = {(e.entity, e.record_id): e.version for e in entries}
    first: dict[tuple[str, str], dict[str, tuple[Any, Any]]] = {}
    for entry in entries:
        changes = first.setdefault((entry.entity, entry.record_id), {})
        for name, (before, after) in entry.changes.items():
            changes[name] = (changes[name][0] if name in changes else before, after)
    parents = {(e.entity, e.record_id): (str(e.parent_entity), e.parent_id) for e in entries if e.parent_id is not None}
    for place in reversed(list(dict.fromkeys((e.entity, e.record_id) for e in entries))):
        if place[0] not in work.catalog.entities:
            continue
        if parents.get(place) in created:
            continue
        if place in created:
            _remove(work, place, last[place], told)
        else:
            _put_back(work, place, first[place], told)
    work.forget()


def _remove(work: Work, place: tuple[str, str], version: int, told: Undone) -> None:
    entity, id = place
    record = query.get(work.tx, work.catalog, entity, id)
    if record is None:
        return
    if record["version"] != version and _touched(work, entity, id, told.moments | told.own):
        told.left.append((entity, id, _("it was changed since")))
        return
    try:
        with work.tx.savepoint():
            delete_record(work, entity, id, reason=REASON)
        told.binned += 1
    except XrmError as fault:
        work.forget()
        told.left.append((entity, id, fault.message))


def _touched(work: Work, entity: str, id: str, moments: frozenset[datetime]) -> bool:
    """Did anything but this import and its undoing write the record or its child rows?"""
    entries = history.of(work.tx, work.catalog, entity, id, LOOKED_AT)
    return any(e.door != "import" or (e.at not in moments and e.reason != REASON) for e in entries)


def _put_back(work: Work, place: tuple[str, str], changes: Mapping[str, tuple[Any, Any]], told: Undone) -> None:
    """Former values, of the columns that still have what the import wrote."""
    entity, id = place
    record = query.get(work.tx, work.catalog, entity, id)
    if record is None:
        return
    owner = writer_of(work.catalog, entity).owner
    values = {
        n: before for n, (before, after) in changes.items() if n in owner and record.get(n) == after and before != after
    }
    kept = [
        n for n, (before, after) in changes.items() if n in owner and record.get(n) != after and record.get(n) != before
    ]
    if kept:
        told.left.append((entity, id, _("changed since: {fields}", fields=", ".join(kept))))
    if not values:
        return
    try:
        with work.tx.savepoint():
            draft = Draft("update", id, dict(record), {**record, **values}, frozenset(values), reason=REASON)
            claim(work, draft, "update", entity)
            draft.asked = frozenset(
                n for n in draft.asked if not owner[n].read_only
            )  # those go with what the rest restores
            check_before(work, writer_of(work.catalog, entity), [draft])
            save(work, entity, [draft])
        told.restored += 1
    except XrmError as fault:
        work.forget()
        told.left.append((entity, id, fault.message))
