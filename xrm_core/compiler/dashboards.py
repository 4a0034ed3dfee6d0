"""Dashboards: authored pages of tiles to those in force, and the check of all that their tiles name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ..metamodel.catalog import Entity, View
from ..metamodel.dashboards import PERIODS, Compute, Dashboard, DashboardDef, Tile, TileDef, TileSize
from ..metamodel.text import as_text, humanise
from .draft import Draft, language_of
from .merge import Definition
from .names import expect, expect_path

if TYPE_CHECKING:
    from .check_expressions import Expressions

NUMBERS, DAYS = ("int", "decimal", "duration"), ("date", "datetime")
CHARTS = ("bar", "line", "donut", "stacked")
ADDING = (None, "count", "sum")
"""What may be worked out of parts that are stacked."""
LIMITS = {"list": 5, "line": 24}
At = tuple[str | int, ...]


def build_dashboards(draft: Draft, views: Mapping[str, View]) -> dict[str, Dashboard]:
    """Dashboards by name, in their order."""
    made = []
    for definition, authored in draft.all_of("dashboard"):
        language = language_of(draft, definition.layer)
        tiles = {name: tile_of(name, tile, views, language) for name, tile in authored.tiles.items()}
        made.append(
            Dashboard(
                authored.dashboard,
                as_text(authored.label, humanise(authored.dashboard), language if authored.label else "en"),
                as_text(authored.text, "", language),
                authored.icon or "layout-dashboard",
                authored.order,
                tuple(authored.departments),
                tuple(authored.roles),
                authored.period,
                tuple(authored.periods) or PERIODS,
                tiles,
            )
        )
    return {d.name: d for d in sorted(made, key=lambda d: (d.order, d.name))}


def tile_of(name: str, authored: TileDef, views: Mapping[str, View], language: str) -> Tile:
    """A tile as it was written, in force."""
    view = views.get(authored.view or "")
    compute: Compute = authored.compute or ("sum" if authored.value else "count")
    size: TileSize = authored.size or ("small" if authored.kind == "number" else "medium")
    fallback = humanise(name)
    label = as_text(authored.label, fallback, language) if authored.label else as_text(fallback)
    if authored.label is None and view is not None and authored.kind == "list":
        label = view.label
    return Tile(
        name, authored.kind, label, as_text(authored.text, "", language), authored.entity or (view.entity if view else ""),
        authored.view, authored.filter, authored.value, compute, authored.group,
        authored.part, authored.stack, authored.on, authored.owner, authored.goal, authored.previous, authored.less_is_better,
        tuple(authored.columns), tuple(authored.sort), authored.limit or LIMITS.get(authored.kind, 8), size,
        authored.mine, (authored.search or "").strip(),
    )  # fmt: skip


def check_dashboards(draft: Draft) -> None:
    """Every view, entity, field, department and role that a dashboard names exists, and its tiles say what they need."""
    catalog = draft.catalog
    assert catalog is not None
    for definition, authored in draft.all_of("dashboard"):
        for n, name in enumerate(authored.departments):
            expect(draft, definition, ("departments", n), "department", name, catalog.departments)
        for n, name in enumerate(authored.roles):
            expect(draft, definition, ("roles", n), "role", name, catalog.roles)
        if authored.periods and authored.period not in authored.periods:
            message = f"the period '{authored.period}' is not among those that may be chosen"
            draft.problem(
                definition, ("periods",), message, "bad_period", f"add '{authored.period}', or begin with another"
            )
        for name, tile in authored.tiles.items():
            check_tile(draft, definition, ("tiles", name), tile)


def check_tile(draft: Draft, definition: Definition, at: At, tile: TileDef) -> None:
    """What one tile names exists and fits its kind."""
    catalog = draft.catalog
    assert catalog is not None
    if tile.kind == "text":
        if tile.text is None:
            draft.problem(definition, at, "a tile of text says nothing", "missing", "write its 'text'")
        return
    entity = _entity_of(draft, definition, at, tile)
    if entity is None:
        return
    for key in ("columns", "sort"):
        for n, path in enumerate(getattr(tile, key)):
            expect_path(draft, definition, (*at, key, n), entity, path.removeprefix("-"))
    if tile.value is not None and not tile.value.startswith("="):
        kind = kind_of(draft, definition, (*at, "value"), entity, tile.value)
        if kind is not None and kind not in NUMBERS and tile.compute != "distinct":
            hint = "name a number or an amount, or write 'compute: distinct' to count its values"
            draft.problem(definition, (*at, "value"), f"'{tile.value}' is no number", "bad_sum", hint)
    elif tile.value is None and tile.compute not in (None, "count"):
        draft.problem(
            definition, (*at, "compute"), f"'{tile.compute}' of what?", "missing", "name the field in 'value'"
        )
    if tile.on is not None and kind_of(draft, definition, (*at, "on"), entity, tile.on) not in (*DAYS, None):
        draft.problem(definition, (*at, "on"), f"'{tile.on}' is no date", "bad_by", "a period chooses by a date")
    for key, path in (("owner", tile.owner), ("mine", tile.mine)):
        if path is not None and kind_of(draft, definition, (*at, key), entity, path) not in ("ref", None):
            draft.problem(definition, (*at, key), f"'{path}' is no link to a user", "bad_by", None)
    if tile.search and not entity.search:
        draft.problem(
            definition, (*at, "search"), f"'{entity.name}' cannot be searched", "bad_search", "filter instead"
        )
    if tile.previous and tile.on is None:
        draft.problem(
            definition, (*at, "previous"), "without 'on' there is no period before", "missing", "name its date in 'on'"
        )
    check_groups(draft, definition, at, entity, tile.kind, tile.group, tile.part, tile.stack, tile.compute)


def _entity_of(draft: Draft, definition: Definition, at: At, tile: TileDef) -> Entity | None:
    """The entity that a tile is about; None (and a problem) where it names none that exists."""
    catalog = draft.catalog
    assert catalog is not None
    if tile.view is not None:
        if not expect(draft, definition, (*at, "view"), "view", tile.view, catalog.views):
            return None
        view = catalog.views[tile.view]
        if tile.entity not in (None, view.entity):
            message = f"the view '{tile.view}' is one of '{view.entity}', not of '{tile.entity}'"
            draft.problem(definition, (*at, "entity"), message, "bad_view", "leave the entity out")
        return catalog.entities.get(view.entity)
    if tile.entity is None:
        draft.problem(definition, at, "the tile does not say what it is about", "missing", "name a view or an entity")
        return None
    known = expect(draft, definition, (*at, "entity"), "entity", tile.entity, catalog.entities)
    return catalog.entities[tile.entity] if known else None


def check_groups(
    draft: Draft, definition: Definition, at: At, entity: Entity, kind: str, group: str | None, part: str | None,
    stack: str | None, compute: str | None,
) -> None:  # fmt: skip
    """What a chart is grouped by: one value per record, a part only of dates, a second group only where bars are stacked, and these
    only of what adds up."""
    if kind in CHARTS and group is None:
        draft.problem(
            definition, at, f"a {kind} chart needs 'group'", "missing", "name the field whose values are its bars"
        )
    for key, path in (("group", group), ("stack", stack)):
        if path is None:
            continue
        found = kind_of(draft, definition, (*at, key), entity, path)
        if found in ("list", "json"):
            draft.problem(
                definition, (*at, key), f"'{path}' holds several values", "bad_group", "group by a field of one value"
            )
        if key == "group" and part is not None and found not in (*DAYS, None):
            draft.problem(definition, (*at, "part"), f"'{path}' is no date", "bad_part", "leave 'part' out")
    if (kind == "stacked") != (stack is not None) and kind in CHARTS:
        message = "a stacked chart needs 'stack'" if stack is None else f"a {kind} chart stacks nothing"
        hint = "name the field whose values stand upon one another" if stack is None else "write 'kind: stacked'"
        draft.problem(definition, (*at, "stack") if stack else at, message, "bad_stack", hint)
    if stack is not None and compute not in ADDING:
        message = f"'{compute}' does not add up: parts of a bar that stand upon one another would say something else than the bar"
        draft.problem(
            definition, (*at, "compute"), message, "bad_stack", "stack a count or a sum, or leave 'stack' out"
        )


def kind_of(draft: Draft, definition: Definition, at: Sequence[str | int], entity: Entity, path: str) -> str | None:
    """The kind of value that a path leads to; None (and a problem) where it leads nowhere."""
    holder = expect_path(draft, definition, at, entity, path)
    last = path.rpartition(".")[2]
    if holder is None:
        return None
    if last in holder.columns:
        return holder.columns[last].kind.kind
    field = holder.fields.get(last)
    return field.columns[0].kind.kind if field is not None and field.columns else "list"


def check_tiles(checker: Expressions, definition: Definition, authored: DashboardDef) -> None:
    """The filters of tiles, and the values that are expressions."""
    catalog = checker.catalog
    for name, tile in authored.tiles.items():
        view = catalog.views.get(tile.view or "")
        entity = tile.entity or (view.entity if view is not None else "")
        if tile.filter is not None:
            checker.check(definition, ("tiles", name, "filter"), entity, tile.filter)
        if tile.value is not None and tile.value.startswith("="):
            found = checker.check(definition, ("tiles", name, "value"), entity, tile.value[1:].strip(), None)
            if found is not None and found.typed.type.kind not in NUMBERS and tile.compute != "distinct":
                message = f"this gives {found.typed.type}, and no number"
                checker.draft.problem(definition, ("tiles", name, "value"), message, "bad_sum", None)
