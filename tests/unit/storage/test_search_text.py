"""Texts are folded so that case, accents and signs do not count."""

from __future__ import annotations

import pytest

from xrm_core.storage.search_text import MAX_WORDS, fold, parse, words_of


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Zoë", "zoe"),
        ("GRÖSSE", "grosse"),
        ("Größe", "grosse"),
        ("Łódź", "lodz"),
        ("Ærø", "aero"),
        ("ﬁ", "fi"),
        ("İstanbul", "istanbul"),
        ("東京", "東京"),
    ],
)
def test_fold(text: str, folded: str) -> None:
    """One form for all spellings."""
    assert fold(text) == folded


def test_words() -> None:
    """Words are runs of letters and digits; a question has a limited number of different ones."""
    assert words_of("o'neil-2026 a_b") == ["o", "neil", "2026", "a", "b"]
    assert parse("  ") is None
    assert parse('"') is None
    asked = parse("Anna anna ANNA b")
    assert asked is not None
    assert asked.words == ("anna", "b")
    many = parse(" ".join(f"w{n}" for n in range(50)))
    assert many is not None
    assert len(many.words) == MAX_WORDS
