"""Names: fields, links, formulas, code attributes, the actor's facts."""

from __future__ import annotations

from copy import copy
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any

from xrm_core.language import _
from xrm_core.metamodel.kinds import BOOL, LIMIT, MAX_SCALE, NULL, NUMBER, TEXT, T, number

from .check_base import Base, FormulaCycle
from .names import near
from .parser import parse
from .schema import CodeTable, ExprField
from .syntax import ExprError, Node
from .typed import CodeRef, FormulaRef, Hop, Path, Typed, bounded, is_strict, uses

ACTOR_ALIASES = {"user": "id"}


class NoField(ExprError):
    """A name that no field of the entity has."""


def chain(n: Node) -> tuple[Node, list[Node]]:
    """The first part of a.b.c, and the steps after it."""
    steps: list[Node] = []
    while n.op == "dot":
        steps.append(n)
        n = n.args[0]
    return n, steps[::-1]


def path_text(n: Node) -> str:
    """A path as written."""
    return n.name if n.op == "name" else f"{path_text(n.args[0])}.{n.name}" if n.op == "dot" else "…"


def is_open(f: ExprField) -> bool:
    """Whether the field is a link that may lead to several entities."""
    return f.type.kind == "ref" and not f.children and not f.is_computed and len(f.type.entities) > 1


def constant(t: T, value: Any) -> Typed:
    """A constant."""
    return Typed("const", t, value=value, free=True)


class Names(Base):
    """Literals, names and paths."""

    def on_lit(self, n: Node) -> Typed:
        """A literal."""
        v = n.value
        if v is None:
            return constant(NULL, None)
        if isinstance(v, bool):
            return constant(BOOL, v)
        if isinstance(v, str):
            return constant(TEXT, v)
        t = number(v)
        if t.scale > MAX_SCALE or t.bound >= LIMIT:
            self.fail(n, f"a number has at most 18 digits, {MAX_SCALE} of them after the point")
        return constant(t, v)

    def on_name(self, n: Node) -> Typed:
        """A name alone is no value: say what to write."""
        if n.name in self.vars or n.name == "actor":
            self.fail(n, f"'{n.name}' alone is not a value", f"write '{n.name}.' and a field")
        fields = self.fields(self.vars["record"], n) if "record" in self.vars else {}
        if n.name in fields:
            self.fail(n, f"unknown name '{n.name}'", f"write 'record.{n.name}'")
        self.fail(n, f"unknown name '{n.name}'", near(n.name, [*self.vars, "actor", *(f"record.{f}" for f in fields)]))

    def on_dot(self, n: Node) -> Typed:
        """A path from a variable, a fact of the actor, or an attribute of a code."""
        base, steps = chain(n)
        if base.op == "call" and base.name == "code":
            if len(steps) > 1:
                self.fail(steps[1], f"an attribute of a code has no '{steps[1].name}'")
            return self.code(base, steps[0].name, steps[0])
        if base.op != "name":
            self.fail(steps[0], f"'.{steps[0].name}' needs a record on its left side")
        if base.name == "actor":
            return self.actor(steps)
        if base.name not in self.vars:
            if "record" in self.vars and base.name in self.fields(self.vars["record"], base):
                self.fail(base, f"unknown name '{base.name}'", f"write 'record.{path_text(n)}'")
            self.fail(base, f"unknown name '{base.name}'", near(base.name, [*self.vars, "actor"]))
        return self.path(base.name, steps)

    def actor(self, steps: list[Node]) -> Typed:
        """A fact of the actor."""
        name = steps[0].name
        name = name if name in self.schema.actor else ACTOR_ALIASES.get(name, name)
        t = self.schema.actor.get(name)
        if t is None or len(steps) > 1:
            self.fail(steps[0], f"actor has no '{path_text(steps[-1])[6:]}'", near(name, self.schema.actor))
        return Typed("actor", t, value=name, free=True)

    def field(self, entity: str, step: Node) -> ExprField:
        """A field of an entity."""
        fields = self.fields(entity, step)
        f = fields.get(step.name)
        if f is None:
            start = step.end - len(step.name)
            said = _("{entity} has no field {name!r}", entity=entity, name=step.name)
            raise NoField(said, start, step.end, self.text, near(step.name, fields))
        return f

    def hop(self, source: str, f: ExprField, after: Node, target: str | None = None) -> Hop:
        """The step through a link, to read `after`; to `target` where the link may lead to several entities."""
        if f.children:
            self.fail(
                after, f"'{f.name}' is a set of records", f"use .exists(x, …), .count(x, …) or .sum(x, x.{after.name})"
            )
        if f.type.kind != "ref":
            self.fail(after, f"'{f.name}' is {f.type.with_null(False)}, it has no '{after.name}'")
        if f.is_computed:
            self.fail(after, f"'{f.name}' is computed, fields of its record cannot be read through it")
        if target is None and len(f.type.entities) != 1:
            targets = " or ".join(f.type.entities) or "any entity"
            hint = f"compare the link itself, or its kind with {f.name}_entity"
            self.fail(after, f"'{f.name}' links to {targets}, so '{after.name}' cannot be read through it", hint)
        return Hop(f.name, f.stored_as, target or f.type.entities[0], source)

    def walk(
        self, var: str, steps: list[Node], chosen: tuple[str, ...] = ()
    ) -> tuple[str, tuple[Hop, ...], bool, ExprField]:
        """Where the steps lead: entity, links on the way, whether one may be empty, and the last field. `chosen`: the
        entities to follow where links may lead to several, in their order."""
        entity, null = self.vars[var], False
        hops: list[Hop] = []
        ways = iter(chosen)
        for step, after in pairwise(steps):
            f = self.field(entity, step)
            if after.name == "id" and after is steps[-1] and f.type.kind == "ref" and not f.children:
                return entity, tuple(hops), null, f  # record.party.id is record.party
            hops.append(self.hop(entity, f, after, next(ways, None) if is_open(f) else None))
            null = null or f.type.null or self.masked(entity, f.name) or self.masked(hops[-1].entity, None)
            entity = hops[-1].entity
        return entity, tuple(hops), null, self.field(entity, steps[-1])

    def path(self, var: str, steps: list[Node], chosen: tuple[str, ...] = ()) -> Typed:
        """A field, perhaps through links."""
        entity, hops, null, f = self.walk(var, steps, chosen)
        if f.children:
            hint = f"use {path_text(steps[-1])}.exists(x, …), .count(x, …) or .sum(x, …)"
            self.fail(steps[-1], f"'{f.name}' is a set of records", hint)
        if f.is_computed:
            return self.computed(var, hops, null, entity, f, steps[-1])
        t = f.type.with_null(f.type.null or null or self.masked(entity, f.name))
        return Typed("path", t, value=Path(var, hops, entity, f.name, f.stored_as), free=False)

    # ---- formulas
    def computed(self, var: str, hops: tuple[Hop, ...], null: bool, entity: str, f: ExprField, step: Node) -> Typed:
        """A computed field: its checked formula, read on the record at the end of the links."""
        inner = self.formula(entity, f, step)
        if not hops and not uses(inner, "record"):
            return inner
        guard = bool(hops) and not is_strict(inner)
        t = inner.type.with_null(inner.type.null or null or self.masked(entity, f.name))
        return Typed("formula", t, (inner,), FormulaRef(var, hops, entity, f.name, guard), free=False)

    def formula(self, entity: str, f: ExprField, step: Node) -> Typed:
        """The checked formula of a field, over its own `record`; checked once for a schema."""
        key = (entity, f.name, self.nullable)
        found = self.schema.formulas.get(key)
        if found is not None:
            return found
        here = (*self.chain, (entity, f.name))
        if (entity, f.name) in self.chain:
            names = " -> ".join(f"{e}.{name}" for e, name in here[here.index((entity, f.name)) :])
            raise FormulaCycle(f"the formula {entity}.{f.name} reads itself: {names}", step.start, step.end, self.text)
        text = f.formula or ""
        try:
            inner = type(self)(self.schema, text, {"record": entity}, here, self.nullable, self.level)
            found = inner.declared(parse(text), f)
        except FormulaCycle as e:
            raise FormulaCycle(e.message, step.start, step.end, self.text) from None
        except ExprError as e:
            self.fail(step, f"the formula {entity}.{f.name} has an error: {e}", f"it says: {text}")
        self.schema.formulas[key] = found
        return found

    def declared(self, n: Node, f: ExprField) -> Typed:
        """A formula in the form that its field declares: a number with that many places."""
        t, want = self.check(n), f.type
        if want.kind == "null" and t.type.kind not in ("null", "list", "json"):
            return t
        if t.type.kind == "null":
            return constant(want.with_null(True), None)
        if t.type.kind != want.kind and not (want.kind == "decimal" and t.type.kind == "int"):
            self.fail(
                n,
                f"the field is {want}, the formula gives {t.type}",
                "round(…) makes a whole number" if (want.kind == "int" and t.type.kind == "decimal") else None,
            )
        if want.codes is not None:
            return self.chosen(n, t, want)
        if want.kind not in NUMBER or (t.type.scale, t.type.kind) == (want.scale, want.kind):
            return t
        if t.type.scale > want.scale:
            bound = t.type.bound // 10 ** (t.type.scale - want.scale) + 1
            return Typed("fn", T(want.kind, t.type.null, want.scale, bound), (t,), "round")
        own, guard = bounded(want.kind, t.type.null, want.scale, t.type.bound * 10 ** (want.scale - t.type.scale))
        return Typed("scale", own, (t,), guard)

    # ---- code lists
    def chosen(self, n: Node, t: Typed, want: T) -> Typed:
        """A formula whose value is a code of the list that its field names."""
        if t.type.codes not in (None, want.codes):
            self.fail(n, f"the field is a code of {want.codes}, the formula gives one of {t.type.codes}")
        for value in said(t):
            if want.options and value not in want.options:
                self.fail(n, f"'{value}' is no code of {want.codes}", near(value, want.options))
        if t.type.codes is None:
            t = copy(t)
            t.type = want.with_null(t.type.null)
        return t

    def code(self, call: Node, attribute: str, at: Node) -> Typed:
        """An attribute of the code that a choice holds."""
        if len(call.args) != 1:
            self.fail(call, "code(…) needs one choice", "as in code(record.stage).probability")
        x, table = self.choice(call.args[0])
        if attribute == "label" and attribute not in table.attributes:
            t, rows = TEXT, {code: row.get("label") or code for code, row in table.rows.items()}
        elif attribute not in table.attributes:
            start = at.end - len(attribute)
            hint = near(attribute, [*table.attributes, "label"])
            raise ExprError(f"code list {table.name} has no attribute '{attribute}'", start, at.end, self.text, hint)
        else:
            t = table.attributes[attribute]
            rows = {code: stored_value(row.get(attribute), t) for code, row in table.rows.items()}
        if t.kind in NUMBER:
            bound = max((abs(int(Decimal(v).scaleb(t.scale))) for v in rows.values() if v is not None), default=0)
            t = T(t.kind, True, t.scale, bound)
        elif t.kind in ("list", "json", "null"):
            self.fail(at, f"the attribute '{attribute}' is {t}, it cannot be used in expressions")
        return Typed("code", t.with_null(True), (x,), CodeRef(table.name, attribute, rows))

    def choice(self, n: Node) -> tuple[Typed, CodeTable]:
        """A choice and its code list."""
        x = self.check(n)
        if x.type.kind != "text" or x.type.codes is None:
            self.fail(n, f"a choice from a code list expected, found {x.type}")
        table = self.schema.codes.get(x.type.codes)
        if table is None:
            self.fail(n, f"the code list '{x.type.codes}' does not exist")
        return x, table


def said(t: Typed) -> list[str]:
    """The constant texts that an expression may give."""
    if t.op == "const":
        return [t.value] if isinstance(t.value, str) else []
    ways = t.args[1:] if t.op == "if" else t.args if t.op == "fn" and t.value == "coalesce" else ()
    return [text for way in ways for text in said(way)]


def stored_value(value: Any, t: T) -> Any:
    """An attribute's value as Python holds that kind."""
    if value is None:
        return None
    if t.kind == "decimal":
        return Decimal(str(value)).quantize(Decimal(1).scaleb(-t.scale))
    if t.kind == "date" and isinstance(value, str):
        return date.fromisoformat(value)
    return value
