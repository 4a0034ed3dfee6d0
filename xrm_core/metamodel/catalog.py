"""The catalog: the compiled, immutable whole of all metadata in force."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal, TypeVar

from msgspec import Struct
from msgspec import field as filled
from pydantic import BaseModel

from ..errors import NotFound, Where
from ..language import _
from .dashboards import Compute, Dashboard, Part
from .definitions import NextStepDef, SimilarDef, TimelineDef
from .field_type import Column, FieldType
from .kinds import BOOL, DATETIME, INT, T
from .rights import DepartmentDef, GrantDef, NeedsDef, RoleDef
from .text import Text

Made = TypeVar("Made")

ORGANISATION = "organisation"
"""The layer of metadata that is the organisation's own."""

SYSTEM_COLUMNS: Mapping[str, Column] = {
    "id": Column("id", T("ref", False)),
    "version": Column("version", INT),
    "created_at": Column("created_at", DATETIME),
    "created_by": Column("created_by", T("ref", True, of="user")),
    "updated_at": Column("updated_at", DATETIME),
    "updated_by": Column("updated_by", T("ref", True, of="user")),
    "deleted_at": Column("deleted_at", DATETIME.with_null(True)),
}
"""Columns that every entity has. `id` is a UUIDv7 (RFC 9562) as text; times are UTC; `version` counts writes from 1."""


class Field(Struct, frozen=True, eq=False):
    """A field in force. `columns` are its stored columns (empty for virtual types); expression texts are already checked."""

    name: str
    entity: str
    type: FieldType
    options: BaseModel
    label: Text
    help: Text
    columns: tuple[Column, ...] = ()
    required: bool = False
    default: Any = None
    unique: bool = False
    read_only: bool = False
    hidden: bool = False
    index: bool = False
    data_class: str | None = None
    visible_when: str | None = None
    required_when: str | None = None
    read_only_when: str | None = None
    formula: str | None = None
    was: str | None = None
    retired: bool = False
    mixin: str | None = None
    layer: str = ""
    where: Where | None = None

    @property
    def virtual(self) -> bool:
        """True when nothing of it is stored in the entity's own table (formula, roll-up, child table, many-to-many)."""
        return self.type.virtual


class Children(Struct, frozen=True):
    """Records of `entity` whose link `by` points here: a child table, the ties of a many-to-many, or a reverse link.
    `tie` is the link field of a tie that points to the other side."""

    name: str
    entity: str
    by: str
    kind: Literal["child_table", "many_to_many", "reverse"]
    label: Text
    tie: str | None = None


class Key(Struct, frozen=True):
    """These columns are unique together, among records not in the bin for which `when` holds."""

    columns: tuple[str, ...]
    when: str | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """A cross-field check with its message."""

    check: str
    message: Text
    field: str | None = None
    when: str | None = None
    where: Where | None = None
    in_database: bool = False
    """Whether it is a constraint of the table too."""

    @property
    def whole(self) -> str:
        """The check as one condition: what must be true of every record."""
        return self.check if self.when is None else f"!({self.when}) || ({self.check})"


class Transition(Struct, frozen=True):
    """A way from states to a state (see `TransitionDef`)."""

    name: str
    label: Text
    sources: tuple[str, ...]
    target: str
    require: tuple[str, ...] = ()
    when: str | None = None
    message: Text | None = None
    may: tuple[str, ...] = ()
    set: Mapping[str, str] = filled(default_factory=dict)
    reason: Literal["no", "asked", "required"] = "no"
    automatic: bool = False


class Lifecycle(Struct, frozen=True):
    """The states of an entity and the transitions between them. `states` are the codes of the field's list in order."""

    field: str
    states: tuple[str, ...]
    create_in: tuple[str, ...]
    transitions: Mapping[str, Transition]


@dataclass(frozen=True, slots=True, eq=False)
class Entity:
    """An entity in force. `columns` holds all stored columns by name, system columns first. `children` are the child tables,
    ties and reverse links by name. `parent` is the link to the owning record when the entity is a child table or a tie.
    `domain` is the plugin (or "organisation") that declares it."""

    name: str
    label: Text
    plural: Text
    description: Text
    icon: str
    title: str
    fields: Mapping[str, Field]
    columns: Mapping[str, Column]
    children: Mapping[str, Children]
    mixins: frozenset[str] = frozenset()
    keys: tuple[Key, ...] = ()
    search: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()
    lifecycle: Lifecycle | None = None
    parent: str | None = None
    history: bool = True
    append_only: bool = False
    integrates: str | None = None
    connects: tuple[str, ...] = ()
    timeline: TimelineDef | None = None
    next_step: NextStepDef | None = None
    similar: SimilarDef | None = None
    domain: str = ""
    was: str | None = None
    retired: bool = False
    where: Where | None = None
    field_of_column: Mapping[str, str] = field(default_factory=dict)

    def field(self, name: str) -> Field:
        """The field of that name. Raises NotFound naming entity and field."""
        try:
            return self.fields[name]
        except KeyError:
            raise NotFound(
                _("{entity} has no field {name!r}", entity=self.name, name=name), code="unknown_field"
            ) from None


class CodeValue(Struct, frozen=True):
    """One code of a list; `attributes` are typed as the list declares."""

    code: str
    label: Text
    help: Text
    valid_from: date | None = None
    valid_until: date | None = None
    replaced_by: str | None = None
    was: str | None = None
    parent: str | None = None
    colour: str | None = None
    retired: bool = False
    attributes: Mapping[str, Any] = filled(default_factory=dict)

    def is_valid(self, on: date) -> bool:
        """May the code be newly chosen on that day?"""
        return (
            not self.retired
            and (self.valid_from is None or self.valid_from <= on)
            and (self.valid_until is None or on <= self.valid_until)
        )


class CodeList(Struct, frozen=True):
    """A codified reference list in force; `values` in the order written."""

    name: str
    label: Text
    description: Text
    values: Mapping[str, CodeValue]
    attributes: Mapping[str, str] = filled(default_factory=dict)
    steward: str | None = None
    scheme: str | None = None
    where: Where | None = None
    required: tuple[str, ...] = ()


class Section(Struct, frozen=True):
    """Fields under a heading."""

    label: Text
    columns: int
    fields: tuple[str, ...]
    visible_when: str | None = None


class Tab(Struct, frozen=True):
    """A tab: sections of fields, then related lists (names in `Entity.children`)."""

    label: Text
    sections: tuple[Section, ...]
    related: tuple[str, ...] = ()


class Form(Struct, frozen=True):
    """How a record is laid out; generated from the entity's fields where nobody wrote one."""

    entity: str
    tabs: tuple[Tab, ...]


class View(Struct, frozen=True):
    """A named list, board, calendar, timeline or chart. `departments` and `roles`: whose view it is; everybody's where none is
    named."""

    name: str
    entity: str
    label: Text
    kind: Literal["list", "board", "calendar", "timeline", "chart"]
    columns: tuple[str, ...]
    filter: str | None = None
    sort: tuple[str, ...] = ()
    by: str | None = None
    card: tuple[str, ...] = ()
    sum: str | None = None
    default: bool = False
    departments: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    start: bool = False
    due: str | None = None
    until: str | None = None
    lanes: str | None = None
    limits: Mapping[str, int] = filled(default_factory=dict)
    group: str | None = None
    part: Part | None = None
    stack: str | None = None
    value: str | None = None
    compute: Compute | None = None
    chart: Literal["bar", "line", "donut", "stacked"] = "bar"


class MenuItem(Struct, frozen=True):
    """An entry of the menu; exactly one of entity, view, page leads. `departments` and `roles`: to whom alone it is offered.
    `count`: how many records it leads to stands beside it."""

    label: Text
    icon: str
    entity: str | None = None
    view: str | None = None
    page: str | None = None
    departments: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    count: bool = False


class MenuGroup(Struct, frozen=True):
    """A group of the menu. `departments` and `roles`: for whom it stands before the others."""

    name: str
    label: Text
    icon: str
    order: int
    items: tuple[MenuItem, ...]
    departments: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()


class Setting(Struct, frozen=True):
    """One place that set a key: the layer (plugin, "organisation"), file and line, and the value written there."""

    layer: str
    where: Where
    value: Any


@dataclass(frozen=True, slots=True, eq=False)
class Catalog:
    """All metadata in force. `version` is the hash of what it was compiled from. `provenance` maps a key path
    (`donor.tier.label`) to the places that set it, lowest layer first. `functions` are those that plugins add to expressions."""

    version: str
    entities: Mapping[str, Entity]
    codes: Mapping[str, CodeList] = field(default_factory=dict)
    forms: Mapping[str, Form] = field(default_factory=dict)
    views: Mapping[str, View] = field(default_factory=dict)
    menu: tuple[MenuGroup, ...] = ()
    dashboards: Mapping[str, Dashboard] = field(default_factory=dict)
    departments: Mapping[str, DepartmentDef] = field(default_factory=dict)
    roles: Mapping[str, RoleDef] = field(default_factory=dict)
    grants: tuple[GrantDef, ...] = ()
    grant_places: tuple[tuple[str, Where], ...] = ()
    """Layer and place of each grant, in their order."""
    needs: NeedsDef = field(default_factory=NeedsDef)
    imports: Mapping[str, Any] = field(default_factory=dict)
    samples: Mapping[str, Any] = field(default_factory=dict)
    mixins: Mapping[str, frozenset[str]] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    functions: Mapping[str, Any] = field(default_factory=dict)
    provenance: Mapping[str, tuple[Setting, ...]] = field(default_factory=dict)
    derived: dict[str, Any] = field(default_factory=dict, repr=False)

    def entity(self, name: str) -> Entity:
        """The entity of that name. Raises NotFound."""
        found = self.entities.get(name)
        if found is None:
            raise NotFound(f"there is no entity {name!r}", code="unknown_entity")
        return found

    def grants_on(self, entity: Entity) -> Iterator[GrantDef]:
        """The grants and denies that speak of an entity or of one of its mixins, in the order of the layers."""
        return (g for g in self.grants if g.entity == entity.name or g.mixin in entity.mixins)

    def views_of(self, entity: str) -> tuple[View, ...]:
        """The views over an entity, the default one first."""
        return tuple(sorted((v for v in self.views.values() if v.entity == entity), key=lambda v: not v.default))

    def targets(self, to: str | tuple[str, ...]) -> tuple[str, ...]:
        """Entities a link may point to: names as they are, `mixin:relationship` as every entity that carries it."""
        names = (to,) if isinstance(to, str) else to
        found: dict[str, None] = {}
        for name in names:
            members = self.mixins.get(name[6:], frozenset()) if name.startswith("mixin:") else (name,)
            found.update(dict.fromkeys(sorted(members)))
        return tuple(found)

    def currency_of(self, field: Field) -> str | None:
        """The path, from the field's entity, to the column with the currency that it is shown in: of the field that its option
        `currency_from` names, there or on the record that a row belongs to. None where it names none."""
        name = getattr(field.options, "currency_from", None)
        entity = self.entities.get(field.entity)
        for owner, prefix in (
            ((entity, ""), (self.entities.get(entity.parent or ""), f"{entity.parent}.")) if entity else ()
        ):
            source = owner.fields.get(name) if owner is not None and name else None
            if source is not None and source.type.name in ("money", "currency"):
                return f"{prefix}{name}_currency" if source.type.name == "money" else f"{prefix}{name}"
        return None

    def derive(self, key: str, make: Callable[[], Made]) -> Made:
        """A value computed from this catalog once and kept with it (expression schema, tables, validators)."""
        if key not in self.derived:
            self.derived[key] = make()
        return self.derived[key]  # type: ignore[no-any-return]  # the caller's `make` decides the type


__all__ = [
    "BOOL",
    "SYSTEM_COLUMNS",
    "Catalog",
    "Children",
    "CodeList",
    "CodeValue",
    "Dashboard",
    "Entity",
    "Field",
    "Form",
    "Key",
    "Lifecycle",
    "MenuGroup",
    "MenuItem",
    "Rule",
    "Section",
    "Setting",
    "Tab",
    "Transition",
    "View",
]  # fmt: skip
