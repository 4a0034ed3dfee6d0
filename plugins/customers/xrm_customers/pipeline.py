"""What a save of an opportunity works out: stage, probability, amounts, how often it was put off."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from xrm_parties.rates import Rates

from xrm_core.plugin import Change, Reader

from . import rules


def complete_opportunity(change: Change, rates: Rates, reader: Reader) -> dict[str, Any]:
    """The columns to set. What the same save gives by hand stays, but won and lost always are 100 and 0."""
    after, before = change.after, change.before
    patch: dict[str, Any] = {}
    if change.children.get("lines"):
        lines = [_priced(dict(row), reader) for row in change.children["lines"]]
        patch["lines"] = lines
        patch["amount"] = rules.cents(sum((rules.line_net(row) for row in lines), Decimal(0)))
    patch |= _stage(change, reader)
    if change.action == "create":
        patch["first_expected_on"] = after["first_expected_on"] or after["expected_on"]
        patch |= _from_customer(change, reader)
    elif "expected_on" in change.changed:
        patch["pushes"] = rules.pushes(before["expected_on"], after["expected_on"], before["pushes"] or 0)
    amount = patch.get("amount", after["amount"])
    return patch | rates.base("amount_base", amount, after["amount_currency"], after["won_on"] or after["expected_on"])


def _stage(change: Change, reader: Reader) -> dict[str, Any]:
    """Probability, forecast and the day of entry, when the stage is a new one."""
    after, before = change.after, change.before
    if after["stage"] == before.get("stage"):
        return {}
    brings = reader.code("opportunity_stage", after["stage"])
    final = brings.get("phase") == "closed"
    patch: dict[str, Any] = {}
    for column, attribute in (("probability", "probability"), ("forecast", "forecast")):
        by_hand = after[column] is not None and after[column] != before.get(column)
        if final or not by_hand:
            patch[column] = brings.get(attribute)
    if after["stage_since"] is None or (change.action == "update" and after["stage_since"] == before["stage_since"]):
        patch["stage_since"] = reader.today
    if change.transition == "reopen":
        patch |= {"lost_reason": None, "lost_on": None}
    return patch


def _from_customer(change: Change, reader: Reader) -> dict[str, Any]:
    """Owner and department of the customer, where none is given."""
    customer = reader.get("customer", change.after["customer"]) if change.after["customer"] else None
    if customer is None:
        return {}
    return {name: customer[name] for name in ("owner", "department") if change.after[name] is None}


def _priced(row: dict[str, Any], reader: Reader) -> dict[str, Any]:
    """A line with the product's list price where it has none."""
    product = reader.get("product", row["product"]) if row.get("product") else None
    if product is not None:
        row["description"] = row.get("description") or product["name"]
        row["unit_price"] = product["list_price"] if row.get("unit_price") is None else row["unit_price"]
    return row
