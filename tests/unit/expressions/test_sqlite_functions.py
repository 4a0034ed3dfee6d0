"""Functions of SQLite connections."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from xrm_core.expressions import values as v
from xrm_core.expressions.sqlite_functions import FUNCTIONS, half, quotient, ratio
from xrm_core.expressions.sqlite_values import iso, stored

ZONES = (
    "UTC", "Europe/Dublin", "Europe/Vienna", "Asia/Kolkata", "America/St_Johns", "Australia/Lord_Howe", "America/Havana", "Pacific/Apia",
)  # fmt: skip


@given(st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59)), st.sampled_from(ZONES))
@example(
    datetime(2010, 11, 7, 2, 30, 30), "America/St_Johns"
)  # half past midnight for a minute, then the day before again
@example(datetime(1910, 5, 1, 0, 25, 20), "Europe/Dublin")
@example(datetime(9999, 12, 31, 23, 0), "Asia/Kolkata")
def test_the_date_of_a_moment_is_that_of_the_language(moment: datetime, zone: str) -> None:
    """Whatever is kept of hours that moments share, the date is what the expression language says."""
    _, local_date = FUNCTIONS["x_local_date"]
    assert local_date(stored(moment), zone) == iso(v.local_date(moment.replace(tzinfo=UTC), zone))


@pytest.mark.parametrize("second", range(0, 3600, 47))
def test_an_hour_with_two_dates_is_told_apart(second: int) -> None:
    """An hour in which midnight lies is not taken for one day."""
    moment = datetime(2026, 3, 5, 18, second // 60, second % 60)
    _, local_date = FUNCTIONS["x_local_date"]
    assert local_date(stored(moment), "Asia/Kolkata") == ("2026-03-05" if second < 1800 else "2026-03-06")


NUMBERS = st.one_of(st.none(), st.integers(-(10**19), 10**19), st.integers(-1000, 1000))


@given(NUMBERS, NUMBERS, st.integers(0, 8), st.integers(0, 6))
@example(10**18, 1, 0, 0)
@example(1 - 10**18, 1, 1, 1)
@example(-5, 10, 0, 0)
def test_a_ratio_is_a_quotient_with_fewer_places(a: int | None, b: int | None, up: int, down: int) -> None:
    """It rounds twice, as dividing and rounding one after the other do."""
    q = quotient(a, b, 10**up)
    assert ratio(a, b, 10**up, 10**down) == (None if q is None else half(q, 10**down))
