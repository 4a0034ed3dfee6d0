"""What readers give: a table of rows, and what they may use up."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple

from ....language import _, ngettext

REASON = "import_error"
"""First column of an error file; a reader drops it, so that a mended error file is imported as it is."""


class Row(NamedTuple):
    """One row. `line` is where it begins: the physical line of a text, the row of a sheet, the number of a record in JSON.

    `data` has texts by column, or any JSON values where the table is nested. A row with a `fault` has no data to be used;
    `cells` are its cells as they were.
    """

    line: int
    data: Mapping[str, Any]
    fault: str | None = None
    cells: Sequence[str] | None = None


row_of: Callable[[tuple[int, Mapping[str, Any], str | None, Sequence[str] | None]], Row] = partial(tuple.__new__, Row)
"""A row of its four parts; quicker than `Row` where many are made."""


@dataclass
class Table:
    """Rows of one file. `columns` in file order (empty when nested); `unit` is what `Row.line` counts; `notes` say, for
    people, how the file was understood; `encoding`, `delimiter`, `sheet` and `sheets` are what was found, where there is such."""

    name: str
    format: str
    columns: tuple[str, ...]
    rows: Iterator[Row]
    nested: bool = False
    unit: str = "line"
    notes: list[str] = field(default_factory=list)
    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    sheets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Hints:
    """What the mapping knows of the file; None where it should be found out."""

    format: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    header: bool = True
    columns: tuple[str, ...] = ()
    skip_lines: int = 0
    sheet: str | None = None
    records: str | None = None
    short_rows: str = "refuse"


@dataclass(frozen=True, slots=True)
class Limits:
    """What a file may use up: bytes once unpacked, how many times its packed size, rows, characters of a cell, columns,
    and seconds for a file that is parsed in a child process."""

    unpacked: int = 1 << 30
    ratio: int = 150
    free: int = 8 << 20
    rows: int = 5_000_000
    cell: int = 1 << 20
    columns: int = 2_000
    seconds: int = 60
    json: int = 256 << 20

    def allows(self, unpacked: int, packed: int) -> bool:
        """May a file of `packed` bytes hold `unpacked` bytes? Small ones always may."""
        return unpacked <= self.free or (unpacked <= self.unpacked and unpacked <= self.ratio * max(packed, 1))


def headings(cells: Sequence[str]) -> tuple[tuple[str, ...], int]:
    """Column names from a header row, and how many of them were written: blank ones are named by their place, doubles counted."""
    written = len(cells)
    while written and not cells[written - 1].strip():
        written -= 1
    names: dict[str, None] = {}
    for place, cell in enumerate(cells, 1):
        base = " ".join(cell.split()) or f"column {place}"
        name, n = base, 1
        while name in names:
            n += 1
            name = f"{base} ({n})"
        names[name] = None
    return tuple(names), written


class Shape:
    """Turns the cells of a row into a `Row`, and says what is wrong with its width."""

    def __init__(self, header: Sequence[str], short_rows: str = "refuse", separator: str = "delimiter") -> None:
        names, self.written = headings(header)
        self.drop = 1 if names and names[0] == REASON else 0
        self.names = names[self.drop :]
        self.written -= self.drop
        self.full = len(self.names)
        self.fill = short_rows == "fill"
        self.separator = separator

    def row(self, line: int, cells: list[str]) -> Row:
        """The row; too many or too few values are its fault."""
        if self.drop:
            cells = cells[1:]
        width, names = len(cells), self.names
        if width == self.full:
            return Row(line, dict(zip(names, cells, strict=True)), None, cells)
        if width > self.full:
            if any(cell.strip() for cell in cells[self.full :]):
                return Row(line, {}, self._wide(width), cells)
        elif width < self.written and not self.fill:
            return Row(line, {}, self._narrow(width), cells)
        padded = [*cells[: self.full], *[""] * (self.full - width)]
        return Row(line, dict(zip(names, padded, strict=True)), None, cells)

    def _wide(self, width: int) -> str:
        return (
            self._count(width)
            + "; "
            + _("a {sign} inside a value is not quoted: put that value in double quotes", sign=_(self.separator))
        )

    def _narrow(self, width: int) -> str:
        return (
            self._count(width)
            + "; "
            + _("a line break inside a value is not quoted, or a {sign} is missing", sign=_(self.separator))
        )

    def _count(self, width: int) -> str:
        columns = ngettext("{n} column", "{n} columns", self.written)
        return ngettext("{n} value for {columns}", "{n} values for {columns}", width, columns=columns)
