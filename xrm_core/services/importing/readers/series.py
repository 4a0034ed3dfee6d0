"""The times of an event that repeats: by its rule, the dates that it adds and leaves out, and the times that were moved by themselves."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any

from ....language import _
from ....plugin import repeats
from .vcard import Line, plain, unfold
from .zones import Zones, zone_at

TEXTS = {"UID": "uid", "SUMMARY": "summary", "DESCRIPTION": "description", "LOCATION": "location", "URL": "url", "STATUS": "status",
         "RRULE": "repeats", "SEQUENCE": "sequence"}  # fmt: skip
AHEAD = timedelta(days=183)
MOST_TIMES = 400
"""Times of one event that are records: the latest."""
MOST_DATES = 2_000
"""Single dates that one event names or leaves out."""
STAMP = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)(?:T(\d\d):?(\d\d):?(\d\d)?(Z?))?")


@dataclass
class Event:
    """An event as its lines are read: its texts and people, the moments that it names, and the dates added or left out."""

    made: dict[str, Any] = field(
        default_factory=lambda: dict.fromkeys(TEXTS.values()) | {"people": [], "addresses": [], "categories": []}
    )
    moments: dict[str, Line] = field(default_factory=dict)
    dates: dict[str, list[Line]] = field(default_factory=lambda: {"EXDATE": [], "RDATE": []})


Moved = frozenset[tuple[str, str]]
"""Times of events that stand by themselves in the file: the event's UID, and which time it was."""


def told_of(text: str, horizon: datetime) -> list[str]:
    """What becomes of events that repeat, for whoever brings the file in."""
    lines = unfold(text) if re.search("RRULE", text, re.IGNORECASE) else iter(())
    rules = [repeats.rule_of(line.value) for line in _own_lines(lines) if line.name == "RRULE"]
    unread = rules.count(None)
    told = [
        _("Events that repeat: {n}. Each time until {day} is a record of its own, the latest {most} of each event.",
          n=len(rules) - unread, day=horizon.date().isoformat(), most=MOST_TIMES),
    ] if len(rules) > unread else []  # fmt: skip
    return told + (
        [_("Events that repeat by a rule that cannot be followed: {n}. The first time alone is taken.", n=unread)]
        if unread
        else []
    )


def _own_lines(lines: Iterator[Line]) -> Iterator[Line]:
    """The lines of events, their BEGIN and END with them, without what is within (an alarm)."""
    depth = 0
    for line in lines:
        kind = line.value.strip().upper()
        if line.name == "BEGIN":
            depth = 1 if kind == "VEVENT" and depth == 0 else depth + 1 if depth else 0
        if depth == 1 or (depth and line.name == "BEGIN" and kind == "VEVENT"):
            yield line
        if line.name == "END" and depth:
            depth -= 1


def moved_in(text: str, zones: Zones) -> Moved:
    """The times that stand by themselves."""
    found: set[tuple[str, str]] = set()
    uid, time = "", ""
    for line in _own_lines(unfold(text) if re.search("RECURRENCE-ID", text, re.IGNORECASE) else iter(())):
        if line.name == "BEGIN":
            uid = time = ""
        elif line.name == "UID":
            uid = plain(line.value)
        elif line.name == "RECURRENCE-ID":
            time = which(line, zones)
        elif line.name == "END" and time:
            found.add((uid, time))
    return frozenset(found)


def which(line: Line, zones: Zones) -> str:
    """Which time of an event a line names, the same however its zone is written."""
    at = moment(line, zones)
    return plain(line.value) if at is None else _stamp(at)


def _stamp(at: date) -> str:
    if not isinstance(at, datetime):
        return at.strftime("%Y%m%d")
    with suppress(OverflowError):  # the first hour of all years, in a zone that was ahead
        at = at.astimezone(UTC) if at.tzinfo is not None else at
    return f"{at:%Y%m%dT%H%M%S}{'Z' if at.tzinfo is not None else ''}"


def times_of(found: Event, zones: Zones, moved: Moved, horizon: datetime) -> Iterator[dict[str, Any]]:
    """A record for each time of an event: itself where it does not repeat, or is one time of another."""
    made, line = found.made, found.moments["DTSTART"]
    rule = repeats.rule_of(made["repeats"]) if made["repeats"] else None
    if made["repeats"] and rule is None:
        made["first_only"] = _("It repeats ({rule}); this is the first time.", rule=made["repeats"][:200])
    if made["recurrence"] or not (rule or found.dates["RDATE"]):
        yield made
        return
    begin = moment(line, zones)
    assert begin is not None  # it was read before
    wall = _wall(begin)
    left_out = {_stamp(at) for at in _dates(found.dates["EXDATE"], zones)}
    every = {wall, *(_on_the_clock_of(begin, at) for at in _dates(found.dates["RDATE"], zones))}
    every |= set(_repeated(rule, begin, line, zones, horizon)) if rule else set()
    for at in sorted(every)[-MOST_TIMES:]:
        when = _at(at, begin, line, zones)
        stamp = _stamp(when)
        if stamp not in left_out and (made["uid"] or "", stamp) not in moved:
            yield {**made, "begin": written(when), "recurrence": None if at == wall else stamp}


def _is_aware(at: date) -> bool:
    return isinstance(at, datetime) and at.tzinfo is not None


def _wall(at: date) -> datetime:
    """The time on the wall clock."""
    return at.replace(tzinfo=None) if isinstance(at, datetime) else datetime(at.year, at.month, at.day)


def _on_the_clock_of(begin: date, at: date) -> datetime:
    """A further time on the wall clock of the event's begin."""
    if isinstance(at, datetime) and isinstance(begin, datetime) and at.tzinfo and begin.tzinfo:
        at = at.astimezone(begin.tzinfo)
    return _wall(at)


def _at(wall: datetime, begin: date, line: Line, zones: Zones) -> date:
    """A time on the wall clock as the begin of the event is: a day, or a moment in its zone, which is told anew for each day."""
    if not isinstance(begin, datetime):
        return wall.date()
    if begin.tzinfo is None or begin.tzinfo is UTC:
        return wall.replace(tzinfo=begin.tzinfo)
    return wall.replace(tzinfo=zone_at(line.params.get("TZID", [""])[0], wall, zones))


def _repeated(rule: repeats.Rule, begin: date, line: Line, zones: Zones, horizon: datetime) -> Iterator[datetime]:
    """The times of a rule; its end in UTC is held against each time in its zone."""
    end = rule.until.replace(tzinfo=UTC) if rule.until and rule.in_utc and _is_aware(begin) else None
    if end is not None and rule.until is not None:
        rule = replace(rule, until=min(rule.until, horizon) + timedelta(days=1))
    for at in repeats.times(rule, _wall(begin), horizon):
        when = _at(at, begin, line, zones)
        if end is None or (isinstance(when, datetime) and when <= end):
            yield at


def _dates(lines: Iterable[Line], zones: Zones) -> Iterator[date]:
    """The dates that lines list; of a period its begin."""
    texts = ((line, one) for line in lines for one in line.value.split(","))
    for line, text in islice(texts, MOST_DATES):
        found = moment(Line(line.number, "", line.name, line.params, text.partition("/")[0]), zones)
        if found is not None and 1 < found.year < 9999:
            yield found


def written(at: date) -> str:
    """A begin as it stands in the record."""
    return (at if isinstance(at, datetime) else datetime(at.year, at.month, at.day)).isoformat()


def moment(line: Line, zones: Zones) -> date | None:
    """A day, or a moment in its zone; without a zone where none is known: then it is the organisation's."""
    found = STAMP.fullmatch(line.value.strip().upper())
    if found is None:
        return None
    try:
        day = date(int(found[1]), int(found[2]), int(found[3]))
        if found[4] is None:
            return day
        at = datetime(day.year, day.month, day.day, int(found[4]), int(found[5]), int(found[6] or 0))
        return at.replace(tzinfo=UTC if found[7] else zone_at(line.params.get("TZID", [""])[0], at, zones))
    except ValueError:
        return None
