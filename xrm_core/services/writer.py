"""What writing an entity takes, worked out once per catalog: columns, required fields, conditions, rules, links, sequences."""

from __future__ import annotations

from collections.abc import Callable, Collection
from difflib import get_close_matches
from typing import Any

from msgspec import Struct

from ..compiler import compiled
from ..errors import Problem
from ..expressions import Expression
from ..language import _
from ..metamodel.catalog import SYSTEM_COLUMNS, Catalog, Children, Entity, Field, Rule
from ..metamodel.field_type import Env, FieldType, ValueType
from ..metamodel.text import say

Reading = Callable[[Any, Field, Env], Any]


class LinkColumn(Struct, frozen=True):
    """A column that points to records; `entity_column` names the target's entity where several are allowed."""

    column: str
    field: Field
    targets: tuple[str, ...]
    entity_column: str | None = None


class Writer(Struct, frozen=True, eq=False):
    """The write plan of one entity. `plain` has, for fields of one column, what reads a value, and what reads a text where
    that is no more than stripping it and parsing it; `required` leaves out numbers, which are given late."""

    entity: Entity
    stored: tuple[Field, ...]
    owner: dict[str, Field]
    simple: frozenset[str]
    plain: dict[str, tuple[Reading, Reading | None, Field]]
    names: dict[str, frozenset[str]]
    settled: tuple[tuple[Field, tuple[str, ...]], ...]
    rows: dict[str, Children]
    constants: tuple[tuple[Field, Any], ...]
    computed: tuple[tuple[Field, Expression], ...]
    required: tuple[tuple[Field, tuple[str, ...]], ...]
    required_when: tuple[tuple[Field, Expression], ...]
    visible_when: dict[str, Expression]
    read_only_when: tuple[tuple[Field, Expression], ...]
    rules: tuple[tuple[Rule, Expression, Expression | None], ...]
    links: tuple[LinkColumn, ...]
    files: tuple[LinkColumn, ...]
    sequences: tuple[Field, ...]
    blank: dict[str, Any]

    def unknown(self, name: str, hidden: Collection[str] = ()) -> Problem:
        """The problem of a name that is no writable column; names in `hidden` do not exist for the one who asks."""
        if name not in hidden and (
            name in SYSTEM_COLUMNS or (name in self.entity.fields and self.entity.fields[name].virtual)
        ):
            return Problem(
                _("{name} is kept by the platform and cannot be set", name=name), code="read_only", field=name
            )
        near = get_close_matches(name, [n for n in (*self.owner, *self.rows) if n not in hidden], 1)
        hint = _("did you mean {near!r}?", near=near[0]) if near else None
        return Problem(
            _("{name} has no field {name2!r}", name=self.entity.name, name2=name),
            code="unknown_field",
            field=name,
            hint=hint,
        )


def writer_of(catalog: Catalog, entity: str) -> Writer:
    """The write plan of an entity, made at first use and kept with the catalog. Raises NotFound."""
    found = catalog.entity(entity)
    return catalog.derive(f"writer:{entity}", lambda: _make(catalog, found))


def _make(catalog: Catalog, entity: Entity) -> Writer:
    def rule(text: str) -> Expression:
        return compiled(catalog, entity.name, text, "bool")

    fields = [f for f in entity.fields.values() if not f.retired]
    stored = tuple(f for f in fields if not f.virtual)
    links = tuple(
        _link(catalog, f)
        for f in stored
        if any(c.references or c.kind.kind == "ref" for c in f.columns) and _targets(f)
    )
    constants, computed = _defaults(catalog, entity, stored)
    return Writer(
        entity=entity,
        stored=stored,
        owner={c.name: f for f in stored for c in f.columns},
        plain={
            f.name: (f.type.value, f.type.parse if type(f.type).read is ValueType.read else None, f)
            for f in stored
            if isinstance(f.type, ValueType) and not f.read_only and f.type.name != "sequence"
        },
        names={f.name: frozenset(c.name for c in f.columns) for f in stored},
        simple=frozenset(f.name for f in stored if isinstance(f.type, ValueType)),
        settled=tuple(
            (f, tuple(c.name for c in f.columns)) for f in stored if type(f.type).settle is not FieldType.settle
        ),
        rows={name: c for name, c in entity.children.items() if c.kind != "reverse"},
        constants=constants,
        computed=computed,
        required=tuple(
            (f, tuple(c.name for c in f.columns)) for f in stored if f.required and f.type.name != "sequence"
        ),
        required_when=tuple((f, rule(f.required_when)) for f in stored if f.required_when),
        visible_when={f.name: rule(f.visible_when) for f in stored if f.visible_when},
        read_only_when=tuple((f, rule(f.read_only_when)) for f in stored if f.read_only_when),
        rules=tuple((r, rule(r.check), rule(r.when) if r.when else None) for r in entity.rules),
        links=links,
        files=tuple(link for link in links if "xrm_file" in link.targets),
        sequences=tuple(f for f in stored if f.type.name == "sequence"),
        blank={c.name: False if c.kind.kind == "bool" else None for f in stored for c in f.columns},
    )


def _targets(field: Field) -> Any:
    return field.columns[0].kind.of


def _link(catalog: Catalog, field: Field) -> LinkColumn:
    targets = field.columns[0].kind.entities
    return LinkColumn(field.columns[0].name, field, targets, field.columns[1].name if len(field.columns) > 1 else None)


def _defaults(
    catalog: Catalog, entity: Entity, stored: tuple[Field, ...]
) -> tuple[tuple[tuple[Field, Any], ...], tuple[tuple[Field, Expression], ...]]:
    """Constants as the author wrote them, and defaults that are computed from the other fields of a new record."""
    constants: list[tuple[Field, Any]] = []
    computed: list[tuple[Field, Expression]] = []
    for field in stored:
        if field.default is None:
            continue
        text = field.default
        kind = field.columns[0].kind.kind
        if isinstance(text, str) and text.startswith("="):
            computed.append((field, compiled(catalog, entity.name, text[1:].strip(), None)))
        elif text in ("today", "now") and kind in ("date", "datetime"):
            computed.append((field, compiled(catalog, entity.name, f"{text}()", None)))
        else:
            constants.append((field, text))
    return tuple(constants), tuple(computed)


def label_of(field: Field, language: str) -> str:
    """The field's label as people read it."""
    return say(field.label, language)
