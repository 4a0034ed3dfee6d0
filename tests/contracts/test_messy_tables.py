"""Tables of real life: every file is read or refused with a way out, and none is misread."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from xrm_core.errors import ImportFault
from xrm_core.services.importing.readers import Hints, open_table


@pytest.fixture
def messy(data_dir: Path) -> Path:
    """The folder of messy tables."""
    return data_dir / "messy_tables"


def rows(path: Path, **hints: object) -> list[dict[str, object]]:
    """Data of all rows; none may have a fault."""
    found = list(open_table(path, Hints(**hints)).rows)  # type: ignore[arg-type]
    assert [row for row in found if row.fault] == []
    return [dict(row.data) for row in found]


def test_every_file_is_read_or_refused_with_a_way_out(messy: Path) -> None:
    """No file crashes a reader; a refusal says what to do; a row that is not taken says why and where it is."""
    read, refused = 0, []
    for path in sorted(messy.rglob("*")):
        if not path.is_file():
            continue
        try:
            table = open_table(path)
            for row in table.rows:
                assert row.line >= 1
                assert row.fault is None or len(row.fault) > 20
            read += 1
        except ImportFault as fault:
            refused.append((path, fault.message, fault.hint))
    assert (read, len(refused)) == (71, 8)
    assert all(path.name in message and hint and path.suffix in (".txt", "") for path, message, hint in refused)


@pytest.mark.parametrize(
    "name",
    ["comma_in_quotes", "empty", "empty_crlf", "escaped_quotes", "json", "newlines", "newlines_crlf", "quotes_and_newlines",
     "simple", "simple_crlf", "utf8"],
)  # fmt: skip
def test_csv_spectrum_reads_as_its_json_says(messy: Path, name: str) -> None:
    """Quotes, line breaks and empty cells come out as the collection's own JSON has them."""
    expected = json.loads((messy / "csv_spectrum" / "json" / f"{name}.json").read_text("utf-8"))
    assert rows(messy / "csv_spectrum" / "csvs" / f"{name}.csv") == expected


def test_spectrum_coordinates_differ_only_in_the_telephone_number(messy: Path) -> None:
    """That file's JSON states another telephone number than its CSV; all else is equal."""
    (read,) = rows(messy / "csv_spectrum/csvs/location_coordinates.csv")
    expected = json.loads((messy / "csv_spectrum/json/location_coordinates.json").read_text("utf-8"))
    assert read.pop("Contact Phone Number") == "2095257564"
    assert expected.pop("Contact Phone Number") == "1234567890"
    assert read == expected


@pytest.mark.parametrize(
    ("file", "encoding"),
    [("greek", "Greek"), ("greek-2", "Greek"), ("hebrew-2", "Hebrew"), ("hebrew-3", "Hebrew"), ("turkish", "Turkish"),
     ("french-1", "Western")],
)  # fmt: skip
def test_the_encoding_is_found_by_its_letters(messy: Path, file: str, encoding: str, tmp_path: Path) -> None:
    """Real text in an old encoding, made into a table, is decoded as its language needs and the reader says so."""
    lines = (messy / "encodings" / f"sample-{file}.txt").read_bytes().splitlines()
    table = tmp_path / "table.csv"
    table.write_bytes(b"text,n\r\n" + b"".join(b'"%s",1\r\n' % line.replace(b'"', b"") for line in lines))
    opened = open_table(table)
    assert any(encoding in note for note in opened.notes), opened.notes
    letters = [c for row in opened.rows for c in row.data["text"] if ord(c) > 127]
    assert len(letters) > 50
    assert sum(c.isalpha() for c in letters) > 0.9 * len(letters)


@pytest.mark.parametrize("file", ["dummy.csv", "dummy.tsv", "dummy.csv.gz", "dummy.csv.bz2", "dummy.xlsx"])
def test_one_table_in_five_wrappings(messy: Path, file: str) -> None:
    """Comma, tab, gzip, bzip2 and Excel give the same row."""
    assert rows(messy / "csvkit" / file) == [{"a": "1", "b": "2", "c": "3"}]


def test_bad_rows_are_told_by_line_and_reason(messy: Path) -> None:
    """Too wide and too narrow rows are named; the one that fits is taken."""
    wide, narrow, good = open_table(messy / "csvkit/bad.csv").rows
    assert (wide.line, wide.fault) == (
        2, "4 values for 3 columns; a comma inside a value is not quoted: put that value in double quotes",
    )  # fmt: skip
    assert (narrow.line, str(narrow.fault)[:24]) == (3, "2 values for 3 columns; ")
    assert good == (4, {"column_a": "0", "column_b": "mixed types.... uh oh", "column_c": "17"}, None, good.cells)


def test_utf16_mac_line_ends_and_blank_first_rows(messy: Path) -> None:
    """UTF-16 with a mark, lone carriage returns, and a sheet that begins with three blank rows."""
    assert rows(messy / "csvkit/test_utf16_little.csv")[1] == {"a": "4", "b": "5", "c": "ʤ"}
    assert rows(messy / "csvkit/mac_newlines.csv")[1] == {"a": "Once upon\ra time", "b": "5", "c": "6"}
    sheet = rows(messy / "csvkit/test_skip_lines.xls")
    assert sheet[0]["datetime"] == "1971-01-01T04:14:00"


def test_excel_gives_what_its_conversion_says(messy: Path) -> None:
    """Dates, numbers and booleans of XLSX and XLS equal the collection's converted CSV."""
    converted = rows(messy / "csvkit/testxlsx_noinference_converted.csv")
    for file in ("test.xlsx", "sheets.xls"):
        for row, expected in zip(rows(messy / "csvkit" / file), converted, strict=True):
            for column in ("text", "date", "integer", "float"):
                assert row[column] == expected[column]
            assert str(row["boolean"]).lower() == str(expected["boolean"]).lower()
    assert rows(messy / "csvkit/sheets.xls", sheet="ʤ") == [{"a": "1", "b": "2", "c": "3"}]


def test_json_lines_and_nested_json(messy: Path) -> None:
    """JSON keeps nesting and exact decimals; JSON lines may differ in their keys."""
    assert rows(messy / "csvkit/testjson_multiline.json") == [{"a": 2, "b": 3}, {"b": 2, "d": 4}]
    nested = rows(messy / "csvkit/testjson_nested.json")
    assert nested[0]["nested"]["nested"]["integer"] == 40  # type: ignore[index]
    assert str(rows(messy / "csvkit/testjson.json")[2]["float"]) == "41800000.01"


def test_real_tables_have_all_their_rows(messy: Path) -> None:
    """A table with a blank last heading, and one of 1,575 rows, both complete."""
    assert len(rows(messy / "csvkit_realdata/FY09_EDU_Recipients_by_State.csv")) == 53
    assert len(rows(messy / "csvkit_realdata/ks_1033_data.csv")) == 1575


def test_every_vcard_of_every_vendor_is_read(data_dir: Path) -> None:
    """All eleven files give all their cards, each with a name to show."""
    found = {}
    for path in sorted((data_dir / "vcard_ics" / "vcf").glob("*.vcf")):
        cards = rows(path)
        assert len(cards) == path.read_bytes().upper().count(b"BEGIN:VCARD"), path.name
        assert all(card["fn"] for card in cards)
        found[path.stem] = cards
    assert len(found) == 11
    outlook = found["outlook-2007"][0]
    assert outlook["note"].startswith("This is the NOTE field\t\r\nI assume")  # type: ignore[attr-defined]
    dummy = found["issue114"][0]
    assert dummy["addresses"][0]["street"] == "Dummy-Dummy-Strasse 1"  # type: ignore[index]
    assert found["gmail-single"][0]["addresses"][1]["label"] == "CustomAdrType"  # type: ignore[index]
    assert (found["John_Doe_IPHONE"][0]["family"], found["John_Doe_IPHONE"][0]["middle"]) == ("Doe", "Richter James")
