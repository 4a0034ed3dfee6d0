"""Roll-ups that a statement works out once for all records (`Frame.gathers`): which can be, and how deep nests what is left."""

from __future__ import annotations

from .depth import GUARD, costs, is_guarded
from .typed import Typed

PICKS = ("latest", "first")
"""Roll-ups that are looked up for each record, once, where they are worked out for all."""
KINDS = ("exists", "count", "sum", "min", "max", *PICKS)
LEAF = 7
"""A roll-up that is found by the record: `CASE WHEN (x IS NOT NULL) THEN v`."""


def is_gathered(n: Typed) -> bool:
    """Whether a roll-up may be worked out for all records at once: it reads nothing but the records that it is over."""
    return n.value.kind in KINDS and all(_is_apart(a, n.value.name) for a in n.args)


def _is_apart(n: Typed, name: str) -> bool:
    """Whether a part hangs on no record but the one of this name, and is no roll-up."""
    if n.op == "rollup" or (n.op in ("path", "formula") and n.value.var != name):
        return False
    if n.op == "formula":
        return not any(inner.op == "rollup" for inner in n.walk())
    return all(_is_apart(a, name) for a in n.args)


def depth_left(n: Typed) -> int:
    """As `Typed.raw`, of a part whose roll-ups are worked out elsewhere where that can be."""
    if n.free or not n.args:
        return 1
    if n.op == "rollup":
        return LEAF if is_gathered(n) else n.raw
    deepest = max(cost + depth_left(a) for cost, a in zip(costs(n), n.args, strict=True))
    return deepest + GUARD if is_guarded(n) else deepest
