"""Lists whose filter or order is a roll-up: the records that the roll-ups are over are grouped once for all records of the list, with
every roll-up of the same records in one subquery, and the page is read with the number of all records that the filter leaves.

Asking for each record by itself costs as much as there are records, once for the page and once more for the number. Where the filter
names a record that they belong to (`record.donor == …`), the list is short, and each of its records is asked as before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from msgspec import Struct

from xrm_core.expressions import SqlBuilder, Together, Typed, has_gathered
from xrm_core.metamodel.catalog import Catalog
from xrm_core.metamodel.values import Query

from . import branches, keyset
from .keyset import SortKey
from .paths import path_of
from .relation import Relation
from .tables import schema_with_tables

if TYPE_CHECKING:
    from .workshop import Filter, Workshop


class Grouped(Struct, frozen=True):
    """What such statements are made of."""

    source: sa.FromClause
    where: list[sa.ColumnElement[bool]]
    keys: tuple[SortKey, ...]
    ctes: list[sa.CTE]


def is_together(catalog: Catalog, query: Query, filters: Sequence[Filter], relation: Relation) -> bool:
    """Whether a list is read in this way."""
    asked = [f.typed for f in filters if not f.is_rule]
    if not any(has_gathered(n) for n in asked) and not any(has_gathered(n) for n in _sorts(catalog, query, relation)):
        return False
    columns = catalog.entity(query.entity).columns
    names = {name for n in asked for name in branches.equalities(n)}
    return not any(columns[name].kind.kind == "ref" for name in names if name in columns)


def _sorts(catalog: Catalog, query: Query, relation: Relation) -> list[Typed]:
    names = [name.lstrip("-") for name in query.sort]
    return [path_of(catalog, query.entity, name, relation).typed for name in names if name != "id"]


def grouped(shop: Workshop) -> Grouped:
    """The same records as those of a workshop, with their roll-ups worked out together."""
    catalog, query, relation, table = shop.catalog, shop.query, shop.relation, shop.builder.table
    builder = SqlBuilder(schema_with_tables(catalog), query.entity, shop.dialect, table, mask=relation.mask)
    compiler = builder.compiler
    compiler.params = shop.builder.compiler.params  # so that no two parameters get one name
    compiler.gathers = True
    required = frozenset[object]().union(*(f.required for f in shop.filters if not f.is_rule))
    compiler.together = Together(builder.scope, required)
    where = [
        builder.where(f.typed) if not f.is_rule else held
        for f, held in zip(shop.filters, shop.held, strict=True)
    ]  # fmt: skip
    keys = shop.sorted_by(builder)
    rest = [x for x in shop.where_whole if not any(x is held for held in shop.held)]
    return Grouped(builder.source, [*rest, *where], keys, compiler.together.ctes())


def page(shop: Workshop, backward: bool, empty: tuple[bool, ...] | None, limit: int) -> sa.Select[Any]:
    """The rows of a page, each with the number of all records of the list behind its columns."""
    found, own = grouped(shop), shop.builder.table.c.id
    named = [key.element.label(f"s{n}") for n, key in enumerate(found.keys)]
    rows = (
        sa.select(own.label("at"), *named, sa.func.count().over().label("many"))
        .select_from(found.source).where(*found.where).subquery()
    )  # fmt: skip
    keys = [replace(key, element=rows.c[f"s{n}"], plain=False) for n, key in enumerate(found.keys)]
    first = sa.select(rows.c.at, rows.c.many).order_by(*keyset.order(keys, backward))
    if empty is not None:
        places = [
            None if nothing else sa.bindparam(f"k{n}", type_=key.element.type)
            for n, (key, nothing) in enumerate(zip(keys, empty, strict=True))
        ]
        first = first.where(keyset.beyond(keys, places, backward))
    hits = first.limit(sa.literal_column(str(int(limit)), sa.Integer)).add_cte(*found.ctes).cte("hits")
    many = sa.select(hits.c.many).limit(sa.literal_column("1", sa.Integer)).scalar_subquery()
    read = sa.select(*shop.elements_read, many).select_from(shop.source)
    return read.where(own.in_(sa.select(hits.c.at))).order_by(*keyset.order(shop.keys, backward))


def counted(shop: Workshop) -> sa.Select[Any]:
    """The number of records."""
    found = grouped(shop)
    return sa.select(sa.func.count()).select_from(found.source).where(*found.where).add_cte(*found.ctes)


__all__ = ["Grouped", "counted", "grouped", "is_together", "page"]
