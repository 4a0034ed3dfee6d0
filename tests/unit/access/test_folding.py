"""Rules in their shortest form: the actor's facts put in, what says nothing taken out."""

from __future__ import annotations

import pytest

from xrm_core.access.folding import Facts, folded, implies, is_false, is_true, together, truth
from xrm_core.expressions import ExprEntity, ExprField, Schema, Typed, compile_text, shape
from xrm_core.metamodel.kinds import BOOL, INT, TEXT, list_of, ref

NULL_INT = INT.with_null(True)
FIELDS = {
    "team": ExprField("team", ref("department", null=True)), "size": ExprField("size", NULL_INT), "level": ExprField("level", INT),
    "stage": ExprField("stage", TEXT.with_null(True)), "owner": ExprField("owner", ref("user", null=True)),
    "sealed": ExprField("sealed", BOOL), "open": ExprField("open", BOOL.with_null(True)),
}  # fmt: skip
SCHEMA = Schema({"deal": ExprEntity("deal", FIELDS)})
ONE = Facts(frozenset({"sales"}), (("departments", 1), ("leads", 0)), True)
NOBODY = Facts(frozenset(), (("departments", 0), ("leads", 0)), False)


def told(n: Typed) -> str:
    """A rule as it is made, in words that can be compared."""
    if n.op == "path":
        return str(n.value.column)
    if n.op in ("const", "actor"):
        return repr(n.value) if n.op == "const" else f"actor.{n.value}"
    if n.op == "fact":
        return f"{n.value[0]}{n.value[1]}"
    parts = [told(a) for a in n.args]
    if n.op in ("cmp", "and", "or", "in"):
        return f"({f' {n.value or n.op} '.join(parts)})"
    return f"[{' '.join(parts)}]" if n.op == "list" else f"{n.value if n.op == 'fn' else n.op}({' '.join(parts)})"


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


def some(departments: int, leads: int = 0, *roles: str) -> Facts:
    """Somebody in so many departments."""
    return Facts(frozenset(roles), (("departments", departments), ("leads", leads)), True)


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("record.sealed && (record.size == 1 && (record.level == 2 && record.open))", "(sealed and (size == 1) and (level == 2) and open)"),
        ("record.sealed || (record.size == 1 && record.level == 2 || record.open)", "(sealed or ((size == 1) and (level == 2)) or open)"),
        ("record.sealed && 'boss' in actor.roles && record.open", "False"),
        ("record.sealed || 'sales' in actor.roles || record.open", "True"),
        ("record.sealed && 'sales' in actor.roles", "sealed"),
        ("record.sealed || 'boss' in actor.roles", "sealed"),
        ("'sales' in actor.roles && 'sales' in actor.roles", "True"),
        ("'boss' in actor.roles || 'boss' in actor.roles", "False"),
        ("!('boss' in actor.roles) && true", "True"),
        ("record.sealed && record.open && record.sealed", "(sealed and open)"),
        ("record.open || record.sealed || record.open", "(open or sealed)"),
        ("record.size in [1, 2] && record.size == 1 && record.sealed", "((size == 1) and sealed)"),
        ("record.size == 1 && record.size in [1, 2] && record.sealed", "((size == 1) and sealed)"),
        ("record.size in [1, 2] && record.size in [2, 1] && record.size in [1, 2]", "(size in [1 2])"),
        ("record.stage.contains('a') && record.size == 1 || record.size == 1", "(size == 1)"),
        ("!(record.sealed && record.open)", "(not(sealed) or not(open))"),
        ("!(record.sealed || record.size == 1)", "(not(sealed) and (size != 1))"),
        ("!(record.size in [1, 2])", "not((size in [1 2]))"),
        ("record.size != null && record.stage != 'a'", "(notnull(size) and (stage != 'a'))"),
        ("record.size != null && record.size != 1 && record.size != 2", "((size <> 1) and (size <> 2))"),
        ("record.size != 1 && record.stage != null", "((size != 1) and notnull(stage))"),
        ("record.size == null && record.size != 1", "(isnull(size) and (size != 1))"),
        ("record.size != null && record.level != record.size", "(level <> size)"),
        ("record.level != 3 && record.sealed", "((level <> 3) and sealed)"),
        ("record.open != null && record.open != false && record.size == 1", "((open == True) and (size == 1))"),
        ("record.size != null && record.stage != null && record.size != 1", "(notnull(stage) and (size <> 1))"),
        ("record.size + 1 != null", "notnull(arith(size 1))"),
        ("coalesce(record.size, 1) != null", "notnull(coalesce(size 1))"),
        ("record.level == null", "False"),
        ("!(record.level == null)", "True"),
        ("actor.id != null", "True"),
        ("actor.id == null", "False"),
        ("record.owner != actor.id && record.owner != null", "(owner <> actor.id)"),
        ("record.stage in actor.roles || record.stage == 'x'", "(stage in ['sales' 'x'])"),
        ("record.size == 1 || record.level == 1 || record.size == 2", "((size in [1 2]) or (level == 1))"),
        ("record.size == 1 || record.sealed || record.size in [3, 2]", "((size in [1 3 2]) or sealed)"),
        ("record.size in [1, record.level] || record.size == 2", "((size == 2) or (size in [1 level]))"),
        ("record.size in [record.level, record.level] || record.size == 2", "((size == 2) or (size in [level level]))"),
        ("record.size == record.level || record.size == 2", "((size == 2) or (size == level))"),
        ("record.size < 2 || record.size == 2", "((size == 2) or (size < 2))"),
        ("record.size in [1, 2] || record.size != 2", "True"),
        ("record.size in [1, 2] || record.size != 3", "((size in [1 2]) or (size != 3))"),
        ("record.size in [1, 2] || record.level != 2", "((size in [1 2]) or (level != 2))"),
        ("record.size in [1, 2] || !(record.size in [1, 2])", "True"),
        ("record.size < 2 || record.size > 2", "((size < 2) or (size > 2))"),
    ],
)  # fmt: skip
def test_what_is_made(text: str, made: str) -> None:
    """Part by part: what is joined, dropped, united, turned over."""
    assert told(rule(text)) == made


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("record.owner != actor.id", "True"), ("!(record.owner == actor.id)", "True"), ("record.owner == actor.id", "False"), ("!(record.owner != actor.id)", "False"),
        ("actor.id == null", "True"), ("record.stage in actor.roles", "False"), ("!(record.stage in actor.roles)", "True"),
        ("record.owner != null", "notnull(owner)"), ("'x' == record.stage", "('x' == stage)"), ("record.team in actor.departments || record.size == 1", "(size == 1)"),
    ],
)  # fmt: skip
def test_what_is_made_for_nobody(text: str, made: str) -> None:
    """What compares with a person that is not known is no, and its opposite yes; other values are compared as ever."""
    assert told(rule(text, NOBODY)) == made


@pytest.mark.parametrize(
    ("facts", "made"),
    [
        (some(0), "False"), (some(1), "(team == departments0)"), (some(2), "(team in [departments0 departments1])"),
        (some(32), f"(team in [{' '.join(f'departments{n}' for n in range(32))}])"), (some(33), "(team in actor.departments)"),
    ],
)  # fmt: skip
def test_departments_by_their_number(facts: Facts, made: str) -> None:
    """Up to thirty-two are told one by one."""
    assert told(rule("record.team in actor.departments", facts)) == made
    assert told(rule("record.team in actor.departments && record.team in actor.departments", facts)) == made


def test_lists_of_facts_are_united() -> None:
    """Those of his departments and of those that he leads."""
    found = rule("record.team in actor.departments || record.team in actor.leads", some(2, 1))
    assert told(found) == "(team in [departments0 departments1 leads0])"
    assert found.args[1].type == list_of(ref("department"))
    assert found.args[1].free
    assert all(a.free for a in found.args[1].args)
    roles = rule("record.stage in actor.roles", some(0, 0, "b", "a"))
    assert told(roles) == "(stage in ['a' 'b'])"
    assert roles.args[1].type == list_of(TEXT)
    assert all(a.free for a in (roles.args[1], *roles.args[1].args))
    united = rule("record.size == 1 || record.size == 2").args[1]
    assert (united.type, united.free) == (list_of(united.args[0].type), True)


def test_yes_and_no_stand_for_themselves() -> None:
    """They are values of no record, and nothing else is always or never so."""
    assert (truth(True).free, truth(False).free) == (True, True)
    assert (is_true(truth(True)), is_false(truth(True))) == (True, False)
    assert (is_true(truth(False)), is_false(truth(False))) == (False, True)
    assert not is_false(None)
    strict = rule("record.open != null && record.open != true")
    assert strict.args[1].free
    assert (strict.args[1].type, told(strict)) == (BOOL, "(open == False)")


@pytest.mark.parametrize(
    ("stronger", "weaker", "holds"),
    [
        ("record.size == 1 && record.stage == 'a' && record.level == 2", "record.size == 1 && record.stage == 'a'", True),
        ("record.size == 1 && record.stage == 'a'", "record.size == 1 && record.stage == 'b'", False),
        ("record.size == 1 && record.level == 2 || record.stage == 'a' && record.level == 3", "record.level in [2, 3]", True),
        ("record.size == 1 && record.level == 2 || record.stage == 'a' && record.level == 4", "record.level in [2, 3]", False),
        ("record.size in [1, 2]", "record.level in [1, 2]", False),
        ("record.level in [1, 2]", "record.size != null", False),
        ("record.sealed == false", "record.sealed", False),
        ("!record.sealed", "record.sealed", False),
        ("record.sealed", "!record.sealed", False),
        ("record.size == 1", "record.level == 2 || record.stage == 'a'", False),
        ("record.size == 1", "record.size in [1, 2] || record.stage == 'a'", True),
        ("record.size in [1, 2]", "record.size != null", True),
        ("record.size in [1, 2]", "record.stage != null", False),
        ("record.size < 3", "record.size != null", True),
        ("record.level < record.size", "record.size != null", True),
        ("coalesce(record.open, true)", "record.open != null", False),
        ("record.size != null && record.size != 1", "record.size != null", True),
        ("record.size == 1 && record.sealed", "record.size != null", True),
    ],
)  # fmt: skip
def test_what_follows_from_what(stronger: str, weaker: str, holds: bool) -> None:
    """Part by part, over lists, and from a value to that it is filled; of the opposite of a part nothing follows."""
    assert implies(rule(stronger), rule(weaker)) is holds


def test_both_of_two() -> None:
    """Two rules in one, without what one of them says already."""
    assert (
        told(together(rule("record.size in [1, 2]"), rule("record.size == 1 && record.sealed")))
        == "((size == 1) and sealed)"
    )
