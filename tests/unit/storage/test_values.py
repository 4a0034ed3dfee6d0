"""Values go to the drivers and come back unchanged."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from xrm_core.fields.columns import UtcDateTime
from xrm_core.metamodel.kinds import BOOL, DATE, DATETIME, DURATION, INT, JSON, TEXT, T, decimal, list_of
from xrm_core.storage.statements import _processor
from xrm_core.storage.values import binder, reader, row_binder, row_reader, rows_reader

SAMPLES: list[tuple[T, Any]] = [
    (BOOL, True), (INT, -5), (TEXT, "é"), (decimal(2), Decimal("-0.05")), (decimal(6), Decimal("999999999999.999999")), (DATE, date(1, 1, 1)),
    (DATETIME, datetime(9999, 12, 31, 23, 59, 59, 999999, UTC)), (DURATION, timedelta(days=-1, microseconds=1)), (list_of(TEXT), ["a", "'"]),
    (JSON, {"a": [None, 1.5, "é"]}),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "value"), SAMPLES, ids=lambda v: str(v)[:20])
def test_sqlite_forms(kind: T, value: Any) -> None:
    """Bound and read again, every value is what it was, and decimals keep their places."""
    bind, read = binder(kind, "sqlite"), reader(kind, "sqlite")
    sent = bind(value) if bind else value
    assert isinstance(sent, (int, str))
    back = read(sent) if read else sent
    assert back == value
    assert str(back) == str(value)


def test_times_sort_as_texts() -> None:
    """The text of a time has a fixed width and is in UTC, whatever zone it came in."""
    bind = binder(DATETIME, "sqlite")
    assert bind is not None
    texts = [bind(datetime(2026, 1, 1, 12, 0, 0, micro, timezone(timedelta(hours=2)))) for micro in (0, 5, 500000)]
    assert texts == ["2026-01-01 10:00:00.000000", "2026-01-01 10:00:00.000005", "2026-01-01 10:00:00.500000"]


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
def test_a_time_without_a_zone_is_refused(dialect: str) -> None:
    """Nobody knows which moment it is."""
    bind = binder(DATETIME, dialect)
    assert bind is not None
    with pytest.raises(ValueError, match="zone"):
        bind(datetime(2026, 1, 1))


def test_computed_numbers_get_their_places() -> None:
    """PostgreSQL gives a computed number with as many places as it likes; the kind says how many it has."""
    read = reader(decimal(2), "postgresql", computed=True)
    assert read is not None
    assert str(read(Decimal(0))) == "0.00"


def test_rows() -> None:
    """A row becomes a dict; empty values stay empty, and further columns are left out."""
    read = row_reader(("a", "b"), [decimal(2), TEXT], "sqlite")
    assert read((150, "x", "sort value")) == {"a": Decimal("1.50"), "b": "x"}
    assert read((None, None)) == {"a": None, "b": None}
    assert row_reader(("a",), [TEXT], "sqlite")(("x",)) == {"a": "x"}
    assert list(row_binder([decimal(2), DATE], "sqlite")([Decimal("1.5"), None])) == [150, None]


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
def test_many_rows_are_read_as_one_is(dialect: str) -> None:
    """Column by column or row by row, with empty values, with none at all, and with values that nobody asked for behind them."""
    kinds = [INT, decimal(2), DATE, BOOL, TEXT]
    stored = [
        (1, -5, "2026-01-31", 1, "a", "more"),
        (2, None, None, None, None, "more"),
        (3, 12345, "0001-01-01", 0, "", "more"),
    ]
    if dialect == "postgresql":
        stored = [(1, Decimal("-0.05"), date(2026, 1, 31), True, "a", "more"), (2, None, None, None, None, "more")]
    one, many = row_reader("ndwyt", kinds, dialect), rows_reader("ndwyt", kinds, dialect)
    assert many(stored) == [one(row) for row in stored]
    assert many(stored)[0] == {"n": 1, "d": Decimal("-0.05"), "w": date(2026, 1, 31), "y": True, "t": "a"}
    assert many([]) == []


@pytest.mark.parametrize(
    "moment",
    [datetime(2026, 1, 31, 12, 0, tzinfo=UTC), datetime(1, 1, 1, 23, 59, 59, 7, timezone(timedelta(hours=-2)))],
)
def test_moments_among_parameters_are_sent_as_they_are_stored(moment: datetime) -> None:
    """The short way writes what SQLAlchemy writes, and refuses a time without a zone as it does."""
    known, ours = (
        UtcDateTime().dialect_impl(sqlite.dialect()).bind_processor(sqlite.dialect()),
        _processor(UtcDateTime(), sqlite.dialect()),
    )
    assert known is not None
    assert ours is not None
    assert ours(moment) == known(moment)
    assert ours(None) is known(None) is None
    for one in (known, ours):
        with pytest.raises((ValueError, sa.exc.StatementError)):
            one(moment.replace(tzinfo=None))
