"""Record pages: the sections of the form as read, the lifecycle path, related lists, history; and what can be done there."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from msgspec.structs import replace

from ..access.access import Verdict
from ..compiler import compiled
from ..errors import NotFound, PluginError, in_log
from ..expressions import quote
from ..language import _
from ..metamodel.catalog import Children, Entity, Field, Section, Tab, View
from ..metamodel.text import say
from ..metamodel.values import Query
from ..plugin.contributions import PageSlot
from ..services import deleting, lists, past, records
from ..services.counting import pointing
from ..services.sight import is_open, reads, reads_path, shows_rows
from ..services.work import Work
from . import access_links, focus
from .asked import Asked, Go, Shown, Slot, version_told, whole_number
from .buttons import actions_of, lifecycle_path, shows_state
from .cells import EMPTY, apart, cell_of, field_cell, figure, in_sentence, moment
from .changes import history
from .editable import is_editable
from .lines import line_paths, one_name
from .models import (
    Action,
    Cell,
    Column,
    EmptyState,
    FieldSection,
    FieldValue,
    Link,
    Pill,
    RecordHeader,
    RecordPage,
    RelatedList,
    Row,
)  # fmt: skip
from .offered import cut_tabs, list_of, verdict, whole, writable
from .paths import Path, resolve
from .screens_offered import of_record
from .shell import entity_url, view_url

log = logging.getLogger("xrm.web")
START_COLUMNS, START_ROWS = 3, 5
MANY = 99
"""Records of a tab that are counted."""
RELATED = 8
COLUMNS = 9
"""Rows and columns of a related list on the page of a record."""
BUTTONS = 2
"""Actions of plugins that stand beside Edit; the others are behind the menu."""
WIDE = frozenset({"long_text", "json", "address"})


def load(work: Work, entity: Entity, id: str) -> dict[str, Any]:
    """A record with everything its page shows: stored columns, computed fields, titles of links."""
    columns = ["id", "version", "display", "created_at", "updated_at"]
    if reads_path(work, entity, "updated_by.display"):
        columns.append("updated_by.display")
    for field in entity.fields.values():
        if field.columns and not field.retired and reads(work, entity, field.name):
            columns += resolve(work, entity.name, field.name).columns
    try:
        return dict(records.read_record(work, entity.name, id, tuple(dict.fromkeys(columns))))
    except NotFound as fault:
        label = in_sentence(work, say(entity.label, work.language))
        said = _("this {kind} is not there, or not for you to see; it may lie in the bin", kind=label)
        raise NotFound(said if fault.code == "not_found" else fault.message, code=fault.code) from None


def form_of(work: Work, entity: Entity, may: Verdict | None = None) -> Sequence[Tab]:
    """The tabs of the entity's form, as far as the reader reads them or may write them (`may`)."""
    return cut_tabs(work, entity, focus.form_of(work, entity.name).tabs, may)


def record_page(work: Work, asked: Asked) -> Shown:
    """GET /e/{entity}/{id}?tab=n."""
    entity = work.entity(asked.path["entity"])
    record = load(work, entity, asked.path["id"])
    tabs, shown = tab_links(work, entity, record, asked)
    page = RecordPage(
        header=header(work, entity, record), path=lifecycle_path(work, entity, record), tabs=tabs,
        **tab_parts(work, entity, record, shown, asked),
    )  # fmt: skip
    pieces = slots(work, entity, record, asked) if page.show == "record" else ()
    return Shown(
        "record.html", page, str(record["display"] or record["id"]), crumbs=crumbs(work, entity, record), slots=pieces
    )


def crumbs(work: Work, entity: Entity, record: Mapping[str, Any], below: str = "") -> tuple[Link, ...]:
    """Where the reader is: the list, the record, and the page below it."""
    place = Link(label=say(entity.plural, work.language), href=entity_url(entity.name))
    title = str(record["display"] or record["id"])
    if not below:
        return (place, Link(label=title, href=""))
    return (place, Link(label=title, href=entity_url(entity.name, str(record["id"]))), Link(label=below, href=""))


def tab_links(work: Work, entity: Entity, record: Mapping[str, Any], asked: Asked) -> tuple[tuple[Link, ...], int]:
    """The tabs of a record and the number of the one shown; history is the last."""
    form = form_of(work, entity)
    base = entity_url(entity.name, str(record["id"]))
    names = [say(tab.label, work.language) for tab in form]
    raw = asked.get("tab", "0")
    number = whole_number(raw) or 0
    shown = len(form) if raw == "history" else number if number < len(form) else 0
    counts = _counts(work, entity, str(record["id"]), form)
    links = [
        Link(label=name or _("Record"), href=base if n == 0 else f"{base}?tab={n}", current=n == shown, count=counts[n])
        for n, name in enumerate(names)
    ]
    past = Link(label=_("History"), href=f"{base}?tab=history", current=shown == len(form), icon="history")
    return (*links, past), shown


def _counts(work: Work, entity: Entity, id: str, form: Sequence[Tab]) -> list[str]:
    """How many records stand in the lists of each tab, as far as the reader sees them; nothing where there are none."""
    lists_of = [_lists_of(work, entity, tab) for tab in form]
    asked = [entity.children[n] for n in dict.fromkeys(n for names in lists_of for n in names)]
    found = pointing(work, id, asked, MANY)
    sums = (sum(found.get(n, 0) for n in names) for names in lists_of)
    return [figure(work, min(n, MANY)) + ("+" if n > MANY else "") if n else "" for n in sums]


def _lists_of(work: Work, entity: Entity, tab: Tab) -> list[str]:
    """The names of the lists of a tab that the reader may see: child tables, and records that point here."""
    names = [*(n for s in tab.sections for n in s.fields if n in entity.children), *tab.related]
    return [n for n in dict.fromkeys(names) if n in entity.children and shows_rows(work, entity.children[n])]


def tab_parts(work: Work, entity: Entity, record: Mapping[str, Any], shown: int, asked: Asked) -> dict[str, Any]:
    """What the tab shown holds: sections and related lists, or the history."""
    form = form_of(work, entity)
    if shown == len(form):
        entries, more = history(work, entity, record, asked.get("before"))
        return {"show": "history", "history": entries, "history_more": more}
    tab = form[shown]
    names = _lists_of(work, entity, tab)
    if shown == 0 and len(form) == 1 and not tab.related:
        names += [
            n
            for n, c in entity.children.items()
            if c.kind == "reverse" and work.entity(c.entity).parent is None and n not in names
        ]
    names = [n for n in names if shows_rows(work, entity.children[n])]
    sections = tuple(s for section in tab.sections if (s := section_of(work, entity, record, section)) is not None)
    found = (related(work, entity, record, entity.children[n]) for n in dict.fromkeys(names) if n in entity.children)
    return {"sections": sections, "related": tuple(found)}


def section_of(work: Work, entity: Entity, record: Mapping[str, Any], section: Section) -> FieldSection | None:
    """A section as it is read; fields that a condition hides are left out. None when nothing is left."""
    context = work.context(whole(entity, record))
    id = str(record["id"])
    may = writable(work, entity, id)
    if section.visible_when and not compiled(work.catalog, entity.name, section.visible_when, "bool").python(context):
        return None
    values = []
    for name in section.fields:
        field = entity.fields.get(name)
        if field is None or not field.columns:
            continue
        if field.visible_when and not compiled(work.catalog, entity.name, field.visible_when, "bool").python(context):
            continue
        cell = value_cell(work, entity, record, field)
        span = section.columns if field.type.name in WIDE and section.columns > 1 else 1
        edit = entity_url(entity.name, id, "field", name) if is_editable(work, entity, record, field, may, cell) else ""
        values.append(FieldValue(name=name, label=say(field.label, work.language), cell=cell, span=span, edit=edit))  # type: ignore[arg-type]
    if not values:
        return None
    return FieldSection(fields=tuple(values), title=say(section.label, work.language), columns=section.columns)  # type: ignore[arg-type]


def value_cell(work: Work, entity: Entity, record: Mapping[str, Any], field: Field) -> Cell:
    """The value of a field of a loaded record, as a reader sees it."""
    if not field.columns:
        return EMPTY
    return cell_of(work, resolve(work, entity.name, field.name), record, short=False)


def header(work: Work, entity: Entity, record: Mapping[str, Any]) -> RecordHeader:
    """The top of a record: title, state, what can be done."""
    pills: list[Pill] = []
    lifecycle = entity.lifecycle
    if lifecycle is not None and record.get(lifecycle.field) and shows_state(work, entity, record):
        cell = field_cell(work, entity.fields[lifecycle.field], {lifecycle.field: record[lifecycle.field]})
        pills.append(Pill(label=cell.text, tone=cell.tone))
    base = entity_url(entity.name, str(record["id"]))
    by = record.get("updated_by.display")
    when = apart(moment(work, record["updated_at"]).text)
    subtitle = (
        _("changed {when} by {person}", when=when, person=apart(str(by))) if by else _("changed {when}", when=when)
    )
    offered = actions_of(work, entity, record)
    id = str(record["id"])
    edit = (
        ()
        if entity.append_only or not verdict(work, entity, "update", id).allowed
        else (Action(label=_("Edit"), href=f"{base}/edit", style="primary", icon="pencil", shortcut="edit"),)
    )
    screens = tuple(of_record(work, entity, record))[:BUTTONS]
    first = (*[a for a in offered if not a.closed][: BUTTONS - len(screens)], *screens)
    rest = (*(a for a in offered if a not in first), *access_links.links(work, entity.name, id))
    remove = Action(
        label=_("Delete"),
        href=f"{base}/delete",
        method="post",
        icon="trash-2",
        style="danger",
        fields=(("_version", str(record["version"])),),
    )
    return RecordHeader(
        title=str(record["display"] or record["id"]), kind=say(entity.label, work.language), subtitle=subtitle, icon=entity.icon,
        pills=tuple(pills), actions=(*first, *edit),
        more=rest if entity.append_only or not verdict(work, entity, "delete", id).allowed else (*rest, remove),
    )  # fmt: skip


def related(work: Work, entity: Entity, record: Mapping[str, Any], children: Children) -> RelatedList:
    """Records that point here: the first few, with a count and the way to all."""
    other = work.entity(children.entity)
    view = list_of(work, other.name)
    names = [n for n in (view.columns if view else ()) if n != children.by and not n.startswith(f"{children.by}.")]
    if children.kind != "reverse":
        names = [
            f.name
            for f in other.fields.values()
            if f.columns
            and not f.retired
            and not f.hidden
            and f.name not in (children.by, "position")
            and reads(work, other, f.name)
        ]
    paths = [resolve(work, other.name, n) for n in names] or [resolve(work, other.name, "display")]
    needed = tuple(dict.fromkeys(["id", "display", *(c for p in paths for c in p.columns)]))
    mine = f"record.{children.by} == {quote(str(record['id']))}"
    sort = (
        ("position",) if "position" in other.fields and reads(work, other, "position") else (view.sort if view else ())
    )
    page = lists.list_records(work, Query(other.name, needed, mine, sort, RELATED, count="capped"))
    paths = [p for n, p in enumerate(paths) if n == 0 or _says_something(p, page.rows)][:COLUMNS]
    linked = children.kind == "reverse"
    rows = tuple(_related_row(work, other, paths, row, linked) for row in page.rows)
    columns = tuple(
        Column(name=p.path, label=p.label, align=p.align, small="lead" if n == 0 else "show")
        for n, p in enumerate(paths)
    )
    new = Action(label=_("Add"), href=entity_url(other.name, "new") + f"?{children.by}={record['id']}", icon="plus")
    may_add = linked and other.parent is None and is_open(work, other.name, "create")
    actions = (new,) if may_add else _of_rows(work, entity, record, children, bool(rows))
    from urllib.parse import urlencode

    return RelatedList(
        name=children.name, title=say(children.label, work.language), columns=columns, rows=rows, icon=other.icon or "list",
        count=figure(work, page.count) if page.count else "0", actions=actions,
        all_href=entity_url(other.name) + "?" + urlencode({"filter": mine}) if linked and (page.count or 0) > RELATED else "",
        empty=EmptyState(title=_("None yet"), icon=other.icon or "list"),
    )  # fmt: skip


def _of_rows(
    work: Work, entity: Entity, record: Mapping[str, Any], children: Children, is_filled: bool
) -> tuple[Action, ...]:
    """The way to the rows of a child table in the form of their record, for who may change them there."""
    if children.kind != "child_table" or entity.append_only:
        return ()
    id = str(record["id"])
    may = writable(work, entity, id)
    shown = any(children.name in s.fields for tab in form_of(work, entity) for s in tab.sections)
    field = entity.fields.get(children.name)
    if not (shown and may.allowed and may.opens(children.name)) or (field is not None and field.read_only):
        return ()
    href = entity_url(entity.name, id, "edit") + f"#f-{children.name}-table"
    return (
        Action(label=_("Edit") if is_filled else _("Add"), href=href, icon="pencil" if is_filled else "plus"),
    )  # fmt: skip


def start_list(
    work: Work, view: View, rows: int = START_ROWS, parts: int = START_COLUMNS, due: str = "", q: str = ""
) -> RelatedList:
    """The first records of a view, as they stand on a start page: so many parts of each; `due` is when they are due, `q` is searched for."""
    entity = work.entity(view.entity)
    paths = line_paths(work, view, parts, due)
    needed = tuple(dict.fromkeys(["id", "display", *(c for p in paths for c in p.columns)]))
    query = Query(entity.name, needed, view.filter, view.sort, rows, count="capped", q=q or None)
    page = lists.list_records(work, query)
    columns = tuple(
        Column(name=p.path, label=p.label, align=p.align, small="lead" if n == 0 else "show")
        for n, p in enumerate(paths)
    )
    made = (_related_row(work, entity, paths, row, True) for row in page.rows)
    shown = tuple(replace(row, cells=one_name(paths, row.cells)) for row in made)
    count = figure(work, page.count or 0) + ("+" if page.count_is == "capped" else "")
    return RelatedList(
        name=view.name, title=_title_of_view(work, entity, view), columns=columns, rows=shown, icon=entity.icon or "list", count=count,
        all_href=view_url(work.catalog, view.name) if view.name in work.catalog.views else "", empty=EmptyState(title=_("Nothing waits"), icon="circle-check"),
    )  # fmt: skip


def _title_of_view(work: Work, entity: Entity, view: View) -> str:
    """What a view is called where its entity is not in sight."""
    plural, label = say(entity.plural, work.language), say(view.label, work.language)
    return label if plural.casefold() in label.casefold() else f"{plural}: {in_sentence(work, label)}"


def _says_something(path: Path, rows: Sequence[Mapping[str, Any]]) -> bool:
    """Has the column a value in any of the rows? A column of nothing, or of nothing but no, takes room from the others."""
    found = [row.get(c) for row in rows for c in path.columns[:1]]
    return not found or any(value not in (None, "", []) and value is not False for value in found)


def _related_row(work: Work, other: Entity, paths: Sequence[Path], row: Mapping[str, Any], linked: bool) -> Row:
    href = entity_url(other.name, str(row["id"])) if linked else ""
    cells = [cell_of(work, p, row) for p in paths]
    if linked:
        text = "" if cells[0].kind == "hidden" else cells[0].text
        cells[0] = replace(cells[0], kind="title", text=text or str(row["display"] or row["id"]), href=href)
    return Row(id=str(row["id"]), href=href, label=str(row["display"] or row["id"]), cells=tuple(cells))


PLACES: tuple[Literal["header", "overview", "aside"], ...] = ("header", "overview", "aside")


def slots(work: Work, entity: Entity, record: Mapping[str, Any], asked: Asked) -> tuple[Slot, ...]:
    """The pieces that plugins add to the page of a record. A plugin that fails is left out: the page is worth more."""
    if not work.host.implements("xrm_page_slot"):
        return ()
    made: list[Slot] = []
    for place in PLACES:
        try:
            answers = work.host.answers("xrm_page_slot", slot=place, entity=entity, record=record, actor=work.actor)
        except PluginError as fault:
            log.warning("%s", in_log(fault))
            continue
        for plugin, piece in answers:
            values = _values_of(work, plugin, piece, asked) if isinstance(piece, PageSlot) else None
            if values is not None:
                made.append(Slot(plugin, place, dataclasses.replace(piece, values=values)))
    return tuple(made)


def _values_of(work: Work, plugin: str, piece: PageSlot, asked: Asked) -> Mapping[str, Any] | None:
    """The values of a piece, those that it reads among them; None where there is no piece."""
    from .screen_reader import WorkScreenReader  # reads with what is built on this module

    if piece.read is None:
        return piece.values
    try:
        found = piece.read(WorkScreenReader(work, plugin, asked))
    except Exception as fault:  # a stranger's code may raise anything
        log.warning("plugin %s: %s of a page could not be read: %s", plugin, piece.template, in_log(fault))
        return None
    return None if found is None else {**piece.values, **found}


def delete(work: Work, asked: Asked) -> Go:
    """POST /e/{entity}/{id}/delete."""
    entity, id = work.entity(asked.path["entity"]), asked.path["id"]
    deleting.delete_record(work, entity.name, id, version_told(asked.posted("_version")))
    return Go(entity_url(entity.name), _("{label} moved to the bin", label=say(entity.label, work.language)))


def restore(work: Work, asked: Asked) -> Go:
    """POST /e/{entity}/{id}/restore."""
    entity, id = work.entity(asked.path["entity"]), asked.path["id"]
    deleting.restore_record(work, entity.name, id)
    return Go(entity_url(entity.name, id), _("{label} restored", label=say(entity.label, work.language)))


def restore_value(work: Work, asked: Asked) -> Go:
    """POST /e/{entity}/{id}/restore-value: a field back to what it held before."""
    entity, id = asked.path["entity"], asked.path["id"]
    past.restore_values(work, entity, id, asked.posted("entry"), asked.posted_all("column"))
    return Go(entity_url(entity, id) + "?tab=history", _("Value restored"))
