"""Rules made small before they become SQL: the actor's facts put in, negation pushed down, what says nothing taken out.

Facts go in by number and not by value (`actor.departments` of a person in one department is *his first*), so that all who
have the same roles and as many departments share one statement; its values are sent with each question. In what comes out
no part stands under a negation that it did not need, so false and unknown are the same everywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ..expressions import Typed, shape
from ..metamodel.kinds import BOOL, list_of

MOST = 32
"""So many departments are told one by one; more go as one list."""
NULL_TESTS = {"isnull": "notnull", "notnull": "isnull"}
EQUALITY = {"==": "!=", "!=": "=="}
KNOWN = ("const", "fact")
"""Values that a rule names."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What of an actor decides the form of a statement: his roles, how many departments he has and leads, whether he is known."""

    roles: frozenset[str]
    counts: tuple[tuple[str, int], ...]
    is_known: bool


def truth(value: bool) -> Typed:
    """Yes or no, as a rule."""
    return Typed("const", BOOL, value=value, free=True)


def is_true(n: Typed) -> bool:
    """Whether a rule always holds."""
    return n.op == "const" and n.value is True


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
    if found.op == "cmp" and found.value in EQUALITY:
        return Typed("cmp", BOOL, found.args, EQUALITY[found.value])
    return Typed("not", BOOL, (found,))


def _null_test(n: Typed, facts: Facts, negated: bool) -> Typed:
    x = n.args[0]
    op = NULL_TESTS[n.op] if negated else n.op
    if _is_person(x):
        return truth(facts.is_known == (op == "notnull"))
    if x.op == "path" and not x.type.null:
        return truth(op == "notnull")
    return Typed(op, BOOL, (x,))


def _compared(n: Typed, facts: Facts) -> Typed:
    """A comparison; with what is not known of the actor it never holds."""
    if any(_is_person(a) for a in n.args) and not facts.is_known:
        return truth(n.value == "!=")
    return n


def _is_person(n: Typed) -> bool:
    return (n.op, n.value) == ("actor", "id")


def _among(n: Typed, facts: Facts) -> Typed:
    x, items = n.args
    if items.op != "actor":
        return n
    if items.value == "roles":
        roles = sorted(facts.roles)
        if x.op == "const":
            return truth(x.value in facts.roles)
        return _one_of(x, [Typed("const", items.type.item, value=r, free=True) for r in roles])
    count = dict(facts.counts)[items.value]
    if count > MOST:
        return n
    known = [Typed("fact", items.type.item, value=(items.value, at), free=True) for at in range(count)]
    return _one_of(x, known)


def _one_of(x: Typed, items: list[Typed]) -> Typed:
    if not items:
        return truth(False)
    if len(items) == 1:
        return Typed("cmp", BOOL, (x, items[0]), "==")
    return Typed("in", BOOL, (x, Typed("list", list_of(items[0].type), items, free=True)))


def _and(parts: list[Typed]) -> Typed:
    kept = _needed(_strict(_flat("and", parts)), lambda one, other: implies(other, one))
    return kept[0] if len(kept) == 1 else Typed("and", BOOL, kept)


def _or(parts: list[Typed]) -> Typed:
    found = _united(_flat("or", parts))
    if any(_completes(p, q) for p in found for q in found):
        return truth(True)
    kept = _needed(found, implies)
    return kept[0] if len(kept) == 1 else Typed("or", BOOL, kept)


def _needed(parts: list[Typed], is_idle: Callable[[Typed, Typed], bool]) -> list[Typed]:
    """The parts, of which there is at least one, without those that say nothing beside another one that stays; of two that say
    the same that is the first."""
    kept = list(parts)
    for part in reversed(parts):
        others = [p for p in kept if p is not part]
        if any(is_idle(part, other) for other in others):
            kept = others
    return kept


def _completes(one: Typed, other: Typed) -> bool:
    """Whether one of two parts surely holds where the other does not: a value is one of some, or it is not that one of them."""
    if other.op == "not":
        return shape(other.args[0]) == shape(one)
    known = _values(one) if (other.op, other.value) == ("cmp", "!=") else None
    return known is not None and known[0] == shape(other.args[0]) and shape(other.args[1]) in known[1]


def _flat(op: str, parts: list[Typed]) -> list[Typed]:
    return [x for p in parts for x in (p.args if p.op == op else (p,))]


def _strict(parts: list[Typed]) -> list[Typed]:
    """`x != null && x != a` is one comparison that an empty value does not meet; of a yes/no, that with the other value."""
    filled = {shape(p.args[0]) for p in parts if p.op == "notnull"}
    found = []
    for p in parts:
        if (p.op, p.value) == ("cmp", "!="):
            x, y = p.args
            nullable = [shape(a) for a in (x, y) if a.type.null]
            if all(s in filled for s in nullable):
                if isinstance(y.value, bool):
                    p = Typed("cmp", BOOL, (x, truth(not y.value)), "==")
                else:
                    p = Typed("cmp", BOOL, (x, y), "<>")
        found.append(p)
    return found


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
    made = [_one_of(p.args[0], list(sets[at].values())) for at, p in first.items()]
    return [*made, *others]


def _values(n: Typed) -> tuple[str, Mapping[str, Typed]] | None:
    """A part that holds where a value is one of some: the value and those. None: it is of another kind."""
    if (n.op, n.value) == ("cmp", "==") and n.args[1].op in KNOWN:
        return shape(n.args[0]), {shape(n.args[1]): n.args[1]}
    if n.op == "in" and n.args[1].op == "list" and all(a.op in KNOWN for a in n.args[1].args):
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
    if n.op == "in":
        return frozenset({shape(n.args[0])})
    if n.op == "cmp" and n.value != "!=":
        return frozenset(shape(a) for a in n.args)
    return frozenset()
