"""Text tables: CSV, TSV and their like, streamed, with the physical line at which each row begins."""

from __future__ import annotations

import csv
import io
from collections import deque
from collections.abc import Iterator
from typing import BinaryIO

from ....errors import ImportFault
from ....language import _
from .dialect import Dialect, find_dialect
from .encoding import SAMPLE, find_encoding
from .formulas import restore_all
from .table import Hints, Limits, Row, Shape, Table

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
        [_("columns are told apart by {sign}", sign=dialect.word)] if dialect.told and dialect.delimiter != "," else []
    )
    notes += [] if dialect.told else [_("one column: nothing tells columns apart")]
    rows = _rows(records, shape, limits)
    return Table(name, "csv", shape.names, rows, notes=notes, encoding=encoding, delimiter=dialect.delimiter)


class Feed:
    """Lines for the csv reader: counts them, keeps those of the record being read, and can take them back."""

    def __init__(self, text: io.TextIOBase, limits: Limits) -> None:
        self.text, self.longest = text, 4 * limits.cell
        self.line = 0
        self.kept: list[str] = []
        self.size = 0
        self.again: deque[str] = deque()

    def lines(self) -> Iterator[str]:
        """The lines from here on. Raises csv.Error, once, for a record that is longer than any may be."""
        readline, longest, again, kept = self.text.readline, self.longest, self.again, self.kept
        while line := again.popleft() if again else readline(longest):
            self.line += 1
            kept.append(line)
            if len(kept) > 1:
                self.size += len(line)
            if len(line) >= longest or self.size > longest:
                raise csv.Error("unexpected end of data")
            yield line

    def skip(self) -> None:
        """Pass over a line that is no part of the table."""
        self.text.readline(self.longest)
        self.line += 1

    def done(self) -> None:
        """The record is complete."""
        self.kept.clear()
        self.size = 0

    def back(self) -> str:
        """Give back all lines of the record but the first, which is returned."""
        first, *rest = self.kept
        self.again.extendleft(reversed(rest))
        self.line -= len(rest)
        self.done()
        return first


def _records(feed: Feed, dialect: Dialect, limits: Limits) -> Iterator[tuple[int, list[str], str | None]]:
    """Line, cells and fault of each record that is not a blank line."""
    csv.field_size_limit(limits.cell)
    kept = feed.kept
    while True:  # a reader for each stretch of lines without a fault
        reader = csv.reader(
            feed.lines(), delimiter=dialect.delimiter, quotechar=dialect.quote, escapechar=dialect.escape,
            doublequote=dialect.escape is None, strict=True,
        )  # fmt: skip
        start = feed.line + 1
        try:
            for cells in reader:
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
        return f"a value is longer than {limits.cell:,} characters"
    if "unexpected end" in told:
        return (
            "a quotation mark opens a value here and never closes it; close it, or double it if it belongs to the text"
        )
    if "expected after" in told:
        return "text follows a closing quotation mark; double quotation marks that belong to the text"
    return f"the line cannot be read ({told})"


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


def _rows(records: Iterator[tuple[int, list[str], str | None]], shape: Shape, limits: Limits) -> Iterator[Row]:
    count, make, most = 0, shape.row, limits.rows
    names, whole = shape.names, -1 if shape.drop else shape.full
    for line, cells, fault in records:
        count += 1
        if count > most:
            raise ImportFault(_("more than {most:,} rows", most=most), code="too_big", hint=_("split the file"))
        if fault:
            yield Row(line, {}, fault, cells[shape.drop :])
            continue
        text = "".join(cells)
        if "'" in text:
            cells = restore_all(cells)
        row = Row(line, dict(zip(names, cells, strict=True)), None, cells) if len(cells) == whole else make(line, cells)
        if "\0" in text and row.fault is None:
            row = Row(line, {}, "a value holds a zero character; take it out", cells[shape.drop :])
        yield row


def _refuse_prose(sample: str, told: bool, name: str) -> None:
    """Refuse running text and columns made of spaces: lines without a delimiter that are long, have commas or wide gaps."""
    lines = [line.strip() for line in sample.splitlines()[:200] if line.strip()]
    if not lines:
        return
    many = max(1, len(lines) // 5)
    if told and (len(lines) > 1 or len(lines[0]) < 4 * PROSE):
        return
    hint = "an import takes rows and columns: CSV, Excel, OpenDocument, JSON or vCard"
    if not told and sum("   " in line for line in lines) >= many:
        hint = "save it again with a comma, semicolon or tab between the columns"
        raise ImportFault(_("{name} seems to have columns of fixed width", name=name), code="not_a_table", hint=hint)
    if (
        told
        or sum(map(len, lines)) / len(lines) > PROSE
        or (len(lines) > 5 and sum(", " in line for line in lines) >= many)
    ):
        raise ImportFault(
            _("{name} looks like running text, not like a table", name=name), code="not_a_table", hint=hint
        )
