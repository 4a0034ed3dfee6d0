"""Sheets that change how a list is laid out: its order, its columns, its groups. Each click is an address; the last one is the list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..errors import NotFound
from ..language import _
from ..metamodel.catalog import Entity, View
from ..metamodel.text import say
from ..services.work import Work
from .asked import Answer, Asked, Shown
from .filter_sheet import ICONS, filter_sheet
from .grouping import group_choices
from .listing import Address, open_view
from .models import ChoiceSheet, LinesSheet, Link, SheetLine
from .targets import columns_of, is_sortable, links_of, target
from .viewstate import State, moved


def sheet(work: Work, asked: Asked) -> Answer:
    """GET /e/{entity}/list/{name}: one of the sheets. Raises NotFound."""
    from .view_sheet import view_sheet  # a circle: it says what lists say

    handlers = {
        "filter": filter_sheet,
        "sort": sort_sheet,
        "columns": columns_sheet,
        "group": group_sheet,
        "view": view_sheet,
    }
    handler = handlers.get(asked.path["name"])
    if handler is None:
        raise NotFound(_("there is no page at this address"))
    return handler(work, asked)


def sort_sheet(work: Work, asked: Asked) -> Shown:
    """The order: several fields, each up or down."""
    entity = work.entity(asked.path["entity"])
    view, address, _saved = open_view(work, entity, asked)
    sort = address.state.sort or view.sort
    names = [s.removeprefix("-") for s in sort]

    def to(new: Sequence[str]) -> str:
        return _here(address, "sort", replace(address.state, sort=tuple(new)), asked)

    lines = []
    for n, one in enumerate(sort):
        name, down = one.removeprefix("-"), one.startswith("-")
        found = target(work, entity, name)
        rest = [s for s in sort if s != one]
        lines.append(
            SheetLine(
                name=name, label=found.label if found else name, down=down,
                turn_href=to([(name if down else f"-{name}") if s == one else s for s in sort]),
                up_href=to(moved(sort, one, -1)) if n else "", down_href=to(moved(sort, one, 1)) if n < len(sort) - 1 else "",
                remove_href=to(rest) if rest else "",
            )
        )  # fmt: skip
    adds, walks, crumbs = _fields(
        work, entity, address, asked, "sort", lambda path: to([*sort, path]), names, sortable=True
    )
    page = LinesSheet(
        title=_("Order"), kind="sort", back=address.href(), apply_href=address.href(), lines=tuple(lines), adds=adds, walks=walks, crumbs=crumbs,
        reset_href=to(()) if address.state.sort else "", empty=_("The newest come first."),
    )  # fmt: skip
    return Shown("sheet_lines.html", page, page.title)


def columns_sheet(work: Work, asked: Asked) -> Shown:
    """The columns: which, in which order; the first stays in sight."""
    entity = work.entity(asked.path["entity"])
    view, address, _saved = open_view(work, entity, asked)
    names = shown_columns(view, address.state)

    def to(new: Sequence[str]) -> str:
        same = tuple(new) == (view.columns or ("display",)) and not address.base.columns
        return _here(address, "columns", replace(address.state, columns=() if same else tuple(new)), asked)

    lines = []
    for n, name in enumerate(names):
        found = target(work, entity, name)
        label = found.label if found else say(entity.label, work.language) if name == "display" else name
        lines.append(
            SheetLine(
                name=name, label=label, up_href=to(moved(names, name, -1)) if n else "",
                down_href=to(moved(names, name, 1)) if n < len(names) - 1 else "",
                remove_href=to([c for c in names if c != name]) if len(names) > 1 else "", fixed=n == 0,
            )
        )  # fmt: skip
    adds, walks, crumbs = _fields(work, entity, address, asked, "columns", lambda path: to([*names, path]), names)
    page = LinesSheet(
        title=_("Columns"), kind="columns", back=address.href(), apply_href=address.href(), lines=tuple(lines), adds=adds, walks=walks,
        crumbs=crumbs, reset_href=_here(address, "columns", replace(address.state, columns=(), widths=()), asked) if address.state.columns else "",
        order_href=_here(address, "columns", replace(address.state, columns=("COLUMNS",)), asked),
    )  # fmt: skip
    return Shown("sheet_lines.html", page, page.title)


def shown_columns(view: View, state: State) -> tuple[str, ...]:
    """The columns in force."""
    return state.columns or view.columns or ("display",)


def group_sheet(work: Work, asked: Asked) -> Shown:
    """The field by which a list is put into groups."""
    entity = work.entity(asked.path["entity"])
    address = open_view(work, entity, asked)[1]
    choices = [
        Link(
            label=_("No groups"),
            href=address.href(state=replace(address.state, group="")),
            icon="minus",
            current=not address.state.group,
        )
    ]
    choices += [
        Link(label=label, href=address.href(state=replace(address.state, group=told)), icon=ICONS.get(t.kind, "type"), current=told == address.state.group)
        for told, label, t in group_choices(work, entity)
    ]  # fmt: skip
    page = ChoiceSheet(
        title=_("Group by"),
        back=address.href(),
        choices=tuple(choices),
        text=_("Each group has its count and the sums of its numbers."),
    )
    return Shown("sheet_choice.html", page, page.title)


def _here(address: Address, name: str, state: State, asked: Asked) -> str:
    """The same sheet over a list that is laid out otherwise."""
    at = asked.get("at")
    made = Address(address.entity, address.view, q=address.q, base=address.base, state=state)
    return made.sheet(name, **({"at": at} if at else {}))


def _fields(
    work: Work,
    entity: Entity,
    address: Address,
    asked: Asked,
    name: str,
    add: object,
    taken: Sequence[str],
    *,
    sortable: bool = False,
) -> tuple[tuple[Link, ...], tuple[Link, ...], tuple[Link, ...]]:
    """Fields to add at the place in the links where the sheet is, links that lead on, and the way back."""
    at = asked.get("at")
    if at and target(work, entity, at) is None:
        at = ""
    found = [t for t in columns_of(work, entity, at) if t.path not in taken and not (sortable and not is_sortable(t))]
    adds = tuple(Link(label=t.name, href=add(t.path), icon=ICONS.get(t.kind, "type")) for t in found)  # type: ignore[operator]
    walks = tuple(
        Link(label=t.name, href=address.sheet(name, at=t.path), icon="link") for t in links_of(work, entity, at)
    )
    crumbs = [Link(label=say(entity.label, work.language), href=address.sheet(name))]
    hops = at.split(".") if at else []
    for n in range(len(hops)):
        step = target(work, entity, ".".join(hops[: n + 1]))
        if step is not None:
            crumbs.append(Link(label=step.name, href=address.sheet(name, at=step.path), current=n == len(hops) - 1))
    return adds, walks, tuple(crumbs) if at else ()
