"""Questions about records: pages of lists, single records, counts, groups. One `Query` value becomes one SQL statement.

A list sorted by a column that may be empty takes a second statement where the first part ends (see `keyset`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from xrm_core.errors import BadRequest
from xrm_core.expressions import Ctx
from xrm_core.language import _
from xrm_core.metamodel.catalog import Catalog
from xrm_core.metamodel.values import Page, Query, Record

from . import cursors, search, search_walk, together
from .asking import Asked, completed
from .estimate import estimated
from .faults import DriverFault
from .filters import with_values
from .grouping import group
from .ids import is_id
from .keyset import Segment
from .listing import AHEAD, Listing
from .lookup import all_by_key, by_key, exists_links, get_many, get_stored, referring, referring_many
from .nesting import nested
from .paths import path_of
from .relation import ALL, Relation
from .transaction import Transaction
from .workshop import Workshop

CAP = 10_001
"""Where a capped count stops: "more than 10,000"."""
NEAR = AHEAD // 2
"""Records of a page, at most, that is looked for among the next `AHEAD` of the table."""
SOON = 5
"""Records among the first of a list (`listing.AHEAD`) that must be hit, for a page to be full soon by going on."""
CAP_OF_SEARCHES = 301
"""Where that of a search for frequent words stops: each record of the list is asked whether it holds them."""


def run(
    tx: Transaction, catalog: Catalog, query: Query, ctx: Ctx | None = None, relation: Relation = ALL,
    words: search.Words | None = None,
) -> Page:  # fmt: skip
    """A page of a list, rows keyed by the query's paths (without columns: all stored ones). Without a sort the newest come first.
    `words`: what the query searches for, weighed already (`search_survey`).

    Raises NotFound for an unknown entity, BadRequest for an unknown column, a bad cursor or limit, ExpressionFault for a
    filter that is not valid.
    """
    query = completed(catalog, query, relation)
    backward = query.after is None and query.before is not None
    asked = Asked(tx, catalog, query, ctx, relation, words)
    cursor = query.before if backward else query.after
    place = None if cursor is None else cursors.decode(asked.listing.sort, asked.listing.key_kinds, cursor)
    try:
        rows = _read_late(asked, place, backward, query.limit + 1)
        if rows is None:
            if words is None and asked.goes_through and cursor is None:
                asked = _nearer(tx, catalog, asked, relation)
            rows = _read(asked, place, backward, query.limit + 1)
        counted = _count(tx, asked, query.count)
    except DriverFault as fault:
        if fault.fault.kind == "value":
            raise BadRequest(
                _("a value of the filter is too large, or has characters that are never stored"), code="bad_value"
            ) from None
        raise
    listing, more = asked.listing, len(rows) > query.limit
    del rows[query.limit :]
    if backward:
        rows.reverse()
    return Page(
        listing.read_all(rows),
        next=_cursor(listing, rows[-1]) if rows and (backward or more) else None,
        previous=_cursor(listing, rows[0]) if rows and (more if backward else place is not None) else None,
        count=counted[0], count_is=counted[1],
    )  # fmt: skip


def _nearer(tx: Transaction, catalog: Catalog, asked: Asked, relation: Relation) -> Asked:
    """The same question, with what is hit collected where the list begins without it: frequent words are found soon in a list by
    date, but all that begin with one may stand far down in a list by name."""
    assert asked.words is not None
    if not asked.listing.is_late:  # else it was looked for already
        seen, hits = asked.rows("ahead", search_walk.ahead)[0]
        if seen < AHEAD or hits >= SOON:
            return asked
    words = search.gathered(tx, catalog, asked.query.entity, asked.words)
    return asked if words.hits is None else Asked(tx, catalog, asked.query, asked.ctx, relation, words)


def _read_late(asked: Asked, place: list[Any] | None, backward: bool, wanted: int) -> list[tuple[Any, ...]] | None:
    """The same for frequent words in an order that no index gives, where the page is full soon; else None."""
    if not asked.listing.is_late or asked.listing.is_together:
        return None
    at = (_parts(asked, place, backward)[0], backward, _empty(place), wanted)
    rows = asked.rows(("late", at), lambda shop: search_walk.page(shop, *at), _given(place))
    return rows if len(rows) == wanted else None


def _parts(asked: Asked, place: list[Any] | None, backward: bool) -> tuple[Segment, ...]:
    """The segments that are read, one after the other."""
    parts = asked.listing.segments[backward]
    if place is None:
        return parts
    start: Segment = "all" if len(parts) == 1 else "empty" if place[0] is None else "filled"
    return parts[parts.index(start) :]


def _empty(place: list[Any] | None) -> tuple[bool, ...] | None:
    return None if place is None else tuple(value is None for value in place)


def _given(place: list[Any] | None) -> dict[str, Any] | None:
    return None if place is None else {f"k{i}": v for i, v in enumerate(place)}


def _read(asked: Asked, place: list[Any] | None, backward: bool, wanted: int) -> list[tuple[Any, ...]]:
    """Raw rows, `wanted` at most, in the order of reading."""
    if asked.listing.is_together:
        return _read_together(asked, place, backward, wanted)
    rows: list[tuple[Any, ...]] = []
    for part in _parts(asked, place, backward):
        empty, given = _empty(place), _given(place)
        if part == "all" and wanted <= NEAR and asked.listing.looks_near():
            near = (backward, empty, wanted)
            rows = asked.rows(("near", near), lambda shop, near=near: shop.near(*near), given)  # type: ignore[misc]
            if len(rows) == wanted:
                break
            if place is None:
                asked.listing.was_far()
            rows = []
        at = (part, backward, empty, wanted - len(rows))
        rows += asked.rows(("page", at), lambda shop, at=at: shop.page(*at), given)  # type: ignore[misc]
        if len(rows) >= wanted:
            break
        place = None
    return rows


def _read_together(asked: Asked, place: list[Any] | None, backward: bool, wanted: int) -> list[tuple[Any, ...]]:
    """The same where roll-ups are worked out for all records: with the page comes their number. Who does not need that number gets
    the page out of the first records of the order, where an index gives it and the page is full soon."""
    empty, given = _empty(place), _given(place)
    if asked.query.count in ("later", "none") and asked.listing.looks_soon():
        at = (_parts(asked, place, backward)[0], backward, empty, wanted)
        rows = asked.rows(("soon", at), lambda shop: together.soon(shop, *at), given)
        if len(rows) == wanted:
            return rows
        asked.listing.was_far()
    made = ("together", backward, empty, wanted)
    rows = asked.rows(made, lambda shop: together.page(shop, backward, empty, wanted), given)
    if rows or place is None:
        asked.found = int(rows[0][-1]) if rows else 0
    return [tuple(row[:-1]) for row in rows]


def _cursor(listing: Listing, row: Sequence[Any]) -> str:
    values = []
    for place, convert in zip(listing.key_places, listing.key_readers, strict=True):
        value = row[place]
        values.append(value if value is None or convert is None else convert(value))
    return cursors.encode(listing.sort, values)


def _count(tx: Transaction, asked: Asked, how: str) -> tuple[int | None, Any]:
    """The number of records, and what it is. Who does not see all gets no estimate, and where a search for him stops does not hang
    on how frequent its words are: the database knows both from records that he does not see."""
    if how == "none":
        return None, None
    if how == "exact":
        return _number(asked, None) if asked.found is None else asked.found, "exact"
    if how == "later" and asked.found is None and asked.listing.is_together:
        return None, "later"
    words = asked.words
    is_long = words is not None and (asked.goes_through or words.is_many or asked.is_restricted)
    cap = CAP_OF_SEARCHES if is_long and how in ("capped", "later") else CAP
    found = _number(asked, cap) if asked.found is None else min(asked.found, cap)
    if found < cap:
        return found, "exact"
    if how == "estimate" and not asked.is_restricted:
        return max(CAP, estimated(tx, asked)), "estimate"
    return cap - 1, "capped"


def _number(asked: Asked, cap: int | None) -> int:
    made = ("count", cap)
    found = int(asked.rows(made, lambda shop: together.counted(shop) if shop.is_together else shop.counted(cap))[0][0])
    return found if cap is None else min(found, cap)


def count(
    tx: Transaction, catalog: Catalog, query: Query, ctx: Ctx | None = None, relation: Relation = ALL, most: int | None = None
) -> int:  # fmt: skip
    """How many records there are, exactly; with `most` no further than to one more than that. Raises as `run`."""
    asked = Asked(tx, catalog, completed(catalog, query, relation), ctx, relation)
    if most is not None:
        return _number(asked, most + 1)
    return int(_count(tx, asked, "exact")[0] or 0)


def get(
    tx: Transaction, catalog: Catalog, entity: str, id: str, columns: Sequence[str] = (), ctx: Ctx | None = None, *,
    deleted: bool = False, relation: Relation = ALL,
) -> Record | None:  # fmt: skip
    """One record: its stored columns, or the paths asked for; None where there is none. `deleted`: also from the bin."""
    if not columns and relation is ALL:
        return get_stored(tx, catalog, entity, id, deleted=deleted)
    query = Query(entity, tuple(columns), sort=("id",), deleted="any" if deleted else "no")
    query = completed(catalog, query, relation)
    asked = Asked(tx, catalog, query, ctx, relation)
    rows = asked.rows("one", Workshop.one, {"id": id}) if is_id(id) else []
    return asked.listing.read(rows[0]) if rows else None


def find(tx: Transaction, catalog: Catalog, entity: str, filter: str, ctx: Ctx | None = None, limit: int = 100,
         values: Mapping[str, Any] | None = None) -> list[Record]:  # fmt: skip
    """Stored records for which the expression holds, oldest first; `given.name` in it stands for `values`. Raises as `run`."""
    text = with_values(filter, values) if values else filter
    return list(run(tx, catalog, Query(entity, filter=text, sort=("id",), limit=limit), ctx).rows)


__all__ = [
    "ALL", "CAP", "Relation", "all_by_key", "by_key", "count", "exists_links", "find", "get", "get_many", "group", "nested", "path_of",
    "referring",
    "referring_many", "run",
]  # fmt: skip
