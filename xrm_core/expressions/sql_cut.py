"""Cutting a part that nests too deep for SQLite: its fields and roll-ups become values of one function call."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from xrm_core.metamodel.kinds import BOOL, T

from .depth import is_spoken
from .sql_elements import Element, number
from .sql_frame import ID, Place
from .sqlite_programs import MAX_LEAVES, PROGRAMS
from .typed import Typed

if TYPE_CHECKING:
    from .sql_sqlite import Sqlite


class Cut:
    """One part that is cut. leaves: the values that its program gets; kinds: their kinds."""

    def __init__(self, compiler: Sqlite) -> None:
        self.compiler = compiler
        self.leaves: list[Element] = []
        self.kinds: list[T] = []
        self.slots: dict[tuple[object, ...], Typed] = {}
        self.asks_zone = False

    def compile(self, n: Typed, is_condition: bool) -> Element | None:
        """The call; None where the part has more values than a function takes."""
        tree = self.tree(n)
        if len(self.leaves) > MAX_LEAVES:
            return None
        key = PROGRAMS.key(tree, tuple(self.kinds), is_condition)
        zone = self.compiler.tz() if self.asks_zone else sa.literal_column("''")
        t = BOOL if is_condition else n.type
        call: Element = sa.func.x_eval(
            sa.literal_column(f"'{key}'"), zone, *self.leaves, type_=self.compiler.sql_type(t)
        )
        return call

    def slot(self, key: tuple[object, ...], x: Element, t: T) -> Typed:
        """A value of the program; the same value once."""
        if key not in self.slots:
            self.slots[key] = Typed("slot", t.with_null(True), value=len(self.leaves), free=True)
            self.leaves.append(x)
            self.kinds.append(t)
        return self.slots[key]

    def tree(self, n: Typed) -> Typed:
        """The part with slots for its values. Behind an empty link all of them are null, whatever their types say."""
        c = self.compiler
        if n.op == "const":
            return n
        if n.free and n.op != "list":
            return self.slot(("free", id(n)), c.param(n), n.type)
        if n.op == "path":
            place = c.reach(n.value.var, n.value.hops)
            return self.slot(("path", id(place.table), n.value.column), c.value(n), n.type)
        if n.op == "rollup" or is_spoken(n):
            where = tuple(id(place.table) for place in c.places.values())
            return self.slot((n.op, id(n), where), c.value(n), n.type)
        if n.op == "formula":
            return self.formula(n)
        self.asks_zone = self.asks_zone or (n.op == "fn" and n.value == "date")
        return Typed(n.op, n.type.with_null(True), [self.tree(a) for a in n.args], n.value, free=False)

    def formula(self, n: Typed) -> Typed:
        """A formula, written out; empty where its record or the reader's right to it is missing."""
        c, ref = self.compiler, n.value
        place, around = c.reach(ref.var, ref.hops), c.places
        c.places = {"record": place}
        try:
            inner = self.tree(n.args[0])
        finally:
            c.places = around
        tests = [self.present(place)] if ref.guard else []
        shown = c.shown(ref.entity, ref.name, place.table)
        if shown is not None:
            flag = sa.case((shown, number(1)), else_=number(0))
            tests.append(self.slot(("shown", id(place.table), ref.name), flag, BOOL))
        for test in tests:
            empty = Typed("const", inner.type.with_null(True), value=None, free=True)
            inner = Typed("if", inner.type.with_null(True), (test, inner, empty), free=False)
        return inner

    def present(self, place: Place) -> Typed:
        """Whether there is a record at the end of the links."""
        return self.slot(("present", id(place.table)), place.table.c[ID].is_not(None), BOOL)
