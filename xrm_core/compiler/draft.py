"""What the steps after merging share: the definitions as models, what is broken, and the faults found so far."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..errors import Problem
from ..metamodel.catalog import Catalog
from ..metamodel.definitions import CodeListDef
from ..metamodel.field_type import FieldType
from .blocks import key_path, place_of
from .expand import Expanded
from .merge import Definition, Definitions


@dataclass(slots=True)
class Draft:
    """A catalog in the making. `models` has the checked model of each definition by (kind, name); `broken` the names of
    entities, fields (`donation.amount`), code lists ... that exist but could not be understood: nothing said about them is a
    further fault."""

    definitions: Definitions
    field_types: Mapping[str, FieldType]
    settings: Mapping[str, Any]
    problems: list[Problem]
    warnings: list[Problem]
    expanded: Expanded = field(default_factory=Expanded)
    models: dict[tuple[str, str], Any] = field(default_factory=dict)
    grants: list[tuple[Definition, Any]] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)
    catalog: Catalog | None = None
    actions: Mapping[tuple[str, str], Any] = field(default_factory=dict)
    functions: Mapping[str, Any] = field(default_factory=dict)
    unknown_actions: bool = True
    """Whether plugins may have actions that this compilation was not told of."""

    def problem(
        self,
        definition: Definition | None,
        path: Sequence[str | int],
        message: str,
        code: str,
        hint: str | None = None,
        *,
        warning: bool = False,
    ) -> None:
        """Add a fault of one definition at a key path."""
        block, place = (self.definitions.needs, 0) if definition is None else (definition.block, definition.place)
        at = definition.at if definition is not None else ()
        where = self.definitions.files.where(place_of(block, path, place), key_path((*at, *path)))
        (self.warnings if warning else self.problems).append(Problem(message, code, where=where, hint=hint))

    def code_def(self, name: str) -> CodeListDef | None:
        """The checked model of a code list."""
        model: CodeListDef | None = self.models.get(("codes", name))
        return model

    def is_broken(self, *names: str) -> bool:
        """Whether one of these is known to be wrong already."""
        return any(name in self.broken for name in names)

    def all_of(self, kind: str) -> list[tuple[Definition, Any]]:
        """(definition, model) of a kind, those that have a model."""
        source = {"entity": self.expanded.entities, "codes": {**self.definitions.of("codes"), **self.expanded.codes}}
        found = source.get(kind) or self.definitions.of(kind)
        return [(d, self.models[kind, n]) for n, d in found.items() if (kind, n) in self.models]


def language_of(draft: Draft, layer: str) -> str:
    """Language of bare texts in a layer: the organisation's own in its layer, English in plugins."""
    return str(draft.settings.get("language") or "en") if layer in ("organisation", "studio") else "en"
