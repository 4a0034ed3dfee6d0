"""Events that come again: the rules against another implementation, and what becomes of them in a file."""

from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO
from itertools import takewhile

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given, settings
from hypothesis import strategies as st

from xrm_core.errors import ImportFault
from xrm_core.plugin import repeats
from xrm_core.services.importing.readers import events, series
from xrm_core.services.importing.readers.table import Hints, Limits

HORIZON = datetime(2027, 3, 1)


def some(one: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """One to three of them, as a list of a rule."""
    return st.lists(one, min_size=1, max_size=3, unique=True).map(",".join)


@st.composite
def rules(draw: st.DrawFn) -> str:
    """Rules that come again for ever (the other implementation looks for those that never do until the year 9999)."""
    every = draw(st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]))
    told = [f"FREQ={every}", f"INTERVAL={draw(st.integers(1, 5))}"]
    told += draw(st.sampled_from([[], ["COUNT=9"], ["UNTIL=20261029T093000"], ["UNTIL=20261029"]]))
    by = draw(st.sampled_from([[], ["DAY"], ["MONTHDAY"], ["DAY", "MONTH"], ["MONTHDAY", "MONTH"], ["MONTH"]]))
    place = [""] if every in ("DAILY", "WEEKLY") else draw(st.sampled_from([["", ""], ["1", "-1", "+2"]]))
    if "DAY" in by:
        told += [
            "BYDAY=" + draw(some(st.builds(str.__add__, st.sampled_from(place), st.sampled_from(repeats.WEEKDAYS))))
        ]
    if "MONTHDAY" in by and every != "WEEKLY":
        told += ["BYMONTHDAY=" + draw(some(st.sampled_from(["1", "13", "28", "-1", "-28"])))]
    if "MONTH" in by and not (every == "MONTHLY" and told[1] != "INTERVAL=1"):
        told += ["BYMONTH=" + draw(some(st.integers(1, 12).map(str)))]
    if by and every in ("MONTHLY", "YEARLY") and "BY" in told[-1]:
        told += draw(st.sampled_from([[], ["BYSETPOS=1"], ["BYSETPOS=-1"], ["BYSETPOS=1,-1"]]))
    return ";".join([*told, f"WKST={draw(st.sampled_from(repeats.WEEKDAYS))}"])


@given(rules(), st.datetimes(datetime(2023, 1, 1), datetime(2026, 12, 28)).map(lambda at: at.replace(microsecond=0)))
@settings(max_examples=60, deadline=None)
def test_rules_agree_with_another_reading_of_them(text: str, start: datetime) -> None:
    """The same times as `dateutil` finds, in the same order, up to the horizon."""
    rule = repeats.rule_of(text)
    assert rule is not None
    other = rrulestr(text.replace("UNTIL=20261029;", "UNTIL=20261029T235959;"), dtstart=start)
    assert list(repeats.times(rule, start, HORIZON)) == list(takewhile(lambda at: at <= HORIZON, other))


@pytest.mark.parametrize(
    "text",
    ["", "FREQ=SECONDLY", "FREQ=DAILY;INTERVAL=0", "FREQ=DAILY;COUNT=0", "FREQ=WEEKLY;BYDAY=1MO", "FREQ=WEEKLY;BYDAY=XX",
     "FREQ=YEARLY;BYWEEKNO=20", "FREQ=YEARLY;BYMONTH=13", "FREQ=DAILY;UNTIL=tomorrow", "FREQ=DAILY;UNTIL=20261399", "INTERVAL=2",
     "FREQ=DAILY;INTERVAL=99999999999999999999", "FREQ=MONTHLY;BYMONTHDAY=1,x", "FREQ=DAILY;WKST=XX"],
)  # fmt: skip
def test_what_is_no_rule_is_not_followed(text: str) -> None:
    """A rule that is broken, or has parts that are not known, is none."""
    assert repeats.rule_of(text) is None


@pytest.mark.parametrize(
    ("text", "year"), [("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", 1900), ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=31", 1801), ("FREQ=DAILY", 1)]
)  # fmt: skip
def test_rules_without_an_end_or_a_time_end(text: str, year: int) -> None:
    """What never comes, and what began before anybody met, ends at the horizon at the latest."""
    rule = repeats.rule_of(text)
    assert rule is not None
    assert list(repeats.times(rule, datetime(year, 1, 1), HORIZON)) == []


CALENDAR = """BEGIN:VCALENDAR
BEGIN:VEVENT
UID:week
SUMMARY:Weekly
DTSTART;TZID=Europe/Berlin:20260318T093000
DURATION:PT30M
RRULE:FREQ=WEEKLY;UNTIL=20260415T073000Z
EXDATE;TZID=Europe/Berlin:20260401T093000
RDATE:20260416T070000Z
BEGIN:VALARM
TRIGGER:-PT5M
END:VALARM
END:VEVENT
BEGIN:VEVENT
UID:week
SUMMARY:Moved
RECURRENCE-ID:20260325T083000Z
DTSTART;TZID=Europe/Berlin:20260326T093000
END:VEVENT
BEGIN:VEVENT
UID:odd
SUMMARY:Odd
DTSTART:20260101
RRULE:FREQ=SECONDLY
END:VEVENT
END:VCALENDAR
"""


def test_each_time_is_a_record() -> None:
    """A weekly meeting over a change of the clock: a time left out, one added, one moved by itself; its end counts in UTC. What comes by a
    rule that is not followed is its first time, and says so."""
    table = events.read_events(BytesIO(CALENDAR.encode()), "a.ics", Hints(), Limits())
    rows = [row.data for row in table.rows]
    assert [(row["summary"], row["begin"], row["recurrence"]) for row in rows] == [
        ("Weekly", "2026-03-18T09:30:00+01:00", None),
        ("Weekly", "2026-04-08T09:30:00+02:00", "20260408T073000Z"),
        ("Weekly", "2026-04-15T09:30:00+02:00", "20260415T073000Z"),
        ("Weekly", "2026-04-16T09:00:00+02:00", "20260416T070000Z"),
        ("Moved", "2026-03-26T09:30:00+01:00", "20260325T083000Z"),
        ("Odd", "2026-01-01T00:00:00", None),
    ]
    assert [row["minutes"] for row in rows[:4]] == [30, 30, 30, 30]
    assert [row["first_only"] for row in rows] == [*[None] * 5, "It repeats (FREQ=SECONDLY); this is the first time."]
    assert [note.split(":")[0] for note in table.notes] == [
        "Events that repeat",
        "Events that repeat by a rule that cannot be followed",
    ]


def test_an_event_for_ever_gives_its_latest_times() -> None:
    """A daily event without an end: as many times as one event may have, the last of them at the horizon; rows are counted."""
    text = (
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:d\nDTSTART:20200101T100000Z\nRRULE:FREQ=DAILY\nEND:VEVENT\nEND:VCALENDAR\n"
    )
    rows = list(events.read_events(BytesIO(text.encode()), "a.ics", Hints(), Limits()).rows)
    assert len(rows) == series.MOST_TIMES
    ahead = datetime.fromisoformat(rows[-1].data["begin"]) - datetime.now(UTC)
    assert abs(ahead - series.AHEAD).days <= 1
    with pytest.raises(ImportFault):
        list(events.read_events(BytesIO(text.encode()), "a.ics", Hints(), Limits(rows=10)).rows)
