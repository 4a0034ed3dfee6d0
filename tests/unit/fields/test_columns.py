"""Column types: what goes in comes out, the same from both databases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal as D
from typing import Any

import pytest
import sqlalchemy as sa

from xrm_core.fields.columns import Scaled, sql_type
from xrm_core.metamodel.kinds import BOOL, DATE, DATETIME, DURATION, JSON, TEXT, T, decimal, list_of, ref, whole

ID = "01890a5d-ac96-774b-bcce-b302099a8057"
VALUES: list[tuple[T, list[Any]]] = [
    (BOOL, [True, False]),
    (whole(), [0, 10**18 - 1, 1 - 10**18]),
    (decimal(2), [D("0.01"), D("-9999999999999999.99"), D("9999999999999999.99"), D("5.00")]),
    (decimal(6), [D("0.000001"), D("123456789012.345678")]),
    (TEXT, ["", "é", "a\nb", "😀", "\\'\""]),
    (DATE, [date(1, 1, 1), date(9999, 12, 31)]),
    (DATETIME, [datetime(1, 1, 1, tzinfo=UTC), datetime(2024, 3, 31, 1, 2, 3, 4, UTC),
                datetime(9999, 12, 31, 23, 59, 59, 999999, UTC)]),
    (DURATION, [timedelta(microseconds=1), timedelta(days=-99999, microseconds=1), timedelta(0)]),
    (ref("x"), [ID]),
    (list_of(TEXT), [[], ["a", "é"], ["x", "y", "z"]]),
    (JSON, [{"a": [1, None, "é"]}, [], "text", 5, True, {}]),
]  # fmt: skip


@pytest.fixture(params=["sqlite", "postgresql"])
def connection(request: pytest.FixtureRequest) -> Iterator[sa.Connection]:
    """Each database."""
    if request.param == "sqlite":
        engine = sa.create_engine("sqlite://")
    else:
        url = sa.make_url(request.getfixturevalue("pg_url")).set(drivername="postgresql+psycopg")
        engine = sa.create_engine(url, connect_args={"options": "-c timezone=UTC"})
    with engine.connect() as c:
        yield c
        c.rollback()
    engine.dispose()


@pytest.mark.parametrize(("t", "values"), VALUES, ids=[t.kind + str(t.scale or "") for t, _ in VALUES])
def test_round_trip(connection: sa.Connection, t: T, values: list[Any]) -> None:
    """Every value comes back equal and of its type; None comes back as None and is NULL."""
    table = sa.Table("columns_round_trip", sa.MetaData(), sa.Column("n", sa.Integer()), sa.Column("v", sql_type(t)))
    table.create(connection)
    many = [*values, None]
    connection.execute(table.insert(), [{"n": n, "v": v} for n, v in enumerate(many)])
    found = list(connection.execute(sa.select(table.c.v).order_by(table.c.n)).scalars())
    assert found == many
    assert [type(v) for v in found] == [type(v) for v in many]
    assert connection.execute(sa.select(sa.func.count()).where(table.c.v.is_(None))).scalar() == 1
    table.drop(connection)


def test_text_is_sorted_by_code_points(connection: sa.Connection) -> None:
    """Text is compared by code points on both databases."""
    table = sa.Table("columns_text", sa.MetaData(), sa.Column("v", sql_type(TEXT)))
    table.create(connection)
    connection.execute(table.insert(), [{"v": v} for v in ("b", "é", "B", "a", "_", "A")])
    assert list(connection.execute(sa.select(table.c.v).order_by(table.c.v)).scalars()) == [
        "A",
        "B",
        "_",
        "a",
        "b",
        "é",
    ]
    table.drop(connection)


def test_decimals_are_exact(connection: sa.Connection) -> None:
    """Sums of decimals have no rounding faults, and always all places."""
    table = sa.Table("columns_decimal", sa.MetaData(), sa.Column("v", Scaled(2, 15)))
    table.create(connection)
    connection.execute(table.insert(), [{"v": D("0.10")}, {"v": D("0.20")}, {"v": 3}])
    values = list(connection.execute(sa.select(table.c.v)).scalars())
    assert sum(values) == D("3.30")
    assert [str(v) for v in values] == ["0.10", "0.20", "3.00"]
    assert connection.execute(sa.select(table.c.v).where(table.c.v == D("0.2"))).scalar() == D("0.20")
    table.drop(connection)


def test_moments_need_a_zone(connection: sa.Connection) -> None:
    """A moment of another zone is stored in UTC; one without a zone is refused."""
    table = sa.Table("columns_moment", sa.MetaData(), sa.Column("v", sql_type(DATETIME)))
    table.create(connection)
    rome = timezone(timedelta(hours=2))
    connection.execute(table.insert(), [{"v": datetime(2024, 7, 1, 12, tzinfo=rome)}])
    found = connection.execute(sa.select(table.c.v)).scalar()
    assert found == datetime(2024, 7, 1, 10, tzinfo=UTC)
    assert found is not None
    assert found.utcoffset() == timedelta(0)
    with pytest.raises(sa.exc.StatementError, match="no time zone"):
        connection.execute(table.insert(), [{"v": datetime(2024, 7, 1, 12)}])
    connection.rollback()
