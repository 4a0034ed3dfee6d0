"""Text tables: CSV, TSV and their like, streamed, with the physical line at which each row begins."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from itertools import repeat
from typing import BinaryIO

from ....errors import ImportFault
from ....language import _
from .dialect import Dialect, find_dialect
from .encoding import SAMPLE, find_encoding
from .feed import Feed, reader_of
from .formulas import restore_all
from .table import Hints, Limits, Row, Shape, Table, row_of

PROSE = 80
"""Characters of an average line, from which a text of one column is taken for prose."""


def read_delimited(file: BinaryIO, name: str, hints: Hints, limits: Limits) -> Table:
    """A table of texts. Raises ImportFault for running text, a header that cannot be, and lines without end."""
    encoding, mark, note = find_encoding(file, hints.encoding)
    file.seek(mark)
    text = io.TextIOWrapper(file, encoding=encoding, newline="")
    sample = text.read(SAMPLE)
    file.seek(mark)
    text = io.TextIOWrapper(text.detach(), encoding=encoding, newline="")
    delimiter, skip = hints.delimiter, hints.skip_lines
    if sample.lower().startswith("sep=") and not delimiter:
        delimiter, skip = sample[4:5], 1
    dialect = find_dialect("".join(sample.splitlines(keepends=True)[skip:]), delimiter)
    _refuse_prose(sample, dialect.told, name)
    feed = Feed(text, limits)
    for __ in range(skip):
        feed.skip()
    records = _records(feed, dialect, limits)
    header = _header(records, name, hints, limits)
    shape = Shape(header, hints.short_rows, dialect.word)
    notes = [note] if note else []
    notes += (
        [_("columns are told apart by {sign}", sign=_(dialect.word))]
        if dialect.told and dialect.delimiter != ","
        else []
    )
    notes += [] if dialect.told else [_("one column: nothing tells columns apart")]
    rows = _rows(feed, records, dialect, shape, limits)
    return Table(name, "csv", shape.names, rows, notes=notes, encoding=encoding, delimiter=dialect.delimiter)


def _records(feed: Feed, dialect: Dialect, limits: Limits) -> Iterator[tuple[int, list[str], str | None]]:
    """Line, cells and fault of each record that is not a blank line."""
    csv.field_size_limit(limits.cell)
    kept = feed.kept
    while True:  # a reader for each stretch of lines without a fault
        start = feed.line + 1
        try:
            for cells in reader_of(feed.lines(), dialect):
                if len(kept) == 1:
                    kept.clear()
                else:
                    feed.done()
                if cells:
                    yield start, cells, None
                start = feed.line + 1
            return
        except UnicodeDecodeError:
            raise ImportFault(
                _("line {start} is not in the encoding of the lines before it", start=start), code="encoding"
            ) from None
        except csv.Error as error:
            told = str(error)
            first = feed.back()
            cells = next(csv.reader([first[: limits.cell]], delimiter=dialect.delimiter), [first])
        yield start, cells, _quoting(told, limits)


def _quoting(told: str, limits: Limits) -> str:
    if "field larger" in told:
        return _("a value is longer than {most:,} characters", most=limits.cell)
    if "unexpected end" in told:
        return _(
            "a quotation mark opens a value here and never closes it; close it, or double it if it belongs to the text"
        )
    if "expected after" in told:
        return _("text follows a closing quotation mark; double quotation marks that belong to the text")
    return _("the line cannot be read ({fault})", fault=told)


def _header(records: Iterator[tuple[int, list[str], str | None]], name: str, hints: Hints, limits: Limits) -> list[str]:
    if not hints.header:
        if hints.columns:
            return list(hints.columns)
        raise ImportFault(
            _("{name} has no header row, and its columns are not named", name=name), hint=_("name them in `columns`")
        )
    for line, cells, fault in records:
        if fault:
            raise ImportFault(
                _("{name}: the header in line {line} cannot be read: {fault}", name=name, line=line, fault=fault),
                code="header",
            )
        if any(cell.strip() for cell in cells):
            if len(cells) > limits.columns:
                raise ImportFault(
                    _(
                        "{name} has {n:,} columns; {columns:,} are the most",
                        name=name,
                        n=len(cells),
                        columns=limits.columns,
                    ),
                    code="too_big",
                )
            return cells
    raise ImportFault(_("{name} is empty", name=name), code="empty", hint=_("a header row and one row are the least"))


def _rows(
    feed: Feed, records: Iterator[tuple[int, list[str], str | None]], dialect: Dialect, shape: Shape, limits: Limits
) -> Iterator[Row]:
    """The rows after the header: many at once where each line is one, else record by record."""
    count, most = 0, limits.rows
    while True:
        first = feed.line + 1
        found: list[tuple[int, list[str], str | None]] = []
        if block := feed.block(dialect):
            plain = _plain(first, block, feed.text_of_block, shape) if count + len(block) <= most else None
            if plain is not None:
                count += len(block)
                yield from plain
                continue
            found = [(line, cells, None) for line, cells in enumerate(block, first) if cells]
        else:
            record = next(records, None)
            if record is None:
                return
            found.append(record)
        for line, cells, fault in found:
            count += 1
            if count > most:
                raise ImportFault(_("more than {most:,} rows", most=most), code="too_big", hint=_("split the file"))
            yield _row(line, cells, fault, shape)


def _plain(first: int, block: list[list[str]], text: str, shape: Shape) -> Iterator[Row] | None:
    """The rows of lines that are all as they should be: as many cells as columns, and no sign that needs a look. Else None."""
    if shape.drop or "'" in text or "\0" in text or set(map(len, block)) != {shape.full}:
        return None
    names = shape.names
    data = [dict(zip(names, cells, strict=True)) for cells in block]
    return map(row_of, zip(range(first, first + len(block)), data, repeat(None), block, strict=False))


def _row(line: int, cells: list[str], fault: str | None, shape: Shape) -> Row:
    if fault:
        return Row(line, {}, fault, cells[shape.drop :])
    text = "".join(cells)
    if "'" in text:
        cells = restore_all(cells)
    row = shape.row(line, cells)
    if "\0" in text and row.fault is None:
        row = Row(line, {}, _("a value holds a zero character; take it out"), cells[shape.drop :])
    return row


def _refuse_prose(sample: str, told: bool, name: str) -> None:
    """Refuse running text and columns made of spaces: lines without a delimiter that are long, have commas or wide gaps."""
    lines = [line.strip() for line in sample.splitlines()[:200] if line.strip()]
    if not lines:
        return
    many = max(1, len(lines) // 5)
    if told and (len(lines) > 1 or len(lines[0]) < 4 * PROSE):
        return
    hint = _("an import takes rows and columns: CSV, Excel, OpenDocument, JSON or vCard")
    if not told and sum("   " in line for line in lines) >= many:
        hint = _("save it again with a comma, semicolon or tab between the columns")
        raise ImportFault(_("{name} seems to have columns of fixed width", name=name), code="not_a_table", hint=hint)
    if (
        told
        or sum(map(len, lines)) / len(lines) > PROSE
        or (len(lines) > 5 and sum(", " in line for line in lines) >= many)
    ):
        raise ImportFault(
            _("{name} looks like running text, not like a table", name=name), code="not_a_table", hint=hint
        )
