"""Syntax tree -> a sentence for people (English; a translation swaps the phrases)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from .check_names import path_text
from .functions import MACROS
from .schema import ExprField, Schema
from .syntax import Literal, Node
from .text import unparse

PHRASES = {
    "==": "is",
    "!=": "is not",
    "<": "is less than",
    "<=": "is at most",
    ">": "is more than",
    ">=": "is at least",
    "in": "is one of",
    "contains": "contains",
    "startsWith": "starts with",
    "endsWith": "ends with",
    "matches": "matches",
}
DATES = {"<": "is before", "<=": "is not after", ">": "is after", ">=": "is not before"}
SIGNS = {"+": "plus", "-": "minus", "*": "times", "/": "divided by", "%": "modulo"}
HEADS = {
    "count": "the number of",
    "exists": "there are",
    "sum": "the sum of {} over",
    "min": "the least {} of",
    "max": "the greatest {} of",
    "latest": "the latest {} of",
    "first": "the first {} of",
}
MOMENTS = ("now", "today", "date", "timestamp")


class Named(NamedTuple):
    """A path as people read it, and the field at its end."""

    words: str
    field: ExprField


def sentence(n: Node, schema: Schema, entity: str) -> str:
    """A sentence that says what a rule asks."""
    return Speaker(schema, {"record": entity}).say(n)


class Speaker:
    """Says parts of a tree. variables: variable -> entity."""

    def __init__(self, schema: Schema, variables: Mapping[str, str]) -> None:
        self.schema, self.vars = schema, variables

    def path(self, n: Node) -> Named | None:
        """'amount of donor' for record.donor.amount; None for what is no path of fields."""
        names: list[str] = []
        while n.op == "dot":
            names.append(n.name)
            n = n.args[0]
        if n.op != "name" or n.name not in self.vars or not names:
            return None
        entity, labels, last = self.vars[n.name], [], None
        for name in names[::-1]:
            last = self.schema.entities[entity].fields.get(name)
            if last is None:
                return None
            labels.append(last.label or name.replace("_", " "))
            entity = last.children.entity if last.children else (last.type.entities or (entity,))[0]
        assert last is not None
        return Named(" of ".join(labels[::-1]), last)

    def say(self, n: Node, level: int = 0) -> str:
        """The words of a part; in brackets where it stands in a tighter one."""
        op, a = n.op, n.args
        if op in ("&&", "||"):
            return self.junction(n, level)
        if op == "not":
            return f"{self.say(a[0])} is not set" if a[0].op == "dot" else f"not ({self.say(a[0])})"
        if op in PHRASES:
            return self.comparison(n)
        if op == "lit":
            return said(n.value)
        if op == "list":
            return enumeration([self.say(x) for x in a])
        if op == "dot":
            return self.dot(n)
        if op == "cond":
            return f"{self.say(a[1])} if {self.say(a[0])}, otherwise {self.say(a[2])}"
        if op == "call":
            return self.call(n)
        if op == "neg":
            return f"-({self.say(a[0])})"
        return f"{self.say(a[0], 3)} {SIGNS[op]} {self.say(a[1], 3)}" if op in SIGNS else unparse(n)

    def junction(self, n: Node, level: int) -> str:
        """and, or; the same field compared with several values is said once."""
        a, is_and = n.args, n.op == "&&"
        if not is_and and all(x.op == "==" and x.args[0] == a[0].args[0] for x in a):
            return f"{self.say(a[0].args[0])} is " + " or ".join(self.say(x.args[1]) for x in a)
        own = 2 if is_and else 1
        text = (" and " if is_and else " or ").join(self.say(x, own) for x in a)
        return f"({text})" if level > own or (level == 2 and not is_and) else text

    def comparison(self, n: Node) -> str:
        """A comparison."""
        left, right = n.args
        if right.op == "lit" and right.value is None:
            return f"{self.say(left)} is {'' if n.op == '==' else 'not '}empty"
        p = self.path(left)
        if n.op == "!=" and p and p.field.type.null:
            return f"{p.words} is not {self.say(right)} (or is empty)"
        dated = (p and p.field.type.kind in ("date", "datetime")) or (right.op == "call" and right.name in MOMENTS)
        words = DATES.get(n.op, PHRASES[n.op]) if dated else PHRASES[n.op]
        return f"{self.say(left)} {words} {self.say(right)}"

    def dot(self, n: Node) -> str:
        """A path."""
        p = self.path(n)
        if p:
            return p.words
        base = n.args[0]
        if base.op == "name" and base.name == "actor":
            return f"your {n.name.replace('_', ' ')}"
        if base.op == "call" and base.name == "code":
            return f"{n.name.replace('_', ' ')} of {self.say(base.args[0])}"
        return path_text(n)

    def call(self, n: Node) -> str:
        """A call."""
        a, name = n.args, n.name
        if name in PHRASES and len(a) == 2:
            return f"{self.say(a[0])} {PHRASES[name]} {self.say(a[1])}"
        if name in ("now", "today") and not a:
            return name
        if name in ("days", "hours", "minutes"):
            return f"{self.say(a[0])} {name}"
        if name in ("date", "timestamp", "duration") and len(a) == 1 and a[0].op == "lit":
            return str(a[0].value)
        p = self.path(a[0]) if a and name in MACROS else None
        if p and p.field.children:
            return self.rollup(n, p)
        return f"{name}({', '.join(self.say(x) for x in a)})"

    def rollup(self, n: Node, p: Named) -> str:
        """A roll-up."""
        rest = list(n.args[2:])
        names: dict[str, str] = {**self.vars}
        if len(n.args) > 1 and p.field.children:
            names[n.args[1].name] = p.field.children.entity
        inner = Speaker(self.schema, names)
        head = HEADS[n.name]
        if "{}" in head and rest:
            head = head.format(inner.say(rest.pop(0)))
        if n.name in ("latest", "first") and rest:
            rest.pop(0)
        return f"{head} {p.words}" + (f" where {inner.say(rest[0], 3)}" if rest else "")


def enumeration(words: list[str]) -> str:
    """a, b or c."""
    if not words:
        return "nothing"
    return ", ".join(words[:-1]) + " or " + words[-1] if len(words) > 1 else words[0]


def said(value: Literal) -> str:
    """A literal in a sentence."""
    if isinstance(value, str):
        return value
    if value is None or isinstance(value, bool):
        return {None: "empty", True: "yes", False: "no"}[value]
    return f"{value:f}" if not isinstance(value, int) else str(value)
