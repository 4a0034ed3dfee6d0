"""Readers: line numbers, faults of single rows, limits, and files that are no tables."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import struct
import time
import zipfile
from datetime import date, datetime
from pathlib import Path

import pytest
from openpyxl import Workbook
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from xrm_core.errors import ImportFault
from xrm_core.services.importing.readers import Children, Hints, Limits, Row, feed, open_limited, open_table
from xrm_core.services.importing.readers.limited import SMALL


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


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_read_together_are_read_alike(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end: str) -> None:
    """However many lines are tried at once: quoted line breaks, open quotes, blank lines, narrow rows, an apostrophe and a zero
    between them give the rows, line numbers and faults that reading them one by one gives."""
    odd = ['"two\nlines",b', "", "narrow", "'=1,it's", "z\0,b", '"a""b",c', "a,b,c", '"x"y,b', '"open,b']
    content = end.join(line for cell in odd for line in ["a,b", *("1,y" for _ in range(5)), cell]) + end
    alone: list[list[str]] = []
    with monkeypatch.context() as one_by_one:
        one_by_one.setattr(feed.Feed, "block", lambda self, dialect: alone)
        expected = read(tmp_path, content)
    assert [row.fault is None for row in expected].count(False) == 5
    for block in (1, 2, 7, 256):
        monkeypatch.setattr(feed, "BLOCK", block)
        assert read(tmp_path, content) == expected, block


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


def test_small_files_of_one_import_share_a_process(tmp_path: Path) -> None:
    """The next small file is read where the one before was; a large one, a broken one and what comes after it are read elsewhere."""
    children, used = Children(), []
    limits = Limits()

    def rows(name: str, content: str) -> list[Row]:
        (tmp_path / name).write_text(content)
        waiting = children.take(0, limits)
        used.append(waiting)
        children.give(waiting, 0)
        return list(open_limited(tmp_path / name, limits=limits, children=children).rows)

    assert rows("a.json", '[{"n": 1}, {"n": 2}]') == [Row(1, {"n": 1}), Row(2, {"n": 2})]
    assert rows("b.json", '[{"n": 3}]') == [Row(1, {"n": 3})]
    assert rows("large.json", '[{"n": 4}' + " " * SMALL + "]") == [Row(1, {"n": 4})]
    assert used[0] is used[1] is used[2]
    with pytest.raises(ImportFault, match="not valid JSON"):
        rows("broken.json", "[{")
    assert used[0].process.poll() is not None, "a process that found a fault is not used again"
    assert rows("c.json", '[{"n": 5}]') == [Row(1, {"n": 5})]
    children.close()
    assert all(child.process.poll() is not None for child in used)


def test_sheets_with_dates_times_and_formulas(tmp_path: Path) -> None:
    """Whole numbers have no point, 0.1 + 0.2 is 0.3, dates are ISO; texts stay texts."""

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


def test_calendar_quirks(tmp_path: Path) -> None:
    """Zones by name, as Windows calls them and by the file's own rules; days, lengths, alarms within; what is broken has its reason."""

    def event(*lines: str) -> str:
        return "\r\n".join(["BEGIN:VEVENT", *lines, "END:VEVENT", ""])

    rules = (
        "BEGIN:VTIMEZONE\r\nTZID:Ours\r\nBEGIN:STANDARD\r\nDTSTART:19701025T030000\r\nRRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\r\n"
        "TZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\nEND:STANDARD\r\nBEGIN:DAYLIGHT\r\nDTSTART:19700329T020000\r\n"
        "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\nEND:DAYLIGHT\r\nEND:VTIMEZONE\r\n"
    )
    given = {
        "DTSTART;TZID=Ours:20260328T120000": "2026-03-28T12:00:00+01:00", "DTSTART;TZID=Ours:20260329T120000": "2026-03-29T12:00:00+02:00",
        "DTSTART;TZID=Ours:20261025T120000": "2026-10-25T12:00:00+01:00", "DTSTART;TZID=/x.example/Europe/Berlin:20260701T120000": "2026-07-01T12:00:00+02:00",
        "DTSTART;TZID=W. Europe Standard Time:20260701T120000": "2026-07-01T12:00:00+02:00", "DTSTART:20260701T120000Z": "2026-07-01T12:00:00+00:00",
        "DTSTART;TZID=Nowhere:20260701T120000": "2026-07-01T12:00:00", "DTSTART;VALUE=DATE:20260701": "2026-07-01T00:00:00",
    }  # fmt: skip
    rows = read(
        tmp_path, f"BEGIN:VCALENDAR\r\n{rules}{''.join(event(line) for line in given)}END:VCALENDAR\r\n", "a.ics"
    )
    assert [row.data.get("begin") for row in rows] == list(given.values())
    (one,) = read(tmp_path, event(
        "UID:1", "DTSTART:20260701T120000Z", "DTEND:20260701T124500Z", "BEGIN:VALARM", "DESCRIPTION:wake", "END:VALARM",
        "SUMMARY:a\\, b", "ATTENDEE;PARTSTAT=ACCEPTED;CN=Ann:MAILTO:Ann@X.example", "STATUS:CANCELLED",
    ), "b.ics")  # fmt: skip
    assert (one.data["minutes"], one.data["summary"], one.data["description"], one.data["status"]) == (
        45,
        "a, b",
        None,
        "cancelled",
    )
    assert one.data["people"] == [{"address": "ann@x.example", "name": "Ann", "status": "accepted", "organiser": False}]
    broken = {
        "SUMMARY:x": "does not say when", "DTSTART:tomorrow": "cannot be read: tomorrow", "DTSTART:20260230T100000": "cannot be read",
        "DTSTART:20260701T120000Z\r\nDTEND:20260701T110000Z": "ends before", "DTSTART:20260701\r\nDTEND:20260701T110000Z": "begins with a day",
        "DTSTART:20260701T120000Z\r\nDURATION:-PT1H": "length cannot be read",
    }  # fmt: skip
    rows = read(tmp_path, "BEGIN:VCALENDAR\r\n" + "".join(event(line) for line in broken), "c.ics")
    for row, told in zip(rows, broken.values(), strict=True):
        assert told in str(row.fault)
    (open_one,) = read(tmp_path, "BEGIN:VEVENT\r\nDTSTART:20260701\r\n", "d.ics")
    assert "END:VEVENT" in str(open_one.fault)
    with pytest.raises(ImportFault, match="without an event"):
        read(tmp_path, "BEGIN:VCALENDAR\r\nBEGIN:VTODO\r\nEND:VTODO\r\nEND:VCALENDAR\r\n", "e.ics")


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


def test_headings_below_a_title_are_found(tmp_path: Path) -> None:
    """A title over the table (mostly in merged cells) is not its headings; a table that begins with a full row is left alone."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["Members, January"], [], ["Name", "Since", "Mail"], ["Ark", 2001, "a@b.example"]):
        sheet.append(row)
    sheet.merge_cells("A1:C1")
    book.save(tmp_path / "t.xlsx")
    table = open_table(tmp_path / "t.xlsx")
    assert table.columns == ("Name", "Since", "Mail")
    assert [(r.line, r.data["Name"]) for r in table.rows] == [(4, "Ark")]
    assert any("headings stand in row 3" in note for note in table.notes)
    assert open_table(tmp_path / "t.xlsx", Hints(skip_lines=3)).columns[0] == "Ark", "what somebody says holds"


def test_western_letters_are_read_as_what_most_programs_write(tmp_path: Path) -> None:
    """Where the letters of a file are the same in several encodings, it is told as Windows-1252."""
    text = "Kundennr.;Name;Ort\r\n1;Müller & Söhne;Köln\r\n2;Bäckerei Grün;München\r\n3;Größe;Österreich\r\n"
    (tmp_path / "k.csv").write_bytes(text.encode("cp1252"))
    assert open_table(tmp_path / "k.csv").encoding == "cp1252"


def test_cards_come_with_their_data(tmp_path: Path) -> None:
    """A card that was read has no cells beside its data: so a refused one comes back with all it says."""
    (row,) = read(tmp_path, "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ada\r\nEND:VCARD\r\n", "a.vcf")
    assert row.cells is None
    assert row.data["fn"] == "Ada"


def test_days_counted_from_1904(tmp_path: Path) -> None:
    """A workbook that says so counts its days from 1904; they are the days that people see in it."""
    book = Workbook()
    book.epoch = CALENDAR_MAC_1904
    sheet = book.active
    assert sheet is not None
    sheet.append(["on"])
    sheet.append([date(2026, 5, 6)])
    book.save(tmp_path / "m.xlsx")
    assert data(list(open_table(tmp_path / "m.xlsx", Hints()).rows)) == [{"on": "2026-05-06"}]
