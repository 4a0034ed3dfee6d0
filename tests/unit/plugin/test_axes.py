"""The numbers of a value axis."""

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xrm_core.plugin import round_steps

VALUES = st.decimals(-1_000_000, 1_000_000, places=2, allow_nan=False)


@given(VALUES, VALUES)
def test_the_axis_holds_what_is_shown(one: Decimal, other: Decimal) -> None:
    """A few round numbers in order, from below the least to above the greatest."""
    low, high = sorted((one, other))
    marks = round_steps(low, high)
    assert marks == sorted(set(marks))
    assert marks[0] <= low <= high <= marks[-1]
    assert 2 <= len(marks) <= 8
    assert len({b - a for a, b in pairwise(marks)}) == 1


@pytest.mark.parametrize(
    ("low", "high", "marks"),
    [("0", "26", "0 10 20 30"), ("0", "0.07", "0 0.02 0.04 0.06 0.08"), ("-3", "21", "-10 0 10 20 30"), ("4", "4", "3 3.5 4 4.5 5")],
)  # fmt: skip
def test_the_numbers_are_round(low: str, high: str, marks: str) -> None:
    """Steps of one, two, two and a half or five, times a power of ten; exactly, in decimals."""
    assert round_steps(Decimal(low), Decimal(high)) == [Decimal(mark) for mark in marks.split()]
