"""The frame of the SQL compilers: places in the FROM clause, parameters, and the two ways to write a yes/no.

Strict: true or false, never null. Loose: null may stand for false. WHERE, AND, OR, CASE WHEN and EXISTS take the loose
form, so that a plain filter stays a plain comparison that an index serves; NOT and a selected value need the strict
form. A part that does not depend on a record is computed by its Python closure and sent as one parameter.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol, Self, TypeAlias

import sqlalchemy as sa
from sqlalchemy.types import TypeEngine

from xrm_core.fields.columns import sql_type
from xrm_core.metamodel.kinds import T
from xrm_core.metamodel.text import say

from .context import Ctx
from .depth import ROOM, SHALLOW
from .schema import Schema
from .sql_elements import BIG, TEXT, Element
from .sql_gather import depth_left
from .sql_together import Together
from .syntax import ExprError
from .to_python import Closure, closure, to_python
from .typed import MAY_BE_NULL, FormulaRef, Hop, Path, Typed
from .values import MICRO

TRUE, FALSE = sa.true(), sa.false()
ID = "id"
YesNo: TypeAlias = bool
"""In classes that have a method `bool`."""


class Mask(Protocol):
    """What a reader may see, for expressions of people: linked and child records that he may not see do not exist,
    and a field that he may not read is empty. Check such expressions with `nullable=True`. An answer is a condition on
    `table`, or a checked rule over `record`, which reads what is stored."""

    def rows(self, entity: str, table: sa.FromClause) -> Element | Typed | None:
        """Which rows of `table` he may see; None: all."""

    def shown(self, entity: str, field: str, table: sa.FromClause) -> Element | Typed | None:
        """On which of these rows he may read the field; None: on all, sa.false(): on none."""


@dataclass(eq=False)
class Scope:
    """One FROM clause: its base table and the tables joined for links, by the names of the links and where they lead."""

    table: sa.FromClause
    source: sa.FromClause
    links: dict[tuple[str, ...], sa.FromClause] = field(default_factory=dict)

    @property
    def own(self) -> tuple[sa.FromClause, ...]:
        """The tables of this FROM clause; every other belongs to an outer query."""
        return (self.table, *self.links.values())


class Place(NamedTuple):
    """A record in the query: its entity, table, and how it is reached in its FROM clause."""

    scope: Scope
    at: tuple[str, ...]
    entity: str
    table: sa.FromClause


class Frame:
    """State and dispatch. ctx given: parameters are filled in now and known yes/no parts are simplified away."""

    def __init__(self, schema: Schema, ctx: Ctx | None = None, mask: Mask | None = None) -> None:
        self.schema, self.ctx, self.mask = schema, ctx, mask
        self.places: dict[str, Place] = {}
        self.is_shallow = True
        self.is_rule = self.is_walked = self.is_whole = self.is_choice = self.is_whole_written = False
        self.gathers = self.has_gathered = False
        """Whether roll-ups are worked out once for all records, for statements that read most of them; `has_gathered`: one was."""
        self.together: Together | None = None
        """Where roll-ups of one set are worked out in one subquery (`sql_together`)."""
        self.unwrapped: list[Element] | None = None
        self.params: dict[str, Callable[[Ctx], Any]] = {}
        self.bound: dict[tuple[int, YesNo], tuple[Typed, Element]] = {}
        self.labels: dict[tuple[str, str], Element] = {}

    def begin(self, n: Typed) -> Self:
        """Start with a whole expression."""
        deep = depth_left(n) if self.gathers else n.raw
        self.is_shallow, self.is_whole_written = deep <= SHALLOW, self.gathers and deep <= ROOM
        return self

    def value(self, n: Typed) -> Element:
        """The value of a part."""
        if n.op != "list" and n.free:
            return self.param(n)
        if n.type.kind == "bool" and n.op not in MAY_BE_NULL:
            return sa.sql.elements.Grouping(self.bool(n, True))  # SQLAlchemy writes NOT x IS NULL for (NOT x) IS NULL
        found: Element = getattr(self, "on_" + n.op)(n)
        return found

    def bool(self, n: Typed, strict: YesNo) -> Element:
        """Yes or no."""
        if n.free:
            return self.param(n, True)
        if n.op == "formula" and not strict:
            return self.held(n)
        if n.op in MAY_BE_NULL:
            x = self.value(n)
            return self.strict(x) if strict and n.type.null else x
        found: Element = getattr(self, "on_" + n.op)(n, strict)
        return found

    def strict(self, x: Element, default: Element = FALSE) -> Element:
        """Null becomes the default."""
        return sa.func.coalesce(x, default, type_=sa.Boolean())

    def tested(self, x: Element, strict: YesNo, null: YesNo) -> Element:
        """A comparison in the form asked for."""
        return self.strict(x) if strict and null else x

    # ---- parameters
    def param(self, n: Typed, truth: YesNo = False) -> Element:
        """A record-free part as a parameter."""
        f = to_python(n) if truth else closure(n)
        if n.op == "const" or self.ctx is not None:
            v = n.value if n.op == "const" else f(self.ctx)  # type: ignore[arg-type]
            return (TRUE if v is True else FALSE) if truth else self.literal(v, n.type)
        key = (id(n), truth)
        if key not in self.bound:
            name, stored, kind = f"x{len(self.params) + 1}", self.stored, n.type
            self.params[name] = lambda c: stored(f(c), kind)
            self.bound[key] = (n, sa.bindparam(name, type_=self.sql_type(n.type)))
        return self.bound[key][1]

    def literal(self, v: Any, t: T) -> Element:
        """A constant, sent as a parameter without a name."""
        return sa.literal(self.stored(v, t), self.sql_type(t))

    @classmethod
    def stored(cls, v: Any, t: T) -> Any:
        """A value as the compilers' types send it. (type_coerce() would give a parameter another type and so another
        conversion: values are converted here. Parameters are kept without what they were compiled with, so it is the class's.)"""
        return v // MICRO if t.kind == "duration" and v is not None else v

    def sql_type(self, t: T) -> TypeEngine[Any]:
        """The type of a part while it is computed with."""
        return BIG if t.kind == "duration" else TEXT if t.kind == "text" else sql_type(t)

    def tz(self) -> Element:
        """The time zone of the one who asks."""
        if self.ctx is not None:
            return sa.literal(self.ctx.tz, TEXT)
        self.params["tz"] = lambda c: c.tz
        return sa.bindparam("tz", type_=TEXT)

    # ---- names
    def reach(self, var: str, hops: tuple[Hop, ...]) -> Place:
        """The record at the end of some links; joins what is not joined yet."""
        place = self.places.get(var)
        if place is None:
            raise ExprError(f"'{var}' is not known to the database", hint="only rules that run in Python can read it")
        for hop in hops:
            scope, at = place.scope, (*place.at, f"{hop.name}>{hop.entity}")
            if at not in scope.links:
                other = self.schema.tables(hop.entity).alias()
                on = [place.table.c[hop.column] == other.c[ID]]
                shown = None if self.mask is None else self.shown(place.entity, hop.name, place.table)
                seen = self.seen(hop.entity, other)
                on += [rule for rule in (shown, seen) if rule is not None]
                is_needed = self.together is not None and self.together.is_needed(scope, at)
                scope.source = scope.source.join(other, sa.and_(*on), isouter=not is_needed)
                scope.links[at] = other
            place = Place(scope, at, hop.entity, scope.links[at])
        return place

    def seen(self, entity: str, table: sa.FromClause) -> Element | None:
        """Which rows of a table the reader may see; None: all."""
        return None if self.mask is None else self.ruled(self.mask.rows(entity, table), entity, table)

    def shown(self, entity: str, name: str, table: sa.FromClause) -> Element | None:
        """On which rows of a table the reader may read a field; None: on all."""
        return None if self.mask is None else self.ruled(self.mask.shown(entity, name, table), entity, table)

    def ruled(
        self, rule: Element | Typed | None, entity: str, table: sa.FromClause, walked: YesNo = False
    ) -> Element | None:
        """A rule about the rows of a table, in the loose form. It reads what is stored: no mask, and no join that it shares
        with the reader's questions. One that follows links asks again by the id of the row.
        `walked`: the rows are gone through in the order of the list, no index is to be taken for the rule."""
        if not isinstance(rule, Typed):
            return rule
        around = self.mask, self.places, self.is_shallow, self.is_rule, self.is_walked, self.unwrapped
        self.mask, self.is_shallow, self.is_rule, self.unwrapped = None, rule.raw <= SHALLOW, True, None
        self.is_walked = walked
        try:
            held, scope = self._held(rule, entity, table)
            if scope.source is table:
                return held
            held, scope = self._held(rule, entity, self.schema.tables(entity).alias())
            own = scope.table.c[ID] == table.c[ID]
            one: sa.Select[Any] = sa.select(sa.literal_column("1")).select_from(scope.source).where(own, held)
            return one.correlate_except(*scope.own).exists()
        finally:
            self.mask, self.places, self.is_shallow, self.is_rule, self.is_walked, self.unwrapped = around

    def _held(self, rule: Typed, entity: str, table: sa.FromClause) -> tuple[Element, Scope]:
        scope = Scope(table, table)
        self.places = {"record": Place(scope, (), entity, table)}
        return self.bool(rule, False), scope

    def column(self, place: Place, name: str, column: str) -> Element:
        """A stored field of a record, empty where the reader may not see it."""
        x: Element = place.table.c[column]
        if self.mask is None or name == ID:
            return x
        shown = self.shown(place.entity, name, place.table)
        if shown is None:
            return x
        if self.unwrapped is not None:
            self.unwrapped.append(shown)
            return x
        return sa.cast(sa.null(), x.type) if isinstance(shown, sa.sql.elements.False_) else sa.case((shown, x))

    def plainly(self, n: Typed, strict: YesNo, test: Callable[[], Element]) -> Element:
        """A test that an empty value does not meet, where it stands in the loose form: `shown AND field = value`, so that an
        index serves it, in place of `CASE WHEN shown THEN field END = value`. Only of fields as they are stored: the database
        may take the parts in any order, and must not compute with what is hidden."""
        far = [a for a in n.args if a.op == "path" and a.value.hops]
        if (
            self.is_whole
            and self.is_rule
            and not strict
            and len(far) == 1
            and all(a is far[0] or a.free for a in n.args)
        ):
            return self.gathered(n, far[0].value)
        if self.mask is None or strict or not all(a.free or a.op in ("path", "list") for a in n.args):
            return test()
        around, self.unwrapped = self.unwrapped, []
        try:
            x = test()
            return sa.and_(*self.unwrapped, x) if self.unwrapped else x
        finally:
            self.unwrapped = around

    def gathered(self, n: Typed, p: Path) -> Element:
        """A test of a field behind a link, for statements that read all rows: the linked records that meet it are found once."""
        place = self.places[p.var]
        first, *others = p.hops
        table = self.schema.tables(first.entity).alias()
        scope = Scope(table, table)
        args = [
            Typed("path", a.type, value=Path("", tuple(others), p.entity, p.name, p.column), free=False)
            if a.value is p
            else a
            for a in n.args
        ]
        around = self.places
        self.places = {"": Place(scope, (), first.entity, table)}
        try:
            held = self.bool(Typed(n.op, n.type, args, n.value), False)
        finally:
            self.places = around
        found = sa.select(table.c[ID]).select_from(scope.source).where(held).correlate(None)
        x: Element = place.table.c[first.column].in_(found)
        return x

    def on_path(self, n: Typed) -> Element:
        """A field."""
        p: Path = n.value
        if self.is_rule and p.hops:
            return self.probe(p)
        if (
            self.is_walked and self.is_choice
        ):  # SQLite takes no index for it: several, joined by OR, would make it sort all that they find
            x: Element = self.places[p.var].table.c[p.column]
            return sa.sql.elements.UnaryExpression(x, operator=sa.sql.operators.custom_op("+"), type_=x.type)
        return self.column(self.reach(p.var, p.hops), p.name, p.column)

    def probe(self, p: Path) -> Element:
        """A field at the end of links, as a rule reads it: asked for each row by itself, link by link, so that the rows which
        the rule is about are not joined once more."""
        place = self.places[p.var]
        first, *others = p.hops
        table = self.schema.tables(first.entity).alias()
        scope = Scope(table, table)
        around = self.places
        self.places = {"": Place(scope, (), first.entity, table)}
        try:
            further = Path("", tuple(others), p.entity, p.name, p.column)
            x = self.probe(further) if others else self.column(self.places[""], p.name, p.column)
        finally:
            self.places = around
        own = table.c[ID] == place.table.c[first.column]
        return sa.select(x).select_from(scope.source).where(own).correlate_except(*scope.own).scalar_subquery()

    def on_formula(self, n: Typed) -> Element:
        """A computed field: its formula, written out on the record at the end of the links."""
        ref: FormulaRef = n.value
        place, around = self.reach(ref.var, ref.hops), self.places
        self.places = {"record": place}
        try:
            x = self.value(n.args[0])
        finally:
            self.places = around
        if self.mask is not None:
            shown = self.shown(ref.entity, ref.name, place.table)
            x = x if shown is None else sa.case((shown, x))
        return sa.case((place.table.c[ID].is_not(None), x)) if ref.guard else x

    def held(self, n: Typed) -> Element:
        """A yes/no formula in the loose form: written out as the conditions that it is made of, so that an index serves them."""
        ref: FormulaRef = n.value
        place, around = self.reach(ref.var, ref.hops), self.places
        if self.mask is not None and self.shown(ref.entity, ref.name, place.table) is not None:
            return self.value(n)
        self.places = {"record": place}
        try:
            x = self.bool(n.args[0], False)
        finally:
            self.places = around
        return sa.and_(place.table.c[ID].is_not(None), x) if ref.guard else x

    def on_code(self, n: Typed) -> Element:
        """An attribute of a code."""
        known = [(code, v) for code, v in n.value.values.items() if v is not None]
        if not known:
            return sa.cast(sa.null(), self.sql_type(n.type))
        x, texts = self.value(n.args[0]), n.value.texts
        return sa.case(
            {code: self.label(n, code, v) if code in texts else self.literal(v, n.type) for code, v in known}, value=x
        )

    def label(self, n: Typed, code: str, first: str) -> Element:
        """A label in the language of the one who reads: one statement serves all languages."""
        texts: Mapping[str, str] = n.value.texts[code]
        if len(set(texts.values())) < 2:
            return self.literal(first, n.type)
        return self.spoken((n.value.codes, code), lambda c: say(texts, c.language))

    def spoken(self, key: tuple[str, str], say: Closure) -> Element:
        """A text that depends on the one who reads, as a parameter; the same text once."""
        if self.ctx is not None:
            return sa.literal(say(self.ctx), TEXT)
        if key not in self.labels:
            name = f"x{len(self.params) + 1}"
            self.params[name] = say
            self.labels[key] = sa.bindparam(name, type_=TEXT)
        return self.labels[key]

    def on_list(self, n: Typed) -> Element:
        """A list stands only after `in`."""
        raise ExprError("a list of values cannot be a result")
