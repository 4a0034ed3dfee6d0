"""Comparisons of a choice between values become the conditions that lead to one; what a filter cannot hold without is known."""

from __future__ import annotations

from typing import Any

import pytest

from xrm_core.expressions import ExprField, Typed, decided, lift_constants, required, shape
from xrm_core.metamodel.kinds import TEXT

SUMS = "record.gifts.sum(g, g.value, g.value > {})"
STATE = f"{SUMS.format(1)} > 5 ? ({SUMS.format(2)} > 0 ? 'both' : 'one') : record.flag ? record.name : 'none'"
GIFTS = ((), "gift", "deal", True)


def roll_ups(n: Typed) -> int:
    """How many different roll-ups a condition reads."""
    return len({repr(part) for part in n.walk() if part.op == "rollup"})


@pytest.mark.parametrize(
    ("text", "same", "reads"),
    [
        (f"({STATE}) == 'one'", f"{SUMS.format(1)} > 5 && !({SUMS.format(2)} > 0) || !({SUMS.format(1)} > 5) && record.flag && record.name == 'one'", 2),
        (f"({STATE}) == 'none'", f"!({SUMS.format(1)} > 5) && (record.flag && record.name == 'none' || !record.flag)", 1),
        (f"({STATE}) in ['both', 'one']", None, 1),
        ("(record.flag ? 'a' : 'b') == 'c'", "false", 0),
        ("(record.flag ? 'a' : 'a') != 'c'", "true", 0),
        ("(record.flag ? 'a' : 'b') != 'a'", "!record.flag", 0),
        ("(record.flag ? 1 : record.n) > 1", "!record.flag && record.n > 1", 0),
        ("(record.flag ? null : 'b') == 'b'", "!record.flag", 0),
        ("(record.flag || record.n > 1 ? 'a' : 'b') == 'b'", "!record.flag && !(record.n > 1)", 0),
    ],
)  # fmt: skip
def test_choices_become_conditions(small: Any, text: str, same: str | None, reads: int) -> None:
    """Branches that cannot come to the constant are not worked out."""
    found = decided(small.compile(text, "bool").typed)
    assert not any(part.op == "if" for part in found.walk()), found
    assert roll_ups(found) == reads
    if same is not None:
        assert shape(found) == shape(small.compile(same, "bool").typed)


@pytest.mark.parametrize(
    "text", ["record.name == 'a'", "record.flag", "(record.flag ? record.name : 'b') < 'c'", "record.is_big"]
)
def test_other_conditions_stay(small: Any, text: str) -> None:
    """What is no comparison of a choice with a constant is the same tree."""
    typed = small.compile(text, "bool").typed
    assert decided(typed) is typed


def test_formulas_are_told_apart_by_what_they_are_asked(small: Any) -> None:
    """The constant has gone into the formula: statements for two constants are two."""
    small.schema.entities["deal"].fields["state"] = ExprField("state", TEXT, formula="record.flag ? 'a' : 'b'")
    keys = {shape(lift_constants(decided(small.compile(f"record.state == '{c}'", "bool").typed))[0]) for c in "ab"}
    assert len(keys) == 2


@pytest.mark.parametrize(
    ("text", "needed"),
    [
        ("record.gifts.sum(g, g.value) > 0", {GIFTS}),
        ("record.gifts.sum(g, g.value) > -1", set()),
        ("record.gifts.sum(g, g.value) >= 0", set()),
        ("record.gifts.count(g, true) == 2", {GIFTS}),
        ("record.gifts.count(g, true) < 2", set()),
        ("record.gifts.count(g, true) != 2", set()),
        ("record.gifts.min(g, g.value) < 2", {GIFTS}),
        ("record.gifts.exists(g, true)", {GIFTS}),
        ("!record.gifts.exists(g, true)", set()),
        ("record.gifts.exists(g, true) || record.flag", set()),
        ("record.gifts.exists(g, true) || record.gifts.max(g, g.value) > 3", {GIFTS}),
        ("record.gifts.exists(g, true) && record.flag", {GIFTS}),
        ("coalesce(record.gifts.max(g, g.value), 1) > 0", set()),
        ("record.party.name == 'x'", {("party>party",)}),
        ("record.party.name != 'x'", set()),
        ("record.party != null", set()),
    ],
)
def test_what_a_filter_cannot_hold_without(small: Any, text: str, needed: set[object]) -> None:
    """Links, and sets of records; where it may hold without, nothing is said."""
    assert required([decided(small.compile(text, "bool").typed)]) == needed
