"""Questions about records: pages of lists, single records, counts, groups. One `Query` value becomes one SQL statement.

A list sorted by a column that may be empty takes a second statement where the first part ends (see `keyset`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from xrm_core.errors import BadRequest
from xrm_core.expressions import Ctx
from xrm_core.metamodel.catalog import Catalog
from xrm_core.metamodel.values import Page, Query, Record

from . import cursors, keyset
from .asking import Asked, completed
from .estimate import estimated
from .faults import DriverFault
from .filters import with_values
from .grouping import group
from .ids import is_id
from .keyset import Segment
from .listing import Listing, kinds_of
from .lookup import all_by_key, by_key, exists_links, get_many, get_stored, referring, referring_many
from .nesting import nested
from .paths import path_of
from .relation import ALL, Relation
from .statements import Prepared
from .transaction import Transaction

CAP = 10_001
"""Where a capped count stops: "more than 10,000"."""
CAP_OF_SEARCHES = 301
"""Where that of a search for frequent words stops: each record of the list is asked whether it holds them."""


def run(tx: Transaction, catalog: Catalog, query: Query, ctx: Ctx | None = None, relation: Relation = ALL) -> Page:
    """A page of a list, rows keyed by the query's paths (without columns: all stored ones). Without a sort the newest come first.

    Raises NotFound for an unknown entity, BadRequest for an unknown column, a bad cursor or limit, ExpressionFault for a
    filter that is not valid.
    """
    query = completed(catalog, query, relation)
    asked = Asked(tx, catalog, query, ctx, relation)
    listing = asked.listing
    backward = query.after is None and query.before is not None
    cursor = query.before if backward else query.after
    place = None if cursor is None else cursors.decode(listing.sort, kinds_of(listing.keys), cursor)
    try:
        rows = _read(tx, asked, place, backward, query.limit + 1)
        counted = _count(tx, asked, query.count)
    except DriverFault as fault:
        if fault.fault.kind == "value":
            raise BadRequest(
                "a value of the filter is too large, or has characters that are never stored", code="bad_value"
            ) from None
        raise
    more = len(rows) > query.limit
    del rows[query.limit :]
    if backward:
        rows.reverse()
    return Page(
        listing.read_all(rows),
        next=_cursor(listing, rows[-1]) if rows and (backward or more) else None,
        previous=_cursor(listing, rows[0]) if rows and (more if backward else place is not None) else None,
        count=counted[0], count_is=counted[1],
    )  # fmt: skip


def _read(tx: Transaction, asked: Asked, place: list[Any] | None, backward: bool, wanted: int) -> list[tuple[Any, ...]]:
    """Raw rows, `wanted` at most, in the order of reading."""
    listing = asked.listing
    parts = list(keyset.segments(listing.keys, backward))
    if place is not None:
        start: Segment = "all" if len(parts) == 1 else "empty" if place[0] is None else "filled"
        parts = parts[parts.index(start) :]
    rows: list[tuple[Any, ...]] = []
    for part in parts:
        empty = None if place is None else tuple(value is None for value in place)
        given = asked.given if place is None else asked.given | {f"k{i}": v for i, v in enumerate(place)}
        rows += listing.page(part, backward, empty, wanted - len(rows) if rows else wanted).rows(tx, given)
        if len(rows) >= wanted:
            break
        place = None
    return rows


def _cursor(listing: Listing, row: Sequence[Any]) -> str:
    values = []
    for place, convert in zip(listing.key_places, listing.key_readers, strict=True):
        value = row[place]
        values.append(value if value is None or convert is None else convert(value))
    return cursors.encode(listing.sort, values)


def _count(tx: Transaction, asked: Asked, how: str) -> tuple[int | None, Any]:
    if how == "none":
        return None, None
    listing = asked.listing
    if how == "exact":
        return _number(tx, asked, listing.statement("count", lambda: listing.counted(None))), "exact"
    cap = CAP_OF_SEARCHES if asked.goes_through and how == "capped" else CAP
    found = _up_to(tx, asked, cap)
    if found < cap:
        return found, "exact"
    if how == "estimate":
        return max(CAP, estimated(tx, asked.listing, asked.given)), "estimate"
    return cap - 1, "capped"


def _up_to(tx: Transaction, asked: Asked, cap: int) -> int:
    return _number(tx, asked, asked.listing.statement(("capped", cap), lambda: asked.listing.counted(cap)))


def _number(tx: Transaction, asked: Asked, statement: Prepared) -> int:
    return int(statement.rows(tx, asked.given)[0][0])


def count(
    tx: Transaction, catalog: Catalog, query: Query, ctx: Ctx | None = None, relation: Relation = ALL, most: int | None = None
) -> int:  # fmt: skip
    """How many records there are, exactly; with `most` no further than to one more than that. Raises as `run`."""
    asked = Asked(tx, catalog, completed(catalog, query, relation), ctx, relation)
    if most is not None:
        return _up_to(tx, asked, most + 1)
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
    listing = asked.listing

    def make() -> sa.ClauseElement:
        key = listing.keys[0].element
        return (
            sa.select(*listing.elements)
            .select_from(listing.source)
            .where(key == sa.bindparam("id", type_=key.type), *listing.where)
        )

    rows = listing.statement("one", make).rows(tx, asked.given | {"id": id}) if is_id(id) else []
    return listing.read(rows[0]) if rows else None


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
