"""A query made ready: its listing, found by its shape, and the values of its parameters."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from xrm_core.errors import BadRequest
from xrm_core.expressions import Ctx, shape
from xrm_core.metamodel.catalog import Catalog
from xrm_core.metamodel.values import Query

from . import search
from .kept_read import KeptReader
from .listing import MAX_PAGE, Filter, Listing, listings
from .relation import ALL, Relation
from .statements import Prepared
from .tables import stored_columns
from .transaction import Transaction
from .workshop import Workshop

MANY = 500
"""So many rights are remembered for each entity."""


class Asked:
    """A query with its listing and what gives the values of its parameters. `goes_through`: it searches for words that many records
    hold, and asks each record of the list for them."""

    __slots__ = ("_asking", "_searched", "_shop", "_tx", "ctx", "found", "goes_through", "listing", "query", "words")

    def __init__(
        self, tx: Transaction, catalog: Catalog, query: Query, ctx: Ctx | None, relation: Relation,
        words: search.Words | None = None, kept: KeptReader | None = None,
    ) -> None:  # fmt: skip
        """`words`: the question of the query, weighed already; `kept`: reads paths of its filter from where they are kept."""
        known = listings(catalog, tx.dialect)
        filters: list[Filter] = []
        constants: tuple[Any, ...] = ()
        rule = None if relation.sight is not None else relation.where  # else the mask says which rows there are
        for text, is_rule in ((query.filter, False), (rule, True)):
            if text:
                reads = ALL if is_rule else relation
                found = known.filter(catalog, query.entity, text, reads, len(constants), is_rule=is_rule)
                filters.append(found if kept is None or is_rule else _from_kept(found, kept))
                constants += found.constants
        if words is None and query.q and query.q.strip():
            words = search.parse(query.q)
            words = words and search.weighed(tx, catalog, query.entity, words)
        key = (
            query.entity, query.columns, tuple(f.key for f in filters), query.sort, query.deleted,
            words.shape if words else None, relation.key,
        )  # fmt: skip
        self.query, self.words = query, words
        self.goes_through = words is not None and words.hits is None
        self._tx, self._asking = tx, (catalog, query, filters, words, relation)
        self._shop: Workshop | None = None
        self.found: int | None = None
        """How many records there are, where that is known."""
        self.listing = known.listing(key, lambda: Listing(self.shop(), tx.database.engine))
        self.ctx = ctx or Ctx()
        if constants:
            self.ctx = self.ctx.with_constants(constants)
        self._searched = search.values(words) if words is not None else None

    @property
    def is_restricted(self) -> bool:
        """Whether the reader may not see everything."""
        return self._asking[4].mask is not None

    def shop(self) -> Workshop:
        """What statements over these rows are made of."""
        if self._shop is None:
            self._shop = Workshop(self._tx, *self._asking)
        return self._shop

    def statement(self, key: object, make: Callable[[Workshop], sa.ClauseElement]) -> Prepared:
        """A statement over these rows (a page, a count, a group), made once for all who ask it; `key` tells it from others."""
        return self.listing.statement(key, make, self.shop)

    def given(self, statement: Prepared, more: dict[str, Any] | None = None) -> dict[str, Any]:
        """The values of its parameters, with those that only the caller knows."""
        found = statement.bind(self.ctx)
        if self._searched is not None:
            found |= self._searched
        return found if more is None else found | more

    def rows(
        self, key: object, make: Callable[[Workshop], sa.ClauseElement], more: dict[str, Any] | None = None
    ) -> list[tuple[Any, ...]]:
        """What a statement answers, as the driver gives it."""
        statement = self.statement(key, make)
        return statement.rows(self._tx, self.given(statement, more))


def _from_kept(filter: Filter, kept: KeptReader) -> Filter:
    typed = kept.typed(filter.typed)
    return filter if typed is filter.typed else Filter(typed, filter.constants, shape(typed))


def completed(catalog: Catalog, query: Query, relation: Relation = ALL) -> Query:
    """The query with the columns that it means: without any, all stored ones that there are for the reader. Raises NotFound for an unknown entity, BadRequest for a bad limit."""
    entity = catalog.entity(query.entity)
    if not 1 <= query.limit <= MAX_PAGE:
        raise BadRequest(f"a page has 1 to {MAX_PAGE} rows, not {query.limit}", code="bad_limit")
    if query.columns:
        return query
    known: dict[Hashable, tuple[str, ...]] = catalog.derive(f"storage.columns.{entity.name}", dict)
    is_kept = relation is ALL or relation.key is not None
    columns = known.get(relation.key) if is_kept else None
    if columns is None:
        hides = relation.hides
        names = (c.name for c in stored_columns(entity))
        columns = tuple(n for n in names if hides is None or not hides(entity.name, n))
        if is_kept:
            if len(known) > MANY:
                known.clear()
            known[relation.key] = columns
    return replace(query, columns=columns)
