"""Typed tree -> Python closure f(ctx).

Values: None, bool, int, Decimal, str, date, aware datetime, timedelta; ids are str.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

from xrm_core.metamodel.text import say

from . import values as v
from .context import Ctx
from .typed import MAY_BE_NULL, Hop, Typed

Closure = Callable[[Ctx], Any]

ORDER = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "<>": operator.ne}


def to_python(n: Typed) -> Closure:
    """The closure of a whole expression: a yes/no is True or False, never None."""
    return truth(n) if n.type.kind == "bool" else closure(n)


def closure(n: Typed) -> Closure:
    """The closure of a part; a part of kind bool may give None."""
    return BUILDERS[n.op](n)


def truth(n: Typed) -> Closure:
    """Closure in a place that asks yes or no: None counts as no."""
    f = closure(n)
    return (lambda c: f(c) is True) if n.op in MAY_BE_NULL else f


# ---- leaves
def _const(n: Typed) -> Closure:
    value = n.value
    return lambda c: value


def _slot(n: Typed) -> Closure:
    at = n.value
    return lambda c: c.constants[at]


def reach(var: str, hops: tuple[Hop, ...]) -> Callable[[Ctx], Any]:
    """The record at the end of some links, or None."""
    if not hops:
        return lambda c: c.vars[var]
    steps = [(h.column, h.entity) for h in hops]

    def find(c: Ctx) -> Any:
        row: Any = c.vars[var]
        for column, entity in steps:
            if row is None or (id := row[column]) is None:
                return None
            row = c.load(entity, id)
        return row

    return find


def _path(n: Typed) -> Closure:
    p = n.value
    var, column = p.var, p.column
    if var == "old":  # there is no old record when one is created
        before = reach(var, p.hops)
        return lambda c: None if (row := before(c)) is None else row[column]
    if not p.hops:
        return lambda c: c.vars[var][column]  # type: ignore[index]
    find = reach(var, p.hops)
    return lambda c: None if (row := find(c)) is None else row[column]


def _formula(n: Typed) -> Closure:
    ref, inner = n.value, closure(n.args[0])
    find = reach(ref.var, ref.hops)

    def run(c: Ctx) -> Any:
        row = find(c)
        if row is None:
            return None
        around = c.vars
        c.vars = {"record": row}
        try:
            return inner(c)
        finally:
            c.vars = around

    return run


def _actor(n: Typed) -> Closure:
    name = n.value
    return lambda c: c.actor.get(name)


def _fact(n: Typed) -> Closure:
    """One of a list of facts of the actor, by its place."""
    name, at = n.value
    return lambda c: c.actor[name][at]


def _fystart(n: Typed) -> Closure:
    month, day = n.value
    return lambda c: v.fiscal_year_start(c.today, month, day)


def _fy(n: Typed) -> Closure:
    (month, day), f = n.value, closure(n.args[0])
    return lambda c: None if (d := f(c)) is None else v.fiscal_year(d, month, day)


def _code(n: Typed) -> Closure:
    values: Mapping[str, Any] = n.value.values
    texts: Mapping[str, Mapping[str, str]] = n.value.texts
    f = closure(n.args[0])
    if texts:
        return lambda c: say(texts[x], c.language) or values[x] if (x := f(c)) in texts else None
    return lambda c: values.get(f(c))


# ---- logic
def _isnull(n: Typed) -> Closure:
    f = closure(n.args[0])
    return lambda c: f(c) is None


def _notnull(n: Typed) -> Closure:
    f = closure(n.args[0])
    return lambda c: f(c) is not None


def _cmp(n: Typed) -> Closure:
    (x, y), op = n.args, n.value
    if op == "!=":
        same = _equal(x, y)
        return lambda c: not same(c)
    return _equal(x, y) if op == "==" else _ordered(op, x, y)


def _equal(x: Typed, y: Typed) -> Closure:
    a, b = closure(x), closure(y)
    if y.op == "const":
        k = y.value
        return lambda c: a(c) == k
    if not (x.type.null and y.type.null):
        return lambda c: a(c) == b(c)
    return lambda c: (p := a(c)) is not None and p == b(c)


def _ordered(op: str, x: Typed, y: Typed) -> Closure:
    a, b, compare = closure(x), closure(y), ORDER[op]
    if y.op == "const" and y.value is not None:
        k = y.value
        return lambda c: (p := a(c)) is not None and compare(p, k)
    if not x.type.null and not y.type.null:
        return lambda c: compare(a(c), b(c))
    return lambda c: (p := a(c)) is not None and (q := b(c)) is not None and compare(p, q)


def _and(n: Typed) -> Closure:
    fs = [truth(a) for a in n.args]
    if len(fs) == 2:
        a, b = fs
        return lambda c: a(c) and b(c)

    def run(c: Ctx) -> bool:
        return all(f(c) for f in fs)

    return run


def _or(n: Typed) -> Closure:
    fs = [truth(a) for a in n.args]
    if len(fs) == 2:
        a, b = fs
        return lambda c: a(c) or b(c)

    def run(c: Ctx) -> bool:
        return any(f(c) for f in fs)

    return run


def _not(n: Typed) -> Closure:
    f = truth(n.args[0])
    return lambda c: not f(c)


def _if(n: Typed) -> Closure:
    cond, a, b = truth(n.args[0]), closure(n.args[1]), closure(n.args[2])
    return lambda c: a(c) if cond(c) else b(c)


def _in(n: Typed) -> Closure:
    x, items = closure(n.args[0]), n.args[1]
    if items.op == "list" and all(i.op == "const" for i in items.args):
        found = frozenset(i.value for i in items.args)
        return lambda c: x(c) in found
    many = closure(items)
    return lambda c: (p := x(c)) is not None and p in (many(c) or ())


def _list(n: Typed) -> Closure:
    fs = [closure(a) for a in n.args]
    return lambda c: [f(c) for f in fs]


# ---- values
def _concat(n: Typed) -> Closure:
    a, b = closure(n.args[0]), closure(n.args[1])
    return lambda c: None if (p := a(c)) is None or (q := b(c)) is None else p + q


def _scale(n: Typed) -> Closure:
    f, s = closure(n.args[0]), n.type.scale
    return (lambda c: None if (p := f(c)) is None else v.in_range(p, s)) if n.value else f


def _neg(n: Typed) -> Closure:
    f = closure(n.args[0])
    return lambda c: None if (p := f(c)) is None else -p


def _arith(n: Typed) -> Closure:
    (op, guard), (x, y) = n.value, n.args
    a, b, top = closure(x), closure(y), v.TOP[n.type.scale]
    do = _operation(n, op)
    if guard and op != "/":

        def run(c: Ctx) -> Any:
            if (p := a(c)) is None or (q := b(c)) is None:
                return None
            r = do(p, q)
            return r if -top < r < top else None

        return run
    if not x.type.null and not y.type.null:
        return lambda c: do(a(c), b(c))
    return lambda c: None if (p := a(c)) is None or (q := b(c)) is None else do(p, q)


def _operation(n: Typed, op: str) -> Callable[[Any, Any], Any]:
    scale, ctx = n.type.scale, v.CTX
    if op == "/":
        return v.divide
    if n.type.kind == "int":
        return {"+": operator.add, "-": operator.sub, "*": operator.mul, "%": v.mod_int}[op]
    if op == "*" and n.args[0].type.scale + n.args[1].type.scale > scale:
        return lambda p, q: ctx.quantize(ctx.multiply(p, q), v.UNIT[scale])
    return {"+": ctx.add, "-": ctx.subtract, "*": ctx.multiply}[op]


BUILDERS: dict[str, Callable[[Typed], Closure]] = {
    "const": _const,
    "slot": _slot,
    "path": _path,
    "formula": _formula,
    "actor": _actor,
    "fact": _fact,
    "now": lambda n: lambda c: c.now,
    "today": lambda n: lambda c: c.today,
    "fystart": _fystart,
    "fy": _fy,
    "code": _code,
    "isnull": _isnull,
    "notnull": _notnull,
    "cmp": _cmp,
    "and": _and,
    "or": _or,
    "not": _not,
    "if": _if,
    "in": _in,
    "list": _list,
    "concat": _concat,
    "scale": _scale,
    "neg": _neg,
    "arith": _arith,
}
"""How each op becomes a closure; python_functions.py and python_rollups.py add theirs."""
