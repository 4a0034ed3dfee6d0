"""The sales forecast as pure functions over opportunities: categories, accuracy, win rate, snapshots."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from statistics import median
from typing import Any

ZERO = Decimal(0)
CATEGORIES = ("closed", "commit", "best_case", "pipeline")
"""Forecast categories that count, the surest first."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """The forecast of a period, cumulative: each figure holds the one before. `slipped` is left out of all of them."""

    closed: Decimal
    commit: Decimal
    best_case: Decimal
    pipeline: Decimal
    weighted: Decimal
    slipped: Decimal


def is_open(row: Mapping[str, Any]) -> bool:
    """Neither won nor lost."""
    return row["stage"] not in ("won", "lost")


def is_slipped(row: Mapping[str, Any], today: date) -> bool:
    """Open although it was expected before today."""
    return is_open(row) and row["expected_on"] < today


def closing_day(row: Mapping[str, Any]) -> date:
    """The day an opportunity counts for: that of the win, else the expected one."""
    day: date | None = row["won_on"] if row["stage"] == "won" else None
    expected: date = row["expected_on"]
    return day or expected


def forecast(rows: Iterable[Mapping[str, Any]], first: date, last: date, today: date) -> Forecast:
    """The forecast for the days `first` to `last`.

    Rows have stage, forecast, amount_base, probability, expected_on and won_on.
    """
    sums = dict.fromkeys(CATEGORIES, ZERO)
    weighted = slipped = ZERO
    for row in rows:
        amount = row["amount_base"] or ZERO
        if is_slipped(row, today):
            slipped += amount
        elif first <= closing_day(row) <= last and row["forecast"] in sums:
            sums[row["forecast"]] += amount
            if is_open(row):
                weighted += amount * (row["probability"] or 0) / 100
    closed = sums["closed"]
    commit = closed + sums["commit"]
    best_case = commit + sums["best_case"]
    return Forecast(closed, commit, best_case, best_case + sums["pipeline"], closed + weighted, slipped)


def accuracy(forecast_at_start: Decimal, closed: Decimal) -> Decimal | None:
    """1 - |forecast - closed| / closed, four places; None when nothing was closed."""
    if closed == 0:
        return None
    return (1 - abs(forecast_at_start - closed) / closed).quantize(Decimal("0.0001"), ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class WinRate:
    """Share won of what was decided, in percent; None when nothing was."""

    by_number: Decimal | None
    by_money: Decimal | None


def win_rate(rows: Iterable[Mapping[str, Any]], first: date, last: date) -> WinRate:
    """Won against lost, by the day of the decision. Rows: stage, amount_base, won_on, lost_on."""
    counts, sums = {"won": 0, "lost": 0}, {"won": ZERO, "lost": ZERO}
    for row in rows:
        day = row.get(f"{row['stage']}_on") if row["stage"] in counts else None
        if day is not None and first <= day <= last:
            counts[row["stage"]] += 1
            sums[row["stage"]] += row["amount_base"] or ZERO
    return WinRate(
        _share(Decimal(counts["won"]), Decimal(sum(counts.values()))), _share(sums["won"], sum(sums.values(), ZERO))
    )


def _share(part: Decimal, whole: Decimal) -> Decimal | None:
    return None if whole == 0 else (part * 100 / whole).quantize(Decimal("0.1"), ROUND_HALF_UP)


def cycle_days(spans: Sequence[tuple[date, date]]) -> Decimal | None:
    """Median days from the first day to the win."""
    return Decimal(str(median((won - begun).days for begun, won in spans))) if spans else None


def coverage(open_weighted: Decimal, target: Decimal, closed: Decimal) -> Decimal | None:
    """Weighted open pipeline over what is still missing to the target; None when nothing is missing."""
    gap = target - closed
    return None if gap <= 0 else (open_weighted / gap).quantize(Decimal("0.01"), ROUND_HALF_UP)


def monday(day: date) -> date:
    """The Monday of the day's week."""
    return day - timedelta(days=day.weekday())


def snapshot(rows: Iterable[Mapping[str, Any]], today: date) -> list[dict[str, Any]]:
    """What `forecast_snapshot` keeps of a Monday: amount and number of what is open, by owner and category, sorted."""
    found: dict[tuple[str, str], list[Decimal]] = {}
    for row in rows:
        if is_open(row) and row["forecast"] in CATEGORIES and row["owner"]:
            found.setdefault((row["owner"], row["forecast"]), []).append(row["amount_base"] or ZERO)
    week = monday(today)
    return [
        {"week": week, "owner": owner, "category": category, "amount": sum(amounts, ZERO), "count": len(amounts)}
        for (owner, category), amounts in sorted(found.items())
    ]
