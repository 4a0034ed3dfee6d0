"""Filters as people see them: the form that adds a condition, and chips for conditions in force."""

from __future__ import annotations

import re

from ..compiler import schema_of
from ..errors import BadRequest, NotFound, XrmError
from ..expressions import ExprError, parse, sentence
from ..metamodel.catalog import Entity, Field
from ..metamodel.field_type import FieldFault
from ..metamodel.text import say
from ..services.lists import quote
from ..services.records import read_record
from ..services.sight import reads, reads_text
from ..services.work import Work
from .cells import codes_of
from .models import FilterBuilder, FormField, Lookup, Option
from .offered import list_of

OPERATORS = {
    "eq": "is", "ne": "is not", "lt": "is less than", "le": "is at most", "gt": "is more than", "ge": "is at least",
    "in": "is one of", "contains": "contains", "startsWith": "begins with", "empty": "is empty", "notEmpty": "is not empty",
}  # fmt: skip
SIGNS = {"eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}
BARE = frozenset({"empty", "notEmpty"})
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def filterable(work: Work, entity: Entity) -> list[Field]:
    """Fields that the filter form offers the reader."""
    known = (f for f in entity.fields.values() if f.columns and not f.retired and f.type.operators(f))
    return [f for f in known if reads(work, entity, f.name)]


def builder_of(work: Work, entity: Entity, expression: str, error: str = "", chosen: str = "") -> FilterBuilder:
    """The filter form for an entity: first the fields that its list shows, then the others by their labels."""
    listed = list_of(work, entity.name)
    place = {name: n or len(listed.columns) for n, name in enumerate(listed.columns)} if listed else {}
    fields = sorted(
        filterable(work, entity),
        key=lambda f: (place.get(f.name, len(place) + 1), say(f.label, work.language).casefold()),
    )
    field = next((f for f in fields if f.name == chosen), fields[0] if fields else None)
    options = tuple(Option(value=f.name, label=say(f.label, work.language), selected=f is field) for f in fields)
    operators = tuple(
        Option(value=o, label=OPERATORS[o]) for o in (field.type.operators(field) if field else ()) if o in OPERATORS
    )
    return FilterBuilder(
        fields=options,
        operators=operators,
        value=_value(work, entity, field),
        options_url=f"/filter/{entity.name}",
        expression=expression,
        error=error,
    )


def _value(work: Work, entity: Entity, field: Field | None) -> FormField:
    if field is None:
        return FormField(name="filter_value", label="Value")
    kind = field.columns[0].kind
    codes = codes_of(work, field)
    if codes:
        options = tuple(Option(value=c.code, label=say(c.label, work.language)) for c in codes.values())
        return FormField(name="filter_value", label="Value", widget="select", options=options)
    if kind.kind == "bool":
        return FormField(
            name="filter_value",
            label="Value",
            widget="select",
            options=(Option(value="true", label="yes"), Option(value="false", label="no")),
        )
    if kind.kind == "ref" and "xrm_file" in kind.entities:
        return FormField(name="filter_value", label="Value", widget="hidden")
    if kind.kind == "ref":
        target = (
            say(work.entity(kind.entities[0]).label, work.language)
            if len(kind.entities) == 1
            else say(field.label, work.language)
        )
        lookup = Lookup(url=f"/lookup/{entity.name}/{field.name}", kind=target.lower())
        return FormField(name="filter_value", label="Value", widget="lookup", lookup=lookup)
    widget = {"date": "date", "datetime": "datetime"}.get(kind.kind, "text")
    return FormField(name="filter_value", label="Value", widget=widget)  # type: ignore[arg-type]  # the three above


def condition(work: Work, entity: Entity, name: str, operator: str, text: str) -> str:
    """The expression of one condition of the filter form. Raises BadRequest where a value does not fit its field."""
    field = next((f for f in filterable(work, entity) if f.name == name), None)
    if field is None or operator not in field.type.operators(field):
        raise BadRequest(f"{say(entity.plural)} cannot be filtered by {name!r} like that", code="bad_filter")
    if operator == "empty":
        return f"record.{name} == null"
    if operator == "notEmpty":
        return f"record.{name} != null"
    if operator in ("contains", "startsWith"):
        return (
            f"record.{name}.lower().{operator}({quote(text.lower())})"
            if field.columns[0].kind.kind == "text"
            else f"{quote(text)} in record.{name}"
        )
    if operator == "in":
        values = [_literal(work, field, part.strip()) for part in text.split(",") if part.strip()]
        return f"record.{name} in [{', '.join(values)}]"
    if operator not in SIGNS:
        raise BadRequest(f"{operator} is no condition of the filter form", code="bad_filter")
    return f"record.{name} {SIGNS[operator]} {_literal(work, field, text)}"


def _literal(work: Work, field: Field, text: str) -> str:
    """A text as a constant of the field's kind."""
    kind = field.columns[0].kind.kind
    if kind == "ref":
        text = text.rpartition("/")[2]
        if not text:
            raise BadRequest(f"choose a record for {say(field.label, work.language)}", code="bad_filter")
    try:
        if field.virtual:
            value = text if kind in ("text", "date") else str(float(text)) if "." in text else str(int(text))
        elif kind in ("list",):
            return quote(text)
        else:
            value = field.type.export(field.type.read({field.columns[0].name: text}, field, work.env), field)[
                field.columns[0].name
            ]
    except (FieldFault, ValueError, KeyError) as fault:
        label = say(field.label, work.language)
        raise BadRequest(f"{text!r} is no value for {label}: {fault}", code="bad_filter") from None
    if kind == "date":
        return f"date({quote(value)})"
    if kind == "datetime":
        return f"timestamp({quote(value)})"
    if kind == "duration":
        return f"duration({quote(value)})"
    return value if kind in ("int", "decimal", "bool") else quote(value)


def chip_of(work: Work, entity: Entity, text: str) -> tuple[str, str]:
    """What a chip says for an expression: the field it is about, and the rest in words."""
    try:
        schema = schema_of(work.catalog)
        if not reads_text(work, entity.name, text):
            return "Expression", text
        said = sentence(parse(text), schema, entity.name)
    except (ExprError, XrmError):
        return "Expression", text
    labels = sorted(
        ((say(f.label, "en"), f) for f in entity.fields.values()), key=lambda pair: len(pair[0]), reverse=True
    )
    for label, field in labels:
        for form in (label, label.lower()):
            if said.startswith(form + " "):
                return label, _named(work, field, said[len(form) + 1 :])
    return "Filter", said


def _named(work: Work, field: Field, said: str) -> str:
    """The words of a condition with the titles of records in place of their ids, where the reader may see them."""
    if not field.columns or field.columns[0].kind.kind != "ref":
        return said
    for id in dict.fromkeys(UUID.findall(said)):
        for target in field.columns[0].kind.entities:
            try:
                said = said.replace(id, str(read_record(work, target, id, ("display",))["display"]))
            except NotFound:
                continue
    return said
