"""What the customers plugin does when records are saved.

The rules are in `rules.py`, the reading around them in `selling.py`, `pipeline.py` and `making.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from xrm_parties.rates import Rates

from xrm_core.plugin import (
    ActionSpec,
    Actor,
    Change,
    FurtherChange,
    Patch,
    Problem,
    Reader,
    SampleStep,
    Schedule,
    _,
    hook,
)

from . import making, selling
from .acting import expire_quotes, make_order, revise
from .pipeline import complete_opportunity
from .sample import make_customers

ORDER_LABEL = {"en": "Make order", "de": "Auftrag anlegen", "ar": "إنشاء طلب"}
REVISE_LABEL = {"en": "New revision", "de": "Neue Fassung", "ar": "نسخة جديدة"}
FREE = ("import", "sample")
"""Doors of records that tell what happened elsewhere: they are completed, never refused for what was agreed."""


@hook("xrm_before_save", entity="customer")
def reopen_customer(change: Change) -> Mapping[str, Any]:
    """Reopening clears what the end said."""
    return {"until": None, "end_reason": None, "lost_reason": None} if change.transition == "reopen" else {}


@hook("xrm_before_save", entity="opportunity", batch=True)
def complete_opportunities(changes: Sequence[Change], reader: Reader) -> Sequence[Mapping[str, Any]]:
    """Stage brings probability and forecast; lines make the amount; a later expected day counts as put off."""
    rates = Rates(reader)
    return [complete_opportunity(change, rates, reader) for change in changes]


@hook("xrm_before_save", mixin="itemised", batch=True)
def complete_documents(changes: Sequence[Change], reader: Reader) -> Sequence[Mapping[str, Any]]:
    """Quotes and orders: currency, prices from the lists, totals."""
    rates, shelf = Rates(reader), selling.Shelf(reader)
    return [selling.complete_document(change, rates, shelf, reader) for change in changes]


@hook("xrm_before_save", entity=("order_lines", "quote_lines"))
def complete_line(change: Change, reader: Reader) -> Mapping[str, Any]:
    """A line saved by itself gets its price as one saved with its document does."""
    return {} if change.door == "import" else selling.complete_line(change, reader)


@hook("xrm_before_save", entity="order")
def note_release(change: Change, actor: Actor) -> Mapping[str, Any]:
    """Who released the credit."""
    if change.door in FREE or "released_amount" not in change.changed:
        return {}
    return {"released_by": actor.id if change.after["released_amount"] is not None else None}


@hook("xrm_validate", mixin="itemised")
def lines_are_in_order(change: Change, actor: Actor) -> Sequence[Problem]:
    """Prices are there; a high discount is the sales lead's."""
    return () if change.door in FREE else selling.line_problems(change, actor)


@hook("xrm_validate", entity="order")
def credit_is_enough(change: Change, actor: Actor, reader: Reader) -> Sequence[Problem]:
    """An order is confirmed when the customer's credit covers it, or finance has released it."""
    if change.door in FREE:
        return ()
    may_release = actor.is_system or actor.roles & {"finance", "finance_lead", "admin"}
    if "released_amount" in change.changed and change.after["released_amount"] is not None and not may_release:
        return [Problem(_("A credit release is given by finance."), "refused", "released_amount")]
    return selling.credit_problems(change, reader) if change.transition == "confirm" else ()


@hook("xrm_before_save", entity="invoice", batch=True)
def complete_invoices(changes: Sequence[Change], reader: Reader) -> Sequence[Mapping[str, Any]]:
    """The exchange rate of the day of issue, and the day of full payment."""
    rates = Rates(reader)
    return [making.complete_invoice(change, rates, reader) for change in changes]


@hook("xrm_after_save", entity=("order_lines", "quote_lines"), batch=True)
def lines_change_totals(changes: Sequence[Change], reader: Reader) -> Sequence[Sequence[FurtherChange]]:
    """A line saved by itself brings its document's totals up to date."""
    return making.follow_lines(changes, Rates(reader), reader)


@hook("xrm_after_save", entity=("order", "opportunity"))
def who_buys_is_active(change: Change, reader: Reader) -> Sequence[FurtherChange]:
    """A confirmed order, or a won opportunity, makes its customer active."""
    if change.transition not in ("confirm", "win"):
        return ()
    customer = reader.get("customer", change.after["customer"])
    waiting = customer is not None and customer["stage"] in ("lead", "qualified", "dormant")
    return [Patch("customer", change.after["customer"], transition="activate")] if waiting else ()


@hook("xrm_after_save", entity="quote")
def accepted_quote_becomes_order(change: Change, reader: Reader) -> Sequence[FurtherChange]:
    """An accepted quote becomes an order with the same lines and prices."""
    return [making.order_from_quote(change.after, reader)] if change.transition == "accept" else ()


@hook
def xrm_actions() -> Sequence[ActionSpec]:
    """Buttons that make one document from another."""
    return [
        ActionSpec(
            "make_order", "opportunity", ORDER_LABEL, run=make_order, when="record.stage == 'won'", makes="order"
        ),
        ActionSpec(
            "revise",
            "quote",
            REVISE_LABEL,
            run=revise,
            when="!(record.status in ['accepted', 'superseded'])",
            makes="quote",
            icon="copy-plus",
        ),
    ]


@hook
def xrm_schedule() -> Sequence[Schedule]:
    """Quotes expire after their last day."""
    return [
        Schedule(
            "expire_quotes",
            "daily",
            expire_quotes,
            label={"en": "Quotes expire", "de": "Angebote verfallen", "ar": "انتهاء صلاحية عروض الأسعار"},
        )
    ]


@hook
def xrm_sample() -> Sequence[SampleStep]:
    """Customers of the demo."""
    return [make_customers]
