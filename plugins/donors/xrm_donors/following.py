"""What else changes after a save: stages move by evidence, schedules are ticked off, trees and rates are carried on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from xrm_core.plugin import BatchReader, Change, FurtherChange, NewRecord, Patch, Reader

from . import rules
from .completing import FREE, becomes, gift_day
from .promises import lineage

Row = Mapping[str, Any]
COUNTS = ("status", "donor", "amount_base", "received_on", "accepted_on")
"""Columns of a donation that change what is known of its donor."""


def follow_donations(changes: Sequence[Change], reader: BatchReader) -> list[list[FurtherChange]]:
    """Donors, pledges and recurring gifts take note of gifts. One answer per change; each donor is looked at once."""
    seen: set[str] = set()
    answers: list[list[FurtherChange]] = []
    reader.get_many("donor", {change.after["donor"] for change in changes})
    for change in changes:
        answer: list[FurtherChange] = []
        counts = any(change.before.get(k) != change.after.get(k) for k in COUNTS)
        donor = change.after["donor"]
        if counts and donor not in seen and "received" in (change.after.get("status"), change.before.get("status")):
            seen.add(donor)
            answer += _donor(donor, change, reader)
        if change.door not in FREE and change.before.get("status") != change.after.get("status"):
            answer += _pledge(change, reader) + _recurring(change, reader)
        answers.append(answer)
    return answers


def _donor(id: str, change: Change, reader: Reader) -> list[FurtherChange]:
    """Stage and suggested ask, from all received gifts."""
    donor = reader.get("donor", id)
    if donor is None:
        return []
    gifts = [g for g in reader.children("donor", "donations", id) if g.get("status") == "received"]
    dated = sorted((d, g["amount_base"]) for g in gifts if (d := gift_day(g)) and g.get("amount_base") is not None)
    since = rules.add_months(reader.today, -24)
    ask = rules.suggested_ask(max((a for d, a in dated if d > since), default=None), dated[-1][1] if dated else None)
    move = rules.evidence(donor.get("stage"), (gift_day(g) for g in gifts), reader.today)
    values: dict[str, Any] = {}
    if ask != donor.get("suggested_ask"):
        values = {"suggested_ask": ask, "suggested_ask_currency": reader.settings["currency"] if ask else None}
    if not move and not values:
        return []
    return [Patch("donor", id, values, transition=move, reason=change.after.get("number") if move else None)]


def _pledge(change: Change, reader: Reader) -> list[FurtherChange]:
    """A received gift ticks off the first open line of its pledge; a returned one opens it again."""
    pledge = reader.get("pledge", change.after["pledge"]) if change.after.get("pledge") else None
    if pledge is None:
        return []
    lines = sorted(reader.children("pledge", "schedule", pledge["id"]), key=lambda r: r["due_on"])
    mine = [line for line in lines if line.get("donation") == change.id]
    answer: list[FurtherChange] = []
    if becomes(change, "received") and not mine:
        open_lines = [line for line in lines if not line.get("donation")]
        answer += [Patch("pledge_schedule", line["id"], {"donation": change.id}) for line in open_lines[:1]]
    elif change.before.get("status") == "received":
        answer += [Patch("pledge_schedule", line["id"], {"donation": None}) for line in mine]
    settled = ("received", "written_off")
    done = sum(
        (g["amount"] for g in reader.children("pledge", "donations", pledge["id"]) if g.get("status") in settled),
        Decimal(0),
    )
    if pledge["status"] == "active" and done >= pledge["amount"]:
        answer.append(Patch("pledge", pledge["id"], transition="fulfil", reason=change.after.get("number")))
    elif pledge["status"] == "fulfilled" and done < pledge["amount"]:
        answer.append(Patch("pledge", pledge["id"], transition="reopen", reason=change.after.get("number")))
    return answer


def _recurring(change: Change, reader: Reader) -> list[FurtherChange]:
    """Failures in a row."""
    gift = reader.get("recurring_gift", change.after["recurring"]) if change.after.get("recurring") else None
    if gift is None:
        return []
    failures = (
        (gift.get("failures") or 0) + 1
        if becomes(change, "failed")
        else 0
        if becomes(change, "received")
        else gift.get("failures")
    )
    return [] if failures == gift.get("failures") else [Patch("recurring_gift", gift["id"], {"failures": failures})]


def follow_allocations(changes: Sequence[Change], reader: Reader) -> list[list[FurtherChange]]:
    """Allocations that were saved by themselves: their donation works out the shares. One answer per change."""
    seen: set[str] = set()
    answers: list[list[FurtherChange]] = []
    for change in changes:
        id = change.after["donation"]
        gone = change.action == "delete"
        if id in seen or (not gone and change.after.get("share") is not None):
            answers.append([])
            continue
        seen.add(id)
        gift = reader.get("donation", id)
        keep = ("id", "fund", "percent", "amount", "amount_currency", "source", "source_key")
        rows = [{k: r.get(k) for k in keep} for r in reader.children("donation", "allocations", id)]
        live = (
            gift is not None
            and not gift.get("deleted_at")
            and gift.get("amount_base") is not None
            and (rows or not gone)
        )
        answers.append([Patch("donation", id, {"allocations": rows})] if live else [])
    return answers


def follow_funding(change: Change, reader: Reader) -> list[FurtherChange]:
    """An award to us is a gift that is expected, unless gifts are listed already."""
    after = change.after
    own = reader.get("party", after["recipient"]) if after.get("recipient") else None
    if (
        change.door in FREE
        or not becomes(change, "awarded")
        or not after.get("awarded")
        or (own and not own.get("is_own"))
    ):
        return []
    if reader.children("funding", "donations", change.id):
        return []
    values = {
        "donor": after["donor"], "funding": change.id, "amount": after["awarded"], "amount_currency": after.get("awarded_currency"),
        "expected_on": after.get("starts_on") or after.get("decided_on"), "purpose": after.get("title"), "instalment_no": 1,
    }  # fmt: skip
    return [NewRecord("donation", values)]


def follow_campaign(change: Change, reader: Reader) -> list[FurtherChange]:
    """A campaign that moved takes all that is below it along."""
    if change.action != "update" or "parent" not in change.changed:
        return []
    answer: list[FurtherChange] = []
    level = [
        (
            change.id,
            lineage(
                change.id,
                reader.children("campaign", "lineage", change.after["parent"]) if change.after.get("parent") else (),
            ),
        )
    ]
    while level:
        below = []
        for id, line in level:
            for part in reader.children("campaign", "parts", id):
                own = lineage(part["id"], line)
                answer.append(Patch("campaign", part["id"], {"lineage": own}))
                below.append((part["id"], own))
        level = below
    return answer


def follow_rate(change: Change, reader: Reader) -> list[FurtherChange]:
    """Gifts that waited for a rate get their worth in our currency."""
    if change.action not in ("create", "update"):
        return []
    waiting = reader.find(
        "donation",
        "record.amount_base == null && record.amount_currency == given.currency",
        {"currency": change.after["currency"]},
        10_000,
    )
    return [Patch("donation", g["id"]) for g in waiting if (gift_day(g) or change.after["on"]) >= change.after["on"]]


def follow_party_merge(change: Change, reader: Reader) -> list[FurtherChange]:
    """Where both parties give, the donor of the merged one ends; what pointed to it has moved to the other (parties does that)."""
    into = change.after.get("merged_into")
    if change.transition != "merge" or not into:
        return []
    mine, theirs = (list(reader.children("party", "donor_via_party", id)) for id in (change.id, into))
    answer: list[FurtherChange] = []
    if mine and theirs and mine[0].get("stage") != "former":
        ended = {"end_reason": "merged", "until": reader.today}
        answer.append(Patch("donor", mine[0]["id"], ended, transition="end", reason="the party was merged"))
    return answer


def follow_party_unmerge(change: Change, reader: Reader) -> list[FurtherChange]:
    """A donor that ended with a merge is taken up again when that is undone: gifts that came back have done so already."""
    if change.transition != "unmerge":
        return []
    mine = (d for d in reader.children("party", "donor_via_party", change.id) if d.get("end_reason") == "merged")
    return [Patch("donor", d["id"], {"end_reason": None, "until": None}, reason="the merge was undone") for d in mine]


def follow_undone_end(change: Change) -> list[FurtherChange]:
    """A donor whose end with a merge was undone, and that no gift moved on, may become one."""
    undone = change.before.get("end_reason") == "merged" and change.after.get("end_reason") is None
    return [Patch("donor", change.id, transition="reopen")] if undone and change.after.get("stage") == "former" else []
