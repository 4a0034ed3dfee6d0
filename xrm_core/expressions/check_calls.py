"""Calls: functions, constants of dates and durations, roll-ups over sets of records."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import NoReturn

from xrm_core.metamodel.kinds import BOOL, DATE, DATETIME, DURATION, LIMIT, NUMBER, T

from .check_names import chain, constant
from .check_operators import Operators
from .check_several import Several
from .functions import FORMS, FUNCTIONS, MACROS, ORDERED
from .names import ALIASES, near
from .parser import parse
from .schema import ExprField, ExprFunction
from .syntax import Node
from .typed import Hop, RollUp, Typed, merged, to_scale, unify, uses
from .values import checked_duration, utc

CONSTANTS = ("date", "timestamp", "duration")
EXAMPLES = {"date": "2026-01-31", "timestamp": "2026-01-31T10:00:00Z", "duration": "1d12h30m"}
ISO_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.A)
ISO_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)", re.A)
SPAN = re.compile(r"(-?)(?=\d)(?:(\d{1,8})d)?(?:(\d{1,8})h)?(?:(\d{1,9})m)?(?:(\d{1,9}(?:\.\d{1,6})?)s)?", re.A)
PARTS = {"exists": ("cond",), "count": ("cond",), "latest": ("value", "by", "cond"), "first": ("value", "by", "cond")}
"""Arguments of the roll-ups after the variable; the condition may be left out."""
MONTH = "addDays(today(), 1 - day(today()))"
"""This month's first day."""


def read_constant(name: str, raw: str) -> Typed | None:
    """date('...'), timestamp('...') or duration('...'); None where the text is none."""
    try:
        if name == "date" and ISO_DATE.fullmatch(raw):
            return constant(DATE, date.fromisoformat(raw))
        if name == "timestamp" and ISO_TIME.fullmatch(raw):
            return constant(DATETIME, utc(datetime.fromisoformat(raw)))
        m = SPAN.fullmatch(raw) if name == "duration" else None
        if m:
            d, h, minutes = (int(g or 0) for g in m.groups()[1:4])
            seconds, _, part = (m[5] or "0").partition(".")
            micro = int(part.ljust(6, "0")) if part else 0
            span = timedelta(days=d, hours=h, minutes=minutes, seconds=int(seconds), microseconds=micro)
            return constant(DURATION, -span if m[1] else span) if checked_duration(span) is not None else None
    except (ValueError, OverflowError):
        pass
    return None


class Calls(Operators, Several):
    """Functions and roll-ups."""

    def on_call(self, n: Node) -> Typed:
        """A call of any kind."""
        name = n.name
        found = self.collection(n.args[0]) if n.args and (name in MACROS or name == "size") else None
        if found:
            return self.rollup(n, found, "count" if name == "size" else name)
        if name == "has":
            if len(n.args) != 1 or n.args[0].op != "dot":
                self.fail(n, "has(…) needs one field, as in has(record.name)")
            return Typed("notnull", BOOL, (self.check(n.args[0]),))
        if name == "code":
            self.fail(n, "code(…) needs an attribute after it", "as in code(record.stage).probability")
        if name in CONSTANTS and len(n.args) == 1 and isinstance(n.args[0].value, str) and n.args[0].op == "lit":
            read = read_constant(name, n.args[0].value)
            if read is None:
                hint = f"as in {name}('{EXAMPLES[name]}')"
                self.fail(n.args[0], f"'{n.args[0].value}' is not a {name}", hint)
            return read
        return self.function(n, name)

    def function(self, n: Node, name: str) -> Typed:
        """A call of a function."""
        f = FUNCTIONS.get(name)
        if f is None and name in self.schema.functions:
            return self.plugin(n, self.schema.functions[name])
        if f is None:
            if name in MACROS or name in FORMS:
                self.fail(n, f"{name}(…) does not fit here", "write " + (MACROS.get(name) or FORMS[name])[0])
            self.fail(
                n,
                f"unknown function '{name}'",
                near(name, [*FUNCTIONS, *MACROS, *FORMS, *ALIASES, *self.schema.functions]),
            )
        args = [self.check(a) for a in n.args]
        for a, node in zip(args, n.args, strict=True):
            if a.type.kind in ("null", "json"):
                self.fail(node, f"{a.type.kind} is not allowed in {name}(…)")
        t = f.result(self, n, args)
        if t is None:
            self.fail(n, f"{name}({', '.join(str(a.type) for a in args)}) does not exist", "write " + f.usage)
        special = getattr(self, "fn_" + name, None)
        if special:
            typed: Typed = special(n, args, t)
            return typed
        return Typed("fn", t, args, f.internal(args) if f.internal else name)

    def plugin(self, n: Node, f: ExprFunction) -> Typed:
        """A function that a plugin adds."""
        usage = f"write {f.name}({', '.join(str(t) for t in f.arguments)})"
        if len(n.args) != len(f.arguments):
            self.fail(n, f"{f.name} takes {len(f.arguments)} values, found {len(n.args)}", usage)
        args = []
        for node, t in zip(n.args, f.arguments, strict=True):
            a = self.check(node)
            both = unify(a.type, t)
            if a.type.kind == "null" or both is None or both.kind != t.kind or both.scale != t.scale:
                self.fail(node, f"{f.name} takes {t}, found {a.type}", usage)
            args.append(to_scale(a, t))
        null = f.result.null or any(a.type.null for a in args)
        return Typed("plugin", f.result.with_null(null), args, f)

    # ---- functions that the compilers know under another form
    def fn_now(self, n: Node, args: list[Typed], t: T) -> Typed:
        """now()."""
        return Typed("now", t, free=True)

    def fn_today(self, n: Node, args: list[Typed], t: T) -> Typed:
        """today()."""
        return Typed("today", t, free=True)

    def fn_coalesce(self, n: Node, args: list[Typed], t: T) -> Typed:
        """coalesce(a, b, ...): all in the same form."""
        args = [to_scale(a, t) for a in args]
        return Typed("fn", merged(t, args, all(a.type.null for a in args)), args, "coalesce")

    def fn_min(self, n: Node, args: list[Typed], t: T) -> Typed:
        """min(a, b, ...): all in the same form."""
        args = [to_scale(a, t) for a in args]
        name = "least" if n.name == "min" else "greatest"
        return Typed("fn", merged(t, args, all(a.type.null for a in args)), args, name)

    fn_max = fn_min

    def fn_round(self, n: Node, args: list[Typed], t: T) -> Typed:
        """round(x, places): the places are in the type."""
        return Typed("fn", t, args[:1], "round")

    def day_of(self, x: Typed) -> Typed:
        """The date of a date, or of a date and time."""
        return x if x.type.kind == "date" else Typed("fn", DATE.with_null(True), (x,), "date")

    def fn_year(self, n: Node, args: list[Typed], t: T) -> Typed:
        """Parts of a date."""
        return Typed("fn", t, [self.day_of(args[0])], n.name)

    fn_month = fn_day = fn_weekday = fn_year

    def fn_fy(self, n: Node, args: list[Typed], t: T) -> Typed:
        """fy(date): a plain year where it begins on 1 January."""
        start = self.schema.settings.fiscal_year
        day = self.day_of(args[0])
        return Typed("fn", t, [day], "year") if start == (1, 1) else Typed("fy", t, [day], start)

    def fn_fyStart(self, n: Node, args: list[Typed], t: T) -> Typed:
        """fyStart(n): this fiscal year's first day, n years on."""
        start = Typed("fystart", DATE, value=self.schema.settings.fiscal_year, free=True)
        return Typed("fn", t, [start, self.times_twelve(n, args[0])], "addMonths")

    def fn_monthStart(self, n: Node, args: list[Typed], t: T) -> Typed:
        """monthStart(n): this month's first day, n months on."""
        return Typed("fn", t, [self.said(MONTH), args[0]], "addMonths")

    def fn_quarterStart(self, n: Node, args: list[Typed], t: T) -> Typed:
        """quarterStart(n): the same for quarters."""
        into = self.said("(month(today()) - 1) % 3")
        return Typed("fn", t, [self.said(MONTH), self.arith(n, "-", self.times(n, args[0], 3), into)], "addMonths")

    def fn_yearStart(self, n: Node, args: list[Typed], t: T) -> Typed:
        """yearStart(n): the same for calendar years."""
        into = self.said("month(today()) - 1")
        return Typed("fn", t, [self.said(MONTH), self.arith(n, "-", self.times(n, args[0], 12), into)], "addMonths")

    def fn_weekStart(self, n: Node, args: list[Typed], t: T) -> Typed:
        """weekStart(n): the same for weeks, which begin on Monday (ISO 8601)."""
        span = Typed("fn", DURATION.with_null(True), [self.times(n, args[0], 7)], "days")
        return Typed("fn", t, [self.said("addDays(today(), 1 - weekday(today()))"), span], "date_add")

    def said(self, text: str) -> Typed:
        """A part that the language itself can say."""
        return self.check(parse(text))

    def fn_addYears(self, n: Node, args: list[Typed], t: T) -> Typed:
        """addYears(d, n) is addMonths(d, 12 * n)."""
        return Typed("fn", t, [args[0], self.times_twelve(n, args[1])], "addMonths")

    def fn_addDays(self, n: Node, args: list[Typed], t: T) -> Typed:
        """addDays(d, n) is d + days(n)."""
        span = Typed("fn", DURATION.with_null(True), [args[1]], "days")
        return Typed("fn", t, [args[0], span], f"{args[0].type.kind}_add")

    def times_twelve(self, n: Node, x: Typed) -> Typed:
        """12 * x, without leaving the range."""
        return self.times(n, x, 12)

    def times(self, n: Node, x: Typed, by: int) -> Typed:
        """So many times x, without leaving the range."""
        return self.arith(n, "*", x, constant(T("int", False, 0, by), by))

    def fn_codeLabel(self, n: Node, args: list[Typed], t: T) -> Typed:
        """codeLabel(x) is code(x).label in the language of the one who reads."""
        label = self.code(n, "label", n)
        labels = self.choice(n.args[0])[1].labels
        if any(len(set(texts.values())) > 1 for texts in labels.values()):
            label.value = replace(label.value, attribute="label in the reader's language", texts=labels)
            return Typed("code", label.type, label.args, label.value)
        return label

    # ---- roll-ups over records
    def collection(self, n: Node) -> tuple[str, tuple[Hop, ...], str, ExprField] | None:
        """Variable, links, owner and field of a set of records; None where the path leads elsewhere."""
        base, steps = chain(n)
        if base.op != "name" or base.name not in self.vars or not steps:
            return None
        entity = self.vars[base.name]
        for step in steps[:-1]:
            f = self.fields(entity, step).get(step.name)
            if f is None or f.type.kind != "ref" or len(f.type.entities) != 1:
                return None
            entity = f.type.entities[0]
        last = self.fields(entity, steps[-1]).get(steps[-1].name)
        if last is None or last.children is None:
            return None
        owner, hops, _, f = self.walk(base.name, steps)
        return base.name, hops, owner, f

    def usage(self, n: Node, kind: str, problem: str) -> NoReturn:
        """Raise: the arguments of a roll-up are wrong."""
        self.fail(n, f"{kind} {problem}", "write " + MACROS[kind][0])

    def rollup(self, n: Node, found: tuple[str, tuple[Hop, ...], str, ExprField], kind: str) -> Typed:
        """A roll-up over a set of records."""
        var, hops, owner, f = found
        assert f.children is not None
        names = PARTS.get(kind, ("value", "cond"))
        args = n.args[1:]
        if not args and kind in ("count", "exists"):
            name, args = f"{f.name}!", ()
        elif not args or args[0].op != "name" or not len(names) <= len(args) <= len(names) + 1:
            self.usage(n, kind, "needs a name for one record, and what to take of it")
        else:
            name, args = args[0].name, args[1:]
        if name in self.vars or name == "actor":
            self.fail(n.args[1], f"the name '{name}' is already used")
        child = self.entity(f.children.entity, n)
        inner = type(self)(
            self.schema, self.text, {**self.vars, name: child.name}, self.chain, self.nullable, self.level, self.sight
        )
        parts = tuple(names[: len(args)])
        typed = [inner.bool(a) if part == "cond" else inner.check(a) for a, part in zip(args, parts, strict=True)]
        for a, node, part in zip(typed, args, parts, strict=True):
            if part != "cond" and not uses(a, name):
                self.fail(node, f"the value must use '{name}'")
        t = self.rollup_type(kind, dict(zip(parts, typed, strict=True)), args)
        by = child.fields.get(f.children.by)
        live = f.children.where_deleted and child.soft_delete
        column = by.stored_as if by else f.children.by
        value = RollUp(kind, name, var, hops, owner, f.name, child.name, f.children.by, column, live, parts)
        return Typed("rollup", t, typed, value, free=False)

    def rollup_type(self, kind: str, parts: dict[str, Typed], args: tuple[Node, ...]) -> T:
        """What a roll-up gives."""
        if kind == "exists":
            return BOOL
        if kind == "count":
            return T("int", False, 0, 10**12)
        value = parts["value"].type
        if kind == "sum":
            if value.kind not in NUMBER:
                self.fail(args[0], f"a number expected, found {value}")
            return T(value.kind, True, value.scale, LIMIT - 1)
        ordered = parts["by"].type if "by" in parts else value
        if ordered.kind not in ORDERED:
            self.fail(args[1 if "by" in parts else 0], f"{kind} does not order {ordered}")
        if value.kind in ("null", "list", "json"):
            self.fail(args[0], f"{kind} cannot give {value}")
        return value.with_null(True)
