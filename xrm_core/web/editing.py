"""Cells of a list that are changed in place: which ones, the input for one, and the save of one field with the check of its version."""

from __future__ import annotations

from ..metamodel.catalog import Entity
from ..services.sight import is_open, reads
from ..services.work import Work

CLOSED_TYPES = frozenset(
    {
        "address",
        "person_name",
        "location",
        "file",
        "image",
        "json",
        "sequence",
        "child_table",
        "many_to_many",
        "long_text",
    }
)
"""Types whose inputs do not fit a cell."""


def editable(work: Work, entity: Entity) -> frozenset[str]:
    """Fields whose cells can be changed in place on some records of the reader."""
    if entity.append_only or entity.parent is not None or not is_open(work, entity.name, "update"):
        return frozenset()
    written = work.access.fields(entity.name, "update")
    return frozenset(
        f.name for f in entity.fields.values()
        if f.columns and not f.virtual and not f.retired and not f.hidden and not f.read_only and f.type.name not in CLOSED_TYPES
        and (written is None or f.name in written) and reads(work, entity, f.name)
    )  # fmt: skip
