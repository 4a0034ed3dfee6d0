"""Parts that nest too deep for SQLite's parser are computed in Python, with the same result."""

from __future__ import annotations

import re
from typing import Any

import pytest
import sqlalchemy as sa

from tests.unit.expressions.conftest import Small, make_schema
from xrm_core.expressions import ExprField, SqlBuilder
from xrm_core.expressions.sqlite_programs import Programs
from xrm_core.expressions.typed import Typed
from xrm_core.metamodel.kinds import BOOL, DATE, INT, TEXT, T, decimal


def nested(start: str, form: str, times: int = 9) -> str:
    """A form around itself again and again."""
    for _ in range(times):
        start = form.format(start)
    return start


DEEP = {
    "d_number": (decimal(2), f"round({nested('record.amount', 'record.n - ({})')}, 2)"),
    "d_text": (TEXT, nested("string(record.n)", "record.name + ({}).trim()")),
    "d_date": (DATE, nested("record.due", "addMonths(addDays({}, 3), 1)")),
    "d_local": (DATE, nested("date(record.at)", "addDays(max(record.due, {}), 1)", 6)),
    "d_set": (INT, nested("record.gifts.count(g, g.value > 1)", "record.n - ({})")),
    "d_list": (BOOL, nested("'é' in record.tags", "coalesce(record.flag, {})", 7)),
    "d_roles": (BOOL, nested("'manager' in actor.roles && record.n > 1", "coalesce(record.flag, {})", 7)),
}


TEXTS = [
    *(f"record.{name}" for name in DEEP),
    "record.d_number > 1 && record.n > 1",
    "record.gifts.sum(g, g.deal.d_number)",
    "record.gifts.max(g, g.deal.d_date)",
    "record.party.deals.latest(d, d.d_text, d.d_date)",
    "record.party.boss.deals.latest(d, d.d_number, d.d_date) == null",
    "min(record.gifts.min(g, g.deal.d_number), 7)",
]


@pytest.fixture(scope="module")
def deep() -> Small:
    """The small organisation with deep formulas, each marked as cut."""
    schema = make_schema()
    fields: Any = schema.entities["deal"].fields
    fields.update({name: ExprField(name, t.with_null(True), formula=text) for name, (t, text) in DEEP.items()})
    return Small(schema)


def test_they_are_cut(deep: Small) -> None:
    """These formulas do nest deep, so that the other tests test something."""
    cut = [name for name in DEEP if any(n.is_cut for n in deep.compile(f"record.{name} == null").typed.walk())]
    assert cut == list(DEEP)


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("zone", ["UTC", "Asia/Kathmandu"])
def test_same(deep: Small, lite: sa.Connection, text: str, zone: str) -> None:
    """Full and empty records, links, roll-ups and zones give what the closure gives."""
    assert deep.sql(lite, text, zone) == deep.python(text, zone)


def test_behind_an_empty_link(deep: Small, lite: sa.Connection) -> None:
    """A deep formula behind an empty link is empty."""
    schema, fields = deep.schema, deep.schema.entities["party"].fields
    fields["d_name"] = ExprField("d_name", TEXT, formula=nested("record.name", "'x' + ({}).trim()"))  # type: ignore[index]
    assert deep.sql(lite, "record.party.d_name") == deep.python("record.party.d_name") == ["x" * 9 + "Ann", None]
    assert "x_eval" in str(SqlBuilder(schema, "deal", "sqlite").value(deep.compile("record.party.d_name").typed))


def test_postgres_needs_no_cut(deep: Small) -> None:
    """PostgreSQL parses what nests deep."""
    e = deep.compile("record.d_text")
    assert "x_eval" not in str(SqlBuilder(deep.schema, "deal", "postgresql").value(e.typed))


def program(n: int) -> tuple[Typed, tuple[T, ...]]:
    """slot + n."""
    slot = Typed("slot", INT.with_null(True), value=0, free=True)
    constant = Typed("const", INT, value=n, free=True)
    return Typed("arith", INT.with_null(True), (slot, constant), ("+", False), free=False), (INT,)


def test_programs_are_known_by_content() -> None:
    """The same part has one program; another constant makes another one."""
    programs = Programs()
    assert programs.key(*program(1), False) == programs.key(*program(1), False) != programs.key(*program(2), False)
    assert programs.evaluate(programs.key(*program(2), False), "", 40) == 42
    assert programs.evaluate(programs.key(*program(2), False), "", None) is None


def test_programs_in_use_stay() -> None:
    """When there are too many, those that nobody runs are let go."""
    programs = Programs(8)
    hot = programs.key(*program(0), False)
    for n in range(1, 200):
        programs.key(*program(n), False)
        assert programs.evaluate(hot, "", 1) == 1
    assert len(programs.known) <= 8


def test_a_yes_no_formula_is_written_out_in_a_filter(deep: Small) -> None:
    """Its conditions stand beside those of the filter, where an index serves them, though one of them nests as deep as what is cut."""
    text = (
        "record.n > 1 && !record.gifts.exists(g, g.deal.amount > 1.00 && (g.value > 2.00 || g.deal.name.trim() == 'x'))"
    )
    fields: Any = deep.schema.entities["deal"].fields
    fields["is_odd"] = ExprField("is_odd", BOOL, formula=text)
    for dialect in ("sqlite", "postgresql"):
        builder = SqlBuilder(deep.schema, "deal", dialect)
        said = " ".join(str(builder.where(deep.compile("record.is_odd && record.flag").typed)).split())
        assert re.match(r"expr_deal\.n > :\S+ AND NOT \(?EXISTS", said), said
        assert "x_eval" not in said
