"""The pure rules of donors."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st
from xrm_donors import rules

MONTHLY, WEEKLY, ONCE = {"months": 1, "days": 0}, {"months": 0, "days": 7}, {"months": 0, "days": 0}
TODAY = date(2026, 5, 1)
AMOUNTS = st.decimals(D("0.01"), D("999999.99"), places=2)


@given(AMOUNTS, st.lists(st.integers(1, 9999), min_size=1, max_size=9))
def test_shares_always_add_up(base: D, weights: list[int]) -> None:
    """Shares and rest make the whole, to the cent, and no share is more than a cent from its exact value."""
    left, rows = D(100), []
    for weight in weights:
        percent = (left * weight / 10000).quantize(D("0.0001"))
        rows.append({"percent": percent})
        left -= percent
    parts, rest = rules.shares(base, base, rows)
    assert sum(parts) + rest == base
    assert rest >= 0
    assert all(abs(part - base * row["percent"] / 100) <= D("0.01") for part, row in zip(parts, rows, strict=True))


def test_whole_shares_leave_no_rest() -> None:
    """Percentages of a hundred leave nothing; the cent goes to the largest remainder."""
    parts, rest = rules.shares(
        D("10.00"), D("10.00"), [{"percent": D("33.3333")}, {"percent": D("33.3333")}, {"percent": D("33.3334")}]
    )
    assert (parts, rest) == ([D("3.33"), D("3.33"), D("3.34")], D("0.00"))
    assert rules.shares(D("8.85"), D("100"), [{"amount": D("50")}]) == ([D("4.43")], D("4.42"))


@pytest.mark.parametrize(
    ("amount", "rows", "faults"),
    [
        (D(100), [{"percent": D(50)}, {"percent": D(50)}], 0), (D(100), [{"percent": D(60)}, {"percent": D(50)}], 2), (D(100), [{"amount": D(101)}], 1),
        (D(100), [{"amount": D(1), "percent": D(1)}], 1), (D(100), [{}], 1), (None, [{"percent": D(50)}], 0), (D(100), [{"amount": D(60)}, {"percent": D(50)}], 1),
    ],
)  # fmt: skip
def test_allocation_faults(amount: D | None, rows: list[dict[str, D]], faults: int) -> None:
    """One of percent and amount each, and together not more than there is."""
    found = rules.allocation_faults(amount, rows)
    assert bool(found) is bool(faults)
    assert all(sentence.endswith(".") for _, sentence in found)


@pytest.mark.parametrize(
    ("largest", "last", "ask"),
    [
        (D(20000), D(20000), D(25000)),
        (D(60), D(60), D(100)),
        (D(10), D(5), D(10)),
        (None, D(3), D(10)),
        (None, None, None),
        (D(100), D(1), D(100)),
        (D(1), D(209), D(500)),
    ],
)
def test_suggested_ask(largest: D | None, last: D | None, ask: D | None) -> None:
    """The next round sum above what was given."""
    assert rules.suggested_ask(largest, last) == ask


@given(AMOUNTS, st.integers(1, 120), st.dates(date(2020, 1, 1), date(2030, 12, 31)))
def test_pledge_lines_add_up(amount: D, count: int, first: date) -> None:
    """Lines make the pledge; days rise; a month's end is kept."""
    lines = rules.pledge_lines(amount, count, MONTHLY, first)
    assert sum(a for _, a in lines) == amount
    assert len(lines) == count
    days = [d for d, _ in lines]
    assert days == sorted(set(days))
    assert all(d.day == first.day or (d + timedelta(days=1)).day == 1 for d in days)


def test_month_ends() -> None:
    """31 January, 28 February, 31 March; weeks are weeks."""
    assert [d for d, _ in rules.pledge_lines(D(3), 3, MONTHLY, date(2026, 1, 31))] == [
        date(2026, 1, 31),
        date(2026, 2, 28),
        date(2026, 3, 31),
    ]
    assert rules.due_day(date(2026, 1, 31), WEEKLY, 2) == date(2026, 2, 14)


def test_days_of_recurring_gifts() -> None:
    """The wished day of the month, the next one, and none after a single gift."""
    assert rules.first_due(date(2026, 1, 10), 5) == date(2026, 2, 5)
    assert rules.first_due(date(2026, 2, 10), 31) == date(2026, 2, 28)
    assert rules.first_due(date(2026, 1, 10), None) == date(2026, 1, 10)
    assert rules.next_due(date(2026, 2, 28), MONTHLY, 1, 31) == date(2026, 3, 31)
    assert rules.next_due(date(2026, 1, 15), MONTHLY, 3) == date(2026, 4, 15)
    assert rules.next_due(date(2026, 1, 15), ONCE) is None


def test_reports() -> None:
    """A narrative after each full year, a final one after the end."""
    assert [k for k, _ in rules.report_days(date(2026, 1, 1), date(2028, 12, 31), TODAY)] == [
        "narrative",
        "narrative",
        "final",
    ]
    assert rules.report_days(None, None, TODAY) == [("final", date(2027, 5, 1) + timedelta(days=60))]


@pytest.mark.parametrize(
    ("stage", "days", "move"),
    [
        ("prospect", [], None), ("prospect", [TODAY], "first_gift"), ("prospect", [TODAY, TODAY], "first_gift"), ("prospect", [TODAY, date(2025, 1, 1)], "second_gift"),
        ("first_time", [TODAY], None), ("first_time", [TODAY, date(2026, 4, 1)], "second_gift"), ("active", [TODAY], None),
        ("lapsed", [TODAY], "return"), ("lapsed", [date(2020, 1, 1)], None), ("former", [TODAY, None], "return"), ("prospect", [None], None),
    ],
)  # fmt: skip
def test_evidence(stage: str, days: list[date | None], move: str | None) -> None:
    """Gifts move the stage; an old gift booked late brings nobody back."""
    assert rules.evidence(stage, days, TODAY) == move


def test_thanks_wanted() -> None:
    """Public bodies, matching gifts and donors who do not wish it are not thanked."""
    assert rules.thanks_wanted({"type": "individual"}, {})
    assert not rules.thanks_wanted({"type": "public_body"}, {})
    assert not rules.thanks_wanted({"type": "company"}, {"thanks": False})
    assert not rules.thanks_wanted({"type": "individual", "thanks_wish": False}, {})
