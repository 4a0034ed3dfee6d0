"""What records are called, many at once: for menus, notices and logs that point to records of several entities."""

from __future__ import annotations

from collections.abc import Iterable

from ..expressions import one_of
from ..metamodel.values import Query
from ..storage.ids import is_id
from .lists import list_records
from .sight import is_open
from .work import Work

Named = tuple[str, str]
"""A record: the name of its entity, and its id."""


def titles_of(work: Work, records: Iterable[Named]) -> dict[Named, str]:
    """The titles of those records that are there for the reader; the others are left out. One statement for each entity among
    them that he may read."""
    wanted: dict[str, dict[str, None]] = {}
    for entity, id in records:
        if is_id(id):
            wanted.setdefault(entity, {})[id] = None
    titles: dict[Named, str] = {}
    for entity, ids in wanted.items():
        if entity in work.catalog.entities and is_open(work, entity):
            page = list_records(work, Query(entity, ("id", "display"), one_of("record.id", ids), limit=len(ids)))
            titles |= {(entity, str(row["id"])): str(row["display"] or row["id"]) for row in page.rows}
    return titles
