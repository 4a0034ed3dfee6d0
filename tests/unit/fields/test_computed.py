"""formula and rollup."""

from decimal import Decimal as D

import pytest
from pydantic import ValidationError

from xrm_core.metamodel.field_type import FieldFault


def test_a_formula_is_of_a_type(ask):
    """Its column is not stored, has the type's kind and may be empty."""
    field = ask.field("formula", **{"of": "money", "is": "record.a - record.b"})
    (column,) = field.columns
    assert (column.name, column.kind.kind, column.kind.scale, column.kind.null, column.stored) == (
        "x",
        "decimal",
        2,
        True,
        False,
    )
    assert field.options.expression == "record.a - record.b"
    assert field.type.operators(field) == ask.types["money"].operators(field)
    assert field.type.schema(field)["x"]["readOnly"] is True
    assert field.type.widget(field).name == "readonly"


def test_a_formula_is_shown_as_its_type(ask):
    """Money has the organisation's currency, or that of another field; codes have labels."""
    money = ask.field("formula", **{"of": "money", "is": "record.a"})
    assert money.type.text({"x": D("5.00")}, money, ask.env) == "€5.00"
    other = ask.field("formula", **{"of": "money", "is": "record.a", "currency_from": "a"})
    assert other.type.text({"x": D("5.00"), "a_currency": "GBP"}, other, ask.env) == "£5.00"
    assert ask.shown("formula", "card", "de", **{"of": "choice", "is": "record.a", "codes": "method"}) == "Karte"
    assert ask.shown("formula", D("1.5"), "de", **{"of": "decimal", "is": "record.a", "unit": "kg"}) == "1,5\u00a0kg"
    assert ask.shown("formula", None, **{"of": "money", "is": "record.a"}) == ""


def test_a_formula_is_never_written(ask):
    """A value for it is refused; a file's column is passed over."""
    field = ask.field("formula", **{"of": "integer", "is": "record.a"})
    with pytest.raises(FieldFault, match="worked out"):
        field.type.accept({"x": 5}, field, ask.env)
    assert field.type.accept({"x": None}, field, ask.env) == {}
    assert field.type.read({"x": "5"}, field, ask.env) == {}
    assert field.type.export({"x": 5}, field) == {"x": "5"}


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"over": "gifts", "compute": "count"}, "record.gifts.count(row, true)"),
        ({"over": "gifts", "compute": "count", "where": "row.done"}, "record.gifts.count(row, row.done)"),
        ({"over": "gifts", "compute": "sum", "value": "amount", "of": "money"}, "record.gifts.sum(row, row.amount)"),
        ({"over": "gifts", "compute": "max", "value": "row.a * 2", "of": "integer", "where": "row.b > 1"}, "record.gifts.max(row, row.a * 2, row.b > 1)"),
        ({"over": "gifts", "compute": "latest", "value": "amount", "by": "gift_on", "of": "money"}, "record.gifts.latest(row, row.amount, row.gift_on)"),
        ({"is": "record.gifts.sum(g, g.amount)", "of": "money"}, "record.gifts.sum(g, g.amount)"),
    ],
)  # fmt: skip
def test_roll_ups_become_expressions(ask, options, text):
    """What is declared reads the same as what is written out."""
    assert ask.field("rollup", **options).options.expression == text


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({}, "either is"), ({"is": "1", "over": "a", "of": "integer"}, "either is"), ({"is": "1"}, "of which type"), ({"over": "a"}, "what to compute"),
        ({"over": "a", "compute": "sum", "of": "money"}, "needs value"), ({"over": "a", "compute": "latest", "value": "b", "of": "money"}, "needs by"),
    ],
)  # fmt: skip
def test_incomplete_roll_ups(ask, options, told):
    """A roll-up that leaves something open is refused, saying what."""
    with pytest.raises(ValidationError, match=told):
        ask.field("rollup", **options)


def test_options_must_fit_the_type(ask):
    """A link needs its entity, a choice its code list; scale is for numbers."""
    for kind, told in [("link", "of: link needs to:"), ("choice", "of: choice needs codes:")]:
        with pytest.raises(ValidationError, match=told):
            ask.field("formula", **{"of": kind, "is": "record.a"})
    assert "no entity" in ask.faults("formula", {"entities": []}, **{"of": "link", "is": "record.a", "to": "party"})[0]
    assert ask.faults("formula", **{"of": "text", "is": "record.a", "scale": 2}) == ["scale does not go with of: text"]
    assert ask.faults("formula", **{"of": "integer", "is": "record.a", "currency_from": "b"}) == [
        "currency_from does not go with of: integer"
    ]
    assert ask.field("rollup", over="a", compute="count").columns[0].kind.kind == "int"
