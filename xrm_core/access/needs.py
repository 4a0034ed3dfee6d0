"""The needs matrix: which fields of an entity a department, a role or a steward reads or writes, by the fields' data class."""

from __future__ import annotations

from typing import Literal

from ..metamodel.catalog import SYSTEM_COLUMNS, Catalog, Entity, Field

Cell = Literal["R", "W"]


class Needs:
    """The matrix of a catalog. A department that has no column in it has that of the nearest one above it that has; one that
    has a column reads and writes what its column says, and nothing else."""

    def __init__(self, catalog: Catalog, units: frozenset[str] = frozenset()) -> None:
        self.catalog, self.units = catalog, units
        self.columns = frozenset(column for row in catalog.needs.needs.values() for column in row)

    def cell(self, data_class: str, who: str) -> str:
        """R, W or `-` for one column of the matrix."""
        column = self.column(who)
        return "-" if column is None else self.catalog.needs.needs.get(data_class, {}).get(column, "-")

    def column(self, who: str) -> str | None:
        """The column that speaks for a department, a role or a steward; None: there is none."""
        seen: set[str] = set()
        here: str | None = who
        while here is not None and here not in seen and here not in self.columns:
            seen.add(here)
            department = self.catalog.departments.get(here)
            here = department.parent if department is not None else None
        return here if here in self.columns else None

    def opens(self, data_class: str | None, who: frozenset[str], cell: Cell) -> bool:
        """Whether one of these columns reads (R) or writes (W) the class. What has no class goes with the record."""
        if data_class is None:
            return True
        cells = {self.cell(data_class, one) for one in who}
        return "W" in cells or (cell == "R" and "R" in cells)

    def fields(self, entity: Entity, who: frozenset[str], cell: Cell) -> frozenset[str]:
        """The fields of an entity that these columns of the matrix open, the system's own among them."""
        known: dict[str, Field] = dict(entity.fields)
        opened = {name for name, field in known.items() if self.opens(class_of(self.catalog, entity, field), who, cell)}
        return frozenset(opened) | frozenset(SYSTEM_COLUMNS) | {"display"}


def class_of(catalog: Catalog, entity: Entity, field: Field) -> str | None:
    """The data class of a field; a field of child rows without one has that of the field which holds the rows."""
    if field.data_class is not None or entity.parent is None:
        return field.data_class
    owner = catalog.entities[entity.fields[entity.parent].columns[0].kind.entities[0]]
    for children in owner.children.values():
        if children.entity == entity.name and children.kind != "reverse":
            return owner.fields[children.name].data_class if children.name in owner.fields else None
    return None
