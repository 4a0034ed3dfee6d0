"""Field paths as pages use them: what a path is called, which columns it needs, how its value becomes a cell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from msgspec import Struct

from ..errors import BadRequest
from ..language import _
from ..metamodel.catalog import SYSTEM_COLUMNS, Entity, Field
from ..metamodel.text import humanise, say
from ..services.work import Work

NUMBERS = frozenset({"integer", "decimal", "money", "percent", "rating", "duration"})


class Path(Struct, frozen=True):
    """A path from an entity, through links, to a field, to `display` or to a system column.

    `prefix` is what stands before the last name, with its dot; `columns` are the query paths it takes to show it.
    """

    path: str
    label: str
    owner: Entity
    name: str
    field: Field | None
    prefix: str
    columns: tuple[str, ...]
    currency: str = ""
    """Which of the columns says the currency of a number."""

    @property
    def align(self) -> Literal["start", "end"]:
        """Numbers stand at the end of their column."""
        return "end" if self.field is not None and self.kind in NUMBERS else "start"

    @property
    def kind(self) -> str:
        """Name of the field type; for formulas, that of their result."""
        if self.field is None:
            return "display" if self.name == "display" else str(SYSTEM_COLUMNS[self.name].kind.kind)
        if self.field.type.name in ("formula", "rollup"):
            return str(getattr(self.field.options, "of", None) or self.field.columns[0].kind.kind)
        return self.field.type.name

    def values(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """The columns of the field itself out of a row of a list, without the prefix; the currency by its own name."""
        n = len(self.prefix)
        found = {c[n:]: row.get(c) for c in self.columns}
        if self.currency:
            found[self.currency.rpartition(".")[2]] = row.get(self.currency)
        worded = getattr(self.field.options, "worded", None) if self.field is not None else None
        if worded is not None:  # what it is, where that is shown beside it
            found[worded.by] = row.get(self.prefix + worded.by)
        return found


def resolve(work: Work, entity: str, path: str) -> Path:
    """A path made out. Raises BadRequest naming the first part that does not exist."""
    key = f"path:{work.language}:{entity}:{path}"
    return work.catalog.derive(key, lambda: _resolve(work, entity, path))


def _resolve(work: Work, entity: str, path: str) -> Path:
    owner = work.entity(entity)
    *hops, name = path.split(".")
    labels: list[str] = []
    for hop in hops:
        field = owner.fields.get(hop)
        targets = field.columns[0].kind.entities if field is not None and field.columns else ()
        if field is None or len(targets) != 1:
            raise BadRequest(_("{owner} has no link {hop!r}", owner=owner.name, hop=hop), code="unknown_field")
        labels.append(say(field.label, work.language))
        owner = work.entity(targets[0])
    prefix = "".join(f"{hop}." for hop in hops)
    field = owner.fields.get(name)
    if field is None:
        if name != "display" and name not in SYSTEM_COLUMNS:
            raise BadRequest(_("{owner} has no field {name!r}", owner=owner.name, name=name), code="unknown_field")
        own = say(owner.label, work.language) if name == "display" else humanise(name)
        label = labels[-1] if name == "display" and labels else own
        columns: tuple[str, ...] = (prefix + name,)
        return Path(path, label, owner, name, None, prefix, columns)
    columns = tuple(prefix + c.name for c in field.columns)
    if is_link(field) and len(field.columns[0].kind.entities) == 1:
        columns += (f"{prefix}{name}.display", f"{prefix}{name}.version")  # a record not for the reader has no version
    said = work.catalog.currency_of(field)
    currency = prefix + said if said is not None else ""
    columns += (currency,) if said is not None else ()
    return Path(path, say(field.label, work.language), owner, name, field, prefix, columns, currency)


def is_link(field: Field) -> bool:
    """Does the field point to records?"""
    return field.type.name in ("link", "user")
