"""What metadata cannot say against a gift, a promise, a receipt or a campaign."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from xrm_core.plugin import Change, Problem, Reader, _

from . import rules
from .completing import FREE, gift_day

Row = Mapping[str, Any]
PRINTED = ("donor", "amount", "amount_currency", "advantage", "received_on", "status")
"""What a receipt says of a gift."""
MAY_CHANGE = frozenset({"status", "void_reason", "file", "updated_at", "updated_by", "version", "deleted_at"})
"""What may still change on a receipt that was issued."""


def check_donation(change: Change, reader: Reader) -> list[Problem]:
    """Allocations, gifts in kind, gifts born as received, and gifts that a receipt was issued for."""
    after = change.after
    problems = check_allocations(change, reader)
    if change.door not in FREE and after.get("status") == "received":
        if change.action == "create":
            problems += [
                Problem(told, "required", name)
                for name, told in (
                    ("received_on", _("A received gift needs its date.")),
                    ("method", _("A received gift needs the way it was paid.")),
                )
                if not after.get(name)
            ]
        if after.get("kind") == "in_kind":
            need = (
                ("in_kind_description", _("Of a gift in kind, say what was given.")),
                ("valued_by", _("Of a gift in kind, say who valued it.")),
            )
            problems += [Problem(told, "required", name) for name, told in need if not after.get(name)]
    touched = [k for k in PRINTED if after.get(k) != change.before.get(k)]
    if touched == ["donor"] and is_merged(_party(change.before, reader), _party(after, reader), reader):
        touched = []
    if (touched or change.action == "delete") and change.before.get("status") == "received":
        number = issued_receipt(change.id, reader)
        if number:
            told = _("Receipt {number} was issued for this gift.", number=number)
            problems.append(Problem(told, "receipt_issued", hint=_("void the receipt first")))
    return problems


def is_merged(old: str | None, new: str | None, reader: Reader) -> bool:
    """Was the one party merged into the other? Then papers in its name are the other's, and its own again while that is undone."""
    gone, back = (reader.get("party", id) if old and new else None for id in (old, new))
    if gone is not None and gone.get("merged_into") == new:
        return True
    return back is not None and back.get("merged_into") == old and back.get("status") != "merged"


def _party(gift: Row, reader: Reader) -> str | None:
    donor = reader.get("donor", gift["donor"]) if gift.get("donor") else None
    return donor["party"] if donor else None


def issued_receipt(donation: str, reader: Reader, other_than: str | None = None) -> str | None:
    """Number of the issued receipt that this gift is on; None when there is none."""
    for tie in reader.children("donation", "receipt_donations_via_donation", donation):
        receipt = reader.get("receipt", tie["receipt"]) if tie["receipt"] != other_than else None
        if receipt and receipt.get("status") == "issued" and not receipt.get("deleted_at"):
            return str(receipt["number"])
    return None


def check_allocations(change: Change, reader: Reader) -> list[Problem]:
    """Not more than there is, one of percent and amount each, and only funds that are open."""
    rows = change.children.get("allocations")
    if rows is None:
        if "amount" not in change.changed or change.action != "update":
            return []
        rows = reader.children(change.entity, "allocations", change.id)
    amount = change.after.get("amount", change.after.get("awarded"))
    problems = [
        Problem(message, "allocation", field) for field, message in rules.allocation_faults(amount, rows, reader.shown)
    ]
    day = gift_day(change.after) or change.after.get("made_on") or reader.today
    for n, row in enumerate(rows):
        fund = reader.get("fund", row["fund"]) if row.get("fund") and not row.get("id") else None
        if fund and change.door not in FREE:
            problems += closed(fund, day, f"allocations[{n}].fund", reader)
    return problems


def closed(fund: Row, day: Any, field: str, reader: Reader) -> list[Problem]:
    """The problem of a fund that is not open on a day."""
    if fund.get("closes_on") and fund["closes_on"] < day:
        told = _("{fund} is closed since {day}.", fund=fund["name"], day=reader.shown(fund["closes_on"]))
    elif fund.get("opens_on") and fund["opens_on"] > day:
        told = _("{fund} opens on {day}.", fund=fund["name"], day=reader.shown(fund["opens_on"]))
    else:
        return []
    return [Problem(told, "closed_fund", field, hint=_("choose another fund"))]


def check_receipt(change: Change, reader: Reader) -> list[Problem]:
    """An issued receipt stays as it is; one that is issued lists received gifts of its party that are on no other."""
    before = change.before.get("status")
    if before in ("issued", "void"):
        if change.action == "delete":
            return [Problem(_("A numbered receipt is never deleted."), "receipt_issued", hint=_("void it"))]
        touched = [k for k in change.changed if k not in MAY_CHANGE]
        if touched == ["party"] and is_merged(change.before["party"], change.after["party"], reader):
            touched = []
        if touched or change.children:
            return [
                Problem(
                    _("An issued receipt is never changed."),
                    "receipt_issued",
                    touched[0] if touched else None,
                    hint=_("void it and issue another"),
                )
            ]
    if change.transition != "issue":
        return []
    ties = change.children.get("donations")
    ties = reader.children("receipt", "donations", change.id) if ties is None else ties
    problems = [] if ties else [Problem(_("There is no gift on it."), "receipt", "donations")]
    for tie in ties:
        problems += _check_listed(change, tie["donation"], reader)
    return problems


def _check_listed(change: Change, donation: str, reader: Reader) -> list[Problem]:
    gift = reader.get("donation", donation) or {}
    donor = reader.get("donor", gift["donor"]) if gift.get("donor") else None
    number = gift.get("number")
    if gift.get("status") != "received":
        return [Problem(_("{number} was not received.", number=number), "receipt", "donations")]
    if donor and donor["party"] != change.after["party"]:
        return [Problem(_("{number} is a gift of somebody else.", number=number), "receipt", "donations")]
    other = issued_receipt(donation, reader, change.id)
    if other:
        told = _("{number} is already on receipt {other}.", number=number, other=other)
        return [Problem(told, "receipt", "donations", hint=_("void {receipt} first", receipt=other))]
    if (gift.get("kind") == "in_kind") != (change.after.get("kind") == "in_kind"):
        told = _("{number}: gifts in kind get a receipt of their own.", number=number)
        return [Problem(told, "receipt", "kind")]
    return []


def check_campaign(change: Change, reader: Reader) -> list[Problem]:
    """No campaign is part of itself."""
    parent = change.after.get("parent")
    if not parent or "parent" not in change.changed:
        return []
    line = {r["ancestor"] for r in reader.children("campaign", "lineage", parent)}
    if change.id == parent or change.id in line:
        return [Problem(_("That would make a circle: the parent is part of this campaign."), "circle", "parent")]
    return []
