"""What the functions mean, on Python values. The closures and the SQLite functions both use this one text."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, ROUND_HALF_UP, Context, Decimal
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from xrm_core.metamodel.kinds import LIMIT, MAX_SCALE

from .pattern import translate

CTX = Context(prec=60, rounding=ROUND_HALF_UP)
UNIT = [Decimal(1).scaleb(-s) for s in range(2 * MAX_SCALE + 1)]
TOP = [Decimal(LIMIT).scaleb(-s) for s in range(2 * MAX_SCALE + 1)]
SPACE = " \t\n\r"
MICRO = timedelta(microseconds=1)
TOP_DURATION = LIMIT * MICRO
SECONDS = {"days": 86400, "hours": 3600, "minutes": 60}
ROUNDING = {"floor": ROUND_FLOOR, "ceil": ROUND_CEILING, "int": ROUND_DOWN, "round": ROUND_HALF_UP}


def lower(s: str) -> str:
    """Lower case, character by character (simple mapping): the length never changes."""
    return s.lower() if s.isascii() else "".join([_low(c) for c in s])


def upper(s: str) -> str:
    """Upper case, character by character (simple mapping): the length never changes."""
    return s.upper() if s.isascii() else "".join([_up(c) for c in s])


@lru_cache(4096)
def _low(c: str) -> str:
    low = c.lower()
    return low if len(low) == 1 else SIMPLE_LOWER.get(c, c)


@lru_cache(4096)
def _up(c: str) -> str:
    up = c.upper()
    if len(up) == 1:
        return up
    return c.title() if len(c.title()) == 1 else c


SIMPLE_LOWER = {"\u0130": "i"}  # İ


def in_range(x: Any, scale: int) -> Any:
    """The number, or None where it has more than 18 digits."""
    return x if -TOP[scale] < x < TOP[scale] else None


def divide(a: Any, b: Any) -> Decimal | None:
    """Quotient with 6 places, half away from zero; None where b is 0 or the result is too long."""
    if not b:
        return None
    quotient = CTX.quantize(CTX.divide(Decimal(a), Decimal(b)), UNIT[MAX_SCALE])
    return quotient if -TOP[MAX_SCALE] < quotient < TOP[MAX_SCALE] else None


def div_int(a: int, b: int) -> int | None:
    """Whole quotient, cut toward zero; None where b is 0."""
    if not b:
        return None
    q = abs(a) // abs(b)
    return q if (a < 0) == (b < 0) else -q


def mod_int(a: int, b: int) -> int | None:
    """Rest of div_int, with the sign of a; None where b is 0."""
    q = div_int(a, b)
    return None if q is None else a - b * q


def round_to(x: Decimal, scale: int) -> Decimal:
    """The number with `scale` places, half away from zero."""
    return CTX.quantize(x, UNIT[scale])


def to_int(x: Decimal, how: str) -> int:
    """A whole number; how: floor, ceil, int (cut) or round (half away from zero)."""
    return int(x.to_integral_value(ROUNDING[how]))


def decimal_text(x: Decimal, scale: int) -> str:
    """The number with all its places."""
    return f"{CTX.quantize(x, UNIT[scale]) + 0:.{scale}f}"


def duration(n: int, unit: str) -> timedelta | None:
    """n days, hours or minutes; None beyond 10**18 microseconds."""
    n *= SECONDS[unit] * 10**6
    return timedelta(microseconds=n) if abs(n) < LIMIT else None


def checked_duration(d: timedelta) -> timedelta | None:
    """The duration, or None beyond 10**18 microseconds."""
    return d if -TOP_DURATION < d < TOP_DURATION else None


def date_add(d: date, delta: timedelta) -> date | None:
    """The date of midnight plus the duration; None outside of years 1 to 9999."""
    try:
        return date.fromordinal(d.toordinal() + delta.days)  # timedelta.days is the floor
    except (ValueError, OverflowError):
        return None


def datetime_add(t: datetime, delta: timedelta) -> datetime | None:
    """The instant plus the duration; None outside of years 1 to 9999."""
    try:
        return t + delta
    except OverflowError:
        return None


def add_months(d: date, n: int) -> date | None:
    """Same day n months later, or the last day of a month without it; None outside of years 1 to 9999."""
    months = d.year * 12 + d.month - 1 + n
    year, month = months // 12, months % 12 + 1
    if not 1 <= year <= 9999:
        return None
    return date(year, month, min(d.day, monthrange(year, month)[1]))


def fiscal_year(d: date, month: int, day: int) -> int:
    """The calendar year in which the fiscal year of d ends; fiscal years begin on this month and day."""
    return d.year + ((month, day) != (1, 1) and (d.month, d.day) >= (month, day))


def fiscal_year_start(d: date, month: int, day: int) -> date:
    """The first day of the fiscal year of d (1 January of year 1 at the earliest)."""
    start = d.replace(month=month, day=day)
    if start <= d:
        return start
    return start.replace(year=d.year - 1) if d.year > 1 else date.min


def least(items: list[Any]) -> Any:
    """The least of the values that are not None."""
    return min((i for i in items if i is not None), default=None)


def greatest(items: list[Any]) -> Any:
    """The greatest of the values that are not None."""
    return max((i for i in items if i is not None), default=None)


@lru_cache(64)
def zone(name: str) -> ZoneInfo:
    """A time zone by its name."""
    return ZoneInfo(name)


def local_date(t: datetime, tz: str) -> date | None:
    """The date of an instant in a zone; None outside of years 1 to 9999."""
    try:
        return t.astimezone(zone(tz)).date()
    except OverflowError:
        return None


@lru_cache(512)
def searcher(pattern: str) -> Callable[[str], Any]:
    """Search with one pattern of the language."""
    return re.compile(translate(pattern).python, re.S).search


def matches(s: str, pattern: str) -> bool:
    """Whether the pattern is found in the text."""
    return searcher(pattern)(s) is not None


def utc(t: datetime) -> datetime:
    """The instant in UTC."""
    return t.astimezone(UTC)
