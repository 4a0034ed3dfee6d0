"""Who set what: the places that wrote a key, lowest layer first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ..errors import NotFound
from ..metamodel.catalog import Catalog, Field, Setting
from .blocks import Block, Files, Items

if TYPE_CHECKING:
    from .expand import Expanded
    from .merge import Definition, Definitions


class Provenance(Mapping[str, tuple[Setting, ...]]):
    """Settings by key path, worked out when asked.

    A path is `donor.tier.label` (a field's key), `donor.title` (an entity's), `donor.lifecycle.transitions.lapse.may`, or with
    its kind in front: `view:my_donors.columns`, `codes:payment_method.values.cash.label`, `needs:needs.bank.finance`.
    """

    def __init__(self, layers: Callable[[], Definitions], expanded: Expanded | None = None) -> None:
        """`layers` gives the merged layers when they are needed; `expanded` what is written out of them, where that is known."""
        self._layers, self._expanded = layers, expanded

    @cached_property
    def definitions(self) -> Definitions:
        """The merged layers."""
        return self._layers()

    @cached_property
    def expanded(self) -> Expanded:
        """The entities of the layers with all that they take from elsewhere."""
        from .expand import expand

        return self._expanded or expand(self.definitions, [])

    @property
    def files(self) -> Files:
        """The files that were read."""
        return self.definitions.files

    def options(self, field: Field) -> Mapping[str, Any]:
        """What the author of a field wrote for its type, beside the keys that every field has."""
        from .entities import own_options
        from .titles import DISPLAY, title_options

        if field.name == DISPLAY:
            return title_options(field.formula or "")
        return own_options(self.expanded.entities[field.entity].block["fields"][field.name])

    def __getitem__(self, path: str) -> tuple[Setting, ...]:
        kind, _, rest = path.partition(":") if ":" in path else ("", "", path)
        name, *steps = rest.split(".")
        for definition in self._candidates(kind, name):
            found = self._settings(definition, steps)
            if found:
                return tuple(found)
        raise KeyError(path)

    def __iter__(self) -> Iterator[str]:
        for name, definition in self.expanded.entities.items():
            yield from _paths(definition.block, name)
        for kind in self.definitions.kinds:
            if kind not in ("entity",):
                for name, definition in self.definitions.of(kind).items():
                    yield from _paths(definition.block, f"{kind}:{name}")

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _candidates(self, kind: str, name: str) -> Iterator[Definition]:
        if kind == "needs":
            from .merge import Definition

            part = self.definitions.needs.get(name)
            if isinstance(part, Block):
                yield Definition("needs", name, "", part, self.definitions.needs.places[name])
            return
        if kind in ("", "entity") and name in self.expanded.entities:
            yield self.expanded.entities[name]
        for other in self.definitions.kinds:
            if kind in ("", other) and name in self.definitions.of(other):
                yield self.definitions.of(other)[name]

    def _settings(self, definition: Definition, steps: list[str]) -> list[Setting]:
        if not steps:
            return [self._setting(definition.place, definition.name)]
        found = self._found(definition, steps)
        fields = definition.block.get("fields")
        if (
            not found and isinstance(fields, Block) and steps[0] in fields
        ):  # a field may be called as a key is: label, title
            return self._found(definition, ["fields", *steps])
        return found

    def _found(self, definition: Definition, steps: list[str]) -> list[Setting]:
        node: Any = definition.block
        found: list[Setting] = []
        for step in steps:
            if isinstance(node, Block) and step in node:
                earlier = (node.before or {}).get(step, [])
                found = [
                    self._setting(place, value)
                    for place, value in [*earlier, (node.places.get(step, definition.place), node[step])]
                ]
                node = node[step]
            elif isinstance(node, Items) and step.isdigit() and int(step) < len(node):
                found = [self._setting(node.places[int(step)], node[int(step)])]
                node = node[int(step)]
            else:
                return []
        if isinstance(node, Items) and node.places:
            found = [self._setting(place, value) for value, place in zip(node, node.places, strict=True)]
        return found

    def _setting(self, place: int, value: Any) -> Setting:
        return Setting(self.files.layer(place), self.files.where(place), value)


def _paths(block: Block, prefix: str) -> Iterator[str]:
    for key, value in block.items():
        if key == "fields" and isinstance(value, Block):
            yield from _paths(value, prefix)
        elif isinstance(value, Block):
            yield from _paths(value, f"{prefix}.{key}")
        else:
            yield f"{prefix}.{key}"


def why(catalog: Catalog, path: str) -> list[Setting]:
    """The chain of settings of a key path, the one in force last. Raises NotFound with the nearest path."""
    from difflib import get_close_matches

    try:
        return list(catalog.provenance[path])
    except KeyError:
        known = list(catalog.provenance)
        near = get_close_matches(path, known, 1, 0.6)
        hint = f"did you mean '{near[0]}'?" if near else "a path is entity.field.key, as in 'donor.tier.label'"
        raise NotFound(f"nothing sets '{path}'", code="unknown_path", hint=hint) from None


def files_of(catalog: Catalog) -> Files | None:
    """The files that a catalog was compiled from."""
    provenance = catalog.provenance
    return provenance.files if isinstance(provenance, Provenance) else None
