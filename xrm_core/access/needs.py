"""The needs matrix: which fields of an entity a department, a role or a steward reads or writes, by the fields' data class."""

from __future__ import annotations

from typing import Literal

from ..metamodel.catalog import SYSTEM_COLUMNS, Catalog, Entity, Field

Cell = Literal["R", "W"]
OPENED_BY: dict[Cell, tuple[str, ...]] = {"R": ("R", "W"), "W": ("W",)}
"""What must stand in the matrix for reading and for writing: who writes also reads."""


class Needs:
    """The matrix of a catalog. A department that has no column in it has that of the nearest one above it that has; one that
    has a column reads and writes what its column says, and nothing else."""

    def __init__(self, catalog: Catalog, units: frozenset[str] = frozenset()) -> None:
        self.catalog, self.units = catalog, units
        self.columns = frozenset(column for row in catalog.needs.needs.values() for column in row)
        self._known: dict[tuple[str, frozenset[str], Cell], frozenset[str]] = {}

    def cell(self, data_class: str, who: str) -> str:
        """R, W or `-` for one column of the matrix."""
        column = self.column(who)
        return "-" if column is None else self.catalog.needs.needs.get(data_class, {}).get(column, "-")

    def column(self, who: str) -> str | None:
        """The column that speaks for a department, a role or a steward; None: there is none."""
        while who not in self.columns:
            parent = self.catalog.departments[who].parent if who in self.catalog.departments else None
            if parent is None:
                return None
            who = parent
        return who

    def opens(self, data_class: str | None, who: frozenset[str], cell: Cell) -> bool:
        """Whether one of these columns reads (R) or writes (W) the class. What has no class goes with the record."""
        if data_class is None:
            return True
        return any(self.cell(data_class, one) in OPENED_BY[cell] for one in who)

    def fields(self, entity: Entity, who: frozenset[str], cell: Cell) -> frozenset[str]:
        """The fields of an entity that these columns of the matrix open, the system's own among them."""
        found = self._known.get((entity.name, who, cell))
        if found is None:
            fields: dict[str, Field] = dict(entity.fields)
            opened = {
                name for name, one in fields.items() if self.opens(class_of(self.catalog, entity, one), who, cell)
            }
            found = self._known[entity.name, who, cell] = frozenset(opened) | frozenset(SYSTEM_COLUMNS) | {"display"}
        return found


def class_of(catalog: Catalog, entity: Entity, field: Field) -> str | None:
    """The data class of a field; a field of child rows without one has that of the field which holds the rows."""
    if field.data_class is not None:
        return field.data_class
    holder = holder_of(catalog, entity)
    return holder.data_class if holder is not None else None


def holder_of(catalog: Catalog, entity: Entity) -> Field | None:
    """The field that holds the rows, of child rows and of ties; None: the entity is neither."""
    if entity.parent is None:
        return None
    owner = catalog.entities[entity.fields[entity.parent].columns[0].kind.entities[0]]
    own = (children.name for children in owner.children.values() if children.entity == entity.name)
    return next((owner.fields[name] for name in own if name in owner.fields), None)
