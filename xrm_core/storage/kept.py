"""Kept paths: what rules read through links (`record.donor.department in actor.departments`) stands in a column of the ruled
table itself, so that an index serves the rule as it would a field's; so does what tiles group by (`communication.channel`),
which is read there by those who see all that the path leads through (`kept_read`). Which columns there are is derived from the
grants and the dashboards.

The database keeps them true (`kept_triggers`): whatever writes a link, or a record that a path leads to, writes them in the
same transaction. Where that would be too many rows at once it leaves a mark, rules follow the links themselves for as long as
one is there, and a worker does the rest (`kept_late`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from msgspec import Struct
from msgspec.structs import replace

from xrm_core.compiler import compiled
from xrm_core.errors import Problem
from xrm_core.expressions import ExprError, Typed
from xrm_core.expressions.typed import Hop, Path
from xrm_core.metamodel.catalog import SYSTEM_COLUMNS, Catalog, Entity
from xrm_core.metamodel.field_type import Column
from xrm_core.metamodel.rights import GrantDef

from .names import MAX_NAME

MOST = 4
"""Paths kept for an entity: those that most grants read. Each is paid by every write of the link that it begins with."""
LONGEST = 3
"""Links on the way, at most."""
KINDS = ("ref", "text", "bool", "int", "decimal", "date", "datetime", "duration")
RESTLESS = frozenset(SYSTEM_COLUMNS) - {"id", "created_at", "created_by"}
"""Columns that every write changes: what reads them goes on following the links."""
FOLLOWS = re.compile(r"record\.\w+\.\w")
Steps = tuple[str, ...]


class Way(Struct, frozen=True):
    """One way that a path takes: `hops`, and then the stored column `far`. `kinds`: for each of these links the column that says which
    entity it leads to; '' where it leads to one alone."""

    hops: tuple[Hop, ...]
    far: str
    kinds: tuple[str, ...]

    @property
    def steps(self) -> Steps:
        """The links and the column by name."""
        return (*(hop.name for hop in self.hops), self.far)

    def after(self, number: int) -> Way:
        """What of it lies behind so many links."""
        return Way(self.hops[number:], self.far, self.kinds[number:])


class Kept(Struct, frozen=True):
    """A path that is kept: `column` of the table of `entity` holds what it leads to. A link to one of several entities leads on one of
    several `ways`; all begin with the same link."""

    entity: str
    path: Steps
    ways: tuple[Way, ...]
    column: Column

    @property
    def link(self) -> str:
        """The column of the link that it begins with."""
        return self.ways[0].hops[0].column

    @property
    def key(self) -> str:
        """Its name among all kept paths."""
        return f"{self.entity}.{self.column.name}"

    @property
    def tables(self) -> tuple[str, ...]:
        """The entities on the way, its own first."""
        return (self.entity, *dict.fromkeys(hop.entity for way in self.ways for hop in way.hops))


@dataclass(frozen=True)
class KeptPaths:
    """All kept paths of a catalog by entity, and those left out, each with the reason."""

    by_entity: Mapping[str, tuple[Kept, ...]]
    left_out: tuple[Problem, ...] = ()

    def of(self, entity: str) -> tuple[Kept, ...]:
        """Those of one entity."""
        return self.by_entity.get(entity, ())

    def find(self, entity: str, ways: tuple[Way, ...]) -> Kept | None:
        """The one that holds what these ways lead to."""
        return next((k for k in self.of(entity) if k.ways == ways), None)

    def __iter__(self) -> Iterator[Kept]:
        for many in self.by_entity.values():
            yield from many

    def __bool__(self) -> bool:
        return bool(self.by_entity)


def kept_paths(catalog: Catalog) -> KeptPaths:
    """The kept paths of a catalog."""
    return catalog.derive("storage.kept", lambda: _found(catalog))


def is_kept(column: str) -> bool:
    """Whether a column of a table is that of a kept path, by its name: names of fields begin with a letter."""
    return column.startswith("_")


def kept_columns(catalog: Catalog, entity: str) -> tuple[Column, ...]:
    """The columns that the table of an entity has beside those of its fields."""
    return tuple(k.column for k in kept_paths(catalog).of(entity))


def moving(catalog: Catalog, entity: str) -> frozenset[str]:
    """The columns of an entity that kept paths read behind their first link: a change of one moves rows that lead there."""
    return frozenset(
        read_behind(way, number)
        for kept in kept_paths(catalog)
        for way in kept.ways
        for number, hop in enumerate(way.hops, 1)
        if hop.entity == entity
    )


def read_behind(way: Way, number: int) -> str:
    """The column that a way reads behind so many of its links: the next link, or what it leads to."""
    return way.hops[number].column if number < len(way.hops) else way.far


def without_links(typed: Typed, entity: str, known: KeptPaths, late: frozenset[str]) -> Typed:
    """A rule with its paths read from where they are kept; `late`: keys of those that are not to be believed now."""
    ways = ways_of(typed)
    if ways:
        path = _shortened(ways, entity, known, late)
        if path is not None or typed.op == "path":
            return typed if path is None else Typed("path", typed.type, value=path, free=False)
    if typed.op in ("formula", "rollup") or not typed.args:
        return typed
    args = [without_links(a, entity, known, late) for a in typed.args]
    if all(a is b for a, b in zip(args, typed.args, strict=True)):
        return typed
    return Typed(typed.op, typed.type, args, typed.value, typed.free)


def ways_of(typed: Typed) -> tuple[Way, ...]:
    """The ways on which a part leads from the record through links to a stored column: one for a path, and as many as there are entities
    for what `check_several` makes of a path through a link to one of them; none where it is anything else."""
    if typed.op == "path":
        path: Path = typed.value
        is_far = path.var == "record" and bool(path.hops)
        return (Way(path.hops, path.column, ("",) * len(path.hops)),) if is_far else ()
    found = []
    while typed.op == "if":
        asked, led, typed = typed.args
        way = _chosen(asked, led)
        if way is None:
            return ()
        found.append(way)
    return tuple(found) if typed.op == "const" and typed.value is None else ()


def _chosen(asked: Typed, led: Typed) -> Way | None:
    """The way through the entity that a link is asked to lead to."""
    if (asked.op, asked.value, led.op) != ("cmp", "==", "path") or [a.op for a in asked.args] != ["path", "const"]:
        return None
    kind, path, target = asked.args[0].value, led.value, asked.args[1].value
    number = len(kind.hops)
    if kind.var != "record" or path.var != "record" or path.hops[:number] != kind.hops or len(path.hops) <= number:
        return None
    link = path.hops[number]
    if (link.entity, f"{link.name}_entity") != (target, kind.name):
        return None
    kinds = tuple(kind.column if at == number else "" for at in range(len(path.hops)))
    return Way(path.hops, path.column, kinds)


def _shortened(ways: tuple[Way, ...], entity: str, known: KeptPaths, late: frozenset[str]) -> Path | None:
    """The path as far as it must be followed: its end may be kept where it begins, or where one of its links leads. None: nowhere."""
    first = ways[0]
    common = min(next((n for n, kind in enumerate(way.kinds) if kind), len(way.hops) - 1) for way in ways)
    for number in range(common + 1):
        at = first.hops[number - 1].entity if number else entity
        found = known.find(at, tuple(way.after(number) for way in ways))
        if found is not None and found.key not in late:
            return Path("record", first.hops[:number], at, found.column.name, found.column.name)
    return None


def _found(catalog: Catalog) -> KeptPaths:
    wanted: dict[str, dict[tuple[Way, ...], list[GrantDef]]] = {}
    for grant in catalog.grants:
        if isinstance(grant.rows, str) and "read" in grant.verbs and FOLLOWS.search(grant.rows):
            for entity in _entities(catalog, grant):
                for ways in _read(catalog, entity, grant.rows):
                    wanted.setdefault(entity.name, {}).setdefault(ways, []).append(grant)
    for entity_name, way in _grouped(catalog):  # behind those of rules
        wanted.setdefault(entity_name, {}).setdefault((way,), [])
    kept: dict[str, tuple[Kept, ...]] = {}
    left: list[Problem] = []
    places = {id(g): p[1] for g, p in zip(catalog.grants, catalog.grant_places, strict=False)}
    for name, paths in wanted.items():
        ranked = sorted(paths.items(), key=lambda item: (-len(item[1]), item[0][0].steps))
        found: list[Kept] = []
        for ways, grants in ranked:
            made = _made(catalog, name, ways)
            reason = made if isinstance(made, str) else _surplus(found, made)
            if isinstance(made, Kept) and reason is None:
                found.append(made)
                continue
            if not grants:
                continue
            said = f"what grants on {name} read through {'.'.join(ways[0].steps)} is not kept in a column: {reason}"
            hint = "lists of many records by this rule are slow; keep the value on the record itself"
            left.append(Problem(said, "path_not_kept", where=places.get(id(grants[0])), hint=hint))
        if found:
            kept[name] = tuple(sorted(found, key=lambda k: k.column.name))
    return KeptPaths(kept, tuple(left))


def _grouped(catalog: Catalog) -> Iterator[tuple[str, Way]]:
    """The paths through links by which tiles are grouped."""
    for dashboard in catalog.dashboards.values():
        for tile in dashboard.tiles.values():
            entity = catalog.entities.get(tile.entity)
            for name in (tile.group, tile.stack) if entity is not None and not entity.retired else ():
                try:
                    path = path_of(compiled(catalog, tile.entity, f"record.{name}", None).typed) if name else None
                except ExprError:
                    continue
                if path is not None and _is_single(catalog, path):
                    yield tile.entity, Way(path.hops, path.column, ("",) * len(path.hops))


def path_of(typed: Typed) -> Path | None:
    """The path through links that a value is: itself, or as a computed field of the record."""
    if typed.op == "formula" and typed.value.var == "record" and not typed.value.hops:
        typed = typed.args[0]
    is_path = typed.op == "path" and typed.value.var == "record" and bool(typed.value.hops)
    return typed.value if is_path else None


def _entities(catalog: Catalog, grant: GrantDef) -> list[Entity]:
    names = [grant.entity] if grant.entity is not None else sorted(catalog.mixins.get(grant.mixin or "", ()))
    return [catalog.entities[n] for n in names if n in catalog.entities and not catalog.entities[n].retired]


def _read(catalog: Catalog, entity: Entity, rows: str) -> list[tuple[Way, ...]]:
    """The ways to the stored fields behind links that a rule itself names."""
    try:
        rule = compiled(catalog, entity.name, rows)
    except ExprError:
        return []
    found: dict[tuple[Way, ...], None] = {}
    todo = [rule.typed]
    while todo:
        n = todo.pop()
        if n.op in ("formula", "rollup"):
            continue
        ways = ways_of(n)
        if ways:
            found[ways] = None
        else:
            todo.extend(n.args)
    return list(found)


def _is_single(catalog: Catalog, path: Path) -> bool:
    """Whether each link of a path leads to one entity."""
    links = (catalog.entities[hop.source].columns.get(hop.column) for hop in path.hops)
    return all(link is not None and len(link.kind.entities) == 1 for link in links)


def _made(catalog: Catalog, entity: str, ways: tuple[Way, ...]) -> Kept | str:
    """The kept path, or why it cannot be kept."""
    columns = [catalog.entities[way.hops[-1].entity].columns.get(way.far) for way in ways]
    stored = [c for c in columns if c is not None and c.stored and c.kind.kind in KINDS]
    if len(stored) < len(ways):
        return "the value is not one stored field"
    if any(way.far in RESTLESS for way in ways):
        return "every write changes it"
    if any(len(way.hops) > LONGEST for way in ways):
        return f"it is behind more than {LONGEST} links"
    kinds = [c.kind.with_null(True) for c in stored]
    if any(kind != kinds[0] for kind in kinds):
        return "the entities that the link leads to store it in different ways"
    steps = ways[0].steps
    name = "_" + "_".join(steps)
    if len(name) > MAX_NAME or name in catalog.entities[entity].columns:
        return "its name would be too long" if len(name) > MAX_NAME else "its name is taken"
    kept = replace(stored[0], name=name, kind=kinds[0], references=None)
    return Kept(entity, steps, ways, kept)


def _surplus(found: list[Kept], made: Kept) -> str | None:
    if len(found) >= MOST:
        return f"{MOST} others, which more grants read, are"
    return "its name is taken" if any(k.column.name == made.column.name for k in found) else None
