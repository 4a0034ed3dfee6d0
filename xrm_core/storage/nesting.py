"""Records that belong to others, for many owners at once: the rows behind a page of records, in one statement."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from xrm_core.errors import BadRequest
from xrm_core.expressions import Ctx
from xrm_core.metamodel.catalog import Catalog
from xrm_core.metamodel.values import Query, Record

from . import keyset
from .asking import Asked, completed
from .ids import is_id
from .relation import ALL, Relation
from .transaction import Transaction
from .workshop import Workshop

MOST = 10_000
"""Rows that one question brings along, at most."""


def nested(
    tx: Transaction, catalog: Catalog, entity: str, by: str, ids: Sequence[str], columns: Sequence[str] = (),
    ctx: Ctx | None = None, relation: Relation = ALL,
) -> dict[str, list[Record]]:  # fmt: skip
    """Id -> the records of `entity` whose link field `by` holds it, as paths (none: all stored columns), in their order.

    One statement, however many owners there are. Raises BadRequest for an unknown column, and where there are too many.
    """
    known = catalog.entity(entity)
    link = known.field(by).columns[0].name
    wanted = tuple(columns) or completed(catalog, Query(entity), relation).columns
    order = ("position", "id") if "position" in known.columns else ("id",)
    asked = Asked(tx, catalog, Query(entity, tuple(dict.fromkeys((link, *wanted))), sort=order), ctx, relation)

    def make(shop: Workshop) -> sa.ClauseElement:
        owner = shop.builder.table.c[link]
        among = owner.in_(sa.bindparam("ids", expanding=True, type_=owner.type))
        found = sa.select(*shop.elements).select_from(shop.source).where(among, *shop.where)
        return found.order_by(*keyset.order(shop.keys, False)).limit(sa.literal_column(str(MOST + 1), sa.Integer))

    owners = [id for id in dict.fromkeys(ids) if is_id(id)]
    rows = asked.rows("nested", make, {"ids": owners}) if owners else []
    if len(rows) > MOST:
        raise BadRequest(
            f"more than {MOST} records of {entity} belong to this page", code="too_many",
            hint=f"ask for fewer at once, or list them: GET /api/{entity}?filter=record.{link} == '...'",
        )  # fmt: skip
    made: dict[str, list[Record]] = {}
    for record in asked.listing.read_all(rows):
        made.setdefault(str(record[link]), []).append(record)
    return made
