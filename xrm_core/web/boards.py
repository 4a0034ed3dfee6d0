"""Boards: records as cards in the columns of a lifecycle or choice, moved by drag or by a menu."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..errors import BadRequest
from ..metamodel.catalog import Entity, View
from ..metamodel.text import say
from ..services import lists
from ..services.records import read_record, update_record
from ..services.work import Work
from . import models
from .cells import cell_of, field_cell
from .asked import Asked, Go, Shown
from .filtering import builder_of, chip_of
from .models import Action, Card, Cell, EmptyState
from .paths import resolve
from .shell import entity_url

if TYPE_CHECKING:
    from .lists import Address

CARDS = 20


def board_page(work: Work, asked: Asked, entity: Entity, view: View, address: Address) -> Shown:
    """A board view of an entity."""
    from dataclasses import replace

    paths = [resolve(work, entity.name, p) for p in view.card]
    wide = replace(view, card=tuple(dict.fromkeys(["id", *(c for p in paths for c in p.columns)])))
    columns = lists.board(work, wide, lists.joined(*address.filters), address.q or None, CARDS)
    labels = {c.code: c.label for c in columns}
    made = []
    for column in columns:
        cards = tuple(_card(work, entity, view, paths, row, labels) for row in column.rows)
        more = address.href(filters=[*address.filters, f"record.{view.by} == {lists.quote(column.code)}"], view=_list_view(work, entity)) if column.more else ""
        made.append(
            models.BoardColumn(
                value=column.code, label=column.label, cards=cards, count=f"{column.count:,}", sum=_sum(work, entity, view, column.total),
                tone=column.colour or "neutral", more_href=more,  # type: ignore[arg-type]  # colours of codes are tones
            )
        )  # fmt: skip
    from .lists import _actions, _displays

    title = say(entity.plural, work.language)
    chips = tuple(models.FilterChip(label=chip_of(work, entity, t)[0], text=chip_of(work, entity, t)[1], remove_href=address.href(filters=[f for f in address.filters if f != t])) for t in address.filters)
    page = models.BoardPage(
        title=title, entity=entity.name, columns=tuple(made), move_url=entity_url(entity.name, "move") + f"?view={view.name}", icon=entity.icon,
        path=entity_url(entity.name), count=f"{sum(c.count for c in columns):,}", search=address.q, keep=tuple(address.pairs(without="q")),
        chips=chips, clear_href=address.href(filters=()), builder=builder_of(work, entity, " && ".join(address.filters)), displays=_displays(work, entity, view, address),
        actions=_actions(work, entity), empty=EmptyState(title="Nothing here yet", icon=entity.icon),
    )  # fmt: skip
    return Shown("board.html", page, title)


def _list_view(work: Work, entity: Entity) -> str:
    return next((v.name for v in work.catalog.views_of(entity.name) if v.kind == "list"), "")


def _sum(work: Work, entity: Entity, view: View, total: Any) -> str:
    if view.sum is None or total is None:
        return ""
    path = resolve(work, entity.name, view.sum)
    if path.field is None:
        return str(total)
    currency = {f"{path.name}_currency": work.settings.organisation.currency}
    return field_cell(work, path.field, {path.name: total, **currency}).text


def _card(work: Work, entity: Entity, view: View, paths: list[Any], row: Any, labels: dict[str, str]) -> Card:
    id, state = str(row["id"]), row[str(view.by)]
    lines: list[Cell] = []
    for n, path in enumerate(paths):
        cell = cell_of(work, path, row)
        if n == 0 or cell.kind == "empty":
            continue
        lines.append(Cell(kind=cell.kind if cell.kind not in ("link", "title") else "text", text=cell.text, tone=cell.tone, iso=cell.iso, number=cell.number, hint=path.label))
    targets = _targets(entity, view, state, labels)
    moves = tuple(
        Action(label=labels[code], href=entity_url(entity.name, "move") + f"?view={view.name}", method="post", id=f"move-{id}-{code}", fields=(("id", id), ("to", code), ("version", str(row["version"]))))
        for code in targets
    )
    title = cell_of(work, paths[0], row).text if paths else ""
    return Card(id=id, href=entity_url(entity.name, id), title=title or str(row.get("display") or id), version=str(row["version"]), lines=tuple(lines), moves=moves, targets=targets)


def _targets(entity: Entity, view: View, state: str, labels: dict[str, str]) -> tuple[str, ...]:
    """Columns that a card may go to: where a transition leads, or anywhere when the field is no lifecycle."""
    lifecycle = entity.lifecycle
    if lifecycle is None or lifecycle.field != view.by:
        return tuple(code for code in labels if code != state)
    ways = [t for t in lifecycle.transitions.values() if not t.automatic and (not t.sources or state in t.sources)]
    return tuple(dict.fromkeys(t.target for t in ways if t.target != state and t.target in labels))


def move_card(work: Work, asked: Asked) -> Shown | Go:
    """POST /e/{entity}/move: a card to another column; the record takes the transition that leads there."""
    entity = work.entity(asked.path["entity"])
    view = work.catalog.views.get(asked.get("view"))
    if view is None or view.entity != entity.name or view.by is None:
        raise BadRequest("a card is moved on a board view", code="no_board")
    version = asked.posted("version")
    if not version.isdigit():
        raise BadRequest("the card's version is missing", code="bad_parameter")
    update_record(work, entity.name, asked.posted("id"), {view.by: asked.posted("to")}, int(version))
    record = read_record(work, entity.name, asked.posted("id"), ("display", view.by))
    label = field_cell(work, entity.fields[view.by], {view.by: record[view.by]}).text
    return Go(entity_url(entity.name) + f"?view={view.name}", f"{record['display']}: {label}")
