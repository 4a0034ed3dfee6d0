"""Functions that plugins add."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal as D
from typing import Any

import pytest
import sqlalchemy as sa

from tests.unit.expressions.conftest import EMPTY, FULL, make_schema
from xrm_core.expressions import Ctx, ExprError, SqlBuilder, compile_text, register_sqlite_functions
from xrm_core.metamodel.kinds import BOOL, DATE, TEXT, T, decimal


@dataclass(frozen=True)
class Spec:
    """A function as a plugin gives it."""

    name: str
    arguments: tuple[T, ...]
    result: T
    python: Callable[..., Any]
    postgresql: str | None = None


SPECS = [
    Spec("turned", (TEXT,), TEXT, lambda s: s[::-1], "reverse"),
    Spec("half", (decimal(2),), decimal(2), lambda x: x / 2),
    Spec("dayAfter", (DATE,), DATE, lambda d: d + timedelta(days=1)),
    Spec("isLong", (TEXT, decimal(0)), BOOL, lambda s, n: len(s) > n),
]
SCHEMA = make_schema()
SCHEMA.functions = {s.name: s for s in SPECS}
CASES = [
    ("turned(record.name)", "é_%05 ", None),
    ("half(record.amount) + 1", D("6.00"), None),
    ("half(record.n)", D("3.50"), None),
    ("dayAfter(record.due)", date(2024, 2, 1), None),
    ("isLong(record.name, 3) && record.n == 7", True, False),
    ("!isLong(record.name, 30)", True, True),
    ("turned('abc') == 'cba'", True, True),
]


@pytest.fixture(scope="module")
def lite_with_plugins() -> Any:
    """SQLite with the functions of plugins."""
    engine = sa.create_engine("sqlite://", poolclass=sa.pool.StaticPool)
    sa.event.listen(engine, "connect", lambda connection, _: register_sqlite_functions(connection, SPECS))
    with engine.connect() as c:
        SCHEMA.tables("deal").metadata.create_all(c)
        c.execute(SCHEMA.tables("deal").insert(), [FULL, EMPTY])
        yield c
    engine.dispose()


@pytest.mark.parametrize(("text", "full", "empty"), CASES)
def test_value(lite_with_plugins: sa.Connection, text: str, full: Any, empty: Any) -> None:
    """A plugin's function is the same in Python and on SQLite; null where an argument is null."""
    e = compile_text(text, SCHEMA, "deal")
    assert [e.python(Ctx(r)) for r in (FULL, EMPTY)] == [full, empty]
    b = SqlBuilder(SCHEMA, "deal", "sqlite")
    query = sa.select(b.value(e.typed)).select_from(b.source).order_by(b.table.c.id)
    assert list(lite_with_plugins.execute(query, b.bind(Ctx())).scalars()) == [full, empty]


def test_postgres(postgres: sa.Connection) -> None:
    """PostgreSQL has those that name a function of the database; for others the way out is said."""
    e = compile_text("turned(record.name)", SCHEMA, "deal")
    b = SqlBuilder(SCHEMA, "deal", "postgresql")
    assert postgres.execute(sa.select(b.value(e.typed)).order_by(b.table.c.id)).scalars().all() == ["é_%05 ", None]
    with pytest.raises(ExprError, match=r"half.* is not known to this database"):
        b.value(compile_text("half(record.amount)", SCHEMA, "deal").typed)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("turned(record.n)", "turned takes text, found int"),
        ("turned()", "takes 1 values, found 0"),
        ("half(1.234)", "half takes decimal, found decimal"),
        ("turnd(record.name)", "did you mean 'turned'"),
    ],
)
def test_error(text: str, part: str) -> None:
    """A wrong call says what the function takes."""
    with pytest.raises(ExprError, match=part):
        compile_text(text, SCHEMA, "deal")
