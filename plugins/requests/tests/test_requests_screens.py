"""Times and amounts of work as the screens say them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from xrm_requests.screens_words import ago, left, work

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("until", "said", "tone"),
    [
        (timedelta(minutes=25), "25 min left", "warn"),
        (timedelta(hours=3), "3 h left", "info"),
        (timedelta(days=2), "2 days left", "neutral"),
        (timedelta(minutes=-5), "5 min over", "bad"),
        (timedelta(days=-1), "1 day over", "bad"),
    ],
)
def test_time_left_is_said_in_words(until: timedelta, said: str, tone: str) -> None:
    """The clock is told in words, and the tone never says anything that the words do not."""
    assert left(NOW + until, NOW) == (said, tone)


def test_amounts_of_work_and_times_past() -> None:
    """Hours and minutes as people say them; what never was says nothing."""
    assert [work(n) for n in (45, 120, 450)] == ["45 min", "2 h", "7 h 30 min"]
    assert [ago(NOW - timedelta(hours=2), NOW), ago(None, NOW)] == ["2 h ago", ""]
