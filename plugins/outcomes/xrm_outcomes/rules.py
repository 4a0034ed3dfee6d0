"""The arithmetic of outcomes and health: pure functions over plain values."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from statistics import median
from typing import Any

GOOD_FROM, WATCH_FROM = 70, 40
"""Health from which a relationship is good, and from which it is to be watched."""
KNOWN_FROM = Decimal("0.5")
"""Share of the weight that must be known before a health is said."""
FEW = 5
"""Relationships in a stage from which on it is said what is usual."""
BANDS = ("risk", "watch", "good")
"""From low to high; `unknown` stands beside them."""


@dataclass(frozen=True, slots=True)
class Part:
    """One signal of a relationship: its code, its weight, and its value from 0 to 100 (None: nothing is known)."""

    signal: str
    weight: Decimal
    value: Decimal | None


@dataclass(frozen=True, slots=True)
class Health:
    """How a relationship stands: 0 to 100 (None: too little is known), its band, the share of weight known in percent."""

    health: int | None
    band: str
    known: Decimal


@dataclass(frozen=True, slots=True)
class Signal:
    """One signal as a formula counts it: its code, its weight and the expression that gives its value."""

    code: str
    weight: Decimal
    measure: str


def mark_of(signals: Sequence[Signal]) -> str:
    """A fingerprint of a formula: equal for formulas that count alike, whatever the order of their signals."""
    parts = sorted([one.code, str(Decimal(one.weight).normalize()), " ".join(one.measure.split())] for one in signals)
    said = json.dumps([parts, GOOD_FROM, WATCH_FROM, str(KNOWN_FROM)])
    return hashlib.sha256(said.encode()).hexdigest()[:12]


def within(value: Any) -> Decimal | None:
    """A signal's value as a number from 0 to 100 with one decimal place; None stays None, yes and no are 100 and 0."""
    if value is None:
        return None
    number = Decimal(100 if value is True else 0 if value is False else value)
    return min(Decimal(100), max(Decimal(0), number)).quantize(Decimal("0.1"), ROUND_HALF_UP)


def health_of(parts: Sequence[Part]) -> Health:
    """The weighted mean of the parts that are known. Nothing is said where less than half of the weight is known."""
    whole = sum((part.weight for part in parts), Decimal(0))
    known = [(part.weight, part.value) for part in parts if part.value is not None]
    weight = sum((one for one, _ in known), Decimal(0))
    share = weight / whole if whole else Decimal(0)
    percent = (share * 100).quantize(Decimal("0.1"), ROUND_HALF_UP)
    if not weight or share < KNOWN_FROM:
        return Health(None, "unknown", percent)
    mean = sum((one * value for one, value in known), Decimal(0)) / weight
    health = int(mean.quantize(Decimal(1), ROUND_HALF_UP))
    return Health(health, band_of(health), percent)


def usual_days(ages: Sequence[int]) -> int | None:
    """How long is usual by the ages of all: their median, a week at least; None where they are too few to say."""
    if len(ages) < FEW:
        return None
    return max(7, int(median(ages)))


def band_of(health: int) -> str:
    """The band of a health from 0 to 100."""
    return "good" if health >= GOOD_FROM else "watch" if health >= WATCH_FROM else "risk"


def fell(before: str | None, after: str) -> bool:
    """Whether a relationship came into a lower band; from and to the unknown nothing falls."""
    return before in BANDS and after in BANDS and BANDS.index(after) < BANDS.index(before)


def due_from(start: date, months: int) -> date:
    """The same day so many months later, or the last day of a shorter month."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    for day in range(start.day, 27, -1):
        try:
            return date(year, month + 1, day)
        except ValueError:
            continue
    return date(year, month + 1, min(start.day, 28))
