"""Denies fail closed: from a condition that closes to the one under which it surely does not.

The language knows yes and no only, and a comparison with an empty field is no. Negated that would open what a deny is there to
close, wherever nobody filled the field in. So a deny is turned over at its comparisons, and each asks for its fields to be
filled: `record.sealed == true` becomes `record.sealed != null && record.sealed != true`.
"""

from __future__ import annotations

from functools import lru_cache

from ..expressions import Node, parse, unparse

TURNED = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
TESTS = ("contains", "startsWith", "endsWith", "matches")
YES, NO = Node("lit", value=True), Node("lit", value=False)


@lru_cache(maxsize=2000)
def surely_not(text: str) -> str:
    """The condition under which a deny does not apply, with nothing it asks for left empty."""
    return unparse(_no(parse(text)))


def _no(n: Node) -> Node:
    """Surely false."""
    if n.op in ("&&", "||"):
        return _joined("||" if n.op == "&&" else "&&", [_no(a) for a in n.args])
    if n.op == "not":
        return _yes(n.args[0])
    if n.op == "lit":
        return YES if n.value is False else NO
    if n.op == "cond":
        return _either(n, _no)
    if n.op in TURNED:
        turned = Node(TURNED[n.op], n.args)
        if _tests_null(n) or n.op != "==":
            return turned
        return _all([*_filled(n.args), turned])
    if n.op == "in":
        return _all([*_filled(n.args[:1]), Node("not", [n])])
    if n.op == "call":
        return _no_call(n)
    return _all([*_filled((n,)), Node("not", [n])])


def _yes(n: Node) -> Node:
    """Surely true."""
    if n.op in ("&&", "||"):
        return _joined(n.op, [_yes(a) for a in n.args])
    if n.op == "not":
        return _no(n.args[0])
    if n.op == "cond":
        return _either(n, _yes)
    if n.op == "!=" and not _tests_null(n):
        return _all([*_filled(n.args), n])
    if n.name == "exists" and len(n.args) == 3:
        return Node("call", [*n.args[:2], _yes(n.args[2])], "exists")
    return n


def _no_call(n: Node) -> Node:
    """A set of which no record may meet the condition; a test of texts that are there; a yes/no that is there."""
    if n.name == "has":
        return Node("not", [n])
    if n.name == "exists":
        args = [*n.args[:2], Node("not", [_no(n.args[2])])] if len(n.args) == 3 else n.args
        return Node("not", [Node("call", args, "exists")])
    return _all([*_filled(n.args if n.name in TESTS else (n,)), Node("not", [n])])


def _either(n: Node, turn: object) -> Node:
    asked, then, other = n.args
    return _joined("||", [_all([_yes(asked), turn(then)]), _all([_no(asked), turn(other)])])  # type: ignore[operator]


def _tests_null(n: Node) -> bool:
    return any(a.op == "lit" and a.value is None for a in n.args)


def _filled(values: tuple[Node, ...]) -> list[Node]:
    """That each of these values is there."""
    return [Node("!=", [v, Node("lit")]) for v in values if _may_be_empty(v)]


def _may_be_empty(n: Node) -> bool:
    return n.op == "dot" or any(_may_be_empty(a) for a in n.args)


def _all(parts: list[Node]) -> Node:
    return _joined("&&", parts)


def _joined(op: str, parts: list[Node]) -> Node:
    flat = [x for part in parts for x in (part.args if part.op == op else (part,))]
    return Node(op, flat) if len(flat) > 1 else flat[0]
