"""Finite capacity: what a person can take on, by day and week, and where planned effort finds its place.

Of a working day four fifths may be planned; the rest is for what nobody foresees. Minutes are counted in quarters of an hour.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import count
from typing import Any

from xrm_core.plugin import FurtherChange, NewRecord, Patch, Reader, Record, working

from . import clocks
from .people import MOST, department_of

PLANNABLE_PERCENT, QUARTER = 80, 15
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
LONGEST_DAY = 1440
FURTHEST = 400
"""Days ahead that capacity is looked at, whatever day somebody names."""
Placed = tuple[date, int]


@dataclass(frozen=True, slots=True)
class Day:
    """One day of a person, in minutes. `working` is 0 on a holiday or while absent; `free` is never below 0."""

    on: date
    working: int
    reserved: int = 0
    planned: int = 0
    absent: bool = False

    @property
    def plannable(self) -> int:
        """What may be planned: four fifths of what is not reserved, in whole quarters of an hour."""
        return max(0, self.working - self.reserved) * PLANNABLE_PERCENT // 100 // QUARTER * QUARTER

    @property
    def free(self) -> int:
        """What may still be planned."""
        return max(0, self.plannable - self.planned) // QUARTER * QUARTER


@dataclass(frozen=True, slots=True)
class Week:
    """Seven days of a person from a Monday on."""

    monday: date
    days: tuple[Day, ...]

    @property
    def working(self) -> int:
        """Working minutes."""
        return sum(day.working for day in self.days)

    @property
    def plannable(self) -> int:
        """Minutes that may be planned."""
        return sum(day.plannable for day in self.days)

    @property
    def planned(self) -> int:
        """Minutes that are planned."""
        return sum(day.planned for day in self.days)

    @property
    def free(self) -> int:
        """Minutes that may still be planned."""
        return sum(day.free for day in self.days)

    @property
    def load(self) -> int:
        """Planned of plannable, in percent; 100 where nothing may be planned."""
        return round(100 * self.planned / self.plannable) if self.plannable else 100


def monday_of(day: date) -> date:
    """The Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def near(day: date) -> date:
    """The last day that is looked at from a day on."""
    return day + timedelta(days=min(FURTHEST, (date.max - day).days))


def days(user: str, first: date, last: date, reader: Reader, without: Iterable[str] = ()) -> list[Day]:
    """The days of a person from one to another, both included, `FURTHEST` at most; what is planned for the requests `without` does
    not count."""
    last = min(last, near(first))
    given = {"user": user, "first": first, "last": last}
    times = reader.find("working_time", "record.user == given.user", {"user": user}, limit=MOST)
    away = reader.find(
        "absence",
        "record.user == given.user && record.to_on >= given.first && record.from_on <= given.last",
        given,
        limit=MOST,
    )
    slots = reader.find(
        "slot", "record.user == given.user && record.on >= given.first && record.on <= given.last && record.kind != 'released'", given, limit=MOST
    )  # fmt: skip
    calendar, left = clocks.calendar_for(department_of(user, reader), reader), set(without)
    made = []
    for n in range((last - first).days + 1):
        day = first + timedelta(days=n)
        here = [slot for slot in slots if slot["on"] == day]
        absent = any(one["from_on"] <= day <= one["to_on"] for one in away) or any(s["kind"] == "absence" for s in here)
        made.append(
            Day(
                day,
                0 if absent else working_minutes(day, times, calendar),
                sum(s["minutes"] for s in here if s["kind"] == "reserved"),
                sum(s["minutes"] for s in here if s["kind"] == "work" and s["request"] not in left),
                absent,
            )
        )
    return made


def crowded(slot: Record, before: Record, reader: Reader) -> Day | None:
    """The day on which a piece of work finds no room, with what is planned there beside it; None where it finds some."""
    (day,) = days(slot["user"], slot["on"], slot["on"], reader)
    same = before and (before["user"], before["on"], before["kind"]) == (slot["user"], slot["on"], "work")
    rest = replace(day, planned=day.planned - before["minutes"]) if same else day
    return rest if slot["minutes"] > rest.free else None


def week(user: str, monday: date, reader: Reader) -> Week:
    """A week of a person."""
    return Week(monday, tuple(days(user, monday, monday + timedelta(days=6), reader)))


def working_minutes(day: date, times: Sequence[Record], calendar: working.BusinessCalendar) -> int:
    """Minutes that somebody works on a day: by his own working time, else by the calendar; none where the calendar is closed on that
    very day."""
    if day in calendar.days and not calendar.days[day]:
        return 0
    own = [t for t in times if t["from_on"] <= day and (t["to_on"] is None or t["to_on"] >= day)]
    if not own:
        return calendar.minutes(day)
    return int(max(own, key=lambda t: (t["from_on"], t["id"]))[WEEKDAYS[day.weekday()]])


def place(free: Iterable[Day], minutes: int) -> tuple[list[Placed], int]:
    """Effort on days from the earliest free one on: what goes where, and what finds no place."""
    found: list[Placed] = []
    for day in free:
        taken = min(day.free, minutes)
        if taken > 0:
            found.append((day.on, taken))
            minutes -= taken
    return found, max(0, minutes)


def forced(placed: Sequence[Placed], left: int, first: date, last: date) -> list[Placed]:
    """The same with the rest beyond capacity: on the last day of the time, then on those before it, then on those after."""
    made = dict(placed)
    for day in _backwards(first, last):
        if left <= 0:
            break
        taken = max(0, min(left, LONGEST_DAY - made.get(day, 0)))
        made[day] = made.get(day, 0) + taken
        left -= taken
    return sorted((on, minutes) for on, minutes in made.items() if minutes)


def _backwards(first: date, last: date) -> Iterator[date]:
    yield from (last - timedelta(days=n) for n in range((last - first).days + 1))
    yield from (last + timedelta(days=n) for n in count(1))


def slots_of(request: str, reader: Reader) -> list[Record]:
    """The slots of a request that are not done, in their order."""
    rows = [s for s in reader.children("request", "slots", request) if not s["done"] and s["deleted_at"] is None]
    return sorted(rows, key=lambda s: (s["on"], s["id"]))


def replanned(request: str, user: str, placed: Sequence[Placed], reader: Reader) -> list[FurtherChange]:
    """The changes that put a request's slots where they are wanted: those there are move, those too many are released."""
    there, changes = slots_of(request, reader), list[FurtherChange]()
    for n, (on, minutes) in enumerate(placed):
        values: Mapping[str, Any] = {"user": user, "on": on, "minutes": minutes, "kind": "work"}
        if n < len(there):
            changes.append(Patch("slot", there[n]["id"], values))
        else:
            changes.append(NewRecord("slot", {**values, "request": request}))
    changes += [
        Patch("slot", s["id"], {"minutes": 0, "kind": "released"})
        for s in there[len(placed) :]
        if s["kind"] != "released"
    ]
    return changes


def closed(request: str, today: date, reader: Reader, minutes: int | None = None) -> list[FurtherChange]:
    """The changes for slots of work that has ended: those up to today are done, the others released. With `minutes` the time is what
    is said, counted today."""
    there = slots_of(request, reader)
    if minutes is not None:
        spent = sum(s["minutes"] for s in reader.children("request", "slots", request) if s["done"])
        user = next((s["user"] for s in there), None)
        changes = replanned(request, user or "", (), reader)
        rest = max(0, minutes - spent)
        return changes + (
            [NewRecord("slot", _spent(request, user, today, min(rest, LONGEST_DAY)))] if rest and user else []
        )
    return [
        Patch("slot", s["id"], {"done": True} if s["on"] <= today else {"minutes": 0, "kind": "released"})
        for s in there
        if s["kind"] != "released"
    ]


def _spent(request: str, user: str | None, on: date, minutes: int) -> dict[str, Any]:
    return {"request": request, "user": user, "on": on, "minutes": minutes, "kind": "work", "done": True}
