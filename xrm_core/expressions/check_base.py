"""The frame of the checker: limits, errors, and what every part of it needs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NoReturn

from xrm_core.metamodel.kinds import T

from .depth import MAX_DEPTH, MAX_OWN, MAX_RAW
from .schema import ExprEntity, Schema
from .syntax import ExprError, Node
from .typed import Typed

MAX_SIZE = 4000
"""Parts with all formulas written out."""
MAX_LEVEL = 120
"""Depth while formulas are checked inside of formulas."""

OPS = dict.fromkeys(("&&", "||"), "and") | dict.fromkeys(("==", "!=", "<", "<=", ">", ">="), "rel")
OPS |= dict.fromkeys("+-*/%", "arith")


class FormulaCycle(ExprError):
    """A formula that reads itself, perhaps through others."""


class Base:
    """One check of one text. `vars`: variable -> entity; `chain`: formulas that are being checked around this text;
    `nullable`: every field may be empty, whatever its type says (it may be hidden from the one who asks)."""

    def __init__(
        self,
        schema: Schema,
        text: str | None,
        variables: Mapping[str, str],
        chain: tuple[tuple[str, str], ...] = (),
        nullable: bool = False,
        level: int = 0,
    ) -> None:
        self.schema, self.text, self.vars, self.chain = schema, text, dict(variables), chain
        self.nullable, self.level = nullable, level

    def fail(self, node: Node, message: str, hint: str | None = None) -> NoReturn:
        """Raise with the place of a part."""
        raise ExprError(message, node.start, node.end, self.text, hint)

    def entity(self, name: str, node: Node) -> ExprEntity:
        """An entity by name."""
        try:
            return self.schema.entities[name]
        except KeyError:
            self.fail(node, f"the entity '{name}' does not exist")

    def check(self, n: Node) -> Typed:
        """The typed part."""
        self.level += 1
        if self.level > MAX_LEVEL:
            self.fail(n, "formulas are nested too deep", "read fewer formulas inside of formulas")
        t: Typed = getattr(self, "on_" + OPS.get(n.op, n.op))(n)
        if t.own > MAX_OWN:
            self.fail(n, "nested too deep", "say a part of it in a formula field of its own")
        if t.raw > MAX_RAW or t.depth > MAX_DEPTH or t.size > MAX_SIZE:
            self.fail(n, "too deep with its formulas written out", "read fewer formulas inside of formulas")
        self.level -= 1
        return t

    def bool(self, n: Node) -> Typed:
        """A part that must be yes or no."""
        t = self.check(n)
        if t.type.kind != "bool":
            hint = "compare it with something" if t.type.kind != "null" else None
            self.fail(n, f"yes/no expected, found {t.type}", hint)
        return t

    def mismatch(self, n: Node, op: str, a: Typed, b: Typed) -> NoReturn:
        """Raise: these two kinds do not go together."""
        hint = None
        for x, y in ((a, b), (b, a)):
            hint = pair_hint(x, y) or hint
        at = n.args[1] if b.op == "const" else n.args[0] if a.op == "const" else n
        self.fail(at, f"'{op}' cannot be used with {a.type} and {b.type}", hint)


def pair_hint(x: Typed, y: Typed) -> str | None:
    """The way out when x stands beside y."""
    kx, ky = x.type.kind, y.type.kind
    constant = x.op == "const"
    if constant and kx == "text" and ky in ("date", "datetime", "duration"):
        return f"write {'timestamp' if ky == 'datetime' else ky}('{x.value}')"
    if {kx, ky} == {"date", "datetime"}:
        return "date(…) makes a date of a date and time"
    if kx == "text" and ky in ("int", "decimal"):
        return "numbers are written without quotes" if constant else "string(…) makes text of a number"
    if kx == "ref" and ky in ("text", "int"):
        return "a link is compared with an id in quotes, or with another link"
    return None


def plain(t: T) -> str:
    """A type as people read it."""
    return str(t.with_null(False))
