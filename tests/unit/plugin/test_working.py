"""The clock of working time: its properties over random calendars, moments and daylight saving, and cases worked out by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xrm_core.plugin.working import (
    BusinessCalendar,
    ClosedForGood,
    after,
    is_open,
    joined,
    minutes_of,
    wall,
    without_pauses,
    worked,
)

ZONES = (
    "UTC",
    "Europe/Dublin",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kolkata",
    "Africa/Cairo",
)
SPANS = st.lists(st.tuples(st.integers(0, 1440), st.integers(0, 1440)), max_size=3).map(joined)
MOMENTS = st.datetimes(datetime(2025, 1, 1), datetime(2027, 12, 31)).map(lambda at: at.replace(tzinfo=UTC))
NEAR = st.tuples(
    st.sampled_from(
        (
            datetime(2026, 3, 29, 0, tzinfo=UTC),
            datetime(2026, 10, 25, 0, tzinfo=UTC),
            datetime(2026, 11, 1, 5, tzinfo=UTC),
            datetime(2026, 4, 4, 14, tzinfo=UTC),
        )
    ),
    st.timedeltas(timedelta(hours=-6), timedelta(hours=6)),
).map(lambda pair: pair[0] + pair[1])
"""Moments around a change of daylight saving."""
ANY = MOMENTS | NEAR


@st.composite
def calendars(draw: st.DrawFn) -> BusinessCalendar:
    """Any hours on any weekdays, some single days open or closed."""
    hours = draw(st.dictionaries(st.integers(1, 7), SPANS, max_size=7))
    days = draw(st.dictionaries(st.dates(date(2025, 12, 20), date(2026, 11, 10)), SPANS, max_size=5))
    return BusinessCalendar(draw(st.sampled_from(ZONES)), hours, days)


@given(calendars(), ANY, ANY, ANY)
@settings(max_examples=300, deadline=None)
def test_working_time_is_additive_and_never_negative(
    calendar: BusinessCalendar, a: datetime, b: datetime, c: datetime
) -> None:
    """What lies between two moments is the sum of its parts, wherever they are cut, in the doubled hour too."""
    a, b, c = sorted((a, b, c))
    assert worked(a, b, calendar) >= timedelta(0)
    assert worked(a, c, calendar) == worked(a, b, calendar) + worked(b, c, calendar)
    assert worked(b, a, calendar) == timedelta(0) or a == b


@given(calendars(), ANY, ANY)
@settings(max_examples=300, deadline=None)
def test_after_and_worked_are_each_others_inverse(calendar: BusinessCalendar, a: datetime, b: datetime) -> None:
    """So much later is the moment itself, where it lies inside the hours (not at an opening, which is as good as the closing
    before) and the wall clock shows it once."""
    a, b = sorted((a, b))
    local = b.astimezone(ZoneInfo(calendar.zone))
    once = local.replace(fold=0).utcoffset() == local.replace(fold=1).utcoffset()
    inside = is_open(b, calendar) and is_open(b - timedelta.resolution, calendar)
    if inside and once and worked(a, b, calendar) > timedelta(0):
        assert after(a, worked(a, b, calendar), calendar) == b


@given(calendars(), ANY, st.timedeltas(timedelta(0), timedelta(hours=80)))
@settings(max_examples=200, deadline=None)
def test_what_is_added_is_there(calendar: BusinessCalendar, a: datetime, working: timedelta) -> None:
    """Until the moment so much later, at least so much was worked; it is never before the start."""
    try:
        end = after(a, working, calendar)
    except ClosedForGood:
        assert not any(calendar.hours.values())
        return
    assert end >= a
    assert worked(a, end, calendar) >= working - timedelta(hours=1)
    # a skipped hour counts at once: the end may lie at most that hour before


@given(calendars(), ANY, ANY, st.lists(st.tuples(ANY, ANY), max_size=3))
@settings(max_examples=200, deadline=None)
def test_pauses_take_away_what_they_hold_and_no_more(
    calendar: BusinessCalendar, a: datetime, b: datetime, pauses: list[tuple[datetime, datetime]]
) -> None:
    """Never below nothing, never more than without them; twice the same pause is one; outside hours a pause changes nothing."""
    a, b = sorted((a, b))
    left = without_pauses(a, b, calendar, pauses)
    assert timedelta(0) <= left <= worked(a, b, calendar)
    assert left == without_pauses(a, b, calendar, [*pauses, *pauses])
    idle = [pause for pause in pauses if worked(*pause, calendar) == timedelta(0)]
    assert without_pauses(a, b, calendar, idle) == worked(a, b, calendar)


def test_a_week_by_hand() -> None:
    """Friday 16:00 and four hours: an hour on Friday, three on Monday; a holiday on Monday moves them to Tuesday."""
    office = BusinessCalendar("Europe/Dublin")
    friday = datetime(2026, 11, 20, 16, tzinfo=UTC)
    assert after(friday, timedelta(hours=4), office) == datetime(2026, 11, 23, 12, tzinfo=UTC)
    closed = BusinessCalendar("Europe/Dublin", days={date(2026, 11, 23): ()})
    assert after(friday, timedelta(hours=4), closed) == datetime(2026, 11, 24, 12, tzinfo=UTC)
    assert after(friday + timedelta(hours=5), timedelta(0), office) == datetime(2026, 11, 23, 9, tzinfo=UTC)


def test_daylight_saving_by_hand() -> None:
    """A night shift from one to four: in spring the hour that is skipped counts, in autumn the doubled one counts once."""
    night = BusinessCalendar("Europe/Berlin", {7: ((60, 240),)})
    spring, autumn = datetime(2026, 3, 29, 0, tzinfo=UTC), datetime(2026, 10, 24, 23, tzinfo=UTC)
    assert worked(spring, spring + timedelta(hours=2), night) == timedelta(hours=3)
    assert worked(autumn, autumn + timedelta(hours=4), night) == timedelta(hours=3)
    assert wall(datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "Europe/Berlin") == datetime(2026, 10, 25, 3, 0)


def test_half_open_hours() -> None:
    """Open at the minute of opening, closed at the minute of closing."""
    office = BusinessCalendar("UTC", {1: ((540, 720), (780, 1020))})
    monday = datetime(2026, 11, 23, tzinfo=UTC)
    at = [(8, 59), (9, 0), (12, 0), (13, 0), (16, 59), (17, 0)]
    found = [is_open(monday + timedelta(hours=h, minutes=m), office) for h, m in at]
    assert found == [False, True, False, True, True, False]


@pytest.mark.parametrize(("text", "minutes"), [("00:00", 0), ("8:30", 510), ("24:00", 1440)])
def test_times_are_read(text: str, minutes: int) -> None:
    """Hours and minutes; the end of a day is 24:00."""
    assert minutes_of(text) == minutes


@pytest.mark.parametrize("text", ["", "8", "24:01", "12:60", "-1:00", "8:5", "noon"])
def test_what_is_no_time_is_refused(text: str) -> None:
    """With a sentence that shows how to write it."""
    with pytest.raises(ValueError, match="08:30"):
        minutes_of(text)


def test_touching_hours_are_one() -> None:
    """Overlapping and touching spans are joined, turned ones are left out."""
    assert joined([(600, 720), (540, 600), (800, 780), (700, 900)]) == ((540, 900),)
