"""By when an answer is due, pauses and all: what holds for any calendar, moment and pauses."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from xrm_communications import owing

from xrm_core.plugin.working import BusinessCalendar, joined, without_pauses, worked

OPENED = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 1)).map(lambda at: at.replace(tzinfo=UTC))
PAUSES = st.lists(
    st.tuples(st.timedeltas(timedelta(0), timedelta(days=20)), st.timedeltas(timedelta(minutes=1), timedelta(days=9))), max_size=4
)  # fmt: skip


@st.composite
def offices(draw: st.DrawFn) -> BusinessCalendar:
    """Open by day on some days of the week (no clock is changed then), closed on some dates."""
    span = st.tuples(st.integers(6 * 60, 12 * 60), st.integers(13 * 60, 20 * 60))
    hours = draw(st.dictionaries(st.integers(1, 7), st.lists(span, min_size=1, max_size=2).map(joined), min_size=1))
    closed = draw(st.lists(st.dates(date(2026, 1, 1), date(2026, 12, 31)), max_size=6))
    return BusinessCalendar(draw(st.sampled_from(("UTC", "Europe/Dublin", "America/New_York", "Asia/Kolkata"))), hours, dict.fromkeys(closed, ()))  # fmt: skip


@given(offices(), OPENED, st.integers(1, 3_000), PAUSES)
@settings(max_examples=150, deadline=None)
def test_the_time_for_an_answer_is_there_beside_its_pauses(
    office: BusinessCalendar, opened: datetime, minutes: int, told: list[tuple[timedelta, timedelta]]
) -> None:
    """Between the opening and the day it is due lie just the minutes of its target, the pauses left out, however they overlap; a pause
    never makes it due earlier, one outside hours or after it changes nothing."""
    pauses = [(opened + begins, opened + begins + length) for begins, length in told]
    due = owing.due_by(opened, minutes, office, pauses)
    assert without_pauses(opened, due, office, pauses) == timedelta(minutes=minutes)
    assert due >= owing.due_by(opened, minutes, office, [])
    idle = [pause for pause in pauses if not worked(*pause, office)]
    assert owing.due_by(opened, minutes, office, idle) == owing.due_by(opened, minutes, office, [])
    later = (due + timedelta(minutes=1), due + timedelta(days=2))
    assert owing.due_by(opened, minutes, office, [*pauses, later]) == due
