"""Boards: records as cards in the columns of a lifecycle or choice, moved by drag or by a menu."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from msgspec import structs

from ..errors import BadRequest
from ..language import _
from ..metamodel.catalog import Entity, View
from ..metamodel.text import say
from ..services import lists, transitions
from ..services.records import read_record, update_record
from ..services.sight import is_open, reads
from ..services.work import Work
from . import models
from .asked import Answer, Asked, Go, Sent, Shown
from .cells import EMPTY, cell_of, field_cell, figure, in_sentence
from .filtering import builder_of
from .listing import Address, chips_of, create_actions, displays_of
from .models import Action, Card, Cell, EmptyState
from .offered import list_of, offered, open_on, views_of
from .paths import Path, resolve
from .shell import entity_url

CARDS = 20


def board_page(work: Work, asked: Asked, entity: Entity, view: View, address: Address) -> Shown:
    """A board view of an entity."""
    paths = [resolve(work, entity.name, p) for p in _shown_on(work, entity, view)]
    wide = replace(view, card=tuple(dict.fromkeys(["id", *(c for p in paths for c in p.columns)])))
    columns = lists.board(work, wide, lists.joined(*address.filters), address.q or None, CARDS)
    labels = {c.code: c.label for c in columns}
    movable = open_on(work, entity, "update", (str(row["id"]) for c in columns for row in c.rows))
    made = []
    for column in columns:
        cards = tuple(_card(work, entity, view, paths, row, labels, movable) for row in column.rows)
        more = (
            address.href(
                filters=[
                    *((view.filter,) if view.filter else ()),
                    *address.filters,
                    f"record.{view.by} == {lists.quote(column.code)}",
                ],
                view=_list_view(work, entity),
            )
            if column.more
            else ""
        )
        made.append(
            models.BoardColumn(
                value=column.code, label=column.label, cards=cards, count=figure(work, column.count), sum=_sum(work, entity, view, column.total),
                tone=column.colour or "neutral", more_href=more,  # type: ignore[arg-type]  # colours of codes are tones
            )
        )  # fmt: skip
    title = say(entity.plural, work.language)
    page = models.BoardPage(
        title=title, what=in_sentence(work, title), entity=entity.name, columns=tuple(made), move_url=entity_url(entity.name, "move") + f"?view={view.name}", icon=entity.icon,
        path=entity_url(entity.name), count=figure(work, sum(c.count for c in columns)), search=address.q, keep=tuple(address.pairs(without="q")),
        chips=chips_of(work, entity, address), clear_href=address.href(filters=()), builder=builder_of(work, entity, " && ".join(address.filters)), displays=displays_of(work, entity, view, address),
        actions=create_actions(work, entity), empty=EmptyState(title=_("Nothing here yet"), icon=entity.icon),
    )  # fmt: skip
    return Shown("board.html", page, title)


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
    movable: frozenset[str],
) -> Card:  # fmt: skip
    """A card: the title, what the view names (once each), the owner and the day it is due."""
    id, state = str(row["id"]), str(row[str(view.by)])
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
    targets = _targets(work, entity, view, state, labels) if id in movable else ()
    moves = tuple(
        Action(
            label=labels[code], href=entity_url(entity.name, "move") + f"?view={view.name}", method="post", id=f"move-{id}-{code}",
            fields=(("id", id), ("to", code), ("version", str(row["version"]))),
        )
        for code in targets
    )  # fmt: skip
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
    """POST /e/{entity}/move: a card to another column; the record takes the transition that leads there."""
    entity = work.entity(asked.path["entity"])
    named = work.catalog.views.get(asked.get("view"))
    view = offered(work, named) if named is not None else None
    if view is None or view.entity != entity.name or view.by is None:
        raise BadRequest(_("a card is moved on a board view"), code="no_board")
    version = asked.posted("version")
    if not version.isdigit():
        raise BadRequest(_("the card's version is missing"), code="bad_parameter")
    id, to = asked.posted("id"), asked.posted("to")
    form = _asks(work, entity, view, id, to)
    if form:
        text = "This move asks for something more."
        if asked.wants_problem:
            return Sent(
                json.dumps({"title": "More is needed", "status": 422, "detail": text, "go": form}).encode(),
                "application/problem+json",
                status=422,
            )
        return Go(form, text, tone="info")
    update_record(work, entity.name, id, {view.by: to}, int(version))
    record = read_record(work, entity.name, id, ("display", view.by))
    label = field_cell(work, entity.fields[view.by], {view.by: record[view.by]}).text
    return Go(_back(asked, entity, view), f"{record['display']}: {label}")


def _back(asked: Asked, entity: Entity, view: View) -> str:
    """The board again, with what filters and search were in force."""
    kept = [(k, v) for k, v in asked.form if k in ("filter", "q", "sort") and isinstance(v, str) and v]
    return entity_url(entity.name) + "?" + urlencode([("view", view.name), *kept])


def _asks(work: Work, entity: Entity, view: View, id: str, to: str) -> str:
    """The address of the form of a transition that still needs something; '' where the card may simply move."""
    if entity.lifecycle is None or entity.lifecycle.field != view.by:
        return ""
    record = read_record(work, entity.name, id)
    fitting = [o for o in transitions.transitions_of(work, entity.name, record) if o.target == to and o.allowed]
    offer = fitting[0] if fitting else None
    return (
        entity_url(entity.name, id, "do", offer.name)
        if offer is not None and (offer.require or offer.asks_reason == "required")
        else ""
    )
