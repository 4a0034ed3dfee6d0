"""Where a column may go: the fields of an entity and of its child tables, as a person who imports sees them."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from ...metamodel.catalog import Catalog, Entity, Field
from ...metamodel.field_type import Column
from ...metamodel.text import humanise, say
from ..sight import is_open
from ..work import Work
from ..writer import writer_of

ROWS = 3
"""How many rows of a child table one row of a file may become."""
UNFIT = ("file", "image", "sequence")


class Slot(Struct, frozen=True):
    """A place for a value: `name` is a column of the entity, or `table#n.column` of the nth row of a child table."""

    name: str
    label: str
    group: str
    field: Field
    column: Column
    entity: str
    required: bool
    texts: tuple[str, ...]
    """What people call it, in all languages, for guessing."""

    @property
    def table(self) -> str:
        """The child table with the number of its row, '' for a field of the record itself."""
        return self.name.partition(".")[0] if "." in self.name else ""

    @property
    def targets(self) -> tuple[str, ...]:
        """The entities that a link points to; empty for other fields."""
        return self.column.kind.entities if self.column.kind.kind == "ref" else ()


def slots_of(work: Work, entity: str) -> dict[str, Slot]:
    """The places that a person may fill when a record is made or changed, by name, those of the record before child rows."""
    found = work.entity(entity)
    writable = _writable(work, entity)
    slots = list(_own(work, found, writable))
    for name, children in found.children.items():
        child = work.catalog.entities.get(children.entity)
        if child is None or children.kind != "child_table" or child.retired or not is_open(work, child.name, "create"):
            continue
        if not _is_in(name, writable):
            continue
        fields = _writable(work, child.name)
        for n in range(1, ROWS + 1):
            group = f"{say(children.label, work.language)} ({n})"
            slots += _own(work, child, fields, f"{name}#{n}.", group, leave=children.by)
    return {slot.name: slot for slot in slots}


def _writable(work: Work, entity: str) -> frozenset[str] | None:
    """The fields that the actor may fill in new records or in some stored one; None: all."""
    create, update = work.access.fields(entity, "create"), work.access.fields(entity, "update")
    return None if create is None or update is None else create | update


def _is_in(name: str, names: frozenset[str] | None) -> bool:
    return names is None or name in names


def _own(
    work: Work, entity: Entity, writable: frozenset[str] | None, prefix: str = "", group: str = "", leave: str = ""
) -> Iterator[Slot]:
    owner = writer_of(work.catalog, entity.name).owner
    links = {column.name for field in entity.fields.values() if field.name == leave for column in field.columns}
    for name, field in owner.items():
        hidden = field.hidden and name not in ("source", "source_key")
        if name in links or hidden or field.type.name in UNFIT or (field.read_only and name != "source_key"):
            continue
        if name == "source" or not _is_in(field.name, writable):
            continue
        column = next((c for c in field.columns if c.name == name), None)
        if column is None or (name.endswith("_entity") and column.kind.kind != "ref" and len(field.columns) > 1):
            continue
        part = name.removeprefix(field.name).strip("_")
        main = not part or (column is field.columns[0] and len(field.columns) < 3)
        texts = tuple(dict.fromkeys((*field.label.values(), humanise(field.name), name)))
        texts = texts if main else (humanise(part), *(f"{text} {humanise(part).lower()}" for text in texts))
        label = say(field.label, work.language) or humanise(field.name)
        shown = label if main else f"{label}: {humanise(part).lower()}"
        needed = field.required and field.default is None and main
        yield Slot(prefix + name, shown, group, field, column, entity.name, needed, texts)


def keys_of(catalog: Catalog, entity: str, depth: int = 0) -> tuple[str, ...]:
    """How a linked record can be named: columns that tell it apart, through one more link at most (`party.number`)."""
    found = catalog.entities.get(entity)
    if found is None or entity not in catalog.entities:
        return ()
    owner = writer_of(catalog, entity).owner
    singles = [key.columns[0] for key in found.keys if len(key.columns) == 1]
    singles += [name for name, field in owner.items() if field.unique]
    names: list[str] = []
    for name in dict.fromkeys(singles):
        field = owner.get(name)
        column = None if field is None else next((c for c in field.columns if c.name == name), None)
        if column is None:
            continue
        if column.kind.kind == "ref":
            if depth == 0 and len(column.kind.entities) == 1:
                names += [f"{name}.{inner}" for inner in keys_of(catalog, column.kind.entities[0], 1)]
        else:
            names.append(name)
    if "name" in owner and "name" not in names and owner["name"].columns:
        names.append("name")
    if "source_key" in owner:
        names.append("source_key")
    return tuple(names)
