"""The relationship picture: a panel on the page of a record, and a page of its own, three steps out, to walk through by clicking."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from urllib.parse import urlencode

from ..fields.locales import show_date
from ..language import _
from ..metamodel.catalog import Entity
from ..metamodel.field_type import FieldFault
from ..metamodel.text import say
from ..services import network as found_by
from ..services.network import Known, Network, Tie
from ..services.work import Work
from . import records
from .addresses import entity_url
from .asked import Asked, Shown
from .faults import sentence
from .helping import shown_day, understood
from .models import EmptyState, FormField, GraphPanel, Link, NetworkPage, Node, Option, TieRow

MIDDLE = ""
BESIDE = ((2, (370, 280)), (8, (330, 280)), (10_000, (370, 320)))
"""The same beside a record, for up to so many neighbours: words of few are hardly smaller there than drawn."""
SIZES = ((5, (440, 360)), (10_000, (680, 480)))
"""Width and height of the picture on its own page, for up to so many records."""


def panel(work: Work, entity: Entity, record: Mapping[str, Any]) -> GraphPanel | None:
    """The nearest ties, for the page of the record; None where there are none."""
    drawn = found_by.network(work, entity, record)
    if len(drawn.records) < 2:
        return None
    address = entity_url(entity.name, str(record["id"])) + "?show=network"
    return _picture(
        work, entity, drawn, 1, {}, next(size for most, size in BESIDE if len(drawn.records) - 1 <= most), address
    )


def network_page(work: Work, asked: Asked, entity: Entity, record: Mapping[str, Any]) -> Shown:
    """GET /e/{entity}/{id}?show=network&depth=&kind=&on=: the picture, and the same ties as a table."""
    depth = int(asked.get("depth")) if asked.get("depth") in ("1", "2", "3") else 2
    kind, (day, on) = asked.get("kind"), asked_day(work, asked.get("on"))
    drawn = found_by.network(work, entity, record, depth, kind, day)
    kinds = drawn.kinds if not kind else found_by.network(work, entity, record, depth, "", day).kinds
    kept = {**({"kind": kind} if kind else {}), **({"on": day.isoformat()} if day else {})}
    base = entity_url(entity.name, str(record["id"]))

    def at(n: int) -> str:
        return f"{base}?" + urlencode({"show": "network", "depth": n, **kept})

    title = _("Connections of {name}", name=str(record["display"] or ""))
    depths = tuple(Link(label=str(n), href=at(n), current=n == depth) for n in range(1, found_by.DEEPEST + 1))
    options = tuple(
        Option(value=code, label=label, selected=code == kind)
        for code, label in sorted(kinds.items(), key=lambda p: p[1])
    )
    graph = (
        _picture(work, entity, drawn, depth, kept, next(size for most, size in SIZES if len(drawn.records) <= most), "")
        if len(drawn.records) > 1
        else None
    )
    names = {one.id: one.title for one in drawn.records}
    rows = tuple(_row(work, entity, tie, names) for tie in drawn.ties if tie.a in names and tie.b in names)
    empty = EmptyState(
        title=_("No connections"), text=_("None that you may see, of this kind and day."), icon="network"
    )
    page = NetworkPage(
        title=title, back=base, name=str(record["display"] or ""), depths=depths, depth=depth, kinds=options, on=on,
        graph=graph, rows=rows, empty=empty, clear=f"{base}?show=network&depth={depth}" if kept else "",
    )  # fmt: skip
    return Shown("network.html", page, title, crumbs=records.crumbs(work, entity, record, _("Connections")))


def asked_day(work: Work, typed: str, name: str = "on", label: str = "") -> tuple[date | None, FormField]:
    """The day that is asked about, and its input; what means no day stays typed, with the reason."""
    typed, day, faults = typed.strip()[:100], None, []
    try:
        day = understood(typed, work.env) if typed else None
    except FieldFault as fault:
        faults = [f"{sentence(fault.message)} {sentence(fault.hint)}" if fault.hint else sentence(fault.message)]
    iso = day.isoformat() if day else ""
    shown = shown_day(iso, work.env) if day else typed
    return day, FormField(
        name=name, label=label or _("On the day"), widget="date", value=iso, shown=shown, errors=tuple(faults)
    )


def _picture(
    work: Work, entity: Entity, drawn: Network, depth: int, kept: Mapping[str, str], size: tuple[int, int], all_href: str
) -> GraphPanel:  # fmt: skip
    middle = drawn.records[0]
    groups = {label: n % 6 + 1 for n, label in enumerate(dict.fromkeys(_said(one) for one in drawn.records[1:]))}
    nodes = tuple(_node(work, entity, one, middle.id, groups, depth, kept) for one in drawn.records[1:])
    by = {one.tie.id for one in drawn.records if one.tie is not None}
    keys = {middle.id: MIDDLE}
    cross = tuple((keys.get(t.a, t.a), keys.get(t.b, t.b)) for t in drawn.ties if t.id not in by)
    known = {one.id for one in drawn.records}
    walks = entity_url(entity.name, middle.id) + "?" + urlencode({"show": "network", "depth": depth, **kept})
    return GraphPanel(
        title=_("Connections"), centre=middle.title, nodes=nodes, more=1 if drawn.more else 0, all_href=all_href or walks, width=size[0],
        height=size[1], cross=tuple(pair for pair in cross if all(end == MIDDLE or end in known for end in pair)),
    )  # fmt: skip


def _said(one: Known) -> str:
    """What a tie is called, read from the nearer end."""
    if one.tie is None:
        return ""
    return one.tie.label if one.tie.a == one.parent else one.tie.back


def _node(
    work: Work, entity: Entity, one: Known, middle: str, groups: Mapping[str, int], depth: int, kept: Mapping[str, str]
) -> Node:  # fmt: skip
    said, base = _said(one), entity_url(entity.name, one.id)
    walk = f"{base}?" + urlencode({"show": "network", "depth": depth, **kept})
    return Node(
        id=one.id, label=one.title, tie=said, group=groups[said], depth=one.depth, parent=MIDDLE if one.parent == middle else one.parent,
        href=base if depth == 1 and not kept else walk, walk=walk, over=one.tie.over if one.tie else False,
        when=_when(work, one.tie) if one.tie else "",
    )  # fmt: skip


def _when(work: Work, tie: Tie) -> str:
    """From when to when a tie holds, as far as it is known."""
    since, until = (show_date(d, work.language) if d else "" for d in (tie.since, tie.until))
    if since and until:
        return _("{since} to {until}", since=since, until=until)
    return _("since {date}", date=since) if since else _("until {date}", date=until) if until else ""


def _row(work: Work, entity: Entity, tie: Tie, names: Mapping[str, str]) -> TieRow:
    a, b = (Link(label=names[id], href=entity_url(entity.name, id)) for id in (tie.a, tie.b))
    kind = say(work.entity(tie.entity).label, work.language)
    label = Link(label=tie.label or kind, href=entity_url(tie.entity, tie.id))
    return TieRow(a=a, label=label, b=b, when=_when(work, tie), over=tie.over)
