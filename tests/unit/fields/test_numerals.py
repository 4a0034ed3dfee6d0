"""Exact numbers, and reading what people write."""

from decimal import Decimal as D

import pytest

from xrm_core.fields.numerals import exact, exact_float, export_number, read_number, whole
from xrm_core.metamodel.field_type import FieldFault


@pytest.mark.parametrize(
    ("raw", "places", "number"),
    [
        ("12.5", 2, D("12.50")), (12, 2, D("12.00")), (0.1, 2, D("0.10")), (1e15, 0, D("1000000000000000")), ("1e3", 0, D("1000")),
        (D("-0.00"), 2, D("0.00")), ("-0", 0, D("0")), ("9" * 16 + ".99", 2, D("9" * 16 + ".99")), ("0.000001", 6, D("0.000001")),
        ("1.50", 1, D("1.5")), (" 7 ", 0, D("7")),
    ],
)  # fmt: skip
def test_exact_numbers_keep_every_digit(raw, places, number):
    """A number gets exactly the places asked for, and no digit changes; minus zero is zero."""
    found = exact(raw, places)
    assert found == number
    assert found.as_tuple() == number.as_tuple()


@pytest.mark.parametrize(
    ("raw", "places", "code"),
    [
        ("1.005", 2, "too_many_places"), (D("1E-9"), 6, "too_many_places"), (0.1 + 0.2, 2, "inexact"), (float("nan"), 2, "not_a_number"),
        (float("inf"), 2, "not_a_number"), ("NaN", 2, "not_a_number"), ("-Infinity", 2, "not_a_number"), (D("sNaN"), 2, "not_a_number"),
        (D("Infinity"), 2, "not_a_number"), ("1" * 17, 2, "too_large"), ("1e999", 2, "too_large"), (10**18, 0, "too_large"),
        (True, 2, "not_a_number"), ("1_000", 2, "not_a_number"), ("1,5", 2, "not_a_number"), ("", 2, "not_a_number"),
        ("٣", 0, "not_a_number"), (None, 2, "not_a_number"), ([], 2, "not_a_number"), ("9" * 61, 0, "not_a_number"),
    ],
)  # fmt: skip
def test_numbers_are_never_rounded(raw, places, code):
    """What does not fit exactly, or is no number, is refused with a reason."""
    with pytest.raises(FieldFault) as caught:
        exact(raw, places)
    assert caught.value.code == code


def test_floats_are_taken_when_they_are_certain():
    """A JSON number of up to 15 digits is what was written; one of more digits may not be."""
    assert exact_float(123456789012.345) == D("123456789012.345")
    with pytest.raises(FieldFault, match="more digits than a JSON number keeps"):
        exact_float(0.12345678901234567)


@pytest.mark.parametrize(
    ("raw", "number"), [(5, 5), ("-5", -5), (5.0, 5), (D("5.00"), 5), (10**18 - 1, 10**18 - 1), ("1e3", 1000)]
)
def test_whole_numbers(raw, number):
    """Whole numbers in any form."""
    assert whole(raw) == number


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (5.5, "not_whole"),
        ("5.5", "not_whole"),
        (True, "not_a_number"),
        (10**18, "too_large"),
        ("1e99", "too_large"),
        (-(10**18), "too_large"),
    ],
)
def test_whole_numbers_refused(raw, code):
    """Fractions and more than 18 digits are refused."""
    with pytest.raises(FieldFault) as caught:
        whole(raw)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("text", "marks", "number"),
    [
        ("5000", ".,", "5000"), ("5,000.00", ".,", "5000.00"), ("1.234,56", ",.", "1234.56"), ("1.234,56", ".,", "1234.56"),
        ("1,234.56", ",.", "1234.56"), ("1.234", ",.", "1234"), ("1.234", ".,", "1.234"), ("1,234", ".,", "1234"), ("1,234", ",.", "1.234"),
        ("1.234.567", ".,", "1234567"), ("12,34,567.5", ".,", "1234567.5"), ("1 234,5", ",\u202f", "1234.5"), ("1\u202f234,5", ",\u202f", "1234.5"),
        ("1'234.50", ".’", "1234.50"), ("1’234.50", ".’", "1234.50"), ("5,5", ".,", "5.5"), (".5", ".,", "0.5"), (",5", ",.", "0.5"),
        ("0.123", ",.", "0.123"), ("1234.567", ",.", "1234.567"), ("(12.50)", ".,", "-12.50"), ("12.50-", ".,", "-12.50"), ("−5", ".,", "-5"),
        ("+5", ".,", "5"), ("- 5", ".,", "-5"), ("١٢", ".,", "12"), ("1.2340", ",.", "1.2340"), ("\u200f-5", ".,", "-5"),
    ],
)  # fmt: skip
def test_numbers_as_people_write_them(text, marks, number):
    """Marks, groups, signs and brackets of all customs; the language decides only what the writing leaves open."""
    assert read_number(text, marks[0], marks[1]) == D(number)


@pytest.mark.parametrize(
    "text", ["", "abc", "1.2.3", "1,23,4", "1 23", "12a", "1e5", "--5", "1,2345,678", "1..2", "5.", ",", "1.234,5,6"]
)
def test_texts_that_are_no_numbers(text):
    """Anything that is not clearly a number is refused."""
    with pytest.raises(FieldFault) as caught:
        read_number(text)
    assert caught.value.code == "not_a_number"


def test_a_number_that_reads_two_ways_is_refused():
    """Where the language uses neither mark, `1.234` could be one or one thousand."""
    with pytest.raises(FieldFault) as caught:
        read_number("1.234", ",", "\u202f")
    assert caught.value.code == "ambiguous"
    assert caught.value.hint == "write 1234 or 1,2340"


def test_exported_numbers_never_look_like_thousands():
    """Three places would be read as thousands somewhere, so one zero is added."""
    assert export_number(D("1.234")) == "1.2340"
    assert export_number(D("0.234")) == "0.234"
    assert export_number(D("1234.567")) == "1234.567"
    assert export_number(D("1E+3")) == "1000"
