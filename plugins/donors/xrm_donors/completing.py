"""What is filled in before a donation is saved: its worth in our currency, shares of funds, payments, thanks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from xrm_parties.rates import Rates

from xrm_core.plugin import Actor, BatchReader, Change, Reader

from . import rules

Row = Mapping[str, Any]
FREE = ("import", "sample")
"""Doors of history: what comes in here happened long ago and raises no duties."""


class Books:
    """What many donations of one save ask for again and again, read once: rates, default fund, own body, codes."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.rates = Rates(reader)
        self._facts: dict[str, Any] = {}

    def first(self, entity: str, filter: str) -> str | None:
        """Id of the first record for which a filter holds."""
        if entity not in self._facts:
            found = self.reader.find(entity, filter, {}, 1)
            self._facts[entity] = found[0]["id"] if found else None
        return self._facts[entity]  # type: ignore[no-any-return]  # only ids are kept

    def own_body(self) -> str | None:
        """Our own body that gifts are for where nobody says another."""
        return self.first("party", "record.is_own == true && record.status == 'active'")

    def rest_fund(self, campaign: str | None) -> str | None:
        """Where goes what is not allocated: the campaign's default fund, else the organisation's."""
        found = self.reader.get("campaign", campaign) if campaign else None
        return (found or {}).get("default_fund") or self.first("fund", "record.is_default == true")


def gift_day(record: Row) -> Any:
    """The day a gift counts on: received, else accepted, else expected."""
    return record.get("received_on") or record.get("accepted_on") or record.get("expected_on")


def becomes(change: Change, status: str) -> bool:
    """Does the save bring the record into this state?"""
    return change.after.get("status") == status and change.before.get("status") != status


def complete_donations(changes: Sequence[Change], actor: Actor, reader: BatchReader) -> list[dict[str, Any]]:
    """One patch per donation."""
    for link in ("donor", "campaign"):  # read together, so that the single reads below find them at hand
        reader.get_many(link, {id for change in changes if (id := change.after.get(link))})
    books = Books(reader)
    return [_complete(change, actor, books) for change in changes]


def _complete(change: Change, actor: Actor, books: Books) -> dict[str, Any]:
    patch: dict[str, Any] = {}
    after = change.after
    if change.action == "create":
        patch |= _defaults(change, books)
    day, old_day = gift_day(after), gift_day(change.before)
    if (
        after.get("amount_base") is None
        or day != old_day
        or any(after.get(c) != change.before.get(c) for c in ("amount", "amount_currency"))
    ):
        patch |= books.rates.base("amount_base", after.get("amount"), after.get("amount_currency"), day)
    if change.door not in FREE:
        patch |= _effects(change, books)
    if after.get("thanks") == "thanked" and change.before.get("thanks") != "thanked" and not after.get("thanked_on"):
        patch |= {"thanked_on": books.reader.today, "thanked_by": after.get("thanked_by") or actor.id}
    return patch | _allocate(change, {**after, **patch}, books)


def _defaults(change: Change, books: Books) -> dict[str, Any]:
    """What a new donation takes from its donor, appeal, pledge or recurring gift, where it was not said."""
    after = change.after
    patch: dict[str, Any] = {}
    if not after.get("recipient") and (own := books.own_body()):
        patch["recipient"] = own
    donor = books.reader.get("donor", after["donor"]) if after.get("donor") else None
    if donor and donor.get("anonymous") and not after.get("anonymous"):
        patch["anonymous"] = True
    for link, entity in (("appeal", "appeal"), ("pledge", "pledge"), ("recurring", "recurring_gift")):
        source = books.reader.get(entity, after[link]) if after.get(link) else None
        if source and not after.get("campaign") and source.get("campaign"):
            patch["campaign"] = source["campaign"]
        if source and entity != "appeal" and "allocations" not in change.children and change.door not in FREE:
            rows = books.reader.children(entity, "allocations", source["id"])
            patch["allocations"] = [
                {k: r[k] for k in ("fund", "percent")} for r in rows if r.get("percent") is not None
            ]
    return {k: v for k, v in patch.items() if v not in (None, [])}


def _effects(change: Change, books: Books) -> dict[str, Any]:
    """Payments and the duty to thank that follow from receiving, failing and paying back."""
    after, reader = change.after, books.reader
    if becomes(change, "received"):
        kind = reader.code("donation_kind", after.get("kind") or "")
        donor = reader.get("donor", after["donor"]) or {}
        patch: dict[str, Any] = {"payments": _received(change, reader)}
        if after.get("thanks") in (None, "not_wanted") and rules.thanks_wanted(donor, kind):
            patch["thanks"] = "due"
        return patch
    if becomes(change, "failed"):
        return {
            "payments": [
                {**r, "status": "failed"} if r.get("status") == "received" else r
                for r in _rows(change, "payments", reader)
            ]
        }
    if becomes(change, "refunded"):
        rows = _rows(change, "payments", reader)
        paid = sum((r["amount"] for r in rows if r.get("status") == "received"), Decimal(0)) or after["amount"]
        back = {
            "amount": -paid,
            "amount_currency": after.get("amount_currency"),
            "paid_on": reader.today,
            "status": "refunded",
            "method": after.get("method"),
        }
        return {"payments": [*rows, back]}
    return {}


def _received(change: Change, reader: Reader) -> list[dict[str, Any]]:
    """The payments of a received gift: those that exist, and one for what they leave open, unless some do exist."""
    after = change.after
    rows = _rows(change, "payments", reader)
    if any(r.get("status") != "failed" for r in rows):
        return rows
    day = gift_day(after)
    paid = {"amount": after.get("amount"), "amount_currency": after.get("amount_currency"), "status": "received"}
    return [*rows, {**paid, "due_on": after.get("expected_on") or day, "paid_on": day, "method": after.get("method")}]


def _rows(change: Change, table: str, reader: Reader) -> list[dict[str, Any]]:
    """The rows a table of the donation will have, each whole."""
    stored = reader.children(change.entity, table, change.id) if change.action == "update" else ()
    if table not in change.children:
        return [dict(r) for r in stored]
    known = {r["id"]: r for r in stored}
    return [{**known.get(r.get("id"), {}), **r} for r in change.children[table]]


def _allocate(change: Change, record: Row, books: Books) -> dict[str, Any]:
    """Shares of the allocations in our currency, and where the rest goes."""
    given = record.get("allocations") or change.children.get("allocations")
    same = all(change.before.get(k) == record.get(k) for k in ("amount", "amount_base", "campaign"))
    if change.action == "update" and "allocations" not in change.children and same:
        return {}
    rows = [dict(r) for r in given or ()] if change.action == "create" else _rows(change, "allocations", books.reader)
    base, amount = record.get("amount_base"), record.get("amount")
    if base is None or amount is None:
        return {"rest": None, "rest_fund": None}
    parts, rest = rules.shares(base, amount, rows) if rows else ([], base)
    patch: dict[str, Any] = {"rest": rest, "rest_fund": books.rest_fund(record.get("campaign")) if rest else None}
    if rows:
        patch["allocations"] = [
            {
                **row,
                "share": part,
                **({"amount_currency": record.get("amount_currency")} if row.get("amount") is not None else {}),
            }
            for row, part in zip(rows, parts, strict=True)
        ]
    return patch


def complete_allocation(change: Change) -> dict[str, Any]:
    """An allocation that is changed by itself has no share until its donation has worked it out."""
    touched = {"percent", "amount"} & change.changed
    return {"share": None} if change.action == "update" and touched and "share" not in change.changed else {}
