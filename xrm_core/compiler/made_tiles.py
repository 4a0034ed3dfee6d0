"""Tiles that people make on pages: checked and compiled as those of the metadata are, each by itself, against the catalog in force."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from ..errors import InvalidRecord, Problem
from ..metamodel.catalog import Catalog
from ..metamodel.dashboards import DashboardDef, Tile, TileDef
from .blocks import Block, Files
from .check_expressions import Expressions
from .dashboards import check_tile, check_tiles, tile_of
from .draft import Draft
from .merge import Definition, Definitions

NAME = "made"


class Loose(Draft):
    """A draft of one tile, whose faults stand in no file."""

    def problem(
        self, definition: Definition | None, path: Sequence[str | int], message: str, code: str, hint: str | None = None, *,
        warning: bool = False,
    ) -> None:  # fmt: skip
        """Add a fault under the key that it is about."""
        key = str(path[2]) if len(path) > 2 else ""
        (self.warnings if warning else self.problems).append(Problem(message, code, key or None, hint=hint))


def read_tile(value: Any) -> TileDef:
    """What is stored of a tile, as its declaration. Raises InvalidRecord."""
    try:
        return TileDef.model_validate(value)
    except ValidationError as fault:
        found = [Problem(e["msg"], "bad_tile", ".".join(map(str, e["loc"])) or None) for e in fault.errors()]
        raise InvalidRecord(found[0].message, code="bad_tile", problems=found) from None


def compile_tile(catalog: Catalog, authored: TileDef, name: str, label: str) -> Tile:
    """A tile in force. Raises InvalidRecord with a problem for each thing that it names and that is not there, or does not fit."""
    draft = Loose(Definitions(Files()), {}, {}, [], [], catalog=catalog)
    definition = Definition("dashboard", NAME, "", Block(), 0)
    check_tile(draft, definition, ("tiles", NAME), authored)
    if not draft.problems:
        check_tiles(Expressions(draft, catalog), definition, DashboardDef(dashboard=NAME, tiles={NAME: authored}))
    if draft.problems:
        raise InvalidRecord(draft.problems[0].message, code="bad_tile", problems=draft.problems)
    return tile_of(name, authored.model_copy(update={"label": label}), catalog.views, "en")
