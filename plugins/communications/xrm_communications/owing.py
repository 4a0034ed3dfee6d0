"""Who owes whom an answer, and by when: pure rules, and the reading around them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from xrm_core.plugin import Actor, Reader, Record, working

DEFAULT_MINUTES = 960
"""Working minutes for an answer where no target is declared: two days of eight hours."""
TELLING, OVER, WHEN = {"direction": 1, "channel": 2, "topic": 4}, 8, 16
"""How much a target says: a relationship more than a topic, a topic more than a channel."""
OPPOSITE = {"in": "they", "out": "we"}
"""Whose debt a communication pays: what comes in answers for them, what goes out for us."""


def counts(communication: Record) -> bool:
    """Whether it has come about: recorded, or sent, with a party. A draft, a mail on its way and one that nobody knows count not."""
    return communication.get("party") is not None and communication.get("status") in ("done", "sent", "bounced")


def debtor_of(communication: Record, same_time: bool, is_own: bool) -> str | None:
    """Who owes an answer to a communication: `we`, `they` or nobody. What comes in is answered unless it is automatic, for
    information, from one of our own bodies, or was answered while it happened (a call, a meeting); what goes out is
    waited for where an answer is wanted. A wish that is stated goes before all of this."""
    wanted, direction = communication["answer_wanted"], communication["direction"]
    if wanted == "no" or communication["automatic"] or direction == "internal" or is_own:
        return None
    if direction == "out":
        return "they" if wanted == "yes" else None
    if wanted == "yes":
        return "we"
    return None if same_time or communication["topic"] == "no_answer" else "we"


def answered_by(actor: Actor, owner: str | None) -> str:
    """Whether the owner, a deputy of his or somebody else closed it."""
    if owner is not None and actor.deputy_for == owner:
        return "deputy"
    return "owner" if actor.acts_as == owner else "other"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a target is chosen by: values of the communication, and the relationships of its party by entity."""

    values: Mapping[str, Any]
    relationships: Mapping[str, Record]


def minutes_to_answer(asked: Asked, first: bool, reader: Reader) -> int:
    """Working minutes for an answer: of the declared targets that fit, the one that says most, then the first in order."""
    best, found = -1, DEFAULT_MINUTES
    for told in reader.codes("response_target").values():
        said = _says(told, asked, reader)
        minutes = told["first"] if first else told["next"] or told["first"]
        if said > best and minutes:
            best, found = said, minutes
    return found


def _says(told: Mapping[str, Any], asked: Asked, reader: Reader) -> int:
    """How much a target says of what is asked; -1 where it does not fit."""
    said = 0
    for name, telling in TELLING.items():
        if told[name] is not None:
            if told[name] != asked.values[name]:
                return -1
            said += telling
    if told["over"] is None:
        return said
    record = asked.relationships.get(told["over"])
    if record is None:
        return -1
    if told["when"] is None:
        return said + OVER
    return said + OVER + WHEN if reader.evaluate(told["over"], record, told["when"]) is True else -1


def asked_of(communication: Record, reader: Reader) -> Asked:
    """What a target is chosen by. A communication that names no relationship counts for all of its party."""
    entity, id = communication["relationship_entity"], communication["relationship"]
    if id is not None:
        record = reader.get(entity, id)
        return Asked(communication, {entity: record} if record else {})
    declared = {told["over"] for told in reader.codes("response_target").values() if told["over"]}
    kinds = [kind for kind in reader.targets("communication", "relationship") if kind in declared]
    found = {kind: _of_party(kind, communication["party"], reader) for kind in kinds}
    return Asked(communication, {kind: record for kind, record in found.items() if record is not None})


def _of_party(kind: str, party: str, reader: Reader) -> Record | None:
    return next(iter(reader.find(kind, "record.party == given.party", {"party": party}, limit=1)), None)


def calendar_for(department: str | None, reader: Reader) -> working.BusinessCalendar:
    """The calendar of a department, else the one for all, else Monday to Friday, nine to five in the organisation's zone."""
    rows = reader.find(
        "business_calendar", "record.department == given.one || record.department == null", {"one": department}
    )
    own = next((row for row in rows if department is not None and row["department"] == department), None)
    chosen = own or next((row for row in rows if row["department"] is None), None)
    if chosen is None:
        return working.BusinessCalendar(str(reader.settings.get("time_zone") or "UTC"))
    hours = reader.children("business_calendar", "hours", chosen["id"])
    days = reader.children("business_calendar", "days", chosen["id"])
    return working.calendar_of(chosen["time_zone"], hours, days, chosen["closed_on"] or ())


def pauses_of(rows: Sequence[Record]) -> list[tuple[datetime, datetime | None]]:
    """Begin and end of each pause; an open one has no end."""
    return [(row["begins_at"], row["ends_at"]) for row in rows if row["begins_at"]]


def due_by(
    opened: datetime,
    minutes: int,
    calendar: working.BusinessCalendar,
    pauses: Sequence[tuple[datetime, datetime | None]],
) -> datetime:
    """The moment by which an answer is due: so many working minutes after it was opened, pauses left out."""
    due = working.after(opened, timedelta(minutes=minutes), calendar)
    for begins, stops in _rounds(pauses):
        if stops is not None and begins < due:
            due = working.after(due, working.worked(max(begins, opened), max(stops, opened), calendar), calendar)
    return due


def _rounds(pauses: Sequence[tuple[datetime, datetime | None]]) -> Iterator[tuple[datetime, datetime | None]]:
    """Pauses in order; what overlaps counts once."""
    reached: datetime | None = None
    for begins, stops in sorted(pauses, key=lambda pause: pause[0]):
        start = max(begins, reached) if reached is not None else begins
        if stops is None or stops > start:
            yield start, stops
            reached = stops or start
