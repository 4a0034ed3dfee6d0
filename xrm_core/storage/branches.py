"""A list of which a reader sees some parts, each in the order of an index of its own (his department, what he owns): the parts
are read side by side and merged, so that nobody goes through what he does not see, and nothing is sorted as a whole.

`a || b` becomes the rows of `a`, and those of `b` that are not of `a`: no row comes twice. PostgreSQL merges them in order when
each part is limited by itself; SQLite merges them as they are.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from xrm_core.expressions import Typed, shape
from xrm_core.metamodel.kinds import BOOL, T

from .keyset import SortKey

NOTHING: Mapping[str, float] = {}
MANY = 50
"""Of so many records one holds, at least, where it is looked for among the next few hundred."""
SEVERAL = 1_000
"""Values of a column, where nothing says how many it has."""
ENOUGH = 0.5
"""The part of all rows from which it costs less to go through all."""
MOST = 8
"""Parts at most: of more, so many beginnings would be read that it costs as much as going through all."""


def parts_of(
    rule: Typed,
    indexes: Collection[tuple[str, ...]],
    sort: Sequence[str],
    equal: Collection[str],
    shares: Mapping[str, float] = NOTHING,
) -> list[Typed]:
    """The parts of a rule, none of which holds a row of another; none where it has no parts, or one of them has no index that
    gives its rows in the order of the columns `sort`, or they are most of all rows. `equal`: columns that the list compares with
    a value; `shares`: column -> the part of the rows that one of its values has, where that is known."""
    choices, rest = _choices(rule)
    if sum(_known_share(choice, shares) for choice in choices) >= ENOUGH:
        return []
    if not 2 <= len(choices) <= MOST or not all(_is_led(c, indexes, tuple(sort), equal) for c in choices):
        return []
    return _apart(choices, rest)


def listed_parts(asked: Sequence[Typed], indexes: Collection[tuple[str, ...]], sort: Sequence[str]) -> list[Typed]:
    """The parts of a list that shows the records of some values of a column, one for each value, where an index gives each in the order
    of the columns `sort`; none where there is no such index, or another comparison is not served by it."""
    for part in (arg for one in asked for arg in (one.args if one.op == "and" else (one,))):
        choices = _singles(part)
        equal = {name for one in asked for name in equalities(one)}
        if 2 <= len(choices) <= MOST and all(is_serving(c, indexes, tuple(sort), equal) for c in choices):
            return _apart(choices, ())
    return []


def is_serving(
    choice: Typed, indexes: Collection[tuple[str, ...]], sort: tuple[str, ...], equal: Collection[str]
) -> bool:
    """Whether an index holds just what is compared, and goes on with the order."""
    names = {*equalities(choice), *equal}
    return any({*i[: len(names)]} == names and i[len(names) :] == sort for i in indexes) and _is_led(
        choice, indexes, sort, equal
    )


def counted_parts(
    rule: Typed, indexes: Mapping[tuple[str, ...], Collection[str]], read: Collection[str]
) -> list[Typed]:
    """The parts of a rule by which its rows are counted up to a number: first those whose rows an index gives without reading any
    (`indexes`: columns, and all that each holds), then all others as one, if there are others. So the count ends within the first
    part that has enough, and asks no row for the others. None where nothing is gained. `read`: columns that the question asks for."""
    asked = columns_read(rule)
    choices, rest = _choices(likely_first(rule))
    if asked is None or not 2 <= len(choices) <= MOST:
        return []
    needed = {*read, *asked}
    serving = {columns[0] for columns, held in indexes.items() if needed <= set(held)}
    led = [not serving.isdisjoint(equalities(choice)) for choice in choices]
    if not any(led):
        return []
    parts = [choice for choice, is_led in zip(choices, led, strict=True) if is_led]
    left = tuple(choice for choice, is_led in zip(choices, led, strict=True) if not is_led)
    return _apart([*parts, *([left[0] if len(left) == 1 else Typed("or", BOOL, left)] if left else [])], rest)


def _known_share(choice: Typed, shares: Mapping[str, float]) -> float:
    return min((shares[name] for name in equalities(choice) if name in shares), default=0.0)


def likely_first(rule: Typed, shares: Mapping[str, float] = NOTHING) -> Typed:
    """The rule with the parts of each *or* in such an order that most rows need to be asked for the first one alone: columns that
    have few values (a yes or no, a choice) before those that have many (a link)."""
    if rule.op not in ("and", "or"):
        return rule
    args = [likely_first(arg, shares) for arg in rule.args]
    if rule.op == "or":
        args.sort(key=lambda arg: _share(arg, shares), reverse=True)
    same = all(new is old for new, old in zip(args, rule.args, strict=True))
    return rule if same else Typed(rule.op, rule.type, args, rule.value)


def _share(part: Typed, shares: Mapping[str, float]) -> float:
    """Roughly which part of all rows a condition leaves: by what is known of its columns, else by how many values these can have."""
    if part.op == "and":
        return min((_share(arg, shares) for arg in part.args), default=0.0)
    if part.op == "cmp" and part.value == "==" and part.args[0].op == "path":
        return _of_one(part.args[0], shares)
    if part.op == "in" and part.args[0].op == "path":
        some = len(part.args[1].args) if part.args[1].op == "list" else 1
        return min(1.0, some * _of_one(part.args[0], shares))
    return 0.0


def _of_one(path: Typed, shares: Mapping[str, float]) -> float:
    own = path.value
    return shares.get(own.column, 0.0) if not own.hops and own.column in shares else 1 / _values_of(path.type)


def are_frequent(asked: Sequence[Typed], led: str | None, shares: Mapping[str, float] = NOTHING) -> bool:
    """Whether conditions compare columns with values, and only such columns as have few of them, so that they hold for many rows.
    `led`: a column whose rows an index gives, and that does not count."""
    left = [_left(part, led, shares) for part in asked]
    return any(share < 1 for share in left) and min(left) > 1 / MANY


def _left(part: Typed, led: str | None, shares: Mapping[str, float]) -> float:
    """As `_share`, of whole conditions: of a choice what leaves most, and all where no column is compared."""
    if part.op in ("and", "or"):
        left = [_left(arg, led, shares) for arg in part.args]
        return min(left) if part.op == "and" else max(left)
    is_compared = (part.op == "cmp" and part.value == "==") or part.op == "in"
    if not is_compared or part.args[0].op != "path" or led in equalities(part):
        return 1.0
    return _share(part, shares)


def _values_of(type: T) -> int:
    if type.kind == "bool":
        return 2
    return len(type.of) if type.kind == "text" and isinstance(type.of, tuple) and type.of else SEVERAL


def columns_read(rule: Typed) -> set[str] | None:
    """The columns of the table that an expression reads; None where it reads more than the row."""
    found: set[str] = set()
    for node in rule.walk():
        if node.op in ("formula", "rollup"):
            return None
        if node.op == "path":
            if node.value.hops or node.value.var != "record":
                return None
            found.add(node.value.column)
    return found


def _apart(choices: Sequence[Typed], rest: Sequence[Typed]) -> list[Typed]:
    """Each choice with what holds beside it, without the rows of those before it."""
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
    return {name: part.args[1] for name, part in comparisons(rule).items()}


def comparisons(rule: Typed) -> dict[str, Typed]:
    """The columns of the table that a rule compares with a value which does not depend on the record, and these comparisons."""
    if rule.op == "and":
        return {name: value for part in rule.args for name, value in comparisons(part).items()}
    if rule.op == "cmp" and rule.value == "==" and rule.args[0].op == "path" and rule.args[1].free:
        path = rule.args[0].value
        return {} if path.hops else {path.column: rule}
    return {}


def _is_led(choice: Typed, indexes: Collection[tuple[str, ...]], sort: tuple[str, ...], equal: Collection[str]) -> bool:
    return any(
        index[0] == name and index[-len(sort) :] == sort and set(index[1 : -len(sort)]) <= set(equal)
        for name in equalities(choice)
        for index in indexes
    )


def is_given(asked: Sequence[Typed], sort: Sequence[str], indexes: Collection[tuple[str, ...]]) -> bool:
    """Whether an index gives the rows that these conditions leave, and no others, in the order of the columns `sort`."""
    equal = {name for part in asked for name in equalities(part)}
    many = len(equal)
    if many != sum(len(part.args) if part.op == "and" else 1 for part in asked):
        return False
    return any(set(i[:many]) == equal and i[many : many + len(sort)] == tuple(sort) for i in (("id",), *indexes))


def _are_apart(one: Typed, other: Typed) -> bool:
    """Whether two parts surely hold for no record both: they compare a column with different constants, or facts of a list."""
    mine, theirs = equalities(one), equalities(other)
    return any(
        name in theirs and a.op == theirs[name].op and a.op in ("const", "fact") and shape(a) != shape(theirs[name])
        and (a.op == "const" or a.value[0] == theirs[name].value[0])
        for name, a in mine.items()
    )  # fmt: skip
