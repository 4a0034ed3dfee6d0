"""The arithmetic of health and dates."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from xrm_outcomes.rules import Part, Signal, band_of, due_from, fell, health_of, mark_of, usual_days, within

NUMBERS = st.decimals(0, 100, places=1, allow_nan=False)
PARTS = st.lists(st.tuples(st.integers(1, 50), st.none() | NUMBERS), max_size=6).map(
    lambda rows: [Part(str(n), Decimal(weight), value) for n, (weight, value) in enumerate(rows)]
)


def test_health_is_the_weighted_mean_of_what_is_known() -> None:
    """35 of 80 and 20 of 50, and a part of which nothing is known, counted by their weights."""
    found = health_of(
        [Part("a", Decimal(35), Decimal(80)), Part("b", Decimal(20), Decimal(50)), Part("c", Decimal(15), None)]
    )
    assert (found.health, found.band, found.known) == (69, "watch", Decimal("78.6"))


def test_too_little_known_is_unknown() -> None:
    """Less than half of the weight says nothing; exactly half does."""
    one, other = Part("a", Decimal(10), Decimal(90)), Part("b", Decimal(11), None)
    assert health_of([one, other]).band == "unknown"
    assert health_of([one, Part("b", Decimal(10), None)]).band == "good"
    assert health_of([]).health is None


@given(PARTS)
def test_health_lies_between_its_parts(parts: list[Part]) -> None:
    """It is never above the best or below the worst part that is known, but for the rounding."""
    found = health_of(parts)
    values = [part.value for part in parts if part.value is not None]
    if found.health is None:
        assert found.band == "unknown"
    else:
        assert min(values) - 1 < found.health < max(values) + 1
        assert found.band == band_of(found.health)


@pytest.mark.parametrize(
    ("before", "after", "is_fall"),
    [
        ("good", "watch", True),
        ("watch", "good", False),
        ("unknown", "risk", False),
        (None, "risk", False),
        ("risk", "risk", False),
    ],
)
def test_a_fall_is_from_a_known_band_to_a_lower_one(before: str | None, after: str, is_fall: bool) -> None:
    """From and to the unknown nothing falls."""
    assert fell(before, after) is is_fall


@pytest.mark.parametrize(
    ("value", "told"),
    [(None, None), (True, 100), (False, 0), (130, 100), (-2, 0), (Decimal("12.345"), Decimal("12.3"))],
)
def test_signals_are_cut_to_their_scale(value: object, told: object) -> None:
    """0 to 100 with one place; yes is 100."""
    assert within(value) == told


def test_months_later_is_a_day_that_exists() -> None:
    """The last day of a shorter month stands for the 31st."""
    assert due_from(date(2026, 1, 31), 1) == date(2026, 2, 28)
    assert due_from(date(2026, 11, 30), 12) == date(2027, 11, 30)
    assert due_from(date(2028, 2, 29), 12) == date(2029, 2, 28)


def test_usual_is_the_median_where_there_are_enough() -> None:
    """Of four nothing is said; of five the one in the middle, a week at least."""
    assert [usual_days(ages) for ages in ([1, 2, 3, 400], [10, 20, 30, 40, 4000], [0, 0, 1, 2, 3])] == [None, 30, 7]


def test_a_fingerprint_is_of_what_counts() -> None:
    """The order of signals and blanks in a measure change nothing; a weight and a measure do."""
    one, two = Signal("a", Decimal(20), "1 + 1"), Signal("b", Decimal("5.00"), "2")
    assert mark_of([one, two]) == mark_of([Signal("b", Decimal(5), "2"), Signal("a", Decimal("20.0"), "1  +\n1")])
    assert (
        len({mark_of([one]), mark_of([Signal("a", Decimal(21), "1 + 1")]), mark_of([Signal("a", Decimal(20), "1")])})
        == 3
    )
