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


class Kept(Struct, frozen=True):
    """A path that is kept: `column` of the table of `entity` holds what `hops` and then the stored column `far` lead to."""

    entity: str
    path: Steps
    hops: tuple[Hop, ...]
    far: str
    column: Column

    @property
    def key(self) -> str:
        """Its name among all kept paths."""
        return f"{self.entity}.{self.column.name}"

    @property
    def tables(self) -> tuple[str, ...]:
        """The entities on the way, its own first."""
        return (self.entity, *(hop.entity for hop in self.hops))


@dataclass(frozen=True)
class KeptPaths:
    """All kept paths of a catalog by entity, and those left out, each with the reason."""

    by_entity: Mapping[str, tuple[Kept, ...]]
    left_out: tuple[Problem, ...] = ()

    def of(self, entity: str) -> tuple[Kept, ...]:
        """Those of one entity."""
        return self.by_entity.get(entity, ())

    def find(self, entity: str, steps: Steps) -> Kept | None:
        """The one that holds what these links, and then a column, lead to."""
        return next((k for k in self.of(entity) if k.path == steps), None)

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
        kept.hops[number].column if number < len(kept.hops) else kept.far
        for kept in kept_paths(catalog)
        for number, hop in enumerate(kept.hops, 1)
        if hop.entity == entity
    )


def without_links(typed: Typed, entity: str, known: KeptPaths, late: frozenset[str]) -> Typed:
    """A rule with its paths read from where they are kept; `late`: keys of those that are not to be believed now."""
    if typed.op == "path" and typed.value.hops and typed.value.var == "record":
        path = shortened(typed.value, entity, known, late)
        return typed if path is typed.value else Typed("path", typed.type, value=path, free=False)
    if typed.op in ("formula", "rollup") or not typed.args:
        return typed
    args = [without_links(a, entity, known, late) for a in typed.args]
    if all(a is b for a, b in zip(args, typed.args, strict=True)):
        return typed
    return Typed(typed.op, typed.type, args, typed.value, typed.free)


def shortened(path: Path, entity: str, known: KeptPaths, late: frozenset[str]) -> Path:
    """The path as far as it must be followed: its end may be kept where it begins, or where one of its links leads."""
    steps = (*(hop.name for hop in path.hops), path.column)
    for number in range(len(path.hops)):
        at = path.hops[number - 1].entity if number else entity
        found = known.find(at, steps[number:])
        if found is not None and found.key not in late:
            return Path(path.var, path.hops[:number], at, found.column.name, found.column.name)
    return path


def _found(catalog: Catalog) -> KeptPaths:
    wanted: dict[str, dict[Steps, tuple[Path, list[GrantDef]]]] = {}
    for grant in catalog.grants:
        if isinstance(grant.rows, str) and "read" in grant.verbs and FOLLOWS.search(grant.rows):
            for entity in _entities(catalog, grant):
                for path in _paths(catalog, entity, grant.rows):
                    steps = (*(hop.name for hop in path.hops), path.column)
                    wanted.setdefault(entity.name, {}).setdefault(steps, (path, []))[1].append(grant)
    for entity_name, path in _grouped(catalog):  # behind those of rules
        steps = (*(hop.name for hop in path.hops), path.column)
        wanted.setdefault(entity_name, {}).setdefault(steps, (path, []))
    kept: dict[str, tuple[Kept, ...]] = {}
    left: list[Problem] = []
    places = {id(g): p[1] for g, p in zip(catalog.grants, catalog.grant_places, strict=False)}
    for name, paths in wanted.items():
        ranked = sorted(paths.items(), key=lambda item: (-len(item[1][1]), item[0]))
        found: list[Kept] = []
        for steps, (path, grants) in ranked:
            made = _made(catalog, name, steps, path)
            reason = made if isinstance(made, str) else _surplus(found, made)
            if isinstance(made, Kept) and reason is None:
                found.append(made)
                continue
            if not grants:
                continue
            said = f"what grants on {name} read through {'.'.join(steps)} is not kept in a column: {reason}"
            hint = "lists of many records by this rule are slow; keep the value on the record itself"
            left.append(Problem(said, "path_not_kept", where=places.get(id(grants[0])), hint=hint))
        if found:
            kept[name] = tuple(sorted(found, key=lambda k: k.column.name))
    return KeptPaths(kept, tuple(left))


def _grouped(catalog: Catalog) -> Iterator[tuple[str, Path]]:
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
                    yield tile.entity, path


def path_of(typed: Typed) -> Path | None:
    """The path through links that a value is: itself, or as a computed field of the record."""
    if typed.op == "formula" and typed.value.var == "record" and not typed.value.hops:
        typed = typed.args[0]
    is_path = typed.op == "path" and typed.value.var == "record" and bool(typed.value.hops)
    return typed.value if is_path else None


def _entities(catalog: Catalog, grant: GrantDef) -> list[Entity]:
    names = [grant.entity] if grant.entity is not None else sorted(catalog.mixins.get(grant.mixin or "", ()))
    return [catalog.entities[n] for n in names if n in catalog.entities and not catalog.entities[n].retired]


def _paths(catalog: Catalog, entity: Entity, rows: str) -> list[Path]:
    """The stored fields behind links that a rule itself names; a link to one of several entities leads to as many places, and
    its path is followed live."""
    try:
        rule = compiled(catalog, entity.name, rows)
    except ExprError:
        return []
    found: dict[Steps, Path] = {}
    todo = [rule.typed]
    while todo:
        n = todo.pop()
        if n.op in ("formula", "rollup"):
            continue
        if n.op == "path" and n.value.hops and n.value.var == "record" and _is_single(catalog, n.value):
            found[(*(h.name for h in n.value.hops), n.value.column)] = n.value
        todo.extend(n.args)
    return list(found.values())


def _is_single(catalog: Catalog, path: Path) -> bool:
    """Whether each link of a path leads to one entity."""
    links = (catalog.entities[hop.source].columns.get(hop.column) for hop in path.hops)
    return all(link is not None and len(link.kind.entities) == 1 for link in links)


def _made(catalog: Catalog, entity: str, steps: Steps, path: Path) -> Kept | str:
    """The kept path, or why it cannot be kept."""
    column = catalog.entities[path.entity].columns.get(path.column)
    if column is None or not column.stored or column.kind.kind not in KINDS:
        return "the value is not one stored field"
    if path.column in RESTLESS:
        return "every write changes it"
    if len(path.hops) > LONGEST:
        return f"it is behind more than {LONGEST} links"
    name = "_" + "_".join(steps)
    if len(name) > MAX_NAME or name in catalog.entities[entity].columns:
        return "its name would be too long" if len(name) > MAX_NAME else "its name is taken"
    kept = replace(column, name=name, kind=column.kind.with_null(True), references=None)
    return Kept(entity, steps, path.hops, path.column, kept)


def _surplus(found: list[Kept], made: Kept) -> str | None:
    if len(found) >= MOST:
        return f"{MOST} others, which more grants read, are"
    return "its name is taken" if any(k.column.name == made.column.name for k in found) else None
