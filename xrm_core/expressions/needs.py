"""What a rule reads: for preloading before closures run, for the order of stored formulas, and for field rights."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from msgspec import Struct

from .typed import Hop, RollUp, Typed

Steps = tuple[str, ...]


class Read(Struct, frozen=True):
    """One field that is read. path: links and sets of records on the way, from the variable on."""

    path: tuple[str, ...]
    entity: str
    field: str


class Link(Struct, frozen=True):
    """One step through a link. path: its full path, the link field last; entity: where it leads."""

    path: tuple[str, ...]
    entity: str


class ChildSet(Struct, frozen=True):
    """One set of records that is summed up. path: its full path, the set's field last; by: their link field."""

    path: tuple[str, ...]
    entity: str
    by: str


@dataclass(frozen=True)
class Needs:
    """All that an expression reads, formulas included.

    reads: every field with the way to it; links: the links on the way; rollups: the sets of records;
    actor: facts of the actor; clock: it asks for today or now, so its value changes by itself; old: it compares with
    the record before the change.
    """

    reads: frozenset[Read]
    links: frozenset[Link]
    rollups: frozenset[ChildSet]
    actor: frozenset[str]
    clock: bool
    old: bool

    @cached_property
    def fields(self) -> frozenset[tuple[str, str]]:
        """Every (entity, field) that is read."""
        return frozenset((r.entity, r.field) for r in self.reads)

    @cached_property
    def own(self) -> frozenset[str]:
        """The fields of the record itself that are read."""
        return frozenset(r.field for r in self.reads if not r.path)


class Collector:
    """Walks a typed tree and notes what it reads."""

    def __init__(self, *, inside: bool = True) -> None:
        self.inside = inside
        self.reads: set[Read] = set()
        self.links: set[Link] = set()
        self.rollups: set[ChildSet] = set()
        self.actor: set[str] = set()
        self.clock = self.old = False

    def follow(self, path: Steps, hops: tuple[Hop, ...]) -> Steps:
        """Note the links; the path after them."""
        for hop in hops:
            self.reads.add(Read(path, hop.source, hop.name))
            path = (*path, hop.name)
            self.links.add(Link(path, hop.entity))
        return path

    def walk(self, n: Typed, at: dict[str, Steps]) -> None:
        """Note what a part reads. at: the path of each variable."""
        if n.op in ("path", "formula", "rollup"):
            at = self.record(n, at)
        elif n.op == "actor":
            self.actor.add(n.value)
        elif n.op in ("now", "today", "fystart"):
            self.clock = True
        if n.op != "formula" or self.inside:
            for a in n.args:
                self.walk(a, at)

    def record(self, n: Typed, at: dict[str, Steps]) -> dict[str, Steps]:
        """Note a part that reads a record; the variables of what is inside of it."""
        v = n.value
        self.old = self.old or v.var == "old"
        path = self.follow(at.get(v.var, ()), v.hops)
        if isinstance(v, RollUp):
            inner = (*path, v.field)
            self.rollups.add(ChildSet(inner, v.entity, v.by))
            self.reads |= {Read(path, v.owner, v.field), Read(inner, v.entity, v.by)}
            return {**at, v.name: inner}
        self.reads.add(Read(path, v.entity, v.name))
        return {"record": path} if n.op == "formula" else at


def needs(typed: Typed, *, inside: bool = True) -> Needs:
    """What a typed tree reads; `inside`: also what its formulas read, else only what it names itself."""
    c = Collector(inside=inside)
    c.walk(typed, {})
    return Needs(frozenset(c.reads), frozenset(c.links), frozenset(c.rollups), frozenset(c.actor), c.clock, c.old)
