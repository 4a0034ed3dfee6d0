"""Random well-typed expressions, as syntax trees."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from xrm_core.expressions import Node, Schema

from .dice import PATTERNS, Dice, uuid

KINDS = ["bool"] * 5 + ["int", "decimal", "text", "date", "datetime", "duration"]
PLAIN = ("int", "decimal", "text", "date", "datetime", "duration")
ROLLED = ("bool", *PLAIN)
ATTRIBUTES = {"int": "p", "decimal": "w", "text": "t", "bool": "b", "date": "da"}


def lit(value: Any) -> Node:
    """A literal."""
    return Node("lit", value=value)


def call(name: str, *args: Node) -> Node:
    """A call."""
    return Node("call", args, name)


def path(*names: str) -> Node:
    """A path."""
    at = Node("name", value=names[0])
    for name in names[1:]:
        at = Node("dot", [at], name)
    return at


class Gen:
    """Makes expressions over an entity. scopes: variable -> entity."""

    def __init__(self, dice: Dice, schema: Schema, entity: str = "deal") -> None:
        self.dice, self.schema, self.scopes, self.count = dice, schema, {"record": entity}, 0
        self.known: dict[tuple[str, str, int], list[tuple[str, ...]]] = {}

    def any_kind(self, depth: int) -> Node:
        """An expression of any kind."""
        return self.make(self.dice.pick(KINDS), self.dice.randint(1, depth))

    def make(self, kind: str, depth: int) -> Node:
        """An expression of this kind."""
        d = self.dice
        if depth <= 0 or d.one_in(8):
            return self.leaf(kind)
        if d.one_in(9) and kind in ROLLED and (found := self.rollup(kind, depth)):
            return found
        if d.one_in(10):
            a, b = self.make(kind, depth - 1), self.make(kind, depth - 1)
            return Node("cond", [self.make("bool", depth - 1), a, lit(None) if d.one_in(5) and kind != "bool" else b])
        if d.one_in(13) and kind != "ref":
            return call("coalesce", self.make(kind, depth - 1), self.make(kind, depth - 1))
        if d.one_in(13) and kind in PLAIN:
            return call(d.pick(["min", "max"]), *[self.make(kind, depth - 1) for _ in range(d.randint(2, 3))])
        if d.one_in(12) and kind in ATTRIBUTES:
            return self.code(kind)
        maker: Callable[[int], Node] | None = getattr(self, "make_" + kind, None)
        return maker(depth - 1) if maker else self.leaf(kind)

    # ---- leaves
    def paths(self, entity: str, kind: str, hops: int) -> list[tuple[str, ...]]:
        """Fields of a kind, through at most so many links; near ones more often."""
        key = (entity, kind, hops)
        if key in self.known:
            return self.known[key]
        found: list[tuple[str, ...]] = []
        for f in self.schema.entities[entity].fields.values():
            if f.children:
                continue
            if f.type.kind == kind:
                found += [(f.name,)] * (2 if hops == 2 else 1)
            if f.type.kind == "ref" and len(f.type.entities) == 1 and f.name != "id" and hops and not f.is_computed:
                found += [(f.name, *rest) for rest in self.paths(f.type.entities[0], kind, hops - 1)]
            if len(f.type.entities) > 1 and f"{f.name}_entity" in self.schema.entities[entity].fields and hops:
                ways = [set(self.paths(target, kind, 0)) for target in f.type.entities]
                found += [(f.name, *rest) for rest in sorted(set.intersection(*ways))]
        self.known[key] = found
        return found

    def path(self, kind: str) -> Node | None:
        """A field of this kind of any variable."""
        found = [(var, *p) for var, entity in self.scopes.items() for p in self.paths(entity, kind, 2)]
        return path(*self.dice.pick(found)) if found else None

    def code(self, kind: str) -> Node:
        """An attribute of a choice."""
        choices = [p for p in self.paths(self.scopes["record"], "text", 1) if p[-1] == "c1"]
        at = path("record", *self.dice.pick(choices)) if choices else path("record", "t1")
        if self.dice.one_in(5):
            at = Node("dot", [call("code", at)], "next")
        if kind == "text" and self.dice.one_in(2):
            return call("codeLabel", at)
        return Node("dot", [call("code", at)], ATTRIBUTES[kind])

    def leaf(self, kind: str) -> Node:
        """A field or a constant."""
        found = None if self.dice.one_in(4) else self.path(kind)
        return found or self.constant(kind)

    def constant(self, kind: str) -> Node:
        """A value without a record."""
        d = self.dice
        if kind == "int":
            return lit(d.randint(-9, 9) if d.one_in(2) else d.units(18))
        if kind == "decimal":
            return (
                path("actor", "limit")
                if d.one_in(6)
                else lit(abs(v) if not (v := d.decimal(d.randint(1, 6), 18)) else v)
            )
        if kind == "text":
            return path("actor", "name") if d.one_in(6) else lit(d.text().replace("\0", ""))
        if kind == "date":
            found = d.randrange(4)
            return (
                call("today")
                if found == 0
                else call("fyStart", self.constant("int"))
                if found == 1
                else call("date", lit(d.date().isoformat()))
            )
        if kind == "datetime":
            return (
                call("now")
                if d.one_in(2)
                else call("timestamp", lit(d.moment().replace(tzinfo=None).isoformat() + "Z"))
            )
        if kind == "duration":
            return call("duration", lit(d.pick(["1d", "-36h", "90m", "1d12h30m", "0s", "999999d"])))
        return lit(d.one_in(2)) if kind == "bool" else path("record", "id")

    # ---- roll-ups
    def rollup(self, kind: str, depth: int) -> Node | None:
        """A summary of records."""
        d = self.dice
        sets = [
            (var, f.name, f.children.entity)
            for var, entity in self.scopes.items()
            for f in self.schema.entities[entity].fields.values()
            if f.children
        ]
        if not sets or len(self.scopes) > 2:
            return None
        var, name, entity = d.pick(sets)
        base, self.count = path(var, name), self.count + 1
        row = f"g{self.count}"
        self.scopes[row] = entity
        try:
            if kind == "bool" and d.one_in(2):
                op, kinds = "exists", []
            elif kind == "int" and d.one_in(3):
                op, kinds = "count", []
            elif d.one_in(3) or kind == "bool":
                op, kinds = d.pick(["latest", "first"]), [kind, d.pick(PLAIN)]
            else:
                op, kinds = d.pick(["sum", "min", "max"] if kind in ("int", "decimal") else ["min", "max"]), [kind]
            args = [self.make(k, depth - 1) for k in kinds]
            if d.one_in(2):
                args.append(self.make("bool", depth - 1))
        finally:
            del self.scopes[row]
        return call(op, base, path(row), *args)

    # ---- by kind
    def make_bool(self, depth: int) -> Node:
        """A yes or no."""
        name = self.dice.pick(
            ["cmp"] * 3 + ["junction", "junction", "not", "null", "in", "test", "equal", "ref", "listed"]
        )
        found: Node = getattr(self, "bool_" + name)(depth)
        return found

    def bool_cmp(self, depth: int) -> Node:
        """A comparison."""
        kind = self.dice.pick([*PLAIN, "mixed"])
        a, b = ("int", "decimal") if kind == "mixed" else (kind, kind)
        return Node(self.dice.pick(["==", "!=", "<", "<=", ">", ">="]), [self.make(a, depth), self.make(b, depth)])

    def bool_junction(self, depth: int) -> Node:
        """and, or."""
        parts = [self.make("bool", depth) for _ in range(self.dice.randint(2, 3))]
        return Node(self.dice.pick(["&&", "||"]), parts)

    def bool_not(self, depth: int) -> Node:
        """not."""
        return Node("not", [self.make("bool", depth)])

    def bool_null(self, depth: int) -> Node:
        """A test for null."""
        x = self.make(self.dice.pick([*PLAIN, "bool", "ref"]), depth)
        return Node(self.dice.pick(["==", "!="]), [x, lit(None)])

    def bool_in(self, depth: int) -> Node:
        """Membership in a written list."""
        kind = self.dice.pick(["int", "decimal", "text", "date"])
        x, count = self.make(kind, depth), self.dice.randrange(4)
        items = [self.constant(kind) if self.dice.one_in(2) else self.make(kind, depth - 1) for _ in range(count)]
        return Node("in", [x, Node("list", items)])

    def bool_test(self, depth: int) -> Node:
        """A test of texts."""
        text = self.make("text", depth)
        if self.dice.one_in(4):
            return call("matches", text, lit(self.dice.pick(PATTERNS)))
        return call(self.dice.pick(["contains", "startsWith", "endsWith"]), text, self.make("text", depth))

    def bool_equal(self, depth: int) -> Node:
        """Comparison of yes and no."""
        return Node(self.dice.pick(["==", "!="]), [self.make("bool", depth), self.make("bool", depth)])

    def bool_ref(self, depth: int) -> Node:
        """Links."""
        d = self.dice
        var = d.pick(list(self.scopes))
        party = {"party": path(var, "boss"), "deal": path(var, "party"), "gift": path(var, "party")}[self.scopes[var]]
        about = path("record", "about") if self.scopes["record"] in ("deal", "gift") else party
        other = d.pick(
            [path("actor", "id"), lit(uuid(d.randint(1, 3))), lit(uuid(1).upper()), about, Node("dot", [party], "boss")]
        )
        found = d.randrange(3)
        if found == 0:
            return Node(d.pick(["==", "!="]), [party, other])
        if found == 1:
            return Node("in", [Node("dot", [party], "id"), path("actor", "departments")])
        return Node("in", [party, Node("list", [lit(uuid(1)), lit(uuid(d.randint(2, 9)))])])

    def bool_listed(self, depth: int) -> Node:
        """Membership in a stored list."""
        if self.scopes["record"] != "deal" or self.dice.one_in(3):
            return Node("in", [self.make("text", depth), path("actor", "roles")])
        if self.dice.one_in(3):
            return Node("in", [path("record", "party"), path("record", "lr")])
        return Node("in", [self.make("text", depth), path("record", "l1")])

    def make_int(self, depth: int) -> Node:
        """A whole number."""
        d, m = self.dice, self.make
        op = d.pick(["+", "-", "*", "%", "neg", "size", "abs", "div", "round", "part", "days", "items", "fy"])
        if op in "+-*%":
            return Node(op, [m("int", depth), m("int", depth)])
        if op == "neg":
            return Node("neg", [m("int", depth)])
        if op == "size":
            return call("size", m("text", depth))
        if op == "items" and self.scopes["record"] == "deal":
            return call("size", path("record", d.pick(["l1", "lr", "gifts"])))
        if op == "round":
            return call(d.pick(["round", "floor", "ceil", "int"]), m("decimal", depth))
        if op in ("part", "items"):
            return call(d.pick(["year", "month", "day", "weekday"]), m(d.pick(["date", "datetime"]), depth))
        if op == "fy":
            return call("fy", m(d.pick(["date", "datetime"]), depth))
        if op == "days":
            return call("daysBetween", m("date", depth), m("date", depth))
        return call("abs", m("int", depth)) if op == "abs" else call("div", m("int", depth), m("int", depth))

    def make_decimal(self, depth: int) -> Node:
        """An exact number."""
        d, m = self.dice, self.make
        op = d.pick(["+", "-", "*", "/", "/", "neg", "abs", "round"])
        if op in "+-*/":
            kinds = [d.pick(["int", "decimal"]) if op == "/" else "decimal", d.pick(["int", "decimal"])]
            d.shuffle(kinds)
            return Node(op, [m(k, depth) for k in kinds])
        if op == "round":
            return call("round", m("decimal", depth), lit(d.randint(1, 4)))
        return Node("neg", [m("decimal", depth)]) if op == "neg" else call("abs", m("decimal", depth))

    def make_text(self, depth: int) -> Node:
        """A text."""
        d, m = self.dice, self.make
        op = d.pick(["+", "lower", "upper", "trim", "string", "written"])
        if op == "+":
            return Node("+", [m("text", depth), m("text", depth)])
        kinds = {"string": ["int", "decimal", "date", "bool", "text"], "written": ["int", "decimal", "date"]}
        kind = d.pick(kinds.get(op, ["text"]))
        return call(op, m(kind, depth))

    def make_date(self, depth: int) -> Node:
        """A date."""
        d, m = self.dice, self.make
        op = d.pick(["+", "-", "addMonths", "addYears", "addDays", "date", "fyStart"])
        if op in "+-":
            return Node(op, [m("date", depth), m("duration", depth)])
        if op == "date":
            return call("date", m("datetime", depth))
        return call("fyStart", m("int", depth)) if op == "fyStart" else call(op, m("date", depth), m("int", depth))

    def make_datetime(self, depth: int) -> Node:
        """A moment."""
        if self.dice.one_in(4):
            return call("addDays", self.make("datetime", depth), self.make("int", depth))
        return Node(self.dice.pick("+-"), [self.make("datetime", depth), self.make("duration", depth)])

    def make_duration(self, depth: int) -> Node:
        """A duration."""
        d, m = self.dice, self.make
        op = d.pick(["days", "hours", "minutes", "date", "datetime", "+", "-"])
        if op in ("days", "hours", "minutes"):
            return call(op, m("int", depth))
        return Node(op, [m("duration", depth)] * 2) if op in "+-" else Node("-", [m(op, depth), m(op, depth)])
