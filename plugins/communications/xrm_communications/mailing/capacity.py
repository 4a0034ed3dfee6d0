"""How many answers a mailing brings, and how many a department can give in a week."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

from xrm_core.plugin import Reader, Record

WEEKS = 12
LAST = 3
"""Mailings of the same kind that the rate of answers is taken from."""
FIRST_RATE = 0.02
"""Share that answers where there was no such mailing yet; where answers are asked for, five times that."""


def expected(record: Record, purpose: str, recipients: int, reader: Reader) -> int:
    """Answers to expect: the rate of the last three mailings from the same template, else of the same purpose."""
    rates: list[float] = []
    for filter, value in (
        ("record.template == given.one", record["template"]),
        ("record.purpose == given.one", purpose),
    ):
        found = reader.find("mailing", f"record.status == 'sent' && {filter}", {"one": value}, limit=200)
        latest = sorted((row for row in found if row["ended_at"]), key=lambda row: row["ended_at"], reverse=True)
        sizes = [(int(_count(row, "delivered", reader)), int(_count(row, "answered", reader))) for row in latest[:LAST]]
        rates = [answered / delivered for delivered, answered in sizes if delivered]
        if rates:
            break
    rate = sum(rates) / len(rates) if rates else FIRST_RATE * (5 if record["answer_wanted"] else 1)
    return round(recipients * rate)


def _count(row: Record, field: str, reader: Reader) -> Any:
    return reader.value("mailing", row, field) or 0


def free(department: str | None, reader: Reader) -> int | None:
    """Answers that the department can still give in the week to come: what its calendar says, else the best of its last twelve
    weeks, less what it owes already and will come due. None where nothing is known of it."""
    since, until = reader.now - timedelta(weeks=WEEKS), reader.now + timedelta(days=7)
    of = "record.department == given.one" if department else "record.department == null"
    calendars = reader.find(
        "business_calendar", f"{of} && record.answers_per_week != null", {"one": department}, limit=1
    )
    given = reader.find(
        "obligation", f"{of} && record.debtor == 'we' && record.closed_at >= given.since && record.state == 'answered'",
        {"one": department, "since": since}, limit=10_000,
    )  # fmt: skip
    if calendars:
        most: int | None = calendars[0]["answers_per_week"]
    else:
        weeks = Counter((reader.now - row["closed_at"]) // timedelta(weeks=1) for row in given)
        most = max(weeks.values(), default=None)
    if most is None:
        return None
    owed = reader.find(
        "obligation", f"{of} && record.debtor == 'we' && record.state == 'open' && record.due_at < given.until",
        {"one": department, "until": until}, limit=10_000,
    )  # fmt: skip
    return max(0, most - len(owed))
