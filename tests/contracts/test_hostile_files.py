"""Files that mean harm: each is refused with one sentence on the page and on the command line, soon, and the server stays up."""

from __future__ import annotations

import bz2
import gzip
import html
import io
import struct
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from xrm_core.errors import ImportFault
from xrm_core.testing import temporary_organisation

from ..unit.cli.running import run
from .test_import_wizard import BOAT, Desk, desk_of

SOON = 20
"""Seconds; the worst take two on a free machine."""
TYPES = """<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>
<Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>"""
RELS = """<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1"
Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{}" Target="{}"/></Relationships>"""
BOOK = """<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"
xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>"""
SHEET = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}</sheetData></worksheet>'
)
LAUGHS = (
    "<!DOCTYPE l [<!ENTITY a0 'ha'>" + "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 12)) + "]>"
)
THEFT = "<!DOCTYPE l [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>"


def cell(place: str, text: str) -> str:
    """A cell with its text in it."""
    return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'


def xlsx(sheet: str | bytes, more: dict[str, bytes] | None = None) -> bytes:
    """A workbook of one sheet."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", TYPES)
        archive.writestr("_rels/.rels", RELS.format("officeDocument", "xl/workbook.xml"))
        archive.writestr("xl/workbook.xml", BOOK)
        archive.writestr("xl/_rels/workbook.xml.rels", RELS.format("worksheet", "worksheets/sheet1.xml"))
        archive.writestr("xl/worksheets/sheet1.xml", sheet)
        for name, content in (more or {}).items():
            archive.writestr(name, content)
    return out.getvalue()


def ods(content: str) -> bytes:
    """An OpenDocument sheet."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
    return out.getvalue()


def rows(*lines: str) -> str:
    """Rows of two texts with these contents."""
    head = f'<row r="1">{cell("A1", "Name")}{cell("B1", "Mark")}</row>'
    return head + "".join(f'<row r="{n}">{line}</row>' for n, line in enumerate(lines, 2))


def lying() -> bytes:
    """A workbook whose directory says that its sheet is small, when it is not."""
    body = bytearray(xlsx(b"<worksheet>" + b" " * (100 << 20) + b"</worksheet>"))
    place = 0
    while (place := body.find(b"PK\x01\x02", place)) >= 0:
        length = struct.unpack_from("<H", body, place + 28)[0]
        if body[place + 46 : place + 46 + length] == b"xl/worksheets/sheet1.xml":
            struct.pack_into("<I", body, place + 24, 1000)
        place += 4
    return bytes(body)


def bomb() -> bytes:
    """A workbook of some sixty kilobytes that unpacks to 60 megabytes."""
    return xlsx(b"<worksheet>" + b" " * (60 << 20) + b"</worksheet>")


LAUGH_SHEET = '<?xml version="1.0"?>' + LAUGHS + SHEET.format(rows(cell("A2", "&a11;")))
LAUGH_ODS = (
    f'<?xml version="1.0"?>{LAUGHS}<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0">'
    "<office:body><office:spreadsheet><table:table table:name='S'><table:table-row><table:table-cell><text:p>&a11;</text:p>"
    "</table:table-cell></table:table-row></table:table></office:spreadsheet></office:body></office:document-content>"
)
FILES = {
    "bomb.xlsx": (bomb, "would unpack to"),
    "lying.xlsx": (lying, "lying.xlsx"),
    "laughs.xlsx": (lambda: xlsx(LAUGH_SHEET), "laughs.xlsx"),
    "laughs.ods": (lambda: ods(LAUGH_ODS), "laughs.ods"),
    "theft.xlsx": (lambda: xlsx('<?xml version="1.0"?>' + THEFT + SHEET.format(rows(cell("A2", "&x;")))), "theft.xlsx"),
    "macros.xlsm": (lambda: xlsx(SHEET.format(rows()), {"xl/vbaProject.bin": b"\xd0\xcf\x11\xe0"}), "holds macros"),
    "macros.xls": (lambda: b"\xd0\xcf\x11\xe0" + bytes(600) + "_VBA_PROJECT".encode("utf-16-le") + bytes(600), "holds macros"),
    "disguised.csv": (bomb, "would unpack to"),
    "deep.json": (lambda: b"[" * 200_000, "is not valid JSON"),
    "wide.json": (lambda: b'[{"a":' * 50_000, "is not valid JSON"),
    "line.csv": (lambda: b"Name,Mark\n" + b"x" * (12 << 20), "line.csv"),
    "head.csv": (lambda: b",".join(b"c%d" % n for n in range(5_000)) + b"\n1\n", "columns"),
    "open.csv": (lambda: b'Name,Mark\n"Ark,A1\n' + (b"y" * 1000 + b",z\n") * 6_000, "open.csv"),
    "bomb.csv.gz": (lambda: gzip.compress(b"Name,Mark\n" + b"a,b\n" * (16 << 20)), "unpacks to more than"),
    "bomb.csv.bz2": (lambda: bz2.compress(bytes(100 << 20)), "unpacks to more than"),
    "noise.bin": (lambda: bytes(range(256)) * 64, "is a binary file"),
    "cut.xlsx": (lambda: xlsx(SHEET.format(rows()))[:300], "damaged"),
    "paths.zip": (lambda: xlsx("")[:0] or zipped("../../evil.csv"), "is a ZIP archive"),
}  # fmt: skip


def zipped(name: str) -> bytes:
    """An archive with a file of that name."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(name, "Name,Mark\n1,2\n")
    return out.getvalue()


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Desk, Path]]:
    """One organisation for all of them: whatever comes, it stays up."""
    url = f"sqlite:///{tmp_path_factory.mktemp('hostile')}/xrm.sqlite3"
    with temporary_organisation(metadata={"entities/boat.yaml": BOAT}, url=url) as runtime:
        for one in desk_of(runtime):
            yield one, runtime.files.parent


@pytest.mark.parametrize("name", FILES)
def test_refused_on_both_faces(
    desk: tuple[Desk, Path], name: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """One sentence that says what is wrong, without a trace of our code, within seconds; nothing is stored; the next file goes in."""
    page, root = desk
    make, said = FILES[name]
    body = make()
    began = time.monotonic()
    told = page.post("/import", files={"file": (name, body)})
    assert time.monotonic() - began < SOON
    if 'class="summary' in told:
        assert said in told
    else:  # its beginning can be read: then the check says it, or the row that is wrong
        checked = page.form(page.form(told, of="e:boat"), **{"to.0": "name", "to.1": "mark", "key": "fields:mark"})
        assert 'class="check-row"' in checked or said in checked or 'class="summary' in checked
        assert "root:" not in checked
        assert time.monotonic() - began < 2 * SOON
    assert "Traceback" not in told
    (tmp_path / name).write_bytes(body)
    done = run("import", "run", "boat", str(tmp_path / name), "--root", str(root), "--dry-run", fails=True)
    assert done.exception is None or isinstance(done.exception, ImportFault | SystemExit), done.exception
    text = f"{done.output} {done.exception} {capfd.readouterr().err}"
    assert "Traceback" not in text
    assert done.exit_code == 1 or "refused" in text, text
    assert "root:" not in text
    assert page.boats() == []
    assert "What each row is" in html.unescape(page.client.get("/import").text)


def test_formulas_are_never_worked_out(desk: tuple[Desk, Path]) -> None:
    """A formula without a value is blank, one with a value is that value; texts that look like formulas stay texts."""
    page, _root = desk
    line = '<c r="A2"><f>1+1</f></c>' + cell("B2", "F1")
    other = '<c r="A3" t="str"><f>WEBSERVICE("http://127.0.0.1/")</f><v>kept</v></c>' + cell("B3", "=1+1")
    told = page.form(
        page.post("/import", files={"file": ("formulas.xlsx", xlsx(SHEET.format(rows(line, other))))}), of="e:boat"
    )
    checked = page.form(told, **{"to.0": "name", "to.1": "mark", "key": "fields:mark"})
    assert "Import 1 row" in checked
    assert "=1+1" in page.get(page.at + "?status=created")
