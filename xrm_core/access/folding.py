"""Rules made small before they become SQL: the actor's facts put in, negation pushed down, what says nothing taken out.

Facts go in by number and not by value (`actor.departments` of a person in one department is *his first*), so that all who
have the same roles and as many departments share one statement; its values are sent with each question. In what comes out
no part stands under a negation that it did not need, so false and unknown are the same everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..expressions import Typed, shape
from ..metamodel.kinds import BOOL, T

MOST = 32
"""So many departments are told one by one; more go as one list."""
NULL_TESTS = {"isnull": "notnull", "notnull": "isnull"}


@dataclass(frozen=True, slots=True)
class Facts:
    """What of an actor decides the form of a statement: his roles, how many departments he has and leads, whether he is known."""

    roles: frozenset[str]
    counts: tuple[tuple[str, int], ...]
    is_known: bool


def truth(value: bool) -> Typed:
    """Yes or no, as a rule."""
    return Typed("const", BOOL, value=value, free=True)


def is_true(n: Typed | None) -> bool:
    """Whether a rule always holds."""
    return n is None or (n.op == "const" and n.value is True)


def is_false(n: Typed | None) -> bool:
    """Whether a rule never holds."""
    return n is not None and n.op == "const" and n.value is False


def folded(n: Typed, facts: Facts) -> Typed:
    """The rule with the actor's facts, in its shortest form."""
    return _fold(n, facts, False)


def together(one: Typed, other: Typed) -> Typed:
    """Both of two rules that are folded."""
    return _and([one, other])


def _fold(n: Typed, facts: Facts, negated: bool) -> Typed:
    if n.op == "not":
        return _fold(n.args[0], facts, not negated)
    if n.op in ("and", "or"):
        parts = [_fold(a, facts, negated) for a in n.args]
        return _and(parts) if (n.op == "and") != negated else _or(parts)
    if n.op == "const" and n.type.kind == "bool":
        return truth((n.value is True) != negated)
    if n.op in NULL_TESTS:
        return _null_test(n, facts, negated)
    if n.op == "cmp":
        found = _compared(n, facts)
    elif n.op == "in":
        found = _among(n, facts)
    else:
        found = n
    if not negated:
        return found
    if found.op == "const":
        return truth(found.value is not True)
    if found.op == "cmp" and found.value in ("==", "!="):
        return Typed("cmp", BOOL, found.args, "!=" if found.value == "==" else "==")
    return Typed("not", BOOL, (found,))


def _null_test(n: Typed, facts: Facts, negated: bool) -> Typed:
    x = n.args[0]
    op = NULL_TESTS[n.op] if negated else n.op
    if x.op == "actor" and x.value == "id":
        return truth(facts.is_known == (op == "notnull"))
    if x.op == "path" and not x.type.null:
        return truth(op == "notnull")
    return Typed(op, BOOL, (x,))


def _compared(n: Typed, facts: Facts) -> Typed:
    """A comparison; with what is not known of the actor it never holds."""
    if any(a.op == "actor" and a.value == "id" for a in n.args) and not facts.is_known:
        return truth(n.value == "!=")
    return n


def _among(n: Typed, facts: Facts) -> Typed:
    x, items = n.args
    if items.op != "actor":
        return n
    if items.value == "roles":
        roles = sorted(facts.roles)
        if x.op == "const":
            return truth(x.value in facts.roles)
        return _one_of(x, [Typed("const", items.type.item, value=r, free=True) for r in roles], items.type)
    count = dict(facts.counts).get(str(items.value), MOST + 1)
    if count > MOST:
        return n
    known = [Typed("fact", items.type.item, value=(items.value, at), free=True) for at in range(count)]
    return _one_of(x, known, items.type)


def _one_of(x: Typed, items: list[Typed], of: T) -> Typed:
    if not items:
        return truth(False)
    if len(items) == 1:
        return Typed("cmp", BOOL, (x, items[0]), "==")
    return Typed("in", BOOL, (x, Typed("list", of, items, free=True)))


def _and(parts: list[Typed]) -> Typed:
    flat = _flat("and", parts)
    if any(is_false(p) for p in flat):
        return truth(False)
    found = _strict(list({shape(p): p for p in flat if not is_true(p)}.values()))
    kept = [p for i, p in enumerate(found) if not any(_drops(q, p, j < i) for j, q in enumerate(found) if j != i)]
    return truth(True) if not kept else kept[0] if len(kept) == 1 else Typed("and", BOOL, kept)


def _or(parts: list[Typed]) -> Typed:
    flat = _flat("or", parts)
    if any(is_true(p) for p in flat):
        return truth(True)
    found = _united(list({shape(p): p for p in flat if not is_false(p)}.values()))
    if any(_completes(p, q) for p in found for q in found):
        return truth(True)
    kept = [p for i, p in enumerate(found) if not any(_drops(p, q, j < i) for j, q in enumerate(found) if j != i)]
    return truth(False) if not kept else kept[0] if len(kept) == 1 else Typed("or", BOOL, kept)


def _completes(one: Typed, other: Typed) -> bool:
    """Whether one of two parts surely holds where the other does not: a value is one of some, or it is not that one of them."""
    if other.op == "not":
        return shape(other.args[0]) == shape(one)
    if other.op != "cmp" or other.value != "!=" or other.args[0].free:
        return False
    known = _values(one)
    return known is not None and known[0] == shape(other.args[0]) and shape(other.args[1]) in known[1]


def _drops(stronger: Typed, weaker: Typed, is_earlier: bool) -> bool:
    """Whether one of two parts says nothing beside the other; of two that say the same the first stays."""
    return implies(stronger, weaker) and (is_earlier or not implies(weaker, stronger))


def _flat(op: str, parts: list[Typed]) -> list[Typed]:
    return [x for p in parts for x in (p.args if p.op == op else (p,))]


def _strict(parts: list[Typed]) -> list[Typed]:
    """`x != null && x != a` is one comparison that an empty value does not meet; of a yes/no, that with the other value."""
    filled = {shape(p.args[0]) for p in parts if p.op == "notnull"}
    used: set[str] = set()
    found = []
    for p in parts:
        if p.op == "cmp" and p.value == "!=":
            x, y = p.args
            nullable = [shape(a) for a in (x, y) if not a.free and a.type.null]
            if all(s in filled for s in nullable):
                used.update(nullable)
                if y.op == "const" and isinstance(y.value, bool):
                    p = Typed("cmp", BOOL, (x, Typed("const", y.type, value=not y.value, free=True)), "==")
                else:
                    p = Typed("cmp", BOOL, (x, y), "<>")
        found.append(p)
    return [p for p in found if not (p.op == "notnull" and shape(p.args[0]) in used)]


def _united(parts: list[Typed]) -> list[Typed]:
    """`x == a || x in [b, c]` as one list."""
    sets: dict[str, dict[str, Typed]] = {}
    first: dict[str, Typed] = {}
    others = []
    for p in parts:
        known = _values(p)
        if known is None:
            others.append(p)
            continue
        at, values = known
        first.setdefault(at, p)
        sets.setdefault(at, {}).update(values)
    made = [_one_of(p.args[0], list(sets[at].values()), _list_of(p)) for at, p in first.items()]
    return [*made, *others]


def _list_of(p: Typed) -> T:
    return p.args[1].type if p.op == "in" else T("list", False, of=p.args[1].type.with_null(False))


def _values(n: Typed) -> tuple[str, Mapping[str, Typed]] | None:
    """A part that holds where a value is one of some: the value and those. None: it is of another kind."""
    if (
        n.op == "cmp"
        and n.value == "=="
        and not n.args[0].free
        and n.args[1].free
        and n.args[1].op in ("const", "fact")
    ):
        return shape(n.args[0]), {shape(n.args[1]): n.args[1]}
    if n.op == "in" and n.args[1].op == "list" and all(a.op in ("const", "fact") for a in n.args[1].args):
        return shape(n.args[0]), {shape(a): a for a in n.args[1].args}
    return None


def implies(a: Typed, b: Typed) -> bool:
    """Whether b surely holds wherever a does. Says no where it does not know."""
    if is_false(a) or is_true(b) or shape(a) == shape(b):
        return True
    if b.op == "and":
        return all(implies(a, x) for x in b.args)
    if a.op == "or":
        return all(implies(x, b) for x in a.args)
    ours, theirs = _values(a), _values(b)
    if ours is not None and theirs is not None and ours[0] == theirs[0]:
        return ours[1].keys() <= theirs[1].keys()
    if b.op == "notnull" and shape(b.args[0]) in _fills(a):
        return True
    if a.op == "and" and any(implies(x, b) for x in a.args):
        return True
    return b.op == "or" and any(implies(a, x) for x in b.args)


def _fills(n: Typed) -> frozenset[str]:
    """What is surely filled where a part holds."""
    if n.op == "notnull" or n.op == "in":
        return frozenset({shape(n.args[0])})
    if n.op == "cmp" and n.value != "!=":
        return frozenset(shape(a) for a in n.args if not a.free)
    return frozenset()
