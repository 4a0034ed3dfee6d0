"""The times of an invitation that repeats (RFC 5545, 3.8.5): by its rule, the days added and left out, and those moved by themselves.

Run in the child process that reads a message: works on the bytes of strangers, so whatever a rule says there is an end to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from xrm_core.plugin import repeats

AHEAD = timedelta(days=366)
"""How far ahead times are looked for."""
MOST = 200
"""Times of one invitation: the next ones."""


def times(event: Mapping[str, Any], now: datetime) -> tuple[list[str], bool]:
    """(the times of an event that repeats from now on as ISO texts, whether there are more than these). No times for one that does
    not repeat, or by a rule that cannot be followed. `event` is a component of the package `icalendar`."""
    begin, text = getattr(event.get("dtstart"), "dt", None), event.get("rrule")
    rule = None if text is None or isinstance(text, list) else repeats.rule_of(text.to_ical().decode())
    added = list(_days(event.get("rdate")))
    if begin is None or (rule is None and (text is not None or not added)):
        return [], False
    wall, zone = _wall(begin), getattr(begin, "tzinfo", None)
    today, horizon = _on_clock(now, zone), _on_clock(now + AHEAD, zone)
    every = {wall, *(_on_clock(at, zone) for at in added)}
    if rule is not None:
        end = rule.until.replace(tzinfo=UTC) if rule.until and rule.in_utc and zone is not None else None
        last = horizon if end is None or _wall(end) >= horizon else _wall(end) + timedelta(days=1)
        told = replace(rule, until=None) if end is not None else rule
        every |= {at for at in repeats.times(told, wall, last) if end is None or at.replace(tzinfo=zone) <= end}
    out = {_on_clock(at, zone) for at in _days(event.get("exdate"))}
    left = sorted(at for at in every - out if at >= today - timedelta(days=1))
    more = len(left) > MOST or bool(rule and rule.count is None and (rule.until is None or rule.until > horizon))
    return [at.replace(tzinfo=zone).isoformat() for at in left[:MOST]], more


def others(events: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The times of a meeting that are told by themselves in its file: which one, when it is now, and whether it is off."""
    found: list[dict[str, Any]] = []
    for event in events[:MOST]:
        which, at = (getattr(event.get(name), "dt", None) for name in ("recurrence-id", "dtstart"))
        if which is not None and at is not None:
            off = str(event.get("status", "")).upper() == "CANCELLED"
            found.append({"which": which.isoformat(), "at": at.isoformat(), "off": off})
    return found


def is_onward(event: Mapping[str, Any]) -> bool:
    """Whether what is told of one time holds for all after it too (RANGE=THISANDFUTURE)."""
    told = event.get("recurrence-id")
    return str(getattr(told, "params", {}).get("RANGE", "")).upper() == "THISANDFUTURE"


def _days(given: Any) -> Iterator[date]:
    """The dates that lines list; of a period its begin."""
    lines = given if isinstance(given, list) else [] if given is None else [given]
    for one in [day.dt for line in lines for day in line.dts][: 10 * MOST]:
        yield one[0] if isinstance(one, tuple) else one


def _wall(at: date) -> datetime:
    """The time on the wall clock."""
    return at.replace(tzinfo=None) if isinstance(at, datetime) else datetime(at.year, at.month, at.day)


def _on_clock(at: date, zone: Any) -> datetime:
    """A time on the wall clock of a zone; without one the clock that it was told by."""
    return _wall(at.astimezone(zone) if isinstance(at, datetime) and at.tzinfo is not None and zone is not None else at)
