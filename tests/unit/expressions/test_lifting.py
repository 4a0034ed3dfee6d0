"""Filters that differ only in constants share one statement."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from xrm_core.expressions import SqlBuilder, lift_constants, shape

SAME = [
    ("record.amount > 100", "record.amount > 2500"),
    ("record.name == 'a' && record.n in [1, 2]", "record.name == 'bcd' && record.n in [7, 9]"),
    ("record.name in ['a', 'b']", "record.name in ['x', 'y', 'z']"),
    ("record.due < today() - days(30)", "record.due < today() - days(7)"),
    ("record.name.contains('50%')", "record.name.contains('x')"),
    ("record.gifts.sum(g, g.value, g.value > 1) > 3", "record.gifts.sum(g, g.value, g.value > 2) > 4"),
    (
        "record.party == '00000000-0000-7000-8000-000000000003'",
        "record.party == '00000000-0000-7000-8000-000000000004'",
    ),
]
OTHER = [
    ("record.amount > 100", "record.amount > 1.5"),
    ("record.amount > 100", "record.amount >= 100"),
    ("record.amount > 100", "record.n > 100"),
    ("record.name.matches('a')", "record.name.matches('b')"),
    ("record.flag == true", "record.flag == false"),
    ("record.n in [1, 2]", "record.n in [1, 2, 3]"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_same_shape_same_statement(small: Any, connection: sa.Connection, one: str, other: str) -> None:
    """One statement, built for the first text, gives the answer of the second with its constants."""
    first, second = (small.compile(text, "bool") for text in (one, other))
    typed, constants = lift_constants(first.typed)
    lifted, others = lift_constants(second.typed)
    assert shape(typed) == shape(lifted)
    b = SqlBuilder(small.schema, "deal", connection.engine.dialect.name)
    query = sa.select(b.table.c.id).where(b.where(typed)).select_from(b.source)
    for e, values in ((first, constants), (second, others)):
        found = set(connection.execute(query, b.bind(small.ctx(), values)).scalars())
        assert found == {r for r, yes in zip(IDS, small.python(e.source), strict=True) if yes}


@pytest.mark.parametrize(("one", "other"), OTHER)
def test_other_shape(small: Any, one: str, other: str) -> None:
    """What changes the statement changes the shape."""
    a, b = (shape(lift_constants(small.compile(text, "bool").typed)[0]) for text in (one, other))
    assert a != b


def test_numbering_goes_on(small: Any) -> None:
    """Several expressions of one statement number their constants one after the other."""
    first, a = lift_constants(small.compile("record.n > 1 && record.n < 5", "bool").typed)
    second, b = lift_constants(small.compile("record.name == 'x'", "bool").typed, len(a))
    builder = SqlBuilder(small.schema, "deal", "sqlite")
    builder.where(first), builder.where(second)
    assert sorted(map(str, builder.bind(small.ctx(), a + b).values())) == ["1", "5", "x"]


IDS = ["00000000-0000-7000-8000-000000000001", "00000000-0000-7000-8000-000000000002"]
