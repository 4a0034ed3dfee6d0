"""Values as readers see them."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import Any, cast

import pytest

from xrm_core.services.work import Work
from xrm_core.web.cells import EMAIL, PHONE, apart, in_sentence
from xrm_core.web.similar import _text as similar_text


def test_a_text_of_the_other_direction_stands_apart() -> None:
    """What is written from right to left is isolated inside another text; all else stays as it is."""
    assert apart("22 Nov 2026") == "22 Nov 2026"
    assert apart("Ada Lindqvist") == "Ada Lindqvist"
    assert apart("الزعبي") == "\u2068الزعبي\u2069"


@pytest.mark.parametrize(
    ("language", "label", "said"),
    [
        ("en", "Recurring gift", "recurring gift"),
        ("en", "LYBUNT", "LYBUNT"),
        ("en", "I owe", "I owe"),
        ("de", "Spende", "Spende"),
    ],
)
def test_names_inside_a_sentence(language: str, label: str, said: str) -> None:
    """English names lose their capital inside a sentence, abbreviations and German ones keep it."""
    assert in_sentence(cast(Any, SimpleNamespace(language=language)), label) == said


@pytest.mark.parametrize("text", ["+442079460941", "+4930123456"])
def test_numbers_that_can_be_called(text: str) -> None:
    """A text in the form of E.164 is a telephone number."""
    assert PHONE(text) is not None


@pytest.mark.parametrize("text", ["442079460941", "+44 20", "+0123456789", "2026-11-22", "+", "SO-2026-00001"])
def test_numbers_that_cannot(text: str) -> None:
    """Anything else is a text."""
    assert PHONE(text) is None


@pytest.mark.parametrize(
    ("text", "plain"),
    [("info@example.org", True), ("a@b", False), ("see info@example.org", False), ("@example.org", False)],
)
def test_addresses_that_can_be_written_to(text: str, plain: bool) -> None:
    """A text that is an e-mail address and nothing else."""
    assert (EMAIL(text) is not None) is plain


def test_days_among_duplicates_are_the_readers() -> None:
    """What two records share is written as days are written everywhere else."""
    for language, said in (("en", "10 Mar 1964"), ("de", "10.03.1964")):
        assert similar_text(cast(Work, SimpleNamespace(language=language)), date(1964, 3, 10)) == said
