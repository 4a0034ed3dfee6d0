"""JSON and NDJSON: records with everything nested in them; numbers with a point stay exact decimals."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, BinaryIO

import msgspec

from ....errors import ImportFault
from ....language import _
from .encoding import find_encoding
from .table import REASON, Hints, Limits, Row, Table

LINE = 16 << 20


def decoder() -> msgspec.json.Decoder[Any]:
    """A decoder that keeps decimals exact."""
    return msgspec.json.Decoder(float_hook=Decimal)


def looks_like_lines(text: bytes) -> bool:
    """Is the first line a JSON object of its own, with another after it?"""
    lines = [line for line in text.split(b"\n", 2)[:2] if line.strip()]
    if len(lines) < 2 or not lines[0].strip().endswith(b"}"):
        return False
    try:
        first = msgspec.json.decode(lines[0])
    except msgspec.DecodeError:
        return False
    return isinstance(first, dict)


def read_lines(file: BinaryIO, name: str, hints: Hints, limits: Limits) -> Table:
    """NDJSON: an object a line; a broken line is a fault of that row only."""
    return Table(name, "ndjson", (), _lines(file, limits), nested=True)


def _lines(file: BinaryIO, limits: Limits) -> Iterator[Row]:
    decode, number = decoder().decode, 0
    while line := file.readline(LINE):
        number += 1
        if len(line) >= LINE:
            raise ImportFault(
                _("line {number} is longer than {line:,} bytes", number=number, line=LINE), code="too_big"
            )
        if number > limits.rows:
            raise ImportFault(_("more than {rows:,} rows", rows=limits.rows), code="too_big", hint=_("split the file"))
        if not line.strip():
            continue
        try:
            data = decode(line.removeprefix(b"\xef\xbb\xbf"))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            yield Row(
                number, {}, f"the line is not valid JSON ({error})", [line.decode("utf-8", "replace").rstrip("\r\n")]
            )
            continue
        yield _row(number, data)


def _row(number: int, data: Any) -> Row:
    if not isinstance(data, dict):
        return Row(number, {}, _("the record is not a JSON object"), [str(data)[:1000]])
    data.pop(REASON, None)
    return Row(number, data)


def read_json(file: BinaryIO, name: str, hints: Hints, limits: Limits) -> Table:
    """One object, an array of objects, or an array inside an object (`hints.records` is its path). Raises ImportFault."""
    encoding, mark, __ = find_encoding(file, hints.encoding)
    file.seek(0, 2)
    if file.tell() > limits.json:
        hint = _("give it as NDJSON, one record a line, which is read piece by piece")
        raise ImportFault(
            _("{name} is larger than {json:,} bytes", name=name, json=limits.json), code="too_big", hint=hint
        )
    file.seek(mark)
    content = file.read()
    try:
        data = decoder().decode(content if encoding == "utf-8" else content.decode(encoding))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ImportFault(
            _("{name} is not valid JSON: {error}", name=name, error=error),
            code="format",
            hint=_("check that the file is complete"),
        ) from None
    records = _records(data, hints.records, name)
    return Table(name, "json", (), (_row(n, record) for n, record in enumerate(records, 1)), nested=True, unit="record")


def _records(data: Any, path: str | None, name: str) -> list[Any]:
    """The list of records in the data."""
    if path:
        for part in path.split("."):
            data = data.get(part) if isinstance(data, dict) else None
        if not isinstance(data, list):
            raise ImportFault(_("{name} has no list of records at {path!r}", name=name, path=path), code="records")
        return data
    if isinstance(data, list):
        return data
    if isinstance(data, dict):
        lists = [key for key, value in data.items() if isinstance(value, list) and value and isinstance(value[0], dict)]
        return list(data[lists[0]]) if len(lists) == 1 and len(data) <= 3 else [data]
    raise ImportFault(_("{name} holds a single value, no records", name=name), code="records")
