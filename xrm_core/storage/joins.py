"""Which of its joined tables a statement needs: those that its conditions and its order read. What a list shows of linked records is
read for the rows of the page alone, and not for all that are counted or sorted."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql import visitors
from sqlalchemy.sql.selectable import Join


def needed(source: sa.FromClause, read: Iterable[sa.ClauseElement]) -> sa.FromClause:
    """The source without the joins that nothing of `read` asks for; the source itself where all are. Each join brings one row at most
    (a record by its id, what is known of it): without it there are as many rows."""
    joins: list[Join] = []
    base = source
    while isinstance(base, Join):
        joins.append(base)
        base = base.left
    tables = _tables(read)
    kept: list[Join] = []
    for join in joins:
        if not join.isouter or join.right in tables:
            kept.append(join)
            tables |= _tables([join.onclause] if join.onclause is not None else [])
    if len(kept) == len(joins):
        return source
    for join in reversed(kept):
        base = base.join(join.right, join.onclause, isouter=join.isouter)
    return base


def _tables(read: Iterable[sa.ClauseElement]) -> set[Any]:
    return {x.table for one in read for x in visitors.iterate(one) if isinstance(x, sa.ColumnClause)}
