"""Initials and colours for names; tabs in one line."""

from __future__ import annotations

import pytest

from xrm_core.web.marks import COLOURS, ROOM, fitting, hue, initials, soft
from xrm_core.web.models import Link


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


@pytest.mark.parametrize(
    ("label", "divided"),
    [
        ("Zuwendungsbescheinigungen", "Zuwendungs|bescheinigungen"),
        ("Offene Aufmerksamkeitsspanne", "Offene Aufmerksamkeits|spanne"),
        ("Einwilligungen", "Einwilligungen"),
        ("Recurring gifts", "Recurring gifts"),
        ("<b>Unbedenklichkeitsbescheinigung</b>", "<b>Unbedenklichkeits|bescheinigung</b>"),
    ],
)
def test_long_words_may_be_divided_at_their_seams(label: str, divided: str) -> None:
    """With a sign that shows only where the line ends; short words stay as they are, and nothing becomes markup."""
    assert soft(label).replace("\u00ad", "|") == divided
    assert type(soft(label)) is str


def test_tabs_stand_in_one_line() -> None:
    """All tabs stand where there is room; else the first ones, and the current one wherever it comes."""
    few = [Link(label="Overview", href="/"), Link(label="History", href="/h")]
    assert fitting(few) == (few, [])
    many = [Link(label=f"A view with a name {n}", href=f"/{n}", current=n == 11) for n in range(12)]
    shown, rest = fitting(many)
    assert shown == [*many[: len(shown) - 1], many[11]]
    assert [*shown[:-1], *rest] == many[:11]
    assert 60 < sum(len(tab.label) + 4 for tab in shown) <= ROOM
