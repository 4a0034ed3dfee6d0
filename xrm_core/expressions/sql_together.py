"""Roll-ups of a list's filter and order that are worked out for all records at once: those over the same set of records in one
subquery, which goes through the set once. `Together` holds what a statement needs of each set; see `Common.on_rollup`.

Where the filter cannot hold for a record without such records (`last_fy > 0`), or with an empty link, the statement joins them
plainly: the database may then begin with the set, and leaves out groups before it looks for their records.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.types import TypeEngine

from .sql_elements import Element
from .sql_gather import is_gathered
from .typed import LENIENT, RollUp, Typed

if TYPE_CHECKING:
    from .sql_frame import Scope

Steps = tuple[str, ...]
Key = tuple[Steps, str, str, bool]
"""Links to the owner, the entity of the records, the column of their link, and whether those in the bin count."""


@dataclass
class Member:
    """One roll-up of a set: what is worked out of each record, of which records (each condition by what it says), and of all."""

    name: str
    value: Element
    held: dict[str, Element]
    total: Callable[[Element], Element]


class Gathered:
    """One set of records: the name that it has in the statement, and its roll-ups."""

    def __init__(self, number: int, scope: Scope, of: Element, held: list[Element]) -> None:
        self.named = sa.table(f"g{number}", sa.column("of", of.type))
        self.scope, self.of, self.held = scope, of, held
        self.members: dict[str, Member] = {}

    def add(self, said: str, member: Member, kind: TypeEngine[Any]) -> None:
        """A roll-up that is worked out with the others."""
        self.members[said] = member
        self.named.append_column(sa.column(member.name, kind))

    def cte(self) -> sa.CTE:
        """The subquery. What all roll-ups ask of a record is asked before; the values come from a derived table, so that each is worked
        out once for each record."""
        members = list(self.members.values())
        shared = [said for said in members[0].held if all(said in m.held for m in members)]
        values = []
        for m in members:
            rest = [x for said, x in m.held.items() if said not in shared]
            values.append((sa.case((sa.and_(*rest), m.value)) if rest else m.value).label(m.name))
        asked = [members[0].held[said] for said in shared]
        read = sa.select(self.of.label("of"), *values).select_from(self.scope.source)
        each = read.where(self.of.is_not(None), *self.held, *asked).correlate(None).subquery()
        totals = [m.total(each.c[m.name]).label(m.name) for m in members]
        return sa.select(each.c.of, *totals).group_by(each.c.of).cte(self.named.name)


class Picked:
    """The last or the first value of each record, by the name that it has in the statement."""

    def __init__(self, number: int, each: sa.Select[Any], kind: TypeEngine[Any]) -> None:
        self.named = sa.table(f"p{number}", sa.column("of", each.selected_columns.of.type), sa.column("v", kind))
        self.each = each

    def cte(self) -> sa.CTE:
        """The subquery; it is not taken apart, or a value that is used three times would be looked up three times."""
        return self.each.cte(self.named.name).prefix_with("MATERIALIZED")


class Together:
    """The sets of one statement over the records of `scope`. required: the links, and sets, without which its filter never holds."""

    def __init__(self, scope: Scope, required: frozenset[object]) -> None:
        self.scope, self.required = scope, required
        self.sets: dict[Key, Gathered] = {}
        self.picks: dict[str, Picked] = {}

    def is_needed(self, scope: Scope, at: Steps) -> bool:
        """Whether a link of the records that are asked for must lead somewhere."""
        return scope is self.scope and at in self.required

    def ctes(self) -> list[sa.CTE]:
        """The subqueries of all sets."""
        return [*(found.cte() for found in self.sets.values()), *(found.cte() for found in self.picks.values())]


def steps_of(n: Typed, at: Steps = ()) -> Steps:
    """The links to the record that a part reads."""
    return (*at, *(f"{hop.name}>{hop.entity}" for hop in n.value.hops))


def key_of(r: RollUp, at: Steps) -> Key:
    """What tells sets of records apart; `at`: the links to their owner."""
    return at, r.entity, r.by_column, r.live


def has_gathered(n: Typed) -> bool:
    """Whether a part reads a roll-up that can be worked out for all records at once."""
    if n.op == "rollup":
        return is_gathered(n)
    return any(has_gathered(a) for a in n.args)


def required(conditions: Iterable[Typed]) -> frozenset[object]:
    """The links and sets without which not all of the conditions can hold."""
    found: frozenset[object] = frozenset()
    for n in conditions:
        found |= _required(n, ())
    return found


def _required(n: Typed, at: Steps) -> frozenset[object]:
    if n.op == "and":
        return frozenset().union(*(_required(a, at) for a in n.args))
    if n.op == "or":
        return frozenset.intersection(*(_required(a, at) for a in n.args))
    if n.op == "formula" and n.value.var == "record":
        return _required(n.args[0], steps_of(n, at)) | _ways(n, at)
    if n.op == "rollup" and n.value.kind == "exists":
        return _set(n, at)
    if n.op == "notnull" or (n.op == "in" and n.args[1].free):
        return _strict(n.args[0], at)
    if n.op == "cmp" and n.value in ("==", "<", "<=", ">", ">="):
        x, y = n.args
        return _strict(x, at) | _strict(y, at) | (_set(x, at) if _is_above(x, n.value, y) else frozenset())
    return frozenset()


def _strict(n: Typed, at: Steps) -> frozenset[object]:
    """What there must be for a value not to be empty."""
    if n.op == "path" and n.value.var == "record":
        return _ways(n, at)
    if n.op == "formula" and n.value.var == "record":
        return _strict(n.args[0], steps_of(n, at)) | _ways(n, at)
    if n.op == "rollup" and n.value.kind in ("min", "max"):
        return _set(n, at)
    if n.op in ("arith", "neg", "scale") or (n.op == "fn" and n.value not in LENIENT):
        return frozenset().union(*(_strict(a, at) for a in n.args))
    return frozenset()


def _is_above(x: Typed, sign: str, y: Typed) -> bool:
    """Whether a sum or a number of records must be more than nothing for a comparison to hold."""
    if x.op == "formula" and x.value.var == "record" and not x.value.hops:
        return _is_above(x.args[0], sign, y)
    is_number = x.op == "rollup" and x.value.kind in ("sum", "count") and y.op == "const"
    if not is_number or not isinstance(y.value, int | Decimal):
        return False
    return y.value > 0 if sign in ("==", ">=") else sign == ">" and y.value >= 0


def _set(n: Typed, at: Steps) -> frozenset[object]:
    if n.op == "formula":
        return _set(n.args[0], steps_of(n, at)) | _ways(n, at)
    if n.op != "rollup" or n.value.var != "record" or not is_gathered(n):
        return frozenset()
    return frozenset({key_of(n.value, steps_of(n, at))}) | _ways(n, at)


def _ways(n: Typed, at: Steps) -> frozenset[object]:
    """All links on the way to what a part reads."""
    steps = steps_of(n, at)
    return frozenset(steps[: number + 1] for number in range(len(at), len(steps)))
