"""Expressions as sentences and as rows of the filter builder."""

from __future__ import annotations

from typing import Any

import pytest

from xrm_core.expressions import ExprError, from_filter, one_of, parse, quote, sentence, to_filter, unparse


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("record.amount > 100 && record.stage == 'active'", "amount is more than 100 and stage is active"),
        ("record.due < today() || record.due == null", "due is before today or due is empty"),
        ("record.stage == 'new' || record.stage == 'active'", "stage is new or active"),
        ("record.stage != 'new' && !record.flag", "stage is not new (or is empty) and flag is not set"),
        ("(record.n > 1 || record.flag) && record.n in [1, 2]", "(n is more than 1 or flag) and n is one of 1 or 2"),
        ("record.party.name.startsWith('A')", "name of party starts with A"),
        ("record.gifts.sum(g, g.value, g.on > date('2024-01-01')) > 5",
         "the sum of value over gifts where on is after 2024-01-01 is more than 5"),
        ("record.party == actor.id", "party is your id"),
        ("code(record.stage).probability > 20", "probability of stage is more than 20"),
        ("record.n + 1 == 2 * record.n", "n plus 1 is 2 times n"),
        ("record.due <= today() - days(7)", "due is not after today minus 7 days"),
    ],
)  # fmt: skip
def test_sentence(small: Any, text: str, said: str) -> None:
    """A rule can be said; its rows and its text lead back to it."""
    e = small.compile(text, "bool")
    assert sentence(e.syntax, small.schema, "deal") == said
    assert from_filter(to_filter(e.syntax)) == parse(text) == parse(unparse(parse(text)))
    assert e.text() == text


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ("record.amount > 100", {"field": "amount", "op": "gt", "value": "100"}),
        ("record.party.name == 'x'", {"field": "party.name", "op": "is", "value": "'x'"}),
        ("record.name == null", {"field": "name", "op": "empty"}),
        ("record.flag", {"field": "flag", "op": "yes"}),
        ("record.name.contains('x')", {"field": "name", "op": "contains", "value": "'x'"}),
        ("record.n in [1, 2]", {"field": "n", "op": "in", "value": "[1, 2]"}),
        ("record.due < today() - days(7)", {"field": "due", "op": "lt", "value": "today() - days(7)"}),
        ("record.n > record.amount", {"text": "record.n > record.amount"}),
        ("!(record.flag && record.n > 1)", {"not": {"all": [{"field": "flag", "op": "yes"},
                                                            {"field": "n", "op": "gt", "value": "1"}]}}),
    ],
)  # fmt: skip
def test_rows(text: str, row: dict[str, Any]) -> None:
    """A condition that the builder knows is a row; any other stays a text."""
    assert to_filter(parse(text)) == row
    assert from_filter(row) == parse(text)


@pytest.mark.parametrize("value", ["1 || true", "1) || (true", "1 //", "'a' == 'a"])
def test_values_are_parsed_and_not_pasted(value: str) -> None:
    """A value can not change the condition around it."""
    try:
        tree = from_filter({"field": "n", "op": "is", "value": value})
    except ExprError:
        return
    assert tree.op == "=="


def test_unknown_operator() -> None:
    """An operator that the builder does not have is refused."""
    with pytest.raises(ExprError, match="no operator 'like'"):
        from_filter({"field": "n", "op": "like", "value": "1"})


def test_empty_groups() -> None:
    """All of nothing is true, any of nothing is false."""
    assert unparse(from_filter({"all": []})) == "true"
    assert unparse(from_filter({"any": []})) == "false"


def test_texts_become_literals() -> None:
    """Any text is one constant of the language, alone and among others; read again it is the text."""
    nasty = "it's \\ a\nline\tor\r two'] || true || record.id in ['"
    assert parse(quote(nasty)).value == nasty
    node = parse(one_of("record.name", [nasty, "b"]))
    assert (node.op, [arg.value for arg in node.args[1].args]) == ("in", [nasty, "b"])
    assert one_of("record.id", ()) == "record.id in []"
