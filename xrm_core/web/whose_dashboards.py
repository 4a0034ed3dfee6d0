"""Which dashboards there are for a reader: what he may not know of has no tile, and a dashboard of nothing but texts is none."""

from __future__ import annotations

from msgspec import structs

from ..errors import NotFound
from ..language import _
from ..metamodel.dashboards import Dashboard, Tile
from ..services import made_tiles
from ..services.made_tiles import MadeTile
from ..services.sight import is_open, reads_path, reads_text
from ..services.work import Work
from . import focus


def exists(work: Work, tile: Tile) -> bool:
    """Is there something of the tile for the reader? One that names what he may not know of is not there; one that somebody made
    for him is, and says so."""
    return isinstance(tile, MadeTile) or is_for_reader(work, tile)


def is_for_reader(work: Work, tile: Tile) -> bool:
    """Does all that a tile names exist for the reader?"""
    if tile.kind == "text":
        return True
    if not is_open(work, tile.entity):
        return False
    entity = work.entity(tile.entity)
    value = tile.value or ""
    paths = [p for p in (tile.group, tile.stack, tile.on, tile.mine, "" if value.startswith("=") else value) if p]
    view = work.catalog.views.get(tile.view or "")
    texts = [tile.filter, view.filter if view is not None else None, value[1:] if value.startswith("=") else None]
    return all(reads_path(work, entity, p) for p in paths) and all(reads_text(work, entity.name, t) for t in texts)


def offered_dashboards(work: Work) -> list[Dashboard]:
    """The dashboards that are for the reader, his department's first, without those of which he may see nothing."""
    found = focus.first(work, (d for d in work.catalog.dashboards.values() if focus.is_offered(work, d)))
    return [d for d in found if any(tile.kind != "text" and exists(work, tile) for tile in d.tiles.values())]


def dashboard_of(work: Work, name: str) -> Dashboard:
    """The dashboard of that name, with the tiles that people made for the reader. Raises NotFound, also where nothing of it is for him."""
    found = work.catalog.dashboards.get(name)
    if found is None or not any(tile.kind != "text" and exists(work, tile) for tile in found.tiles.values()):
        raise NotFound(_("there is no such dashboard, or nothing of it is for you to see"), code="unknown_dashboard")
    return with_made(work, found)


def with_made(work: Work, dashboard: Dashboard) -> Dashboard:
    """A dashboard with the tiles that people made for the reader, behind those of the metadata."""
    made = made_tiles.of_dashboard(work, dashboard.name)
    return structs.replace(dashboard, tiles={**dashboard.tiles, **{t.name: t for t in made}}) if made else dashboard


def shared_with(dashboard: Dashboard, audience: str) -> Dashboard:
    """A dashboard as it can be arranged for somebody: without tiles that he does not see."""
    seen = {"me": ("me", "department", "everybody"), "department": ("department", "everybody")}.get(
        audience, ("everybody",)
    )
    tiles = {n: t for n, t in dashboard.tiles.items() if not isinstance(t, MadeTile) or t.audience in seen}
    return structs.replace(dashboard, tiles=tiles)
