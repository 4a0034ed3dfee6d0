"""Lists whose filter or order is a roll-up: the records that the roll-ups are over are grouped once for all records of the list, with
every roll-up of the same records in one subquery, and the page is read with the number of all records that the filter leaves.

Asking for each record by itself costs as much as there are records, once for the page and once more for the number. Where the filter
names a record that they belong to (`record.donor == …`), the list is short, and each of its records is asked as before.

Where an index gives the order (agreed outcomes by the day due), a page that is full after the first records of it needs no group at
all; the number of all records is asked for later.
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
from .indexes import indexes_of
from .joins import needed
from .keyset import Segment, SortKey
from .paths import path_of
from .relation import Relation
from .tables import schema_with_tables

if TYPE_CHECKING:
    from .workshop import Filter, Workshop


FIRST = 1_000
"""Records at the beginning of an order that are asked for their roll-ups one by one, which takes some 10 ms."""


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


def leading(shop: Workshop) -> list[Typed]:
    """The comparisons of the filter with whose columns an index begins that goes on with the order; none where no index does, or
    where the reader does not see one of these columns on every row."""
    keys, entity = shop.keys, shop.catalog.entity(shop.query.entity)
    one_way = keyset.is_one_way(keyset.keys_in(keys, "filled" if keys[0].null else "all"))
    if not one_way or not all(key.plain and key.stored is None for key in keys):
        return []
    sort = tuple(key.name for key in keys)
    compared = {name: x for f in shop.filters if not f.is_rule for name, x in branches.comparisons(f.typed).items()}
    compared = {name: x for name, x in compared.items() if shop.is_shown(name)}
    for index in indexes_of(shop.catalog, entity):
        at = len(index) - len(sort)
        if at > 0 and index[at:] == sort and compared.keys() >= set(index[:at]):
            return [compared[name] for name in index[:at]]
    return []


def soon(
    shop: Workshop, segment: Segment, backward: bool, empty: tuple[bool, ...] | None, limit: int
) -> sa.Select[Any]:
    """The page out of the first records of the order; with fewer rows than `limit` it tells nothing."""
    own, gone = shop.builder.table.c.id, shop.builder.table.c.deleted_at
    keys, limits = shop.limited(segment, backward, empty)
    order, lead = keyset.order(keys, backward), [shop.builder.where(x) for x in leading(shop)]
    if shop.query.deleted != "any":
        lead.append(gone.is_(None) if shop.query.deleted == "no" else gone.is_not(None))
    some = sa.select(own.label("at")).select_from(shop.builder.table).where(*lead, *limits)
    first = some.order_by(*order).limit(_number(FIRST)).subquery("first")
    hits = (
        sa.select(own)
        .select_from(needed(shop.source, [*shop.where, *order]))
        .where(own.in_(sa.select(first.c.at)), *shop.where)
        .order_by(*order)
        .limit(_number(limit))
    )
    read = sa.select(*shop.elements_read).select_from(shop.source)
    return read.where(own.in_(hits.correlate(None))).order_by(*order)


def page(shop: Workshop, backward: bool, empty: tuple[bool, ...] | None, limit: int) -> sa.Select[Any]:
    """The rows of a page, each with the number of all records of the list behind its columns."""
    found, own = grouped(shop), shop.builder.table.c.id
    named = [key.element.label(f"s{n}") for n, key in enumerate(found.keys)]
    rows = (
        sa.select(own.label("at"), *named, sa.func.count().over().label("many"))
        .select_from(found.source).where(*found.where).subquery()
    )  # fmt: skip
    keys = [replace(key, element=rows.c[f"s{n}"], plain=False) for n, key in enumerate(found.keys)]
    first = sa.select(rows).order_by(*keyset.order(keys, backward))
    if empty is not None:
        places = [
            None if nothing else sa.bindparam(f"k{n}", type_=key.element.type)
            for n, (key, nothing) in enumerate(zip(keys, empty, strict=True))
        ]
        first = first.where(keyset.beyond(keys, places, backward))
    hits = first.limit(_number(limit)).add_cte(*found.ctes).cte("hits")
    sorted_by = [replace(key, element=hits.c[f"s{n}"], plain=False) for n, key in enumerate(found.keys)]
    read = sa.select(*shop.elements_read, hits.c.many).select_from(_beside(hits, shop.source, own))
    return read.order_by(*keyset.order(sorted_by, backward))


def _beside(hits: sa.FromClause, source: sa.FromClause, own: sa.ColumnElement[Any]) -> sa.FromClause:
    """The records that are hit, with all that the source joins to them; joins inside of joins would be worked out as a whole."""
    if isinstance(source, sa.Join):
        return _beside(hits, source.left, own).join(source.right, source.onclause, isouter=source.isouter)
    return hits.join(source, own == hits.c.at)


def counted(shop: Workshop) -> sa.Select[Any]:
    """The number of records."""
    found = grouped(shop)
    return sa.select(sa.func.count()).select_from(found.source).where(*found.where).add_cte(*found.ctes)


def _number(n: int) -> sa.ColumnElement[int]:
    return sa.literal_column(str(int(n)), sa.Integer)


__all__ = ["FIRST", "Grouped", "counted", "grouped", "is_together", "leading", "page", "soon"]
