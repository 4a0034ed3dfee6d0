"""How deep an expression nests as SQL.

SQLite's parser (before 3.46) keeps at most 100 symbols of what is open around a place: `f(` is three, `f(a, ` five,
`CASE WHEN a THEN ` five, a subquery eight and more. Depth is counted in these symbols, from above. A part that nests deep
is cut on SQLite: its fields and roll-ups become the arguments of one function that computes it in Python. What is left
within the limits is parsed by every SQLite, and is far from Python's recursion limit too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .typed import Typed

MAX_OWN = 80
"""Depth of one text, with each formula counted as a field."""
MAX_RAW = 120
"""Depth with all formulas written out."""
MAX_DEPTH = 76
"""Depth on SQLite, where parts are cut; the rest is for the statement around the expression."""
CUT = 30
"""Parts that nest deeper are cut; conditions joined by &&, || and ! only when twice as deep, so that indexes serve, in a formula too."""
ROOM = 64
"""A whole condition that nests no deeper is not cut where its roll-ups are worked out apart."""
EVALUATED = 6
"""The call of the function that computes a cut part."""
LEAF = 3
"""A field as argument of that call."""
SHALLOW = 24
"""In an expression of at most this depth guards are written with SQLite's own functions (12 symbols), which are faster;
in a deeper one with one of ours (3 symbols)."""
GUARD = 3

FIRST, FURTHER = 3, 5
"""An argument of a function: the first one, and any after it."""
STRICT = 3
"""coalesce(..., 0) around a yes/no."""
JUDGED = {"cmp": (1, 3), "isnull": (2,), "notnull": (2,), "not": (2,)}
VALUES = {"neg": (2,), "concat": (0, 3), "scale": (2,), "code": (3,), "fy": (FIRST,), "list": (0,)}
TESTS = ("contains", "startsWith", "endsWith", "matches")
WRAPPED = ("year", "month", "day", "date_sub", "datetime_sub", "daysBetween", "endsWith")
"""Functions with something around an argument or around themselves."""
GUARDED = ("days", "hours", "minutes", "duration_add", "duration_sub")
ROLLUP = {"exists": 12, "count": 12, "value": 12, "by": 12, "cond": 16}


def is_guarded(n: Typed) -> bool:
    """Whether SQL has a guard around the part."""
    if n.op == "arith":
        return bool(n.value[1]) and n.value[0] != "/"
    return (n.op == "scale" and bool(n.value)) or (n.op == "fn" and n.value in GUARDED)


def is_divided(n: Typed) -> bool:
    """Whether a number is rounded that was divided just before: one function does both."""
    return n.args[0].op == "arith" and bool(n.args[0].value[0] == "/")


def is_beside(n: Typed) -> bool:
    """Whether it is the least or greatest of a number that is known and a value that may be null: the number then stands beside it."""
    if n.value not in ("least", "greatest") or len(n.args) != 2 or not any(a.type.null for a in n.args):
        return False
    return any(a.free and not a.type.null for a in n.args)


def is_chained(n: Typed) -> bool:
    """Whether the last branch of a ? b : c is another condition: then both are one CASE."""
    return n.args[2].op == "if" and not n.args[2].free and not n.args[2].is_cut


def is_spoken(n: Typed) -> bool:
    """Whether the part is a label, date or number as the one who reads writes it: the statement has that as parameters."""
    return (n.op == "code" and bool(n.value.texts)) or (n.op == "fn" and n.value.startswith("written_"))


def cut_above(n: Typed) -> int:
    """The depth above which the part is cut; a roll-up and a label are never cut, but what they are worked out from is."""
    if n.op in ("rollup", "list") or is_spoken(n):
        return MAX_RAW
    written = n.args[0] if n.op == "formula" else n
    return 2 * CUT if written.op in ("and", "or", "not") else CUT


def costs(n: Typed) -> list[int]:
    """Symbols that are open around each argument."""
    many = len(n.args)
    if n.op in ("and", "or"):
        return [3] * many
    if n.op == "list":
        return [0] * many
    if n.op == "in":
        return [3 + STRICT, 7 + STRICT] if n.args[1].op == "list" else [12 + STRICT, 8 + STRICT]
    if n.op in JUDGED:
        return [c + STRICT for c in JUDGED[n.op]]
    if n.op in VALUES:
        return list(VALUES[n.op])
    if n.op == "if":
        return [5, 7, 1 if is_chained(n) else 5]
    if n.op == "arith":
        return [2, 4] if n.value[0] in "+-" else [4, 6]
    if n.op == "formula":
        return [6 if n.value.guard else 1]
    if n.op == "rollup":
        return [ROLLUP[n.value.kind if n.value.kind in ROLLUP else part] for part in n.value.parts]
    if n.op == "fn" and n.value == "round" and is_divided(n):
        return [0]
    extra = 0 if n.op == "plugin" else STRICT if n.value in TESTS or is_beside(n) else 2 if n.value in WRAPPED else 0
    return [extra + (FURTHER if i else FIRST) for i in range(many)]
