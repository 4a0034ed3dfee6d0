"""date and datetime."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from xrm_core.fields.calendar_text import read_date
from xrm_core.metamodel.field_type import FieldFault


@pytest.mark.parametrize(
    ("text", "language", "order", "day"),
    [
        ("2026-01-31", "en", "dmy", (2026, 1, 31)), ("2026-1-3", "en", "dmy", (2026, 1, 3)), ("20260131", "en", "dmy", (2026, 1, 31)),
        ("31/01/2026", "en", "dmy", (2026, 1, 31)), ("01/31/2026", "en", "mdy", (2026, 1, 31)), ("3/4/2026", "en", "dmy", (2026, 4, 3)),
        ("3/4/2026", "en", "mdy", (2026, 3, 4)), ("3.4.2026", "en", "mdy", (2026, 4, 3)), ("31-01-2026", "en", "dmy", (2026, 1, 31)),
        ("2026/01/31", "en", "dmy", (2026, 1, 31)), ("31 January 2026", "en", "dmy", (2026, 1, 31)), ("Jan 31, 2026", "de", "dmy", (2026, 1, 31)),
        ("31. Januar 2026", "de", "dmy", (2026, 1, 31)), ("3. März 2026", "de", "dmy", (2026, 3, 3)), ("31st Jan 2026", "en", "dmy", (2026, 1, 31)),
        ("15 sept. 2026", "fr", "dmy", (2026, 9, 15)), ("15 de agosto de 2026", "es", "dmy", (2026, 8, 15)), ("5-Feb-2026", "en", "dmy", (2026, 2, 5)),
        ("2026-01-31T00:00:00", "en", "dmy", (2026, 1, 31)), ("2026-01-31 00:00:00.000", "en", "dmy", (2026, 1, 31)),
    ],
)  # fmt: skip
def test_dates_as_people_write_them(text, language, order, day):
    """ISO, numbers in the order of the organisation, dots with the day first, names of months."""
    assert read_date(text, language, order) == date(*day)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("02/13/2026", "not_a_date"), ("1/2/26", "ambiguous"), ("5 Jan 26", "ambiguous"), ("31/02/2026", "not_a_date"), ("2026-13-01", "not_a_date"),
        ("tomorrow", "not_a_date"), ("2026-01-31T10:00", "not_a_date"), ("46000", "not_a_date"), ("0000-01-01", "not_a_date"), ("Jan Feb 2026", "not_a_date"),
    ],
)  # fmt: skip
def test_dates_refused(text, code):
    """Doubtful dates are not guessed."""
    with pytest.raises(FieldFault) as caught:
        read_date(text, "en", "dmy")
    assert caught.value.code == code


def test_a_swapped_date_says_what_to_do():
    """A month over 12 names the other order instead of swapping by itself."""
    with pytest.raises(FieldFault) as caught:
        read_date("02/13/2026", "en", "dmy")
    assert caught.value.hint == "if the month is written first, choose the date order mdy"


@pytest.mark.parametrize(
    "raw",
    [
        "31/01/2026",
        "2026-W05-6",
        "20260131",
        "2026-1-31",
        20260131,
        datetime(2026, 1, 31, tzinfo=UTC),
        True,
        "2026-02-30",
    ],
)
def test_the_api_takes_iso_dates_only(ask, raw):
    """A program sends 2026-01-31 and nothing else."""
    assert ask.refused("date", raw) == "not_a_date"


def test_date_limits(ask):
    """not_before, not_after, min and max; `today` is the day of the check."""
    assert ask.accept("date", "2026-05-01", not_after="today") == date(2026, 5, 1)
    assert ask.refused("date", "2026-05-02", not_after="today") == "too_late"
    assert ask.refused("date", "2026-04-30", min="today") == "too_early"
    assert ask.refused("date", "1899-12-31", not_before="1900-01-01", min="1800-01-01") == "too_early"
    assert ask.faults("date", min="2026-01-02", max="2026-01-01") == [
        "not_before 2026-01-02 is after not_after 2026-01-01"
    ]
    field = ask.field("date", not_after="today")
    assert field.type.widget(field).props == {"min": None, "max": "today"}


def test_dates_are_shown_in_the_readers_language(ask):
    """In medium length; English follows the order of the date."""
    field, day = ask.field("date"), {"x": date(2026, 1, 31)}
    assert field.type.text(day, field, ask.within("en")) == "31 Jan 2026"
    assert field.type.text(day, field, ask.within("en", date_order="mdy")) == "Jan 31, 2026"
    assert field.type.text(day, field, ask.within("de")) == "31.01.2026"
    assert field.type.text(day, field, ask.within("xx-nowhere")) == "Jan 31, 2026"


@pytest.mark.parametrize(
    ("text", "zone", "moment"),
    [
        ("2026-01-31 14:30", "Europe/London", datetime(2026, 1, 31, 14, 30)), ("2026-07-31T14:30", "Europe/Berlin", datetime(2026, 7, 31, 12, 30)),
        ("31/01/2026 2:30 pm", "UTC", datetime(2026, 1, 31, 14, 30)), ("31 Jan 2026, 14:30", "UTC", datetime(2026, 1, 31, 14, 30)),
        ("31.01.2026, 14:30:15", "UTC", datetime(2026, 1, 31, 14, 30, 15)), ("2026-01-31", "UTC", datetime(2026, 1, 31)),
        ("2026-01-31T14:30:00Z", "Asia/Tokyo", datetime(2026, 1, 31, 14, 30)), ("2026-01-31T14:30:00.000001+02:00", "UTC", datetime(2026, 1, 31, 12, 30, 0, 1)),
        ("12:00 am 2026", "UTC", None), ("2026-01-31 25:00", "UTC", None), ("31/01/2026 12:15 am", "UTC", datetime(2026, 1, 31, 0, 15)),
    ],
)  # fmt: skip
def test_times_are_on_the_writers_clock(ask, text, zone, moment):
    """Without an offset, a time is one of the writer's zone; it is stored in UTC."""
    field, env = ask.field("datetime"), ask.within("en", time_zone=zone)
    if moment is None:
        with pytest.raises(FieldFault):
            field.type.read({"x": text}, field, env)
    else:
        assert field.type.read({"x": text}, field, env) == {"x": moment.replace(tzinfo=UTC)}


def test_hours_that_do_not_exist_or_come_twice(ask):
    """When clocks change, one hour is missing and one comes twice: neither is guessed."""
    field, env = ask.field("datetime"), ask.within("en", time_zone="Europe/Berlin")
    for text, code in [("2026-03-29 02:30", "no_such_time"), ("2026-10-25 02:30", "ambiguous")]:
        with pytest.raises(FieldFault) as caught:
            field.type.read({"x": text}, field, env)
        assert caught.value.code == code
    assert caught.value.hint == "write 2026-10-25T00:30Z for the first or 2026-10-25T01:30Z for the second"
    assert field.type.read({"x": "2026-10-25T00:30Z"}, field, env) == {"x": datetime(2026, 10, 25, 0, 30, tzinfo=UTC)}


def test_datetime_values(ask):
    """Aware instants become UTC; naive ones and plain days are refused."""
    east = timezone(timedelta(hours=2))
    assert ask.accept("datetime", datetime(2026, 1, 31, 2, tzinfo=east)) == datetime(2026, 1, 31, tzinfo=UTC)
    assert ask.accept("datetime", "2026-01-31T10:00:00.123456Z") == datetime(2026, 1, 31, 10, 0, 0, 123456, tzinfo=UTC)
    assert ask.refused("datetime", datetime(2026, 1, 31)) == "no_time_zone"
    assert ask.refused("datetime", "2026-01-31T10:00:00") == "no_time_zone"
    assert ask.refused("datetime", "2026-01-31") == "not_a_datetime"
    assert ask.refused("datetime", date(2026, 1, 31)) == "not_a_datetime"
    assert ask.refused("datetime", "0001-01-01T00:00:00+10:00") == "not_a_datetime"
    assert ask.refused("datetime", "2026-05-02T00:00:00Z", not_after="today") == "too_late"


def test_datetimes_are_shown_on_the_readers_clock(ask):
    """To the minute; seconds only when there are some."""
    field, record = ask.field("datetime"), {"x": datetime(2026, 7, 31, 12, 5, tzinfo=UTC)}
    assert field.type.text(record, field, ask.within("de", time_zone="Europe/Berlin")) == "31.07.2026, 14:05"
    assert (
        field.type.text(record, field, ask.within("en", time_zone="America/New_York", date_order="mdy"))
        == "Jul 31, 2026, 8:05\u202fAM"
    )
    assert field.type.export(record, field) == {"x": "2026-07-31T12:05:00.000000Z"}
