"""integer, decimal, percent, rating."""

from decimal import Decimal as D

import pytest

from xrm_core.fields.numerals import check_range
from xrm_core.metamodel.field_type import FieldFault


def test_integer(ask):
    """Whole numbers within their limits."""
    assert ask.accept("integer", "42") == 42
    assert ask.read("integer", "1.234", "de") == 1234
    assert ask.read("integer", " ") is None
    assert ask.shown("integer", 1234567, "de") == "1.234.567"
    assert ask.shown("integer", 1234567, "en-IN") == "12,34,567"
    assert ask.refused("integer", 0, min=1) == "too_small"
    assert ask.refused("integer", 121, max=120) == "too_large"
    assert ask.refused("integer", 1000, digits=3) == "too_large"
    assert ask.refused("integer", True) == "not_a_number"
    assert ask.unread("integer", "1.5").code == "not_whole"
    assert ask.faults("integer", min=2, max=1) == ["min 2 is more than max 1"]


def test_integer_type_in_expressions(ask):
    """Fewer digits give expressions a tighter bound; a required number is never null."""
    kind = ask.field("integer", True, digits=4).columns[0].kind
    assert (kind.kind, kind.bound, kind.null) == ("int", 9999, False)


def test_decimal(ask):
    """Exact numbers with the field's places."""
    assert str(ask.accept("decimal", 12)) == "12.00"
    assert ask.accept("decimal", "1.123456", scale=6) == D("1.123456")
    assert ask.refused("decimal", "1.005") == "too_many_places"
    assert ask.refused("decimal", -1, min=0) == "too_small"
    assert ask.read("decimal", "1.234,5 kg", "de", unit="kg") == D("1234.5")
    assert ask.shown("decimal", D("1234.50"), "de", unit="kg") == "1.234,5\u00a0kg"
    field = ask.field("decimal", scale=3)
    assert field.columns[0].kind.scale == 3
    assert field.type.schema(field)["x"]["pattern"] == r"^-?\d{1,15}(\.\d{1,3})?$"


def test_yaml_limits_are_what_the_author_wrote(ask):
    """`min: 0.01` means 0.01 though YAML reads a float."""
    assert ask.accept("decimal", "0.01", min=0.01) == D("0.01")
    assert ask.refused("decimal", "0.00", min=0.01) == "too_small"


def test_what_is_too_large_is_told_as_it_was_typed():
    """Without the zeros that fill the field's places."""
    with pytest.raises(FieldFault, match=r"^150 is more than 99\.5, the most allowed$"):
        check_range(D("150.0000"), None, D("99.5000"))
    with pytest.raises(FieldFault, match=r"^-10 is less than 0, the least allowed$"):
        check_range(-10, 0, None)


@pytest.mark.parametrize(
    ("text", "language"), [("12.5%", "en"), ("12,5 %", "de"), ("12.5", "en"), ("12,5\u00a0%", "fr")]
)
def test_percent(ask, text, language):
    """12.5 % is stored as 12.5, with or without the sign."""
    assert ask.read("percent", text, language) == D("12.5")


def test_percent_is_shown_as_the_language_writes_it(ask):
    """The sign stands where the language puts it, trailing zeros are left out."""
    assert ask.shown("percent", D("12.5000")) == "12.5%"
    assert ask.shown("percent", D("-12.5000"), "de") == "-12,5\u00a0%"
    assert ask.shown("percent", D("0"), "tr") == "%0"
    assert ask.refused("percent", 101, max=100) == "too_large"


@pytest.mark.parametrize(("text", "stars"), [("4", 4), ("4/5", 4), ("★★★", 3), ("★★☆☆☆", 2), ("4 of 5", 4)])
def test_rating(ask, text, stars):
    """Ratings as number, out of the most, or as stars."""
    assert ask.read("rating", text) == stars


def test_rating_limits(ask):
    """A rating runs from 1 to the most; none is empty."""
    assert ask.refused("rating", 0) == "out_of_range"
    assert ask.refused("rating", 6) == "out_of_range"
    assert ask.accept("rating", 10, max=10) == 10
    assert ask.unread("rating", "4/10").code == "out_of_range"
    assert ask.shown("rating", 4) == "4/5"
