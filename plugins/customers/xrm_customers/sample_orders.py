"""Sample orders of two and a half years with their invoices, and the order of the demo's story."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from xrm_core.plugin import SampleMaker

from .sample_buyers import Buyer, owner_of

Row = dict[str, Any]
DAYS = 900
"""The oldest order is so many days old."""
DUE_DAYS = {"net14": 14, "net30": 30}


def make_orders(maker: SampleMaker, pairs: Sequence[tuple[Buyer, str]], products: Mapping[str, str]) -> None:
    """Orders and invoices; the first order is Hotel Albatros' 40 filters."""
    buyers = [(b, id) for b, id in pairs if b.stage in ("active", "dormant", "ended")]
    rows = [_story(maker, pairs[0], products), _pump_maker(maker, pairs[1], products)]
    weights = [1.0 if b.n == 0 else b.weight for b, _ in buyers]
    for n in range(round(400 * maker.scale) - len(rows)):
        rng = maker.rng("order", n)
        buyer, id = buyers[n] if n < len(buyers) else rng.choices(buyers, weights)[0]
        rows.append(_order(maker, n, rng, buyer, id, products))
    rows[2:] = sorted(rows[2:], key=lambda row: row["ordered_on"])
    ids = maker.add("order", rows)
    maker.shared["orders"] = ids
    maker.add("invoice", _invoices(maker, ids))


def working_days_after(day: date, count: int) -> date:
    """The day so many Mondays to Fridays later."""
    while count:
        day += timedelta(days=1)
        count -= day.weekday() < 5
    return day


def _story(maker: SampleMaker, pair: tuple[Buyer, str], products: Mapping[str, str]) -> Row:
    """40 filters, confirmed, promised in three working days; 60 would be above the hotel's limit."""
    ordered = maker.as_of - timedelta(days=12)
    line = {"product": products["BF-400"], "quantity": Decimal(40), "unit_price": Decimal("93.10")}
    return {
        "customer": pair[1], "ordered_on": ordered, "promised_on": working_days_after(maker.as_of, 3), "status": "confirmed",
        "taken_by": maker.user("samir"), "carrier": "parcel", "currency": "EUR", "customer_ref": "ALB 118", "lines": [line],
    }  # fmt: skip


def _pump_maker(maker: SampleMaker, pair: tuple[Buyer, str], products: Mapping[str, str]) -> Row:
    """Nordsee Pumpen buys dispensers for its canteen."""
    ordered = maker.as_of - timedelta(days=70)
    line = {"product": products["BD-200"], "quantity": Decimal(3)}
    return {
        "customer": pair[1], "ordered_on": ordered, "promised_on": ordered + timedelta(days=9), "shipped_on": ordered + timedelta(days=8),
        "status": "closed", "taken_by": maker.user("samir"), "carrier": "freight", "currency": "EUR", "lines": [line],
    }  # fmt: skip


def _order(maker: SampleMaker, n: int, rng: Random, buyer: Buyer, customer: str, products: Mapping[str, str]) -> Row:
    oldest = 200 if buyer.stage == "dormant" or buyer.n == 0 else 0
    back = oldest + int((DAYS - oldest) * rng.random() ** 1.35)
    ordered = maker.as_of - timedelta(days=back)
    promised = ordered + timedelta(days=rng.randrange(5, 21))
    skus = rng.sample(list(products), rng.choices((1, 2, 3, 4, 5, 6), (25, 28, 20, 13, 9, 5))[0])
    row: Row = {
        "customer": customer, "ordered_on": ordered, "requested_on": promised if rng.random() < 0.5 else None, "promised_on": promised,
        "status": _status(rng, back), "taken_by": owner_of(maker, buyer), "carrier": rng.choice(("own", "parcel", "parcel", "freight")),
        "freight": Decimal(rng.choice(("0.00", "6.90", "12.50", "39.00"))), "currency": "EUR", "lines": [_line(rng, sku, buyer, products) for sku in skus],
    }  # fmt: skip
    if row["status"] in ("shipped", "invoiced", "closed"):
        row["shipped_on"] = min(maker.as_of, promised + timedelta(days=rng.choice((-2, -1, 0, 0, 0, 1, 3))))
    return row


def _status(rng: Random, back: int) -> str:
    """Young orders are being worked on, old ones closed; a few were cancelled."""
    if rng.random() < 0.02:
        return "cancelled"
    if back < 12:
        return rng.choice(("draft", "confirmed", "confirmed"))
    if back < 24:
        return rng.choice(("confirmed", "shipped", "shipped"))
    return "invoiced" if back < 60 else "closed"


def _line(rng: Random, sku: str, buyer: Buyer, products: Mapping[str, str]) -> Row:
    """61 % without a discount, the others 5 to 25 %."""
    discount = 0 if rng.random() < 0.61 else rng.choice((5, 5, 10, 10, 15, 20, 25))
    much = (5, 10, 10, 20) if buyer.weight > 3 and buyer.n else (1, 1, 2, 3, 5)
    return {"product": products[sku], "quantity": Decimal(rng.choice(much)), "discount": Decimal(discount)}


def _invoices(maker: SampleMaker, ids: Sequence[str]) -> list[Row]:
    """One for each order that was invoiced: the day after shipping, paid some four days after it is due, 12 % over 30."""
    rows: list[Row] = []
    for n, order in enumerate(maker.records("order", ids)):
        if order["status"] not in ("invoiced", "closed"):
            continue
        rng = maker.rng("invoice", n)
        issued = min(maker.as_of, (order["shipped_on"] or order["ordered_on"]) + timedelta(days=1))
        due = issued + timedelta(days=30)
        row: Row = {
            "number": f"INV-{issued:%y}-{n + 1:05}", "customer": order["customer"], "order": order["id"], "issued_on": issued, "due_on": due,
            "amount": order["total"], "amount_currency": order["currency"],
        }  # fmt: skip
        paid = due + timedelta(days=_late(rng))
        if paid <= maker.as_of:
            row |= {"paid": order["total"], "paid_currency": order["currency"], "paid_on": max(paid, issued)}
        rows.append(row)
    return sorted(rows, key=lambda row: row["issued_on"])


def _late(rng: Random) -> int:
    """Days after the due day: mostly around four, 12 % over 30, 3 % over 90."""
    chance = rng.random()
    if chance < 0.03:
        return rng.randrange(91, 160)
    if chance < 0.12:
        return rng.randrange(31, 91)
    return min(30, round(rng.lognormvariate(2.64, 0.4)) - 10)
