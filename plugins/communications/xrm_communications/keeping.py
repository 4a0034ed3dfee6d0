"""The life of an answer owed: opened by its communication, moved by pauses, closed and timed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from xrm_core.plugin import Actor, Change, Patch, Reader, working

from . import holidays, owing


def opened(change: Change, reader: Reader) -> dict[str, Any]:
    """What a new answer owed takes over from its communication, and by when it is due."""
    after = change.after
    source = reader.get("communication", after["communication"])
    if source is None:
        return {}
    found = {name: source[name] for name in ("owner", "department", "topic", "party") if after[name] is None}
    since = after["opened_at"] or source["at"]
    earlier = reader.find(
        "obligation", "record.communication.thread == given.thread", {"thread": source["thread"]}, limit=1
    )
    found |= {"opened_at": since, "first": not earlier}
    if after["due_at"] is None:
        calendar = owing.calendar_for(found.get("department", after["department"]), reader)
        minutes = owing.minutes_to_answer(owing.asked_of(source, reader), not earlier, reader)
        found["due_at"] = working.after(since, timedelta(minutes=minutes), calendar)
    return found


def closed(change: Change, actor: Actor, reader: Reader) -> dict[str, Any]:
    """When and by whom an answer owed was closed, and how much working time that took, pauses left out."""
    after = change.after
    answer = reader.get("communication", after["answer"]) if change.transition == "answer" and after["answer"] else None
    at = answer["at"] if answer else reader.now
    calendar = owing.calendar_for(after["department"], reader)
    rows = change.children.get("pauses", reader.children("obligation", "pauses", change.id))
    spent = working.without_pauses(after["opened_at"], at, calendar, owing.pauses_of(rows))
    found = {"closed_at": at, "closed_by": actor.id, "working_minutes": int(spent / working.MINUTE)}
    if answer is not None:
        by_owner = actor.is_system and answer["owner"] == after["owner"]
        found["answered_by"] = "owner" if by_owner else owing.answered_by(actor, after["owner"])
        found["closed_by"] = actor.id or answer["owner"]
    return found


def moved_by_pauses(change: Change, reader: Reader) -> dict[str, Any]:
    """The moment by which it is due after its pauses were changed."""
    after = change.after
    source = reader.get("communication", after["communication"])
    if source is None:
        return {}
    calendar = owing.calendar_for(after["department"], reader)
    minutes = owing.minutes_to_answer(owing.asked_of(source, reader), bool(after["first"]), reader)
    return {"due_at": owing.due_by(after["opened_at"], minutes, calendar, owing.pauses_of(change.children["pauses"]))}


def renew_holidays(reader: Reader, today: date) -> Sequence[Patch]:
    """Each day: calendars whose public holidays end within a year get those of the years after."""
    soon = f"{today.year + 1}-12-31"
    return [
        Patch("business_calendar", row["id"], {"closed_on": kept})
        for row in reader.find("business_calendar", "record.country != null", limit=1_000)
        if max(row["closed_on"] or [""]) <= soon
        if (kept := holidays.kept(row["country"], row["subdivision"], today)) != row["closed_on"]
    ]
