"""Names out of long lists: each stands for its code, and what is typed finds it."""

from __future__ import annotations

import pytest

from xrm_core.web.naming import SOURCES, code_of, fitting, name_of, named


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("language", ["en", "de", "ar"])
def test_a_name_stands_for_its_code(source: str, language: str) -> None:
    """What an input shows for a code is read back as the same code, for each of them, in each language."""
    assert {code: code_of(source, name_of(source, code, language), language) for code in named(source, language)} == {
        code: code for code in named(source, language)
    }


@pytest.mark.parametrize(
    ("source", "words", "code"),
    [
        ("countries", "ie", "IE"), ("countries", " Irel ", "IE"), ("countries", "united", "united"), ("countries", "Atlantis", "Atlantis"),
        ("countries", "", ""), ("languages", "German", "de"), ("languages", "pt-BR", "pt-BR"), ("currencies", "usd", "USD"),
        ("time_zones", "europe/berlin", "Europe/Berlin"),
    ],
)  # fmt: skip
def test_words_are_understood(source: str, words: str, code: str) -> None:
    """Codes in any case, names, and the beginning of a single name are understood; other words stay as they were typed."""
    assert code_of(source, words, "en") == code


def test_the_likeliest_are_offered_first() -> None:
    """Names that begin with what is typed lead those that only hold it; other names of a country count; without words one's own lead."""
    assert fitting("countries", "uk", "en")[0] == "GB"
    assert fitting("countries", "ni", "en")[:2] == ["NI", "NE"]
    assert fitting("time_zones", "berl", "en") == ["Europe/Berlin"]
    assert fitting("countries", "", "en", ("DE",))[:2] == ["DE", "AF"]
    assert fitting("countries", "qqq", "en") == []


def test_a_stored_tag_without_a_place_in_the_list_is_kept() -> None:
    """A language that the list does not hold is shown as it is stored, and read back unchanged."""
    assert code_of("languages", name_of("languages", "de-AT", "en"), "en") == "de-AT"
