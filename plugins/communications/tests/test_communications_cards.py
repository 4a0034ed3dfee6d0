"""Cards and calendars: written so that they are read back, and read from real files."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path

import pytest
from xrm_communications import icalendars, vcards
from xrm_communications.mailing import rendering
from xrm_communications.mailing.salutations import salutation
from xrm_communications.quick import Understood, is_quick, understand

from xrm_core.services.importing.readers.table import Hints, Limits
from xrm_core.services.importing.readers.vcard import read_vcards

PARTY = {
    "id": "0190-1", "kind": "person", "name": "Dr. Helga Brandt; née Müller", "person_name_family": "Brandt", "person_name_given": "Helga",
    "person_name_prefix": "Dr.", "born_on": date(1950, 5, 1), "tags": ["wells, deep", "board"], "description": "First line\nsecond; with, signs\\",
}  # fmt: skip
POINTS = [
    {"kind": "email", "value": "helga@example.org", "purpose": "private", "primary": True, "label": None},
    {"kind": "mobile", "value": "+49 151 0000", "purpose": "work", "primary": False, "label": None},
    {"kind": "fax", "value": "+49 30 0000", "purpose": None, "primary": False, "label": None},
]
ADDRESS = {
    "purpose": "home", "primary": True, "address_line1": "Am Ufer 1", "address_line2": "Hof", "address_locality": "Köln",
    "address_postcode": "50667", "address_country": "DE",
}  # fmt: skip


def test_a_card_is_read_back_as_it_was() -> None:
    """Name, mail, telephones, address and notes with their signs come back, and no line is too long."""
    made = vcards.cards([(PARTY, POINTS, [ADDRESS])])
    assert all(len(line) <= vcards.FOLD for line in made.split(b"\r\n"))
    (row,) = read_vcards(BytesIO(made), "x.vcf", Hints(), Limits()).rows
    card = row.data
    assert (card["fn"], card["family"], card["given"], card["prefix"]) == (PARTY["name"], "Brandt", "Helga", "Dr.")
    assert [(e["value"], e["home"], e["preferred"]) for e in card["emails"]] == [("helga@example.org", True, True)]
    assert [(p["value"], p["kind"], p["work"]) for p in card["phones"]] == [
        ("+49 151 0000", "cell", True),
        ("+49 30 0000", "fax", False),
    ]
    (place,) = card["addresses"]
    assert (place["street"], place["locality"], place["postcode"], place["country"]) == (
        "Am Ufer 1, Hof",
        "Köln",
        "50667",
        "DE",
    )
    assert card["note"] == PARTY["description"].strip()
    assert card["categories"] == PARTY["tags"]


def test_real_calendars_are_read_or_refused_with_a_sentence() -> None:
    """Of 75 files 73 are read; the broken ones say so in one line."""
    folder = Path(os.environ.get("XRM_DATA", "../shared/data")) / "vcard_ics" / "ics"
    if not folder.is_dir():
        pytest.skip("the shared calendars are not here: set XRM_DATA")
    refused = []
    for path in sorted(folder.glob("*.ics")):
        try:
            icalendars.read(path.read_bytes())
        except icalendars.BadCalendar as fault:
            refused.append(str(fault))
    assert len(refused) == 2
    assert all(told.startswith("the calendar is broken") and "\n" not in told for told in refused)
    with pytest.raises(icalendars.BadCalendar, match="no calendar"):
        icalendars.read(b"BEGIN:NOTHING")


def test_a_calendar_is_read_back_as_it_was() -> None:
    """Title, place and time come back; nothing in a title begins a line of its own."""
    at = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
    meeting = icalendars.Meeting(
        "a@b", at, at, "Wells;\r\nATTENDEE:x, and\\more", place="Here", organiser=icalendars.Person("a@b.c", 'A "B"')
    )
    body = icalendars.calendar([meeting], "REQUEST")
    method, (event,) = icalendars.read(body)
    assert (method, event.title, event.place, event.at) == ("REQUEST", "Wells; ATTENDEE:x, and\\more", "Here", at)
    assert b"\r\nATTENDEE:x" not in body


@pytest.mark.parametrize(
    ("line", "known", "expected"),
    [
        ("call Nordsee, 5 min, asks for invoice", False, Understood("Nordsee", "phone", "out", 5, "asks for invoice", True)),
        ("Anruf von Helga Brandt, 2 Std, fragt, ob", False, Understood("Helga Brandt", "phone", "in", 120, "fragt, ob", True)),
        ("met with Hotel Albatros, filters", False, Understood("Hotel Albatros", "meeting", "out", None, "filters", True)),
        ("5 min, asks for invoice", True, Understood("", "phone", "out", 5, "asks for invoice", False)),
        ("in call, late", True, Understood("", "phone", "in", None, "late", True)),
        ("", False, Understood()),
    ],
)  # fmt: skip
def test_a_line_is_understood(line: str, known: bool, expected: Understood) -> None:
    """Way, direction, whom, minutes; the rest is the subject."""
    assert understand(line, known) == expected
    assert is_quick("call Nordsee")
    assert not is_quick("Nordsee call")


@pytest.mark.parametrize(
    "source",
    [
        "{{ 'x' * 9999999 }}", "{% set x = 1 %}", "{{ party.name.upper() }}", "{% include 'a' %}", "{{ [1] }}", "{{ 2 ** 99 }}", "{{ party['name'] }}",
        "{% for a in party.tags %}{% for b in party.tags %}{% for c in party.tags %}x{% endfor %}{% endfor %}{% endfor %}",
        "{{" + "(" * 5000 + "1" + ")" * 5000 + "}}", "{{ x|attr('y') }}", "{% macro a() %}{% endmacro %}",
    ],
)  # fmt: skip
def test_nothing_that_could_grow_or_reach_out_is_let_in(source: str) -> None:
    """Calls, assignments, powers, other templates and deep nests are refused before anything runs."""
    with pytest.raises(rendering.BadTemplate):
        rendering.compiled(source)


def test_a_text_is_written_in_its_language() -> None:
    """Dates, numbers and amounts follow the language; what is empty is nothing; a loop goes over lists alone."""
    text = rendering.compiled(
        "{{ a.d }}|{{ a.n }}|{{ a.n|money('EUR') }}|{{ a.x }}|{{ a.none|default('?') }}|{% for i in a.t %}{{ i }};{% endfor %}{% for i in a.s %}no{% endfor %}"
    )
    from decimal import Decimal

    values = {"a": rendering.Values(d=date(2026, 3, 1), n=Decimal("1234.5"), x=None, t=["p", "q"], s="letters")}
    assert rendering.run(text, values, "de") == "1. März 2026|1.234,5|1.234,50\xa0€||?|p;q;"
    with pytest.raises(rendering.BadTemplate) as fault:
        rendering.run(rendering.compiled("one\ntwo {{ a.y }}"), values)
    assert fault.value.line == 2


@pytest.mark.parametrize(
    ("party", "language", "said"),
    [
        ({"kind": "person", "name": "Helga Brandt", "person_name_family": "Brandt", "address_form": "formal_f"}, "de-AT", "Sehr geehrte Frau Brandt"),
        ({"kind": "person", "name": "Helga Brandt", "address_form": "formal_f"}, "en", "Dear Helga Brandt"),
        ({"kind": "organisation", "name": "Wells Ltd"}, "en", "Dear Sir or Madam"),
        ({}, "fr", "Madame, Monsieur"),
    ],
)  # fmt: skip
def test_salutations(party: dict[str, str], language: str, said: str) -> None:
    """By language and form; a name that is missing falls back."""
    assert salutation(party, language) == said
