"""All built-in types together, and types made elsewhere."""

from __future__ import annotations

from typing import Any

import jsonschema_rs
import pytest
from stdnum import isbn
from stdnum.exceptions import ValidationError as NoIsbn

from xrm_core.fields import built_in
from xrm_core.metamodel.catalog import Field
from xrm_core.metamodel.field_type import Column, Env, FieldFault, FieldType, NoOptions, ValueType, Widget
from xrm_core.metamodel.kinds import KINDS, T

NEEDED: dict[str, dict[str, Any]] = {
    "choice": {"codes": "method"},
    "multi_choice": {"codes": "method"},
    "link": {"to": "donor"},
    "many_to_many": {"to": "donor"},
    "child_table": {"fields": {"a": {"type": "text"}}},
    "formula": {"of": "money", "is": "record.a"},
    "rollup": {"over": "gifts", "compute": "count"},
}
OPERATORS = {"eq", "ne", "lt", "le", "gt", "ge", "in", "contains", "startsWith", "empty", "notEmpty", "between"}
WIDGETS = {
    "text", "long_text", "number", "money", "percent", "switch", "date", "datetime", "duration", "email", "phone", "url", "address",
    "person_name", "select", "multi_select", "tags", "lookup", "children", "file", "image", "json", "location", "colour", "rating", "readonly",
}  # fmt: skip
NAMES = [kind.name for kind in built_in()]


def test_the_types_are_those_that_were_promised():
    """Each type of the list is there, once."""
    promised = (
        "text long_text integer decimal money percent boolean date datetime duration email phone url address person_name choice multi_choice "
        "tags link many_to_many child_table sequence file image json location colour rating formula rollup country language currency user time_zone"
    )
    assert sorted(NAMES) == sorted(promised.split())


@pytest.mark.parametrize("name", NAMES)
def test_every_type_answers_all_questions(ask, name):
    """Columns of known kinds, a known widget, known operators, and a valid schema for each column that it has."""
    field = ask.field(name, **NEEDED.get(name, {}))
    kind, columns = field.type, field.columns
    assert all(c.kind.kind in KINDS for c in columns)
    assert not columns or columns[0].name.startswith("x")
    assert kind.virtual == (not any(c.stored for c in columns))
    assert kind.widget(field).name in WIDGETS
    assert set(kind.operators(field)) <= OPERATORS
    assert {"empty"} <= set(kind.operators(field)) or name == "boolean" or kind.virtual
    schemas = kind.schema(field)
    assert set(schemas) == ({c.name for c in columns} or {"x"})
    for schema in schemas.values():
        jsonschema_rs.meta.validate(schema)
        assert schema["title"]
    assert kind.check_options(field, {"entities": ["donor", "user"], "codes": ["method"], "mixins": []}) == []
    assert kind.text({}, field, ask.env) == ""


@pytest.mark.parametrize("name", NAMES)
def test_every_option_is_documented(ask, name):
    """Authors read these sentences in their editor."""
    options = ask.types[name].Options
    assert options.model_config["extra"] == "forbid"
    for key, info in options.model_fields.items():
        assert info.description, key


@pytest.mark.parametrize("name", [n for n in NAMES if n not in ("formula", "rollup", "child_table", "many_to_many")])
@pytest.mark.parametrize(
    "raw", ["\0", "a\ud800", object(), {"a": object()}, [object()], float("nan"), b"x", 10**30, ["\0"]]
)
def test_no_value_gets_past_a_fault(ask, name, raw):
    """Whatever a program sends is stored in a form that databases can keep, or refused as a fault; never another error."""
    field = ask.field(name, **NEEDED.get(name, {}))
    for column in field.columns:
        with pytest.raises(FieldFault) as caught:
            field.type.accept({column.name: raw}, field, ask.env)
        caught.value.message.encode()


def test_a_type_that_leaves_a_question_open_cannot_be_made():
    """The class stays abstract, and says which question."""
    for question in ("columns", "accept", "widget", "text", "operators", "read", "schema"):
        answers = {q: (lambda self, *given: None) for q in FieldType.__abstractmethods__ if q != question}
        kind = type("Half", (FieldType,), {"name": "half", **answers})
        with pytest.raises(TypeError, match=question):
            kind()
    with pytest.raises(TypeError, match="abstract"):
        type("Half", (ValueType,), {"name": "half"})()


class Isbn(ValueType):
    """The number of a book, as a plugin would add it."""

    name = "isbn"

    def kind(self, field: Field) -> T:
        """Text."""
        return T("text", not field.required)

    def value(self, raw: Any, field: Field, env: Env) -> str:
        """Thirteen digits."""
        try:
            return isbn.to_isbn13(isbn.validate(raw)).replace("-", "")
        except NoIsbn as fault:
            raise FieldFault(f"{raw} is not an ISBN", code="not_an_isbn") from fault

    def format(self, value: Any, field: Field, env: Env) -> str:
        """With hyphens."""
        return isbn.format(value)

    def widget(self, field: Field) -> Widget:
        """A line."""
        return Widget("text", {"max": 17})

    def operators(self, field: Field) -> tuple[str, ...]:
        """Is it this one."""
        return ("eq", "empty", "notEmpty")

    def schema(self, field: Field) -> dict[str, dict[str, Any]]:
        """Digits."""
        return {field.name: {"type": "string", "pattern": "^[0-9]{13}$"}}


def test_a_type_from_elsewhere_works_as_the_built_in_ones(ask):
    """Five answers make a type of one column."""
    kind = Isbn()
    field = Field("book", "title", kind, NoOptions(), {"en": "Book"}, {})
    assert kind.columns(field) == (Column("book", T("text", True)),)
    assert kind.read({"book": " 0-471-95869-7 "}, field, ask.env) == {"book": "9780471958697"}
    assert kind.accept({"book": None}, field, ask.env) == {"book": None}
    assert kind.text({"book": "9780471958697"}, field, ask.env) == "978-0-471-95869-7"
    assert kind.export({"book": "9780471958697"}, field) == {"book": "9780471958697"}
    assert kind.settle({}, {}, field, ask.env) == {}
    with pytest.raises(FieldFault):
        kind.accept({"book": "123"}, field, ask.env)
