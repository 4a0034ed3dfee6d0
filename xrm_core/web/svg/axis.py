"""The value axis of a chart: round numbers, where they stand, the names under it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal

from xrm_core.plugin import round_steps
from xrm_core.web.models.panels import Point
from xrm_core.web.svg.frame import cut

LEFT, TOP, FOOT = 44.0, 14.0, 26.0
"""Room for the numbers, above the highest mark, for the names; in units of the picture."""
LETTER, LARGER = 6.2, 1.5
"""How wide a letter is, and how many times as large texts are on a phone: there every second name gives way where they are tight."""


class Scale:
    """From a value to its height in the picture, counted from the top."""

    def __init__(self, low: float, high: float, height: float) -> None:
        self.low, self.span, self.room = low, high - low, height - TOP - FOOT

    def __call__(self, value: float) -> float:  # noqa: D102  said by the class
        return TOP + self.room * (1 - (value - self.low) / self.span)


def steps(low: float, high: float) -> list[float]:
    """Return round numbers that span `low` to `high`, zero among them: the lines of an axis."""
    low, high = min(low, 0.0), max(high, 0.0)
    return [float(mark) for mark in round_steps(Decimal(repr(low)), Decimal(repr(high if high > low else 1.0)))]


def short(value: float) -> str:
    """Return a number as an axis shows it: 1500 -> 1.5k, 2000000 -> 2M."""
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= size:
            return f"{value / size:.4g}{letter}"
    return f"{value:.4g}"


def axis(values: Sequence[float], width: float, height: float) -> tuple[str, Scale]:
    """Return the drawn lines and numbers, and the scale that belongs to them."""
    marks = steps(min(values, default=0.0), max(values, default=0.0))
    place = Scale(marks[0], marks[-1], height)
    lines = "".join(
        f'<line class="{"zero" if mark == 0 else "rule"}" x1="{LEFT - 4:.0f}" x2="{width:g}" '
        f'y1="{place(mark):.1f}" y2="{place(mark):.1f}"/>'
        f'<text x="{LEFT - 10:.0f}" y="{place(mark) + 4:.1f}" text-anchor="end">{short(mark)}</text>'
        for mark in marks
    )
    return lines, place


def names(points: Sequence[Point], slot: float, height: float) -> str:
    """Return the names under the axis, a `slot` wide each: only as many as have room."""
    longest = max((len(point.label) for point in points), default=0) * LETTER + 6
    every = max(1, math.ceil(longest / slot)) if len(points) > 8 else 1
    letters = max(4, int(slot * every / LETTER))
    tight = ' class="spare"' if longest * LARGER > slot * every else ""
    return "".join(
        f'<text{tight * (index // every % 2)} x="{LEFT + (index + 0.5) * slot:.1f}" y="{height - 8:g}" text-anchor="middle">'
        f"{cut(point.label, letters)}</text>"
        for index, point in enumerate(points)
        if index % every == 0
    )
