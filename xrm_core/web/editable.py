"""Which values of a record's page can be changed where they stand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..access.access import Verdict
from ..compiler import compiled
from ..metamodel.catalog import Entity, Field
from ..services.work import Work
from .models import Cell
from .offered import whole

APART = frozenset({"sequence", "child_table", "many_to_many"})
"""Types that are never changed as one value."""


def is_editable(
    work: Work, entity: Entity, record: Mapping[str, Any], field: Field, may: Verdict, cell: Cell | None = None
) -> bool:
    """Can the reader, who may do `may`, change this field of a stored record by itself? A state changes by its transitions."""
    if entity.append_only or not may.allowed or not may.opens(field.name) or field.type.name in APART:
        return False
    if not field.columns or field.virtual or field.read_only or field.retired or field.hidden:
        return False
    if entity.lifecycle is not None and entity.lifecycle.field == field.name:
        return False
    if cell is not None and cell.kind == "hidden":
        return False
    condition = field.read_only_when
    if condition is None:
        return True
    context = work.context(whole(entity, record))
    return not compiled(work.catalog, entity.name, condition, "bool").python(context)
