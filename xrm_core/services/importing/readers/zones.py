"""Time zones of calendar files (RFC 5545, 3.6.5): by a name that is known, else by the rules that the file itself brings."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

from .vcard import Line

OFFSET = re.compile(r"([+-])(\d\d)(\d\d)(?:\d\d)?")
BEGINS = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)\d\d)?")
WEEKLY = re.compile(r"([+-]?[1-5])?(MO|TU|WE|TH|FR|SA|SU)")
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


@dataclass(frozen=True, slots=True)
class Change:
    """A change of the clock: to which offset, first when, and where it comes again each year, in which month and on which of its weekdays
    (1 the first, -1 the last)."""

    offset: timedelta
    first: datetime
    month: int | None = None
    weekday: int = 0
    place: int = 1

    def last_before(self, at: datetime) -> datetime | None:
        """When the clock was changed so the last time before a moment of its own wall time."""
        if self.first > at:
            return None
        if self.month is None:
            return self.first
        found = (self._in(year) for year in (at.year, at.year - 1))
        return next((one for one in found if self.first <= one <= at), self.first)

    def _in(self, year: int) -> datetime:
        assert self.month is not None
        if self.place > 0:
            day = date(year, self.month, 1)
            day += timedelta(days=(self.weekday - day.weekday()) % 7 + 7 * (self.place - 1))
        else:
            day = date(year + self.month // 12, self.month % 12 + 1, 1) - timedelta(days=1)
            day -= timedelta(days=(day.weekday() - self.weekday) % 7 + 7 * (-self.place - 1))
        return datetime.combine(day, self.first.time())


Zones = Mapping[str, tuple[Change, ...]]
"""The zones that a file brings, by name."""


def zones_of(lines: Iterable[Line]) -> Zones:
    """The rules of a file's zones, as far as they can be read."""
    found: dict[str, tuple[Change, ...]] = {}
    name, changes, values = "", list[Change](), dict[str, str]()
    for line in lines:
        kind = line.value.strip().upper()
        if line.name == "BEGIN" and kind == "VTIMEZONE":
            name, changes = "", []
        elif line.name == "BEGIN" and kind in ("STANDARD", "DAYLIGHT"):
            values = {}
        elif line.name == "END" and kind in ("STANDARD", "DAYLIGHT"):
            changes += filter(None, [_change(values)])
        elif line.name == "END" and kind == "VTIMEZONE" and name:
            found[name] = tuple(changes)
        elif line.name == "TZID":
            name = line.value.strip().strip('"')
        else:
            values.setdefault(line.name, kind)
    return found


def _change(values: Mapping[str, str]) -> Change | None:
    """One change out of its lines; None where they cannot be read."""
    offset, begins = OFFSET.fullmatch(values.get("TZOFFSETTO", "")), BEGINS.fullmatch(values.get("DTSTART", ""))
    if offset is None or begins is None:
        return None
    span = timedelta(hours=int(offset[2]), minutes=int(offset[3])) * (-1 if offset[1] == "-" else 1)
    rule = dict(part.partition("=")[::2] for part in values.get("RRULE", "").split(";") if part)
    day, month = WEEKLY.fullmatch(rule.get("BYDAY", "")), rule.get("BYMONTH", "")
    try:
        year, of, on, hour, minute = (int(part or 0) for part in begins.groups())
        first = datetime(year, of, on, hour, minute)
    except ValueError:
        return None
    if rule.get("FREQ") != "YEARLY" or day is None or month not in [str(n) for n in range(1, 13)]:
        return Change(span, first)
    return Change(span, first, int(month), WEEKDAYS.index(day[2]), int(day[1] or 1))


def zone_at(name: str, at: datetime, zones: Zones) -> tzinfo | None:
    """The zone of a name at a moment of its wall time: of the IANA database, with what some programs write in front of it, as Windows calls
    it, or as the file says itself. None where nobody knows it."""
    from babel.core import get_global

    name = name.strip().strip('"')
    pieces = name.strip("/").split("/")
    windows = get_global("windows_zone_mapping").get(name, "")
    for known in (*("/".join(pieces[-count:]) for count in range(min(len(pieces), 3), 0, -1)), windows):
        try:
            if known:
                return ZoneInfo(known)
        except (ValueError, OSError, KeyError):
            continue
    passed = [(when, one.offset) for one in zones.get(name, ()) if (when := one.last_before(at)) is not None]
    span = max(passed)[1] if passed else next((one.offset for one in zones.get(name, ())), None)
    return timezone(span) if span is not None and abs(span) < timedelta(days=1) else None
