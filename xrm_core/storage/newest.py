"""The page of a list of the newest out of the next few hundred records of the table alone: where nearly every record belongs to the list,
it is there, and nothing is sorted as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from xrm_core.expressions import SqlBuilder, Typed
from xrm_core.metamodel.catalog import Catalog

from . import keyset
from .keyset import SortKey
from .tables import schema_with_tables

if TYPE_CHECKING:
    from .workshop import Workshop

AHEAD = 400
"""Records at the beginning of a list that are looked at."""


def page(
    shop: Workshop, catalog: Catalog, led: Typed | None, backward: bool, empty: tuple[bool, ...] | None, limit: int
) -> sa.Select[Any]:
    """The page. `led`: a comparison whose rows an index gives in that order."""
    schema, builder = schema_with_tables(catalog), shop.builder
    own, others = builder.table, builder.table.alias("near")
    key = SortKey("id", others.c.id, shop.keys[0].kind, shop.keys[0].descending)
    some = sa.select(_row(others).label("at")).order_by(*keyset.order([key], backward))
    if empty is not None:
        some = some.where(keyset.beyond([key], [sa.bindparam("k0", type_=own.c.id.type)], backward))
    if led is not None:
        other = SqlBuilder(schema, builder.entity, shop.dialect, others)
        other.compiler.params = builder.compiler.params
        some = some.where(other.where(led))
    ids = some.limit(sa.literal_column(str(AHEAD), sa.Integer)).subquery("ids")
    read = sa.select(*shop.elements_read).select_from(ids.join(own, _row(own) == ids.c.at))
    count = sa.literal_column(str(int(limit)), sa.Integer)
    return read.where(*shop.where).order_by(*keyset.order(shop.keys, backward)).limit(count)


def _row(table: sa.FromClause) -> sa.ColumnElement[int]:
    """SQLite's own number of a row: by it a row is read at once, and by no index that a condition may suggest."""
    return sa.column("rowid", sa.Integer, _selectable=table)
