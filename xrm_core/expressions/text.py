"""Syntax tree -> canonical text with the fewest brackets: parse(unparse(n)) == n."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from .functions import FUNCTIONS, MACROS
from .syntax import BINARY, Literal, Node

UNARY, MEMBER = 6, 7
ORDER = {**BINARY, "cond": 0, "not": UNARY, "neg": UNARY}
ESCAPED = (("\\", "\\\\"), ("'", "\\'"), ("\n", "\\n"), ("\r", "\\r"), ("\t", "\\t"))


def quote(s: str) -> str:
    """A text as a literal."""
    for plain, escaped in ESCAPED:
        s = s.replace(plain, escaped)
    return f"'{s}'"


def one_of(path: str, values: Iterable[str]) -> str:
    """The condition that what a path leads to is one of some texts: `record.id in ['a', 'b']`."""
    return f"{path} in [{', '.join(map(quote, values))}]"


def literal(v: Literal) -> str:
    """A literal as written."""
    if isinstance(v, str):
        return quote(v)
    if v is None or isinstance(v, bool):
        return {None: "null", True: "true", False: "false"}[v]
    return f"{v:f}" if isinstance(v, Decimal) else str(v)


def _level(n: Node) -> int:
    if n.op == "lit" and isinstance(n.value, int | Decimal) and n.value < 0:
        return UNARY
    return ORDER.get(n.op, MEMBER)


def unparse(n: Node, level: int = 0) -> str:
    """The text of a tree; in brackets where it binds less tightly than `level`."""
    own = _level(n)
    text = _unparse(n, own)
    return f"({text})" if own < level else text


def joined(nodes: tuple[Node, ...]) -> str:
    """Arguments."""
    return ", ".join(map(unparse, nodes))


def _unparse(n: Node, own: int) -> str:
    op, a = n.op, n.args
    if op == "lit":
        return literal(n.value)
    if op == "name":
        return n.name
    if op == "dot":
        return f"{unparse(a[0], MEMBER)}.{n.name}"
    if op == "list":
        return f"[{joined(a)}]"
    if op == "call":
        return _call(n)
    if op == "cond":
        return f"{unparse(a[0], 1)} ? {unparse(a[1], 1)} : {unparse(a[2])}"
    if op == "not":
        return "!" + unparse(a[0], UNARY if a[0].op == "not" else MEMBER)
    if op == "neg":
        inner = f"({unparse(a[0])})" if a[0].op == "lit" else unparse(a[0], UNARY if a[0].op == "neg" else MEMBER)
        return "-" + inner
    if op in ("&&", "||"):
        return f" {op} ".join(unparse(x, own + 1) for x in a)
    left = own + 1 if own == BINARY["=="] else own  # comparisons do not chain
    return f"{unparse(a[0], left)} {op} {unparse(a[1], own + 1)}"


def _call(n: Node) -> str:
    name, a = n.name, n.args
    f = FUNCTIONS.get(name)
    on_record = name in MACROS and a and a[0].op == "dot" and (len(a) == 1 or a[1].op == "name")
    if a and ((f and f.method) or on_record):
        return f"{unparse(a[0], MEMBER)}.{name}({joined(a[1:])})"
    if not a and name in FUNCTIONS:
        return f"{name}()"
    return f"{name}({joined(a)})"
