"""What workbooks and address books bring: days that are numbers, sums, child rows, paths; told in words on the pages."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from io import BytesIO

import pytest
from openpyxl import Workbook

from tests.contracts.test_import_wizard import Desk, desk_of
from xrm_core.language import speak, spoken
from xrm_core.metamodel.values import SYSTEM
from xrm_core.services.importing.readers.table import Shape
from xrm_core.testing import temporary_organisation

CLUB = """
entity: club
plural: Clubs
fields:
  name: {type: text, required: true, unique: true, label: {en: Name, de: Name}}
  founded_on: {type: date, label: Founded on}
  total: {type: decimal, scale: 2, label: Sum}
  product:
    type: child_table
    label: Product
    fields:
      product: {type: text, required: true, label: Product}
      value: {type: text, label: Value}
"""


@pytest.fixture
def desk(database_url: str) -> Iterator[Desk]:
    """Clubs with products."""
    with temporary_organisation(metadata={"entities/club.yaml": CLUB}, url=database_url) as runtime:
        yield from desk_of(runtime)


def sheet(*rows: list[object]) -> bytes:
    """A workbook."""
    book, out = Workbook(), BytesIO()
    assert book.active is not None
    for row in rows:
        book.active.append(row)
    book.save(out)
    return out.getvalue()


def clubs(desk: Desk) -> dict[str, str]:
    """When the clubs were founded."""
    with desk.runtime.work(SYSTEM, "cli") as work:
        return {r["name"]: str(r["founded_on"]) for r in work.reader.find("club", "true")}


def test_days_that_a_workbook_holds_as_numbers(desk: Desk) -> None:
    """45123 in a date column of a sheet is a day; what is refused beside it comes back as CSV, is mended and read alike."""
    body = sheet(["Name", "Founded on"], ["Ark", 45123], ["Bee", "soon"], ["Cod", 40000.5], [None, 44000])
    page = desk.form(desk.send("clubs.xlsx", body), of="e:club")
    assert "Import 2 rows" in desk.form(page)
    report = desk.post(desk.at.split("?")[0].replace("/check", "/run"))
    assert "Done" in report
    assert clubs(desk) == {"Ark": "2023-07-16", "Cod": "2009-07-06"}
    sent = desk.client.get(desk.at.replace("/report", "/errors"))
    assert 'filename="refused-clubs.xlsx.csv"' in sent.headers["content-disposition"]
    mended = sent.content.replace(b",soon", b",45124").replace(b",,44000", b",Dab,44000")
    desk.form(desk.form(desk.send("refused-clubs.xlsx.csv", mended), of="e:club"))
    desk.post(desk.at.split("?")[0].replace("/check", "/run"))
    assert clubs(desk) == {"Ark": "2023-07-16", "Bee": "2023-07-17", "Cod": "2009-07-06", "Dab": "2020-06-18"}


def test_a_number_in_a_text_table_is_no_day(desk: Desk) -> None:
    """In CSV that no sheet wrote, five digits may be anything."""
    page = desk.form(desk.form(desk.send("clubs.csv", b"Name,Founded on\nArk,45123\nBee,2020-01-02\n"), of="e:club"))
    assert "'45123' is no date" in page


def test_a_sum_is_no_value_of_a_child_row(desk: Desk) -> None:
    """A column of sums goes to the amount of the record, never to a text called value."""
    page = desk.form(desk.send("clubs.csv", b"Name,Summe\nArk,12\nBee,13\n"), of="e:club")
    row = re.search(r'<th scope="row"><bdi>Summe</bdi>.*?</select>', page, re.S)
    assert row is not None
    assert '<option value="total" selected' in row[0]
    page = desk.form(desk.send("more.csv", b"Name,Sum,Betrag\nArk,12,1\nBee,13,2\n"), of="e:club")
    row = re.search(r'<th scope="row"><bdi>Betrag</bdi>.*?</select>', page, re.S)
    assert row is not None
    assert "#1.value" not in (re.search(r'<option value="([^"]*)" selected', row[0]) or [""])[0]


def test_a_fault_of_a_child_row_says_its_place_once(desk: Desk) -> None:
    """`Product 1: Product is required`, and not the word twice before it."""
    desk.form(desk.send("clubs.csv", b"Name,Thing,Worth\nArk,,x\n"), of="e:club")
    page = desk.get()
    names = dict(re.findall(r'<bdi>(\w+)</bdi></th>.*?<select[^>]*name="(to\.\d+)"', page, re.S))
    page = desk.form(page, **{names["Worth"]: "product#1.value"})
    told = re.findall(r'class="error-text">.*?<bdi>(.*?)</bdi>', page, re.S)
    assert told
    assert all("Product: Product" not in text and text.count("Product") <= 2 for text in told), told


def test_paths_of_cards_are_told_in_words(desk: Desk) -> None:
    """The check of an address book says `Email 1`, not `emails[0].home: False`."""
    card = b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ark\r\nEMAIL;TYPE=HOME,PREF:a@b.example\r\nNOTE:soon\r\nEND:VCARD\r\n"
    page = desk.form(desk.send("cards.vcf", card), of="e:club")
    places = dict(re.findall(r'<th scope="row"><bdi>(\w+)</bdi>.*?<select[^>]*name="(to\.\d+)"', page, re.S))  # fmt: skip
    page = html.unescape(desk.form(page, **{places["fn"]: "name", places["note"]: "founded_on"}))
    assert "Email 1" in page
    assert "Email 1: private" in page
    assert "emails[0]" not in page
    assert "False" not in page


def test_rows_too_wide_are_told_in_the_language_of_the_reader() -> None:
    """What a reader says of a row's width goes through the catalogues."""
    row = Shape(["Name", "Founded on"], "fill", "comma").row
    before = spoken()
    speak("de")
    try:
        assert (row(2, ["Ark", "2020", "x", "y"]).fault or "").startswith(
            "4 Werte für 2 Spalten; ein Trennzeichen (Komma)"
        )
    finally:
        speak(before)
