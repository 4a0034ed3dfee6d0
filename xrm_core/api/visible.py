"""The catalog as it is for the one who asks: entities, fields and sets that he never reads are not in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from msgspec import structs

from ..metamodel.catalog import SYSTEM_COLUMNS, Catalog, Entity, Field
from ..metamodel.field_type import Column
from ..services.action_specs import Compiled, action_of
from ..services.permits import hidden, opens_action, sees_all
from ..services.work import Work

MOST = 40
"""Catalogs for so many rights are kept, each with its document; then all are made again."""


def catalog_of(work: Work) -> Catalog:
    """The catalog in force, without what does not exist for the actor; the same one where all of it does. Made for each set of
    rights once."""
    if sees_all(work):
        return work.catalog
    made: dict[object, Catalog] = work.catalog.derive("api.visible", dict)
    key = rights_of(work)
    if key not in made:
        if len(made) > MOST:
            made.clear()
        names = [
            name
            for name, entity in work.catalog.entities.items()
            if not entity.retired and work.access.opens(name, "read")
        ]
        entities = {name: _entity(work, work.catalog.entities[name], names) for name in names}
        made[key] = replace(work.catalog, entities=entities, derived={})
    return made[key]


def rights_of(work: Work) -> tuple[Any, ...]:
    """Equal for actors who see the same entities and fields."""
    actor = work.actor
    scoped = tuple(work.access.narrowed(name) for name in work.catalog.entities) if work.access.is_narrowed else ()
    return (frozenset(actor.roles), frozenset(actor.units), actor.kind == "anonymous", actor.scopes, scoped)


def _entity(work: Work, entity: Entity, names: list[str]) -> Entity:
    gone = hidden(work, entity.name)
    columns = {name: _column(work, entity, column) for name, column in entity.columns.items() if name not in gone}
    lifecycle = entity.lifecycle if entity.lifecycle is not None and entity.lifecycle.field not in gone else None
    return replace(
        entity,
        fields={name: _field(field, columns) for name, field in entity.fields.items() if name not in gone},
        columns=columns,
        children={n: c for n, c in entity.children.items() if n not in gone and c.entity in names},
        keys=tuple(key for key in entity.keys if gone.isdisjoint(key.columns)),
        lifecycle=lifecycle,
    )


def _field(field: Field, columns: Mapping[str, Column]) -> Field:
    return structs.replace(field, columns=tuple(columns.get(column.name, column) for column in field.columns))


def _column(work: Work, entity: Entity, column: Column) -> Column:
    """A column that is closed on some of the records may be empty on any."""
    name = entity.field_of_column.get(column.name, column.name)
    if column.name in SYSTEM_COLUMNS or work.access.opening(entity.name).on(name) is None:
        return column
    return structs.replace(column, kind=column.kind.with_null(True))


def without_closed(value: Any, catalog: Catalog) -> Any:
    """A document without the names of entities that links lead to and that are not in this catalog."""
    if isinstance(value, list):
        return [without_closed(one, catalog) for one in value]
    if not isinstance(value, dict):
        return value
    made = {name: without_closed(one, catalog) for name, one in value.items()}
    known = {
        *catalog.entities,
        *(f"mixin:{m}" for m, of in catalog.mixins.items() if not of.isdisjoint(catalog.entities)),
    }
    if isinstance(made.get("x-references"), list):
        made["x-references"] = [name for name in made["x-references"] if name in known]
    if str(made.get("title", "")).startswith("Entity of ") and isinstance(made.get("enum"), list):
        made["enum"] = [name for name in made["enum"] if name in known or name is None]
    return made


def actions_on(work: Work, entity: str) -> list[Compiled]:
    """The actions on an entity that are open to the actor on some record."""
    names = [
        name
        for (of, name), spec in work.host.actions.items()
        if of == entity and opens_action(work, entity, name, spec.effect)
    ]
    return [action_of(work.host, work.catalog, entity, name) for name in names]
