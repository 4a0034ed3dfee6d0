"""Names that metadata mention: do they exist, and what was probably meant."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..metamodel.catalog import Entity
from .draft import Draft
from .merge import Definition
from .validate import nearest

Fault = tuple[str, str | None]
"""A sentence and a hint."""
RESULTS = {"boolean": "bool", "integer": "int"}
"""Types of attributes that expressions call otherwise."""


def expect(
    draft: Draft,
    definition: Definition | None,
    path: Sequence[str | int],
    what: str,
    name: str,
    known: Iterable[str],
    broken: str = "",
) -> bool:
    """Whether a name exists; if not, and it is not known to be broken, a problem `there is no role 'x'`."""
    names = list(known)
    if name in names:
        return True
    if not draft.is_broken(f"{broken or what}:{name}", name if what == "entity" else ""):
        code = f"unknown_{what.replace(' ', '_')}"
        draft.problem(definition, path, f"there is no {what} '{name}'", code, nearest(name, names))
    return False


def expect_field(draft: Draft, definition: Definition, path: Sequence[str | int], entity: Entity, name: str) -> bool:
    """Whether the entity has a field of that name; if not, a problem."""
    if name in entity.fields or name in entity.columns:
        return True
    if not draft.is_broken(f"{entity.name}.{name}", entity.name) and entity.name not in draft.expanded.unknown:
        draft.problem(
            definition,
            path,
            f"there is no field '{name}' on '{entity.name}'",
            "unknown_field",
            nearest(name, fields_of(entity)),
        )
    return False


def expect_path(
    draft: Draft, definition: Definition, path: Sequence[str | int], entity: Entity, dotted: str
) -> Entity | None:
    """The entity that holds the last name of a path through links; None (and a problem) when the path leads nowhere."""
    catalog = draft.catalog
    assert catalog is not None
    *links, last = dotted.split(".")
    for name in links:
        if not expect_field(draft, definition, path, entity, name):
            return None
        column = entity.columns.get(name)
        targets = column.kind.entities if column is not None and column.kind.kind == "ref" else ()
        if len(targets) != 1:
            told = (
                f"'{entity.name}.{name}' links to several entities" if targets else f"'{entity.name}.{name}' is no link"
            )
            if targets or column is not None:
                draft.problem(
                    definition,
                    path,
                    f"{told}, so '{last}' cannot be read through it",
                    "bad_path",
                    f"use '{name}' itself",
                )
            return None
        if targets[0] not in catalog.entities:
            return None
        entity = catalog.entities[targets[0]]
    return entity if expect_field(draft, definition, path, entity, last) else None


def over_of(kind: str) -> tuple[str, str | None]:
    """Of an attribute type `expression:x`, `transition:x` or `field:x`: the attribute that names the entity, and the kind of value that an
    expression has to give (None: any)."""
    _, over, *result = kind.split(":")
    return over, RESULTS.get(result[0], result[0]) if result else None


def fields_of(entity: Entity) -> list[str]:
    """The names that may be used for the fields of an entity."""
    return [*entity.fields, *entity.columns]
