"""What an act did to each record as a whole, and the way back: to the bin, out of it, to former values; each through the usual
path of saving, the last write first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from ..fields.sequence import SequenceOptions
from ..language import _
from ..metamodel.catalog import Entity
from ..metamodel.text import say
from ..metamodel.values import Record
from ..storage import query, records
from ..storage.history import Past
from .deleting import bin_records, bring_back
from .drafts import Draft, refuse
from .guarding import check_before
from .permits import REFUSED, is_free, is_guarded, require, told
from .saving import save
from .work import Work
from .writer import Writer, writer_of

DOOR = "undo"
"""The door of what takes an act back."""
ALIVE = {"create": (False, True), "delete": (True, False), "restore": (False, True), "update": (True, True)}
"""Whether a record was there before an entry, and after it."""


@dataclass(slots=True)
class Step:
    """What an act did to one record: `was` and `stays` say whether it was there before and after, `changes` the first and the
    last value of each column; `verb` is what the act took, and what the actor must still be allowed to do for the way back: a
    transition where there was one; `ours`: only the platform's own doing (hooks) wrote it."""

    entity: str
    id: str
    was: bool
    stays: bool
    changes: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    verb: str = "update"
    parent: tuple[str, str] | None = None
    ours: bool = True
    last: str = ""

    @property
    def kind(self) -> str:
        """The way back: `remove`, `bring`, `put`, or '' where there is nothing to do."""
        if self.was != self.stays:
            return "bring" if self.was else "remove"
        return "put" if self.was and self.changes else ""


def steps_of(entries: Sequence[Past]) -> dict[tuple[str, str], Step]:
    """What entries, in the order in which they were written, did to each record."""
    made: dict[tuple[str, str], Step] = {}
    for entry in entries:
        was, stays = ALIVE.get(entry.action, (True, False))
        place = entry.entity, entry.record_id
        step = made.setdefault(place, Step(*place, was, stays, verb=entry.action))
        step.stays, step.last = stays, entry.id
        step.ours &= entry.door == "hook"
        step.verb = entry.transition or step.verb
        if entry.parent_entity is not None and entry.parent_id is not None:
            step.parent = entry.parent_entity, entry.parent_id
        for column, (before, after) in entry.changes.items():
            step.changes[column] = (step.changes[column][0] if column in step.changes else before, after)
    for step in made.values():
        step.changes = {column: pair for column, pair in step.changes.items() if pair[0] != pair[1]}
    return made


def shut(work: Work, entries: Sequence[Past]) -> str:
    """Why entries of these kinds cannot be taken back by anybody, as a sentence; '' where they can."""
    for entry in entries:
        entity = work.catalog.entities.get(entry.entity)
        if entity is None:
            return _("The records of this kind are no longer part of the metadata.")
        what = say(entity.plural, work.language)
        if entry.action == "purge":
            return _("What was removed for good does not come back.")
        made_along = (
            entry.action == "create" and entry.door == "hook"
        )  # what the platform wrote with an act goes with it
        if entity.append_only and not made_along:
            return _("{records} stay as they were written. Add a new one that replaces it.", records=what)
        for column, (before, after) in entry.changes.items():
            options = getattr(entity.fields.get(column), "options", None)
            given = before is None and after is not None
            if given and isinstance(options, SequenceOptions) and options.gapless:
                return _("{records} are numbered without a gap, and this act gave a number.", records=what)
    return ""


def reverse(work: Work, steps: dict[tuple[str, str], Step], *, again: bool = False) -> None:
    """Go all ways back, the last one first; `again`: it is an undo that is taken back. Raises what saving raises."""
    door, work.door = work.door, DOOR
    try:
        held = _aside(work, steps)
        for step in reversed(steps.values()):
            if not step.kind or (step.kind == "remove" and step.parent in steps and not steps[step.parent].was):
                continue
            with _as_platform(work, step.ours):
                _reverse(work, step, again, held.get((step.entity, step.id), {}))
    finally:
        work.door = door


def ordered(entity: Entity) -> frozenset[str]:
    """Columns of numbers that no two records share: places in an order. A place that somebody else took since is not given back."""
    return frozenset(c for key in entity.keys for c in key.columns if entity.columns[c].kind.kind == "int")


def _aside(work: Work, steps: dict[tuple[str, str], Step]) -> dict[tuple[str, str], dict[str, Any]]:
    """Places that records exchanged among each other: they leave them first, for below zero, where no other stands. What each
    column held, by record."""
    held: dict[tuple[str, str], dict[str, Any]] = {}
    for name in dict.fromkeys(name for name, _id in steps if name in work.catalog.entities):
        for column in sorted(ordered(work.entity(name))):
            moved = {s.id: s.changes[column][1] for s in steps.values() if (s.entity, s.kind) == (name, "put") and column in s.changes}  # fmt: skip
            rows = query.get_many(work.tx, work.catalog, name, list(moved)) if len(moved) > 1 else {}
            there = {
                id: row[column] for id, row in rows.items() if row[column] is not None and row[column] == moved[id]
            }
            records.update_many(work.tx, work.catalog, name, [{"id": id, column: -n - 1} for id, n in there.items()])
            for id, n in there.items():
                held.setdefault((name, id), {})[column] = n
    return held


def _reverse(work: Work, step: Step, again: bool, held: Mapping[str, Any]) -> None:
    record = query.get(work.tx, work.catalog, step.entity, step.id, deleted=True)
    if record is None:
        return
    record = {**record, **held}
    gone = record.get("deleted_at") is not None
    if step.kind == "remove" and not gone:
        _ask(work, step, record)
        bin_records(work, step.entity, [record])
    elif step.kind == "bring" and gone:
        _ask(work, step, record)
        bring_back(work, step.entity, record)
        record = query.get(work.tx, work.catalog, step.entity, step.id)
    if step.kind != "remove" and record is not None and step.changes:
        _put(work, step, record, again)


def _ask(work: Work, step: Step, record: Record) -> None:
    if is_guarded(work):
        require(work, step.entity, step.verb, record)


def _put(work: Work, step: Step, record: Record, again: bool) -> None:
    """Former values of what still has those of the act."""
    writer = writer_of(work.catalog, step.entity)
    values = {
        column: before for column, (before, after) in step.changes.items()
        if column in writer.owner and record.get(column) == after
    }  # fmt: skip
    if not values:
        return
    draft = Draft("update", step.id, dict(record), {**record, **values}, frozenset(values))
    if is_guarded(work) and step.kind == "put":
        draft.verb = step.verb
        draft.asked = frozenset(values) - _by_itself(writer, step)
        moved = step.verb != "update"
        if again or not moved:
            check_before(work, writer, [draft])
        if any(problem.code == REFUSED for problem in draft.problems):
            raise refuse(told(work, step.entity, draft.problems), step.entity)
        if again and moved:
            draft.verb = None  # a transition is asked for on the record as it was before it, as when it was made
    save(work, step.entity, [draft])
    work.forget()


def _by_itself(writer: Writer, step: Step) -> set[str]:
    """Columns that nobody asks for by name: what is read only, and what goes with a transition."""
    own = {name for name, field in writer.owner.items() if field.read_only or field.type.name == "sequence"}
    lifecycle = writer.entity.lifecycle
    way = lifecycle.transitions.get(step.verb) if lifecycle is not None else None
    if lifecycle is None or way is None:
        return own
    names = {lifecycle.field, *way.set, *way.require}
    return own | {column for column, field in writer.owner.items() if field.name in names or column in names}


def may_reverse(work: Work, steps: dict[tuple[str, str], Step]) -> bool:
    """Are the verbs that the way back takes open to the actor at all? Which records they are open on is asked on the way."""
    if is_free(work):
        return True
    return all(
        step.ours or not step.kind or work.access.opens(step.entity, step.verb)
        for step in steps.values()
        if step.parent is None or step.parent not in steps
    )


@contextmanager
def _as_platform(work: Work, ours: bool) -> Iterator[None]:
    """Where only hooks wrote, the way back is the platform's own doing too: nobody's rights are asked."""
    work.depth += ours
    try:
        yield
    finally:
        work.depth -= ours
