"""Comparisons of a choice between values, as the conditions that lead to one: `(a ? 'x' : b ? 'y' : 'z') == 'y'` holds where `!a && b`
does. The values of the other branches are then not worked out, and a database sees what the filter hangs on.

    typed = decided(rule.typed)  # the same on every record
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from functools import reduce
from typing import Any, NamedTuple

from msgspec.structs import replace

from xrm_core.metamodel.kinds import BOOL, NUMBER

from .typed import Typed

COMPARED = {"==": operator.eq, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
YES = Typed("const", BOOL, value=True, free=True)
NO = Typed("const", BOOL, value=False, free=True)


class Test(NamedTuple):
    """What a value is asked: of a constant the answer is known, of any other value it is a condition."""

    known: Callable[[Any], bool]
    asked: Callable[[Typed], Typed]
    said: str


def decided(n: Typed) -> Typed:
    """A condition with such comparisons replaced, true on the same records. Formulas that are yes or no stay as they are."""
    if n.op in ("and", "or", "not"):
        args = [decided(a) for a in n.args]
        if all(a is b for a, b in zip(args, n.args, strict=True)):
            return n
        return Typed(n.op, n.type, args, n.value)
    if n.op == "cmp" and n.value == "!=":
        equal = Typed("cmp", BOOL, n.args, "==")
        other = decided(equal)
        return n if other is equal else _not(other)
    test = _test(n)
    found = _reached(n.args[0], test) if test is not None and not n.args[0].free else None
    return n if found is None else found


def _test(n: Typed) -> Test | None:
    """What a comparison with constants asks of its first side; None for any other part."""
    if n.op not in ("cmp", "in"):
        return None
    x, y = n.args
    many = y.args if n.op == "in" and y.op == "list" else (y,)
    if (n.op == "in" and y.op != "list") or not all(c.op == "const" and c.value is not None for c in many):
        return None
    if n.op == "cmp" and (n.value not in COMPARED or (n.value != "==" and x.type.kind not in NUMBER)):
        return None

    def known(value: Any) -> bool:
        if n.op == "in":
            return any(value == c.value for c in many)
        return bool(COMPARED[n.value](value, y.value))

    def asked(value: Typed) -> Typed:
        return Typed(n.op, BOOL, (value, y), n.value)

    said = " ".join(repr(c.value) for c in many)
    return Test(known, asked, f"{n.value if n.op == 'cmp' else 'in'} {said}")


def _reached(x: Typed, test: Test) -> Typed | None:
    """The condition under which a choice comes to a value that passes; None where none of its values is a constant."""
    if x.op == "formula":
        inner = _reached(x.args[0], test)
        if inner is None:
            return None
        ref = replace(x.value, test=test.said)
        return Typed("formula", BOOL.with_null(True), (inner,), ref, free=False)
    if x.op != "if" or not _has_constant(x):
        return None
    return _branch(x, test)


def _branch(x: Typed, test: Test) -> Typed:
    if x.op == "const":
        return YES if x.value is not None and test.known(x.value) else NO
    if x.op != "if":
        found = _reached(x, test)
        return test.asked(x) if found is None else found
    when, then, other = decided(x.args[0]), _branch(x.args[1], test), _branch(x.args[2], test)
    return _either(_both(when, then), _both(_not(when), other)) if then is not other else then


def _has_constant(x: Typed) -> bool:
    if x.op != "if":
        return x.op == "const"
    return any(_has_constant(a) for a in x.args[1:])


def _not(x: Typed) -> Typed:
    if x.op == "const":
        return NO if x.value is True else YES
    if (
        x.op == "or"
    ):  # each by itself, so that a database asks what it knows first before it joins what another one needs
        return reduce(_both, map(_not, x.args))
    return Typed("not", BOOL, (x,))


def _both(a: Typed, b: Typed) -> Typed:
    return _joined("and", NO, YES, a, b)


def _either(a: Typed, b: Typed) -> Typed:
    return _joined("or", YES, NO, a, b)


def _joined(op: str, settles: Typed, idle: Typed, a: Typed, b: Typed) -> Typed:
    """Two conditions as one: the constant that settles it stands for both, the one that adds nothing is left out."""
    if a is settles or b is settles:
        return settles
    if a is idle or b is idle:
        return b if a is idle else a
    return Typed(op, BOOL, (*_parts(a, op), *_parts(b, op)))


def _parts(x: Typed, op: str) -> tuple[Typed, ...]:
    return x.args if x.op == op else (x,)
