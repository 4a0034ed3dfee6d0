"""Paging by key: the order of a list, and the condition that a page begins behind a given row.

Empty values come last in both directions, and the id decides among equals. Where the first sort column may be empty a list
is read as two segments, first the filled values, then the empty ones: so a plain index serves both, on both databases.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import sqlalchemy as sa

from xrm_core.metamodel.kinds import T

Segment = Literal["all", "filled", "empty"]


@dataclass(frozen=True)
class SortKey:
    """One column of the order, by its path. `plain`: a stored column, as it stands in an index. Of a column that is seen on some
    rows only, `stored` is the column itself, and `shown` says on which; `both`: that, and that a row is seen, said in one."""

    name: str
    element: sa.ColumnElement[Any]
    kind: T
    descending: bool
    plain: bool = True
    stored: sa.ColumnElement[Any] | None = None
    shown: sa.ColumnElement[bool] | None = None
    both: sa.ColumnElement[bool] | None = None

    @property
    def null(self) -> bool:
        """Whether it may be empty."""
        return self.kind.null


def segments(keys: Sequence[SortKey], backward: bool) -> tuple[Segment, ...]:
    """The parts that a list is read in, in the order of reading."""
    if not keys[0].null:
        return ("all",)
    return ("empty", "filled") if backward else ("filled", "empty")


def keys_in(keys: Sequence[SortKey], segment: Segment) -> tuple[SortKey, ...]:
    """The keys that still order the rows of a segment."""
    if segment == "filled":
        first = replace(keys[0], kind=keys[0].kind.with_null(False))
        if first.stored is not None:  # where it is seen and filled it is the column itself, which an index orders
            first = replace(first, element=first.stored, plain=True)
        return (first, *keys[1:])
    return tuple(keys[1:] if segment == "empty" else keys)


def limits(keys: Sequence[SortKey], segment: Segment) -> list[sa.ColumnElement[bool]]:
    """What makes a row belong to the segment."""
    if segment == "all":
        return []
    first = keys[0]
    if first.stored is None or first.shown is None:
        return [first.element.is_not(None) if segment == "filled" else first.element.is_(None)]
    if segment == "filled":
        return [first.shown if first.both is None else first.both, first.stored.is_not(None)]
    hidden = sa.not_(sa.func.coalesce(first.shown, sa.false(), type_=sa.Boolean()))
    return [sa.or_(hidden, first.stored.is_(None))]


def order(keys: Sequence[SortKey], backward: bool) -> list[sa.ColumnElement[Any]]:
    """ORDER BY of a segment."""
    found: list[sa.ColumnElement[Any]] = []
    for key in keys:
        if key.null:
            empty = key.element.is_(None)
            found.append(empty.desc() if backward else empty.asc())
        found.append(key.element.desc() if key.descending != backward else key.element.asc())
    return found


def beyond(
    keys: Sequence[SortKey], places: Sequence[sa.BindParameter[Any] | None], backward: bool
) -> sa.ColumnElement[bool]:
    """The condition that a row of the segment comes behind the place; None in `places` stands for an empty value."""
    if _is_row(keys):
        here, there = sa.tuple_(*[k.element for k in keys]), sa.tuple_(*places)
        return here < there if keys[0].descending != backward else here > there
    return _beyond(list(zip(keys, places, strict=True)), backward)


def is_one_way(keys: Sequence[SortKey]) -> bool:
    """Whether an index may give the order: stored columns, same direction, nothing empty."""
    return all(k.plain and not k.null and k.descending == keys[0].descending for k in keys)


def _is_row(keys: Sequence[SortKey]) -> bool:
    """Whether one comparison of rows says it: same direction, nothing empty."""
    return len(keys) > 1 and is_one_way(keys)


def _beyond(pairs: list[tuple[SortKey, sa.BindParameter[Any] | None]], backward: bool) -> sa.ColumnElement[bool]:
    (key, place), rest = pairs[0], pairs[1:]
    x, down = key.element, key.descending != backward
    later = _beyond(rest, backward) if rest else sa.false()
    if place is None:
        return sa.or_(x.is_not(None), later) if backward else sa.and_(x.is_(None), later)
    strictly = x < place if down else x > place
    if not rest:
        return strictly
    if key.null:
        behind = [strictly] if backward else [strictly, x.is_(None)]
        return sa.or_(*behind, sa.and_(x == place, later))
    # Not `x > :x or (x = :x and ...)`: that hides the beginning of the range from the index.
    return sa.and_(x <= place if down else x >= place, sa.or_(strictly, later))


def rank(element: sa.ColumnElement[Any], codes: Sequence[str]) -> sa.ColumnElement[int]:
    """The place of a code in its list: choices are sorted as they are declared, what is not in the list behind them."""
    places = [(element == code, n) for n, code in enumerate(codes)]
    return sa.case(*places, (element.is_not(None), len(codes)), else_=None)
