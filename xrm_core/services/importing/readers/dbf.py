"""dBase tables (DBF, levels III to 5): header, field descriptors, records of fixed length. Memo fields are not read."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO

from msgspec import Struct

from ....errors import ImportFault
from ....language import N_, _
from .table import Hints, Limits, Row, Shape, Table

VERSIONS = frozenset((0x02, 0x03, 0x04, 0x05, 0x30, 0x31, 0x43, 0x63, 0x83, 0x8B, 0xCB, 0xF5))
ENCODINGS = {0x01: "cp437", 0x02: "cp850", 0x03: "cp1252", 0x57: "cp1252", 0x64: "cp852", 0x65: "cp866", 0xC8: "cp1250", 0xC9: "cp1251",
             0xCA: "cp1254", 0xCB: "cp1253"}  # fmt: skip
"""By the language driver byte; what is not here is read as Windows-1252."""


class Column(Struct, frozen=True):
    """A field: its name, kind (C, N, F, D, L ...) and length in bytes."""

    name: str
    kind: str
    length: int


def is_dbf(head: bytes, size: int) -> bool:
    """Has the file a dBase header whose numbers agree with one another and with its size?"""
    if len(head) < 65 or head[0] not in VERSIONS or not 1 <= head[2] <= 12 or not 1 <= head[3] <= 31:
        return False
    count, start, length = struct.unpack_from("<IHH", head, 4)
    return start >= 65 and length >= 2 and (start - 1) % 32 in (0, 8) and start + count * length <= size + 1


def read_dbf(file: BinaryIO, name: str, hints: Hints, limits: Limits) -> Table:
    """The records that are not marked as deleted. Raises ImportFault for a damaged header."""
    head = file.read(32)
    if len(head) < 32:
        raise ImportFault(
            _("{name} is a damaged dBase table", name=name), code="damaged", hint=_("export it again, or as CSV")
        )
    count, start, length = struct.unpack_from("<IHH", head, 4)
    encoding = hints.encoding or ENCODINGS.get(head[29], "cp1252")
    columns = list(_columns(file, encoding))
    if not columns or 1 + sum(column.length for column in columns) > length:
        raise ImportFault(
            _("{name} is a damaged dBase table", name=name), code="damaged", hint=_("export it again, or as CSV")
        )
    shape = Shape([column.name for column in columns], "fill", N_("field"))
    memos = [column.name for column in columns if column.kind in "MGBP"]
    notes = [_("memo fields are not read: {names}", names=", ".join(memos))] if memos else []
    file.seek(start)
    rows = _rows(file, min(count, limits.rows), length, columns, encoding, shape)
    return Table(name, "dbf", shape.names, rows, unit="record", notes=notes)


def _columns(file: BinaryIO, encoding: str) -> Iterator[Column]:
    while len(field := file.read(32)) == 32 and field[0] not in (0x0D, 0x00):
        name = field[:11].split(b"\0")[0].decode(encoding, "replace")
        kind = chr(field[11]).upper()
        length = field[16] + (field[17] << 8 if kind == "C" else 0)
        yield Column(name, kind, length)


def _rows(file: BinaryIO, count: int, length: int, columns: list[Column], encoding: str, shape: Shape) -> Iterator[Row]:
    for number in range(1, count + 1):
        record = file.read(length)
        if len(record) < length:
            yield Row(number, {}, _("the file ends inside this record"), [])
            return
        if record[:1] == b"*":
            continue
        cells, at = [], 1
        for column in columns:
            cells.append(_cell(record[at : at + column.length].decode(encoding, "replace"), column.kind))
            at += column.length
        yield shape.row(number, cells)


def _cell(text: str, kind: str) -> str:
    """A value as people would type it: ISO dates, yes and no as true and false."""
    text = text.strip(" \0")
    if kind == "D" and len(text) == 8 and text.isdigit():
        return f"{text[:4]}-{text[4:6]}-{text[6:]}"
    if kind == "L":
        return {"Y": "true", "T": "true", "N": "false", "F": "false"}.get(text.upper(), "")
    if kind in "NF":
        return "" if set(text) <= {"*"} else text
    return "" if kind in "MGBP" else text
