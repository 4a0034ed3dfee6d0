"""Whatever the checker lets through, both databases can parse, and Python can evaluate."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from xrm_core.expressions import ExprEntity, ExprError, ExprField, Schema, SqlBuilder, compile_text
from xrm_core.metamodel.kinds import decimal

NESTS: dict[str, tuple[str, Callable[[str], str]]] = {
    "and": ("record.flag", lambda x: f"(record.n > 1 && (record.n < 9 || {x}))"),
    "not": ("record.flag", lambda x: f"!(!({x}))"),
    "equal": ("record.flag", lambda x: f"(record.flag == ({x}))"),
    "null": ("record.flag", lambda x: f"(({x}) == null)"),
    "guards": ("record.n", lambda x: f"record.n * ({x})"),
    "guards left": ("record.n", lambda x: f"(({x}) + 999999999999999999) * record.n"),
    "divisions": ("record.amount", lambda x: f"record.amount / ({x})"),
    "scales": ("record.n", lambda x: f"(record.flag ? {x} : record.amount)"),
    "conditions": ("record.n", lambda x: f"(record.flag ? 1 : {x})"),
    "first branch": ("record.n", lambda x: f"(record.flag ? {x} : 1)"),
    "question": ("record.flag", lambda x: f"(({x}) ? record.n > 1 : record.n > 2)"),
    "coalesce": ("record.n", lambda x: f"coalesce(record.n, {x})"),
    "least": ("record.n", lambda x: f"min(record.n, max({x}, 1))"),
    "in": ("record.n", lambda x: f"(({x}) in [record.n, 2, record.amount] ? 1 : 2)"),
    "listed": ("record.n", lambda x: f"(1 in [2, 3, {x}] ? 1 : 2)"),
    "stored list": ("record.name", lambda x: f"(({x}) in record.tags ? 'a' : 'b')"),
    "texts": ("record.name", lambda x: f"({x} + 'x').trim().lower()"),
    "ends": ("record.name", lambda x: f"(record.name.endsWith({x}) ? 'a' : 'b')"),
    "as text": ("record.name", lambda x: f"string({x} == 'a')"),
    "dates": ("record.due", lambda x: f"addDays({x}, 1)"),
    "moments": ("record.at", lambda x: f"(record.at + (record.at - {x}))"),
    "months": ("record.due", lambda x: f"addMonths(record.due, month({x}))"),
    "roll-ups": ("record.n", lambda x: f"record.gifts.sum(g, g.value * ({x}))"),
    "years": ("record.due", lambda x: f"fyStart(fy({x}))"),
    "codes": ("record.n", lambda x: f"(code(record.stage).probability + {x})"),
}


def refusal(compile_one: Callable[[], Any]) -> str | None:
    """What the checker says against an expression."""
    try:
        compile_one()
    except ExprError as e:
        return str(e)
    return None


def deepest(compile_one: Callable[[str], Any], name: str) -> str:
    """The last text that the checker takes when one form is nested again and again."""
    start, wrap = NESTS[name]
    text = start
    for _ in range(60):
        problem = refusal(lambda: compile_one(wrap(text)))  # noqa: B023 (called at once)
        if problem:
            assert re.search("deep|longer|parts|already used", problem)
            break
        text = wrap(text)
    assert text != start
    return text


@pytest.mark.parametrize("name", NESTS)
def test_deepest(small: Any, connection: sa.Connection, name: str) -> None:
    """The deepest expression of each form is understood by the database, also inside of a subquery, and stays short."""
    text = deepest(small.compile, name)
    e = small.compile(text)
    b = SqlBuilder(small.schema, "deal", connection.engine.dialect.name)
    value = b.value(e.typed)
    outer = b.table.alias()
    inner = sa.select(b.table.c.id).select_from(b.source).where(b.table.c.id == outer.c.id, value.is_not(None))
    query = sa.select(outer.c.id, value).select_from(outer).where(inner.correlate(outer).exists())
    assert len(str(query.compile(connection.engine))) < 200_000
    connection.execute(sa.select(value).select_from(b.source), b.bind(small.ctx())).all()
    connection.execute(sa.select(outer.c.id).where(inner.correlate(outer).exists()), b.bind(small.ctx())).all()
    small.python(text)


def chain(length: int, text: str) -> Schema:
    """Formulas that read one another: f1 reads f0, f2 reads f1."""
    fields = {"f0": ExprField("f0", decimal(2, 9, True))}
    for n in range(1, length):
        fields[f"f{n}"] = ExprField(f"f{n}", decimal(2, 18), formula=text.format(f=f"record.f{n - 1}"))
    table = sa.Table("chain", sa.MetaData(), sa.Column("f0", sa.Integer()))
    return Schema({"e": ExprEntity("e", fields)}, tables=lambda _: table)


@pytest.mark.parametrize("text", ["{f} + 1", "({f})", "{f} + {f}", "{f} * {f} * {f}", "-{f}", "{f} > 1 ? {f} : 0.00"])
def test_chains_of_formulas(text: str) -> None:
    """A long chain of formulas is refused where it would be too deep or too long, from whichever end it is read."""
    short = 8 if text.count("f") < 2 else 3
    assert compile_text(f"record.f{short} == null", chain(500, text), "e").python is not None
    for order in (range(499, 0, -1), range(1, 500)):
        schema, refused = chain(500, text), 0
        for n in order:
            problem = refusal(lambda: compile_text(f"record.f{n} == null", schema, "e"))  # noqa: B023 (called at once)
            if problem:
                assert "too deep" in problem
                refused += 1
                continue
            e = compile_text(f"record.f{n} == null", schema, "e")
            for dialect in (sqlite.dialect(), postgresql.dialect()):
                b = SqlBuilder(schema, "e", dialect.name)
                assert len(str(sa.select(b.where(e.typed)).compile(dialect=dialect))) < 300_000
        assert refused or text == "({f})"
