"""Syntax tree <-> rows of the filter builder.

A filter is {'all': [...]}, {'any': [...]}, {'not': filter}, {'field', 'op', 'value'} or {'text': ...} for what the
builder has no form for (shown as a row of text, never lost). Values are expression text: they are parsed, never pasted.
"""

from __future__ import annotations

from typing import Any

from .parser import parse
from .syntax import ExprError, Node
from .text import unparse

Filter = dict[str, Any]

NAMES = {"==": "is", "!=": "is_not", "<": "lt", "<=": "le", ">": "gt", ">=": "ge"}
SIGNS = {name: sign for sign, name in NAMES.items()}
TESTS = ("contains", "startsWith", "endsWith")


def field_of(n: Node) -> str | None:
    """'donor.name' for record.donor.name, else None."""
    names: list[str] = []
    while n.op == "dot":
        names.append(n.name)
        n = n.args[0]
    return ".".join(names[::-1]) if n.op == "name" and n.name == "record" and names else None


def reads_record(n: Node) -> bool:
    """Whether a part reads anything but the actor."""
    return (n.op == "name" and n.name != "actor") or any(map(reads_record, n.args))


def plain_value(n: Node) -> str | None:
    """Text of a value that the builder shows in its value box: a constant, a list, or such as today() - days(7)."""
    is_value = n.op == "lit" or (n.op in ("list", "call", "dot", "+", "-") and not reads_record(n))
    return unparse(n) if is_value else None


def to_filter(n: Node) -> Filter:
    """Rows of the filter builder for a condition."""
    if n.op in ("&&", "||"):
        return {"all" if n.op == "&&" else "any": [to_filter(a) for a in n.args]}
    if n.op == "not" and n.args[0].op in ("&&", "||", "call", "dot", "in"):
        return {"not": to_filter(n.args[0])}
    return _row(n) or {"text": unparse(n)}


def _row(n: Node) -> Filter | None:
    if n.op == "dot":
        name = field_of(n)
        return {"field": name, "op": "yes"} if name else None
    name = field_of(n.args[0]) if len(n.args) == 2 else None
    if name is None:
        return None
    value = n.args[1]
    if n.op in ("==", "!=") and value.op == "lit" and value.value is None:
        return {"field": name, "op": "empty" if n.op == "==" else "not_empty"}
    text = plain_value(value)
    if text is None:
        return None
    if n.op in NAMES or n.op == "in":
        return {"field": name, "op": NAMES.get(n.op, "in"), "value": text}
    return {"field": name, "op": n.name, "value": text} if n.op == "call" and n.name in TESTS else None


def from_filter(row: Filter) -> Node:
    """The condition of some rows. Raises ExprError for a value that is none, or an unknown operator."""
    for key, op in (("all", "&&"), ("any", "||")):
        if key in row:
            parts = [from_filter(r) for r in row[key]]
            if len(parts) == 1:
                return parts[0]
            return Node(op, parts) if parts else Node("lit", value=op == "&&")
    if "not" in row:
        return Node("not", [from_filter(row["not"])])
    if "text" in row:
        return parse(row["text"])
    return _condition(parse("record." + row["field"]), row["op"], row.get("value"))


def _condition(field: Node, op: str, value: str | None) -> Node:
    if op == "yes":
        return field
    if op in ("empty", "not_empty"):
        return Node("==" if op == "empty" else "!=", [field, Node("lit")])
    if op not in SIGNS and op not in TESTS and op != "in":
        raise ExprError(f"the filter has no operator '{op}'", hint="one of " + ", ".join([*SIGNS, *TESTS, "in"]))
    parsed = parse(value or "")
    return Node("call", [field, parsed], op) if op in TESTS else Node(SIGNS.get(op, "in"), [field, parsed])
