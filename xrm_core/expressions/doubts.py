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


def always(n: Typed) -> bool:
    """Whether a condition plainly holds for whatever there is: `true || x`, `x == x`, `x || !x`, `record.id != null`. For the loader
    of access rules; what is more hidden than that is not found."""
    return _always(n, True)


def _always(n: Typed, wanted: bool) -> bool:
    """Whether a part always is as wanted: true or false."""
    if n.op == "const":
        return n.value is wanted
    if n.op == "not":
        return _always(n.args[0], not wanted)
    if n.op in ("and", "or"):
        if (n.op == "or") is wanted:
            return any(_always(a, wanted) for a in n.args) or _all_cases(n.args)
        return all(_always(a, wanted) for a in n.args)
    if n.op == "if":
        return all(_always(a, wanted) for a in n.args[1:])
    if n.op in ("isnull", "notnull"):
        return not n.args[0].type.null and (n.op == "notnull") is wanted
    if n.op == "cmp" and repr(n.args[0]) == repr(n.args[1]):
        return (n.value in ("==", "<=", ">=")) is wanted
    return False


def _all_cases(parts: tuple[Typed, ...]) -> bool:
    """Whether one part is the opposite of another one."""
    said = {repr(part) for part in parts}
    return any(repr(_opposite(part)) in said for part in parts)


def _opposite(n: Typed) -> Typed:
    if n.op == "not":
        return n.args[0]
    if n.op in ("isnull", "notnull"):
        return Typed("notnull" if n.op == "isnull" else "isnull", n.type, n.args)
    if n.op == "cmp" and n.value in ("==", "!="):
        return Typed("cmp", n.type, n.args, "!=" if n.value == "==" else "==")
    return Typed("not", n.type, (n,))
