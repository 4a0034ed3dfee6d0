"""Expressions worked out on their syntax tree, for the oracle: no types, no closures, nothing compiled.

A rule is asked in two ways: `yes` as the language means it (what is empty compares as no), `perhaps` as a deny means it (what
is empty is not known, and what is not known is neither yes nor no).
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, TypeAlias

from ..expressions import Node, parse
from ..metamodel.catalog import Catalog

Row: TypeAlias = Mapping[str, Any]
COMPARED: Mapping[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
COUNTED: Mapping[str, Callable[[Any, Any], Any]] = {"+": operator.add, "-": operator.sub, "*": operator.mul}
TESTS: Mapping[str, Callable[[str, str], bool]] = {
    "contains": lambda a, b: b in a, "startsWith": str.startswith, "endsWith": str.endswith,
}  # fmt: skip

CHANGED: Mapping[str, Callable[[str], Any]] = {"trim": lambda x: x.strip(" \t\r\n"), "size": len, "abs": abs}  # type: ignore[dict-item]


class NotSaid(Exception):
    """The oracle does not know a part of the language; what uses it cannot be proved."""


@dataclass(frozen=True)
class View:
    """Where values come from. record(entity, id); children(entity, by, id); shows(entity, id, field) for computed fields."""

    record: Callable[[str, str], Row | None]
    children: Callable[[str, str, str], list[Row]]
    shows: Callable[[str, str, str], bool] = lambda *_: True


Scope: TypeAlias = dict[str, tuple[str, Row | None]]


Moment: TypeAlias = tuple[date, datetime]
"""The day where the organisation is, and the moment in UTC."""


class Evaluator:
    """Values of expressions over one view."""

    def __init__(self, catalog: Catalog, view: View, actor: Mapping[str, Any], now: Moment | None = None) -> None:
        self.catalog, self.view, self.actor, self.now = catalog, view, actor, now
        self._trees: dict[str, Node] = {}

    def yes(self, text: str, entity: str, row: Row) -> bool:
        """Whether a condition holds."""
        return self._truth(self._tree(text), {"record": (entity, row)}, False) is True

    def perhaps(self, text: str, entity: str, row: Row) -> bool | None:
        """Whether a condition holds; None where that is not known."""
        return self._truth(self._tree(text), {"record": (entity, row)}, True)

    def value(self, text: str, entity: str, row: Row) -> Any:
        """The value of an expression."""
        return self._value(self._tree(text), {"record": (entity, row)})

    def _tree(self, text: str) -> Node:
        if text not in self._trees:
            self._trees[text] = parse(text)
        return self._trees[text]

    # ---- yes, no, not known
    def _truth(self, n: Node, at: Scope, open: bool) -> bool | None:
        if n.op in ("&&", "||"):
            found = [self._truth(a, at, open) for a in n.args]
            decides = n.op == "||"
            return decides if decides in found else None if None in found else not decides
        if n.op == "not":
            inner = self._truth(n.args[0], at, open)
            return None if inner is None else not inner
        if n.op == "cond":
            chosen = self._truth(n.args[0], at, open)
            return None if chosen is None else self._truth(n.args[1 if chosen else 2], at, open)
        if n.op in COMPARED:
            return self._compared(n, at, open)
        if n.op == "in":
            x, items = self._value(n.args[0], at), self._value(n.args[1], at)
            return (None if open else False) if x is None else x in (items or ())
        if n.op == "call" and n.name == "exists":
            return self._exists(n, at, open)
        if n.op == "call" and n.name in TESTS:
            a, b = (self._value(x, at) for x in n.args)
            return (None if open else False) if a is None or b is None else TESTS[n.name](a, b)
        if n.op == "call" and n.name == "has":
            return self._value(n.args[0], at) is not None
        found_value = self._value(n, at)
        return (None if open else False) if found_value is None else found_value is True

    def _compared(self, n: Node, at: Scope, open: bool) -> bool | None:
        if any(a.op == "lit" and a.value is None for a in n.args):
            filled = [self._value(a, at) is not None for a in n.args if not (a.op == "lit" and a.value is None)]
            return any(filled) if n.op == "!=" else not any(filled)
        a, b = (self._value(x, at) for x in n.args)
        if a is None or b is None:
            return None if open else n.op == "!="
        return COMPARED[n.op](a, b)

    def _exists(self, n: Node, at: Scope, open: bool) -> bool | None:
        entity, rows = self._set(n.args[0], at)
        if len(n.args) < 3:
            return bool(rows)
        found = [self._truth(n.args[2], {**at, n.args[1].name: (entity, r)}, open) for r in rows]
        return True if True in found else None if None in found else False

    # ---- values
    def _value(self, n: Node, at: Scope) -> Any:
        if n.op == "lit":
            return n.value
        if n.op == "list":
            return [self._value(a, at) for a in n.args]
        if n.op == "dot":
            return self._path(n, at)
        if n.op == "neg":
            x = self._value(n.args[0], at)
            return None if x is None else -x
        if n.op == "cond":
            return self._value(n.args[1 if self._truth(n.args[0], at, False) else 2], at)
        if n.op in COUNTED:
            a, b = (self._value(x, at) for x in n.args)
            return None if a is None or b is None else COUNTED[n.op](a, b)
        if n.op == "call":
            return self._call(n, at)
        if n.op in (*COMPARED, "&&", "||", "not", "in"):
            return self._truth(n, at, False) is True
        raise NotSaid(n.op)

    def _call(self, n: Node, at: Scope) -> Any:
        name, args = n.name, n.args
        if name in ("count", "sum"):
            entity, rows = self._set(args[0], at)
            conditions = args[2 if name == "count" else 3 :]
            inner = [{**at, args[1].name: (entity, r)} for r in rows] if len(args) > 1 else [at] * len(rows)
            held = [s for s in inner if all(self._truth(c, s, False) for c in conditions)]
            if name == "count":
                return len(held)
            return sum((v for s in held if (v := self._value(args[2], s)) is not None), 0)
        if name == "coalesce":
            return next((v for a in args if (v := self._value(a, at)) is not None), None)
        if name in ("today", "now") and self.now is not None:
            return self.now[name == "now"]
        if name == "days":
            return timedelta(days=int(self._value(args[0], at)))
        if name == "date" and args[0].op == "lit":
            return date.fromisoformat(str(args[0].value))
        if name == "string":
            x = self._value(args[0], at)
            return None if x is None else x if isinstance(x, str) else str(x)
        if name in CHANGED:
            x = self._value(args[0], at)
            return None if x is None else CHANGED[name](x)
        if name in ("exists", "has", *TESTS):
            return self._truth(n, at, False) is True
        raise NotSaid(name)

    def _path(self, n: Node, at: Scope) -> Any:
        names, base = [n.name], n.args[0]
        while base.op == "dot":
            names.insert(0, base.name)
            base = base.args[0]
        if base.op != "name":
            raise NotSaid(base.op)
        if base.value == "actor":
            return self.actor[names[0]]
        entity, row = at[str(base.value)]
        for name in names[:-1]:
            if row is None:
                return None
            if name == names[-2] and names[-1] == "id":
                return row[self._column(entity, name)]
            entity, row = self._follow(entity, row, name)
        return None if row is None else self._field(entity, row, names[-1])

    def _column(self, entity: str, name: str) -> str:
        field = self.catalog.entities[entity].fields.get(name)
        return field.columns[0].name if field is not None and field.columns else name

    def _follow(self, entity: str, row: Row, name: str) -> tuple[str, Row | None]:
        """The record at the end of a link; a link to one of several entities says which."""
        column = self._column(entity, name)
        targets = self.catalog.entities[entity].columns[column].kind.entities
        target = targets[0] if len(targets) == 1 else row.get(f"{column}_entity")
        id = row[column]
        return (target or targets[0]), None if id is None or target is None else self.view.record(target, id)

    def _field(self, entity: str, row: Row, name: str) -> Any:
        known = self.catalog.entities[entity]
        if name in known.columns and known.columns[name].stored:
            return row[name]
        field = known.fields.get(name)
        if field is None:
            return None  # a link to several: this one has no such field
        if field.formula is None:
            raise NotSaid(name)
        if not self.view.shows(entity, row["id"], name):
            return None
        value = self._value(self._tree(field.formula), {"record": (entity, row)})
        kind = field.columns[0].kind if field.columns else None
        if kind is not None and kind.kind == "decimal" and value is not None:
            return Decimal(value).quantize(Decimal(1).scaleb(-kind.scale))
        return value

    def _set(self, n: Node, at: Scope) -> tuple[str, list[Row]]:
        """The records of a set: those that point here."""
        base = n
        names: list[str] = []
        while base.op == "dot":
            names.insert(0, base.name)
            base = base.args[0]
        if base.op != "name" or not names:
            raise NotSaid(n.op)
        entity, row = at[str(base.value)]
        for name in names[:-1]:
            if row is None:
                break
            entity, row = self._follow(entity, row, name)
        children = self.catalog.entities[entity].children[names[-1]]
        return children.entity, [] if row is None else self.view.children(children.entity, children.by, row["id"])
