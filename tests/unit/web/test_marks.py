"""Initials and colours for names."""

from __future__ import annotations

import pytest

from xrm_core.web.marks import COLOURS, hue, initials


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Alder Trust", "AT"),
        ("aiko", "AI"),
        ("X", "X"),
        ("Hill & Vale", "HV"),
        ("Jean-Luc Marie Picard", "JP"),
        ("Österreichische Post", "ÖP"),
        ("“Thanks”", "?"),
        ("", "?"),
        ("Ивана Ракић", "ИР"),
    ],
)
def test_initials_are_of_the_first_and_last_word(name: str, letters: str) -> None:
    """One or two letters, of any script; signs are not letters."""
    assert initials(name) == letters


def test_a_name_keeps_its_colour() -> None:
    """The colour is a number from 1 to 6 and does not change between processes."""
    assert {hue(f"name {number}") for number in range(200)} == set(range(1, COLOURS + 1))
    assert hue("Alder Trust") == 6
