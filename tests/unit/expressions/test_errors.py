"""Every error names the place, the fault and the way out."""

from __future__ import annotations

from typing import Any

import pytest

from xrm_core.errors import XrmError
from xrm_core.expressions import ExprError, ExprSettings


@pytest.mark.parametrize(
    ("text", "column", "part"),
    [
        ("record.amont > 1", 8, "did you mean 'amount'"),
        ("amount > 1", 1, "write 'record.amount'"),
        ("party.name == 'x'", 1, "write 'record.party.name'"),
        ("record.stage == 'actve'", 17, "did you mean 'active'"),
        ("record.amount > '5'", 17, "without quotes"),
        ("record.due > '2026-01-01'", 14, "write date('2026-01-01')"),
        ("record.amount = 5", 15, "one '='"),
        ("record.n > 1 and record.n < 5", 14, "write '&&'"),
        ("1 < record.n < 3", 14, "chained"),
        ("record.n >", 11, "the end"),
        ("'abc", 1, "not closed"),
        ("record.due + 3 > today()", 14, "days("),
        ("record.name.contain('x')", 1, "did you mean 'contains'"),
        ("record.n > null", 1, "== null"),
        ("record.n in [1, null]", 17, "null"),
        ("record.name.matches('(a+)+')", 21, "repeated"),
        ("(" * 60, 41, "deep"),
        ("record.n / 0 > 1", 1, "division by zero"),
        ("record.party == 'Ann'", 17, "UUID"),
        ("record.party == 5", 17, "id in quotes"),
        ("record.about.kin == 'x'", 14, "party has no field 'kin'"),
        ("record.gifts.value > 1", 1, "set of records"),
        ("record.gifts", 1, "set of records"),
        ("record.gifts.sum(g, 1) > 0", 21, "must use 'g'"),
        ("record.gifts.sum(g) > 0", 1, "c.amount"),
        ("record.gifts.sum(record, record.n) > 0", 18, "already used"),
        ("record.facts == record.facts", 1, "json"),
        ("code(record.stage).probabilty > 1", 20, "did you mean 'probability'"),
        ("code(record.name).x == 1", 6, "choice from a code list"),
        ("code(record.stage) == 1", 1, "attribute"),
        ("record.loop_a > 1", 1, "deal.loop_a -> deal.loop_b -> party.loop_c -> deal.loop_a"),
        ("record.broken == 'x'", 1, "column 8: deal has no field 'nam'"),
        ("record.wrong == null", 1, "the field is date, the formula gives text"),
        ("record.worth.x == 1", 1, "it has no 'x'"),
        ("actor.role == 'x'", 1, "did you mean 'roles'"),
        ("actor.id.name == 'x'", 1, "actor has no"),
        ("string(record.party) == 'x'", 1, "does not exist"),
        ("sum(record.n) > 1", 1, "does not fit"),
        ("date('2026-13-01') == today", 6, "as in date('2026-01-31')"),
        ("duration('99999999d') == null", 10, "as in duration('1d12h30m')"),
        ("duration('1.5h') == null", 10, "is not a duration"),
        ("'a' in record.name", 8, ".contains"),
        ("record.tags == record.tags", 1, "list of text"),
    ],
)
def test_error(small: Any, text: str, column: int, part: str) -> None:
    """The message says what is wrong and what to write instead; the column is where."""
    with pytest.raises(ExprError) as e:
        small.compile(text, "bool")
    assert e.value.column == column, str(e.value)
    assert part in str(e.value)
    assert e.value.show().startswith(text)
    assert isinstance(e.value, XrmError)
    assert e.value.code == "expression"


def test_result_kind(small: Any) -> None:
    """A rule must be yes or no, an expression must give a value."""
    with pytest.raises(ExprError, match="must be bool"):
        small.compile("record.n", "bool")
    with pytest.raises(ExprError, match="must be a value"):
        small.compile("record.tags")
    assert small.compile("record.n", "decimal").type.kind == "int"


def test_unknown_variable_in_sql(small: Any) -> None:
    """A guard may read the record before the change, which no database knows."""
    e = small.compile("old.n < record.n", "bool", extra={"old": "deal"})
    with pytest.raises(ExprError, match="'old' is not known to the database"):
        e.sql("sqlite").where(e.typed)
    assert e.python(small.ctx({"n": 3}, old={"n": 2})) is True
    assert e.python(small.ctx({"n": 3})) is False


@pytest.mark.parametrize("start", ["02-29", "13-01", "4-31", "April", ""])
def test_fiscal_year_start(start: str) -> None:
    """A fiscal year begins on a day that every year has."""
    with pytest.raises(XrmError, match="not a day of every year"):
        _ = ExprSettings(start).fiscal_year
