"""How values go to the drivers and come back: one small function per kind of value and database, None where nothing is to do.

The forms in the database are those of `xrm_core.fields.columns`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Context, Decimal
from functools import cache
from typing import Any

import msgspec

from xrm_core.metamodel.kinds import T

Convert = Callable[[Any], Any]
EXACT = Context(prec=60)
MICRO = timedelta(microseconds=1)
_encoder = msgspec.json.Encoder(decimal_format="string")
encode, encode_lines = _encoder.encode, _encoder.encode_lines
decode = msgspec.json.Decoder().decode


def to_json_text(value: Any) -> str:
    """JSON as it is stored: short, and readable in any language."""
    return encode(value).decode()


def to_jsonb(value: Any) -> Any:
    """JSON as psycopg sends it."""
    return _jsonb()(value, encode)


@cache
def _jsonb() -> Any:
    from psycopg.types.json import Jsonb  # imported only where PostgreSQL is used

    return Jsonb


def utc_text(value: datetime) -> str:
    """An instant as SQLite holds it: fixed width, so that texts sort as times do."""
    if value.tzinfo is None:
        raise ValueError("a time without a zone cannot be stored")
    return (value if value.tzinfo is UTC else value.astimezone(UTC)).isoformat(" ", "microseconds")[:26]


def utc_value(text: str) -> datetime:
    """An instant from its text on SQLite."""
    return datetime.fromisoformat(text + "+00:00")


def binder(kind: T, dialect: str) -> Convert | None:
    """What to do to a value (not None) of this kind before the driver gets it."""
    if kind.kind in ("list", "json"):
        return to_json_text if dialect == "sqlite" else to_jsonb
    if kind.kind == "duration":
        return lambda value: value // MICRO
    if kind.kind == "datetime" and dialect == "postgresql":
        return _aware
    if dialect == "postgresql":
        return None
    if kind.kind == "decimal":
        scale, scaleb = kind.scale, EXACT.scaleb
        return lambda value: int(scaleb(value, scale))
    if kind.kind == "datetime":
        return _same_again(utc_text)
    plain: dict[str, Convert] = {"bool": int, "date": date.isoformat}
    return plain.get(kind.kind)


def _same_again(convert: Convert) -> Convert:
    """Converts the very same value only once in a row: all records of one write have its time."""
    last: tuple[Any, Any] = (None, None)

    def once(value: Any) -> Any:
        nonlocal last
        known = last
        if known[0] is not value:
            known = last = (value, convert(value))
        return known[1]

    return once


def _aware(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError("a time without a zone cannot be stored")
    return value


def reader(kind: T, dialect: str, *, computed: bool = False) -> Convert | None:
    """What to do to a value (not None) that the driver gave. `computed`: not a stored column, so its form may be another."""
    if kind.kind == "duration":
        return lambda value: timedelta(microseconds=int(value))
    if kind.kind == "decimal":
        return _decimal_reader(kind.scale, dialect, computed)
    if dialect == "sqlite":
        plain: dict[str, Convert] = {
            "bool": bool, "date": date.fromisoformat, "datetime": utc_value, "list": decode, "json": decode,
        }  # fmt: skip
        return plain.get(kind.kind)
    if computed and kind.kind == "int":
        return int
    return None


def _decimal_reader(scale: int, dialect: str, computed: bool) -> Convert | None:
    if dialect == "sqlite":
        scaleb = EXACT.scaleb
        return lambda value: scaleb(value, -scale)
    if not computed:
        return None
    unit = Decimal(1).scaleb(-scale)
    return lambda value: EXACT.quantize(value, unit)


def row_reader(
    keys: Sequence[str], kinds: Sequence[T], dialect: str, computed: Sequence[bool] = ()
) -> Callable[[Sequence[Any]], dict[str, Any]]:
    """Makes a dict of a driver's row: `keys` to values, which are converted where their kind asks for it."""
    names = tuple(keys)
    flags = computed or (False,) * len(names)
    converts = tuple(
        (i, convert)
        for i, (kind, flag) in enumerate(zip(kinds, flags, strict=True))
        if (convert := reader(kind, dialect, computed=flag)) is not None
    )
    if not converts:
        return lambda row: dict(zip(names, row, strict=False))

    def read(row: Sequence[Any]) -> dict[str, Any]:
        values = list(row)
        for i, convert in converts:
            value = values[i]
            if value is not None:
                values[i] = convert(value)
        return dict(zip(names, values, strict=False))

    return read


def rows_reader(
    keys: Sequence[str], kinds: Sequence[T], dialect: str, computed: Sequence[bool] = ()
) -> Callable[[Sequence[Sequence[Any]]], list[dict[str, Any]]]:
    """`row_reader` for many rows at once: column by column, which is half the work."""
    names = tuple(keys)
    flags = computed or (False,) * len(names)
    converts = tuple(
        (i, convert)
        for i, (kind, flag) in enumerate(zip(kinds, flags, strict=True))
        if (convert := column_reader(kind, dialect, computed=flag)) is not None
    )

    def read(rows: Sequence[Sequence[Any]]) -> list[dict[str, Any]]:
        if converts and rows:
            columns: list[Sequence[Any]] = list(zip(*rows, strict=True))
            for i, convert in converts:
                columns[i] = convert(columns[i])
            rows = list(zip(*columns, strict=True))
        return [dict(zip(names, row)) for row in rows]  # noqa: B905  (a row may have more; saying so takes a fifth longer)

    return read


def column_reader(kind: T, dialect: str, *, computed: bool = False) -> Callable[[Sequence[Any]], list[Any]] | None:
    """`reader` for a whole column, in which values may be None."""
    if kind.kind == "decimal" and dialect == "sqlite":  # without a call of ours for each
        scaleb, places = EXACT.scaleb, -kind.scale
        return lambda column: [None if value is None else scaleb(value, places) for value in column]
    convert = reader(kind, dialect, computed=computed)
    if convert is None:
        return None
    return lambda column: [None if value is None else convert(value) for value in column]


def row_binder(kinds: Sequence[T], dialect: str) -> Callable[[Iterable[Any]], Sequence[Any]]:
    """Makes the driver's parameters of the values of a row."""
    converts = tuple((i, convert) for i, kind in enumerate(kinds) if (convert := binder(kind, dialect)) is not None)

    def bind(row: Iterable[Any]) -> Sequence[Any]:
        values = list(row)
        for i, convert in converts:
            value = values[i]
            if value is not None:
                values[i] = convert(value)
        return values

    return bind


def from_json(value: Any) -> Any:
    """JSON as a driver gives it: text from SQLite, already read from PostgreSQL."""
    return decode(value) if isinstance(value, str) else value
