"""Days on which money or reports are due."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import ROUND_DOWN, Decimal
from typing import Any

from .money import CENT

REPORT_AFTER = 60
"""Days after the end of a funding year until its report is due."""


def add_months(day: date, months: int, wish: int | None = None) -> date:
    """The day so many months on; `wish` is the day of the month wanted (31: always the last)."""
    month = day.month - 1 + months
    year, month = day.year + month // 12, month % 12 + 1
    return date(year, month, min(wish or day.day, monthrange(year, month)[1]))


def due_day(first: date, step: Mapping[str, Any], n: int, every: int = 1, wish: int | None = None) -> date:
    """The n-th due day (from 0) of a frequency, whose code has the attributes `months` and `days`.

    Counted from the first day, so that a month's end is kept: 31 January, 28 February, 31 March.
    """
    if step.get("months"):
        return add_months(first, int(step["months"]) * every * n, wish or first.day)
    return first + timedelta(days=int(step.get("days") or 0) * every * n)


def pledge_lines(amount: Decimal, instalments: int, step: Mapping[str, Any], first: date) -> list[tuple[date, Decimal]]:
    """Due days and amounts of a pledge: equal parts, the cents left over on the last line."""
    part = (amount / instalments).quantize(CENT, ROUND_DOWN)
    lines = [(due_day(first, step, n), part) for n in range(instalments)]
    return [*lines[:-1], (lines[-1][0], amount - part * (instalments - 1))]


def first_due(starts_on: date, day: int | None) -> date:
    """The first day on or after the start that falls on the wished day of the month."""
    if day is None:
        return starts_on
    here = add_months(starts_on, 0, day)
    return here if here >= starts_on else add_months(starts_on, 1, day)


def next_due(after: date, step: Mapping[str, Any], every: int = 1, day: int | None = None) -> date | None:
    """The due day that follows one; None where the frequency is `once`."""
    if not step.get("months") and not step.get("days"):
        return None
    return due_day(after, step, 1, every, day)


def report_days(starts_on: date | None, ends_on: date | None, decided_on: date) -> list[tuple[str, date]]:
    """Reports a funder expects: a narrative one after each full year, a final one after the end."""
    start = starts_on or decided_on
    end = ends_on or add_months(start, 12)
    days, year = [], 1
    while (until := add_months(start, 12 * year)) < end:
        days.append(("narrative", until + timedelta(days=REPORT_AFTER)))
        year += 1
    return [*days, ("final", end + timedelta(days=REPORT_AFTER))]
