"""The bin of an entity as a list: what was deleted, by whom, and the way back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..language import _
from ..metamodel.catalog import Entity
from ..metamodel.text import say
from ..metamodel.values import Query
from ..services import lists
from ..services.sight import reads_path
from ..services.work import Work
from .asked import Asked, Shown
from .bulk import bin_actions
from .cells import figure, moment
from .models import Action, Cell, Column, EmptyState, Link, ListPage, Pager, Row
from .offered import open_on
from .shell import entity_url

PAGE = 50


def bin_page(work: Work, asked: Asked) -> Shown:
    """GET /e/{entity}/bin: deleted records, newest first, with the way back."""
    entity = work.entity(asked.path["entity"])
    names = reads_path(work, entity, "updated_by.display")
    by = ("updated_by", "updated_by.display") if names else ()
    query = Query(
        entity.name, ("id", "display", "deleted_at", *by), None, ("-deleted_at",), PAGE, asked.get("after") or None,
        asked.get("before") or None, None, "capped", "only",
    )  # fmt: skip
    page = lists.list_records(work, query)
    open_again = open_on(work, entity, "restore", (str(row["id"]) for row in page.rows))
    rows = tuple(_row(work, entity, row, str(row["id"]) in open_again) for row in page.rows)
    count = figure(work, page.count or 0) + ("" if page.count_is == "exact" else "+")
    title = _("Bin: {what}", what=say(entity.plural, work.language))
    base = entity_url(entity.name, "bin")
    model = ListPage(
        title=title, entity=entity.name, icon="trash-2", path=base, count=count,
        columns=(Column(name="display", label=say(entity.label, work.language), small="lead"), Column(name="deleted_at", label=_("Deleted")), *((Column(name="by", label=_("By")),) if names else ())),
        rows=rows, searchable=False, bulk=bin_actions(work, entity), here=asked.url,
        pager=Pager(text=_("{n} of {count}", n=len(rows), count=count), previous_href=f"{base}?before={page.previous}" if page.previous else "", next_href=f"{base}?after={page.next}" if page.next else ""),
        empty=EmptyState(title=_("The bin is empty"), text=_("Deleted records stay here until they are purged."), icon="trash-2"),
    )  # fmt: skip
    crumbs = (
        Link(label=say(entity.plural, work.language), href=entity_url(entity.name)),
        Link(label=_("Bin"), href=""),
    )
    return Shown("list.html", model, title, crumbs=crumbs)


def _row(work: Work, entity: Entity, row: Mapping[str, Any], may_restore: bool) -> Row:
    id = str(row["id"])
    back = Action(
        label=_("Restore"),
        href=entity_url(entity.name, id, "restore"),
        method="post",
        icon="undo-2",
        id=f"restore-{id}",
    )
    label = str(row["display"] or id)
    cells = (
        Cell(kind="text", text=label),
        moment(work, row["deleted_at"]),
        *((_who(row),) if "updated_by" in row else ()),
    )
    return Row(id=id, href="", label=label, cells=cells, actions=(back,) if may_restore else ())


def _who(row: Mapping[str, Any]) -> Cell:
    """Who deleted it: the system where nobody did, nothing where the name is not for the reader."""
    name = str(row["updated_by.display"] or "") if row["updated_by"] else _("the system")
    return Cell(text=name) if name else Cell(kind="empty")
