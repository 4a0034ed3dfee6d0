"""Texts are folded so that case, accents and signs do not count."""

from __future__ import annotations

import pytest

from xrm_core.storage.search import text_of, texts_of
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


@pytest.mark.parametrize(
    ("q", "groups"),
    [
        ("anna", ((0,),)),
        ("anna berg", ((0,), (1,))),
        ("DN-2026-00042", ((0, 1, 2),)),
        ("berg  dn-2026-00042\tDN-2026", ((0,), (1, 2, 3))),
        ("anna Anna ANNA-", ((0,),)),
        ("a-b b-c", ((0, 1), (1, 2))),
        ("+++", ()),
        ("a-b-c-d-e-f-g-h-i i", ((0, 1, 2, 3, 4, 5, 6, 7),)),
    ],
)
def test_what_is_written_together(q: str, groups: tuple[tuple[int, ...], ...]) -> None:
    """Words without a space between them belong together; what another group holds is not asked twice."""
    asked = parse(q)
    assert asked is not None
    assert asked.groups == groups


@pytest.mark.parametrize("columns", [(("a",), ("b",)), (("a", "b"),), (("b",),), ()])
def test_many_texts_at_once(columns: tuple[tuple[str, ...], ...]) -> None:
    """Titles and words of many records are those of each: accents, signs, line breaks, long words and nothing at all among them."""
    texts = (
        "Anna O'Neill",
        "Müller & Söhne_2",
        "two\nlines",
        "x" * 90,
        "",
        None,
        "a\x1cb\tc\x00d",
        "z " * 300,
        "A-a a.A",
        7,
    )
    rows = [{"a": a, "b": b} for a in texts for b in texts]
    for some in (rows, [row for row in rows if str(row["a"]).isascii() and row["b"] == "A-a a.A"]):
        assert texts_of("of_kind", columns, some) == [text_of("of_kind", columns, row) for row in some]
