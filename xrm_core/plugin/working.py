"""The clock of working time: how much of it lies between two moments, and the moment after so much of it.

Plugins share it: answers owed (communications) and decisions (requests) run by it.

Opening hours are wall-clock times of a calendar's own zone, half open: at 17:00 sharp an office that closes at 17:00 is closed. A moment counts by
the wall clock it shows there. Where daylight saving doubles an hour, its first pass counts and the clock stands still in the second; where it skips
one, the skipped hour counts at once. So working time is additive, never negative, and each day has the hours that its door says.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

Span = tuple[int, int]
"""Minutes of a day from its midnight, half open: (540, 1020) is nine to five."""
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
WEEK = dict.fromkeys(range(1, 6), ((540, 1020),))
"""Monday to Friday, nine to five: what holds where nobody has said anything."""
HORIZON_DAYS = 3660
"""How far a moment is looked for before the calendar is said to be closed for good."""


class ClosedForGood(ValueError):
    """A calendar without opening hours in the next ten years."""


@dataclass(frozen=True, slots=True)
class BusinessCalendar:
    """When an office is open. `hours` by weekday (1 is Monday), `days` for single dates in their place (no spans: closed).
    Spans of a day are in order and do not overlap, see `joined`."""

    zone: str = "UTC"
    hours: Mapping[int, Sequence[Span]] = field(default_factory=lambda: WEEK)
    days: Mapping[date, Sequence[Span]] = field(default_factory=dict)

    def spans(self, day: date) -> Sequence[Span]:
        """The opening hours of a day."""
        return self.days[day] if day in self.days else self.hours.get(day.isoweekday(), ())

    def minutes(self, day: date) -> int:
        """How many minutes it is open on a day."""
        return sum(end - start for start, end in self.spans(day))


def joined(spans: Sequence[Span]) -> tuple[Span, ...]:
    """Spans in order, those that touch or overlap as one; empty and turned ones left out."""
    found: list[Span] = []
    for start, end in sorted(span for span in spans if span[0] < span[1]):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return tuple(found)


def minutes_of(text: str) -> int:
    """`08:30` as minutes since midnight; 24:00 ends a day. Raises ValueError."""
    hours, _, minutes = text.partition(":")
    if not (hours.isdecimal() and minutes.isdecimal() and len(minutes) == 2):
        raise ValueError(f"a time like 08:30 is expected, found {text!r}")
    found = int(hours) * 60 + int(minutes)
    if int(minutes) > 59 or found > 1440:
        raise ValueError(f"a time like 08:30 is expected, found {text!r}")
    return found


def worked(start: datetime, end: datetime, calendar: BusinessCalendar) -> timedelta:
    """Working time in [start, end); nothing where end is not after start. Both are aware."""
    if end <= start:
        return timedelta(0)
    first, last = wall(start, calendar.zone), wall(end, calendar.zone)
    total = timedelta(0)
    for opens, closes in _open(first.date(), last.date(), calendar):
        total += max(timedelta(0), min(closes, last) - max(opens, first))
    return total


def without_pauses(
    start: datetime, end: datetime, calendar: BusinessCalendar, pauses: Sequence[tuple[datetime, datetime | None]]
) -> timedelta:
    """Working time in [start, end) that lies in no pause; pauses may overlap, an open one lasts until `end`."""
    total = worked(start, end, calendar)
    reached = start
    for begins, stops in sorted((max(b, start), min(s or end, end)) for b, s in pauses):
        begins = max(begins, reached)
        if begins < stops:
            total -= worked(begins, stops, calendar)
            reached = stops
    return total


def after(start: datetime, working: timedelta, calendar: BusinessCalendar) -> datetime:
    """The first moment (UTC) at which so much working time has passed since `start`; outside hours it begins with the next
    opening. Raises ClosedForGood."""
    zone, here = ZoneInfo(calendar.zone), wall(start, calendar.zone)
    left = working
    for opens, closes in _open(here.date(), here.date() + timedelta(days=HORIZON_DAYS), calendar):
        opens = max(opens, here)
        if closes <= opens:
            continue
        if left <= closes - opens:
            return max(start.astimezone(UTC), (opens + left).replace(tzinfo=zone).astimezone(UTC))
        left -= closes - opens
    raise ClosedForGood(f"the calendar is closed from {here:%Y-%m-%d} on")


def wall(moment: datetime, zone: str) -> datetime:
    """What the clock on the wall shows, without a zone; in the second pass of a doubled hour, the end of that hour."""
    local = moment.astimezone(ZoneInfo(zone))
    shown = local.replace(tzinfo=None, fold=0)
    if not local.fold:
        return shown
    return max(shown, _end_of_fold(shown, zone))


@lru_cache(maxsize=256)
def _end_of_fold(shown: datetime, zone: str) -> datetime:
    """The wall-clock time at which a doubled hour is over: the first minute that is not shown twice."""
    info, at = ZoneInfo(zone), shown.replace(second=0, microsecond=0)
    while at.replace(tzinfo=info).utcoffset() != at.replace(tzinfo=info, fold=1).utcoffset():
        at += MINUTE
    return at


def _open(first: date, last: date, calendar: BusinessCalendar) -> Iterator[tuple[datetime, datetime]]:
    """Opening hours from one day to another, both included, as wall-clock times."""
    day = first
    while day <= last:
        midnight = datetime.combine(day, time())
        for start, end in calendar.spans(day):
            yield midnight + start * MINUTE, midnight + end * MINUTE
        day += DAY


def is_open(moment: datetime, calendar: BusinessCalendar) -> bool:
    """Whether the office is open at a moment."""
    shown = wall(moment, calendar.zone)
    spans = calendar.spans(shown.date())
    minute = (shown - datetime.combine(shown.date(), time())) / MINUTE
    at = bisect_right([start for start, _ in spans], minute) - 1
    return at >= 0 and minute < spans[at][1]


def calendar_of(
    zone: str,
    hours: Sequence[Mapping[str, object]] = (),
    days: Sequence[Mapping[str, object]] = (),
    closed_on: Sequence[str] = (),
) -> BusinessCalendar:
    """A calendar from records: rows of hours (weekday "1" to "7", opens, closes), of single days (on, opens, closes; without
    times it is closed), and dates that are closed. Without rows of hours it is Monday to Friday, nine to five. Raises ValueError."""
    by_weekday: dict[int, list[Span]] = {}
    for row in hours:
        by_weekday.setdefault(int(str(row["weekday"])), []).append(_span(row))
    single: dict[date, list[Span]] = {date.fromisoformat(day): [] for day in closed_on}
    own: dict[date, list[Span]] = {}
    for row in days:
        on = row["on"]
        if isinstance(on, date):
            own.setdefault(on, []).extend([_span(row)] if row["opens"] and row["closes"] else [])
    return BusinessCalendar(
        zone,
        {weekday: joined(spans) for weekday, spans in by_weekday.items()} or WEEK,
        {day: joined(spans) for day, spans in (single | own).items()},
    )


def _span(row: Mapping[str, object]) -> Span:
    return minutes_of(str(row["opens"])), minutes_of(str(row["closes"]))
