"""The times of invitations that repeat, whatever their rules say."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from xrm_communications.repeating import MOST, times

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def event(lines: str, start: str = ";TZID=Europe/Berlin:20260302T090000") -> Any:
    """The event of a calendar with these lines."""
    from icalendar import Calendar

    text = f"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:x\r\nDTSTART{start}\r\n{lines}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    return next(iter(Calendar.from_ical(text).walk("VEVENT")))


@pytest.mark.parametrize(
    ("lines", "start", "count", "more"),
    [
        ("RRULE:FREQ=WEEKLY;COUNT=5", ";TZID=Europe/Berlin:20260302T090000", 5, False),
        ("RRULE:FREQ=WEEKLY", ";VALUE=DATE:20260302", 53, True),
        ("RRULE:FREQ=DAILY;UNTIL=99991231T235959Z", ";TZID=Europe/Berlin:20200101T090000", MOST, True),
        ("RRULE:FREQ=DAILY;UNTIL=20260304T080000Z", ";TZID=Europe/Berlin:20260302T090000", 3, False),
        ("RRULE:FREQ=DAILY;COUNT=3\r\nEXDATE;TZID=Europe/Berlin:20260303T090000", ";TZID=Europe/Berlin:20260302T090000", 2, False),
        ("RDATE;TZID=Europe/Berlin:20260401T100000", ";TZID=Europe/Berlin:20260302T090000", 2, False),
        ("RRULE:FREQ=SECONDLY", ";TZID=Europe/Berlin:20260302T090000", 0, False),
        ("RRULE:FREQ=DAILY;COUNT=9", ":20200101T090000", 0, False),
        ("SUMMARY:Once", ":20260302T090000Z", 0, False),
    ],
)  # fmt: skip
def test_the_next_times_of_a_year(lines: str, start: str, count: int, more: bool) -> None:
    """So many of them, those left out are not there, those added are; a rule without an end, or that nobody follows, does no harm."""
    found, further = times(event(lines, start), NOW)
    assert (len(found), further) == (count, more)


def test_a_time_stays_at_its_hour_when_the_clocks_change() -> None:
    """Nine in the morning is nine in the morning, in winter and in summer."""
    found, _ = times(event("RRULE:FREQ=MONTHLY;COUNT=3"), NOW)
    assert found == ["2026-03-02T09:00:00+01:00", "2026-04-02T09:00:00+02:00", "2026-05-02T09:00:00+02:00"]
