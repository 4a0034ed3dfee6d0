"""List pages: views, filters as chips and as an expression, search, sort, groups, paging by key; the bin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from msgspec import structs

from ..errors import NotFound, XrmError
from ..language import _
from ..metamodel.catalog import Entity, View
from ..metamodel.text import say
from ..metamodel.values import Page, Query
from ..services import desk, lists
from ..services.saved_views import SavedView
from ..services.sight import is_open
from ..services.work import Work
from .asked import Asked, Go, Shown
from .bulk import bulk_actions
from .cells import EMPTY, cell_of, figure, in_sentence
from .displays import displays_of, show
from .editing import editable
from .filtering import builder_of, fault_text, whole
from .grouping import group_name, groups_of
from .listing import (
    Address,
    chips_of,
    create_actions,
    export_actions,
    gone_text,
    lost,
    open_view,
    order_text,
    readable_state,
    tabs_of,
    without_view,
)
from .models import Action, Column, EmptyState, Link, ListGroup, ListPage, Pager, Row
from .offered import may_import, readable_paths
from .paths import Path, resolve
from .screens_offered import of_list
from .several import with_titles
from .shell import entity_url
from .targets import target
from .tile_links import tile_actions
from .view_sheet import view_actions
from .viewstate import turned

PAGE = 50
LATER = "…"
COUNTED = "counted"
"""In the address of a list: its records are counted, also where that takes longer than the page."""
UNSORTED = frozenset({"json", "tags", "multi_choice", "long_text", "address", "location", "file", "image", "children"})


def list_page(work: Work, asked: Asked) -> Shown | Go:
    """GET /e/{entity}."""
    entity = work.entity(asked.path["entity"])
    try:
        view, address, saved = open_view(work, entity, asked)
    except NotFound as fault:
        if fault.code != "unknown_view":
            raise
        return Go(without_view(entity, asked), gone_text(fault), tone="warn")
    if view.kind != "list":
        try:
            return show(work, asked, entity, view, address)
        except XrmError:
            if readable_state(work, entity, address.state).filters == address.filters:
                raise
    return _List(work, asked, entity, view, address, saved).page()


@dataclass
class _List:
    """One list as it is asked for."""

    work: Work
    asked: Asked
    entity: Entity
    view: View
    address: Address
    saved: SavedView | None

    def page(self) -> Shown:
        """The page. A filter that cannot be read is told beside it, and kept."""
        work, entity, address = self.work, self.entity, self.address
        paths, sort = self.paths(), self.sort()
        error, page, groups = "", Page(()), tuple[ListGroup, ...]()
        try:
            query = self.query(paths, sort)
            groups = self.groups(query, paths)
            page = self.whole(groups) or lists.list_records(work, query)
        except XrmError as fault:
            if not address.filters or fault.status >= 500:
                raise
            error = fault_text(address.filters, fault)
        rows = tuple(self.row(paths, row) for row in with_titles(work, paths, page.rows))
        count = _count(work, page)
        title = say(entity.plural, work.language)
        bulk = bulk_actions(work, entity)
        may_edit = editable(work, entity) if rows or groups else frozenset()
        model = ListPage(
            title=title, what=in_sentence(work, title), entity=entity.name, icon=entity.icon, path=entity_url(entity.name), count=count,
            columns=tuple(self.column(p, sort, n, may_edit) for n, p in enumerate(paths)), rows=rows, groups=groups,
            pager=_pager(page, address, self.asked, len(rows), count), views=tabs_of(work, entity, self.view, address), search=address.q,
            searchable=bool(entity.search), keep=tuple(address.pairs(without="q")), chips=chips_of(work, entity, address),
            clear_href=address.href(filters=()), builder=builder_of(work, entity, whole(address.filters), error),
            actions=create_actions(work, entity), more=(*pin_actions(work, entity, self.view, self.saved, address), *_more(work, entity, self.view, address)), empty=self.empty(error),
            displays=displays_of(work, entity, self.view, address), bulk=bulk, here=self.asked.url, tools=self.tools(sort),
            view_actions=view_actions(work, entity, address, self.saved), is_modified=address.is_modified, lost=lost(work, entity, self.saved),
            all_text=_("All {n}", n=title if page.count_is == "later" else count) if bulk and (page.next or page.previous) else "",
            count_href=_counted(self.asked) if page.count_is == "later" else "",
            cell_url=entity_url(entity.name, "cell") if may_edit else "", order=order_text(work, entity, sort),
            grouping=group_name(work, entity, address.state.group),
        )  # fmt: skip
        return Shown("list.html", model, title, 422 if error else 200)

    def whole(self, groups: Sequence[ListGroup]) -> Page | None:
        """The page of a list in groups: no rows of its own, and how many records there are."""
        if not groups:
            return None
        return Page((), count=lists.count_records(self.work, self.query((), ())), count_is="exact")

    def paths(self) -> list[Path]:
        """The columns: those of the address as far as they exist for the reader, else the view's."""
        wanted = readable_paths(self.work, self.entity, self.address.state.columns) or self.view.columns or ("display",)
        return [resolve(self.work, self.entity.name, p) for p in wanted]

    def sort(self) -> tuple[str, ...]:
        """The order in force; one that names what is not there is told."""
        return self.address.state.sort or self.view.sort

    def query(self, paths: Sequence[Path], sort: tuple[str, ...]) -> Query:
        """The question that the list is."""
        asked, address = self.asked, self.address
        needed = tuple(dict.fromkeys(["id", "display", "version", *(c for p in paths for c in p.columns)]))
        return Query(
            self.entity.name, needed, lists.joined(self.view.filter, *address.filters), sort, PAGE,
            asked.get("after") or None, asked.get("before") or None, address.q or None, "capped" if asked.get(COUNTED) else "later",
        )  # fmt: skip

    def groups(self, query: Query, paths: Sequence[Path]) -> tuple[ListGroup, ...]:
        """The groups, where the list is put into some."""
        if not self.address.state.group:
            return ()
        return groups_of(
            self.work, self.entity, self.address, self.asked, query, paths, lambda row: self.row(paths, row)
        )

    def row(self, paths: Sequence[Path], values: Mapping[str, Any]) -> Row:
        """One record: the first column leads to it."""
        id = str(values["id"])
        href = entity_url(self.entity.name, id)
        cells = []
        for n, path in enumerate(paths):
            cell = cell_of(self.work, path, values)
            if n == 0:
                cell = EMPTY if cell.kind == "hidden" else cell
                text = cell.text or str(values.get("display") or id)
                cell = (
                    structs.replace(
                        cell, kind="title", text=text, href=href, icon="avatar" if self.is_face(path) else ""
                    )
                    if cell.kind in ("text", "link", "empty", "title", "user")
                    else structs.replace(cell, href=href)
                )
            cells.append(cell)
        label = str(values.get("display") or id)
        return Row(id=id, href=href, label=label, cells=tuple(cells), version=str(values.get("version") or ""))

    def is_face(self, path: Path) -> bool:
        """Whether a column names those with whom relationships are: they are told apart by their initials too."""
        kind = path.field.columns[0].kind if path.field is not None and path.field.columns else None
        if kind is None or kind.kind != "ref":
            return path.owner.integrates is not None
        return bool(kind.entities) and all(self.work.entity(e).integrates for e in kind.entities)

    def column(self, path: Path, sort: Sequence[str], n: int, may_edit: frozenset[str]) -> Column:
        """The head of a column."""
        down, up = f"-{path.path}" in sort, path.path in sort
        is_sortable = path.kind not in UNSORTED
        further = ",".join(turned(sort, path.path, further=True))
        place = [s.removeprefix("-") for s in sort].index(path.path) + 1 if (down or up) and len(sort) > 1 else 0
        return Column(
            name=path.path, label=path.label if "." not in path.path else self.label(path), align=path.align,
            sort_href=self.address.href(sort=",".join(turned(sort, path.path))) if is_sortable else "",
            further_href=self.address.href(sort=further) if is_sortable and further else "", place=place,
            sorted="descending" if down else "ascending" if up else "", small="lead" if n == 0 else "show" if n < 5 else "hide",
            width=dict(self.address.state.widths).get(path.path, 0), editable=n > 0 and path.path in may_edit,
            frozen=n < self.address.state.frozen,
        )  # fmt: skip

    def label(self, path: Path) -> str:
        """A column behind links that the reader chose says which; those of the view are called as the view has them."""
        found = target(self.work, self.entity, path.path) if path.path in self.address.state.columns else None
        return found.label if found is not None else path.label

    def tools(self, sort: Sequence[str]) -> tuple[Link, ...]:
        """The sheets for groups, order and columns; none where a list stands for a board whose filter cannot be read."""
        if self.view.kind != "list":
            return ()
        state, address = self.address.state, self.address
        group = group_name(self.work, self.entity, state.group)
        return (
            Link(
                label=group or _("Group"),
                href=address.sheet("group"),
                icon="layers",
                current=bool(group),
            ),
            Link(label=_("Sort"), href=address.sheet("sort"), icon="arrow-up-down", current=bool(state.sort)),
            Link(label=_("Columns"), href=address.sheet("columns"), icon="columns-3", current=bool(state.columns)),
        )

    def empty(self, error: str) -> EmptyState:
        """What is said where nothing is: nothing yet, nothing found, or a filter that cannot be read."""
        work, entity, address = self.work, self.entity, self.address
        plural = in_sentence(work, say(entity.plural, work.language))
        if error:
            clear = Action(label=_("Clear the filter"), href=address.href(filters=()))
            return EmptyState(title=_("The filter is not valid"), text=error, icon="triangle-alert", actions=(clear,))
        if address.filters or address.q:
            return self.nothing_found(plural)
        if self.view.filter:
            title = _("Nothing in “{view}”", view=say(self.view.label, work.language))
            return EmptyState(title=title, text=_("No {what} fit this view now.", what=plural), icon="circle-check")
        return EmptyState(
            title=_("No {what} yet", what=plural), text=say(entity.description, work.language), icon=entity.icon,
            actions=(*create_actions(work, entity), *import_action(work, entity)),
        )  # fmt: skip

    def nothing_found(self, plural: str) -> EmptyState:
        """Which filter left nothing over, and the way without it."""
        address = self.address
        plain = Address(address.entity, address.view, base=address.base, state=replace(address.state, filters=()))
        if address.filters and address.q:
            text, label = (
                _("Nothing has “{words}” and fits the filters.", words=address.q),
                _("Clear the search and filters"),
            )
        elif address.q:
            text, label = _("Nothing has “{words}”.", words=address.q), _("Clear the search")
        else:
            text, label = _("The filters leave nothing over."), _("Clear the filters")
        clear = Action(label=label, href=plain.href())
        return EmptyState(title=_("No {what} match", what=plural), text=text, icon="search-x", actions=(clear,))


def _counted(asked: Asked) -> str:
    """The same page with the number of all records."""
    return asked.url + ("&" if "?" in asked.url else "?") + f"{COUNTED}=yes"


def _count(work: Work, page: Page) -> str:
    if page.count_is == "later":
        return LATER
    if page.count is None:
        return ""
    return figure(work, page.count) + ("" if page.count_is == "exact" else "+")


def _pager(page: Page, address: Address, asked: Asked, shown: int, count: str) -> Pager:
    first = not asked.get("after") and not asked.get("before")
    if page.count_is == "later":
        text = f"1–{shown}" if first else str(shown)
    elif count and not first:
        text = _("{n} of {all}", n=shown, all=count)
    else:
        text = _("1–{n} of {all}", n=shown, all=count) if count and shown else _("No records")
    return Pager(
        text=text,
        previous_href=address.href(before=page.previous) if page.previous else "",
        next_href=address.href(after=page.next) if page.next else "",
        first_href="" if first else address.href(),
    )


def _more(work: Work, entity: Entity, view: View, address: Address) -> tuple[Action, ...]:
    """Exports of the list as it stands, what plugins make of it as a whole, imports, likely duplicates, the bin."""
    alike = Action(label=_("Likely duplicates"), href=entity_url(entity.name, "similar"), icon="copy")
    waste = Action(label=_("Bin"), href=entity_url(entity.name, "bin"), icon="trash-2")
    as_it_is = address.view if not address.is_modified and not address.q else ""
    further = of_list(work, entity.name, as_it_is) if as_it_is else ()
    return (
        *export_actions(work, entity, address),
        *tile_actions(work, view, address),
        *(Action(label=label, href=href, icon=icon) for label, href, icon in further),
        *import_action(work, entity),
        *((alike,) if entity.similar is not None else ()),
        *((waste,) if is_open(work, entity.name, "restore") else ()),
    )


def pin_actions(
    work: Work, entity: Entity, view: View, saved: SavedView | None, address: Address
) -> tuple[Action, ...]:
    """The list as it stands to the reader's start page, or off it."""
    here = address.href()
    if not desk.is_person(work):
        return ()
    if desk.is_pinned(work, here):
        return (
            Action(
                label=_("Take off the start page"),
                href="/desk/unpin",
                method="post",
                icon="pin-off",
                fields=(("href", here), ("next", here)),
            ),
        )
    plural = say(entity.plural, work.language)
    own = saved.name if saved is not None else say(view.label, work.language)
    label = own if plural.casefold() in own.casefold() else f"{plural}: {own}"
    return (
        Action(
            label=_("Pin to the start page"), href="/desk/pin", method="post", icon="pin",
            fields=(("href", here), ("label", label), ("icon", entity.icon), ("next", here)),
        ),
    )  # fmt: skip


def import_action(work: Work, entity: Entity) -> tuple[Action, ...]:
    """The way to the imports, where the reader may bring in records of the entity."""
    return (Action(label=_("Import"), href="/import", icon="file-up"),) if may_import(work, entity.name) else ()
