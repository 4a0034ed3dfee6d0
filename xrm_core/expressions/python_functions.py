"""Closures of the functions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from . import values as v
from .context import Ctx
from .spoken import written_date, written_number
from .to_python import BUILDERS, Closure, closure
from .typed import Typed

TESTS: dict[str, Callable[[str, str], bool]] = {
    "contains": lambda a, b: b in a,
    "startsWith": str.startswith,
    "endsWith": str.endswith,
    "matches": v.matches,
}
"""Yes/no functions of two texts: no where one is None."""

SIMPLE: dict[str, Callable[..., Any]] = {
    "lower": v.lower,
    "upper": v.upper,
    "trim": lambda s: s.strip(v.SPACE),
    "size": len,
    "list_size": len,
    "string_int": str,
    "string_date": date.isoformat,
    "string_bool": lambda b: "true" if b else "false",
    "string_text": lambda s: s,
    "abs": abs,
    "div": v.div_int,
    "date_add": v.date_add,
    "date_sub": lambda d, x: v.date_add(d, -x),
    "date_diff": lambda a, b: a - b,
    "datetime_add": v.datetime_add,
    "datetime_sub": lambda t, x: v.datetime_add(t, -x),
    "datetime_diff": lambda a, b: a - b,
    "duration_add": lambda a, b: v.checked_duration(a + b),
    "duration_sub": lambda a, b: v.checked_duration(a - b),
    "daysBetween": lambda a, b: (b - a).days,
    "addMonths": v.add_months,
    "year": lambda d: d.year,
    "month": lambda d: d.month,
    "day": lambda d: d.day,
    "weekday": lambda d: d.isoweekday(),
}
"""Functions that give None where an argument is None."""


def nulls(do: Callable[..., Any], *fs: Closure) -> Closure:
    """Apply to one or two arguments; None where one of them is None."""
    if len(fs) == 1:
        f = fs[0]
        return lambda c: None if (p := f(c)) is None else do(p)
    a, b = fs
    return lambda c: None if (p := a(c)) is None or (q := b(c)) is None else do(p, q)


def _coalesce(fs: list[Closure]) -> Closure:
    def run(c: Ctx) -> Any:
        for f in fs:
            if (p := f(c)) is not None:
                return p
        return None

    return run


def _round(n: Typed, f: Closure) -> Closure:
    s, of = n.type.scale, n.args[0].type
    if of.scale <= s and of.kind == n.type.kind:
        return f
    return nulls(lambda p: v.round_to(Decimal(p), s) if n.type.kind == "decimal" else v.to_int(Decimal(p), "round"), f)


def _fn(n: Typed) -> Closure:
    name, fs = n.value, [closure(a) for a in n.args]
    if name in TESTS:
        test, (a, b) = TESTS[name], fs
        return lambda c: (p := a(c)) is not None and (q := b(c)) is not None and test(p, q)
    if name == "coalesce":
        return _coalesce(fs)
    if name in ("least", "greatest"):
        pick = v.least if name == "least" else v.greatest
        return lambda c: pick([f(c) for f in fs])
    if name == "date":
        f = fs[0]
        return lambda c: None if (p := f(c)) is None else v.local_date(p, c.tz)
    if name == "round":
        return _round(n, fs[0])
    if name in ("floor", "ceil", "int"):
        return fs[0] if n.args[0].type.kind == "int" else nulls(lambda p: v.to_int(Decimal(p), name), fs[0])
    if name == "string_decimal":
        s = n.args[0].type.scale
        return nulls(lambda p: v.decimal_text(Decimal(p), s), fs[0])
    if name == "written_date":
        return _written(fs[0], written_date)
    if name in ("written_int", "written_decimal"):
        places = n.args[0].type.scale
        return _written(fs[0], lambda p, language, order: written_number(p, places, language, order))
    if name in v.SECONDS:
        return nulls(lambda p: v.duration(p, name), fs[0])
    return nulls(SIMPLE[name], *fs)


def _written(f: Closure, do: Callable[[Any, str, str], str]) -> Closure:
    """As the one who reads writes it."""
    return lambda c: None if (p := f(c)) is None else do(p, c.language, c.date_order)


def _plugin(n: Typed) -> Closure:
    do, fs = n.value.python, [closure(a) for a in n.args]

    def run(c: Ctx) -> Any:
        args = [f(c) for f in fs]
        return None if any(a is None for a in args) else do(*args)

    return run


BUILDERS["fn"] = _fn
BUILDERS["plugin"] = _plugin
