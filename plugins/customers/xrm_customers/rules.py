"""The rules of selling as pure functions: prices, exact totals, credit, stages, the forecast."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

CENT = Decimal("0.01")
ZERO = Decimal(0)
OPEN_ORDER = ("confirmed", "shipped")
"""Orders that count towards the exposure: promised, not yet invoiced."""
FREE_DISCOUNT = Decimal(20)
"""A higher discount, in percent, is the sales lead's."""
DEFAULT_TAX = {"eu_business": "K", "third_country": "G", "exempt": "E"}
"""Tax status of a customer -> tax category of its lines; domestic customers have the product's."""


def cents(amount: Decimal) -> Decimal:
    """Rounded once, half up, to the minor unit."""
    return amount.quantize(CENT, ROUND_HALF_UP)


# ---- lines and documents
def line_net(line: Mapping[str, Any]) -> Decimal:
    """quantity x unit price less the discount in percent: exact, never rounded; 0 while one of them is missing."""
    quantity, price = line.get("quantity"), line.get("unit_price")
    if quantity is None or price is None:
        return ZERO
    return Decimal(quantity) * Decimal(price) * (100 - Decimal(line.get("discount") or 0)) / 100


@dataclass(frozen=True, slots=True)
class Totals:
    """What a quote or an order comes to, in its currency."""

    net: Decimal
    tax: Decimal
    total: Decimal


def totals(
    lines: Iterable[Mapping[str, Any]], rate_of: Callable[[str], Decimal], freight: Decimal | None = None
) -> Totals:
    """The document rounds once: its net over all lines, its tax once for each tax category (`rate_of`: percent)."""
    by_category: dict[str, Decimal] = {}
    net = ZERO
    for line in lines:
        amount = line_net(line)
        net += amount
        category = line.get("tax_category") or ""
        by_category[category] = by_category.get(category, ZERO) + amount
    tax = sum((cents(amount * rate_of(category) / 100) for category, amount in by_category.items() if category), ZERO)
    return Totals(cents(net), tax, cents(net) + tax + (freight or ZERO))


# ---- prices
def price_on(prices: Iterable[Mapping[str, Any]], product: str, quantity: Decimal, on: date) -> Decimal | None:
    """The price for that quantity on that day: of those in force, the one with the largest `from_quantity` that is
    reached; of two such, the one that began later."""
    fitting = [
        p for p in prices
        if p["product"] == product and p["from_quantity"] <= quantity
        and (p["since"] is None or p["since"] <= on) and (p["until"] is None or on <= p["until"])
    ]  # fmt: skip
    best = max(fitting, key=lambda p: (p["from_quantity"], p["since"] or date.min), default=None)
    return None if best is None else Decimal(best["price"])


def is_in_force(price_list: Mapping[str, Any], on: date) -> bool:
    """Is the list in force on that day?"""
    return (price_list["from_on"] is None or price_list["from_on"] <= on) and (
        price_list["to_on"] is None or on <= price_list["to_on"]
    )


# ---- credit
@dataclass(frozen=True, slots=True)
class Standing:
    """How a customer stands, in the organisation's currency. `limit` None: no check; 0: prepayment."""

    limit: Decimal | None
    exposure: Decimal
    overdue: Decimal
    hold: bool = False

    @property
    def available(self) -> Decimal | None:
        """What may still be ordered; None without a limit."""
        return None if self.limit is None else self.limit - self.exposure


@dataclass(frozen=True, slots=True)
class Release:
    """Finance lets an order pass: up to an amount, until a day."""

    amount: Decimal
    until: date


def is_released(release: Release | None, total: Decimal, today: date) -> bool:
    """Does the release cover the order today?"""
    return release is not None and today <= release.until and total <= release.amount


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an order is not confirmed: `hold`, `prepayment`, `limit` (with what is missing) or `overdue`."""

    kind: str
    shortfall: Decimal = ZERO


def credit_check(total: Decimal, standing: Standing, release: Release | None, today: date) -> Refusal | None:
    """None when the order may be confirmed."""
    if is_released(release, total, today):
        return None
    if standing.hold:
        return Refusal("hold")
    if standing.available is not None and total > standing.available:
        return Refusal("prepayment" if standing.limit == 0 else "limit", total - standing.available)
    return Refusal("overdue") if standing.overdue > 0 else None


# ---- opportunities
def pushes(before: date | None, after: date | None, count: int) -> int:
    """How often the expected day has been moved to a later one."""
    return count + 1 if before is not None and after is not None and after > before else count


def is_stuck(stage_age: int, typical_days: int | None) -> bool:
    """Longer in a stage than twice what won opportunities take (their median)."""
    return typical_days is not None and stage_age > 2 * typical_days
