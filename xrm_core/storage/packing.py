"""Many rows on their way to a driver, column by column: what a column's kind asks for is decided once, not for each value.

SQLite takes tuples; PostgreSQL takes the text form of COPY (its documentation: COPY, file formats, text format).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from itertools import groupby, repeat
from operator import is_, is_not
from typing import Any

from xrm_core.metamodel.kinds import T

from .values import MICRO, binder, encode

Column = Sequence[Any]
AsTexts = Callable[[Column], Column]
ESCAPED = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
NULL = "\\N"
PIECE = 2000
"""Rows sent to the server at once: some 500 KiB."""
SAMPLE, FRESH = 250, 240
"""Values that are looked at on either end of a column, and how many of them are different where recurring ones are rare."""


def has_none(values: Iterable[Any]) -> bool:
    """Whether one of the values is None. `None in values` compares, which decimals take their time for."""
    return not all(map(is_not, values, repeat(None)))


def recurring(values: Sequence[Any]) -> set[Any]:
    """The different ones of many values, where each stands there twice or more on average; else none. Columns in which hardly
    any does, like names and numbers, show that at their ends, and are not gone through for it."""
    if len(values) > 8 * SAMPLE and all(len(set(end)) > FRESH for end in (values[:SAMPLE], values[-SAMPLE:])):
        return set()
    different = set(values)
    return different if 2 * len(different) <= len(values) else set()


def tuple_packer(kinds: Sequence[T], dialect: str) -> Callable[[Sequence[Column]], list[tuple[Any, ...]]]:
    """Makes the driver's rows of columns of values."""
    converts = tuple(binder(kind, dialect) for kind in kinds)

    def pack(columns: Sequence[Column]) -> list[tuple[Any, ...]]:
        sent = [
            column if convert is None else _converted(convert, column)
            for convert, column in zip(converts, columns, strict=True)
        ]
        return list(zip(*sent, strict=True))

    return pack


def _converted(convert: Callable[[Any], Any], column: Column) -> Column:
    """The column's values in the driver's form; one that all rows share is converted once."""
    if _is_shared(column):
        return [None if column[0] is None else convert(column[0])] * len(column)
    if has_none(column):
        return [None if value is None else convert(value) for value in column]
    return [convert(value) for value in column]


def _is_shared(column: Column) -> bool:
    """Whether all rows hold the very same value; equal ones may be written differently."""
    return bool(column) and (first := column[0]) is column[-1] and all(map(is_, column, repeat(first)))


def copy_packer(kinds: Sequence[T]) -> Callable[[Sequence[Column]], Iterator[bytes]]:
    """Makes pieces of COPY's text of columns of values. Raises UnicodeEncodeError, ValueError for what cannot be sent."""
    as_texts = tuple(_AS_TEXTS[kind.kind] for kind in kinds)

    def pack(columns: Sequence[Column]) -> Iterator[bytes]:
        texts: list[Column] = []
        for shared, many in groupby(zip(as_texts, columns, strict=True), lambda one: _is_shared(one[1])):
            if shared:  # neighbours are written together, once
                values = [NULL if column[0] is None else make(column[:1])[0] for make, column in many]
                texts.append(["\t".join(values)] * len(columns[0]))
            else:
                texts += [_texts(make, column) for make, column in many]
        lines = list(map("\t".join, zip(*texts, strict=True)))
        for start in range(0, len(lines), PIECE):
            yield ("\n".join(lines[start : start + PIECE]) + "\n").encode()

    return pack


def _texts(make: AsTexts, column: Column) -> Column:
    """The column as COPY reads it: NULL where there is no value, signs of the format escaped."""
    if not has_none(column):
        return make(column)
    present = iter(make([value for value in column if value is not None]))
    return [NULL if value is None else next(present) for value in column]


def escaped(texts: Column) -> Column:
    """Texts with the signs that COPY gives a meaning escaped. Raises ValueError for NUL, which PostgreSQL cannot hold."""
    together = "".join(texts)
    if "\x00" in together:
        raise ValueError("a text with \x00 cannot be stored")
    if "\\" in together or "\t" in together or "\n" in together or "\r" in together:
        return [text.translate(ESCAPED) for text in texts]
    return texts


def _plain(column: Column) -> Column:
    return escaped(column if set(map(type, column)) == {str} else [str(value) for value in column])


def _moments(column: Column) -> Column:
    texts = []
    for value in column:
        moment: datetime = value
        if moment.tzinfo is None:
            raise ValueError("a time without a zone cannot be stored")
        texts.append((moment if moment.tzinfo is UTC else moment.astimezone(UTC)).isoformat())
    return texts


_AS_TEXTS: dict[str, AsTexts] = {
    "text": _plain,
    "ref": _plain,
    "list": lambda column: escaped([encode(value).decode() for value in column]),
    "json": lambda column: escaped([encode(value).decode() for value in column]),
    "bool": lambda column: ["t" if value else "f" for value in column],
    "int": lambda column: list(map(str, column)),
    "decimal": lambda column: list(map(str, column)),
    "date": lambda column: list(map(date.isoformat, column)),
    "datetime": _moments,
    "duration": lambda column: [str(value // MICRO) for value in column],
}
