"""A list of which a reader sees some parts, each in the order of an index of its own (his department, what he owns): the parts
are read side by side and merged, so that nobody goes through what he does not see, and nothing is sorted as a whole.

`a || b` becomes the rows of `a`, and those of `b` that are not of `a`: no row comes twice. PostgreSQL merges them in order when
each part is limited by itself; SQLite merges them as they are.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa

from xrm_core.expressions import Typed, shape
from xrm_core.metamodel.kinds import BOOL

from .keyset import SortKey

MOST = 8
"""Parts at most: of more, so many beginnings would be read that it costs as much as going through all."""


def parts_of(
    rule: Typed, indexes: Collection[tuple[str, ...]], sort: Sequence[str], equal: Collection[str]
) -> list[Typed]:
    """The parts of a rule, none of which holds a row of another; none where it has no parts, or one of them has no index that
    gives its rows in the order of the columns `sort`. `equal`: columns that the list compares with a value."""
    choices, rest = _choices(rule)
    if not 2 <= len(choices) <= MOST or not all(_is_led(c, indexes, tuple(sort), equal) for c in choices):
        return []
    found = []
    for number, choice in enumerate(choices):
        others = [Typed("not", BOOL, (other,)) for other in choices[:number] if not _are_apart(choice, other)]
        found.append(Typed("and", BOOL, (choice, *rest, *others)) if rest or others else choice)
    return found


def merged(
    parts: Sequence[sa.Select[Any]],
    places: Sequence[int],
    keys: Sequence[SortKey],
    backward: bool,
    limit: int,
    dialect: str,
) -> sa.ClauseElement:
    """One statement of several that select the same columns; `places`: where the keys of the order stand among them."""
    count = sa.literal_column(str(int(limit)), sa.Integer)
    names = [f"c{n}" for n in range(len(parts[0].selected_columns))]

    def order(columns: Sequence[sa.ColumnElement[Any]]) -> list[sa.ColumnElement[Any]]:
        return [c.desc() if k.descending != backward else c.asc() for k, c in zip(keys, columns, strict=True)]

    said = []
    for number, part in enumerate(parts):
        named = part.with_only_columns(
            *[c.label(n) for c, n in zip(part.selected_columns, names, strict=True)], maintain_column_froms=True
        )
        if dialect == "postgresql":
            inner = named.order_by(*order([k.element for k in keys])).limit(count).subquery(f"b{number}")
            named = sa.select(*inner.c)
        said.append(named)
    return sa.union_all(*said).order_by(*order([sa.column(names[p]) for p in places])).limit(count)


def _choices(rule: Typed) -> tuple[list[Typed], list[Typed]]:
    """What of a rule is a choice, and what holds beside it."""
    if rule.op == "and":
        for number, part in enumerate(rule.args):
            choices, _ = _choices(part) if part.op != "and" else ([part], [])
            if len(choices) > 1:
                return choices, [*rule.args[:number], *rule.args[number + 1 :]]
        return [rule], []
    if rule.op == "or":
        return [single for part in rule.args for single in _singles(part)], []
    return _singles(rule), []


def _singles(part: Typed) -> list[Typed]:
    """One of some values, as that many comparisons."""
    if part.op == "in" and part.args[0].op == "path" and part.args[1].op == "list":
        return [Typed("cmp", BOOL, (part.args[0], item), "==") for item in part.args[1].args]
    return [part]


def equalities(rule: Typed) -> dict[str, Typed]:
    """The columns of the table that a rule compares with a value which does not depend on the record, and these values."""
    if rule.op == "and":
        return {name: value for part in rule.args for name, value in equalities(part).items()}
    if rule.op == "cmp" and rule.value == "==" and rule.args[0].op == "path" and rule.args[1].free:
        path = rule.args[0].value
        return {} if path.hops else {path.column: rule.args[1]}
    return {}


def _is_led(choice: Typed, indexes: Collection[tuple[str, ...]], sort: tuple[str, ...], equal: Collection[str]) -> bool:
    return any(
        index[0] == name and index[-len(sort) :] == sort and set(index[1 : -len(sort)]) <= set(equal)
        for name in equalities(choice)
        for index in indexes
    )


def _are_apart(one: Typed, other: Typed) -> bool:
    """Whether two parts surely hold for no record both: they compare a column with different constants, or facts of a list."""
    mine, theirs = equalities(one), equalities(other)
    return any(
        name in theirs and a.op == theirs[name].op and a.op in ("const", "fact") and shape(a) != shape(theirs[name])
        and (a.op == "const" or a.value[0] == theirs[name].value[0])
        for name, a in mine.items()
    )  # fmt: skip
