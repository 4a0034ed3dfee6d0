"""Operators: which kinds go together, what the result is, where it can be null or leave the range."""

from __future__ import annotations

from uuid import UUID

from xrm_core.metamodel.kinds import BOOL, DURATION, LIMIT, MAX_SCALE, NUMBER, TEXT, T, list_of

from .check_base import Base, plain
from .check_names import constant
from .names import near
from .syntax import Node
from .typed import Typed, bounded, merged, to_scale, unify

OPAQUE = ("null", "list", "json")
"""Kinds that are no single value."""
UNORDERED = ("bool", "ref")


class Operators(Base):
    """Logic, comparison, membership, arithmetic."""

    def on_and(self, n: Node) -> Typed:
        """&& and ||."""
        return Typed("and" if n.op == "&&" else "or", BOOL, [self.bool(a) for a in n.args])

    def on_not(self, n: Node) -> Typed:
        """!a."""
        return Typed("not", BOOL, [self.bool(n.args[0])])

    def on_cond(self, n: Node) -> Typed:
        """c ? a : b."""
        c, a, b = self.bool(n.args[0]), self.check(n.args[1]), self.check(n.args[2])
        t = unify(a.type, b.type)
        if t is None or t.kind in OPAQUE:
            self.fail(n, f"both results must be of one kind, found {a.type} and {b.type}")
        a, b = to_scale(a, t), to_scale(b, t)
        return Typed("if", merged(t, (a, b), a.type.null or b.type.null), (c, a, b))

    def on_rel(self, n: Node) -> Typed:
        """Comparison of two values."""
        a, b = self.check(n.args[0]), self.check(n.args[1])
        equality = n.op in ("==", "!=")
        if "null" in (a.type.kind, b.type.kind):
            return self.null_test(n, a, b, equality)
        a, b = self.as_ref(a, b, n.args[0]), self.as_ref(b, a, n.args[1])
        both = unify(a.type, b.type)
        if a.type.kind in OPAQUE or both is None:
            self.mismatch(n, n.op, a, b)
        if not equality and a.type.kind in UNORDERED:
            self.fail(n, f"'{n.op}' does not order {plain(a.type)}")
        for x, y, node in ((a, b, n.args[1]), (b, a, n.args[0])):
            self.option(x.type, y, node)
        return Typed("cmp", BOOL, (a, b), n.op)

    def null_test(self, n: Node, a: Typed, b: Typed, equality: bool) -> Typed:
        """x == null and x != null."""
        if not equality:
            self.fail(n, f"'{n.op}' with null is always false", "use '== null' or '!= null'")
        x = b if a.type.kind == "null" else a
        if x.type.kind == "null":
            return constant(BOOL, n.op == "==")
        return Typed("isnull" if n.op == "==" else "notnull", BOOL, (x,))

    def as_ref(self, a: Typed, b: Typed, node: Node) -> Typed:
        """A text constant that is compared with a link is the id of a record."""
        if b.type.kind != "ref" or a.op != "const" or a.type.kind != "text":
            return a
        try:
            return constant(T("ref", of=b.type.of), str(UUID(a.value)))
        except ValueError:
            self.fail(
                node, f"'{a.value}' is not the id of a record", "an id is a UUID, or compare a field of the record"
            )

    def option(self, t: T, value: Typed, node: Node) -> None:
        """A choice compared with a text must know that text."""
        if t.options and value.op == "const" and value.value not in t.options:
            hint = near(value.value, t.options) or "one of " + ", ".join(t.options[:12])
            self.fail(node, f"'{value.value}' is not one of its options", hint)

    def on_in(self, n: Node) -> Typed:
        """Membership in a list."""
        x, items = self.check(n.args[0]), self.check(n.args[1])
        if items.type.kind != "list":
            hint = "use .contains(…)" if items.type.kind == "text" else None
            self.fail(n.args[1], f"a list expected after 'in', found {items.type}", hint)
        if x.type.kind == "null":
            self.fail(n.args[0], "null is in no list", "use '== null'")
        if items.op == "list" and not items.args:
            return constant(BOOL, False)
        if x.type.kind == "ref" and items.op == "list":
            parts = [self.as_ref(i, x, node) for i, node in zip(items.args, n.args[1].args, strict=True)]
            items = Typed("list", list_of(parts[0].type), parts, free=items.free)
        if x.type.kind in OPAQUE or unify(x.type, items.type.item) is None:
            self.mismatch(n, "in", x, Typed("", items.type.item))
        if items.op == "list":
            for item, node in zip(items.args, n.args[1].args, strict=True):
                self.option(x.type, item, node)
        elif items.op == "path":
            self.option(items.type.item, x, n.args[0])
        return Typed("in", BOOL, (x, items))

    def on_list(self, n: Node) -> Typed:
        """A list of values of one kind."""
        items: list[Typed] = []
        of: T | None = None
        for arg in n.args:
            x = self.check(arg)
            if x.type.kind in OPAQUE:
                hint = "write x == null || x in […]" if x.type.kind == "null" else None
                self.fail(arg, f"{x.type.kind} is not allowed in a list", hint)
            both = x.type if of is None else unify(of, x.type)
            if both is None:
                self.fail(arg, f"all values of a list must be of one kind, found {x.type}")
            of = both
            items.append(x)
        return Typed("list", list_of(of or TEXT), items, free=all(i.free for i in items))

    # ---- arithmetic
    def on_arith(self, n: Node) -> Typed:
        """+ - * / %."""
        a, b = self.check(n.args[0]), self.check(n.args[1])
        ka, kb, null = a.type.kind, b.type.kind, a.type.null or b.type.null
        if "null" in (ka, kb):
            self.fail(n, f"'{n.op}' with null is always null")
        if ka in NUMBER and kb in NUMBER:
            return self.arith(n, n.op, a, b)
        if n.op == "+" and ka == kb == "text":
            return Typed("concat", TEXT.with_null(null), (a, b))
        if n.op in "+-":
            moment = ("date", "datetime")
            if ka in moment and kb == "duration":
                return Typed("fn", a.type.with_null(True), (a, b), f"{ka}_add" if n.op == "+" else f"{ka}_sub")
            if n.op == "+" and ka == "duration" and kb in moment:
                return Typed("fn", b.type.with_null(True), (b, a), f"{kb}_add")
            if n.op == "-" and ka == kb and ka in moment:
                return Typed("fn", DURATION.with_null(null), (a, b), f"{ka}_diff")
            if ka == kb == "duration":
                name = "duration_add" if n.op == "+" else "duration_sub"
                return Typed("fn", DURATION.with_null(True), (a, b), name)
            if ka in moment and kb in NUMBER:
                self.fail(n.args[1], f"'{n.op}' cannot be used with {a.type} and {b.type}", "write days(…)")
        return self.mismatch(n, n.op, a, b)

    def arith(self, n: Node, op: str, a: Typed, b: Typed) -> Typed:
        """Two numbers: the type that holds every result, and whether it must be guarded."""
        ta, tb = a.type, b.type
        null, kind = ta.null or tb.null, "int" if ta.kind == tb.kind == "int" else "decimal"
        if op in "+-":
            s = max(ta.scale, tb.scale)
            bound = ta.bound * 10 ** (s - ta.scale) + tb.bound * 10 ** (s - tb.scale)
            t, guard = bounded(kind, null, s, bound)
        elif op == "*":
            full = ta.scale + tb.scale
            s = min(full, MAX_SCALE)
            t, guard = bounded(kind, null, s, ta.bound * tb.bound // 10 ** (full - s) + 1)
        elif op == "/":
            if b.op == "const" and not b.value:
                self.fail(n, "division by zero")
            t, guard = bounded("decimal", True, MAX_SCALE, LIMIT)
        else:
            if kind != "int":
                self.fail(n, "'%' needs whole numbers")
            t, guard = T("int", True, 0, tb.bound), False
        return Typed("arith", t, (a, b), (op, guard))

    def on_neg(self, n: Node) -> Typed:
        """-x."""
        a = self.check(n.args[0])
        if a.type.kind not in (*NUMBER, "duration"):
            self.fail(n, f"'-' cannot be used with {a.type}")
        return Typed("neg", a.type, (a,))
