"""The start page: each person's desk, by department. What waits and what is due, what he pinned and opened last, the first
figures of his dashboard."""

from __future__ import annotations

from datetime import date, datetime
from urllib.parse import parse_qsl, urlsplit

from msgspec import structs

from ..errors import XrmError
from ..fields.locales import zone_of
from ..language import _, ngettext
from ..metamodel.catalog import View
from ..metamodel.text import say
from ..metamodel.values import Query
from ..services import desk
from ..services.figures import column_of
from ..services.lists import joined, list_records
from ..services.sight import is_open, reads_path
from ..services.work import Work
from ..storage.measuring import measure
from . import arranging, focus, integrated, listing, records
from .addresses import entity_url
from .asked import Asked, Go, Shown
from .cells import figure
from .dashboards import drawn
from .desk_house import house
from .guards import own_path
from .models import Action, Cell, Link, Pill, RelatedList, Row
from .models.desk import DeskCard, DeskPage, TilePanel
from .offered import KEPT, imports_any, may_import, offered
from .tiles import Choice
from .whose_dashboards import offered_dashboards

MOST_LISTS, MOST_TILES, MOST_RECENT, PARTS = 8, 4, 8, 4
STAFF = frozenset({"user", "department", "membership", "deputy", *KEPT})
"""What an organisation has before it has any records."""
BUDGET = 0.06
"""Seconds in which the start page works out figures; what is left is fetched when it is there."""


def start_page(work: Work, asked: Asked) -> Shown:
    """GET /: the reader's desk."""
    waits = _waits(work)
    found = offered_dashboards(work)
    quiet = all(not card.records.rows for card in waits)
    # Whose department has no dashboard, and for whom nothing waits, sees the first that there is for him.
    own = next((d for d in found if focus.is_for(work, d)), found[0] if found and quiet else None)
    shown: list[TilePanel] = []
    if own is not None:
        numbers = [t for t in arranging.in_order(work, own, arranging.shown(work, own)) if t.kind == "number"][
            :MOST_TILES
        ]
        shown = drawn(work, own, numbers, Choice(own.period), BUDGET)
    recent, pins = _recent(work), _pins(work)
    steps = _first_steps(work, bool(recent)) if quiet else ()
    links = tuple(Link(label=say(d.label, work.language), href=f"/dashboards/{d.name}", icon=d.icon) for d in found)
    page = DeskPage(
        title=_greeting(work), text=_where(work), waits=tuple(c for c in waits if c.records.rows), steps=steps,
        quiet=_("Nothing waits for you.") if quiet and not steps else "", pins=pins, recent=recent,
        tiles=tuple(shown), house=house(work), dashboards=links, dashboard=_own_link(work, own.name if own else "", links),
    )  # fmt: skip
    return Shown("start.html", page, _("Start"))


def _first_steps(work: Work, began: bool) -> tuple[Action, ...]:
    """What a new organisation begins with, for whoever may do it: records, colleagues, a look at who sees what. `began`: records were opened."""
    steps = []
    if not began and imports_any(work) and not _has_records(work):
        text = _("From a table, a spreadsheet, JSON or address cards. Everything is tried before anything is written.")
        steps.append(Action(label=_("Import records"), href="/import", text=text))
    if is_open(work, "user", "create") and len(work.reader.find("user", "record.status == 'active'", limit=2)) == 1:
        text = _("Make the account, choose what it may do, then send the invitation.")
        steps.append(Action(label=_("Invite a colleague"), href=entity_url("user", "new"), text=text))
        if work.access.is_unlimited:
            text = _("Each department and role beside what it reads and writes.")
            steps.append(Action(label=_("Look who may see what"), href="/access/map", text=text))
    return tuple(steps)


def _has_records(work: Work) -> bool:
    """Is there anything yet of what the reader may bring in, beside people and departments?"""
    found = (
        e.name for e in work.catalog.entities.values() if e.parent is None and not e.retired and e.name not in STAFF
    )
    return any(work.reader.find(name, "true", limit=1) for name in found if may_import(work, name))


def _own_link(work: Work, name: str, links: tuple[Link, ...]) -> Link | None:
    return next((link for link in links if link.href == f"/dashboards/{name}"), None)


def _greeting(work: Work) -> str:
    return _("Welcome, {name}", name=work.actor.name)


def _where(work: Work) -> str:
    """Where the reader is: the organisation, and the department in which he works just now."""
    code, name = focus.department(work), work.settings.organisation.name
    return f"{name} · {focus.label(work, code)}" if code is not None else name


def _waits(work: Work) -> list[DeskCard]:
    """What waits for the reader: the first records of the lists that everybody starts with, then of those of his department or role."""
    views = [
        v for v in work.catalog.views.values() if v.start and v.kind == "list" and (focus.is_for(work, v) or _is_own(v))
    ]
    views.sort(key=lambda v: bool(v.departments or v.roles))
    made: list[DeskCard] = []
    for view in views:
        cut = offered(work, view)
        if cut is not None and sum(1 for card in made if card.records.rows) < MOST_LISTS:
            made.append(_card(work, cut))
    return made


def _is_own(view: View) -> bool:
    """Is it everybody's list, with in it what is each person's own?"""
    return not (view.departments or view.roles)


def _card(work: Work, view: View) -> DeskCard:
    due = _due_path(work, view)
    found = records.start_list(work, view, parts=PARTS, due=due[0] if due is not None else "")
    if due is None or not found.rows:
        return DeskCard(records=found)
    late, today = _due(work, view, *due)
    pills = []
    if late:
        pills.append(Pill(label=ngettext("{n} overdue", "{n} overdue", late), tone="warn"))
    if today:
        pills.append(Pill(label=ngettext("{n} due today", "{n} due today", today), tone="info"))
    return DeskCard(records=_marked(work, found, due[0]), pills=tuple(pills))


def _due_path(work: Work, view: View) -> tuple[str, str] | None:
    """When the records of a list are due, as its view says, else by the date by which it is sorted upwards: path and kind."""
    first = view.due if view.due is not None else view.sort[0] if view.sort else ""
    if not first or first.startswith("-") or not reads_path(work, work.entity(view.entity), first):
        return None
    try:
        kind = column_of(work, view.entity, first)[2]
    except XrmError:
        return None
    return (first, kind) if kind == "date" or (kind == "datetime" and view.due) else None


def _due(work: Work, view: View, day: str, kind: str) -> tuple[int, int]:
    """(records overdue, records due today) of a list, in one statement."""
    path = f"record.{day}"
    on, later = (path, f"{path} == today()") if kind == "date" else (f"date({path})", f"{path} >= now()")
    query = Query(view.entity, ("id",), joined(view.filter, f"{on} <= today()"))
    groups = measure(work.tx, work.catalog, query, (later,), (), work.context(), work.relation(view.entity))
    by = {bool(group.keys[0]): group.count for group in groups}
    return by.get(False, 0), by.get(True, 0)


def _marked(work: Work, found: RelatedList, due: str) -> RelatedList:
    """Rows whose day, or moment, has come say so in colour too."""
    zone = zone_of(work.settings.organisation.time_zone)

    def cell(one: Cell, name: str) -> Cell:
        if not one.iso or not (one.kind == "date" or (one.kind == "datetime" and name == due)):
            return one
        if one.kind == "date":
            day, late = date.fromisoformat(one.iso), date.fromisoformat(one.iso) < work.today
        else:
            at = datetime.fromisoformat(one.iso)
            at = at if at.tzinfo is not None else at.replace(tzinfo=zone)
            day, late = at.astimezone(zone).date(), at < work.now
        tone = "warn" if late else "info" if day == work.today else "neutral"
        return structs.replace(one, tone=tone)

    names = [column.name for column in found.columns]
    rows: tuple[Row, ...] = tuple(
        structs.replace(r, cells=tuple(cell(c, name) for c, name in zip(r.cells, names, strict=True)))
        for r in found.rows
    )
    return structs.replace(found, rows=rows)


def _recent(work: Work) -> tuple[Link, ...]:
    found = desk.recent(work, MOST_RECENT)
    return tuple(
        Link(label=one.title, href=entity_url(one.entity, one.id), icon=work.entity(one.entity).icon or "file")
        for one in found
    )


def _pins(work: Work) -> tuple[Link, ...]:
    return tuple(
        Link(label=one.label, href=one.href, icon=one.icon or "pin", count=_count(work, one.href))
        for one in desk.pins(work)
    )


def _count(work: Work, href: str) -> str:
    """How many records a pinned list holds; '' for other pages, and where the list is none any more."""
    parts = urlsplit(href)
    names = parts.path.split("/")
    if len(names) != 3 or names[1] != "e" or not is_open(work, names[2]):
        return ""
    try:
        entity = work.entity(names[2])
        pairs = tuple(parse_qsl(parts.query))
        view, address, _saved = listing.open_view(
            work, entity, Asked("GET", href, {"entity": entity.name}, pairs, (), {}, {})
        )
        query = Query(
            entity.name, ("id",), joined(view.filter, *address.filters), limit=1, q=address.q or None, count="capped"
        )
        page = list_records(work, query)
    except XrmError:
        return ""
    return figure(work, page.count or 0) + ("+" if page.count_is == "capped" else "")


def pin(work: Work, asked: Asked) -> Go:
    """POST /desk/pin: a page to the reader's start page, under a name."""
    href = own_path(asked.posted("href"))
    desk.pin(work, href, asked.posted("label"), asked.posted("icon"))
    return Go(own_path(asked.posted("next", href)), _("Pinned to your start page"))


def unpin(work: Work, asked: Asked) -> Go:
    """POST /desk/unpin: off the start page again."""
    desk.unpin(work, asked.posted("href"))
    return Go(own_path(asked.posted("next", "/")), _("No longer pinned"), tone="info")


def record_page(work: Work, asked: Asked) -> Shown:
    """GET /e/{entity}/{id}: the page of a record; it is among those that the reader opened last."""
    shown = integrated.record_page(work, asked)
    if not asked.get("tab"):
        desk.note_opened(work, asked.path["entity"], asked.path["id"])
    return shown
