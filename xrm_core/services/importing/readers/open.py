"""The front door of the readers: which format a file has, by its content, and what to say of those that are no tables."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from ....errors import ImportFault
from ....language import N_, _
from .dbf import is_dbf, read_dbf
from .delimited import read_delimited
from .events import read_events
from .json_records import looks_like_lines, read_json, read_lines
from .packed import packing, unpack
from .sheets import Archive, read_sheet
from .table import Hints, Limits, Row, Table
from .vcard import read_vcards

TABLES = N_("an import takes CSV, Excel (xlsx, xls), OpenDocument (ods), dBase, JSON, NDJSON, vCard and iCalendar")
KNOWN = (
    (b"%PDF", N_("a PDF; copy its table into a spreadsheet and save that as CSV or XLSX")),
    (b"\x89PNG", N_("a picture")), (b"\xff\xd8\xff", N_("a picture")), (b"GIF8", N_("a picture")),
    (b"SQLite format 3", N_("an SQLite database; export the table you need as CSV")),
    (b"PAR1", N_("a Parquet file; convert it to CSV")),
    (b"{\\rtf", N_("a text document (RTF); copy its table into a spreadsheet")),
    (b"7z\xbc\xaf", N_("a 7z archive; unpack it and import the files in it")),
    (b"Rar!", N_("a RAR archive; unpack it and import the files in it")),
    (b"<!doctype html", N_("a web page; open it, copy the table into a spreadsheet and save that")),
    (b"<html", N_("a web page; open it, copy the table into a spreadsheet and save that")),
    (b"<?xml", N_("an XML file; convert it to CSV or JSON")),
)  # fmt: skip


def open_table(
    path: Path, hints: Hints | None = None, limits: Limits | None = None, *, name: str | None = None
) -> Table:
    """The rows of a file. `name` is what people call it. Raises ImportFault, with the way out, for what is no table."""
    hints, limits, name = hints or Hints(), limits or Limits(), name or path.name
    size = path.stat().st_size
    if not size:
        raise ImportFault(
            _("{name} is empty", name=name), code="empty", hint=_("a header row and one row are the least")
        )
    file: BinaryIO = path.open("rb")
    try:
        kind = packing(file.read(8))
        file.seek(0)
        if kind:
            unpacked = unpack(file, kind, size, limits)
            file.close()
            file = unpacked
        table = _read(file, name, hints, limits, size)
    except BaseException:
        file.close()
        raise
    if kind:
        table.notes.insert(0, _("unpacked ({kind})", kind=kind))
    table.rows = _closing(table.rows, file)
    return table


def _closing(rows: Iterator[Row], file: BinaryIO) -> Iterator[Row]:
    """The same rows; the file is closed after the last."""
    try:
        yield from rows
    finally:
        file.close()


def _read(file: BinaryIO, name: str, hints: Hints, limits: Limits, size: int) -> Table:
    """Choose the reader."""
    head = file.read(8192)
    file.seek(0)
    kind = hints.format or _format(file, head, name, _size(file, size))
    if kind in ("xlsx", "xls", "ods"):
        return read_sheet(file, name, kind, hints, limits, size)
    if kind == "vcard":
        return read_vcards(file, name, hints, limits)
    if kind == "icalendar":
        return read_events(file, name, hints, limits)
    if kind == "ndjson":
        return read_lines(file, name, hints, limits)
    if kind == "dbf":
        return read_dbf(file, name, hints, limits)
    if kind == "json":
        return read_json(file, name, hints, limits)
    return read_delimited(file, name, hints, limits)


def _size(file: BinaryIO, packed: int) -> int:
    """How many bytes the file has, once unpacked."""
    file.seek(0, 2)
    size = file.tell()
    file.seek(0)
    return size or packed


def _format(file: BinaryIO, head: bytes, name: str, size: int) -> str:
    """The format by content; raises ImportFault for what is known and is no table."""
    if head.startswith(b"PK"):
        return Archive(file, name).kind
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        return "xls"
    if packing(head):
        raise ImportFault(
            _("{name} is packed twice", name=name), code="format", hint=_("unpack it yourself and import the content")
        )
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    for mark, said in KNOWN:
        if text[:20].lower().startswith(mark.lower()):
            raise ImportFault(_("{name} is {said}", name=name, said=_(said)), code="format", hint=_(TABLES))
    if text[:11].upper() == b"BEGIN:VCARD":
        return "vcard"
    if text[:7].upper() == b"BEGIN:V":
        return "icalendar"
    if text[:1] in (b"{", b"["):
        return "ndjson" if looks_like_lines(text) else "json"
    if is_dbf(head, size):
        return "dbf"
    _refuse_binary(head, name)
    return "csv"


def _refuse_binary(head: bytes, name: str) -> None:
    """Refuse bytes that no text has; the zeros of UTF-16 are on one side."""
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return
    zeros = head.count(0)
    wide = min(head[::2].count(0), head[1::2].count(0)) < 0.05 * zeros
    control = sum(byte < 32 and byte not in (9, 10, 12, 13) for byte in head) - (zeros if wide else 0)
    if control > 0.02 * len(head):
        raise ImportFault(_("{name} is a binary file of an unknown kind", name=name), code="format", hint=_(TABLES))
