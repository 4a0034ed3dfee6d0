"""Where an empty field opens a rule: `!=` and `!` are true for it, which the author of a row rule rarely wants."""

from __future__ import annotations

from collections.abc import Iterator

from .typed import Typed


def opened_by_null(typed: Typed) -> tuple[str, ...]:
    """The fields whose emptiness makes a part of a condition true, as paths ('donor.stage'), in order, each once.

    `record.stage != 'closed'` gives ('stage',); `record.stage == 'open'` gives nothing, and so does a test for null
    that is written out. For the loader of access rules, which warns.
    """
    return tuple(dict.fromkeys(_opened(typed, False)))


def _opened(n: Typed, negated: bool) -> Iterator[str]:
    if n.op == "not":
        yield from _opened(n.args[0], not negated)
    elif n.op in ("and", "or"):
        for a in n.args:
            yield from _opened(a, negated)
    elif n.op == "if":
        for a in n.args[1:]:
            yield from _opened(a, negated)
    elif n.op == "cmp" and n.value == "!=":
        if not negated:
            yield from _empty(n)
    elif negated and n.op not in ("isnull", "notnull"):
        yield from _empty(n)


def _empty(n: Typed) -> Iterator[str]:
    """Fields of a comparison that may be empty."""
    if n.op in ("path", "formula"):
        if n.type.null:
            yield ".".join([*(h.name for h in n.value.hops), n.value.name])
        return
    if n.op == "rollup" or (n.op == "fn" and n.value == "coalesce"):
        return
    for a in n.args:
        yield from _empty(a)
