"""The catalog as expressions see it: each entity is turned over when the first expression asks for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Generic, TypeVar

from ..expressions import Children as Rows
from ..expressions import CodeTable, ExprEntity, Expression, ExprField, ExprSettings, Schema, compile_text
from ..metamodel.catalog import Catalog, Children, CodeList, Entity, Field
from ..metamodel.field_type import Column
from ..metamodel.kinds import BOOL, DATE, TEXT, T, choice, decimal, ref, whole
from ..metamodel.text import say

From = TypeVar("From")
Into = TypeVar("Into")

ATTRIBUTES: Mapping[str, T] = {
    "text": TEXT,
    "integer": whole(),
    "decimal": decimal(6),
    "boolean": BOOL,
    "date": DATE,
}
"""Types of code attributes, but for those that name another list's code."""


class Turned(Mapping[str, Into], Generic[From, Into]):
    """A mapping whose values are made from those of another one, each on first use."""

    def __init__(self, source: Mapping[str, From], make: Callable[[From], Into]) -> None:
        self.source, self.make = source, make
        self.made: dict[str, Into] = {}

    def __getitem__(self, name: str) -> Into:
        found = self.made.get(name)
        if found is None:
            found = self.made[name] = self.make(self.source[name])
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self.source)

    def __len__(self) -> int:
        return len(self.source)

    def __contains__(self, name: object) -> bool:
        return name in self.source


def schema_of(catalog: Catalog) -> Schema:
    """The expression schema of a catalog, kept with it. Storage sets its `tables`."""
    return catalog.derive(
        "schema", lambda: make_schema(catalog.entities, catalog.codes, catalog.settings, catalog.functions)
    )


def make_schema(
    entities: Mapping[str, Entity],
    codes: Mapping[str, CodeList],
    settings: Mapping[str, Any],
    functions: Mapping[str, Any] | None = None,
) -> Schema:
    """A schema over entities and code lists, before or after they make a catalog."""
    start = settings.get("fiscal_year_start")
    return Schema(
        entities=Turned(entities, expr_entity),
        codes=Turned(codes, lambda one: code_table(one, codes)),
        settings=ExprSettings(str(start)) if start else ExprSettings(),
        functions=functions or {},
    )


def expr_entity(entity: Entity) -> ExprEntity:
    """An entity: its columns, computed fields and sets of children, each made when an expression first names it."""
    parts: dict[str, Column | Field | Children] = dict(entity.columns)
    parts |= {field.name: field for field in entity.fields.values() if field.formula is not None}
    parts = {**entity.children, **parts}

    def made(part: Column | Field | Children) -> ExprField:
        if isinstance(part, Field):
            return computed(part)
        if isinstance(part, Children):
            return ExprField(part.name, children=Rows(part.entity, part.by), label=part.label)
        kind = ref(entity.name) if part.name == "id" else part.kind
        owner = entity.fields.get(entity.field_of_column.get(part.name, ""))
        return ExprField(part.name, kind, label=owner.label if owner is not None else {})

    return ExprEntity(entity.name, Turned(parts, made), soft_delete=True)


def computed(field: Field) -> ExprField:
    """A formula or roll-up: the type it declares, empty where the expression gives nothing."""
    kind = field.columns[0].kind if field.columns else TEXT
    return ExprField(field.name, kind, formula=field.formula, label=field.label)


def target_of(attribute: str, kind: str) -> str:
    """The list that an attribute of type `codes` or `codes:list` names a code of."""
    return kind.partition(":")[2] or attribute


def code_table(codes: CodeList, lists: Mapping[str, CodeList]) -> CodeTable:
    """A code list with the values of its attributes. An attribute that names a code of another list is a choice from it."""

    def kind_of(name: str, kind: str) -> T:
        other = lists.get(target_of(name, kind)) if kind.startswith("codes") else None
        return (
            ATTRIBUTES.get(kind.partition(":")[0], TEXT) if other is None else choice(tuple(other.values), other.name)
        )

    attributes = {name: kind_of(name, kind).with_null(True) for name, kind in codes.attributes.items()}
    rows = {code: {"label": say(value.label), **value.attributes} for code, value in codes.values.items()}
    return CodeTable(codes.name, attributes, rows, {code: value.label for code, value in codes.values.items()})


def compiled(catalog: Catalog, entity: str, text: str, want: str | None = "bool", *, old: bool = False) -> Expression:
    """A checked expression over the records of an entity, from the schema's cache. `old` adds the record before the change
    (guards of transitions). Raises ExprError."""
    return compile_text(text, schema_of(catalog), entity, want, {"old": entity} if old else None)
