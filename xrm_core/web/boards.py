"""Boards: records as cards in the columns of a lifecycle or choice, moved by drag or by a menu."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from msgspec import structs
from msgspec.structs import replace

from ..expressions import quote
from ..language import _
from ..metamodel.catalog import Entity, View
from ..metamodel.text import say
from ..services import boards, lists, transitions
from ..services.figures import Mark
from ..services.sight import is_open, reads
from ..services.work import Work
from . import boards_lanes, boards_ways, models
from .addresses import entity_url
from .as_list import as_list
from .asked import Asked, Shown, whole_number
from .boards_lanes import LANE_CARDS, Held, lane_value
from .cells import EMPTY, cell_of, field_cell, figure, in_sentence
from .displays import displays_of
from .editable import is_editable
from .filtering import builder_of, whole
from .listing import Address, chips_of, create_actions, export_actions, own_filter, tabs_of
from .models import Action, Card, Cell, EmptyState
from .models.boards import BoardCell, BoardLane
from .offered import open_on, verdict, views_of
from .paths import Path, resolve
from .tile_links import tile_actions

CARDS = 20
"""Cards of a column at first, and of a column or cell that come when one asks for more."""


def board_page(work: Work, asked: Asked, entity: Entity, view: View, address: Address) -> Shown:
    """A board view of an entity. `column` and `after` ask for the further cards of one column; `lane` beside them for those of the cell
    where it crosses the column, of which `seen` stand there already."""
    drawing = _Drawing(work, entity, view, address)
    filter, q = lists.joined(*address.filters), address.q or None
    column, after, lane = asked.get("column"), asked.get("after"), asked.get("lane")
    lanes = boards.lanes_of(work, drawing.wide, filter, q) if view.lanes else []
    part = next((one for one in lanes if lane and boards_lanes.lane_name(one.mark.key) == lane), None)
    many = 1 if part is not None else LANE_CARDS if lanes else CARDS
    columns = lists.board(work, drawing.wide, filter, q, many)
    drawing.labels = {c.code: c.label for c in columns}
    drawing.marks = tuple(one.mark for one in lanes if boards_lanes.takes(one.mark))
    if part is not None and column in drawing.labels:
        page = boards.cell_cards(work, drawing.wide, column, part.mark, after or None, filter, q, CARDS)
        drawing.seen = (whole_number(asked.get("seen")) or 0) if after else 0
        drawing.cells = {(part.mark.key, column): Held(page.rows, page.next)}
        lanes, columns = [part], [replace(c, rows=()) for c in columns if c.code == column]
    elif lanes:
        drawing.cells = boards_lanes.filled(work, drawing.wide, lanes, columns, filter, q)
        columns = [replace(c, rows=()) for c in columns]
    elif column in drawing.labels and after:
        page = boards.more_cards(work, drawing.wide, column, after, filter, q, CARDS)
        columns = [replace(c, rows=page.rows, next=page.next) if c.code == column else c for c in columns]
    rows = [*(row for c in columns for row in c.rows), *(row for held in drawing.cells.values() for row in held.rows)]
    ids = [str(row["id"]) for row in rows]
    drawing.movable = open_on(work, entity, "update", ids)
    drawing.open = boards_ways.open_ways(work, entity, view, ids)
    made = tuple(drawing.column(c) for c in columns)
    title = say(entity.plural, work.language)
    page_of = models.BoardPage(
        title=title, what=in_sentence(work, title), entity=entity.name, columns=made, lanes=drawing.lanes(lanes, columns),
        move_url=entity_url(entity.name, "move") + f"?view={view.name}", icon=entity.icon, path=entity_url(entity.name),
        count=figure(work, sum(c.count for c in columns)), search=address.q, searchable=bool(entity.search),
        keep=tuple(address.pairs(without="q")), stay=tuple(address.pairs()), chips=chips_of(work, entity, address), own=own_filter(work, entity, view),
        clear_href=address.href(filters=()), builder=builder_of(work, entity, whole(address.filters)),
        displays=displays_of(work, entity, view, address), views=tabs_of(work, entity, view, address),
        actions=create_actions(work, entity), more=(*export_actions(work, entity, address), *tile_actions(work, view, address)), empty=EmptyState(title=_("Nothing here yet"), icon=entity.icon),
    )  # fmt: skip
    return Shown("board.html", page_of, title, headers={"Vary": "HX-Request"})


class _Drawing:
    """A board about to be drawn: what its cards show, which may be moved, and where."""

    def __init__(self, work: Work, entity: Entity, view: View, address: Address) -> None:
        self.work, self.entity, self.view, self.address = work, entity, view, address
        self.paths = [resolve(work, entity.name, p) for p in _shown_on(work, entity, view)]
        further = resolve(work, entity.name, view.lanes).columns if view.lanes else ()
        self.wide = replace(
            view, card=tuple(dict.fromkeys(["id", *(c for p in self.paths for c in p.columns), *further]))
        )
        self.labels: dict[str, str] = {}
        self.movable: frozenset[str] = frozenset()
        self.open: boards_ways.Open = ()
        self.marks: tuple[Mark, ...] = ()
        self.cells: boards_lanes.Cells = {}
        self.seen = 0
        self.can_create = entity.parent is None and is_open(work, entity.name, "create")
        self.listed = as_list(work, entity, view, address)

    def column(self, column: lists.BoardColumn) -> models.BoardColumn:
        """A column with its head: how many, what they come to, and whether that is more than should be."""
        limit = self.view.limits.get(column.code)
        over = limit is not None and column.count > limit
        more = ""
        if column.next and not self.view.lanes:
            more = self.address.href(column=column.code, after=column.next)
        return models.BoardColumn(
            value=column.code, label=column.label, cards=tuple(self.card(row) for row in column.rows), tone=column.colour or "neutral",  # type: ignore[arg-type]  # colours of codes are tones
            count=figure(self.work, column.count), sum=_sum(self.work, self.entity, self.view, column.total),
            limit=figure(self.work, limit) if limit is not None else "", is_over=over, more_href=more,
            all_href=self.all_href(column.code), create_href=self.create_href(column.code),
        )  # fmt: skip

    def lanes(self, lanes: Sequence[boards.Lane], columns: Sequence[lists.BoardColumn]) -> tuple[BoardLane, ...]:
        """Lanes across the columns, each with the first of its cards in every column."""
        made = []
        for lane in lanes:
            cells = tuple(self.cell(lane, column) for column in columns)
            value = lane_value(lane.mark.key) if lane.mark in self.marks else None
            total = figure(self.work, sum(lane.counts.values()))
            come_to = _sum(self.work, self.entity, self.view, lane.total)
            made.append(BoardLane(value=value, label=lane.mark.label, count=total, sum=come_to, cells=cells))
        return tuple(made)

    def cell(self, lane: boards.Lane, column: lists.BoardColumn) -> BoardCell:
        """Where a lane crosses a column: its cards, and the way to those that have no room."""
        key, code, mark = lane.mark.key, column.code, lane.mark
        held = self.cells[key, code]
        count = lane.counts.get(code, 0)
        more = count - self.seen - len(held.rows)
        has_way = more > 0 and boards.filter_of_lane(self.view, mark) is not None
        seen = str(self.seen + len(held.rows))
        return BoardCell(
            value=code, label=column.label, cards=tuple(self.card(row) for row in held.rows), id=boards_lanes.cell_id(key, code),
            count=figure(self.work, count) if count else "", sum=_sum(self.work, self.entity, self.view, lane.totals.get(code)),
            more=figure(self.work, more) if more > 0 else "", anew=not held.next, waits=held.waits,
            more_href=self.address.href(column=code, lane=boards_lanes.lane_name(key), after=held.next or "", seen=seen) if has_way else "",
            all_href=self.all_href(code, *mark.filters) if mark.filters else "",
        )  # fmt: skip

    def all_href(self, code: str, *further: str) -> str:
        """The list of all records of a column: that from which one came, with its columns and groups, or the first that holds them."""
        listed, back = self.listed
        asked = (f"record.{self.view.by} == {quote(code)}", *further)
        if listed is None:
            own = (self.view.filter,) if self.view.filter else ()
            return self.address.href(filters=[*own, *self.address.filters, *asked], view="")
        return back.href(filters=[*back.filters, *asked])

    def create_href(self, code: str) -> str:
        """The form of a new record that begins in a column; '' where none may."""
        lifecycle = self.entity.lifecycle
        starts = lifecycle.create_in if lifecycle is not None and lifecycle.field == self.view.by else (code,)
        if not self.can_create or code not in starts:
            return ""
        return entity_url(self.entity.name, "new") + "?" + urlencode({str(self.view.by): code})

    def card(self, row: Mapping[str, Any]) -> Card:
        """One card."""
        id, state = str(row["id"]), str(row[str(self.view.by)])
        ways = _targets(self.work, self.entity, self.view, state, self.labels) if id in self.movable else ()
        more = boards_ways.targets(self.open, id, state)
        targets = tuple(code for code in self.labels if code in ways or code in more)
        return _card(self.work, self.entity, self.view, self.paths, row, self.labels, targets, self.lanes_for(row))

    def lanes_for(self, row: Mapping[str, Any]) -> tuple[Action, ...]:
        """The lanes that a card may go to: all others, where the field of the lanes is the reader's to write."""
        id = str(row["id"])
        field = self.entity.fields.get(self.view.lanes or "")
        if field is None or id not in self.movable:
            return ()
        if not is_editable(self.work, self.entity, row, field, verdict(self.work, self.entity, "update", id)):
            return ()
        now = row.get(field.name)
        return tuple(
            Action(label=mark.label, id=f"lane-{id}-{n}", fields=(("lane", lane_value(mark.key)),))
            for n, mark in enumerate(self.marks)
            if mark.key != now and not (mark.key is None and field.required)
        )


def _shown_on(work: Work, entity: Entity, view: View) -> tuple[str, ...]:
    """What a card shows: what the view names, then the owner and the day of the entity's calendar where it names none."""
    named = [resolve(work, entity.name, p).kind for p in view.card]
    further = []
    owner = entity.fields.get("owner")
    if "user" not in named and owner is not None and owner.type.name == "user" and reads(work, entity, "owner"):
        further.append("owner")
    if not {"date", "datetime"} & set(named):
        further += [v.by for v in views_of(work, entity.name) if v.kind == "calendar" and v.by][:1]
    return tuple(dict.fromkeys([*view.card, *further]))


def _sum(work: Work, entity: Entity, view: View, total: Any) -> str:
    if view.sum is None or total is None:
        return ""
    path = resolve(work, entity.name, view.sum)
    if path.field is None:
        return str(total)
    currency = {f"{path.name}_currency": work.settings.organisation.currency}
    return field_cell(work, path.field, {path.name: total, **currency}).text


def _card(
    work: Work, entity: Entity, view: View, paths: Sequence[Path], row: Mapping[str, Any], labels: Mapping[str, str],
    targets: tuple[str, ...], lanes: tuple[Action, ...] = (),
) -> Card:  # fmt: skip
    """A card: the title, what the view names (once each), the owner and the day it is due."""
    id = str(row["id"])
    lead = cell_of(work, paths[0], row) if paths else EMPTY
    title = (lead.text if lead.kind != "hidden" else "") or str(row.get("display") or id)
    lines: list[Cell] = []
    owner, due = "", None
    for path in paths[1:]:
        cell = cell_of(work, path, row)
        if cell.kind in ("empty", "hidden") or cell.text in title:
            continue
        if cell.kind == "user" and not owner:
            owner = cell.text
        elif cell.kind in ("date", "datetime") and due is None:
            due = structs.replace(cell, hint=path.label)
        else:
            lines.append(
                structs.replace(
                    cell, kind="text" if cell.kind in ("link", "title", "user") else cell.kind, href="", hint=path.label
                )
            )
    moves = tuple(Action(label=labels[code], id=f"move-{id}-{code}", fields=(("to", code),)) for code in targets)
    return Card(
        id=id,
        href=entity_url(entity.name, id),
        title=title,
        version=str(row["version"]),
        lines=tuple(lines),
        owner=owner,
        due=due,
        moves=moves,
        targets=targets,
        lanes=lanes,
    )


def _targets(work: Work, entity: Entity, view: View, state: str, labels: Mapping[str, str]) -> tuple[str, ...]:
    """Columns that a card may go to: where a transition leads, or anywhere when the field is no lifecycle."""
    lifecycle = entity.lifecycle
    if lifecycle is None or lifecycle.field != view.by:
        return tuple(code for code in labels if code != state)
    ways = [
        t for t in lifecycle.transitions.values()
        if not t.automatic and (not t.sources or state in t.sources) and transitions.may_make(work, t) and is_open(work, entity.name, t.name)
    ]  # fmt: skip
    return tuple(dict.fromkeys(t.target for t in ways if t.target != state and t.target in labels))
