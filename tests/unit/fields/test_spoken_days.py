"""Days as people say them while they type."""

from __future__ import annotations

from datetime import date

import pytest

from xrm_core.fields.spoken_days import spoken_day

SUNDAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("text", "language", "day"),
    [
        ("today", "en", "2026-11-22"),
        (" Tomorrow ", "en", "2026-11-23"),
        ("Übermorgen", "de", "2026-11-24"),
        ("غدا", "ar", "2026-11-23"),
        ("+2w", "en", "2026-12-06"),
        ("- 3", "en", "2026-11-19"),
        ("+3m", "en", "2027-02-22"),
        ("+1j", "de", "2027-11-22"),
        ("friday", "de", "2026-11-27"),
        ("Mo", "de", "2026-11-23"),
        ("sunday", "en", "2026-11-29"),
        ("3.12.", "de", "2026-12-03"),
        ("1.1", "en", "2027-01-01"),
        ("30.6.", "en", "2026-06-30"),
        ("3.12.27", "en", "2027-12-03"),
        ("29.2.", "en", "2028-02-29"),
    ],
)
def test_words_steps_and_short_days(text: str, language: str, day: str) -> None:
    """Words in the reader's language and in English, steps, the next weekday, the nearest day of that name."""
    assert spoken_day(text, SUNDAY, language) == date.fromisoformat(day)


def test_the_order_of_day_and_month_is_the_readers() -> None:
    """With slashes the order counts, with points the day comes first."""
    assert spoken_day("12/3", SUNDAY, "en", "mdy") == date(2026, 12, 3)
    assert spoken_day("3/12", SUNDAY, "en", "dmy") == date(2026, 12, 3)
    assert spoken_day("3.12.", SUNDAY, "en", "mdy") == date(2026, 12, 3)


@pytest.mark.parametrize("text", ["", "2026-12-03", "31.2.", "0.5", "13.13.", "soon", "+w", "99999999999", "+9999y"])
def test_anything_else_is_no_such_day(text: str) -> None:
    """Full dates, impossible days and nonsense are left to others."""
    assert spoken_day(text, SUNDAY) is None
