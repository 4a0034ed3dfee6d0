"""Conditions of a filter as values that people click together, and as expressions: what is written is read back alike.

A filter is an expression; a list has several, all of which hold. Each is one chip: arms of which one must hold, each of
conditions that all hold. What has no such form stays an expression (`Written`) and is never lost.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from msgspec import Struct

from ..expressions import ExprError, Node, parse, quote, unparse

SIGNS = {"eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}
NAMES = {sign: name for name, sign in SIGNS.items()}
TESTS = ("contains", "startsWith", "endsWith")
BARE = frozenset({"empty", "notEmpty", "me", "mine"})
"""Operators without a value."""
COUNTED = frozenset({"last_days", "next_days", "older_days"})
"""Periods that take a number of days."""
Bounds = tuple[tuple[str, str], ...]


def _span(start: str, first: int) -> Bounds:
    return ((">=", f"{start}({first})"), ("<", f"{start}({first + 1})"))


PERIODS: dict[str, Bounds] = {
    "today": (("==", "today()"),), "yesterday": (("==", "addDays(today(), -1)"),), "tomorrow": (("==", "addDays(today(), 1)"),),
    "this_week": _span("weekStart", 0), "last_week": _span("weekStart", -1), "next_week": _span("weekStart", 1),
    "this_month": _span("monthStart", 0), "last_month": _span("monthStart", -1), "next_month": _span("monthStart", 1),
    "this_quarter": _span("quarterStart", 0), "last_quarter": _span("quarterStart", -1), "next_quarter": _span("quarterStart", 1),
    "this_year": _span("yearStart", 0), "last_year": _span("yearStart", -1), "next_year": _span("yearStart", 1),
    "this_fiscal_year": _span("fyStart", 0), "last_fiscal_year": _span("fyStart", -1), "next_fiscal_year": _span("fyStart", 1),
    "last_days": ((">=", "addDays(today(), -{n})"), ("<=", "today()")),
    "next_days": ((">=", "today()"), ("<=", "addDays(today(), {n})")),
    "older_days": (("<", "addDays(today(), -{n})"),),
    "past": (("<", "today()"),), "future": ((">", "today()"),),
}  # fmt: skip
"""Periods about today: what a day is compared with; `{n}` stands for a number of days."""
DAYS = re.compile(r"addDays\(today\(\), (-?)(\d{1,5})\)")
KNOWN: dict[Bounds, str] = {bounds: name for name, bounds in PERIODS.items()}


class Condition(Struct, frozen=True):
    """One condition: the path of a field, an operator, and its values as canonical texts (codes, ids, ISO dates, numbers
    with a point); of `period` the name of the period, then the number of days where it takes one."""

    path: str
    op: str
    values: tuple[str, ...] = ()


class Written(Struct, frozen=True):
    """A condition that somebody wrote and that has no form to click."""

    text: str


Item = Condition | Written
Arms = tuple[tuple[Item, ...], ...]
KindOf = Callable[[str], str]
"""Path -> kind of its values: text, int, decimal, bool, date, datetime, duration, ref, list; '' where there is no such path."""


def write_arms(arms: Arms, kind_of: KindOf) -> str:
    """The expression of a filter; '' where it has no condition."""
    full = [[write_item(item, kind_of) for item in arm] for arm in arms if arm]
    said = [" && ".join(_held(t, "&&") if len(arm) > 1 else t for t in arm) for arm in full]
    return " || ".join(_held(t, "||") for t in said) if len(said) > 1 else "".join(said)


def _held(text: str, op: str) -> str:
    """A part that stands between `op`s: in brackets where it would be read otherwise."""
    node = parse(text)
    return (
        f"({text})" if node.op in ("cond", "||") or (node.op == "&&" and op == "&&" and not _is_range(node)) else text
    )


def _is_range(node: Node) -> bool:
    return len(node.args) == 2 and _range(node.args[0], node.args[1], lambda path: "any") is not None


def write_item(item: Item, kind_of: KindOf) -> str:
    """The expression of one condition."""
    if isinstance(item, Written):
        return item.text
    name, op, kind = f"record.{item.path}", item.op, kind_of(item.path)
    if op in ("empty", "notEmpty"):
        return f"{name} {'==' if op == 'empty' else '!='} null"
    if op in ("me", "mine"):
        return f"{name} == actor.id" if op == "me" else f"{name} in actor.departments"
    if op == "period":
        day = f"date({name})" if kind == "datetime" else name
        n = item.values[1] if len(item.values) > 1 else "0"
        return " && ".join(f"{day} {sign} {bound.format(n=n)}" for sign, bound in PERIODS[item.values[0]])
    values = [constant(kind, value) for value in item.values]
    if op in TESTS:
        return f"{values[0]} in {name}" if kind == "list" else f"{name}.lower().{op}({quote(item.values[0].lower())})"
    if op == "in":
        return f"{name} in [{', '.join(values)}]"
    if op == "notIn":
        return f"!({name} in [{', '.join(values)}])"
    if op == "between":
        return f"{name} >= {values[0]} && {name} <= {values[1]}"
    return f"{name} {SIGNS[op]} {values[0]}"


def constant(kind: str, value: str) -> str:
    """A canonical text as a constant of the language."""
    if kind in ("int", "decimal", "bool"):
        return value
    call = {"date": "date", "datetime": "timestamp", "duration": "duration"}.get(kind)
    return f"{call}({quote(value)})" if call else quote(value)


@lru_cache(maxsize=4096)
def _parsed(text: str) -> Node | None:
    try:
        return parse(text)
    except ExprError:
        return None


def read_arms(text: str, kind_of: KindOf) -> Arms:
    """The conditions that an expression says; one that is written where it says something else, or nothing."""
    node = _parsed(text)
    if node is None:
        return ((Written(text),),)
    arms = node.args if node.op == "||" else (node,)
    return tuple(tuple(_items(arm, kind_of)) for arm in arms)


def _items(node: Node, kind_of: KindOf) -> list[Item]:
    parts = list(node.args) if node.op == "&&" else [node]
    made: list[Item] = []
    while parts:
        one = parts.pop(0)
        both = _range(one, parts[0], kind_of) if parts else None
        if both is not None:
            parts.pop(0)
            made.append(both)
        elif one.op == "&&":
            parts = [*one.args, *parts]
        else:
            made.append(read_condition(one, kind_of) or Written(unparse(one)))
    return made


def read_condition(node: Node, kind_of: KindOf) -> Condition | None:
    """The condition that a part says; None where it has no form to click."""
    if node.op == "dot":
        path = path_of(node)
        return Condition(path, "eq", ("true",)) if path and kind_of(path) == "bool" else None
    if node.op == "not" and node.args[0].op == "in":
        inner = read_condition(node.args[0], kind_of)
        return Condition(inner.path, "notIn", inner.values) if inner is not None and inner.op == "in" else None
    if node.op == "call" and node.name in TESTS and len(node.args) == 2:
        return _test(node, kind_of)
    if node.op == "in" and node.args[0].op == "lit":
        path, value = path_of(node.args[1]), _text_of(node.args[0], "text")
        return Condition(path, "contains", (value,)) if path and value is not None and kind_of(path) == "list" else None
    if len(node.args) != 2 or node.op not in (*NAMES, "in"):
        return None
    left, right = node.args
    period = _period(((node.op, left, right),), kind_of)
    if period is not None:
        return period
    path = path_of(left)
    kind = kind_of(path) if path else ""
    if not path or not kind:
        return None
    if right.op == "lit" and right.value is None:
        return Condition(path, {"==": "empty", "!=": "notEmpty"}[node.op]) if node.op in ("==", "!=") else None
    whole = unparse(right)
    if (node.op, whole) in (("==", "actor.id"), ("in", "actor.departments")):
        return Condition(path, "me" if node.op == "==" else "mine")
    if node.op == "in":
        found = [_text_of(one, kind) for one in right.args] if right.op == "list" and right.args else [None]
        return None if None in found else Condition(path, "in", tuple(str(one) for one in found))
    value = _text_of(right, kind)
    return None if value is None else Condition(path, NAMES[node.op], (value,))


def _test(node: Node, kind_of: KindOf) -> Condition | None:
    """Whether a text, whatever its case, holds another."""
    lower, part = node.args
    path = path_of(lower.args[0]) if lower.op == "call" and lower.name == "lower" and len(lower.args) == 1 else ""
    if not path or kind_of(path) != "text" or part.op != "lit" or not isinstance(part.value, str):
        return None
    return Condition(path, node.name, (part.value,)) if part.value == part.value.lower() else None


def _range(low: Node, high: Node, kind_of: KindOf) -> Condition | None:
    """Two comparisons of one field that are a range or a period."""
    if len(low.args) != 2 or len(high.args) != 2 or low.args[0] != high.args[0]:
        return None
    period = _period(((low.op, *low.args), (high.op, *high.args)), kind_of)
    if period is not None:
        return period
    path = path_of(low.args[0])
    if not path or (low.op, high.op) != (">=", "<=") or not kind_of(path):
        return None
    values = _text_of(low.args[1], kind_of(path)), _text_of(high.args[1], kind_of(path))
    return None if None in values else Condition(path, "between", (str(values[0]), str(values[1])))


def _period(parts: tuple[tuple[str, Node, Node], ...], kind_of: KindOf) -> Condition | None:
    """Comparisons with days about today that are a period."""
    left = parts[0][1]
    is_moment = left.op == "call" and left.name == "date" and len(left.args) == 1
    path = path_of(left.args[0] if is_moment else left)
    kind = kind_of(path) if path else ""
    if kind not in ("date", "datetime", "any") or (kind != "any" and is_moment != (kind == "datetime")):
        return None
    bounds = tuple((sign, unparse(right).replace("-(0)", "-0")) for sign, _, right in parts)  # the last 0 days
    if bounds in KNOWN:
        return Condition(path, "period", (KNOWN[bounds],))
    counts = {m[2] for _, bound in bounds if (m := DAYS.fullmatch(bound))}
    general = tuple((sign, DAYS.sub(r"addDays(today(), \1{n})", bound)) for sign, bound in bounds)
    return Condition(path, "period", (KNOWN[general], counts.pop())) if general in KNOWN and len(counts) == 1 else None


def path_of(node: Node) -> str:
    """'donor.name' of record.donor.name, else ''."""
    names: list[str] = []
    while node.op == "dot":
        names.append(node.name)
        node = node.args[0]
    return ".".join(names[::-1]) if node.op == "name" and node.name == "record" else ""


def _text_of(node: Node, kind: str) -> str | None:
    """The canonical text of a constant of that kind; None for anything else."""
    if node.op == "neg" and kind in ("int", "decimal", "any"):
        inner = _text_of(node.args[0], kind)
        return None if inner is None else f"-{inner}"
    if node.op == "call" and node.name == {"date": "date", "datetime": "timestamp", "duration": "duration"}.get(
        kind, ""
    ):
        inside = node.args[0] if len(node.args) == 1 else None
        return inside.value if inside is not None and inside.op == "lit" and isinstance(inside.value, str) else None
    if node.op != "lit" or node.value is None:
        return None
    if isinstance(node.value, bool):
        return str(node.value).lower() if kind in ("bool", "any") else None
    if isinstance(node.value, str):
        return node.value if kind in ("text", "ref", "list", "any") else None
    return unparse(node) if kind in ("int", "decimal", "any") else None
