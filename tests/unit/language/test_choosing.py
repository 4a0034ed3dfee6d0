"""Which language somebody reads."""

from __future__ import annotations

import pytest

from xrm_core.language import best_of, direction, is_known, languages, name_of


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("de", "de"),
        ("de-AT,de;q=0.9,en;q=0.5", "de"),
        ("fr;q=0.9, ar;q=0.8, en;q=0.7", "ar"),
        ("en;q=0.2,de;q=0.7", "de"),
        ("de;q=0, en", "en"),
        ("fr", None),
        ("", None),
        ("*", None),
        ("de;q=much", None),
        (";;;,,,=", None),
        ("DE", "de"),
    ],
)
def test_the_best_of_what_is_asked_for(header: str, found: str | None) -> None:
    """The most wanted language that is spoken here; the base of a region serves it."""
    assert best_of(header) == found


def test_languages_name_themselves() -> None:
    """English, German and Arabic are spoken, each known by its own name."""
    assert languages()[0] == "en"
    assert {"de", "ar"} <= set(languages())
    assert (name_of("de"), name_of("ar")) == ("Deutsch", "العربية")
    assert not is_known("xx")


def test_arabic_is_written_from_the_right() -> None:
    """The direction goes by the language, whatever the region."""
    assert [direction(tag) for tag in ("ar", "ar-EG", "he", "en", "de-AT")] == ["rtl", "rtl", "rtl", "ltr", "ltr"]
