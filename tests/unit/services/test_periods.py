"""Periods as moments."""

from __future__ import annotations

from datetime import date

from xrm_core.services.periods import within

SPAN = (date(2026, 3, 1), date(2026, 3, 31))


def test_days_of_a_span_as_moments() -> None:
    """With a zone moments are compared, from midnight to midnight there, over the change of clocks too; without it days are."""
    assert within("record.at", True, SPAN, "Europe/Vienna") == [
        "record.at >= timestamp('2026-02-28T23:00:00Z')",
        "record.at < timestamp('2026-03-31T22:00:00Z')",
    ]
    days = ["date(record.at) >= date('2026-03-01')", "date(record.at) <= date('2026-03-31')"]
    assert within("record.at", True, SPAN) == days
    assert within("record.on", False, SPAN, "Europe/Vienna") == [
        d.replace("date(record.at)", "record.on") for d in days
    ]
    assert within("record.at", True, (None, None), "UTC") == []
