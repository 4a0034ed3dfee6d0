"""The named operations of donors: thank, book what is due, draft receipts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from xrm_core.plugin import ActionSpec, Actor, FurtherChange, NewRecord, Patch, Reader, Schedule

from . import rules

Row = Mapping[str, Any]
DUE = "record.status == 'active' && record.next_due_on <= today()"
"""Recurring gifts of which one is to be booked."""
MOST = 10_000
"""Recurring gifts booked in one run; those that are left come with the next."""


def thank(record: Row, values: Row, actor: Actor, reader: Reader) -> Sequence[FurtherChange]:
    """The donor has been thanked, today."""
    return [Patch("donation", record["id"], {"thanks": "thanked"})]


def book_due(record: Row, values: Row, actor: Actor, reader: Reader) -> Sequence[FurtherChange]:
    """One expected donation for the day that is due; the next day is set. Doing it twice books the next day, never one twice."""
    return booking(record, reader)


def book_all_due(reader: Reader, today: date) -> Sequence[tuple[FurtherChange, ...]]:
    """What is due of all recurring gifts: for each the gift and its next day, together or not at all."""
    return [booking(record, reader) for record in reader.find("recurring_gift", DUE, limit=MOST)]


def booking(record: Row, reader: Reader) -> tuple[NewRecord, Patch]:
    """The expected donation of a recurring gift that is due, and its next day."""
    due = record["next_due_on"]
    earlier = reader.children("recurring_gift", "donations", record["id"])
    number = max((g.get("instalment_no") or 0 for g in earlier), default=0) + 1
    step = reader.code("frequency", record["frequency"])
    following = rules.next_due(due, step, record.get("every") or 1, record.get("day"))
    if following and record.get("ends_on") and following > record["ends_on"]:
        following = None
    gift = {
        "donor": record["donor"], "recurring": record["id"], "instalment_no": number, "amount": record["amount"],
        "amount_currency": record.get("amount_currency"), "expected_on": due, "method": record["method"],
    }  # fmt: skip
    return NewRecord("donation", gift), Patch("recurring_gift", record["id"], {"next_due_on": following})


def draft_receipt(record: Row, values: Row, actor: Actor, reader: Reader) -> Sequence[FurtherChange]:
    """A draft receipt for this one gift."""
    donor = reader.get("donor", record["donor"]) or {}
    kind = "in_kind" if record.get("kind") == "in_kind" else "single"
    return [NewRecord("receipt", {"party": donor["party"], "kind": kind, "donations": [{"donation": record["id"]}]})]


def draft_yearly_receipt(record: Row, values: Row, actor: Actor, reader: Reader) -> Sequence[FurtherChange]:
    """A draft receipt for all gifts of money of a calendar year that are on no receipt yet."""
    year = int(values.get("year") or reader.today.year - 1)
    gifts = reader.find(
        "donation",
        "record.donor == given.donor && record.status == 'received' && record.kind != 'in_kind' && record.receipt_state == 'none'"
        " && year(record.received_on) == given.year",
        {"donor": record["id"], "year": year}, 2000,
    )  # fmt: skip
    if not gifts:
        return []
    return [
        NewRecord(
            "receipt", {"party": record["party"], "kind": "yearly", "donations": [{"donation": g["id"]} for g in gifts]}
        )
    ]


ACTIONS = (
    ActionSpec("thank", "donation", {"en": "Thanked", "de": "Gedankt", "ar": "شُكر"}, thank, when="record.thanks == 'due'", icon="hand-heart"),
    ActionSpec(
        "draft_receipt", "donation", {"en": "Draft a receipt", "de": "Bescheinigung entwerfen", "ar": "صياغة إيصال"}, draft_receipt,
        when="record.status == 'received' && record.receipt_state == 'none'", makes="receipt",
    ),
    ActionSpec(
        "draft_yearly_receipt", "donor", {"en": "Draft the year's receipt", "de": "Jahresbescheinigung entwerfen", "ar": "صياغة إيصال السنة"}, draft_yearly_receipt,
        makes="receipt",
        fields={"year": {"type": "integer", "min": 1900, "max": 2200, "label": {"en": "Year", "de": "Jahr", "ar": "السنة"}}},
    ),
    ActionSpec(
        "book_due", "recurring_gift", {"en": "Book what is due", "de": "Fälliges buchen", "ar": "قيد المستحق"}, book_due,
        when=DUE, makes="donation", icon="calendar-check",
    ),
)  # fmt: skip
SCHEDULES = (
    Schedule(
        "book_due",
        "daily",
        book_all_due,
        label={"en": "Book gifts that are due", "de": "Fällige Spenden buchen", "ar": "قيد التبرعات المستحقة"},
    ),
)
"""What people and programs may do on a record beside changing its fields."""
