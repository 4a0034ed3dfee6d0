"""duration."""

from datetime import timedelta as td

import pytest

from xrm_core.fields.duration import read_duration, typed_duration


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("PT1H30M", td(hours=1.5)), ("P1DT0.5S", td(days=1, seconds=0.5)), ("-PT5M", -td(minutes=5)), ("P2W", td(14)), ("1:30", td(hours=1.5)),
        ("0:00:15", td(seconds=15)), ("100:00", td(hours=100)), ("1d 2h 30m", td(1, hours=2, minutes=30)), ("90 min", td(minutes=90)),
        ("1.5h", td(hours=1.5)), ("1,5 Std.", td(hours=1.5)), ("2 Tage und 3 Stunden", td(2, hours=3)), ("-5 min", -td(minutes=5)), ("3 weeks", td(21)),
        ("PT0.000001S", td(microseconds=1)), ("3 Tg. 2 Std.", td(3, hours=2)), ("1 س 30 د", td(hours=1.5)), ("3 أيام", td(3)),
    ],
)  # fmt: skip
def test_lengths_as_people_write_them(ask, text, length):
    """ISO 8601, clock, and numbers with units."""
    assert ask.read("duration", text) == length


@pytest.mark.parametrize("text", ["90", "P1Y", "P1M", "1:60", "abc", "1h 2", "PT", "P", "h", "-", "1.23456789h"])
def test_lengths_refused(ask, text):
    """Without a unit, or with months and years, the length is not known."""
    assert ask.unread("duration", text).code in ("not_a_duration", "too_many_places")


def test_duration_values(ask):
    """The API takes ISO 8601; numbers alone are refused; 18 digits of microseconds fit."""
    assert ask.accept("duration", "PT8H") == td(hours=8)
    assert ask.accept("duration", td(hours=8)) == td(hours=8)
    assert ask.refused("duration", 90) == "not_a_duration"
    assert ask.refused("duration", "1:30") == "not_a_duration"
    assert ask.refused("duration", td(days=20_000_000)) == "too_large"
    assert ask.refused("duration", "P999999999W") == "too_large"
    assert ask.refused("duration", "PT1M", min="PT30M") == "too_small"
    assert ask.refused("duration", "PT9H", max="8:00") == "too_large"
    assert ask.faults("duration", min="2h", max="1h") == ["min 2h is more than max 1h"]


def test_lengths_are_shown_in_the_readers_language(ask):
    """Days, hours, minutes and seconds that are not zero."""
    assert ask.shown("duration", td(1, hours=2, minutes=30)) == "1 day 2 hr 30 min"
    assert ask.shown("duration", -td(minutes=90), "de") == "-1 Std. 30 Min."
    assert ask.shown("duration", td(0)) == "0 min"


@pytest.mark.parametrize("language", ["en", "de", "ar"])
def test_lengths_of_inputs_are_read_back_alike(language):
    """What an input shows has a number before each unit, in the reader's letters, and means the same when it is sent."""
    for length in (td(0), td(hours=1), td(1, hours=2, minutes=3, seconds=4), -td(minutes=90), td(microseconds=1)):
        assert read_duration(typed_duration(length, language)) == length
    assert [typed_duration(td(hours=1.5), tag) for tag in ("en", "ar")] == ["1 h 30 min", "1 س 30 د"]


def test_limits_are_told_in_words(ask):
    """A length beyond its limit is told as people read lengths."""
    assert ask.unread("duration", "PT1M", min="PT30M").message.startswith("1 min is less than 30 min")
