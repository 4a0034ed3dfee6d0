"""boolean."""

import pytest


@pytest.mark.parametrize(
    ("raw", "stored"),
    [(True, True), (False, False), (1, True), (0, False), ("true", True), ("false", False), (None, False)],
)
def test_boolean_is_never_left_open(ask, raw, stored):
    """Yes or no; nothing given is no."""
    assert ask.accept("boolean", raw) is stored


@pytest.mark.parametrize("raw", ["yes", 2, "", [], 1.5])
def test_boolean_refuses(ask, raw):
    """Anything else is refused."""
    assert ask.refused("boolean", raw) == "not_boolean"


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("Yes", True),
        ("no", False),
        ("JA", True),
        ("nein", False),
        ("TRUE", True),
        ("0", False),
        ("x", True),
        ("", False),
        ("Oui", True),
        ("да", True),
    ],
)
def test_boolean_reads_words(ask, text, stored):
    """Words of many languages, a blank is no."""
    assert ask.read("boolean", text) is stored


def test_boolean_is_shown_in_the_readers_language(ask):
    """Yes and No in the reader's language."""
    assert ask.shown("boolean", True, "de") == "Ja"
    assert ask.shown("boolean", False, "de-AT") == "Nein"
    assert ask.shown("boolean", None) == ""
    assert ask.unread("boolean", "maybe").hint == "write Yes or No"
