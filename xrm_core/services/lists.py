"""Lists, counts, boards and searches: one `Query` value in, one page out, through the relation that the actor may see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from msgspec import Struct, field

from ..errors import BadRequest, NotFound
from ..expressions import quote
from ..language import _
from ..metamodel.catalog import Children, Entity, View
from ..metamodel.text import say
from ..metamodel.values import Page, Query, Record
from ..storage import query as storage
from ..storage.search import Words
from . import access_log
from .permits import hidden
from .work import Work


def listed_entity(work: Work, entity: str) -> Entity:
    """The entity that is asked about. Raises NotFound (also where the actor may not know of it)."""
    work.access.require(entity, "read")
    return work.entity(entity)


def list_records(work: Work, query: Query, words: Words | None = None) -> Page:
    """A page of records; `words`: what it searches for, where a survey told how. Raises NotFound for an unknown entity, BadRequest
    for an unknown column, a bad filter or cursor."""
    work.access.require(query.entity, "read")
    page = storage.run(work.tx, work.catalog, query, work.context(), work.relation(query.entity), words)
    access_log.shown(work, query.entity, page.rows, query.columns)
    return page


def count_records(work: Work, query: Query, most: int | None = None) -> int:
    """How many records there are, exactly; with `most` no further than to one more than that."""
    work.access.require(query.entity, "read")
    return storage.count(work.tx, work.catalog, query, work.context(), work.relation(query.entity), most)


def grouped_records(work: Work, query: Query, by: str, total: str | None = None) -> dict[Any, tuple[int, Any]]:
    """Value of the path `by` -> how many records have it, and the sum of the path `total`; None stands for no value. Raises as
    `list_records`, and BadRequest for what cannot be summed up."""
    work.access.require(query.entity, "read")
    return storage.group(work.tx, work.catalog, query, by, total, work.context(), work.relation(query.entity))


def nested_records(
    work: Work, children: Children, ids: Sequence[str], columns: Sequence[str] = ()
) -> dict[str, list[Record]]:
    """Id -> the records that point to it in this way, one statement for all. Raises as `list_records`, and BadRequest where
    there are too many."""
    work.access.require(children.entity, "read")
    relation = work.relation(children.entity)
    found = storage.nested(work.tx, work.catalog, children.entity, children.by, ids, columns, work.context(), relation)
    access_log.shown(work, children.entity, [row for rows in found.values() for row in rows], columns)
    return found


def joined(*filters: str | None) -> str | None:
    """One filter out of several, all of which must hold."""
    parts = [f"({f})" for f in filters if f]
    return " && ".join(parts) or None


def columns_of(work: Work, entity: str, paths: Sequence[str]) -> tuple[str, ...]:
    """Paths of fields as paths of columns: a compound field stands for all of its parts."""
    made: list[str] = []
    for path in paths:
        owner = work.entity(entity)
        *hops, name = path.split(".")
        for hop in hops:
            targets = (
                owner.fields[hop].columns[0].kind.entities if hop in owner.fields and owner.fields[hop].columns else ()
            )
            owner = work.entity(targets[0]) if targets else owner
        field = owner.fields.get(name)
        parts = [c.name for c in field.columns] if field is not None and field.columns else [name]
        made += [".".join((*hops, part)) for part in parts]
    return tuple(dict.fromkeys(made))


def query_of_view(work: Work, view: View, **changes: Any) -> Query:
    """The query of a view; `filter` among the changes is added to the view's own."""
    extra = changes.pop("filter", None)
    base = Query(view.entity, columns_of(work, view.entity, view.columns), joined(view.filter, extra), view.sort)
    return replace(base, **changes)


class BoardColumn(Struct, frozen=True):
    """One column of a board: its code, how many records stand in it, the sum, and the first of them."""

    code: str
    label: str
    count: int
    total: Any
    rows: Sequence[Mapping[str, Any]] = field(default_factory=tuple)
    more: bool = False
    colour: str | None = None
    next: str | None = None
    """Where the cards go on, for `more_cards`."""


def board(
    work: Work, view: View, filter: str | None = None, q: str | None = None, limit: int = 20
) -> list[BoardColumn]:
    """The columns of a board over a choice or lifecycle field, each with count, sum and its first records."""
    work.access.require(view.entity, "read")
    entity = work.entity(view.entity)
    if view.kind != "board" or view.by is None:
        raise BadRequest(_("view {view} is no board", view=view.name), code="no_board")
    gone = hidden(work, view.entity)
    if view.by in gone:
        raise NotFound(_("there is no view {view!r}", view=view.name), code="unknown_view")
    total_of = None if view.sum in gone else view.sum
    codes = work.catalog.codes[str(entity.field(view.by).columns[0].kind.codes)]
    base = Query(
        view.entity,
        (*(path for path in view.card if path not in gone), view.by, "version", "display"),
        joined(view.filter, filter),
        tuple(path for path in view.sort if path.lstrip("-") not in gone),
        limit=limit,
        q=q,
    )
    groups = storage.group(work.tx, work.catalog, base, view.by, total_of, work.context(), work.relation(view.entity))
    made = []
    for code, value in codes.values.items():
        if value.retired and code not in groups:
            continue
        count, total = groups.get(code, (0, None))
        page = Page(())
        if count:
            own = replace(base, filter=joined(base.filter, f"record.{view.by} == {quote(code)}"))
            page = storage.run(work.tx, work.catalog, own, work.context(), work.relation(view.entity))
        made.append(
            BoardColumn(
                code,
                say(value.label, work.language),
                count,
                total,
                page.rows,
                page.next is not None,
                value.colour,
                page.next,
            )
        )
    return made


def lookup(
    work: Work, entity: str, q: str, limit: int = 10, filter: str | None = None, columns: Sequence[str] = ()
) -> list[dict[str, Any]]:
    """Records for a picker: those whose searched fields match, newest first when nothing is typed; with these columns beside id
    and title."""
    asked = tuple(dict.fromkeys(("id", "display", *columns)))
    base = Query(entity, asked, filter, () if q else ("-updated_at",), limit=limit, q=q or None)
    return [dict(row) for row in list_records(work, base).rows]
