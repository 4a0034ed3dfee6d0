"""Closures of the roll-ups over records that point here."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from . import values as v
from .context import Ctx
from .to_python import BUILDERS, Closure, closure, reach, truth
from .typed import RollUp, Typed

ID, DELETED = "id", "deleted_at"


def _rows(r: RollUp, cond: Closure | None) -> Any:
    """A generator function over the records that count; while one is given, it is the variable `r.name`."""
    find = reach(r.var, r.hops)

    def rows(c: Ctx) -> Iterator[Any]:
        parent = find(c)
        if parent is None or (id := parent.get(ID)) is None:  # without an id it is not stored: nothing points to it
            return
        around = c.vars
        try:
            for row in c.children(r.entity, r.by, id):
                if r.live and row.get(DELETED) is not None:
                    continue
                c.vars = {**around, r.name: row}
                if cond is None or cond(c):
                    yield row
        finally:
            c.vars = around

    return rows


def _rollup(n: Typed) -> Closure:
    r: RollUp = n.value
    parts = dict(zip(r.parts, n.args, strict=True))
    rows = _rows(r, truth(parts["cond"]) if "cond" in parts else None)
    if r.kind == "exists":
        return lambda c: sum(1 for _ in rows(c)) > 0
    if r.kind == "count":
        return lambda c: sum(1 for _ in rows(c))
    value = closure(parts["value"])
    if r.kind == "sum":
        return _sum(n, rows, value)
    if r.kind in ("min", "max"):
        pick = v.least if r.kind == "min" else v.greatest
        return lambda c: pick([value(c) for _ in rows(c)])
    by, pick_row = closure(parts["by"]), max if r.kind == "latest" else min

    def run(c: Ctx) -> Any:
        found = [(key, row[ID], value(c)) for row in rows(c) if (key := by(c)) is not None]
        return pick_row(found, key=lambda x: x[:2])[2] if found else None

    return run


def _sum(n: Typed, rows: Any, value: Closure) -> Closure:
    is_int, scale = n.type.kind == "int", n.type.scale

    def run(c: Ctx) -> Any:
        total: Any = 0 if is_int else Decimal(0)
        for _ in rows(c):
            if (p := value(c)) is not None:
                total = total + p if is_int else v.CTX.add(total, p)
        return v.in_range(total, scale)

    return run


BUILDERS["rollup"] = _rollup
