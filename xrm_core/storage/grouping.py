"""Counts and sums by the values of a column: boards and small reports."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from xrm_core.errors import BadRequest
from xrm_core.expressions import Ctx
from xrm_core.metamodel.catalog import Catalog
from xrm_core.metamodel.values import Query

from .asking import Asked
from .paths import path_of
from .relation import ALL, Relation
from .transaction import Transaction
from .values import reader
from .workshop import Workshop

HALF = 10**9
"""SQLite's sum() fails beyond 64 bits; so the upper and the lower digits are summed apart and joined here."""
SUMMED = ("int", "decimal", "duration")


def group(
    tx: Transaction, catalog: Catalog, query: Query, by: str, total: str | None = None, ctx: Ctx | None = None,
    relation: Relation = ALL,
) -> dict[Any, tuple[int, Any]]:  # fmt: skip
    """Value of the path `by` -> number of records and sum of the path `total` (None without one, or without a value).
    Raises as `query.run`."""
    kind = path_of(catalog, query.entity, total, relation).type if total else None
    if kind is not None and kind.kind not in SUMMED:
        raise BadRequest(f"{total} cannot be summed up", code="bad_sum", hint="name a field that holds numbers")
    columns = (by, total) if total else (by,)
    asked = Asked(
        tx,
        catalog,
        Query(query.entity, columns, query.filter, ("id",), q=query.q, deleted=query.deleted),
        ctx,
        relation,
    )

    def make(shop: Workshop) -> sa.ClauseElement:
        key, *summed = shop.whole([path_of(catalog, query.entity, p, relation) for p in (by, total) if p])
        return _statement(key, summed, shop, tx.dialect)

    read_total = reader(kind, tx.dialect, computed=True) if kind is not None else None
    found: dict[Any, tuple[int, Any]] = {}
    for key, count, *sums in asked.rows(("group", by == total), make):
        value = joined(sums)
        value = value if value is None or read_total is None else read_total(value)
        found[asked.listing.read((key, None))[by]] = (int(count), value)
    return found


def _statement(key: Any, summed: list[Any], shop: Workshop, dialect: str) -> sa.ClauseElement:
    found = sa.select(sa.func.count()).select_from(shop.source).where(*shop.where)
    if shop.builder.compiler.mask is not None:  # PostgreSQL takes one expression with parameters for two
        named = [x.label(f"g{n}") for n, x in enumerate((key, *summed))]
        rows = sa.select(*named).select_from(shop.source).where(*shop.where_whole).subquery()
        key, *summed = rows.c
        found = sa.select(sa.func.count()).select_from(rows)
    sums = [part for x in summed for part in sums_of(x, dialect)]
    return found.with_only_columns(key, sa.func.count(), *sums, maintain_column_froms=True).group_by(key)


def sums_of(x: Any, dialect: str) -> list[Any]:
    """The columns of a sum; `joined` makes one number of them."""
    if dialect != "sqlite":
        return [sa.func.sum(sa.type_coerce(x, sa.Numeric()))]
    plain = sa.type_coerce(x, sa.BigInteger())
    return [sa.func.sum(plain.op("/", precedence=8)(HALF)), sa.func.sum(plain % HALF)]


def joined(sums: list[Any]) -> Any:
    """A sum out of its columns; None where there was nothing to add."""
    if not sums or sums[0] is None:
        return None
    return sums[0] if len(sums) == 1 else sums[0] * HALF + sums[1]
