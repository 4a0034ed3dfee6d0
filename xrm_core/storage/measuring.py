"""Figures of groups: counts, sums, averages, ranks by the values of several expressions, in one statement. What charts, dashboards
and boards with lanes are made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from msgspec import Struct

from xrm_core.errors import BadRequest
from xrm_core.expressions import Ctx
from xrm_core.metamodel.catalog import Catalog
from xrm_core.metamodel.dashboards import Compute
from xrm_core.metamodel.values import Query

from .asking import Asked
from .by_days import days_of, sums_by_days
from .grouping import SUMMED, joined, sums_of
from .kept_late import reader_of
from .paths import Path, value_of
from .relation import ALL, Relation
from .transaction import Transaction
from .values import reader
from .workshop import Workshop

MOST = 2_000
"""Groups of one answer, at most."""
RANKS: Mapping[str, int] = {"median": 50, "p90": 90}
"""Values of a rank, by nearest rank: the smallest that so many percent of the values do not exceed."""


class Total(Struct, frozen=True):
    """What is worked out of each group: `count` of records, or `sum`, `average`, `median`, `p90`, number of `distinct` values of an
    expression."""

    compute: Compute = "count"
    text: str | None = None


class Group(Struct, frozen=True):
    """One group: the values of the expressions that it is grouped by, how many records there are, and the totals."""

    keys: tuple[Any, ...]
    count: int
    totals: tuple[Any, ...]


def measure(
    tx: Transaction, catalog: Catalog, query: Query, by: Sequence[str], totals: Sequence[Total] = (), ctx: Ctx | None = None,
    relation: Relation = ALL, limit: int = MOST,
) -> list[Group]:  # fmt: skip
    """Groups by the values of the expressions `by` (over `record`; none: one group of all), those with the greatest first total
    (else count) first. Sort and page of the query are left out. Raises as `query.run`, and BadRequest where no number is added."""
    keys = [_value(catalog, query.entity, text, relation) for text in by]
    summed = [_value(catalog, query.entity, t.text, relation) for t in totals if t.text is not None]
    for total, path in zip((t for t in totals if t.text is not None), summed, strict=True):
        if total.compute != "distinct" and path.type.kind not in SUMMED:
            raise BadRequest(f"{path.name} cannot be added up", code="bad_sum", hint="name a field that holds numbers")
    kept = reader_of(tx, catalog, query.entity, relation)
    asked = Asked(tx, catalog, _bare(query), ctx, relation, kept=kept)
    if kept is not None:
        keys, summed = [kept.path(p) for p in keys], [kept.path(p) for p in summed]
    shape = ("measure", tuple(by), tuple(totals), limit, kept and kept.late)

    days = days_of(keys) if all(t.compute in ("count", "sum") for t in totals) else frozenset()

    def make(shop: Workshop) -> sa.ClauseElement:
        values = shop.whole([*keys, *summed], gathers=True)
        held = shop.where_figures()
        found = sums_by_days(shop, values, held, len(keys), days, limit, tx.dialect) if days else None
        return _statement(shop, values, held, len(keys), totals, limit, tx.dialect) if found is None else found

    read_keys = [reader(p.type, tx.dialect, computed=p.computed) for p in keys]
    read_sums = [reader(p.type, tx.dialect, computed=True) for p in summed]
    made = []
    for row in asked.rows(shape, make):
        values = list(row)
        found = tuple(v if v is None or r is None else r(v) for v, r in zip(values, read_keys, strict=False))
        count = int(values[len(keys)])
        made.append(Group(found, count, _read(values[len(keys) + 1 :], totals, read_sums, tx.dialect)))
    return made


def _bare(query: Query) -> Query:
    return Query(query.entity, ("id",), query.filter, ("id",), q=query.q, deleted=query.deleted)


def _value(catalog: Catalog, entity: str, text: str, relation: Relation) -> Path:
    path = value_of(catalog, entity, text, relation)
    if path.type.kind in ("list", "json"):
        raise BadRequest(f"{text} holds several values", code="bad_group", hint="name a field of one value")
    return path


def _statement(
    shop: Workshop, values: Sequence[Any], held: Sequence[Any], many: int, totals: Sequence[Total], limit: int, dialect: str
) -> sa.Select[Any]:  # fmt: skip
    """The groups over a subquery of the values: an expression with parameters is then named once. `held`: all conditions."""
    named = [value.label(f"g{n}") for n, value in enumerate(values)] or [sa.literal_column("1").label("one")]
    read = sa.select(*named).select_from(shop.builder.source).where(*held)
    if dialect == "sqlite" and shop.builder.compiler.has_gathered:
        read = read.limit(sa.literal_column("-1", sa.Integer))  # else each use of a value would work it out again
    plain = read.subquery()
    ranked = [RANKS.get(t.compute) for t in totals if t.text is not None]
    if len(ranked) == 1 and ranked[0] is not None:
        return _ranked(plain, many, ranked[0], limit, dialect)
    rows = _with_places(plain, many, totals)
    keys, rest = list(rows.c)[:many], iter(list(rows.c)[many:])
    columns: list[Any] = [*keys, sa.func.count()]
    first: Any = None
    for total in totals:
        if total.text is None:
            continue
        x = next(rest)
        if total.compute == "distinct":
            made = [sa.func.count(sa.distinct(x))]
        elif total.compute in RANKS:
            made = [_at_rank(rows, x, RANKS[total.compute], dialect)]
        else:
            made = [*sums_of(x, dialect), *([sa.func.count(x)] if total.compute == "average" else [])]
        columns += made
        if first is None:
            first = made[0]
    found = sa.select(*columns).select_from(rows)
    if not many:
        return found
    order = sa.func.count() if first is None else first
    return (
        found.group_by(*keys).order_by(order.desc().nulls_last(), *keys)
        .limit(sa.literal_column(str(int(limit)), sa.Integer))
    )  # fmt: skip


def _ranked(plain: sa.Subquery, many: int, percent: int, limit: int, dialect: str) -> sa.Select[Any]:
    """The groups with one rank: equal values are counted first, so that only as many have a place as there are different ones."""
    *keys, x = plain.c
    tally = sa.select(*keys, x.label("x"), sa.func.count().label("many")).group_by(*keys, x).subquery()
    by, value = list(tally.c)[:many], tally.c.x
    there = sa.case((value.is_not(None), tally.c.many), else_=0)
    reached = (
        sa.func.sum(tally.c.many).over(partition_by=by or None, order_by=value.asc().nulls_last()).label("reached")
    )
    of = sa.func.sum(there).over(partition_by=by or None).label("of")
    rows = sa.select(*tally.c, reached, of).subquery()
    by = list(rows.c)[:many]
    is_there = sa.and_(rows.c.x.is_not(None), rows.c.reached * 100 >= rows.c.of * percent)
    kind: Any = sa.BigInteger() if dialect == "sqlite" else sa.Numeric()
    first = sa.func.min(sa.case((is_there, sa.type_coerce(rows.c.x, kind))))
    records = sa.func.coalesce(sa.func.sum(rows.c.many), 0)
    found = sa.select(*by, records, first)
    if not many:
        return found
    return (
        found.group_by(*by).order_by(first.desc().nulls_last(), *by)
        .limit(sa.literal_column(str(int(limit)), sa.Integer))
    )  # fmt: skip


def _with_places(rows: sa.Subquery, many: int, totals: Sequence[Total]) -> sa.Subquery:
    """The rows with the place of each value in the order of its group, and how many values that has, where a rank is asked for."""
    asked = [t for t in totals if t.text is not None]
    ranked = {x.name: x for x, t in zip(list(rows.c)[many:], asked, strict=False) if t.compute in RANKS}
    if not ranked:
        return rows
    keys = list(rows.c)[:many] or None
    places = [
        made
        for name, x in ranked.items()
        for made in (
            sa.func.row_number().over(partition_by=keys, order_by=x.asc().nulls_last()).label(f"{name}_at"),
            sa.func.count(x).over(partition_by=keys).label(f"{name}_of"),
        )
    ]
    return sa.select(*rows.c, *places).subquery()


def _at_rank(rows: sa.Subquery, x: Any, percent: int, dialect: str) -> Any:
    """The value whose place is the rank: the first that so many percent of the values come up to."""
    at, of = rows.c[f"{x.name}_at"], rows.c[f"{x.name}_of"]
    reached = sa.and_(at * 100 >= of * percent, (at - 1) * 100 < of * percent, x.is_not(None))
    value = sa.type_coerce(x, sa.BigInteger() if dialect == "sqlite" else sa.Numeric())
    return sa.func.max(sa.case((reached, value)))


def _read(values: list[Any], totals: Sequence[Total], readers: Sequence[Any], dialect: str) -> tuple[Any, ...]:
    made: list[Any] = []
    rest, reads = iter(values), iter(readers)
    width = 2 if dialect == "sqlite" else 1
    for total in totals:
        if total.text is None:
            made.append(None)
            continue
        read = next(reads)
        if total.compute == "distinct":
            made.append(int(next(rest)))
            continue
        value = joined([next(rest) for _ in range(1 if total.compute in RANKS else width)])
        value = value if value is None or read is None else read(value)
        if total.compute == "average":
            count = int(next(rest))
            value = None if value is None or not count else _average(value, count)
        made.append(value)
    return tuple(made)


def _average(value: Any, count: int) -> Any:
    return value / count if not isinstance(value, int) else Decimal(value) / count
