"""Constants out of a typed tree, and its shape: two filters that differ only in constants share one statement.

typed, constants = lift_constants(rule.typed)
key = shape(typed)                           # the same for `amount > 100` and `amount > 250`
statement = cached.get(key) or build(typed)  # with SqlBuilder
connection.execute(statement, builder.bind(ctx, constants))
"""

from __future__ import annotations

from typing import Any

from .typed import Typed

LIFTED = ("int", "decimal", "text", "date", "datetime", "duration", "ref")
FIXED = ("matches",)
"""Functions whose constant arguments are part of the statement."""
FEW = 8
"""Codes of a list, at most, that are constants of their own: such a list may be read code by code."""


def lift_constants(typed: Typed, start: int = 0) -> tuple[Typed, list[Any]]:
    """The tree with numbered slots for its constants, and their values. start: the number of the first slot, where
    several expressions share one statement; their constants are then given to `bind` one after the other."""
    found: list[Any] = []
    return _lift(typed, found, start), found


def _lift(n: Typed, found: list[Any], start: int) -> Typed:
    value: Any = None
    if n.op == "const" and n.type.kind in LIFTED and n.value is not None:
        value = n.value
    elif n.op == "list" and n.args and all(a.op == "const" and a.type.kind in ("text", "ref", "date") for a in n.args):
        value = [a.value for a in n.args]
    if value is not None:
        found.append(value)
        return Typed("slot", n.type, value=start + len(found) - 1, free=True)
    if n.op == "in" and n.args[0].type.codes and n.args[1].op == "list" and 2 <= len(n.args[1].args) <= FEW:
        own, many = n.args
        listed = Typed("list", many.type, [_lift(a, found, start) for a in many.args], many.value, many.free)
        return Typed("in", n.type, (_lift(own, found, start), listed), n.value, n.free)
    if n.op == "formula" or (n.op == "fn" and n.value in FIXED):
        args = (_lift(n.args[0], found, start), *n.args[1:]) if n.op == "fn" else n.args
    else:
        args = tuple(_lift(a, found, start) for a in n.args)
    if all(a is b for a, b in zip(args, n.args, strict=True)):
        return n
    return Typed(n.op, n.type, args, n.value, n.free)


def shape(typed: Typed) -> str:
    """A key for the structure of the SQL that a tree gives. Formulas go in by name: keep the key for one schema."""
    t = typed.type
    head = f"{typed.op}:{t.kind}{t.scale}{'?' if t.null else ''}"
    if typed.op == "formula":
        return f"({head} {typed.value})"
    value = "" if typed.op == "code" else typed.value
    said = f"{typed.value.codes}.{typed.value.attribute}" if typed.op == "code" else repr(value)
    return f"({head} {said} {' '.join(shape(a) for a in typed.args)})"
