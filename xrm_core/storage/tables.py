"""The table of an entity, as statements use it: typed columns and nothing else. Keys and indexes are a matter of `shape`."""

from __future__ import annotations

import sqlalchemy as sa

from xrm_core.compiler import schema_of
from xrm_core.expressions import Schema
from xrm_core.fields.columns import sql_type
from xrm_core.metamodel.catalog import Catalog, Entity
from xrm_core.metamodel.field_type import Column

from .kept import kept_columns
from .names import limited


def stored_columns(entity: Entity) -> tuple[Column, ...]:
    """The columns of an entity that its table has, in their order."""
    return tuple(column for column in entity.columns.values() if column.stored)


def all_columns(catalog: Catalog, entity: Entity) -> tuple[Column, ...]:
    """The same and those of the paths that are kept for rules: what only the database itself writes."""
    return (*stored_columns(entity), *kept_columns(catalog, entity.name))


def table_of(catalog: Catalog, entity: str) -> sa.Table:
    """The table of an entity, made at first use and kept with the catalog. Columns are keyed by their names in metadata."""
    tables = _tables(catalog)
    found = tables.get(entity)
    if found is None:
        found = tables[entity] = _make(catalog, catalog.entity(entity))
    return found


def schema_with_tables(catalog: Catalog) -> Schema:
    """The expression schema of a catalog; statements made with it read the tables of `table_of`."""

    def give() -> Schema:
        schema = schema_of(catalog)
        schema.tables = lambda entity: table_of(catalog, entity)
        return schema

    return catalog.derive("storage.schema", give)


def adopt(new: Catalog, old: Catalog) -> None:
    """Take over the tables of entities that did not change, so that statements compiled with them stay of use."""
    tables = _tables(new)
    for name, table in _tables(old).items():
        entity = new.entities.get(name)
        if entity is not None and _signature(new, entity) == _signature(old, old.entities[name]):
            tables.setdefault(name, table)


def _tables(catalog: Catalog) -> dict[str, sa.Table]:
    return catalog.derive("storage.tables", dict)


def _signature(catalog: Catalog, entity: Entity) -> tuple[tuple[str, object, int], ...]:
    return tuple((c.name, c.kind, c.digits) for c in all_columns(catalog, entity))


def _make(catalog: Catalog, entity: Entity) -> sa.Table:
    columns = [
        sa.Column(
            limited(c.name),
            sql_type(c.kind, c.digits),
            key=c.name,
            quote=True,
            primary_key=c.name == "id",
            nullable=c.kind.null,
        )
        for c in all_columns(catalog, entity)
    ]
    return sa.Table(limited(entity.name), sa.MetaData(), *columns, quote=True)
