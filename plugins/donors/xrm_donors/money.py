"""Money: shares of funds that add up to the cent, and what to ask for next."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from xrm_core.plugin import _

Row = Mapping[str, Any]
CENT = Decimal("0.01")
STEPS = (Decimal(1), Decimal("2.5"), Decimal(5))
"""Round sums people are asked for: these times powers of ten, from 10 on."""


def cents(value: Decimal) -> Decimal:
    """Rounded half away from zero to two places."""
    return value.quantize(CENT, ROUND_HALF_UP)


def shares(base: Decimal, amount: Decimal, rows: Sequence[Row]) -> tuple[list[Decimal], Decimal]:
    """The share of each allocation in the base amount, and the rest that is not allocated.

    Each row has `percent` or `amount` (in the gift's currency). Shares are cut to the cent, and the cents left over go to
    the largest remainders (Hare and Hamilton's method), so they always add up.
    """
    exact = [_quota(base, amount, row) for row in rows]
    whole = min(cents(sum(exact, Decimal(0))), base)
    cut = [q.quantize(CENT, "ROUND_DOWN") for q in exact]
    left = int((whole - sum(cut, Decimal(0))) / CENT)
    largest = sorted(range(len(rows)), key=lambda n: (cut[n] - exact[n], n))
    for n in largest[: max(left, 0)]:
        cut[n] += CENT
    return cut, base - sum(cut, Decimal(0))


def _quota(base: Decimal, amount: Decimal, row: Row) -> Decimal:
    if row.get("percent") is not None:
        return base * Decimal(row["percent"]) / 100
    if row.get("amount") is not None and amount:
        return base * Decimal(row["amount"]) / amount
    return Decimal(0)


def allocation_faults(
    amount: Decimal | None, rows: Sequence[Row], shown: Callable[[Decimal], str] = str
) -> list[tuple[str, str]]:
    """What is wrong with allocations, as (field, sentence): one of percent and amount each, and not more than there is. `shown`
    writes a number as its reader does."""
    faults = []
    for n, row in enumerate(rows):
        if (row.get("percent") is None) == (row.get("amount") is None):
            faults.append((f"allocations[{n}].percent", _("Give either a percentage or an amount.")))
    percent = sum((Decimal(r["percent"]) for r in rows if r.get("percent") is not None), Decimal(0))
    given = sum((Decimal(r["amount"]) for r in rows if r.get("amount") is not None), Decimal(0))
    if percent > 100:
        told = _("The percentages add up to {sum}, more than 100.", sum=shown(percent))
        faults.append(("allocations", told))
    if amount is not None and given + amount * min(percent, Decimal(100)) / 100 > amount:
        told = _("The allocations add up to more than the {amount} there are.", amount=shown(amount))
        faults.append(("allocations", told))
    return faults


def suggested_ask(largest_24m: Decimal | None, last: Decimal | None) -> Decimal | None:
    """The next sum to ask for: the larger of the largest gift of 24 months and 1.2 times the last, rounded up to a round sum."""
    wanted = max(largest_24m or Decimal(0), (last or Decimal(0)) * Decimal("1.2"))
    if wanted <= 0:
        return None
    power = Decimal(10)
    while True:
        for step in STEPS:
            if step * power >= wanted:
                return cents(step * power)
        power *= 10
