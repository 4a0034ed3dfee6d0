"""Undo: what somebody did in one transaction can be taken back by him for a short time, as a whole, and this in turn again.

An act is known by an id. It is refused as a whole where somebody changed the same values since, naming them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from msgspec import Struct

from ..errors import Conflict, NotFound, XrmError
from ..language import _, ngettext
from ..metamodel.text import say
from ..metamodel.values import Record
from ..storage import history, query
from ..storage import undo as store
from ..storage.history import Past
from ..storage.ids import new_id
from ..storage.undo import Act
from . import apart
from .permits import hidden, sees
from .reversing import DOOR, Step, may_reverse, ordered, reverse, shut, steps_of
from .work import Work
from .writer import label_of, writer_of

KEPT = timedelta(minutes=10)
"""How long an act can be taken back. Pages offer it for ten seconds, and as long as one looks at the offer."""
MOST = 5_000
"""Entries of the history that an act may have to be taken back in one go; what is larger is a job with an undo of its own."""
LOOKED_AT = 100
"""Later entries of a record that are looked through for who changed it."""
NAMED = 3
"""Records that a refusal names."""
BY_PEOPLE = frozenset({"web", "api", "cli", "import", DOOR})
"""Doors behind which a person stands. What hooks and jobs bring up to date by themselves stands against nothing."""
LATEST = 5
"""Acts that are looked through for the last one that can be taken back."""
ACT = "undoing"
"""Key of the facts of a piece of work: the act that it is, and the one that it takes back."""


@dataclass(frozen=True, slots=True)
class Offer:
    """An act that can be taken back. `again`: it is itself an undo, and taking it back does again what was undone."""

    id: str
    again: bool = False


class Undone(Struct, frozen=True):
    """What was taken back: how many records, whether that did again what had been undone, and what is gone by it (entity, id)."""

    records: int
    again: bool
    gone: frozenset[tuple[str, str]] = frozenset()


def offer(work: Work) -> Offer | None:
    """Keep what this piece of work wrote as an act of its actor. None where nothing was written, where nobody could take it
    back, or where he may not: then nothing is offered."""
    if work.actor.id is None or len(work.told) > MOST:
        return None
    if not work.told:
        return _offer_marks(work)
    entries = history.many(work.tx, work.catalog, work.told)
    steps = steps_of(entries)
    id, undoes = work.facts.get(ACT) or (new_id(), None)
    if not undoes and (not any(step.kind for step in steps.values()) or _never(work, entries)):
        return None
    store.put(work.tx, id, work.actor, work.now, [entry.id for entry in entries], undoes)
    return Offer(id, len(_line(work, undoes)) % 2 == 1) if may_reverse(work, steps) else None


def last(work: Work) -> tuple[Offer, str] | None:
    """What the actor did last and can still take back, and a sentence that says what it was. None where there is no such thing."""
    if work.actor.id is None:
        return None
    for act in store.newest(work.tx, work.actor, work.now - KEPT, LATEST):
        again = len(_line(work, act.undoes)) % 2 == 1
        if any(apart.is_mark(entry) for entry in act.entries):
            return Offer(act.id, again), _("You said of two records whether they are the same.")
        entries = history.many(work.tx, work.catalog, act.entries)
        steps = steps_of(entries)
        if entries and not shut(work, entries) and may_reverse(work, steps):
            return Offer(act.id, again), _did(work, steps, again)
    return None


def _did(work: Work, steps: dict[tuple[str, str], Step], again: bool) -> str:
    """A sentence on an act: what was done to which record, and to how many others."""
    own = [s for s in steps.values() if s.kind and s.parent not in steps and not s.ours] or list(steps.values())
    step = own[0]
    title = _title(work, step, query.get(work.tx, work.catalog, step.entity, step.id, deleted=True))
    if again:
        said = _("You took back what you did to {title}.", title=title)
    elif step.kind == "bring":
        said = _("You moved {title} to the bin.", title=title)
    elif step.kind == "remove":
        said = _("You made {title}, or brought it back.", title=title)
    else:
        said = _("You changed {title}.", title=title)
    rest = len(own) - 1
    return said + (" " + ngettext("And {n} more.", "And {n} more.", rest) if rest else "")


def _offer_marks(work: Work) -> Offer | None:
    """The same of pairs told apart, where nothing else was done: no entry of the history tells of them."""
    marks = apart.marks(work)
    if not marks:
        return None
    id, undoes = work.facts.get(ACT) or (new_id(), None)
    store.put(work.tx, id, work.actor, work.now, marks, undoes)
    return Offer(id, len(_line(work, undoes)) % 2 == 1)


def _line(work: Work, undoes: str | None) -> list[Act]:
    """The acts that an undo goes back to: what it took back, what that took back in its turn, down to what was done first."""
    found: list[Act] = []
    while undoes is not None and (act := store.find(work.tx, undoes)) is not None:
        found.append(act)
        undoes = act.undoes
    return found


def _never(work: Work, entries: Sequence[Past]) -> str:
    """Why nobody can take this back; '' where one can."""
    if work.untold:
        return _("No history is kept of some of what was written.")
    return shut(work, entries)


def undo(work: Work, id: str) -> Undone:
    """Take an act of the actor back, in this transaction. Its own act is kept by `offer`.

    Raises NotFound (no such act, or another person's), Conflict with a problem for each record that stands against it
    (changed since, taken back already, too late, never possible), and what saving raises.
    """
    act = store.find(work.tx, id)
    if act is None or work.actor.id is None or (act.actor_id, act.actor_for) != (work.actor.id, work.actor.deputy_for):
        raise NotFound(_("there is nothing of yours to take back here"), code="not_found")
    if act.at < work.now - KEPT:
        minutes = int(KEPT.total_seconds() // 60)
        said = ngettext("this was done more than a minute ago", "this was done more than {n} minutes ago", minutes)
        raise Conflict(said, code="too_late", hint=_("the history of the record brings former values back"))
    if any(apart.is_mark(entry) for entry in act.entries):
        _take(work, id)
        return Undone(apart.reverse(work, act.entries), len(_line(work, act.undoes)) % 2 == 1)
    entries = history.many(work.tx, work.catalog, act.entries)
    closed = shut(work, entries)
    if closed or not entries:
        raise Conflict(closed or _("There is nothing left to take back."), code="not_reversible")
    _take(work, id)
    line = _line(work, act.undoes)
    steps = steps_of(entries)
    for before in line[-1:]:  # what was done first says which rights it takes
        for place, step in steps_of(history.many(work.tx, work.catalog, before.entries)).items():
            if place in steps:
                steps[place].verb = step.verb
    _refuse_changed(work, steps, frozenset(act.entries))
    again = len(line) % 2 == 1
    reverse(work, steps, again=again)
    gone = frozenset((s.entity, s.id) for s in steps.values() if s.kind == "remove")
    return Undone(sum(1 for s in steps.values() if s.kind and s.parent not in steps), again, gone)


def _take(work: Work, id: str) -> None:
    """Say that this work takes an act back. Raises Conflict where it was taken back before."""
    own = new_id()
    if not store.mark(work.tx, id, own):
        raise Conflict(_("this has been taken back already"), code="undone")
    work.facts[ACT] = own, id


def _refuse_changed(work: Work, steps: dict[tuple[str, str], Step], own: frozenset[str]) -> None:
    """Raise Conflict where values, or records, are no longer as the act left them, with a line for each of the first few."""
    against: list[str] = []
    for step in steps.values():
        if step.entity not in work.catalog.entities or not step.kind:
            continue
        record = query.get(work.tx, work.catalog, step.entity, step.id, deleted=True)
        said = _against(work, step, record, steps, own)
        if said:
            against.append(said)
    if against:
        rest = len(against) - NAMED
        more = " " + ngettext("And {n} more.", "And {n} more.", rest) if rest > 0 else ""
        raise Conflict(" ".join(against[:NAMED]) + more, code="changed_since")


def _against(
    work: Work, step: Step, record: Record | None, steps: dict[tuple[str, str], Step], own: frozenset[str]
) -> str:
    """What stands against the way back for one record, as a sentence; '' where nothing does."""
    title = _title(work, step, record)
    if record is None:
        return _("{title} was removed for good since.", title=title)
    gone = record.get("deleted_at") is not None
    if gone:
        return _("{title} was moved to the bin since.", title=title) if step.kind == "put" else ""
    if step.kind == "bring":
        return ""
    owner = writer_of(work.catalog, step.entity).owner
    later = [e for e in history.of(work.tx, work.catalog, step.entity, step.id, LOOKED_AT) if e.id > step.last and e.id not in own and e.door in BY_PEOPLE]  # fmt: skip
    if step.kind == "remove":
        touched = [e for e in later if e.entity != step.entity or any(not _is_kept(owner, c) for c in e.changes)]
        if touched:
            columns = [c for e in touched if e.entity == step.entity for c in e.changes]
            return _changed(work, step, title, touched, columns)
        return _referred_to(work, step, title, steps)
    places = ordered(work.entity(step.entity))
    lost = [
        column for column, (before, after) in step.changes.items()
        if column in owner and (column in places or not _is_kept(owner, column)) and record.get(column) not in (before, after)
    ]  # fmt: skip
    return (
        _changed(work, step, title, [e for e in later if not e.changes.keys().isdisjoint(lost)], lost) if lost else ""
    )


def _is_kept(owner: Mapping[str, object], column: str) -> bool:
    """Is it a column that hooks keep up to date?"""
    return bool(getattr(owner.get(column), "read_only", False))


def _changed(work: Work, step: Step, title: str, later: Sequence[Past], columns: Sequence[str]) -> str:
    """The sentence for values that were changed since: which, as far as the actor knows of them, and by whom."""
    gone = hidden(work, step.entity)
    owner = writer_of(work.catalog, step.entity).owner
    fields = {
        owner[c].name: label_of(owner[c], work.language) for c in columns if c in owner and owner[c].name not in gone
    }
    names = ", ".join(fields.values()) or _("something that you do not see here")
    if not later:
        return _("{title}: {fields} changed since.", title=title, fields=names)
    if later[0].actor_id == work.actor.id:
        return _("{title}: you changed {fields} again since.", title=title, fields=names)
    return _("{title}: {person} changed {fields} since.", title=title, person=later[0].actor_name, fields=names)


def _referred_to(work: Work, step: Step, title: str, steps: dict[tuple[str, str], Step]) -> str:
    """The sentence for a new record that others point to by now; '' where only the act's own do."""
    for children in work.entity(step.entity).children.values():
        rows = query.referring(work.tx, work.catalog, children.entity, children.by, step.id)
        others = [row for row in rows if (children.entity, str(row["id"])) not in steps]
        if others:
            what = say(work.entity(children.entity).plural, work.language)
            known = all(sees(work, children.entity, row) for row in others)
            if known:
                return _("{title} is used by others by now: {records}.", title=title, records=what)
            return _("{title} is used by others by now.", title=title)
    return ""


def _title(work: Work, step: Step, record: Record | None) -> str:
    """What a record is called, where the actor may see that; else what kind it is of."""
    kind = say(work.entity(step.entity).label, work.language)
    if record is None or not work.access.opens(step.entity, "read"):
        return kind
    relation = work.relation(step.entity)
    try:
        found = query.get(
            work.tx, work.catalog, step.entity, step.id, ("display",), work.context(), deleted=True, relation=relation
        )
    except XrmError:
        return kind
    return str((found or {}).get("display") or kind)
