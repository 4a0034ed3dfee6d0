"""Sums by parts of time: the records are added up by day first, as an index gives them; the part that a day lies in is then worked
out for each day and not for each record."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql import visitors

from .grouping import sums_of
from .paths import Path
from .workshop import Workshop

MOST_COLUMNS = 2
"""Groups by more columns than this are nearly as many as the records."""


def days_of(keys: Sequence[Path]) -> frozenset[str]:
    """The columns that groups by these values follow from: days, and codes beside them; none where nothing is gained by it."""
    found: set[str] = set()
    is_worked_out = False
    for key in keys:
        for n in key.typed.walk():
            if n.op in ("rollup", "formula", "plugin"):
                return frozenset()
            if n.op == "path":
                if n.value.var != "record" or n.value.hops or not (n.type.kind == "date" or n.type.codes):
                    return frozenset()
                found.add(n.value.column)
                is_worked_out = is_worked_out or (n.type.kind == "date" and n is not key.typed)
    return frozenset(found) if is_worked_out and len(found) <= MOST_COLUMNS else frozenset()


def sums_by_days(
    shop: Workshop, values: Sequence[Any], held: Sequence[Any], many: int, names: frozenset[str], limit: int, dialect: str
) -> sa.Select[Any] | None:  # fmt: skip
    """The statement: keys, number of records, sums; `held` are its conditions. None where a key is read from other columns than `names`, as where a reader
    sees it on some rows only."""
    keys, summed = values[:many], values[many:]
    read = {x for key in keys for x in visitors.iterate(key) if isinstance(x, sa.Column)}
    if {x.key for x in read} != names or len(read) != len(names):
        return None
    columns = sorted(read, key=lambda x: str(x.key))
    sums = [part.label(f"s{n}") for n, part in enumerate(part for x in summed for part in sums_of(x, dialect))]
    daily = (
        sa.select(*[x.label(f"d{n}") for n, x in enumerate(columns)], sa.func.count().label("many"), *sums)
        .select_from(shop.builder.source)
        .where(*held)
        .group_by(*columns)
        .subquery()
    )
    places = {x: daily.c[f"d{n}"] for n, x in enumerate(columns)}

    def placed(element: Any, **_: Any) -> Any:
        return places.get(element) if isinstance(element, sa.Column) else None

    parts = [visitors.replacement_traverse(key, {}, placed).label(f"g{n}") for n, key in enumerate(keys)]
    rows = sa.select(*parts, daily.c.many, *[daily.c[s.name] for s in sums]).subquery()
    by, added = list(rows.c)[:many], [sa.func.sum(rows.c[s.name]) for s in sums]
    order = added[0] if added else sa.func.sum(rows.c.many)
    return (
        sa.select(*by, sa.func.sum(rows.c.many), *added).group_by(*by).order_by(order.desc().nulls_last(), *by)
        .limit(sa.literal_column(str(int(limit)), sa.Integer))
    )  # fmt: skip
