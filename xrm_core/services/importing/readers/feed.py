"""Lines of a text table for the csv reader: one by one where a record needs care, else many at once."""

from __future__ import annotations

import csv
import io
from collections import deque
from collections.abc import Iterator
from functools import partial
from itertools import islice

from .dialect import Dialect
from .table import Limits

BLOCK = 256
"""Lines that are tried together."""


class Feed:
    """Lines for the csv reader: counts them, keeps those of the record being read, and can take them back."""

    def __init__(self, text: io.TextIOBase, limits: Limits) -> None:
        self.text, self.longest, self.cell = text, 4 * limits.cell, limits.cell
        self.line = 0
        self.kept: list[str] = []
        self.size = 0
        self.again: deque[str] = deque()
        self.careful = 0
        """Up to this line records are read one by one."""
        self.fault: UnicodeDecodeError | None = None
        self.text_of_block = ""

    def lines(self) -> Iterator[str]:
        """The lines from here on. Raises csv.Error, once, for a record that is longer than any may be."""
        longest, again, kept = self.longest, self.again, self.kept
        while line := again.popleft() if again else self._next():
            self.line += 1
            kept.append(line)
            if len(kept) > 1:
                self.size += len(line)
            if len(line) >= longest or self.size > longest:
                raise csv.Error("unexpected end of data")
            yield line

    def _next(self) -> str:
        if self.fault is not None:
            raise self.fault
        return self.text.readline(self.longest)

    def block(self, dialect: Dialect) -> list[list[str]]:
        """The cells of the next lines, where each of them is a record; none where one is not, or there are no more: then they
        are to be read one by one. `line` counts them, `text_of_block` has them as they were."""
        again = self.again
        if self.line < self.careful or self.kept:
            return []
        if self.fault is None:
            try:
                again.extend(islice(iter(partial(self.text.readline, self.longest), ""), max(BLOCK - len(again), 0)))
            except UnicodeDecodeError as fault:
                self.fault = fault  # the lines before it are there
        csv.field_size_limit(self.cell)
        try:
            found = list(reader_of(again, dialect)) if again and max(map(len, again)) < self.longest else []
        except csv.Error:
            found = []
        if len(found) != len(again):
            self.careful = self.line + len(again)
            return []
        self.line += len(found)
        self.text_of_block = "".join(again)
        again.clear()
        return found

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


def reader_of(lines: Iterator[str] | deque[str], dialect: Dialect) -> Iterator[list[str]]:
    """A strict csv reader of a dialect."""
    return csv.reader(
        lines, delimiter=dialect.delimiter, quotechar=dialect.quote, escapechar=dialect.escape,
        doublequote=dialect.escape is None, strict=True,
    )  # fmt: skip
