"""What is filled in before a donor, pledge, recurring gift, receipt, funding or campaign is saved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from xrm_core.plugin import Change, Reader

from . import rules
from .completing import FREE, becomes

Row = Mapping[str, Any]


def complete_donor(change: Change, reader: Reader) -> dict[str, Any]:
    """The type that follows from the kind of party, where nobody said one."""
    if change.after.get("type") or not change.after.get("party"):
        return {}
    party = reader.get("party", change.after["party"]) or {}
    return {"type": rules.TYPE_OF.get(party.get("kind") or "", "other")}


def complete_pledge(change: Change, reader: Reader) -> dict[str, Any]:
    """The schedule, until a line of it has been paid or somebody wrote his own."""
    after = change.after
    needed = ("amount", "instalments", "frequency", "first_due_on")
    if "schedule" in change.children or any(after.get(k) is None for k in needed):
        return {}
    if change.action == "update":
        rows = reader.children("pledge", "schedule", change.id)
        if not {*needed, "amount_currency"} & change.changed or any(r.get("donation") for r in rows):
            return {}
    step = reader.code("frequency", after["frequency"])
    count = after["instalments"] if step.get("per_year") else 1
    lines = rules.pledge_lines(after["amount"], count, step, after["first_due_on"])
    rows = [{"due_on": day, "amount": amount, "amount_currency": after.get("amount_currency")} for day, amount in lines]
    return {"schedule": rows, "instalments": count}


def complete_recurring(change: Change) -> dict[str, Any]:
    """The next due day of a new recurring gift, and the end of a pause."""
    after = change.after
    patch: dict[str, Any] = {}
    if (
        change.action == "create"
        and after.get("next_due_on") is None
        and after.get("starts_on")
        and after.get("status") == "active"
    ):
        patch["next_due_on"] = rules.first_due(after["starts_on"], after.get("day"))
    if becomes(change, "active") and change.action == "update":
        patch |= {"paused_until": None, "failures": 0}
    if becomes(change, "ended"):
        patch["next_due_on"] = None
    return patch


def complete_receipt(change: Change, reader: Reader) -> dict[str, Any]:
    """Name and address as they stand today, where nobody wrote others."""
    after = change.after
    if change.before.get("status") in ("issued", "void") or not after.get("party"):
        return {}
    party = reader.get("party", after["party"]) or {}
    patch: dict[str, Any] = {}
    if not after.get("name_as_printed"):
        patch["name_as_printed"] = party.get("legal_name") or party.get("name")
    if not after.get("address_as_printed"):
        rows = reader.children("party", "addresses", after["party"])
        best = max(
            (r for r in rows if r.get("quality") != "undeliverable"), key=lambda r: bool(r.get("primary")), default=None
        )
        patch["address_as_printed"] = printed(best) if best else None
    return {k: v for k, v in patch.items() if v}


def printed(row: Row) -> str:
    """An address as it stands on paper, a line each."""
    town = " ".join(row[f"address_{p}"] for p in ("postcode", "locality") if row.get(f"address_{p}"))
    lines = [row.get(f"address_{p}") for p in ("care_of", "line1", "line2", "line3")]
    return "\n".join(line for line in (*lines, town, row.get("address_region"), row.get("address_country")) if line)


def complete_funding(change: Change, reader: Reader) -> dict[str, Any]:
    """The reports a funder expects, from the moment of the award, where nobody has listed them."""
    after = change.after
    if change.door in FREE or not becomes(change, "awarded") or change.children.get("reports"):
        return {}
    if change.action == "update" and reader.children("funding", "reports", change.id):
        return {}
    decided = after.get("decided_on") or reader.today
    days = rules.report_days(after.get("starts_on"), after.get("ends_on"), decided)
    return {"reports": [{"kind": kind, "due_on": day} for kind, day in days]}


def complete_campaigns(changes: Sequence[Change], reader: Reader) -> list[dict[str, Any]]:
    """The line of ancestors of each campaign, itself first; figures of a tree are summed along it."""
    made: dict[str, list[dict[str, Any]]] = {}
    answers: list[dict[str, Any]] = []
    for change in changes:
        if "parent" not in change.changed and change.action != "create":
            answers.append({})
            continue
        parent = change.after.get("parent")
        above = made.get(parent or "") or (reader.children("campaign", "lineage", parent) if parent else ())
        made[change.id] = lineage(change.id, above)
        answers.append({"lineage": made[change.id]})
    return answers


def lineage(campaign: str, above: Sequence[Row]) -> list[dict[str, Any]]:
    """The rows of a campaign's line: itself, then the line of its parent one step further up."""
    ups = sorted(above, key=lambda r: r["depth"])
    return [{"ancestor": campaign, "depth": 0}, *({"ancestor": r["ancestor"], "depth": r["depth"] + 1} for r in ups)]
