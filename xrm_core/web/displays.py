"""The ways to show the records of a list: list, boards, calendars, timelines, charts. What is filtered and searched goes along."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ..language import N_, _
from ..metamodel.catalog import Entity, View
from ..metamodel.text import say
from ..services.work import Work
from .as_list import as_list, records_of, shown_as
from .models import Link
from .offered import views_of

if TYPE_CHECKING:
    from .asked import Asked, Shown
    from .listing import Address

ICONS = {
    "list": "table-2", "board": "square-kanban", "calendar": "calendar", "timeline": "chart-gantt", "chart": "chart-column",
}  # fmt: skip
NAMES = {
    "list": N_("List"), "board": N_("Board"), "calendar": N_("Calendar"), "timeline": N_("Timeline"), "chart": N_("Chart"),
}  # fmt: skip


def displays_of(work: Work, entity: Entity, view: View, address: Address) -> tuple[Link, ...]:
    """The switch: list, then the others in the order of their kinds. The filter that a view has by itself goes along, so that the
    records stay the same; the list, its columns, order and groups wait in the address of the others for the way back."""
    views = views_of(work, entity.name)
    listed, back = as_list(work, entity, view, address)
    others = [v for kind in ICONS if kind != "list" for v in views if v.kind == kind]
    if view.kind != "list" and view not in others:
        others.append(view)
    if not others:
        return ()
    made = []
    for target in (*((listed,) if listed is not None else ()), *others):
        alone = sum(v.kind == target.kind for v in others) < 2
        label = _(NAMES[target.kind]) if alone or target.kind == "list" else say(target.label, work.language)
        own = target.name == view.name or (target is listed and view.kind == "list")
        if own:
            href = address.href()
        elif target is listed:
            href = back.href()
        else:
            href = shown_as(target, back, records_of(view, address)).href()
        made.append(Link(label=label, href=href, icon=ICONS[target.kind], current=own))
    return tuple(made)


def show(work: Work, asked: Asked, entity: Entity, view: View, address: Address) -> Shown:
    """The page of a view that is no list."""
    from . import boards, calendars, charts, timelines  # they show the switch, and so this module

    page: dict[str, Callable[[Work, Asked, Entity, View, Address], Shown]] = {
        "board": boards.board_page, "calendar": calendars.calendar_page, "timeline": timelines.timeline_page,
        "chart": charts.chart_page,
    }  # fmt: skip
    return page[view.kind](work, asked, entity, view, address)
