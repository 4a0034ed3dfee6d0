"""The frame of the checker: limits, errors, and what every part of it needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NoReturn, Protocol

from xrm_core.metamodel.kinds import T

from .depth import MAX_DEPTH, MAX_OWN, MAX_RAW
from .schema import ExprEntity, ExprField, Schema
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


class Sight(Protocol):
    """What exists for the reader who wrote an expression. A field that is hidden from him is unknown to the check, in every
    message too; a field that is masked on some rows may be empty there, whatever its type says."""

    def hides(self, entity: str, field: str) -> bool:
        """Whether there is no such field (or set of records) for him."""

    def masks(self, entity: str, field: str | None) -> bool:
        """Whether the field may be empty on a row because he may not read it; None: whether a row may be missing."""

    def both(self, entity: str, field: str) -> Typed | None:
        """On which rows of all that are stored the field is read, in one rule; None: where there is no such shorter rule."""

    def follows(self, entity: str) -> bool:
        """Whether child rows are seen just where the field that holds them is."""


class Known(Mapping[str, ExprField]):
    """The fields of an entity without those that are hidden."""

    def __init__(self, entity: ExprEntity, sight: Sight) -> None:
        self.entity, self.sight = entity, sight

    def __getitem__(self, name: str) -> ExprField:
        if name in self.entity.fields and not self.sight.hides(self.entity.name, name):
            return self.entity.fields[name]
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return (name for name in self.entity.fields if not self.sight.hides(self.entity.name, name))

    def __len__(self) -> int:
        return sum(1 for _ in self)


class Base:
    """One check of one text. `vars`: variable -> entity; `chain`: formulas that are being checked around this text;
    `nullable`: every field may be empty, whatever its type says (it may be hidden from the one who asks); `sight`: which
    fields there are for him, and which may be empty. Formulas that he reads see all fields, each as one that may be empty."""

    def __init__(
        self,
        schema: Schema,
        text: str | None,
        variables: Mapping[str, str],
        chain: tuple[tuple[str, str], ...] = (),
        nullable: bool = False,
        level: int = 0,
        sight: Sight | None = None,
    ) -> None:
        self.schema, self.text, self.vars, self.chain = schema, text, dict(variables), chain
        self.nullable, self.level, self.sight = nullable or sight is not None, level, sight

    def fail(self, node: Node, message: str, hint: str | None = None) -> NoReturn:
        """Raise with the place of a part."""
        raise ExprError(message, node.start, node.end, self.text, hint)

    def entity(self, name: str, node: Node) -> ExprEntity:
        """An entity by name."""
        try:
            return self.schema.entities[name]
        except KeyError:
            self.fail(node, f"the entity '{name}' does not exist")

    def fields(self, name: str, node: Node) -> Mapping[str, ExprField]:
        """The fields of an entity that there are for the reader."""
        entity = self.entity(name, node)
        return entity.fields if self.sight is None else Known(entity, self.sight)

    def masked(self, entity: str, field: str | None) -> bool:
        """Whether a field is empty on some rows, or (None) a row is missing, because the reader may not see it."""
        return self.nullable if self.sight is None else self.sight.masks(entity, field)

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
