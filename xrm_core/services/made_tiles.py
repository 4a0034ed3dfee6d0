"""Tiles that people make on pages, for themselves, their department or everybody: declarations as the metadata has them, validated by
the same model and compiled in the same way. Records of `dashboard_tile`, read and written by right like all others."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..compiler import compile_tile, read_tile
from ..errors import BadRequest, NotFound, XrmError
from ..expressions import quote
from ..language import _
from ..metamodel.dashboards import Tile, TileDef
from ..metamodel.values import Query
from . import arranging, desk, saved_views
from .deleting import delete_record
from .lists import list_records
from .records import create_record, update_record
from .sight import is_open
from .work import Work

ENTITY = "dashboard_tile"
COLUMNS = ("id", "version", "name", "of", "declaration", "audience", "owner")
MOST, MOST_KEPT = 40, 5_000
"""Tiles of one dashboard that a reader is offered beside those of the metadata; compiled ones that are kept with a catalog."""
FACT = "made_tiles"
OFFERED = (
    "(record.owner == actor.id || record.audience == 'everybody' || (record.audience == 'department' && "
    "(record.department in actor.departments || record.department.parts.exists(team, team.id in actor.departments || "
    "team.parts.exists(part, part.id in actor.departments)))))"
)
"""Whose tiles a reader is offered: as with arrangements, those of the two departments above his own too."""


@dataclass(frozen=True, slots=True)
class MadeTile(Tile):
    """A tile that somebody made. `name` is the id of its record, `title` what he calls it; `fault`: it names what is not there (any
    more), and shows nothing. `is_own`: the reader may change it."""

    title: str = ""
    of: str = ""
    version: int = 0
    audience: str = "me"
    is_own: bool = False
    fault: bool = False
    written: TileDef | None = None


def of_dashboard(work: Work, dashboard: str) -> tuple[MadeTile, ...]:
    """The tiles of a dashboard that the reader is offered, the oldest first; one statement in each piece of work."""
    if work.actor.id is None or not is_open(work, ENTITY):
        return ()
    kept: dict[str, tuple[MadeTile, ...]] = work.facts.setdefault(FACT, {})
    if dashboard not in kept:
        query = Query(ENTITY, COLUMNS, f"record.of == {quote(dashboard)} && {OFFERED}", ("created_at",), MOST)
        kept[dashboard] = tuple(_tile(work, dict(row)) for row in list_records(work, query).rows)
    return kept[dashboard]


def _tile(work: Work, row: Mapping[str, Any]) -> MadeTile:
    id, title = str(row["id"]), str(row["name"] or "")
    own = work.access.is_unlimited or row["owner"] == work.actor.acts_as
    known: dict[Any, tuple[TileDef, Tile] | None] = work.catalog.derive("made_tiles", dict)
    key = (id, title, json.dumps(row["declaration"], sort_keys=True, default=str))
    if key not in known:
        if len(known) >= MOST_KEPT:
            known.clear()
        known[key] = _understood(work, row["declaration"], id, title)
    found = known[key]
    told: dict[str, Any] = {
        "title": title,
        "of": str(row["of"]),
        "version": int(row["version"]),
        "audience": str(row["audience"]),
        "is_own": own,
    }
    if found is None:
        return MadeTile(id, "text", {"en": title}, {}, **told, fault=True)
    written, tile = found
    values = {name: getattr(tile, name) for name in Tile.__dataclass_fields__}
    return MadeTile(**values, **told, written=written)


def _understood(work: Work, declaration: Any, id: str, title: str) -> tuple[TileDef, Tile] | None:
    """What is stored, in force; None where it cannot be: fields go, and names change."""
    try:
        written = read_tile(declaration)
        return written, compile_tile(work.catalog, written, id, title)
    except XrmError:
        return None


def required(work: Work, id: str) -> MadeTile:
    """The tile of that id. Raises NotFound."""
    if work.actor.id is not None and is_open(work, ENTITY) and len(id) == 36:
        query = Query(ENTITY, COLUMNS, f"record.id == {quote(id)} && {OFFERED}", limit=1)
        for row in list_records(work, query).rows:
            return _tile(work, dict(row))
    raise NotFound(_("there is no such tile, or it is not for you to see"), code="unknown_tile")


def may_make(work: Work) -> bool:
    """May the reader make tiles at all?"""
    return desk.is_person(work) and is_open(work, ENTITY, "create")


def audiences(work: Work) -> tuple[str, ...]:
    """For whom the reader may make tiles: for those for whom he may arrange."""
    return arranging.audiences(work) if may_make(work) else ()


def keep(
    work: Work, dashboard: str, title: str, written: TileDef, audience: str, unit: str | None, old: MadeTile | None = None
) -> str:  # fmt: skip
    """Keep a new tile, or `old` as it is now; its id. Raises BadRequest for an audience that is not the actor's to choose,
    InvalidRecord where the tile names what is not there, Refused, VersionConflict."""
    compile_tile(work.catalog, written, "made", title)
    if audience not in audiences(work) and (old is None or audience != old.audience):
        raise BadRequest(_("a tile cannot be kept for them by you"), code="bad_audience")
    values: dict[str, Any] = {
        "name": title.strip(), "of": dashboard, "declaration": written.model_dump(mode="json", exclude_defaults=True),
    }  # fmt: skip
    if old is None or audience != old.audience:
        place = saved_views.own_department(work, unit) if audience == "department" else None
        values |= {"audience": audience, "department": place}
    work.facts.pop(FACT, None)
    if old is not None:
        update_record(work, ENTITY, old.name, values, old.version)
        return old.name
    return str(create_record(work, ENTITY, {**values, "owner": work.actor.acts_as})["id"])


def drop(work: Work, tile: MadeTile) -> None:
    """Delete a tile. Raises NotFound, Refused."""
    delete_record(work, ENTITY, tile.name)
    work.facts.pop(FACT, None)
