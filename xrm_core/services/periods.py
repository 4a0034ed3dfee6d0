"""Periods of a dashboard, and the parts of time by which figures are grouped: as dates, as expressions, and in the other direction."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from ..metamodel.dashboards import Part, Period

Span = tuple[date | None, date | None]
"""First and last day; None where it is open."""
FIRST, LAST = date.min, date.max


def add_months(day: date, months: int) -> date:
    """The same day so many months on, or the last of a shorter month; the ends of time hold."""
    total = day.year * 12 + day.month - 1 + months
    if not 12 <= total < 10_000 * 12:
        return FIRST if months < 0 else LAST
    year, month = divmod(total, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def start_of(part: Part, day: date, fiscal: str = "01-01") -> date:
    """The first day of the part of time that a day lies in. `fiscal`: MM-DD on which a fiscal year begins. Weeks begin on Monday
    (ISO 8601)."""
    if part == "day":
        return day
    if part == "week":
        return day - timedelta(days=day.weekday())
    if part == "month":
        return day.replace(day=1)
    if part == "quarter":
        return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
    if part == "year":
        return date(day.year, 1, 1)
    month, _, first = fiscal.partition("-")
    begins = date(day.year, int(month), int(first))
    return begins if begins <= day else add_months(begins, -12)


def next_start(part: Part, start: date, count: int = 1) -> date:
    """The first day of the part `count` later."""
    if part in ("day", "week"):
        return start + timedelta(days=count * (1 if part == "day" else 7))
    return add_months(start, count * {"month": 1, "quarter": 3}.get(part, 12))


def span_of(period: Period, today: date, fiscal: str = "01-01") -> Span:
    """The days of a period."""
    if period == "all":
        return None, None
    if period == "last_30_days":
        return today - timedelta(days=29), today
    if period == "last_12_months":
        return add_months(start_of("month", today), -11), today
    which, _, name = period.partition("_")
    part: Part = name  # type: ignore[assignment]  # the rest of a period's name is a part
    start = start_of(part, today, fiscal)
    if which == "last":
        start = next_start(part, start, -1)
    return start, next_start(part, start) - timedelta(days=1)


def before(period: Period, today: date, fiscal: str = "01-01") -> Span:
    """The same time one period earlier: of one that runs still, up to the same day."""
    start, end = span_of(period, today, fiscal)
    if start is None or end is None:
        return None, None
    if period == "last_30_days":
        return start - timedelta(days=30), start - timedelta(days=1)
    months = {"month": 1, "quarter": 3}.get(period.partition("_")[2], 12)
    until = today if start <= today <= end else end
    if until == end and period != "last_12_months":
        return add_months(start, -months), start - timedelta(days=1)
    return add_months(start, -months), add_months(until, -months)


def within(text: str, is_moment: bool, span: Span, zone: str | None = None) -> list[str]:
    """Conditions that hold for the days of a span; `text` is the expression of a date or moment. With the `zone` of the days they
    compare moments, which an index finds; without it they are what people read."""
    if is_moment and zone is not None:
        return _moments(text, span, ZoneInfo(zone))
    day = f"date({text})" if is_moment else text
    first, last = span
    made = [f"{day} >= date('{first.isoformat()}')"] if first is not None else []
    return made + ([f"{day} <= date('{last.isoformat()}')"] if last is not None else [])


def _moments(text: str, span: Span, zone: ZoneInfo) -> list[str]:
    """From the midnight with which the first day begins, to that with which the last one ends."""
    first, last = span
    made = [f"{text} >= {midnight(first, zone)}"] if first is not None else []
    return made + ([f"{text} < {midnight(last + timedelta(days=1), zone)}"] if last is not None else [])


def midnight(day: date, zone: ZoneInfo) -> str:
    """The moment at which a day begins there, as a constant of the expression language."""
    moment = datetime.combine(day, time(), zone).astimezone(UTC)
    return f"timestamp('{moment.replace(tzinfo=None).isoformat()}Z')"


def keys_of(part: Part, text: str, is_moment: bool) -> tuple[str, ...]:
    """The expressions whose values tell the part of time that a date lies in."""
    if part == "day":
        return (f"date({text})" if is_moment else text,)
    if part == "week":
        day = f"date({text})" if is_moment else text
        return (f"addDays({day}, 1 - weekday({day}))",)
    if part == "fiscal_year":
        return (f"fy({text})",)
    if part == "year":
        return (f"year({text})",)
    if part == "month":
        return (f"year({text})", f"month({text})")
    m = f"month({text})"
    return (f"year({text})", f"({m} <= 3 ? 1 : ({m} <= 6 ? 2 : ({m} <= 9 ? 3 : 4)))")


def start_of_keys(part: Part, keys: Sequence[Any], fiscal: str = "01-01") -> date | None:
    """The first day of the part of time that the values of `keys_of` tell; None where there is no date."""
    if any(key is None for key in keys):
        return None
    if part in ("day", "week"):
        return keys[0] if isinstance(keys[0], date) else None
    year = int(keys[0])
    if part == "month":
        return date(year, int(keys[1]), 1)
    if part == "quarter":
        return date(year, int(keys[1]) * 3 - 2, 1)
    if part == "year":
        return date(year, 1, 1)
    month, _, first = fiscal.partition("-")
    return date(year if fiscal == "01-01" else year - 1, int(month), int(first))
