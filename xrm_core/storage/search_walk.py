"""Going through a list for frequent words: what stands where it begins, and its page in an order that no index gives.

Both databases ask each record of such a list for its words before they sort: as many look-ups in the search index as there are
records. Sorting alone costs a fraction of that; so the list is sorted first, and what it begins with is asked for the words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from . import branches, keyset
from .joins import needed
from .keyset import Segment
from .newest import AHEAD

if TYPE_CHECKING:
    from .workshop import Workshop

FIRST = 4_000
"""Records at the beginning of the order that are asked for the words: a page of what one in fifty holds."""


def is_late(shop: Workshop) -> bool:
    """Whether a list is sorted by what is joined, which no index does."""
    return needed(shop.source, [key.element for key in shop.keys]) is not shop.builder.table


def page(
    shop: Workshop, segment: Segment, backward: bool, empty: tuple[bool, ...] | None, limit: int
) -> sa.Select[Any]:
    """The page out of the first records of the order; with fewer rows than `limit` it tells nothing."""
    assert shop.searched is not None
    own = shop.builder.table.c.id
    keys, limits = shop.limited(segment, backward, empty)
    held, order = [*_others(shop), *limits], keyset.order(keys, backward)
    some = sa.select(own.label("at")).select_from(needed(shop.source, [*held, *order])).where(*held)
    first = some.order_by(*order).limit(_number(FIRST)).subquery("first")
    hits = (
        sa.select(own)
        .select_from(needed(shop.source, [shop.searched, *order]))
        .where(own.in_(sa.select(first.c.at)), shop.searched)
        .order_by(*order)
        .limit(_number(limit))
    )
    read = sa.select(*shop.elements_read).select_from(shop.source)
    return read.where(own.in_(hits.correlate(None))).order_by(*order)


def ahead(shop: Workshop) -> sa.Select[Any, Any]:
    """How many of the first records of the list there are (`AHEAD` at most), and how many of them hold the words."""
    assert shop.searched is not None
    if isinstance(shop.searched, sa.sql.elements.False_):  # of the reader who sees none of what is searched
        return sa.select(_number(0), _number(0))
    segment = next(iter(keyset.segments(shop.keys, False)))
    keys, limits = shop.limited(segment, False, None)
    held, order = [*_others(shop), *limits], keyset.order(keys, False)
    some = sa.select(shop.searched.label("held"), *[key.element for key in keys])
    some = some.select_from(needed(shop.source, [shop.searched, *held, *order])).where(*held)
    if shop.parts[1] and shop.parts[0] == segment:
        parts, places = [some.where(part) for part in shop.parts[1]], range(1, len(keys) + 1)
        merged: Any = branches.merged(parts, places, keys, False, AHEAD, shop.dialect)
        first = merged.subquery()
    else:
        first = some.order_by(*order).limit(_number(AHEAD)).subquery()
    is_held = sa.type_coerce(first.c[0], sa.Boolean())
    return sa.select(sa.func.count(), sa.func.count().filter(is_held)).select_from(first)


def _others(shop: Workshop) -> list[sa.ColumnElement[bool]]:
    return [x for x in shop.where if x is not shop.searched]


def _number(n: int) -> sa.ColumnElement[int]:
    return sa.literal_column(str(int(n)), sa.Integer)


__all__ = ["FIRST", "ahead", "is_late", "page"]
