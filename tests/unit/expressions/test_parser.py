"""The parser against the lark grammar (the same language) and against CEL (a subset), on random rows of tokens."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import xrm_core.expressions
from xrm_core.expressions import ExprError, parse, unparse

GRAMMAR = Path(xrm_core.expressions.__file__).with_name("grammar.lark")
TOKENS = [
    "a", "b.c", "f(", ")", "(", ")", "[", "]", ",", "?", ":", "&&", "||", "==", "!=", "<", ">=", "in", "+", "-", "*", "/",
    "%", "!", "1", "2.5", "'x'", '"y"', "true", "null", ".", "d", ".size()", "has(a.b)", "// c\n", "if", "and", "1u",
    "1e3", "a.if", ".true", ".in", ".package(", "=", "&", "{", "'", "today", "add_days(a, 1)",
]  # fmt: skip
rows = st.lists(st.sampled_from(TOKENS), min_size=1, max_size=9).map(" ".join)
values = st.sampled_from(
    ["a", "1", "'x'", "a.b", "f(a, 1)", "[1, 2]", "-1", "!a", "(a)", "- 1", "-(1)", "a.g(b)", "[]", "null", "today"]
)
ops = st.sampled_from([" && ", " || ", " == ", " < ", " in ", " + ", " - ", " * ", " % "])
terms = st.recursive(
    values,
    lambda t: st.one_of(
        st.tuples(t, ops, t).map("".join),
        t.map(lambda s: f"({s})"),
        t.map(lambda s: f"!{s}"),
        t.map(lambda s: f"-{s}"),
        st.tuples(t, t, t).map(lambda x: f"{x[0]} ? {x[1]} : {x[2]}"),
    ),
    max_leaves=12,
)
MANY = settings(max_examples=500, deadline=None)


def accepts(f: Callable[[str], Any], text: str) -> bool:
    """Whether a parser takes the text; our own errors must have a place and a sentence."""
    problem: ExprError | None = None
    try:
        f(text)
    except ExprError as e:
        problem = e
    except Exception:
        return False
    if problem is None:
        return True
    assert 0 <= problem.start <= len(text)
    assert str(problem)
    assert problem.show()
    return False


@cache
def lark_parser() -> Any:
    """The documented grammar."""
    lark = pytest.importorskip("lark", reason="lark is not installed")
    return lark.Lark(GRAMMAR.read_text(), parser="lalr")


@MANY
@given(st.one_of(rows, terms))
def test_grammar_is_the_language(text: str) -> None:
    """The hand-written parser and the documented grammar take the same texts."""
    if not set(text.split()) & {"and", "or", "not", "is"}:
        assert accepts(parse, text) == accepts(lark_parser().parse, text), text


@MANY
@given(st.one_of(rows, terms))
def test_language_is_a_subset_of_cel(text: str) -> None:
    """What we take, CEL takes."""
    cel = pytest.importorskip("cel", reason="common-expression-language is not installed")
    if accepts(parse, text):
        assert accepts(cel.compile, text), text


@MANY
@given(terms)
def test_round_trip(text: str) -> None:
    """The printed text of a tree is read as the same tree."""
    try:
        tree = parse(text)
    except ExprError:
        return
    assert parse(unparse(tree)) == tree, (text, unparse(tree))


@MANY
@given(st.text(max_size=30))
def test_any_text(text: str) -> None:
    """No text makes the parser fail in another way than with its own error."""
    accepts(parse, text)


@pytest.mark.parametrize(
    "text",
    [
        "(" * 3000 + "1", "!" * 3000 + "a", "-" * 3000 + "1", "a" + ".b" * 1990, " && ".join(["a"] * 900), "[" * 3900,
        "a ? " * 900, "f(" * 1900, " + ".join(["1"] * 1900), "a" * 4001,
    ],
)  # fmt: skip
def test_limits(text: str) -> None:
    """Long and deep texts are refused with an error, not with a crash."""
    with pytest.raises(ExprError):
        parse(text)


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("add_days(record.a, 1) < today", "addDays(record.a, 1) < today()"),
        ("record.a.starts_with('x')", "record.a.startsWith('x')"),
        ('record.a == "it\\u0027s"', "record.a == 'it\\'s'"),
        ("contains(record.a, 'x')", "record.a.contains('x')"),
        ("((a)) + (b * c)", "a + b * c"),
        ("sum(record.x, g, g.n)", "record.x.sum(g, g.n)"),
    ],
)
def test_canonical_text(text: str, printed: str) -> None:
    """Other spellings are read, one is printed."""
    assert unparse(parse(text)) == printed


@pytest.mark.parametrize("escape", ["\\0", "\\u0000", "\\ud800", "\\U00110000", "\\q", "\\x4"])
def test_characters_that_cannot_be_stored(escape: str) -> None:
    """NUL and halves of characters are refused: PostgreSQL cannot store them."""
    with pytest.raises(ExprError):
        parse(f"'{escape}'")
