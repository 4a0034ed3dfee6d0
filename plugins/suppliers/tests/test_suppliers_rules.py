"""The rules of purchasing."""

from datetime import date
from decimal import Decimal

import pytest
from xrm_suppliers import rules

TODAY = date(2026, 6, 30)


@pytest.mark.parametrize(
    ("criticality", "count", "last"),
    [("low", 2, "bank"), ("medium", 5, "insurance"), ("high", 8, "quality_system"), ("critical", 10, "continuity")],
)
def test_criticality_adds_checks(criticality: str, count: int, last: str) -> None:
    """Each level asks for its own checks and for those of the levels below."""
    kinds = rules.checks_for(criticality)
    assert (len(kinds), kinds[-1], kinds[0]) == (count, last, "identity")


def test_personal_data_adds_the_data_agreement() -> None:
    """Whoever handles personal data is checked for it, whatever the criticality."""
    assert rules.checks_for("low", personal_data=True) == ("identity", "bank", "data_protection")


def test_only_missing_checks_are_opened() -> None:
    """A check that exists is not opened twice."""
    assert rules.missing_checks(["bank", "tax"], "medium") == ("identity", "conduct", "insurance")


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 3, 31), 1, date(2026, 2, 28)),
        (date(2024, 3, 31), 1, date(2024, 2, 29)),
        (date(2026, 1, 15), 24, date(2024, 1, 15)),
        (date(2026, 1, 31), 1, date(2025, 12, 31)),
    ],
)
def test_months_before_keeps_the_month_end(day: date, months: int, expected: date) -> None:
    """The last day of a shorter month stands in."""
    assert rules.months_before(day, months) == expected


def test_newest_review_counts_most() -> None:
    """Weights 1, 0.75, 0.5, 0.25 from the newest; a fifth review is left out."""
    reviews = [(date(2026, 6 - n, 1), Decimal(score)) for n, score in enumerate((80, 60, 40, 20, 100))]
    assert rules.supplier_score(reviews, TODAY) == Decimal("60.0")  # (80 + 45 + 20 + 5) / 2.5


def test_old_reviews_do_not_count() -> None:
    """After 24 months a review is forgotten; without any there is no score."""
    assert rules.supplier_score([(date(2024, 6, 29), Decimal(90))], TODAY) is None
    assert rules.supplier_score([(date(2024, 6, 30), Decimal(90))], TODAY) == Decimal("90.0")
    assert rules.supplier_score([(date(2026, 1, 1), None)], TODAY) is None


@pytest.mark.parametrize(("score", "letter"), [("80", "A"), ("79.9", "B"), ("60", "B"), ("40", "C"), ("39.9", "D")])
def test_grades(score: str, letter: str) -> None:
    """A from 80, B from 60, C from 40, D below."""
    assert rules.grade(Decimal(score)) == letter


def test_advice_on_bad_scores() -> None:
    """A D or two C in a row call for a suspension, one C for improvement, the rest for nothing."""
    assert rules.advice([Decimal(30)]) == "suspend"
    assert rules.advice([Decimal(50), Decimal(45)]) == "suspend"
    assert rules.advice([Decimal(50), Decimal(75)]) == "improve"
    assert rules.advice([Decimal(90), Decimal(30)]) is None
    assert rules.advice([]) is None


def test_high_spend_ends_at_the_line() -> None:
    """The suppliers that make up the first 80 % are class A; who crosses the line still belongs."""
    spend = {"a": Decimal(50), "b": Decimal(29), "c": Decimal(11), "d": Decimal(10)}
    assert rules.high_spend(spend) == {"a", "b", "c"}
    assert rules.high_spend({}) == frozenset()


@pytest.mark.parametrize(
    ("high", "risk", "single", "expected"),
    [
        (True, "high", False, "strategic"), (True, "low", False, "leverage"), (False, "high", False, "bottleneck"),
        (False, "medium", False, "routine"), (False, "low", True, "bottleneck"), (True, None, False, "leverage"),
    ],
)  # fmt: skip
def test_quadrant(high: bool, risk: str | None, single: bool, expected: str) -> None:
    """Spend share and supply risk give the quadrant; a single source is a risk."""
    assert rules.quadrant(high, risk, single) == expected


def test_newer_certificate_replaces() -> None:
    """One that ends later, or never, takes the place; an earlier end does not."""
    assert rules.is_replaced(date(2026, 1, 1), date(2027, 1, 1))
    assert rules.is_replaced(date(2026, 1, 1), None)
    assert not rules.is_replaced(date(2026, 1, 1), date(2025, 1, 1))
    assert not rules.is_replaced(None, date(2025, 1, 1))


def test_spend_limit() -> None:
    """The excess over the limit is told; exactly at the limit is within; no limit is no check."""
    assert rules.over_limit(Decimal(100), Decimal(60), Decimal(50)) == Decimal(10)
    assert rules.over_limit(Decimal(100), Decimal(60), Decimal(40)) is None
    assert rules.over_limit(None, Decimal(60), Decimal(50)) is None
