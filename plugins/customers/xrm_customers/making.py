"""Documents made from others, and what follows from lines and payments."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from xrm_parties.rates import Rates

from xrm_core.plugin import Actor, Change, FurtherChange, NewRecord, Patch, Reader, Record

from .selling import COPIED, OFFERED, document_totals, taken

VALID_DAYS = 30
"""How long a new revision of a quote holds."""


def order_from_quote(quote: Record, reader: Reader) -> NewRecord:
    """The order that an accepted quote becomes: prices frozen."""
    lines = taken(reader.children("quote", "lines", quote["id"]), COPIED)
    values = {name: quote[name] for name in ("customer", "opportunity", "contact", "currency")}
    return NewRecord(
        "order",
        {**values, "quote": quote["id"], "taken_by": quote["owner"], "ordered_on": reader.today, "lines": lines},
    )


def order_from_opportunity(opportunity: Record, actor: Actor, reader: Reader) -> NewRecord:
    """The order of a won opportunity."""
    lines = taken(reader.children("opportunity", "lines", opportunity["id"]), OFFERED)
    values = {
        "customer": opportunity["customer"],
        "opportunity": opportunity["id"],
        "taken_by": actor.id or opportunity["owner"],
        "currency": opportunity["amount_currency"],
        "ordered_on": reader.today,
        "lines": lines,
    }
    return NewRecord("order", values)


def next_revision(quote: Record, reader: Reader) -> NewRecord:
    """The same quote once more, under the same number."""
    values = {
        name: quote[name] for name in ("number", "customer", "opportunity", "contact", "owner", "currency", "terms")
    }
    lines = taken(reader.children("quote", "lines", quote["id"]), COPIED)
    dates = {"quoted_on": reader.today, "valid_until": reader.today + timedelta(days=VALID_DAYS)}
    return NewRecord("quote", {**values, **dates, "revision": quote["revision"] + 1, "lines": lines})


def complete_invoice(change: Change, rates: Rates, reader: Reader) -> dict[str, Any]:
    """Rate of the day of issue; today as day of payment when this save pays in full and gives none."""
    after = change.after
    patch: dict[str, Any] = {"exchange_rate": rates.rate(after["amount_currency"], after["issued_on"])}
    if after["paid"] is not None and after["paid_currency"] is None:
        patch["paid_currency"] = after["amount_currency"]
    paid = after["paid"] is not None and after["amount"] is not None and after["paid"] >= after["amount"]
    if paid and after["paid_on"] is None and change.door != "import":
        patch["paid_on"] = reader.today
    elif not paid and after["paid_on"] is not None:
        patch["paid_on"] = None
    return patch


def follow_lines(changes: Sequence[Change], rates: Rates, reader: Reader) -> list[list[FurtherChange]]:
    """For the first line of each document: its totals, where what is stored differs from what its lines come to."""
    answers: list[list[FurtherChange]] = []
    seen: set[str] = set()
    for change in changes:
        entity = change.entity.removesuffix("_lines")
        parent = change.after[entity]
        record = reader.get(entity, parent) if parent not in seen else None
        seen.add(parent)
        sums = (
            document_totals(entity, record, reader.children(entity, "lines", parent), rates, reader) if record else {}
        )
        differs = record is not None and any(record[name] != value for name, value in sums.items())
        answers.append([Patch(entity, parent, sums)] if differs else [])
    return answers
