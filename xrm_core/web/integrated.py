"""The integrated page: a record seen over all the relationships it stands in. Other records get their plain page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from ..language import _
from ..metamodel.catalog import Entity
from ..metamodel.text import say
from ..services import integrated
from ..services.integrated import Standing
from ..services.sight import is_open
from ..services.work import Work
from . import focus, network, records, together
from .addresses import entity_url
from .asked import Asked, Shown
from .buttons import lifecycle_path
from .cells import figure, in_sentence
from .models import Action, IntegratedPage, Link, RecordHeader, RecordPage

MAX_OFFERED = 5
"""Relationships that are offered to a record that stands in none."""


def record_page(work: Work, asked: Asked) -> Shown:
    """GET /e/{entity}/{id}: `in=<entity>` shows one relationship, `tab=` a part of the record's own form, `show=network` the picture of
    its ties, else the overview."""
    entity = work.entity(asked.path["entity"])
    if entity.integrates is None:
        return records.record_page(work, asked)
    record = records.load(work, entity, asked.path["id"])
    if asked.get("show") == "network":
        return network.network_page(work, asked, entity, record)
    found = integrated.standings(work, entity, str(record["id"]))
    stands = sorted(found, key=lambda s: focus.own_form(work, s.entity.name) is None)
    chosen = next((s for s in stands if s.entity.name == asked.get("in")), None)
    tabs = _tabs(work, entity, record, stands, chosen, asked)
    header = _header(work, entity, record, stands)
    if chosen is not None:
        inner = records.load(work, chosen.entity, str(chosen.record["id"]))
        page = _relationship(work, chosen.entity, inner, header, tabs)
        pieces = records.slots(work, chosen.entity, inner, asked)
        trail = records.crumbs(work, entity, record)
        return Shown("integrated.html", page, header.title, crumbs=trail, slots=pieces)
    if asked.get("tab"):
        parts = records.tab_parts(work, entity, record, records.tab_links(work, entity, record, asked)[1], asked)
        if parts.get("show") == "history":
            return Shown(
                "record.html",
                RecordPage(header=header, tabs=tabs, **parts),
                header.title,
                crumbs=records.crumbs(work, entity, record),
            )
        page = IntegratedPage(header=header, tabs=tabs, sections=parts["sections"], related=parts["related"])
    else:
        page = together.overview(work, entity, record, stands, header, tabs, asked)
        pieces = records.slots(work, entity, record, asked)
        return Shown("integrated.html", page, header.title, crumbs=records.crumbs(work, entity, record), slots=pieces)
    return Shown("integrated.html", page, header.title, crumbs=records.crumbs(work, entity, record))


def _tabs(
    work: Work,
    entity: Entity,
    record: Mapping[str, Any],
    stands: Sequence[Standing],
    chosen: Standing | None,
    asked: Asked,
) -> tuple[Link, ...]:
    base = entity_url(entity.name, str(record["id"]))
    own, __ = records.tab_links(work, entity, record, asked)
    plain = not asked.get("tab") and chosen is None
    links = [Link(label=_("Overview"), href=base, current=plain, icon="layout-dashboard")]
    names = Counter(s.entity.name for s in stands)
    links += [
        Link(
            label=say(work.entity(n).label, work.language),
            href=f"{base}?in={n}",
            icon=work.entity(n).icon,
            current=chosen is not None and chosen.entity.name == n,
            count=figure(work, several) if several > 1 else "",
        )
        for n, several in names.items()
    ]
    for n, link in enumerate(own[:-1]):
        links.append(
            replace(
                link,
                label=link.label if n else _("Details"),
                href=f"{base}?tab={n}",
                current=asked.get("tab") == str(n),
            )
        )
    return (*links, Link(label=_("History"), href=own[-1].href, current=asked.get("tab") == "history", icon="history"))


def header_of(work: Work, entity: Entity, record: Mapping[str, Any]) -> RecordHeader:
    """The top of the integrated page of a record, as other places that offer its actions need it."""
    return _header(work, entity, record, integrated.standings(work, entity, str(record["id"])))


def _header(work: Work, entity: Entity, record: Mapping[str, Any], stands: Sequence[Standing]) -> RecordHeader:
    header = records.header(work, entity, record)
    missing = [
        e
        for e in work.catalog.entities.values()
        if entity.integrates in e.mixins
        and e.name not in {s.entity.name for s in stands}
        and is_open(work, e.name, "create")
    ]
    link = next(
        (c.by for c in entity.children.values() if c.kind == "reverse" and missing and c.entity == missing[0].name), ""
    )
    more = tuple(
        Action(
            label=_("Make {kind}", kind=in_sentence(work, say(e.label, work.language))),
            href=entity_url(e.name, "new") + f"?{link}={record['id']}",
            icon=e.icon,
        )
        for e in missing
    )
    offered = () if stands else more[:MAX_OFFERED]  # those there are stand in the tabs
    roles = tuple(Link(label=a.label, href=a.href, icon="plus") for a in offered)
    path = lifecycle_path(work, entity, record)
    steps = tuple(a for a in (path.transitions if path else ()) if not a.closed)
    return replace(header, icon="", roles=roles, more=(*more, *steps, *header.more))


def _relationship(
    work: Work, entity: Entity, record: Mapping[str, Any], header: Any, tabs: tuple[Link, ...]
) -> IntegratedPage:
    """One relationship in full, without leaving the party."""
    form = records.form_of(work, entity)
    sections = tuple(
        s
        for tab in form
        for section in tab.sections
        if (s := records.section_of(work, entity, record, section)) is not None
    )
    names = dict.fromkeys(n for tab in form for n in tab.related if n in entity.children)
    related = tuple(records.related(work, entity, record, entity.children[n]) for n in names)
    return IntegratedPage(
        header=header, tabs=tabs, path=lifecycle_path(work, entity, record), sections=sections, related=related
    )
