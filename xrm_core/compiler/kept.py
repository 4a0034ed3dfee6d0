"""The catalog in force as plain data, and back: what a start reads instead of working everything out again.

Data is a table in which each value stands once: first the plain ones (texts, numbers), then those that are made of others,
each after all of which it is made: `[kind, place of its first part, place of its second part ...]`. A kind is a number, the
place in `SHAPES` or, after them, in `OTHERS`; so nothing but the values of a catalog can be made of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from importlib import import_module
from types import MappingProxyType
from typing import Any

import msgspec

from ..errors import Where
from ..metamodel import catalog as parts
from ..metamodel.catalog import Catalog, Field
from ..metamodel.dashboards import Dashboard, Tile
from ..metamodel.field_type import Column, FieldType
from ..metamodel.kinds import T

CATALOG = (
    "entities", "codes", "forms", "views", "menu", "dashboards", "departments", "roles", "grants", "grant_places", "needs",
    "imports", "samples", "mixins",
)  # fmt: skip
"""What is kept of a catalog; all else is given by who loads it."""
SHAPES: tuple[Callable[..., Any], ...] = (
    T, Column, Where, Field, parts.Children, parts.Key, parts.Rule, parts.Transition, parts.Lifecycle, parts.Entity, parts.CodeValue,
    parts.CodeList, parts.Section, parts.Tab, parts.Form, parts.View, parts.MenuItem, parts.MenuGroup, Tile, Dashboard,
)  # fmt: skip
OTHERS = ("tuple", "list", "set", "map", "text", "decimal", "date", "datetime", "type", "options", "authored")
MODELS = {
    "TimelineDef": "definitions", "NextStepDef": "definitions", "SimilarDef": "definitions", "DepartmentDef": "rights",
    "RoleDef": "rights", "GrantDef": "rights", "NeedsDef": "rights", "ImportDef": "imports", "SampleDef": "samples",
}  # fmt: skip
"""What stays in force as it was authored, and the module of `metamodel` that has it."""
PLAIN = (str, int, float, bool, type(None))
Options = Callable[[Field], Mapping[str, Any]]


class Table(msgspec.Struct):
    """A catalog as data. `parts` are the places of `CATALOG`."""

    plain: list[str | int | float | bool | None]
    made: list[list[Any]]
    parts: list[int]


def pack(catalog: Catalog, options: Options) -> Table:
    """A catalog as data. `options` has what a field's author wrote for its type. Raises TypeError for what cannot be kept."""
    packer = _Packer(options)
    return packer.table([getattr(catalog, name) for name in CATALOG])


def unpack(table: Table, field_types: Mapping[str, FieldType]) -> dict[str, Any]:
    """The parts of a catalog by name. Raises KeyError, IndexError, TypeError, ValueError for data that is no catalog."""
    values: list[Any] = list(table.plain)
    add, others = values.append, _others(field_types)
    for kind, *places in table.made:
        if kind < len(SHAPES):
            add(SHAPES[kind](*[values[place] for place in places]))
        else:
            add(others[kind - len(SHAPES)](values, places))
    return {name: values[place] for name, place in zip(CATALOG, table.parts, strict=True)}


def _others(field_types: Mapping[str, FieldType]) -> Sequence[Callable[[list[Any], list[Any]], Any]]:
    """How each of `OTHERS` is made of the values so far and of what its row holds."""

    def mapping(values: list[Any], places: list[int]) -> dict[Any, Any]:
        known = iter([values[place] for place in places])
        return dict(zip(known, known, strict=True))

    def options(values: list[Any], row: list[Any]) -> Any:
        name, written = row
        model = field_types[name].Options
        return model.model_validate(written) if written else without_options(model)

    return (
        lambda values, places: tuple([values[place] for place in places]),
        lambda values, places: [values[place] for place in places],
        lambda values, places: frozenset([values[place] for place in places]),
        mapping,
        lambda values, places: MappingProxyType(mapping(values, places)),
        lambda _, row: Decimal(row[0]),
        lambda _, row: date.fromisoformat(row[0]),
        lambda _, row: datetime.fromisoformat(row[0]),
        lambda _, row: field_types[row[0]],
        options,
        lambda _, row: getattr(import_module(f"xrm_core.metamodel.{MODELS[row[0]]}"), row[0]).model_validate(row[1]),
    )


@cache
def without_options(model: Any) -> Any:
    """The options of a field that sets none, once for all such fields: they cannot be changed."""
    return model.model_validate({})


class _Packer:
    """Values in the order in which they can be made, each once. While packing, plain ones have a table of their own."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.plain: dict[tuple[type, Any], int] = {}
        self.made: dict[tuple[Any, ...], int] = {}
        self.rows: list[list[Any]] = []

    def table(self, values: Sequence[Any]) -> Table:
        """The table of some values: places of what is made come after all plain ones, which are known at the end only."""
        found = [self.put(value) for value in values]
        after = len(self.plain)

        def place(of: Any) -> Any:
            return of[0] + after if isinstance(of, tuple) else of

        rows = [[row[0], *map(place, row[1:])] for row in self.rows]
        return Table([value for _, value in self.plain], rows, [place(one) for one in found])

    def put(self, value: Any) -> Any:
        """The place of a value: a number among the plain ones, `(number,)` among those that are made."""
        kind = type(value)
        if kind in PLAIN:
            return self.plain.setdefault((kind, value), len(self.plain))
        if kind is Field:
            names = [n for n in Field.__struct_fields__ if n != "options"]
            found = {name: self.put(getattr(value, name)) for name in names}
            found["options"] = self._written("options", value.type.name, dict(self.options(value)))
            return self._row(SHAPES.index(Field), [found[name] for name in Field.__struct_fields__])
        if kind in SHAPES:
            return self._row(SHAPES.index(kind), [self.put(getattr(value, name)) for name in _names(kind)])
        if isinstance(value, FieldType):
            return self._written("type", value.name)
        if kind.__name__ in MODELS:
            return self._written("authored", kind.__name__, value.model_dump(by_alias=True, exclude_unset=True))
        return self._other(kind, value)

    def _other(self, kind: type, value: Any) -> Any:
        if kind in (tuple, list, frozenset):
            name = {tuple: "tuple", list: "list", frozenset: "set"}[kind]
            listed = sorted(value) if kind is frozenset else value
            return self._row(_number(name), [self.put(one) for one in listed])
        if kind in (dict, MappingProxyType):
            pairs = [self.put(one) for pair in value.items() for one in pair]
            return self._row(_number("map" if kind is dict else "text"), pairs)
        if kind is Decimal:
            return self._written("decimal", str(value))
        if kind in (date, datetime):
            return self._written(kind.__name__, value.isoformat())
        raise TypeError(f"a catalog cannot be kept with {kind.__qualname__} in it")

    def _row(self, kind: int, places: list[Any]) -> tuple[int]:
        return self._known((kind, *places), [kind, *places])

    def _written(self, name: str, *given: Any) -> tuple[int]:
        """A row that holds values and no places."""
        return self._known((name, msgspec.json.encode(given)), [_number(name), *given])

    def _known(self, key: tuple[Any, ...], row: list[Any]) -> tuple[int]:
        if key not in self.made:
            self.made[key] = len(self.rows)
            self.rows.append(row)
        return (self.made[key],)


def _number(name: str) -> int:
    return len(SHAPES) + OTHERS.index(name)


def _names(shape: Any) -> Sequence[str]:
    """The parts of a shape in the order in which it takes them."""
    return tuple(getattr(shape, "__struct_fields__", None) or shape.__dataclass_fields__)
