"""What the suppliers plugin does when records are saved.

The rules are in `rules.py`, the reading around them in `qualifying.py`.
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
    called,
    hook,
)

from . import qualifying, rules
from .acting import expire_contracts, place_in_portfolio
from .sample import make_suppliers

FREE = ("import", "sample")
"""Doors of records that tell what happened elsewhere: they are completed, never refused for what was agreed."""


@hook("xrm_before_save", entity="supplier")
def open_checks(change: Change, reader: Reader) -> Mapping[str, Any]:
    """Screening opens the checks that the criticality asks for; lifting a block and reopening clear what they end."""
    if change.transition == "screen":
        rows = list(change.children.get("checks", reader.children("supplier", "checks", change.id)))
        kinds = rules.missing_checks(
            (r["kind"] for r in rows), change.after["criticality"], bool(change.after["handles_personal_data"])
        )
        return {"checks": [*rows, *({"kind": kind, "status": "open"} for kind in kinds)]} if kinds else {}
    if change.transition == "unblock":
        return {"blocked_reason": None, "blocked_on": None}
    return {"until": None, "end_reason": None} if change.transition == "reopen" else {}


@hook("xrm_validate", entity="supplier")
def finance_blocks_for_finance(change: Change, actor: Actor, reader: Reader) -> Sequence[Problem]:
    """Finance may block for sanctions, fraud and insolvency; the rest is procurement's."""
    if change.transition != "block" or actor.is_system or actor.roles & {"procurement_lead", "admin"}:
        return ()
    reason = reader.code("block_reason", change.after["blocked_reason"])
    if reason.get("by_finance"):
        return ()
    why = called(reason.get("label"))
    told = _("Finance blocks for sanctions, fraud or insolvency; for “{why}” ask the procurement lead.", why=why)
    return [Problem(told, "refused", "blocked_reason")]


@hook("xrm_before_save", entity="contract", batch=True)
def complete_contracts(changes: Sequence[Change], reader: Reader) -> Sequence[Mapping[str, Any]]:
    """The value in the organisation's currency, at the rate of the award or the start; who looks after a new contract."""
    rates = Rates(reader)
    return [
        rates.base(
            "value_base", c.after["value"], c.after["value_currency"], c.after["awarded_on"] or c.after["starts_on"]
        )
        | qualifying.care_of_supplier(c, reader)
        for c in changes
    ]


@hook("xrm_validate", entity="contract")
def contract_needs_fit_suppliers(change: Change, actor: Actor, reader: Reader) -> Sequence[Problem]:
    """A contract is made, activated and renewed with suppliers that may have one."""
    if change.door in FREE or not (change.action == "create" or change.transition in ("activate", "renew")):
        return ()
    return qualifying.contract_problems(change, actor, reader)


@hook("xrm_before_save", entity="spend", batch=True)
def spend_in_base(changes: Sequence[Change], reader: Reader) -> Sequence[Mapping[str, Any]]:
    """The amount in the organisation's currency, and the category of its contract where none is given."""
    rates = Rates(reader)
    return [
        rates.base("amount_base", c.after["amount"], c.after["amount_currency"], c.after["booked_on"])
        | qualifying.category_of_contract(c, reader)
        for c in changes
    ]


@hook("xrm_after_save", entity="certificate")
def newer_certificate_replaces(change: Change, reader: Reader) -> Sequence[FurtherChange]:
    """A new certificate takes the place of those of its kind that end earlier."""
    if change.action != "create":
        return ()
    older = reader.find(
        "certificate", "record.supplier == given.supplier && record.kind == given.kind && record.replaced_by == null",
        {"supplier": change.after["supplier"], "kind": change.after["kind"]},
    )  # fmt: skip
    return [
        Patch("certificate", old["id"], {"replaced_by": change.id})
        for old in older
        if old["id"] != change.id and rules.is_replaced(old["expires_on"], change.after["expires_on"])
    ]


@hook("xrm_before_save", entity="review")
def ask_for_all_criteria(change: Change, reader: Reader) -> Mapping[str, Any]:
    """A new review has a row for each criterion, so that what is not scored is seen."""
    if change.action != "create":
        return {}
    rows = list(change.children.get("scores", ()))
    there = {row.get("criterion") for row in rows}
    return {"scores": [*rows, *({"criterion": c} for c in rules.CRITERIA if c not in there)]}


@hook("xrm_after_save", entity="review")
def score_supplier(change: Change, reader: Reader) -> Sequence[FurtherChange]:
    """Publishing or withdrawing a review works the supplier's score out anew."""
    if "published" not in (change.before.get("status"), change.after.get("status")):
        return ()
    return [
        Patch("supplier", change.after["supplier"], {"score": qualifying.score_of(change.after["supplier"], reader)})
    ]


@hook
def xrm_actions() -> Sequence[ActionSpec]:
    """The portfolio button."""
    return [
        ActionSpec(
            "place_in_portfolio",
            "supplier",
            {"en": "Place in the portfolio", "de": "Ins Portfolio einordnen", "ar": "الإدراج في المحفظة"},
            run=place_in_portfolio,
            icon="grid-2x2-check",
        )
    ]


@hook
def xrm_schedule() -> Sequence[Schedule]:
    """Contracts expire after their end."""
    return [
        Schedule(
            "expire_contracts",
            "daily",
            expire_contracts,
            label={"en": "Contracts expire", "de": "Verträge laufen ab", "ar": "انتهاء العقود"},
        )
    ]


@hook
def xrm_sample() -> Sequence[SampleStep]:
    """Suppliers of the demo."""
    return [make_suppliers]
