"""Which delimiter a text table uses, found by trying."""

from __future__ import annotations

import csv
from collections import Counter

from msgspec import Struct

from ....language import N_

DELIMITERS = {",": N_("comma"), ";": N_("semicolon"), "\t": N_("tab"), "|": N_("vertical bar")}


class Dialect(Struct, frozen=True):
    """How cells are told apart. `told` is False where no delimiter was found and the table has one column."""

    delimiter: str = ","
    quote: str = '"'
    escape: str | None = None
    told: bool = True

    @property
    def word(self) -> str:
        """The delimiter's name."""
        return DELIMITERS.get(self.delimiter, repr(self.delimiter))


def find_dialect(sample: str, delimiter: str | None = None) -> Dialect:
    """The dialect in which the sample's rows are most alike and have more than one column."""
    escape = "\\" if '\\"' in sample and '""' not in sample else None
    lines = sample.splitlines(keepends=True)
    if len(lines) > 1 and not sample.endswith(("\n", "\r")) and len(sample) > 30_000:
        lines = lines[:-1]
    best, best_score = Dialect(delimiter or ",", escape=escape, told=bool(delimiter)), 0.0
    for candidate in [delimiter] if delimiter else DELIMITERS:
        score = _score(lines, candidate, '"', escape)
        if score > best_score:
            best, best_score = Dialect(candidate, '"', escape), score
    if "'" in sample and '"' not in sample and _single_quoted(lines):
        return Dialect(best.delimiter, "'", escape, best.told)
    return best


def _score(lines: list[str], delimiter: str, quote: str, escape: str | None) -> float:
    """Share of rows as wide as the usual row, and a little for width; 0 for one column."""
    reader = csv.reader(lines, delimiter=delimiter, quotechar=quote, escapechar=escape, doublequote=escape is None)
    widths: Counter[int] = Counter()
    header = 0
    try:
        for number, row in enumerate(reader):
            if number >= 200:
                break
            if row:
                header = header or len(row)
                widths[len(row)] += 1
    except csv.Error:
        return 0.0
    if not widths or header < 2:
        return 0.0
    rows = sum(widths.values())
    return widths[header] / rows + min(header, 50) / 1000 + 1 / (10 * rows)


def _single_quoted(lines: list[str]) -> bool:
    """Do most rows after the header begin and end with a single quote?"""
    rows = [line.strip() for line in lines[1:20] if line.strip()]
    return bool(rows) and sum(row[0] == row[-1] == "'" and len(row) > 2 for row in rows) > len(rows) / 2
