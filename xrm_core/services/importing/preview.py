"""A first look at a file: its columns with samples, its sheets, encoding and delimiter, before anything is decided."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice

from msgspec import Struct

from .laying import laid_out
from .readers import Hints, Limits, open_limited
from .sources import Source, close

LOOKED_AT = 300
"""Rows from which columns are guessed."""
SECONDS = 20
PATHS = 200
"""How many paths of nested data become columns at most."""


class Preview(Struct, frozen=True):
    """The beginning of a file. `columns` are headings, in nested data paths (`nested`); `rows` hold texts by column."""

    format: str
    columns: tuple[str, ...]
    rows: tuple[Mapping[str, str], ...]
    nested: bool
    encoding: str
    delimiter: str
    sheet: str
    sheets: tuple[str, ...]
    notes: tuple[str, ...]
    faults: int
    """Of the rows looked at, how many cannot be read as they stand."""

    def samples(self, column: str, many: int = 3) -> tuple[str, ...]:
        """The first different values of a column that are not blank."""
        found = dict.fromkeys(v for row in self.rows if (v := row.get(column, "").strip()))
        return tuple(islice(found, many))

    def values(self, column: str) -> list[str]:
        """All values looked at that are not blank."""
        return [v for row in self.rows if (v := row.get(column, "").strip())]


def look(source: Source, hints: Hints | None = None, limits: Limits | None = None) -> Preview:
    """Read the beginning of a file, always in a child process with an end to memory and time. Raises ImportFault."""
    table = open_limited(source.path, hints, limits or Limits(seconds=SECONDS), name=source.name)
    try:
        read = list(islice(table.rows, LOOKED_AT))
    finally:
        close(table.rows)
    good = [row for row in read if row.fault is None]
    rows: list[Mapping[str, str]]
    if table.nested:
        rows = [dict(laid_out(row.data)) for row in good]
        columns = tuple(dict.fromkeys(path for row in rows for path in row))[:PATHS]
    else:
        rows, columns = [row.data for row in good], table.columns
    return Preview(
        table.format, columns, tuple(rows), table.nested, table.encoding, table.delimiter, table.sheet, table.sheets,
        tuple(table.notes), len(read) - len(good),
    )  # fmt: skip
