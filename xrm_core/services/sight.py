"""What exists for an actor, said of names: entities, fields, paths, expressions. Of values the relation says it."""

from __future__ import annotations

from ..compiler import compiled
from ..expressions import needs
from ..metamodel.catalog import SYSTEM_COLUMNS, Children, Entity
from .work import Work

KEYS = frozenset(SYSTEM_COLUMNS) | {"display"}
"""What whoever reads a record reads of it in any case."""


def is_open(work: Work, entity: str, verb: str = "read") -> bool:
    """Is the verb open on some record of the entity?"""
    return entity in work.catalog.entities and work.access.opens(entity, verb)


def reads(work: Work, entity: Entity, name: str) -> bool:
    """Does a field, column or set of rows exist for the reader? A link to what he reads nothing of does not."""
    if name in KEYS:
        return True
    if work.access.is_hidden(entity.name, name):
        return False
    field = entity.fields.get(entity.field_of_column.get(name, name))
    if field is None or not field.columns or field.columns[0].kind.kind != "ref":
        return True
    targets = [t for t in field.columns[0].kind.entities if t in work.catalog.entities]
    return not targets or any(work.access.opens(t, "read") for t in targets)


def reads_path(work: Work, entity: Entity, path: str) -> bool:
    """The same for a path through links. A path that does not exist is none of the reader's either."""
    owner = entity
    *hops, name = path.split(".")
    for hop in hops:
        field = owner.fields.get(hop)
        column = field.columns[0] if field is not None and field.columns else SYSTEM_COLUMNS.get(hop)
        targets = column.kind.entities if column is not None else ()
        if len(targets) != 1 or not reads(work, owner, hop) or not is_open(work, targets[0]):
            return False
        owner = work.entity(targets[0])
    known = name in owner.fields or name in owner.field_of_column or name in owner.columns or name in KEYS
    return known and reads(work, owner, name)


def reads_text(work: Work, entity: str, text: str | None, *, old: bool = False) -> bool:
    """Does everything that an expression names exist for the reader? `old`: it may speak of the record before."""
    if text is None or work.access.is_unlimited:
        return True
    named = needs(compiled(work.catalog, entity, text, None, old=old).typed, inside=False).fields
    return all(reads(work, work.entity(of), field) for of, field in named)


def shows_rows(work: Work, children: Children) -> bool:
    """May the records that point here be listed: is their entity read, and the link by which they do?"""
    return is_open(work, children.entity) and reads(work, work.entity(children.entity), children.by)
