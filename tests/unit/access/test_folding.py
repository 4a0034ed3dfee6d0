"""Rules in their shortest form: the actor's facts put in, what says nothing taken out."""

from __future__ import annotations

import pytest

from xrm_core.access.folding import Facts, folded, implies, is_false, is_true
from xrm_core.expressions import ExprEntity, ExprField, Schema, Typed, compile_text, shape
from xrm_core.metamodel.kinds import BOOL, INT, TEXT, ref

NULL_INT = INT.with_null(True)
FIELDS = {
    "team": ExprField("team", ref("department", null=True)), "size": ExprField("size", NULL_INT), "level": ExprField("level", INT),
    "stage": ExprField("stage", TEXT.with_null(True)), "owner": ExprField("owner", ref("user", null=True)),
    "sealed": ExprField("sealed", BOOL), "open": ExprField("open", BOOL.with_null(True)),
}  # fmt: skip
SCHEMA = Schema({"deal": ExprEntity("deal", FIELDS)})
ONE = Facts(frozenset({"sales"}), (("departments", 1), ("leads", 0)), True)
NOBODY = Facts(frozenset(), (("departments", 0), ("leads", 0)), False)


def rule(text: str, facts: Facts = ONE) -> Typed:
    """A rule, folded."""
    return folded(compile_text(text, SCHEMA, "deal", "bool").typed, facts)


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("record.size == 1 || record.size == 1", "record.size == 1"),
        ("record.size == 1 || (record.size == 1 && record.stage == 'a')", "record.size == 1"),
        ("record.size == 1 && (record.size == 1 || record.stage == 'a')", "record.size == 1"),
        ("!(record.size == 1 && record.stage == 'a')", "record.size != 1 || record.stage != 'a'"),
        ("!!(record.stage == 'a')", "record.stage == 'a'"),
        ("'sales' in actor.roles && record.size == 1", "record.size == 1"),
        ("record.size == 1 || record.size in [2, 3]", "record.size in [1, 2, 3]"),
        ("record.sealed != null && record.sealed != true", "record.sealed == false"),
        ("record.open != null && record.open != true", "record.open == false"),
        ("record.size == 1 && record.size != null", "record.size == 1"),
        ("record.level != null && record.size == 1", "record.size == 1"),
    ],
)  # fmt: skip
def test_folds_to(text: str, same: str) -> None:
    """Two texts that mean the same become the same rule."""
    assert shape(rule(text)) == shape(rule(same))


@pytest.mark.parametrize(
    ("text", "facts", "always"),
    [
        ("'boss' in actor.roles", ONE, False),
        ("record.team in actor.leads", ONE, False),
        ("record.owner == actor.id", NOBODY, False),
        ("record.owner == actor.id || 'sales' in actor.roles", ONE, True),
        ("record.level != null", ONE, True),
        ("actor.id != null", NOBODY, False),
        ("!(record.team in actor.departments)", NOBODY, True),
    ],
)
def test_is_known_beforehand(text: str, facts: Facts, always: bool) -> None:
    """What does not depend on a record is decided before anything is asked."""
    found = rule(text, facts)
    assert is_true(found) if always else is_false(found)


def test_departments_are_told_one_by_one() -> None:
    """One department is a comparison, several are a short list; the text is the same for everybody who has as many."""
    one = rule("record.team in actor.departments")
    assert (one.op, one.value, one.args[1].op, one.args[1].value) == ("cmp", "==", "fact", ("departments", 0))
    two = rule("record.team in actor.departments", Facts(frozenset(), (("departments", 2), ("leads", 0)), True))
    assert (two.op, len(two.args[1].args)) == ("in", 2)


@pytest.mark.parametrize(
    ("stronger", "weaker", "holds"),
    [
        ("record.size == 1", "record.size in [1, 2]", True),
        ("record.size in [1, 3]", "record.size in [1, 2]", False),
        ("record.size == 1 && record.stage == 'a'", "record.size == 1 || record.level == 2", True),
        ("record.size == 1", "record.size != null", True),
        ("record.size != 1", "record.size != null", False),
        ("record.size == 1 || record.level == 2", "record.size == 1", False),
    ],
)
def test_implication(stronger: str, weaker: str, holds: bool) -> None:
    """One rule implies another one only where that is certain."""
    assert implies(rule(stronger), rule(weaker)) == holds


MANY = Facts(frozenset({"sales"}), (("departments", 40), ("leads", 1)), True)


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("!(record.size == null)", "record.size != null"),
        ("!(record.size != null)", "record.size == null"),
        ("record.stage in actor.roles", "record.stage == 'sales'"),
        ("record.size in [1, 2] && record.size in [2, 1]", "record.size in [1, 2]"),
        ("record.size in [1, 2] || record.size == 1", "record.size in [1, 2]"),
        ("record.size != null && record.size == null || record.size == 1", "record.size != null && record.size == null || record.size == 1"),
    ],
)  # fmt: skip
def test_says_it_more_shortly(text: str, same: str) -> None:
    """Tests for empty fields turn over, roles are told by name, of two parts that say the same one stays."""
    found = rule(text)
    assert shape(found) == shape(rule(same))
    assert not is_true(found)
    assert not is_false(found)


@pytest.mark.parametrize(
    "text", ["record.size == 1 || record.size != 1", "record.stage.contains('a') || !record.stage.contains('a')"]
)
def test_one_or_the_other_is_always(text: str) -> None:
    """A part and its opposite leave nothing out."""
    assert is_true(rule(text))


@pytest.mark.parametrize(
    "text",
    [
        "record.size == 1 || record.level != 1",
        "record.size == 1 || record.size != 2",
        "record.stage == 'a' || !record.stage.contains('a')",
        "record.size == 1",
        "record.size != 1",
    ],
)
def test_nothing_more_is_left_out(text: str) -> None:
    """What is not surely always or never so stays a question, also where nobody is known."""
    for facts in (ONE, NOBODY):
        assert not is_true(rule(text, facts))
        assert not is_false(rule(text, facts))


def test_what_is_turned_over() -> None:
    """An order is negated as a whole, an equality by its opposite; beside a test that it is filled an inequality is strict."""
    assert rule("!(record.level < 3)").op == "not"
    assert (rule("!(record.level == 3)").op, rule("!(record.level == 3)").value) == ("cmp", "!=")
    assert rule("!(record.level != 3)").value == "=="
    strict = rule("record.size != null && record.size != 1")
    assert (strict.op, strict.value) == ("cmp", "<>")
    half = rule("record.size != null && record.stage != 'a'")
    assert (half.op, len(half.args)) == ("and", 2)


def test_many_departments_stay_a_list() -> None:
    """More than can be told one by one are compared as one list, beside other parts too."""
    for text in ("record.team in actor.departments", "record.team in actor.departments || record.size == 1"):
        found = rule(text, MANY)
        assert "departments" in shape(found)
        assert not is_false(found)
    assert rule("record.team in actor.departments", MANY).args[1].op == "actor"
    both = rule("record.team in actor.departments || record.team in actor.leads", Facts(frozenset(), (("departments", 1), ("leads", 1)), True))  # fmt: skip
    assert (both.op, len(both.args[1].args)) == ("in", 2)


def test_implication_of_what_is_always_or_never() -> None:
    """Never implies everything, everything implies always; lists are compared as sets."""
    always, never, some = rule("true"), rule("false"), rule("record.size in [1, 2]")
    assert implies(never, some)
    assert implies(some, always)
    assert not implies(always, some)
    assert not implies(some, never)
    assert implies(some, rule("record.size in [2, 1]"))
    assert implies(rule("record.size != null && record.stage == 'a'"), rule("record.size != null"))
