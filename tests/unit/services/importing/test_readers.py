"""Readers: line numbers, faults of single rows, limits, and files that are no tables."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import struct
import time
import zipfile
from pathlib import Path

import pytest
from openpyxl import Workbook

from xrm_core.errors import ImportFault
from xrm_core.services.importing.readers import Hints, Limits, Row, open_limited, open_table


def read(
    tmp_path: Path, content: str | bytes, name: str = "t.csv", limits: Limits | None = None, **hints: object
) -> list[Row]:
    """Rows of a file with this content."""
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return list(open_table(path, Hints(**hints), limits).rows)  # type: ignore[arg-type]


def data(rows: list[Row]) -> list[dict[str, object]]:
    """Their data."""
    return [dict(row.data) for row in rows]


def test_lines_are_physical_lines(tmp_path: Path) -> None:
    """A row is told by the line where it begins, line breaks inside cells and blank lines counted."""
    rows = read(tmp_path, 'a,b\n1,"x\ny"\n\n2,z\n')
    assert [(row.line, row.data["b"]) for row in rows] == [(2, "x\ny"), (5, "z")]


def test_an_open_quote_loses_one_row_only(tmp_path: Path) -> None:
    """A quotation mark that is never closed is the fault of its own row; the rows after it are read."""
    rows = read(tmp_path, 'a,b\n1,"x\n2,y\n3,z\n')
    assert [(row.line, bool(row.fault)) for row in rows] == [(2, True), (3, False), (4, False)]
    assert "never closes" in str(rows[0].fault)
    after = read(tmp_path, 'a,b\n1,"x" y\n2,z\n')
    assert "text follows a closing quotation mark" in str(after[0].fault)
    assert after[1].data == {"a": "2", "b": "z"}


def test_delimiters_are_found(tmp_path: Path) -> None:
    """Semicolon, tab, bar, Excel's sep line, backslash escapes."""
    for mark in ";\t|":
        assert data(read(tmp_path, f"a{mark}b\n1{mark}2,5\n")) == [{"a": "1", "b": "2,5"}]
    assert data(read(tmp_path, "sep=;\na;b\n1;2\n")) == [{"a": "1", "b": "2"}]
    assert data(read(tmp_path, 'a,b\n1,"say \\"x\\", please"\n')) == [{"a": "1", "b": 'say "x", please'}]
    assert data(read(tmp_path, "a,b\n'1,5','2'\n")) == [{"a": "1,5", "b": "2"}]


def test_headings_are_made_different(tmp_path: Path) -> None:
    """Blank headings are named by their place, doubled ones counted; a value beyond the header refuses the row."""
    rows = read(tmp_path, "a,a,,b\n1,2,3,4\n5,6,7,8,9\n")
    assert rows[0].data == {"a": "1", "a (2)": "2", "column 3": "3", "b": "4"}
    assert "5 values for 4 columns" in str(rows[1].fault)


def test_short_rows_may_be_filled(tmp_path: Path) -> None:
    """Refused by default, taken with blanks where the mapping says so."""
    assert read(tmp_path, "a,b\n1\n")[0].fault
    assert data(read(tmp_path, "a,b\n1\n", short_rows="fill")) == [{"a": "1", "b": ""}]


def test_zero_characters_and_endless_cells(tmp_path: Path) -> None:
    """No zero character and no cell without end reaches the database."""
    assert "zero character" in str(read(tmp_path, b"a,b\n1,x\0y\n2,z\n" + b"3,w\n" * 200)[0].fault)
    rows = read(tmp_path, f"a,b\n1,{'x' * 3000}\n2,y\n", limits=Limits(cell=2000))
    assert [bool(row.fault) for row in rows] == [True, False]


def test_encodings(tmp_path: Path) -> None:
    """UTF-8 with a mark, UTF-16 with and without, Windows-1252; a wrong name is refused."""
    text = "name,city\nZoë,Besançon\n"
    for encoding in ("utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"):
        assert data(read(tmp_path, text.encode(encoding))) == [{"name": "Zoë", "city": "Besançon"}], encoding
    with pytest.raises(ImportFault, match="not in the encoding ascii"):
        read(tmp_path, text, encoding="ascii")
    with pytest.raises(ImportFault, match="no encoding 'nonsense'"):
        read(tmp_path, text, encoding="nonsense")


def test_formulas_are_restored(tmp_path: Path) -> None:
    """What our export put an apostrophe before is as it was; other apostrophes stay."""
    assert data(read(tmp_path, "a,b\n'=1+1,'x\n''@x,-5\n")) == [{"a": "=1+1", "b": "'x"}, {"a": "'@x", "b": "-5"}]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"), (b"%PDF-1.7", "a PDF"), (b"\x89PNG\r\n", "a picture"), (b"<!DOCTYPE html><table>", "a web page"),
        (b"<?xml version='1.0'?><a/>", "an XML file"), (b"BEGIN:VCALENDAR\r\n", "a calendar"), (b"SQLite format 3\0", "SQLite"),
        (bytes(range(256)) * 20, "binary file"), (b"{\"a\": ", "not valid JSON"), (b"PK\x03\x04broken", "damaged ZIP"),
        (b"\xd0\xcf\x11\xe0rest", "cannot be read as a spreadsheet"), (b"\x1f\x8bbroken", "damaged"),
    ],
)  # fmt: skip
def test_what_is_no_table_is_refused_with_a_way_out(tmp_path: Path, content: bytes, said: str) -> None:
    """Each refusal says what the file is and what to do."""
    with pytest.raises(ImportFault, match=said) as fault:
        read(tmp_path, content, "thing.dat")
    assert fault.value.hint


def test_archives_are_not_guessed_at(tmp_path: Path) -> None:
    """A ZIP with several files and a Word document are told apart from a spreadsheet."""
    for names, said in ((["a.csv", "b.csv"], "ZIP archive with 2 files"), (["word/document.xml"], "a Word document")):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            for name in names:
                archive.writestr(name, "x")
        with pytest.raises(ImportFault, match=said):
            read(tmp_path, out.getvalue(), "x.zip")


def bomb() -> bytes:
    """A spreadsheet of 600 MB in 600 KB."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            for _ in range(600):
                sheet.write(b" " * (1 << 20))
    return out.getvalue()


def test_bombs_are_refused_at_once(tmp_path: Path) -> None:
    """Packed files that unpack to a thousand times their size stop within seconds."""
    for name, content in (
        ("a.csv.gz", gzip.compress(b"a" * (300 << 20))),
        ("b.csv.bz2", bz2.compress(b"a" * (100 << 20))),
    ):
        began = time.process_time()
        with pytest.raises(ImportFault, match="unpacks to more than"):
            read(tmp_path, content, name)
        assert time.process_time() - began < 10
    (tmp_path / "bomb.xlsx").write_bytes(bomb())
    began = time.process_time()
    with pytest.raises(ImportFault, match="would unpack to"):
        open_limited(tmp_path / "bomb.xlsx")
    assert time.process_time() - began < 10


def test_a_limited_child_gives_the_same_rows_and_is_ended(tmp_path: Path) -> None:
    """What strangers upload is read in a process of its own, that is stopped when it takes too long or too much."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for n in range(2000):
        sheet.append([f"name {n}" if n else "name", n if n else "number"])
    book.save(tmp_path / "t.xlsx")
    assert list(open_limited(tmp_path / "t.xlsx").rows) == list(open_table(tmp_path / "t.xlsx").rows)
    with pytest.raises(ImportFault, match="takes too long"):
        list(open_limited(tmp_path / "t.xlsx", limits=Limits(seconds=0)).rows)
    deep = tmp_path / "deep.json"
    deep.write_text("[" * 100_000)
    with pytest.raises(ImportFault, match="not valid JSON"):
        open_limited(deep)


def test_sheets_with_dates_times_and_formulas(tmp_path: Path) -> None:
    """Whole numbers have no point, 0.1 + 0.2 is 0.3, dates are ISO; texts stay texts."""
    from datetime import date, datetime

    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["n", "f", "d", "t", "s", "b"])
    sheet.append([3.0, 0.1 + 0.2, date(2024, 2, 29), datetime(2024, 2, 29, 13, 5), "007", True])
    book.save(tmp_path / "t.xlsx")
    (row,) = open_table(tmp_path / "t.xlsx").rows
    assert (row.line, list(row.data.values())) == (2, ["3", "0.3", "2024-02-29", "2024-02-29T13:05:00", "007", "true"])
    with pytest.raises(ImportFault, match="has no sheet 'x'; it has 'Sheet'"):
        open_table(tmp_path / "t.xlsx", Hints(sheet="x"))


def test_json_in_its_forms(tmp_path: Path) -> None:
    """An array, an object with one array, a path to it, a single object, lines with one that is broken."""
    records = [{"a": 1.10}, {"a": 2}]
    assert [str(r.data["a"]) for r in read(tmp_path, json.dumps(records), "a.json")] == ["1.1", "2"]
    assert len(read(tmp_path, json.dumps({"items": records}), "a.json")) == 2
    assert len(read(tmp_path, json.dumps({"x": {"y": records}, "z": 1}), "a.json", records="x.y")) == 2
    assert data(read(tmp_path, '{"a": 5}', "a.json")) == [{"a": 5}]
    lines = read(tmp_path, '{"a": 1}\n{"a": \n{"a": 3}\n', "a.ndjson", format="ndjson")
    assert [(row.line, bool(row.fault)) for row in lines] == [(1, False), (2, True), (3, False)]
    with pytest.raises(ImportFault, match="no list of records at 'q'"):
        read(tmp_path, "[1]", "a.json", records="q")


def test_vcard_quirks(tmp_path: Path) -> None:
    """Soft line breaks, grouped labels, escapes, a nested agent, base64, and a card that never ends."""
    card = (
        "BEGIN:VCARD\r\nVERSION:2.1\r\nN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:Z=C3=\r\n=BC;A\r\n"
        "item1.TEL:1\r\nitem1.X-ABLabel:_$!<Home>!$_\r\nNOTE:a\\, b\\nc\r\nPHOTO;BASE64:AAAA\r\nBBBB\r\n\r\n"
        'AGENT:\r\nBEGIN:VCARD\r\nFN:Other\r\nEND:VCARD\r\nADR;LABEL="x:y":;;S 1;T;;99;D\r\nEND:VCARD\r\nBEGIN:VCARD\r\nFN:Open\r\n'
    )
    whole, broken = read(tmp_path, card, "a.vcf")
    assert (whole.data["family"], whole.data["given"], whole.data["fn"]) == ("Zü", "A", "A Zü")
    assert whole.data["phones"][0]["label"] == "Home"
    assert whole.data["note"] == "a, b\nc"
    assert whole.data["agent"]["fn"] == "Other"
    assert whole.data["addresses"][0]["street"] == "S 1"
    assert "END:VCARD" in str(broken.fault)


def dbf(rows: list[tuple[str, str, str, str]], count: int | None = None) -> bytes:
    """A dBase III table of a name, an amount, a day and a yes or no."""
    fields = [(b"NAME", b"C", 10), (b"AMOUNT", b"N", 8), (b"DAY", b"D", 8), (b"OK", b"L", 1)]
    head = (
        bytes([3, 124, 2, 29])
        + struct.pack("<IHH", len(rows) if count is None else count, 32 + 32 * 4 + 1, 28)
        + bytes(17)
        + b"\x03\0\0"
    )
    described = b"".join(
        name.ljust(11, b"\0") + kind + bytes(4) + bytes([length]) + bytes(15) for name, kind, length in fields
    )
    records = [f" {n:<10}{a:>8}{d:<8}{o}".encode("cp1252") for n, a, d, o in rows]
    return head + described + b"\r" + b"".join(records) + b"\x1a"


def test_dbase_tables(tmp_path: Path) -> None:
    """Names in Windows-1252, numbers, dates and booleans; deleted records are passed over, a cut file is told."""
    content = dbf([("Zo\u00eb", "12.50", "20240229", "T"), ("gone", "1", "", "F"), ("Ann", "", "", "?")])
    content = content.replace(b" gone", b"*gone")
    table = data(read(tmp_path, content, "t.dbf"))
    assert table == [
        {"NAME": "Zo\u00eb", "AMOUNT": "12.50", "DAY": "2024-02-29", "OK": "true"}, {"NAME": "Ann", "AMOUNT": "", "DAY": "", "OK": ""},
    ]  # fmt: skip
    cut = read(tmp_path, dbf([("Ann", "", "", "?")])[:-12], "t.dbf", format="dbf")
    assert "ends inside this record" in str(cut[0].fault)


def test_a_hidden_sheet_is_read_only_when_no_other_has_rows(tmp_path: Path) -> None:
    """What people see comes first; the others are named."""
    book = Workbook()
    first = book.active
    first.title, first.sheet_state = "Scratch", "hidden"
    first.append(["name"])
    first.append(["secret"])
    shown = book.create_sheet("People")
    shown.append(["name"])
    shown.append(["Ann"])
    book.save(tmp_path / "people.xlsx")
    table = open_table(tmp_path / "people.xlsx")
    assert [row.data for row in table.rows] == [{"name": "Ann"}]
    assert "other sheets were not read: Scratch" in table.notes
