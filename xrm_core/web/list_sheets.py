"""Sheets that change how a list is laid out: its order, its columns, its groups. Each click is an address; the last one is the list."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import islice

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
from .targets import FOUND, columns_of, found_by, is_sortable, links_of, target
from .viewstate import MOST_FROZEN, State, moved, sized


def sheet(work: Work, asked: Asked) -> Answer:
    """GET /e/{entity}/list/{name}: one of the sheets. Raises NotFound."""
    from .exports import sheet as export_sheet
    from .view_sheet import view_sheet  # a circle: it says what lists say

    handlers = {
        "filter": filter_sheet,
        "sort": sort_sheet,
        "columns": columns_sheet,
        "group": group_sheet,
        "view": view_sheet,
        "export": export_sheet,
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
        reset_href=to(()) if address.state.sort else "", empty=_("The newest come first."), find_href=address.sheet("sort", at=asked.get("at"), find=""),
    )  # fmt: skip
    return Shown("sheet_lines.html", page, page.title)


def columns_sheet(work: Work, asked: Asked) -> Shown:
    """The columns: which, in which order, how wide; how many of the first stay in sight."""
    entity = work.entity(asked.path["entity"])
    view, address, _saved = open_view(work, entity, asked)
    names = shown_columns(view, address.state)

    def to(new: Sequence[str]) -> str:
        same = tuple(new) == (view.columns or ("display",)) and not address.base.columns
        return _here(address, "columns", replace(address.state, columns=() if same else tuple(new)), asked)

    state = address.state

    def with_width(name: str, by: int) -> str:
        new = sized(state.widths, name, by)
        return _here(address, "columns", replace(state, widths=new), asked) if new != state.widths else ""

    lines = []
    for n, name in enumerate(names):
        found = target(work, entity, name)
        label = found.label if found else say(entity.label, work.language) if name == "display" else name
        lines.append(
            SheetLine(
                name=name, label=label, up_href=to(moved(names, name, -1)) if n else "",
                down_href=to(moved(names, name, 1)) if n < len(names) - 1 else "",
                remove_href=to([c for c in names if c != name]) if len(names) > 1 else "", fixed=n < state.frozen,
                freeze_href=_here(address, "columns", replace(state, frozen=n if n < state.frozen else n + 1), asked) if n < MOST_FROZEN else "",
                wider_href=with_width(name, 1), narrower_href=with_width(name, -1), width=dict(state.widths).get(name, 0),
            )
        )  # fmt: skip
    adds, walks, crumbs = _fields(work, entity, address, asked, "columns", lambda path: to([*names, path]), names)
    page = LinesSheet(
        title=_("Columns"), kind="columns", back=address.href(), apply_href=address.href(), lines=tuple(lines), adds=adds, walks=walks,
        crumbs=crumbs, reset_href=_here(address, "columns", replace(state, columns=(), widths=(), frozen=1), asked) if state.columns or state.widths or state.frozen != 1 else "",
        order_href=_here(address, "columns", replace(address.state, columns=("COLUMNS",)), asked), find_href=address.sheet("columns", at=asked.get("at"), find=""),
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
    add: Callable[[str], str],
    taken: Sequence[str],
    *,
    sortable: bool = False,
) -> tuple[tuple[Link, ...], tuple[Link, ...], tuple[Link, ...]]:
    """Fields to add at the place in the links where the sheet is, links that lead on, and the way back."""
    at = asked.get("at")
    if at and target(work, entity, at) is None:
        at = ""
    find = asked.get("find").strip()
    there = found_by(work, entity, find, at, columns_of) if find else columns_of(work, entity, at)
    found = islice(
        (t for t in there if t.path not in taken and not (sortable and not is_sortable(t))), FOUND if find else None
    )
    adds = tuple(
        Link(label=t.label if find else t.name, href=add(t.path), icon=ICONS.get(t.kind, "type")) for t in found
    )
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
