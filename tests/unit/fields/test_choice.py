"""choice, multi_choice and the code lists behind them."""

import pytest
from pydantic import ValidationError

from xrm_core.metamodel.field_type import FieldFault


@pytest.mark.parametrize(
    ("text", "code"),
    [("card", "card"), ("CARD", "card"), ("Bank transfer", "transfer"), ("überweisung", "transfer"), ("Uberweisung", "transfer"), ("wire", "transfer"),
     ("Goods, services", "goods"), ("Cheque", "cheque")],
)  # fmt: skip
def test_choice_reads_codes_and_labels(ask, text, code):
    """By code, by label in any language, by former code."""
    assert ask.read("choice", text, codes="method") == code


def test_choice_values(ask):
    """A program sends codes; the fault for another one names the nearest."""
    assert ask.accept("choice", "card", codes="method") == "card"
    assert ask.accept("choice", "", codes="method") is None
    assert ask.refused("choice", "Bank transfer", codes="method") == "unknown_code"
    assert ask.refused("choice", 5, codes="method") == "unknown_code"
    assert ask.refused("choice", "card", codes="nothing") == "no_code_list"
    assert ask.unread("choice", "trasnfer", codes="method").hint == "did you mean transfer?"
    assert ask.unread("choice", "zzz", codes="method").hint.startswith("choose one of transfer, card")


def test_a_code_newly_chosen_must_be_valid_today(ask):
    """Codes not yet or no longer valid are refused when chosen, with what replaces them; what is stored stays."""
    field = ask.field("choice", codes="method")
    for code, told, hint in [
        ("cheque", "Cheque is no longer in use since 2025-12-31", "choose Bank transfer (transfer)"),
        ("crypto", "Crypto may be chosen from 2027-01-01 on", "choose another one"),
        ("stamps", "Stamps is no longer in use", "choose another one"),
    ]:
        with pytest.raises(FieldFault) as caught:
            field.type.settle({"x": code}, {}, field, ask.env)
        assert (caught.value.code, caught.value.message, caught.value.hint) == ("code_not_valid", told, hint)
        assert field.type.settle({"x": code}, {"x": code}, field, ask.env) == {}
    assert field.type.settle({"x": "card"}, {"x": "stamps"}, field, ask.env) == {}


def test_choice_labels(ask):
    """The label in the reader's language; a code that the list lost is shown as it is."""
    assert ask.shown("choice", "card", "de", codes="method") == "Karte"
    assert ask.shown("choice", "crypto", "de", codes="method") == "Crypto"
    assert ask.shown("choice", "gone", codes="method") == "gone"


def test_codes_written_in_the_field(ask):
    """Values may stand in the field; they are known to expressions and schema and make a code list of their own."""
    field = ask.field("choice", values={"low": "Low", "high": {"label": {"en": "High", "de": "Hoch"}, "colour": "bad"}})
    assert field.columns[0].kind.options == ("low", "high")
    assert field.columns[0].kind.codes == "thing_x"
    assert field.type.schema(field)["x"]["enum"] == ["low", "high", None]
    assert field.options.inline["high"].colour == "bad"
    assert list(ask.field("choice", values=["a", "b"]).options.inline) == ["a", "b"]


def test_choice_options(ask):
    """Either a list or values; the list must exist."""
    with pytest.raises(ValidationError, match="either codes"):
        ask.field("choice")
    with pytest.raises(ValidationError, match="either codes"):
        ask.field("choice", codes="a", values=["b"])
    assert ask.faults("choice", {"codes": ["method"]}, codes="methods") == [
        "there is no code list 'methods'; did you mean 'method'?"
    ]


def test_multi_choice(ask):
    """Codes once, in the order of the list; none is no value."""
    assert ask.accept("multi_choice", ["card", "transfer", "card"], codes="method") == ["transfer", "card"]
    assert ask.accept("multi_choice", [], codes="method") is None
    assert ask.read("multi_choice", "Karte; Bank transfer", codes="method") == ["transfer", "card"]
    assert ask.read("multi_choice", "Goods, services", codes="method") == ["goods"]
    assert ask.read("multi_choice", '"Goods, services", card', codes="method") == ["card", "goods"]
    assert ask.refused("multi_choice", "card", codes="method") == "not_a_list"
    assert ask.refused("multi_choice", ["x"], codes="method") == "unknown_code"
    assert ask.refused("multi_choice", ["card", "goods"], codes="method", max=1) == "too_many"
    assert ask.unread("multi_choice", "card, xyz", codes="method").code == "unknown_code"
    assert ask.shown("multi_choice", ["transfer", "card"], "de", codes="method") == "Überweisung, Karte"


def test_multi_choice_validity(ask):
    """Only codes added are checked against today."""
    field = ask.field("multi_choice", codes="method")
    assert field.type.settle({"x": ["cheque", "card"]}, {"x": ["cheque"]}, field, ask.env) == {}
    with pytest.raises(FieldFault):
        field.type.settle({"x": ["cheque", "card"]}, {"x": ["card"]}, field, ask.env)
