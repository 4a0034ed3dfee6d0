"""The typed tree: what the checker makes of a syntax tree, and what both compilers translate."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from msgspec import Struct

from xrm_core.metamodel.kinds import LIMIT, NUMBER, T

from .depth import EVALUATED, GUARD, LEAF, costs, cut_above, is_guarded, is_spoken

MAY_BE_NULL = ("path", "slot", "if", "fn", "formula", "code", "rollup", "plugin")
"""Parts of kind bool that can still be null, and then count as false."""


class Hop(Struct, frozen=True):
    """One step through a link: the link field, its column, the entity it leads to and the one it starts from."""

    name: str
    column: str
    entity: str
    source: str


class Path(Struct, frozen=True):
    """A field of a variable, perhaps through links. entity, name, column: of the last field."""

    var: str
    hops: tuple[Hop, ...]
    entity: str
    name: str
    column: str


class FormulaRef(Struct, frozen=True):
    """A computed field of a variable, perhaps through links. guard: empty links must be told apart from a value; test: what the
    value is asked, where the part is the answer to that (`deciding`)."""

    var: str
    hops: tuple[Hop, ...]
    entity: str
    name: str
    guard: bool
    test: str = ""


class RollUp(Struct, frozen=True):
    """A summary over the records that point to `owner` at the end of `hops`.

    kind: exists count sum min max latest first; name: the variable of one record; entity, by, by_column: which records
    and their link field; live: leave deleted records out; parts: what the arguments are, of value, by, cond.
    """

    kind: str
    name: str
    var: str
    hops: tuple[Hop, ...]
    owner: str
    field: str
    entity: str
    by: str
    by_column: str
    live: bool
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CodeRef:
    """An attribute of a choice's code; `values` maps codes to values. `texts`: labels by code and language, where the one who
    reads gets his own."""

    codes: str
    attribute: str
    values: dict[str, Any] = field(hash=False)
    texts: Mapping[str, Mapping[str, str]] = field(default_factory=dict, hash=False)


class Typed:
    """One part of the typed tree.

    op: const slot path actor fact now today fystart isnull notnull cmp and or not if in list arith neg scale concat fn code
    fy formula plugin rollup. free: does not depend on a record (so SQL gets its value as one parameter).
    own: depth as SQL of the text itself; raw: that with the formulas written out; depth: that on SQLite, where deep
    parts are cut: computed by one function of ours from `leaf`-deep arguments; size: number of parts as SQL.
    """

    __slots__ = ("args", "depth", "free", "is_cut", "leaf", "op", "own", "raw", "size", "type", "value")

    def __init__(
        self, op: str, type: T, args: Iterable[Typed] = (), value: Any = None, free: bool | None = None
    ) -> None:
        self.op, self.args, self.value, self.type = op, tuple(args), value, type
        self.free: bool = all(a.free for a in self.args) if free is None else free
        self.own: int = 1 if op == "formula" else self._deepest([a.own for a in self.args])
        self.raw: int = self._deepest([a.raw for a in self.args])
        self.depth, self.is_cut, self.leaf = self._on_sqlite()
        self.size: int = 1 + sum(a.size for a in self.args) + self._repeated()

    def _deepest(self, below: list[int]) -> int:
        """Depth, given that of the arguments; a record-free part is one parameter."""
        if self.free or not below:
            return 1
        deepest = max(cost + d for cost, d in zip(costs(self), below, strict=True))
        return deepest + GUARD if is_guarded(self) else deepest

    def _on_sqlite(self) -> tuple[int, bool, int]:
        """Depth on SQLite, whether the part is cut there, and the depth of the deepest value that it then needs."""
        if self.free or not self.args:
            return 1, False, 1
        depth = self._deepest([a.depth for a in self.args])
        leaf = depth if self.op == "rollup" or is_spoken(self) else max(LEAF, *(a.leaf for a in self.args))
        is_cut = depth > cut_above(self) and EVALUATED + leaf < depth
        return (EVALUATED + leaf if is_cut else depth), is_cut, leaf

    def _repeated(self) -> int:
        """Size of what SQL has to write more than once."""
        if self.op == "in" and self.args[1].op == "list" and self.args[0].type.kind in NUMBER:
            return self.args[0].size * sum(i.op != "const" for i in self.args[1].args)
        return self.args[1].size if self.op == "fn" and self.value in ("datetime_add", "datetime_sub") else 0

    def __repr__(self) -> str:
        said = f" {self.value}" if self.value is not None else ""
        return f"({self.op}{said} {' '.join(map(repr, self.args))}:{self.type})"

    def walk(self) -> Iterator[Typed]:
        """This part and all below it, formulas included."""
        yield self
        for a in self.args:
            yield from a.walk()


def bounded(kind: str, null: bool, scale: int, bound: int) -> tuple[T, bool]:
    """A type, and whether its values may need more than 18 digits and so must be guarded (null then)."""
    guard = bound >= LIMIT
    return T(kind, null or guard, scale, min(bound, LIMIT - 1)), guard


def same_records(a: T, b: T) -> bool:
    """Whether two links may point to the same record."""
    return not a.entities or not b.entities or bool(set(a.entities) & set(b.entities))


def unify(a: T, b: T) -> T | None:
    """Common type of two values, or None."""
    if a.kind == "null":
        return b.with_null(True)
    if b.kind == "null":
        return a.with_null(True)
    null = a.null or b.null
    if a.kind in NUMBER and b.kind in NUMBER:
        scale = max(a.scale, b.scale)
        bound = max(a.bound * 10 ** (scale - a.scale), b.bound * 10 ** (scale - b.scale))
        return T("int" if a.kind == b.kind == "int" else "decimal", null, scale, bound)
    if a.kind == b.kind == "text":
        same = a.of == b.of and a.codes == b.codes
        return T("text", null, of=a.of if same else None, codes=a.codes if same else None)
    if a.kind == b.kind == "ref" and same_records(a, b):
        return T("ref", null, of=a.of if a.of == b.of else tuple(dict.fromkeys((*a.entities, *b.entities))) or None)
    if a.kind == b.kind and a.of == b.of:
        return a.with_null(null)
    return None


def to_scale(a: Typed, t: T) -> Typed:
    """A branch in the form of the common type t: same digits after the point (null where that needs more than 18)."""
    if a.type.kind == "null":
        return Typed("const", t.with_null(True), value=None, free=True)
    if t.kind not in NUMBER or a.type.scale == t.scale:
        return a
    own, guard = bounded(t.kind, a.type.null, t.scale, a.type.bound * 10 ** (t.scale - a.type.scale))
    return Typed("scale", own, (a,), guard)


def merged(t: T, args: Iterable[Typed], null: bool) -> T:
    """The type of a choice between values of type t: with the greatest of their bounds."""
    return T(t.kind, null, t.scale, max(a.type.bound for a in args)) if t.kind in NUMBER else t.with_null(null)


def uses(n: Typed, var: str) -> bool:
    """Whether a part reads this variable."""
    if n.op in ("path", "rollup", "formula") and n.value.var == var:
        return True
    return n.op != "formula" and any(uses(a, var) for a in n.args)


def is_strict(n: Typed) -> bool:
    """Whether a part is surely null where every field it reads is null."""
    if n.op == "path":
        return True
    if n.op == "formula":
        return n.value.guard or is_strict(n.args[0])
    if n.op in ("arith", "neg", "scale", "concat", "code", "fy", "plugin"):
        return any(is_strict(a) for a in n.args)
    if n.op == "fn" and n.value not in LENIENT:
        return any(is_strict(a) for a in n.args)
    return n.op == "rollup" and n.value.kind in ("min", "max", "latest", "first")


LENIENT = ("coalesce", "contains", "startsWith", "endsWith", "matches", "least", "greatest")
"""Functions that give a value although an argument is null."""
