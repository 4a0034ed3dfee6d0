"""List pages: views, filters as chips and as an expression, search, sort, paging by key; the bin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from msgspec.structs import replace

from ..errors import XrmError
from ..language import _
from ..metamodel.catalog import Entity, View
from ..metamodel.text import say
from ..metamodel.values import Page, Query
from ..services import lists
from ..services.sight import is_open, reads_path
from ..services.work import Work
from .asked import Asked, Go, Shown
from .boards import board_page
from .bulk import bin_actions, bulk_actions
from .cells import EMPTY, cell_of, figure, in_sentence, moment
from .filtering import builder_of, condition
from .listing import Address, chips_of, create_actions, displays_of, tabs_of, view_of
from .models import Action, Cell, Column, EmptyState, Link, ListPage, Pager, Row
from .offered import may_import, open_on
from .paths import Path, resolve
from .shell import entity_url

PAGE = 50


def list_page(work: Work, asked: Asked) -> Shown | Go:
    """GET /e/{entity}."""
    entity = work.entity(asked.path["entity"])
    view = view_of(work, entity, asked.get("view"))
    filters = asked.all("filter")
    address = Address(entity.name, asked.get("view"), filters, asked.get("sort"), asked.get("q"))
    if asked.get("filter_field"):
        added = condition(work, entity, asked.get("filter_field"), asked.get("filter_op"), asked.get("filter_value"))
        return Go(address.href(filters=[*filters, added]))
    if view.kind == "board":
        return board_page(work, asked, entity, view, address)
    return _list(work, asked, entity, view, address)


def _list(work: Work, asked: Asked, entity: Entity, view: View, address: Address) -> Shown:
    names = view.columns or ("display",)
    paths = [resolve(work, entity.name, p) for p in names]
    lead = paths[0].path
    sort = tuple(s for s in address.sort.split(",") if s) or view.sort
    needed = tuple(dict.fromkeys(["id", "display", *(c for p in paths for c in p.columns)]))
    error, page = "", Page(())
    try:
        query = Query(
            entity.name, needed, lists.joined(view.filter, *address.filters), sort, PAGE,
            asked.get("after") or None, asked.get("before") or None, address.q or None, "capped",
        )  # fmt: skip
        page = lists.list_records(work, query)
    except XrmError as fault:
        if not address.filters:
            raise
        error = f"{fault.message}" + (f" ({fault.hint})" if fault.hint else "")
    rows = tuple(_row(work, entity, paths, row, lead) for row in page.rows)
    count = _count(work, page)
    title = say(entity.plural, work.language)
    model = ListPage(
        title=title, what=in_sentence(work, title), entity=entity.name, icon=entity.icon, path=entity_url(entity.name), count=count,
        columns=tuple(_column(p, address, sort, p.path == lead, n) for n, p in enumerate(paths)), rows=rows,
        pager=_pager(page, address, asked, len(rows), count), views=tabs_of(work, entity, view, address), search=address.q,
        searchable=bool(entity.search), keep=tuple(address.pairs(without="q")), chips=chips_of(work, entity, address), clear_href=address.href(filters=()),
        builder=builder_of(work, entity, " && ".join(f"({f})" if len(address.filters) > 1 else f for f in address.filters), error),
        actions=create_actions(work, entity), more=_more(work, entity, address), empty=_empty(work, entity, view, address, error),
        displays=displays_of(work, entity, view, address), bulk=bulk_actions(work, entity), here=asked.url,
    )  # fmt: skip
    return Shown("list.html", model, title, 422 if error else 200)


def _row(work: Work, entity: Entity, paths: Sequence[Path], values: Mapping[str, Any], lead: str) -> Row:
    id = str(values["id"])
    href = entity_url(entity.name, id)
    cells = []
    for path in paths:
        cell = cell_of(work, path, values)
        if path.path == lead:
            cell = EMPTY if cell.kind == "hidden" else cell
            text = cell.text or str(values.get("display") or id)
            cell = (
                replace(cell, kind="title", text=text, href=href)
                if cell.kind in ("text", "link", "empty", "title", "user")
                else replace(cell, href=href)
            )
        cells.append(cell)
    return Row(id=id, href=href, label=str(values.get("display") or id), cells=tuple(cells))


def _column(path: Path, address: Address, sort: Sequence[str], lead: bool, n: int) -> Column:
    down = f"-{path.path}" in sort[:1]
    up = path.path in sort[:1]
    sortable = path.kind not in (
        "json",
        "tags",
        "multi_choice",
        "long_text",
        "address",
        "location",
        "file",
        "image",
        "children",
    )
    turned = path.path if down else f"-{path.path}" if up else path.path
    return Column(
        name=path.path, label=path.label, align=path.align, sort_href=address.href(sort=turned) if sortable else "",
        sorted="descending" if down else "ascending" if up else "", small="lead" if lead else "show" if n < 5 else "hide",
    )  # fmt: skip


def _count(work: Work, page: Page) -> str:
    if page.count is None:
        return ""
    return figure(work, page.count) + ("" if page.count_is == "exact" else "+")


def _pager(page: Page, address: Address, asked: Asked, shown: int, count: str) -> Pager:
    first = not asked.get("after") and not asked.get("before")
    text = (
        f"{shown} of {count}" if count and not first else f"1–{shown} of {count}" if count and shown else "No records"
    )
    return Pager(
        text=text,
        previous_href=address.href(before=page.previous) if page.previous else "",
        next_href=address.href(after=page.next) if page.next else "",
        first_href="" if first else address.href(),
    )


def _more(work: Work, entity: Entity, address: Address) -> tuple[Action, ...]:
    export = entity_url(entity.name, "export") + "?" + urlencode([*address.pairs(), ("format", "csv")])
    sheet = entity_url(entity.name, "export") + "?" + urlencode([*address.pairs(), ("format", "xlsx")])
    exports = (
        Action(label=_("Export as CSV"), href=export, icon="download"),
        Action(label=_("Export as XLSX"), href=sheet, icon="sheet"),
    )
    waste = Action(label=_("Bin"), href=entity_url(entity.name, "bin"), icon="trash-2")
    return (
        *(exports if is_open(work, entity.name, "export") else ()),
        *_import_action(work, entity),
        *((waste,) if is_open(work, entity.name, "restore") else ()),
    )


def _import_action(work: Work, entity: Entity) -> tuple[Action, ...]:
    """The way to the imports, where the reader may bring in records of the entity."""
    return (Action(label=_("Import"), href="/import", icon="file-up"),) if may_import(work, entity.name) else ()


def _empty(work: Work, entity: Entity, view: View, address: Address, error: str) -> EmptyState:
    plural = say(entity.plural, work.language)
    if error:
        return EmptyState(
            title=_("The filter is not valid"),
            text=error,
            icon="triangle-alert",
            actions=(Action(label=_("Clear the filter"), href=address.href(filters=())),),
        )
    if address.filters or address.q:
        what = "search and filters" if address.filters and address.q else "search" if address.q else "filters"
        text = f"Nothing has “{address.q}”." if not address.filters else "The filters leave nothing over."
        clear = Action(
            label=_("Clear the {what}", what=what),
            href=entity_url(entity.name) + (f"?view={address.view}" if address.view else ""),
        )
        return EmptyState(
            title=_("No {kind} match", kind=in_sentence(work, plural)), text=text, icon="search-x", actions=(clear,)
        )
    if view.filter:
        label = f"Nothing in “{say(view.label, work.language)}”"
        return EmptyState(
            title=label, text=_("No {kind} fit this view now.", kind=in_sentence(work, plural)), icon="circle-check"
        )
    actions = (*create_actions(work, entity), *_import_action(work, entity))
    return EmptyState(
        title=_("No {kind} yet", kind=in_sentence(work, plural)),
        text=say(entity.description, work.language),
        icon=entity.icon,
        actions=actions,
    )


def bin_page(work: Work, asked: Asked) -> Shown:
    """GET /e/{entity}/bin: deleted records, newest first, with the way back."""
    entity = work.entity(asked.path["entity"])
    by = ("updated_by.display",) if reads_path(work, entity, "updated_by.display") else ()
    query = Query(
        entity.name,
        ("id", "display", "deleted_at", *by),
        None,
        ("-deleted_at",),
        PAGE,
        asked.get("after") or None,
        asked.get("before") or None,
        None,
        "capped",
        "only",
    )
    page = lists.list_records(work, query)
    open_again = open_on(work, entity, "restore", (str(row["id"]) for row in page.rows))
    rows = []
    for row in page.rows:
        back = Action(
            label=_("Restore"),
            href=entity_url(entity.name, str(row["id"]), "restore"),
            method="post",
            icon="undo-2",
            id=f"restore-{row['id']}",
        )
        label = str(row["display"] or row["id"])
        cells = (
            Cell(kind="text", text=label),
            moment(work, row["deleted_at"]),
            Cell(text=str(row.get("updated_by.display") or "the system")),
        )
        rows.append(
            Row(
                id=str(row["id"]), href="", label=label, cells=cells, actions=(back,) if row["id"] in open_again else ()
            )
        )
    title = f"Bin: {say(entity.plural, work.language)}"
    base = entity_url(entity.name, "bin")
    model = ListPage(
        title=title, entity=entity.name, icon="trash-2", path=base, count=_count(work, page),
        columns=(Column(name="display", label=say(entity.label, work.language), small="lead"), Column(name="deleted_at", label=_("Deleted")), Column(name="by", label=_("By"))),
        rows=tuple(rows), searchable=False, bulk=bin_actions(work, entity), here=asked.url,
        pager=Pager(text=_("{n} of {count}", n=len(rows), count=_count(work, page)), previous_href=f"{base}?before={page.previous}" if page.previous else "", next_href=f"{base}?after={page.next}" if page.next else ""),
        empty=EmptyState(title=_("The bin is empty"), text=_("Deleted records stay here until they are purged."), icon="trash-2"),
    )  # fmt: skip
    crumbs = (
        Link(label=say(entity.plural, work.language), href=entity_url(entity.name)),
        Link(label=_("Bin"), href=""),
    )
    return Shown("list.html", model, title, crumbs=crumbs)
