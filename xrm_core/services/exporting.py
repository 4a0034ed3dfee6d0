"""Exports: any query as CSV, XLSX, JSON or NDJSON, page by page and through the same relation as every list.

Values are exact and independent of language, so that an import takes them back: dates and times in ISO form, numbers without
grouping. In CSV, texts that a spreadsheet would take for a formula get an apostrophe before them; our own import takes it off.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import chain
from typing import Any

from msgspec import Struct

from ..errors import BadRequest
from ..fields.lists import join
from ..language import _
from ..metamodel.values import Query, Record
from ..storage import query as storage
from ..storage.tables import stored_columns
from . import access_log
from .export_sheets import Rows, SheetColumn, sheet_columns, write_sheet
from .importing.readers.formulas import neutralise
from .lists import list_records
from .permits import columns_seen, verdict
from .work import Work

PAGE = 1_000
MEDIA = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
    "ndjson": "application/x-ndjson",
}


class Export(Struct, frozen=True):
    """A file in pieces, to be read while the work that made it is open."""

    media_type: str
    chunks: Iterator[bytes]

    @property
    def body(self) -> bytes:
        """The whole file."""
        return b"".join(self.chunks)


class Said(str):
    """A number or a day as people write it: ours, so no formula, whatever it begins with."""

    __slots__ = ()


class Face(Struct, frozen=True):
    """An export as it is shown: its headings, what stands in them of a record (behind them may stand currencies of amounts, which
    `columns` name), and what parts the cells of CSV."""

    heads: Sequence[str]
    draw: Callable[[Record], Sequence[Any]]
    columns: Sequence[SheetColumn]
    delimiter: str = ","


def export(
    work: Work, query: Query, kind: str = "csv", *, bom: bool = False, among: Collection[str] | None = None,
    face: Face | None = None,
) -> Export:  # fmt: skip
    """All records of a query as a file of that kind: those, and of those the fields, that the actor both reads and may export.
    `among`: only records with these ids, in the order of the query. `face`: as it is shown, not as it is stored. `bom`: CSV begins with a byte order mark, by which a spreadsheet knows that it is UTF-8. Raises BadRequest for an unknown
    kind, and what a list raises."""
    if kind not in KINDS:
        raise BadRequest(
            _("no export as {kind!r}", kind=kind), code="bad_format", hint=_("one of {names}", names=", ".join(KINDS))
        )
    work.access.require(query.entity, "export")
    entity = work.catalog.entity(query.entity)
    names = query.columns or columns_seen(work, entity.name, [c.name for c in stored_columns(entity)])
    work.make_exact()
    rows = _rows(work, replace(query, columns=names), names, among)
    first = next(rows, None)  # what is wrong with the question shows here
    asked = {"filter": query.filter, "q": query.q, "ticked": str(len(among)) if among is not None else None}
    access_log.exported(work, query.entity, names, kind, {k: v for k, v in asked.items() if v})
    rows = rows if first is None else chain((first,), rows)
    if face is not None and kind in ("csv", "xlsx"):
        drawn = (face.draw(dict(zip(names, row, strict=True))) for row in rows)
        if kind == "xlsx":
            return Export(MEDIA[kind], write_sheet(face.heads, drawn, face.columns, plain))
        chunks = _csv(face.heads, drawn, face.delimiter)
    elif kind == "xlsx":
        return Export(MEDIA[kind], write_sheet(names, rows, sheet_columns(entity, names), plain))
    else:
        chunks = WRITERS[kind](names, rows)
    return Export(MEDIA[kind], chain((BOM,), chunks) if bom and kind == "csv" else chunks)


def _rows(work: Work, query: Query, names: Sequence[str], among: Collection[str] | None) -> Rows:
    """Values of all records, or of those asked for until all are found, one page after the other by key."""
    narrowed = work.access.opening(query.entity, "export") != work.access.opening(query.entity)
    columns = tuple(dict.fromkeys((*names, "id"))) if narrowed or among is not None else tuple(names)
    query = replace(query, columns=columns, limit=PAGE, after=None, before=None, count="none")
    left = None if among is None else set(among)
    while left is None or left:
        page = list_records(work, query)
        rows = page.rows if left is None else [row for row in page.rows if str(row["id"]) in left]
        if left is not None:
            left.difference_update(str(row["id"]) for row in rows)
        for row in _exported(work, query.entity, rows) if narrowed else rows:
            yield [row[name] for name in names]
        if page.next is None:
            return
        query = replace(query, after=page.next)


def _exported(work: Work, entity: str, rows: Sequence[Record]) -> Iterator[Record]:
    """Where exporting is open less widely than reading: those of the rows that may leave, without the fields that may not."""
    stored = storage.get_many(work.tx, work.catalog, entity, [str(row["id"]) for row in rows], deleted=True)
    owner = work.entity(entity).field_of_column
    for row in rows:
        found = verdict(work, entity, "export", stored[str(row["id"])])
        if found.allowed:
            yield {n: v if found.opens(owner.get(n.split(".")[0], n.split(".")[0])) else None for n, v in row.items()}


def plain(value: Any) -> str:
    """A value as text that reads back as the same value."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return duration(value)
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return join(value)
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return str(value)


def duration(value: timedelta) -> str:
    """ISO 8601, as in PT1H30M."""
    sign, seconds = ("-", -value) if value < timedelta(0) else ("", value)
    total = seconds // timedelta(microseconds=1)
    hours, rest = divmod(total, 3_600_000_000)
    minutes, rest = divmod(rest, 60_000_000)
    parts = [f"{hours}H" if hours else "", f"{minutes}M" if minutes else ""]
    parts.append(
        f"{format(Decimal(rest) / 1_000_000, 'f').rstrip('0').rstrip('.') if rest % 1_000_000 else rest // 1_000_000}S"
        if rest
        else ""
    )
    return f"{sign}PT{''.join(parts) or '0S'}"


def _csv(names: Sequence[str], rows: Rows, delimiter: str = ",") -> Iterator[bytes]:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\r\n")
    writer.writerow([neutralise(name) for name in names])
    for number, row in enumerate(rows, 1):
        writer.writerow([_text(value) if isinstance(value, str) else _cell(value) for value in row])
        if number % PAGE == 0:
            yield out.getvalue().encode()
            out.seek(0)
            out.truncate()
    yield out.getvalue().encode()


def _text(value: str) -> str:
    return value if isinstance(value, Said) else neutralise(value)


def _cell(value: Any) -> str:
    """Lists and JSON hold texts that people wrote; numbers and dates are never a formula."""
    return neutralise(plain(value)) if isinstance(value, list | dict) else plain(value)


def _json_value(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | str | list | dict):
        return value
    return plain(value)


def _ndjson(names: Sequence[str], rows: Rows) -> Iterator[bytes]:
    for row in rows:
        data = {name: _json_value(value) for name, value in zip(names, row, strict=True)}
        yield json.dumps(data, ensure_ascii=False).encode() + b"\n"


def _json(names: Sequence[str], rows: Rows) -> Iterator[bytes]:
    before = b"[\n"
    for line in _ndjson(names, rows):
        yield before + line.rstrip(b"\n")
        before = b",\n"
    yield b"[]\n" if before == b"[\n" else b"\n]\n"


BOM = b"\xef\xbb\xbf"
WRITERS: dict[str, Callable[[Sequence[str], Rows], Iterator[bytes]]] = {
    "csv": _csv, "json": _json, "ndjson": _ndjson,
}  # fmt: skip
"""Kinds of files that are texts, with what writes them."""
KINDS = ("csv", "xlsx", "json", "ndjson")
