"""What the reader is told: the page of his notices, marking them as read, and the counts that the menu and the bell ask for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import groupby
from urllib.parse import urlencode

from ..compiler import compiled
from ..expressions import Typed, quote
from ..language import _, ngettext
from ..metamodel.text import say
from ..metamodel.values import Query
from ..services import lists, notices
from ..services.mentions import MENTIONED
from ..services.work import Work
from . import screens, screens_offered
from .addresses import entity_url
from .asked import Asked, Go, Sent, Shown
from .cells import figure, in_sentence, moment
from .days import day_of, day_title
from .guards import own_path
from .job_names import job_name
from .menu import build_menu
from .models import Action, EmptyState, Link, NoticeDay, NoticeRow, NoticesPage, Tone
from .offered import offered

ADDRESS = "/notifications"
ENDS: Mapping[str, tuple[str, Tone]] = {"done": ("circle-check", "ok"), "failed": ("circle-alert", "bad")}
MOST_COUNTED = 12
"""Entries of the menu that are counted; more would make every page dear."""


def notices_page(work: Work, asked: Asked) -> Shown:
    """GET /notifications?only=unread&before=: by day, the newest first."""
    only = asked.get("only") == "unread"
    told, more = notices.told(work, asked.get("before") or None, only_unread=only)
    rows = [(one, _row(work, one)) for one in told]
    days = tuple(
        NoticeDay(title=day, rows=tuple(row for _one, row in found))
        for day, found in groupby(rows, key=lambda pair: day_title(work, day_of(work, pair[0].at)))
    )
    tabs = (
        Link(label=_("All"), href=ADDRESS, current=not only),
        Link(label=_("Unread"), href=f"{ADDRESS}?only=unread", current=only, count=_counted(notices.unread(work))),
    )
    all_read = Action(
        label=_("Mark all as read"), href=f"{ADDRESS}/read", method="post", icon="check-check", id="all-read"
    )
    empty = EmptyState(
        title=_("Nothing unread") if only else _("Nothing to tell you yet"),
        text=_("You are told when a record becomes yours, when an import or another job of yours ends, and, if you look after this system, when work fails."),
        icon="bell",
    )  # fmt: skip
    page = NoticesPage(
        title=_("Notifications"), tabs=tabs, days=days, actions=(all_read,) if notices.unread(work) else (), empty=empty,
        older=f"{ADDRESS}?" + urlencode({**({"only": "unread"} if only else {}), "before": more}) if more else "",
    )  # fmt: skip
    return Shown("notices.html", page, page.title)


def _row(work: Work, one: notices.Told) -> NoticeRow:
    text, href, icon, tone = _said(work, one)
    return NoticeRow(
        id=one.id, text=text, href=href, when=moment(work, one.at).text, iso=one.at.isoformat(), icon=icon, tone=tone, is_read=one.is_read,
        title=one.title,
    )  # fmt: skip


def _said(work: Work, one: notices.Told) -> tuple[str, str, str, Tone]:
    """The sentence of a notice, where it leads, its icon, its tone."""
    if one.kind == notices.ASSIGNED:
        return _assigned(work, one)
    if one.kind == MENTIONED:
        entity = work.entity(one.entity)
        kind = in_sentence(work, say(entity.label, work.language))
        text = _("{by} mentioned you in this {kind}", by=str(one.values.get("by", "")), kind=kind)
        return text, entity_url(entity.name, one.record), "at-sign", "accent"
    if one.kind == notices.JOB:
        return _ended(one)
    job = job_name(work, str(one.values.get("job", "")), one.values)
    return _("Work failed for good and waits for you: {job}", job=job), "/jobs?state=dead", "circle-alert", "bad"


def _assigned(work: Work, one: notices.Told) -> tuple[str, str, str, Tone]:
    values, entity = one.values, work.entity(one.entity)
    field = entity.fields.get(str(values.get("field", "")))
    named = {
        "by": str(values.get("by", "")),
        "field": in_sentence(work, say(field.label, work.language)) if field else "",
    }
    icon = entity.icon or "user-check"
    if one.record:
        kind = in_sentence(work, say(entity.label, work.language))
        return (
            _("{by} put you in as {field} of this {kind}", **named, kind=kind),
            entity_url(entity.name, one.record),
            icon,
            "accent",
        )
    n, plural = int(values.get("count", 0)), in_sentence(work, say(entity.plural, work.language))
    mine = f"record.{values.get('field')} == {quote(str(work.actor.id))}"
    text = _("{by} put you in as {field} of {n} {plural}", **named, n=figure(work, n), plural=plural)
    return text, entity_url(entity.name) + "?" + urlencode({"filter": mine}), icon, "accent"


def _ended(one: notices.Told) -> tuple[str, str, str, Tone]:
    title, state, detail = (str(one.values.get(name, "")) for name in ("title", "state", "detail"))
    said = {
        "done": _("{title} is done", title=title),
        "failed": _("{title} has failed", title=title),
        "cancelled": _("{title} was cancelled", title=title),
    }.get(state, title)
    icon, tone = ENDS.get(state, ("circle-slash", "neutral"))
    return f"{said}: {detail}" if detail else said, own_path(str(one.values.get("href", "/"))), icon, tone


def read(work: Work, asked: Asked) -> Go:
    """POST /notifications/read: all of them; with `id` that one, then on to `next`."""
    id = asked.posted("id")
    n = notices.mark_read(work, id or None)
    if id:
        return Go(own_path(asked.posted("next") or ADDRESS))
    return Go(ADDRESS, ngettext("{n} notice is marked as read", "{n} notices are marked as read", n))


def counts(work: Work, asked: Asked) -> Sent:
    """GET /menu/counts: a JSON object of what waits: address of a menu entry -> its count as text, and `/notifications`."""
    made: dict[str, str] = {}
    asked_for = [item for group in build_menu(work, "/") for item in group.items if item.counts]
    for link in asked_for[:MOST_COUNTED]:
        made[link.href] = _waiting(work, link.href, asked)
    made[ADDRESS] = _counted(notices.unread(work))
    body = json.dumps(made, ensure_ascii=False).encode()
    return Sent(body, "application/json", {"Cache-Control": "private, max-age=20"})


def _counted(n: int) -> str:
    return "" if n == 0 else f"{notices.MOST}+" if n > notices.MOST else str(n)


def _waiting(work: Work, href: str, asked: Asked) -> str:
    """How many records an entry of the menu leads to; '' for none, and for lists that would have to add up others to tell."""
    screen = screens_offered.screen_at(work, href)
    if screen is not None:
        n = screens.count_of(work, screen, asked)
        return figure(work, n) if n else ""
    path, _sep, query = href.partition("?")
    view = work.catalog.views.get(query.removeprefix("view=")) if query else None
    cut = offered(work, view) if view is not None else None
    if query and (cut is None or (cut.filter and adds_up(work, cut.entity, cut.filter))):
        return ""
    entity = cut.entity if cut is not None else path.removeprefix("/e/")
    found = lists.count_records(work, Query(entity, ("id",), cut.filter if cut else None), notices.MOST)
    return _counted(found)


def adds_up(work: Work, entity: str, filter: str) -> bool:
    """Does the filter add up other records? Then counting all that fit costs more than a menu may."""

    def reads_sums(node: Typed) -> bool:
        return node.op == "rollup" or any(map(reads_sums, node.args))

    return reads_sums(compiled(work.catalog, entity, filter, "bool").typed)
