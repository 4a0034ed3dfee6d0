"""Boards: records as cards in the columns of a lifecycle or choice, moved by drag or by a menu."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from msgspec import structs
from msgspec.structs import replace

from ..errors import BadRequest, InvalidRecord
from ..expressions import quote
from ..fields.locales import show_date
from ..language import _
from ..metamodel.catalog import Entity, View
from ..metamodel.text import say
from ..services import boards, lists, transitions
from ..services.records import read_record, update_record
from ..services.sight import is_open, reads
from ..services.work import Work
from . import boards_ways, models
from .addresses import entity_url
from .asked import Answer, Asked, Go, Sent, Shown, whole_number
from .cells import EMPTY, cell_of, field_cell, figure, in_sentence
from .displays import displays_of
from .filtering import builder_of, whole
from .listing import Address, chips_of, create_actions, own_filter, tabs_of
from .models import Action, Card, Cell, EmptyState
from .models.boards import BoardCell, BoardLane
from .offered import list_of, offered, open_on, views_of
from .paths import Path, resolve

CARDS, LANE_CARDS = 20, 60
STAYS = ("filter", "q", "sort", "span", "zoom", "by_group")
"""What of an address stays when a card was moved."""
"""Cards of a column at first; of one that lanes cross."""


def board_page(work: Work, asked: Asked, entity: Entity, view: View, address: Address) -> Shown:
    """A board view of an entity. `column` and `after` ask for the further cards of one column."""
    drawing = _Drawing(work, entity, view, address)
    filter, q = lists.joined(*address.filters), address.q or None
    lanes = boards.lanes_of(work, drawing.wide, filter, q) if view.lanes else []
    columns = lists.board(work, drawing.wide, filter, q, LANE_CARDS if lanes else CARDS)
    drawing.labels = {c.code: c.label for c in columns}
    column, after = asked.get("column"), asked.get("after")
    if column in drawing.labels and after:
        page = boards.more_cards(work, drawing.wide, column, after, filter, q, CARDS)
        columns = [replace(c, rows=page.rows, next=page.next) if c.code == column else c for c in columns]
    ids = [str(row["id"]) for c in columns for row in c.rows]
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
        actions=create_actions(work, entity), empty=EmptyState(title=_("Nothing here yet"), icon=entity.icon),
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
        self.can_create = entity.parent is None and is_open(work, entity.name, "create")

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
        rest = [(c, row) for c in columns for row in c.rows]
        for lane in lanes:
            cells = []
            for column in columns:
                rows = [row for c, row in rest if c is column and row.get(str(self.view.lanes)) == lane.mark.key]
                count = lane.counts.get(column.code, 0)
                cells.append(
                    BoardCell(
                        value=column.code, label=column.label, cards=tuple(self.card(row) for row in rows[:CARDS]),
                        more=figure(self.work, count - len(rows[:CARDS])) if count > len(rows[:CARDS]) else "",
                        all_href=self.all_href(column.code, *lane.mark.filters),
                    )
                )  # fmt: skip
            total = sum(lane.counts.values())
            key = "" if lane.mark.key is None else str(lane.mark.key)
            made.append(BoardLane(value=key, label=lane.mark.label, count=figure(self.work, total), cells=tuple(cells)))
        return tuple(made)

    def all_href(self, code: str, *further: str) -> str:
        """The list of all records of a column."""
        own = (self.view.filter,) if self.view.filter else ()
        filters = [*own, *self.address.filters, f"record.{self.view.by} == {quote(code)}", *further]
        return self.address.href(filters=filters, view=_list_view(self.work, self.entity))

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
        return _card(self.work, self.entity, self.view, self.paths, row, self.labels, targets)


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


def _list_view(work: Work, entity: Entity) -> str:
    found = list_of(work, entity.name)
    return found.name if found is not None else ""


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
    targets: tuple[str, ...],
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


def move_card(work: Work, asked: Asked) -> Answer:
    """POST /e/{entity}/move: a card to another column (`to`) or lane (`lane`), or an entry of a calendar to another day (`on`). A
    record of a lifecycle takes the transition that leads there; one that asks for something is led to its form."""
    entity = work.entity(asked.path["entity"])
    named = work.catalog.views.get(asked.get("view"))
    view = offered(work, named) if named is not None else None
    if (
        view is None
        or view.entity != entity.name
        or view.by is None
        or view.kind not in ("board", "calendar", "timeline")
    ):
        raise BadRequest(_("a card is moved on a board or a calendar"), code="no_board")
    version = whole_number(asked.posted("version"))
    if version is None:
        raise BadRequest(_("the card's version is missing"), code="bad_parameter")
    id = asked.posted("id")
    if view.kind != "board":
        return move_day(work, asked, entity, view, id, version)
    way = boards_ways.take(work, entity, view, id, asked.posted("to"), version)
    form = _asks(work, entity, view, id, asked.posted("to")) if way is None else way
    if form:
        text = _("This move asks for something more.")
        if asked.wants_problem:
            told = {"title": _("More is needed"), "status": 422, "detail": text, "go": form}
            return Sent(json.dumps(told).encode(), "application/problem+json", status=422)
        return Go(form, text, tone="info")
    values: dict[str, Any] = {view.by: asked.posted("to")}
    if view.lanes and asked.has("lane"):
        values[view.lanes] = asked.posted("lane") or None
    if way is None:
        before = read_record(work, entity.name, id, tuple(values))
        update_record(work, entity.name, id, {k: v for k, v in values.items() if before.get(k) != v}, version)
    record = read_record(work, entity.name, id, ("display", view.by))
    label = field_cell(work, entity.fields[view.by], {view.by: record[view.by]}).text
    return Go(_back(asked, entity, view), f"{record['display']}: {label}")


def move_day(work: Work, asked: Asked, entity: Entity, view: View, id: str, version: int) -> Answer:
    """An entry of a calendar, or a bar of a timeline: to the day `on`, its end as far as its beginning; with `edge` the beginning alone.
    `until` is the day of its end. A moment keeps its time of day."""
    names = [n for n in (str(view.by), view.until) if n is not None]
    before = read_record(work, entity.name, id, ("display", *names))
    start = before.get(names[0])
    if start is None:
        raise BadRequest(_("this record has no date to move"), code="bad_value")
    zone = ZoneInfo(work.settings.organisation.time_zone)
    here = start.astimezone(zone).date() if isinstance(start, datetime) else start
    values: dict[str, Any] = {}
    first = _day(asked.posted("on")) if asked.posted("on") else here
    for name in names if not (asked.posted("edge") or asked.posted("until")) else names[:1]:
        if (found := before.get(name)) is not None:
            values[name] = _shifted(found, first - here, zone)
    if asked.posted("until") and view.until is not None:
        last, ended = _day(asked.posted("until")), before.get(view.until)
        if last < first:
            raise InvalidRecord(_("It would end before it begins."), code="invalid_record")
        moment = entity.columns[view.until].kind.kind == "datetime"
        then = ended.astimezone(zone).date() if isinstance(ended, datetime) else ended
        whole = datetime.combine(last, time(), zone).astimezone(UTC) if moment else last
        values[view.until] = whole if then is None else _shifted(ended, last - then, zone)
    changed = {n: v for n, v in values.items() if before.get(n) != v}
    update_record(work, entity.name, id, changed, version)
    what = str(before["display"])
    if list(changed) == [view.until]:
        told = _("{what}: now until {day}", what=what, day=show_date(_day(asked.posted("until")), work.language))
    else:
        told = _("{what}: now on {day}", what=what, day=show_date(first, work.language))
    return Go(_back(asked, entity, view), told)


def _day(text: str) -> date:
    """A day that was posted. Raises BadRequest."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadRequest(_("{text} is no date", text=repr(text)), code="bad_value") from None


def _shifted(value: Any, by: timedelta, zone: ZoneInfo) -> Any:
    """A date or moment so many days later, at the same time of day."""
    return (value.astimezone(zone) + by).astimezone(UTC) if isinstance(value, datetime) else value + by


def _back(asked: Asked, entity: Entity, view: View) -> str:
    """The board again, with what filters and search were in force; to its card where it was moved by its menu."""
    kept = [(k, v) for k, v in asked.form if k in STAYS and isinstance(v, str) and v]
    kept += [("on", asked.posted("at"))] if asked.posted("at") else []
    return entity_url(entity.name) + "?" + urlencode([("view", view.name), *kept])


def _asks(work: Work, entity: Entity, view: View, id: str, to: str) -> str:
    """The address of the form of a transition that still needs something; '' where the card may simply move."""
    if entity.lifecycle is None or entity.lifecycle.field != view.by:
        return ""
    record = read_record(work, entity.name, id)
    fitting = [o for o in transitions.transitions_of(work, entity.name, record) if o.target == to and o.allowed]
    offer = fitting[0] if fitting else None
    if offer is None or not (offer.require or offer.asks_reason == "required"):
        return ""
    return entity_url(entity.name, id, "do", offer.name)
