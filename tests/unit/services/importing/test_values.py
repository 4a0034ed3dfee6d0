"""Values: numbers, dates, steps, paths, conditions."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from xrm_core.errors import ImportFault
from xrm_core.metamodel.imports import ConditionDef, ImportDef, ValueDef
from xrm_core.services.importing.mapping.paths import Names, Scope, items
from xrm_core.services.importing.mapping.steps import Reading
from xrm_core.services.importing.mapping.texts import DateReader, NumberReader, ValueFault, read_number
from xrm_core.services.importing.mapping.values import Compiler, Made, Pending


def evaluate(spec: Any, data: dict[str, Any], columns: tuple[str, ...] | None = None, **reading: Any) -> Any:
    """A value of a row."""
    names = Names("t.csv", tuple(data) if columns is None else columns)
    compiler = Compiler(names, Reading(**reading), "src", frozenset({"party"}))
    return compiler.value(ValueDef.model_validate(spec))(Scope(data))


@pytest.mark.parametrize(
    ("text", "style", "number"),
    [("£5,000.00", "en", "5000.00"), ("1.234,50 €", "de", "1234.50"), ("1 234,5", "fr", "1234.5"), ("(12.5)", "en", "-12.5"),
     ("7-", "en", "-7"), ("6.75%", "en", "6.75"), (".5", "en", ".5"), ("GBP 3", "en", "3"), ("-0.10", "en", "-0.10")],
)  # fmt: skip
def test_numbers_as_people_write_them(text: str, style: str, number: str) -> None:
    """Currency signs, groups, brackets for negative ones; exact."""
    assert read_number(text, style) == Decimal(number)


@pytest.mark.parametrize("text", ["1,23,4", "12.5.1", "abc", "1e5", "", "--1", "1,5"])
def test_what_is_no_number_is_said(text: str) -> None:
    """Nothing is guessed."""
    with pytest.raises(ValueFault, match="is no number"):
        read_number(text)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**12), max_value=10**12))
def test_grouped_numbers_read_back(number: Decimal) -> None:
    """Whatever is printed with groups is read back exactly."""
    assert read_number(f"{number:,.2f}") == number
    assert read_number(f"{number:,.2f}".translate(str.maketrans(",.", ".,")), "de") == number


def test_dates_of_all_the_forms_in_use() -> None:
    """Day first, with a time that is dropped, month and year alone, English months, ISO always; no day is invented."""
    read = DateReader(["dd/mm/yyyy", "mm/yyyy", "dd mmm yyyy", "yyyymmdd", "dd.mm.yy"])
    for text in ("03/02/2014", "03/02/2014 00:00", "3 Feb 2014", "20140203", "2014-02-03T10:00:00+01:00", "03.02.14"):
        assert read(text) == date(2014, 2, 3), text
    assert read("02/2014") == date(2014, 2, 1)
    for wrong in ("31/02/2014", "2014-02-30", "soon"):
        with pytest.raises(ValueFault, match="is no date"):
            read(wrong)


def test_many_dates_at_once() -> None:
    """A column of ISO dates is read as each of them is; where one is written otherwise, each is read by itself."""
    read = DateReader(["dd/mm/yyyy"])
    texts = ["2014-02-03", "1999-12-31", "2024-02-29"]
    assert read.many(texts) == [read(text) for text in texts]
    for other in (
        "03/02/2014",
        "2014-02-30",
        "2024-W05-1",
        "20140203xy",
        "2014-2-031",
        "\u0662\u0660\u0662\u0664-\u0660\u0661-\u0660\u0661",
    ):
        assert read.many([*texts, other]) is None, other


def test_steps_in_the_order_written() -> None:
    """Each step takes what the one before it gave; a blank value passes by."""
    row = {"a": " :  03 456 ", "b": "", "c": "Yes", "d": "x;y; ;z", "e": "ABC"}
    assert evaluate({"column": "a", "remove": [":", " "], "pad": 8}, row) == "00003456"
    assert evaluate({"column": "b", "pad": 8}, row) is None
    assert evaluate({"column": "b", "default": "none"}, row) == "none"
    assert evaluate({"column": "c", "invert": True}, row) is False
    assert evaluate({"column": "d", "split": ";", "part": -1}, row) == "z"
    assert evaluate({"column": "d", "split": ";", "join": "+"}, row) == "x+y+z"
    assert evaluate({"column": "e", "whole": "[a-z]+"}, row) is None
    assert evaluate({"column": "e", "lower": True, "extract": "b(.)"}, row) == "c"
    assert evaluate({"column": "e", "map": {"abc": 1}}, row) == 1
    assert evaluate({"column": "e", "map": {"x": 1, "*": "="}}, row) == "ABC"
    assert evaluate({"column": "b", "map": {"": "empty"}}, row) == "empty"
    assert evaluate({"column": "a", "replace": {":": "", " ": ""}, "times": 100}, row) == Decimal(345600)
    assert len(evaluate({"column": "e", "shorten": 20}, {"e": "x" * 90})) == 20
    with pytest.raises(ValueFault, match="'ABC' is none of 'x'"):
        evaluate({"column": "e", "map": {"x": 1}}, row)


def test_templates_firsts_and_lists() -> None:
    """A template with a blank part is blank, unless the part may be; the first that is filled; the filled ones."""
    row = {"a": "1", "b": "", "c": "3"}
    assert evaluate({"template": "{a}:{c}"}, row) == "1:3"
    assert evaluate({"template": "{a}:{b}"}, row) is None
    assert evaluate({"template": "{a}:{b?}"}, row) == "1:"
    assert evaluate({"first": ["b", "c", "a"]}, row) == "3"
    assert evaluate({"column": ["b", "c"]}, row) == "3"
    assert evaluate({"columns": ["a", "b", "c"], "join": "-"}, row) == "1-3"
    assert evaluate({"list": ["a", "b", {"const": "x"}, "a"]}, row) == ["1", "x"]
    assert evaluate({"column": "a", "when": {"column": "b", "filled": True}}, row) is None
    assert evaluate("a", {"a": "NULL"}, blank=frozenset({"NULL"})) is None


def test_links_stay_open_until_all_are_looked_up() -> None:
    """By source key or by columns; with a blank part there is no link."""
    row = {"a": "7", "b": ""}
    assert evaluate({"link": "party", "key": {"template": "x:{a}"}}, row) == Pending(
        "party", ("source", "source_key"), ("src", "x:7")
    )
    assert evaluate({"link": "party", "by": {"code": "a"}, "on_missing": "empty"}, row) == Pending(
        "party", ("code",), ("7",), "empty"
    )
    assert evaluate({"link": "party", "by": {"code": "b"}}, row) is None
    assert evaluate({"target": "party"}, row) == Made("party")
    with pytest.raises(ImportFault, match="no target of this file is named 'x'"):
        evaluate({"target": "x"}, row)


def test_columns_are_found_or_named() -> None:
    """Without regard to case; a missing one with the nearest; `?` allows it to be missing."""
    assert evaluate("company NAME", {"Company Name": "x"}) == "x"
    assert evaluate("Fax?", {"Phone": "x"}) is None
    assert evaluate("Open Call?", {"Open Call?": "x"}) == "x"
    with pytest.raises(ImportFault, match="has no column 'Phon'; did you mean 'Phone'"):
        evaluate("Phon", {"Phone": "x"})


def test_paths_into_nested_data() -> None:
    """Names with dots between, places, whole arrays, the record around, and positions."""
    data = {
        "a": {"b": [{"c": 1}, {"c": 2}]},
        "id": "r",
        "s": [{"n": "x", "t": [{"m": 1}, {"m": 2}]}, {"n": "y", "t": [{"m": 3}]}],
    }
    names = Names("t.json", None)
    root = Scope(data)
    assert names.getter("a.b[1].c")(root) == 2
    assert names.getter("a.b[].c")(root) == [1, 2]
    assert names.getter("a.b[9].c")(root) is None
    assert names.getter("a.x.y")(root) is None
    inner = [item for outer in items(root, "s[]") for item in items(outer, "t[]")]
    assert [names.getter("m")(s) for s in inner] == [1, 2, 3]
    assert [names.getter("^.n")(s) for s in inner] == ["x", "x", "y"]
    assert [names.getter("#")(s) for s in inner] == [0, 1, 0]
    assert names.getter("$.id")(inner[2]) == "r"
    assert [s.data["m"] for s in items(root, "s[].t[]")] == [1, 2, 3]


def test_conditions() -> None:
    """Filled, equal, one of, matching; all, any, not; a list holds it when one of its values does."""
    compiler = Compiler(Names("t.json", None), Reading(), "src", frozenset())

    def holds(spec: Any, data: dict[str, Any]) -> bool:
        return compiler.condition(ConditionDef.model_validate(spec))(Scope(data))

    row = {"a": "x", "b": None, "roles": ["buyer", "supplier"], "n": 3, "t": True}
    assert holds("a", row)
    assert not holds("b", row)
    assert holds({"column": "b", "filled": False}, row)
    assert holds({"column": "roles[]", "is": "supplier"}, row)
    assert holds({"column": "n", "is": [2, 3]}, row)
    assert holds({"column": "t", "is": "true"}, row)
    assert holds({"column": "a", "is_not": "y"}, row)
    assert not holds({"column": "a", "matches": "[0-9]+"}, row)
    assert holds({"all": ["a", {"not": "b"}]}, row)
    assert not holds({"any": ["b", {"column": "a", "is": "y"}]}, row)


@pytest.mark.parametrize(
    "wrong",
    [
        {"import": "x", "files": [{"file": "a", "targets": []}]},
        {"import": "x", "files": [{"file": "a", "targets": [{"entity": "a"}, {"entity": "a"}]}]},
        {
            "import": "x",
            "files": [{"file": "a", "targets": [{"entity": "a", "fields": {"b": {"column": "x", "const": 1}}}]}],
        },
        {"import": "x", "files": [{"file": "a", "targets": [{"entity": "a", "fields": {"b": {"link": "c"}}}]}]},
        {
            "import": "x",
            "files": [{"file": "a", "targets": [{"entity": "a", "fields": {"b": {"column": "x", "nostep": 1}}}]}],
        },
        {"import": "X y", "files": []},
    ],
)
def test_a_mapping_that_cannot_be_is_refused(wrong: dict[str, Any]) -> None:
    """No target, two of one name, two places for a value, a link without key, an unknown step."""
    with pytest.raises(ValidationError):
        ImportDef.model_validate(wrong)


@pytest.mark.parametrize("style", ["en", "de", "fr"])
@pytest.mark.parametrize("whole", [True, False])
def test_many_numbers_are_read_as_each_is(style: str, whole: bool) -> None:
    """A column of texts becomes the numbers that each text becomes, or is left to be read one by one."""
    texts = [
        "1",
        "007",
        "-3",
        "2.50",
        ".5",
        "5.",
        "1.234",
        "1,5",
        "12-",
        "--1",
        ".",
        "-",
        "½",
        "٣",
        "9" * 25,
        "1_000",
        "1e5",
        "£3",
    ]
    random, read, told = Random(8), NumberReader(style, whole), 0
    for _ in range(400):
        column = random.choices(texts, k=random.choice((1, 1, 2, 3)))
        found = read.many(column)
        if found is not None:
            each = [read(text) for text in column]
            assert list(map(repr, found)) == list(map(repr, each))
            told += 1
    assert told > 20
