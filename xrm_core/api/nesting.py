"""Records inside of records: child rows, ties and reverse links that `fields` asks for, whole or by their own paths."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from ..metamodel.catalog import SYSTEM_COLUMNS, Catalog, Children, Entity
from ..metamodel.values import Record
from ..services import lists
from ..services.work import Work
from .encoding import with_lengths

ALWAYS = ("id", "version")
"""What every record says, whatever fields are asked for."""
OF_A_ROW = frozenset(SYSTEM_COLUMNS) - {*ALWAYS}
"""Columns that rows of a table leave out: their owner has the same."""


class Nested(Struct, frozen=True):
    """A set of records to nest: its name in the answer, the path to the owner's id (through links), the set, and the paths
    asked for (none: whole rows)."""

    name: str
    owner: str
    children: Children
    paths: tuple[str, ...]


def split(
    catalog: Catalog, entity: Entity, wanted: Sequence[str], hides: Callable[[str, str], bool] | None = None
) -> tuple[tuple[str, ...], tuple[Nested, ...]]:
    """Paths of the record itself, and the sets of records behind it. `hides` says of an entity's names which are none."""
    paths: list[str] = []
    sets: dict[str, tuple[str, Children, list[str]]] = {}
    for path in wanted:
        found = _set_in(catalog, entity, path, hides)
        if found is None:
            paths.append(path)
            continue
        name, owner, children, rest = found
        sets.setdefault(name, (owner, children, []))[2].append(rest)
    made = tuple(
        Nested(name, owner, children, _paths(catalog, children, asked, hides))
        for name, (owner, children, asked) in sets.items()
    )
    return tuple(paths), made


def _set_in(
    catalog: Catalog, entity: Entity, path: str, hides: Callable[[str, str], bool] | None
) -> tuple[str, str, Children, str] | None:
    """Name of the set in a path, the link to its owner, the set, and the path after it; None for a path without one."""
    steps = path.split(".")
    if not steps[-1]:
        return None
    for n, step in enumerate(steps):
        if hides is not None and hides(entity.name, step):
            return None
        if step in entity.children:
            return (
                ".".join(steps[: n + 1]),
                ".".join(steps[:n]) or "id",
                entity.children[step],
                ".".join(steps[n + 1 :]),
            )
        field = entity.fields.get(step)
        targets = field.columns[0].kind.entities if field is not None and field.columns else ()
        if len(targets) != 1 or targets[0] not in catalog.entities:  # files are links to the platform's own table
            return None
        entity = catalog.entity(targets[0])
    return None


def _paths(
    catalog: Catalog, children: Children, asked: Sequence[str], hides: Callable[[str, str], bool] | None
) -> tuple[str, ...]:
    if "" not in asked:
        return tuple(dict.fromkeys((*ALWAYS, *asked)))
    left_out = OF_A_ROW if children.kind != "reverse" else frozenset()
    entity = catalog.entity(children.entity)
    stored = tuple(
        c.name for c in entity.columns.values()
        if c.stored and c.name not in left_out and not (hides is not None and hides(entity.name, c.name))
    )  # fmt: skip
    return tuple(dict.fromkeys((*stored, *filter(None, asked))))


def owners(sets: Sequence[Nested]) -> tuple[str, ...]:
    """Paths that have to be read so that the sets are found."""
    return tuple(dict.fromkeys(one.owner for one in sets if one.owner != "id"))


def with_nested(
    work: Work, sets: Sequence[Nested], rows: Sequence[Record], shown: Sequence[str]
) -> list[dict[str, Any]]:
    """The records with their sets: one statement for each, however many records there are. `shown`: paths asked for."""
    made = [dict(row) for row in rows]
    for one in sets:
        ids = [row[one.owner] for row in made]
        found = lists.nested_records(work, one.children, [id for id in ids if id is not None], one.paths)
        link = work.catalog.entity(one.children.entity).field(one.children.by).columns[0].name
        hidden = {link} - set(one.paths) if one.children.kind == "reverse" else {link}
        for row, id in zip(made, ids, strict=True):
            row[one.name] = [_row(child, hidden) for child in found.get(str(id), ())]
    for path in owners(sets):
        if path not in shown:
            for row in made:
                del row[path]
    return made


def _row(child: Mapping[str, Any], hidden: set[str]) -> dict[str, Any]:
    return with_lengths({k: v for k, v in child.items() if k not in hidden}, child)
