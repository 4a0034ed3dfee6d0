"""Which dashboards there are for a reader: what he may not know of has no tile, and a dashboard of nothing but texts is none."""

from __future__ import annotations

from ..errors import NotFound
from ..language import _
from ..metamodel.dashboards import Dashboard, Tile
from ..services.sight import is_open, reads_path, reads_text
from ..services.work import Work
from . import focus


def exists(work: Work, tile: Tile) -> bool:
    """Is there something of the tile for the reader? One that names what he may not know of is not there."""
    if tile.kind == "text":
        return True
    if not is_open(work, tile.entity):
        return False
    entity = work.entity(tile.entity)
    value = tile.value or ""
    paths = [p for p in (tile.group, tile.stack, tile.on, "" if value.startswith("=") else value) if p]
    view = work.catalog.views.get(tile.view or "")
    texts = [tile.filter, view.filter if view is not None else None, value[1:] if value.startswith("=") else None]
    return all(reads_path(work, entity, p) for p in paths) and all(reads_text(work, entity.name, t) for t in texts)


def offered_dashboards(work: Work) -> list[Dashboard]:
    """The dashboards that are for the reader, his department's first, without those of which he may see nothing."""
    found = focus.first(work, (d for d in work.catalog.dashboards.values() if focus.is_offered(work, d)))
    return [d for d in found if any(tile.kind != "text" and exists(work, tile) for tile in d.tiles.values())]


def dashboard_of(work: Work, name: str) -> Dashboard:
    """The dashboard of that name. Raises NotFound, also where nothing of it is for the reader."""
    found = work.catalog.dashboards.get(name)
    if found is None or not any(tile.kind != "text" and exists(work, tile) for tile in found.tiles.values()):
        raise NotFound(_("there is no such dashboard, or nothing of it is for you to see"), code="unknown_dashboard")
    return found
