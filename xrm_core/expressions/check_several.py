"""Links to one of several entities: a path through one is a choice between the paths through each of them."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

from xrm_core.metamodel.kinds import BOOL, TEXT, T

from .check_names import Names, NoField, constant, is_open
from .schema import ExprField
from .syntax import Node
from .typed import Hop, Path, Typed, to_scale, unify

MAX_WAYS = 16
"""Ways that one path may take: each is a join."""
OPAQUE = ("null", "list", "json")


class Fork(NamedTuple):
    """A link that may lead to several entities: the links before it, the entity that has it, the field."""

    hops: tuple[Hop, ...]
    entity: str
    field: ExprField


class Several(Names):
    """Names, with paths through links to one of several entities."""

    ways = 1
    """Ways that the paths around the present one take."""

    def path(self, var: str, steps: list[Node], chosen: tuple[str, ...] = ()) -> Typed:
        """A field, perhaps through links. Through one to several entities it is the field of the record that is linked,
        whichever entity that belongs to; empty where that entity has no such field."""
        fork = self.fork(var, steps, chosen)
        return super().path(var, steps, chosen) if fork is None else self.choice_of(var, steps, chosen, fork)

    def fork(self, var: str, steps: list[Node], chosen: tuple[str, ...]) -> Fork | None:
        """The first link on the way for which no entity is chosen yet."""
        entity, ways = self.vars[var], iter(chosen)
        hops: list[Hop] = []
        for step, after in pairwise(steps):
            f = self.field(entity, step)
            if after.name == "id" and after is steps[-1]:
                return None
            way = next(ways, None) if is_open(f) else None
            if way is None and is_open(f):
                return Fork(tuple(hops), entity, f)
            hops.append(self.hop(entity, f, after, way))
            entity = hops[-1].entity
        return None

    def choice_of(self, var: str, steps: list[Node], chosen: tuple[str, ...], fork: Fork) -> Typed:
        """The paths through each entity, and which of them counts."""
        f, at = fork.field, steps[-1]
        ways = self.ways_of(var, steps, chosen, f)
        t = self.common([way.type for way in ways.values()], f, at)
        of = self.entity(fork.entity, at).fields[f"{f.name}_entity"]
        kind = Path(var, fork.hops, fork.entity, of.name, of.stored_as)
        found = constant(t, None)
        for target, way in reversed(ways.items()):
            held = Typed("path", TEXT.with_null(True), value=kind, free=False)
            asked = Typed("cmp", BOOL, (held, constant(TEXT, target)), "==")
            found = Typed("if", t, (asked, to_scale(way, t), found), free=False)
        return found

    def ways_of(self, var: str, steps: list[Node], chosen: tuple[str, ...], f: ExprField) -> dict[str, Typed]:
        """The path through each entity that has what is read. Raises ExprError where none has."""
        ways: dict[str, Typed] = {}
        missing: list[NoField] = []
        around = self.ways
        self.ways *= len(f.type.entities)
        if self.ways > MAX_WAYS:
            self.fail(steps[-1], f"'{f.name}' and the links around it lead to too many kinds of records")
        for target in f.type.entities:
            try:
                ways[target] = self.path(var, steps, (*chosen, target))
            except NoField as fault:
                missing.append(fault)
        self.ways = around
        if not ways:
            raise missing[0]
        return ways

    def common(self, types: list[T], f: ExprField, at: Node) -> T:
        """The type of what is read, whichever entity it belongs to."""
        t: T | None = types[0]
        for other in types[1:]:
            t = None if t is None else unify(t, other)
        if t is None or t.kind in OPAQUE:
            said = " or ".join(dict.fromkeys(str(other.with_null(False)) for other in types))
            hint = f"compare the link itself, or its kind with {f.name}_entity"
            self.fail(at, f"'{at.name}' is {said} behind '{f.name}', so it cannot be read through it", hint)
        return t.with_null(True)
