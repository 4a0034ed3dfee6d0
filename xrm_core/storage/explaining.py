"""The statement that a reader's question becomes, as text: for people who ask what their rules come to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from xrm_core.expressions import Ctx
from xrm_core.metamodel.catalog import Catalog
from xrm_core.metamodel.values import Query

from .asking import Asked, completed
from .relation import Relation
from .transaction import Transaction
from .workshop import Workshop


def statement_of(
    tx: Transaction, catalog: Catalog, entity: str, columns: Sequence[str], ctx: Ctx, relation: Relation
) -> tuple[str, tuple[str, ...]]:
    """The SELECT over all that a reader sees of an entity, as it is sent to the database, and the values of its parameters."""
    asked = Asked(tx, catalog, completed(catalog, Query(entity, tuple(columns), sort=("id",))), ctx, relation)

    def make(shop: Workshop) -> sa.Select[Any]:
        return sa.select(*shop.elements).select_from(shop.source).where(*shop.where)

    statement = asked.statement("explained", make)
    sql, values = statement.send(asked.given(statement))
    return sql, tuple(str(value) for value in values)
