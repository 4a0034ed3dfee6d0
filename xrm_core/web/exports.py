"""Exports from a list page: the records of the list in force as a file."""

from __future__ import annotations

from ..metamodel.values import Query
from ..services import exporting, lists
from ..services.work import Work
from .asked import Asked, Sent
from .listing import view_of


def export(work: Work, asked: Asked) -> Sent:
    """GET /e/{entity}/export?format=: all records that the list would page through, in its columns."""
    entity = work.entity(asked.path["entity"])
    view = view_of(work, entity, asked.get("view"))
    kind = asked.get("format", "csv")
    sort = tuple(s for s in asked.get("sort").split(",") if s) or view.sort
    made = exporting.export(
        work,
        Query(
            entity.name,
            lists.columns_of(work, entity.name, view.columns or ("display",)),
            lists.joined(view.filter, *asked.all("filter")),
            sort,
            q=asked.get("q") or None,
        ),
        kind,
    )
    return Sent(made.body, made.media_type, {"Content-Disposition": f'attachment; filename="{entity.name}.{kind}"'})
