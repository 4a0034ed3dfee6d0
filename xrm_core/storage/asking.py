"""A query made ready: its listing, found by its shape, and the values of its parameters."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace
from typing import Any

from xrm_core.errors import BadRequest
from xrm_core.expressions import Ctx
from xrm_core.metamodel.catalog import Catalog
from xrm_core.metamodel.values import Query

from . import search
from .listing import MAX_PAGE, Filter, Listing, listings
from .relation import ALL, Relation
from .tables import stored_columns
from .transaction import Transaction

MANY = 500
"""So many rights are remembered for each entity."""


class Asked:
    """A query with its listing and the values of its parameters. `goes_through`: it searches for words that many records hold, and
    asks each record of the list for them."""

    __slots__ = ("constants", "ctx", "given", "goes_through", "listing", "query")

    def __init__(self, tx: Transaction, catalog: Catalog, query: Query, ctx: Ctx | None, relation: Relation) -> None:
        known = listings(catalog, tx.dialect)
        filters: list[Filter] = []
        constants: tuple[Any, ...] = ()
        rule = None if relation.sight is not None else relation.where  # else the mask says which rows there are
        for text, is_rule in ((query.filter, False), (rule, True)):
            if text:
                reads = ALL if is_rule else relation
                found = known.filter(catalog, query.entity, text, reads, len(constants), is_rule=is_rule)
                filters.append(found)
                constants += found.constants
        words = search.parse(query.q) if query.q and query.q.strip() else None
        if words is not None:
            words = search.weighed(tx, catalog, query.entity, words)
        key = (
            query.entity, query.columns, tuple(f.key for f in filters), query.sort, query.deleted,
            words.shape if words else None, relation.key,
        )  # fmt: skip
        self.query, self.goes_through = query, words is not None and words.hits is None
        self.listing = known.listing(key, lambda: Listing(tx, catalog, query, filters, words, relation))
        self.ctx, self.constants = ctx or Ctx(), constants
        builder = self.listing.builder
        self.given: dict[str, Any] = builder.bind(self.ctx, constants) if builder.params else {}
        if words is not None:
            self.given |= search.values(words)

    def renew(self) -> dict[str, Any]:
        """The values of all parameters, with those that a further statement over the same rows brought."""
        builder = self.listing.builder
        if any(name not in self.given for name in builder.params):
            self.given |= builder.bind(self.ctx, self.constants)
        return self.given


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
