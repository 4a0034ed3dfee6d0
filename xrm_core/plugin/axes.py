"""The numbers of a value axis: round ones, evenly apart, from below the least to above the greatest value."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

FACTORS = (Decimal(1), Decimal(2), Decimal("2.5"), Decimal(5), Decimal(10))
"""A step is one of these, times a power of ten."""
ALMOST = Decimal("0.999")


def round_steps(low: Decimal, high: Decimal, count: int = 4) -> list[Decimal]:
    """Round numbers from below `low` to above `high`, about `count` steps apart: the lines of an axis. Of one value alone they
    reach from one less to one more."""
    if low == high:
        low, high = low - 1, high + 1
    raw = (high - low) / count
    size = Decimal(1).scaleb(raw.adjusted())
    step = next(size * factor for factor in FACTORS if size * factor >= raw * ALMOST)
    first = int((low / step).to_integral_value(ROUND_FLOOR))
    last = int((high / step).to_integral_value(ROUND_CEILING))
    return [(number * step).normalize() + 0 for number in range(first, last + 1)]
