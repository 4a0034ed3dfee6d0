"""When an event comes again (RFC 5545, 3.3.10): days, weeks, months and years, with the parts of a rule that calendars of people use.

Every rule ends: nothing is looked for before its begin or after the horizon, whatever it says. What is not known is told, not guessed.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
EARLIEST = 1800
"""Rules that begin in years before are not followed: there is no meeting at their end, and they take long."""
DAY = re.compile(r"([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)")
UNTIL = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)Z?)?")
KNOWN = frozenset({"FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYDAY", "BYMONTH", "BYMONTHDAY", "BYSETPOS"})
NUMBERS: Mapping[str, tuple[int, int]] = {"BYMONTH": (1, 12), "BYMONTHDAY": (-31, 31), "BYSETPOS": (-366, 366)}


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that was read. `days` are (place or 0, weekday from 0), the other parts numbers, `until` the wall time that its last
    time is not after; `in_utc`: that is told in UTC."""

    every: str
    interval: int = 1
    count: int | None = None
    until: datetime | None = None
    in_utc: bool = False
    week: int = 0
    days: tuple[tuple[int, int], ...] = ()
    parts: Mapping[str, frozenset[int]] = field(default_factory=dict)


def rule_of(text: str) -> Rule | None:
    """The rule that a text says; None for one that is none, or has parts that are not known here."""
    told = dict(part.upper().partition("=")[::2] for part in text.strip().split(";") if part)
    if told.keys() - KNOWN or told.get("FREQ") not in ("DAILY", "WEEKLY", "MONTHLY", "YEARLY"):
        return None
    found = [DAY.fullmatch(one.strip()) for one in told["BYDAY"].split(",")] if "BYDAY" in told else []
    days = tuple((int(one[1] or 0), WEEKDAYS.index(one[2])) for one in found if one is not None)
    parts = {name: _numbers(told[name], *ends) for name, ends in NUMBERS.items() if name in told}
    ends = UNTIL.fullmatch(told.get("UNTIL", ""))
    interval, count = _whole(told.get("INTERVAL", "1")), _whole(told["COUNT"]) if "COUNT" in told else None
    wrong = (
        len(days) != len(found) or not all(parts.values()) or not interval or count == 0 or ("UNTIL" in told and not ends)
        or told.get("WKST", "MO") not in WEEKDAYS or (told["FREQ"] in ("DAILY", "WEEKLY") and any(place for place, _ in days))
        or (told["FREQ"] == "WEEKLY" and "BYMONTHDAY" in parts)
    )  # fmt: skip
    if wrong or not interval:
        return None
    try:
        until = _until(ends)
    except ValueError:
        return None
    utc = told.get("UNTIL", "").endswith("Z")
    return Rule(told["FREQ"], interval, count, until, utc, WEEKDAYS.index(told.get("WKST", "MO")), days, parts)


def _whole(text: str) -> int:
    """A number from 1 on; 0 for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0


def _numbers(text: str, low: int, high: int) -> frozenset[int]:
    """Numbers of a list, none where one of them is out of its bounds."""
    found = [int(one) for one in text.split(",") if re.fullmatch(r"[+-]?\d{1,3}", one.strip())]
    whole = len(found) == len(text.split(",")) and all(low <= one <= high and one for one in found)
    return frozenset(found) if whole else frozenset()


def _until(found: re.Match[str] | None) -> datetime | None:
    """The end that a rule names; a day counts as a whole. Raises ValueError for one that is none."""
    if found is None:
        return None
    year, month, day, hour, minute, second = (int(part) if part else 0 for part in found.groups())
    return datetime(year, month, day, hour, minute, second) if found[4] else datetime(year, month, day, 23, 59, 59)


def times(rule: Rule, start: datetime, horizon: datetime) -> Iterator[datetime]:
    """The times of a rule on the wall clock from its start on, in order, none after the horizon; its count is of these."""
    last = min(horizon, rule.until) if rule.until else horizon
    left = rule.count
    if start.year < EARLIEST:
        return
    for days in _sets(rule, start.date(), last.date()):
        for day in _placed(sorted(days), rule.parts.get("BYSETPOS")):
            at = datetime.combine(day, start.time())
            if at < start:
                continue
            if at > last or left == 0:
                return
            left = None if left is None else left - 1
            yield at


def _placed(days: list[date], places: frozenset[int] | None) -> list[date]:
    """Those at the places that a rule names (1 the first, -1 the last)."""
    if places is None:
        return days
    return sorted({days[n - 1 if n > 0 else n] for n in places if (0 < n <= len(days)) or (n < 0 and -n <= len(days))})


def _sets(rule: Rule, start: date, last: date) -> Iterator[set[date]]:
    """The days of each period of a rule: of each day, week, month or year."""
    if rule.every == "DAILY":
        for n in range(0, (last - start).days + 1, rule.interval):
            yield _limited(rule, {start + timedelta(days=n)})
    elif rule.every == "WEEKLY":
        monday = start - timedelta(days=(start.weekday() - rule.week) % 7)
        wanted = {weekday for _, weekday in rule.days} or {start.weekday()}
        for n in range(0, (last - monday).days + 1, 7 * rule.interval):
            week = (monday + timedelta(days=n + place) for place in range(7))
            yield _in_months(rule, {day for day in week if day.weekday() in wanted})
    elif rule.every == "MONTHLY":
        first = start.year * 12 + start.month - 1
        for month in range(first, last.year * 12 + last.month, rule.interval):
            yield _in_months(rule, _of_month(rule, month // 12, month % 12 + 1, start))
    else:
        for year in range(start.year, last.year + 1, rule.interval):
            yield _of_year(rule, year, start)


def _limited(rule: Rule, days: set[date]) -> set[date]:
    """Days that are on the weekdays, in the months and at the places in their month that a rule names."""
    wanted, of_month = {weekday for _, weekday in rule.days}, rule.parts.get("BYMONTHDAY")
    found = {day for day in days if not wanted or day.weekday() in wanted}
    return _in_months(rule, {day for day in found if of_month is None or _is_at(day, of_month)})


def _in_months(rule: Rule, days: set[date]) -> set[date]:
    months = rule.parts.get("BYMONTH")
    return {day for day in days if months is None or day.month in months}


def _is_at(day: date, places: frozenset[int]) -> bool:
    return day.day in places or day.day - monthrange(day.year, day.month)[1] - 1 in places


def _of_month(rule: Rule, year: int, month: int, start: date) -> set[date]:
    """The days of a month: those at its places, on its weekdays, or as the first time."""
    length = monthrange(year, month)[1]
    if not rule.days and "BYMONTHDAY" not in rule.parts:
        return {date(year, month, start.day)} if start.day <= length else set()
    days = {date(year, month, n) for n in range(1, length + 1)}
    return _at_places(rule, days)


def _of_year(rule: Rule, year: int, start: date) -> set[date]:
    """The days of a year; places of weekdays count in its months where the rule names months, else in the year."""
    if "BYMONTH" in rule.parts or "BYMONTHDAY" in rule.parts:
        months = rule.parts.get("BYMONTH") or frozenset(range(1, 13))
        return {day for month in months for day in _of_month(rule, year, month, start)}
    if rule.days:
        first = date(year, 1, 1)
        return _at_places(rule, {first + timedelta(days=n) for n in range((date(year, 12, 31) - first).days + 1)})
    is_there = start.day <= monthrange(year, start.month)[1]
    return {date(year, start.month, start.day)} if is_there else set()


def _at_places(rule: Rule, days: set[date]) -> set[date]:
    """Of the days of a month or a year those that a rule names by their number and their weekday."""
    of_month = rule.parts.get("BYMONTHDAY")
    found = {day for day in days if of_month is None or _is_at(day, of_month)}
    if not rule.days:
        return found
    made: set[date] = set()
    for place, weekday in rule.days:
        same = sorted(day for day in days if day.weekday() == weekday)
        made.update(_placed(same, frozenset({place})) if place else same)
    return found & made
