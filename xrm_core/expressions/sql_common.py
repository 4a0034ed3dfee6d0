"""What both databases say alike: logic, comparison, functions and roll-ups."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from xrm_core.metamodel.kinds import LIMIT, NUMBER, T

from .depth import is_chained
from .schema import ExprFunction
from .sql_elements import TEXT, Element
from .sql_frame import FALSE, ID, TRUE, Frame, Place, Scope, YesNo
from .sql_gather import PICKS, is_gathered
from .sql_together import Gathered, Member, Picked, key_of
from .syntax import ExprError
from .to_python import closure
from .typed import RollUp, Typed
from .values import CTX

DELETED = "deleted_at"
TESTS = ("contains", "startsWith", "endsWith", "matches")


class Common(Frame):
    """Both dialects. The abstract methods are those that differ."""

    def guarded(self, x: Element, n: Typed) -> Element:
        """Null where the number has more than 18 digits."""
        raise NotImplementedError

    def in_column(self, x: Element, items: Element, t: T) -> Element:
        """Whether a stored list holds x, of type t."""
        raise NotImplementedError

    def sum(self, x: Element, n: Typed) -> Element:
        """Sum of a column of a derived table; 0 without rows."""
        raise NotImplementedError

    def scaled(self, x: Element, up: int) -> Element:
        """Stored number with `up` more digits after the point."""
        return x

    def ordered(self, x: Element) -> Element:
        """Text in code point order."""
        return x

    # ---- logic
    def on_isnull(self, n: Typed, strict: YesNo) -> Element:
        """x == null."""
        return self.value(n.args[0]).is_(None)

    def on_notnull(self, n: Typed, strict: YesNo) -> Element:
        """x != null."""
        return self.plainly(n, strict, lambda: self.value(n.args[0]).is_not(None))

    def on_cmp(self, n: Typed, strict: YesNo) -> Element:
        """Comparison."""
        return (
            self._compared(n, strict) if n.value == "!=" else self.plainly(n, strict, lambda: self._compared(n, strict))
        )

    def _compared(self, n: Typed, strict: YesNo) -> Element:
        (a, b), op = n.args, n.value
        x, y = self.aligned(n.args, max(a.type.scale, b.type.scale))
        null = a.type.null or b.type.null
        if a.type.kind == "text" and op not in ("==", "!="):
            x, y = self.ordered(x), self.ordered(y)
        if op == "!=":
            return self.strict(x != y, TRUE) if null else x != y
        if op == "<>":  # of rules that access folds: nothing empty differs from anything
            return self.tested(x != y, strict, null)
        found = {"==": x.__eq__, "<": x.__lt__, "<=": x.__le__, ">": x.__gt__, ">=": x.__ge__}[op](y)
        return self.tested(found, strict, null)

    def on_and(self, n: Typed, strict: YesNo) -> Element:
        """All."""
        return sa.and_(*[self.bool(a, strict) for a in n.args])

    def on_or(self, n: Typed, strict: YesNo) -> Element:
        """Any."""
        around, self.is_choice = self.is_choice, True
        try:
            return sa.or_(*[self.bool(a, strict) for a in n.args])
        finally:
            self.is_choice = around

    def on_not(self, n: Typed, strict: YesNo) -> Element:
        """Not."""
        return sa.not_(self.bool(n.args[0], True))

    def on_if(self, n: Typed) -> Element:
        """c ? a : b."""
        whens = []
        while True:
            c, a, b = n.args
            whens.append((self.bool(c, False), self.value(a)))
            if not is_chained(n):
                return sa.case(*whens, else_=self.value(b))
            n = b

    def on_in(self, n: Typed, strict: YesNo) -> Element:
        """Membership."""
        return self.plainly(n, strict, lambda: self._among(n, strict))

    def _among(self, n: Typed, strict: YesNo) -> Element:
        x, items = n.args
        if items.op == "path":
            return self.tested(self.in_column(self.value(x), self.value(items), x.type), strict, True)
        v = self.value(x)
        if items.op == "list":
            null = x.type.null or any(i.type.null for i in items.args)
            return self.tested(self.any_of(x, v, items.args), strict, null)
        f, t = closure(items), x.type
        if self.ctx is not None:
            known = self.items(f(self.ctx), t)
            many = sa.bindparam(None, known, expanding=True, unique=True, type_=self.sql_type(t))
            return self.tested(v.in_(many), strict, t.null) if known else FALSE
        name, sent = f"x{len(self.params) + 1}", self.items
        self.params[name] = lambda c: sent(f(c), t)
        late = sa.bindparam(name, expanding=True, type_=self.sql_type(t))
        return self.tested(v.in_(late), strict, t.null)

    @classmethod
    def items(cls, many: Any, t: T) -> list[Any]:
        """The items of a list that count, as sent to the database."""
        return [cls.stored(i, t) for i in many or () if i is not None]

    def any_of(self, x: Typed, v: Element, items: tuple[Typed, ...]) -> Element:
        """x in [a, b]. Numbers are compared pair by pair: only one side of a comparison may be scaled up."""
        if x.type.kind not in NUMBER:
            if all(i.op == "const" for i in items):
                known = [self.stored(i.value, x.type) for i in items]
                return v.in_(sa.bindparam(None, known, expanding=True, unique=True, type_=self.sql_type(x.type)))
            return v.in_([self.value(i) for i in items])
        many, tests = [], []
        for i in items:
            if i.op == "const":
                many.append(self.exact(i.value, x.type))
            else:
                a, b = self.aligned((x, i), max(x.type.scale, i.type.scale))
                tests.append(a == b)
        return sa.or_(*([v.in_(many)] if many else []), *tests)

    def exact(self, value: Any, t: T) -> Element:
        """A constant in the form of t; where t cannot hold it, one that no stored number equals."""
        units = Decimal(value).scaleb(t.scale, CTX)
        whole = int(units) if units == int(units) and abs(units) < LIMIT else LIMIT
        return self.literal(Decimal(whole).scaleb(-t.scale, CTX) if t.kind == "decimal" else whole, t)

    # ---- values
    def aligned(self, nodes: tuple[Typed, ...], scale: int) -> list[Element]:
        """Numbers with the same places; other values as they are."""
        out = []
        for a in nodes:
            is_number = a.type.kind in NUMBER
            if a.op == "const" and is_number:
                out.append(self.literal(a.value, T("decimal" if scale else "int", scale=scale)))
            else:
                x = self.value(a)
                out.append(self.scaled(x, scale - a.type.scale) if is_number else x)
        return out

    def on_scale(self, n: Typed) -> Element:
        """A number with more places."""
        a = n.args[0]
        x = self.scaled(self.value(a), n.type.scale - a.type.scale)
        return self.guarded(x, n) if n.value else x

    def on_concat(self, n: Typed) -> Element:
        """Two texts joined."""
        return self.value(n.args[0]).concat(self.value(n.args[1]))

    def on_neg(self, n: Typed) -> Element:
        """-x."""
        return -self.value(n.args[0])

    # ---- functions
    def on_fn(self, n: Typed) -> Element:
        """A function."""
        name, do = n.value, getattr(self, "fn_" + n.value)
        if name in TESTS:
            return self.tested(do(n), True, any(a.type.null for a in n.args))
        found: Element = do(n, *[self.value(a) for a in n.args])
        return found

    def fn_coalesce(self, n: Typed, *xs: Element) -> Element:
        """The first that is not null."""
        return sa.func.coalesce(*xs, type_=self.sql_type(n.type))

    def fn_size(self, n: Typed, x: Element) -> Element:
        """Code points of a text."""
        return sa.func.length(x, type_=sa.BigInteger())

    def fn_abs(self, n: Typed, x: Element) -> Element:
        """Without the sign."""
        return sa.func.abs(x, type_=x.type)

    def fn_string_int(self, n: Typed, x: Element) -> Element:
        """A whole number as text."""
        return sa.cast(x, TEXT)

    def fn_string_bool(self, n: Typed, x: Element) -> Element:
        """'true' or 'false'."""
        return sa.case((TRUE, sa.literal("true", TEXT)), (FALSE, sa.literal("false", TEXT)), value=x)

    def fn_string_text(self, n: Typed, x: Element) -> Element:
        """A text as it is."""
        return x

    def unit(self, n: Typed, x: Element) -> Element:
        """A duration: x times the seconds of its unit, in microseconds."""
        raise NotImplementedError

    def fn_days(self, n: Typed, x: Element) -> Element:
        """A duration."""
        return self.unit(n, x)

    fn_hours = fn_minutes = fn_days

    def on_plugin(self, n: Typed) -> Element:
        """A function that a plugin adds."""
        name = self.plugin_name(n.value)
        if name is None:
            raise ExprError(f"{n.value.name}(…) is not known to this database", hint="its plugin must name a function")
        found: Element = getattr(sa.func, name)(*map(self.value, n.args), type_=self.sql_type(n.type))
        return found

    def plugin_name(self, f: ExprFunction) -> str | None:
        """The name of a plugin's function in the database."""
        raise NotImplementedError

    # ---- roll-ups
    def on_rollup(self, n: Typed) -> Element:
        """A scalar subquery over the records that point here."""
        r: RollUp = n.value
        owner = self.reach(r.var, r.hops)
        if self.gathers and not self.is_rule and is_gathered(n):
            is_joined = self.together is not None and self.together.scope is owner.scope
            return self._found_together(n, r, owner) if is_joined else self._gathered(n, r, owner)
        return self._of_one(n, r, owner.table)

    def _of_one(self, n: Typed, r: RollUp, one: sa.FromClause) -> Element:
        """A roll-up that is worked out for each record by itself."""
        table = self.schema.tables(r.entity).alias()
        scope = Scope(table, table)
        values, held = self._rolled(n, r, scope)
        where = [table.c[r.by_column] == one.c[ID], *held]

        def rows(*what: Element) -> sa.Select[Any]:
            return sa.select(*what).select_from(scope.source).where(*where).correlate_except(*scope.own)

        if r.kind == "exists":
            return rows(sa.literal_column("1")).exists()
        if r.kind == "count":
            return rows(sa.func.count()).scalar_subquery()
        return self.summary(n, r, rows, values, table)

    def _rolled(self, n: Typed, r: RollUp, scope: Scope) -> tuple[dict[str, Element], list[Element]]:
        """What is worked out of the records of a roll-up, and which of them count."""
        values, where = self._worked_out(n, r, scope)
        return values, [*where.values(), *self._there(r, scope.table)]

    def _worked_out(self, n: Typed, r: RollUp, scope: Scope) -> tuple[dict[str, Element], dict[str, Element]]:
        """The values of each record of a roll-up, and its conditions by what they say."""
        around, gathers = self.places, self.gathers
        self.places, self.gathers = {**around, r.name: Place(scope, (), r.entity, scope.table)}, False
        try:
            parts = dict(zip(r.parts, n.args, strict=True))
            held = parts.get("cond")
            asked = () if held is None else held.args if held.op == "and" else (held,)
            where = {_said(a, r.name): self.bool(a, False) for a in asked}
            return {p: self.value(parts[p]) for p in ("value", "by") if p in parts}, where
        finally:
            self.places, self.gathers = around, gathers

    def _there(self, r: RollUp, table: sa.FromClause) -> list[Element]:
        """Which records of a roll-up there are."""
        shown = None if self.mask is None else self.shown(r.entity, r.by, table)
        live = table.c[DELETED].is_(None) if r.live else None
        return [x for x in (live, shown, self.seen(r.entity, table)) if x is not None]

    def _found_together(self, n: Typed, r: RollUp, owner: Place) -> Element:
        """A roll-up that is worked out with the others over the same records, and found by the record that they belong to."""
        assert self.together is not None
        together, key = self.together, key_of(r, owner.at)
        if r.kind in PICKS:
            said = f"{owner.at} {_said(n, r.name)}"
            if said not in together.picks:
                named = together.picks[said] = Picked(
                    len(together.picks) + 1, self._each(n, r, owner), self.sql_type(n.type)
                )
                owner.scope.source = owner.scope.source.outerjoin(named.named, named.named.c.of == owner.table.c[ID])
            return together.picks[said].named.c.v
        some = together.sets.get(key)
        is_needed = key in together.required
        if some is None:
            table = self.schema.tables(r.entity).alias()
            scope = Scope(table, table)
            some = Gathered(len(together.sets) + 1, scope, table.c[r.by_column], self._there(r, table))
            together.sets[key] = some
            on = some.named.c.of == owner.table.c[ID]
            owner.scope.source = owner.scope.source.join(some.named, on, isouter=not is_needed)
        said = _said(n, r.name)
        if said not in some.members:
            kind = self.sql_type(n.type) if r.kind not in ("exists", "count") else sa.BigInteger()
            some.add(said, self._member(n, r, some, f"v{len(some.members) + 1}"), kind)
        v: Element = some.named.c[some.members[said].name]
        if r.kind in ("min", "max"):
            return v
        if not is_needed:
            v = sa.case((some.named.c.of.is_not(None), v), else_=sa.literal_column("0", sa.BigInteger()))
        return v > sa.literal_column("0") if r.kind == "exists" else v

    def _each(self, n: Typed, r: RollUp, owner: Place) -> sa.Select[Any]:
        """The last or first value of every record that could own some: looked up by an index once, however often it is used."""
        one = self.schema.tables(owner.entity).alias()
        return sa.select(one.c[ID].label("of"), self._of_one(n, r, one).label("v")).correlate(None)

    def _member(self, n: Typed, r: RollUp, some: Gathered, name: str) -> Member:
        values, held = self._worked_out(n, r, some.scope)
        if r.kind in ("exists", "count"):
            return Member(name, sa.literal_column("1", sa.BigInteger()), held, sa.func.count)
        if r.kind == "sum":
            return Member(name, values["value"], held, lambda x: self.sum(x, n))
        pick = sa.func.min if r.kind == "min" else sa.func.max
        is_text = n.type.kind == "text"
        return Member(name, values["value"], held, lambda x: pick(self.ordered(x) if is_text else x))

    def _gathered(self, n: Typed, r: RollUp, owner: Place) -> Element:
        """A roll-up that is worked out once for all records, and then found by the record."""
        self.has_gathered = True
        links = owner.scope.links
        if r.kind in PICKS:
            at = (*owner.at, f"{n!r}")
            if at not in links:
                links[at] = self._each(n, r, owner).subquery()
                owner.scope.source = owner.scope.source.outerjoin(links[at], links[at].c.of == owner.table.c[ID])
            return links[at].c.v
        table = self.schema.tables(r.entity).alias()
        scope = Scope(table, table)
        values, held = self._rolled(n, r, scope)
        of = table.c[r.by_column]
        if r.kind == "exists":
            found = sa.select(of).select_from(scope.source).where(of.is_not(None), *held).correlate(None)
            x: Element = owner.table.c[ID].in_(found)
            return self.strict(x) if r.hops else x
        at = (*owner.at, f"{n!r}")
        if at not in links:
            rows = [of.label("of"), *([values["value"].label("v")] if "value" in values else [])]
            each = sa.select(*rows).select_from(scope.source).where(of.is_not(None), *held).correlate(None).subquery()
            if r.kind == "count":
                v: Element = sa.func.count()
            elif r.kind == "sum":
                v = self.sum(each.c.v, n)
            else:
                pick = sa.func.min if r.kind == "min" else sa.func.max
                v = pick(self.ordered(each.c.v) if n.type.kind == "text" else each.c.v)
            links[at] = sa.select(each.c.of, v.label("v")).group_by(each.c.of).subquery()
            owner.scope.source = owner.scope.source.outerjoin(links[at], links[at].c.of == owner.table.c[ID])
        some = links[at].c
        if r.kind in ("min", "max"):
            return some.v
        return sa.case((some.of.is_not(None), some.v), else_=sa.literal_column("0", sa.BigInteger()))

    def summary(self, n: Typed, r: RollUp, rows: Any, values: dict[str, Element], table: sa.FromClause) -> Element:
        """The values come from a derived table: an aggregate over columns of the outer query only would belong to the
        outer query (SQL standard), and that can happen after a simplification."""
        if "by" in values:
            t = rows(values["value"].label("v"), values["by"].label("b"), table.c[ID].label("i")).subquery()
            by = self.ordered(t.c.b) if n.args[1].type.kind == "text" else t.c.b
            down = r.kind == "latest"
            order = (by.desc(), t.c.i.desc()) if down else (by.asc(), t.c.i.asc())
            one = sa.select(t.c.v).where(t.c.b.is_not(None)).order_by(*order).limit(sa.literal_column("1"))
            return one.scalar_subquery()
        v = rows(values["value"].label("v")).subquery().c.v
        if r.kind == "sum":
            return sa.select(self.sum(v, n)).scalar_subquery()
        pick = sa.func.min if r.kind == "min" else sa.func.max
        return sa.select(pick(self.ordered(v) if n.type.kind == "text" else v)).scalar_subquery()


def _said(n: Typed, name: str) -> str:
    """What a part of a roll-up says, whatever its records are called there."""
    return repr(n).replace(f"'{name}'", "''")
