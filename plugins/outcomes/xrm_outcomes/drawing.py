"""Lines over time as numbers for a template: readings with their target, health with its bands. Pure geometry."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from xrm_core.plugin import round_steps

NARROW, WIDE, HEIGHT = 380.0, 640.0, 220.0
"""A line beside a record, and one that has a page; in units of the picture, as all here."""
LEFT, RIGHT, TOP, FOOT = 46.0, 12.0, 16.0, 30.0
"""Room for the numbers, at the end, above and for the days below."""
LABEL = 74.0
"""Least distance between two days that are written below."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A reading in the picture."""

    x: float
    y: float
    day: date
    value: Decimal


@dataclass(frozen=True, slots=True)
class Mark:
    """A line of an axis: where it is, and its value."""

    at: float
    value: Decimal


@dataclass(frozen=True, slots=True)
class Day:
    """A day below the picture; `anchor` says on which side of the place its text stands."""

    at: float
    day: date
    anchor: str


@dataclass(frozen=True, slots=True)
class Picture:
    """What is drawn: the readings and the way through them, the lines of the axis, heights that matter by name, the way that was
    planned, today, and days below."""

    spots: Sequence[Spot]
    marks: Sequence[Mark]
    heights: dict[str, float]
    planned: str
    today: float | None
    days: Sequence[Day]
    width: float
    height: float = HEIGHT
    left: float = LEFT
    top: float = TOP
    bottom: float = HEIGHT - FOOT

    @property
    def right(self) -> float:
        """Where its lines end."""
        return self.width - RIGHT

    @property
    def way(self) -> str:
        """The points of the line through the readings."""
        return " ".join(f"{spot.x:.1f},{spot.y:.1f}" for spot in self.spots)


def picture(
    readings: Sequence[tuple[date, Decimal]],
    span: tuple[date, date],
    today: date,
    heights: dict[str, Decimal],
    planned: tuple[Decimal, Decimal] | None = None,
    whole: tuple[Decimal, Decimal] | None = None,
    width: float = NARROW,
) -> Picture:
    """Readings (day and value, the oldest first) between two days. `heights` are drawn as lines; `planned` is the value at the first
    and at the last day of `span`; `whole` the ends of the axis, else they follow from what is shown."""
    values = [*heights.values(), *(value for _, value in readings), *(planned or ())]
    marks = round_steps(*whole) if whole else round_steps(min(values), max(values))
    first = min([span[0], *(day for day, _ in readings)])
    last = max([span[1], *(day for day, _ in readings)])

    def across(day: date) -> float:
        return LEFT + (width - LEFT - RIGHT) * (day - first).days / max(1, (last - first).days)

    def down(value: Decimal) -> float:
        return TOP + (HEIGHT - TOP - FOOT) * float((marks[-1] - value) / (marks[-1] - marks[0]))

    spots = [Spot(across(day), down(value), day, value) for day, value in readings]
    way = [(span[0], planned[0]), (span[1], planned[1])] if planned else []
    return Picture(
        spots,
        [Mark(down(value), value) for value in marks],
        {name: down(value) for name, value in heights.items()},
        " ".join(f"{across(day):.1f},{down(value):.1f}" for day, value in way),
        across(today) if first <= today <= last else None,
        _days([first, last, today] if first < today < last else [first, last], across, width - RIGHT),
        width,
    )


def _days(wanted: Sequence[date], across: Callable[[date], float], end: float) -> list[Day]:
    """The days that have room below, the first and the last before today."""
    made: list[Day] = []
    for day in dict.fromkeys(wanted):
        at = across(day)
        if all(abs(at - other.at) >= LABEL * (1.5 if made else 1) for other in made):
            made.append(Day(at, day, "start" if at < LEFT + 1 else "end" if at > end - 1 else "middle"))
    return sorted(made, key=lambda one: one.at)
