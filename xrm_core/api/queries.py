"""Questions: the query that parameters describe, pages of lists, and single records with the paths and rows asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any, cast

from ..errors import BadRequest
from ..metamodel.catalog import SYSTEM_COLUMNS, Catalog, Children, Entity
from ..metamodel.values import Query, Record
from ..services import lists, records
from ..services.work import Work
from ..storage import query as storage
from .asked import Answer, Asked
from .encoding import with_lengths

LIST_PARAMETERS = ("filter", "sort", "fields", "after", "before", "limit", "count", "q", "deleted")
MAX_LIMIT = 500
MAX_PATHS = 200
MAX_SORT = 8
MAX_TEXT = 4_000
"""Characters of a filter and of a search."""
ALWAYS = ("id", "version")
"""What every record says, whatever fields are asked for."""
OF_A_ROW = frozenset(SYSTEM_COLUMNS) - {*ALWAYS}
"""Columns that nested rows leave out: their owner has the same."""


def query_of(asked: Asked, columns: tuple[str, ...] = ()) -> Query:
    """The query that the parameters of a request describe. Raises BadRequest."""
    given = asked.query
    for name in ("filter", "q"):
        if len(given.get(name, "")) > MAX_TEXT:
            raise BadRequest(f"{name} has more than {MAX_TEXT} characters", code="bad_parameter")
    if "after" in given and "before" in given:
        raise BadRequest("a page is after or before a cursor, not both", code="bad_parameter")
    return Query(
        entity=asked.path["entity"], columns=columns, filter=given.get("filter") or None, sort=asked.names("sort", MAX_SORT),
        limit=asked.number("limit", 50, 1, MAX_LIMIT), after=given.get("after"), before=given.get("before"),
        q=given.get("q") or None, count=cast("Any", asked.choice("count", "none", "capped", "estimate", "exact")),
        deleted=cast("Any", asked.choice("deleted", "no", "only", "any")),
    )  # fmt: skip


def fields_of(asked: Asked, entity: Entity) -> tuple[tuple[str, ...], tuple[Children, ...]]:
    """What `fields` asks for: paths (none: all stored columns), and child rows to nest. Raises BadRequest."""
    wanted = asked.names("fields", MAX_PATHS)
    if not wanted:
        return (), ()
    children = tuple(entity.children[n] for n in wanted if n in entity.children)
    for one in children:
        if one.kind == "reverse":
            hint = f"list them: GET /api/{one.entity}?filter=record.{one.by} == '...'"
            raise BadRequest(
                f"{one.name} are records of their own, no rows of a {entity.name}", code="unknown_column", hint=hint
            )
    return tuple(dict.fromkeys((*ALWAYS, *(n for n in wanted if n not in entity.children)))), children


def lengths_of(catalog: Catalog, entity: str, paths: Sequence[str] = ()) -> tuple[str, ...]:
    """Those of the paths (none: of the stored columns) that are lengths of time."""
    found = catalog.entity(entity)

    def stored() -> tuple[str, ...]:
        return tuple(c.name for c in found.columns.values() if c.kind.kind == "duration")

    if not paths:
        return catalog.derive(f"api.lengths:{entity}", stored)
    return tuple(p for p in paths if p not in found.columns or found.columns[p].kind.kind == "duration")


def list_all(work: Work, asked: Asked) -> Answer:
    """GET /{entity}: one page."""
    asked.only(*LIST_PARAMETERS)
    entity = lists.listed_entity(work, asked.path["entity"])
    paths, children = fields_of(asked, entity)
    page = lists.list_records(work, query_of(asked, paths))
    named = lengths_of(work.catalog, entity.name, paths)
    lengths = [name for name in named if any(isinstance(row.get(name), timedelta) for row in page.rows)]
    rows = [with_lengths(dict(row), lengths) for row in page.rows] if lengths else page.rows
    items = with_children(work, children, rows) if children else rows
    body: dict[str, Any] = {"items": items, "next": page.next, "previous": page.previous}
    if page.count is not None:
        body |= {"count": page.count, "count_is": page.count_is}
    return Answer(body)


def read_one(work: Work, asked: Asked) -> Answer:
    """GET /{entity}/{id}: a record, with its version as ETag."""
    asked.only("fields")
    name, id = asked.path["entity"], asked.path["id"]
    entity = lists.listed_entity(work, name)
    paths, children = fields_of(asked, entity)
    record = records.read_record(work, name, id, paths)
    etag = etag_of(record)
    own = not children and all(path in entity.columns for path in paths)
    if own and asked.has(etag):  # what is worked out, or lies elsewhere, may differ at the same version
        return Answer(b"", 304, {"ETag": etag})
    lengths = lengths_of(work.catalog, name, paths)
    shown = with_lengths(dict(record), lengths) if lengths else record
    return Answer(with_children(work, children, [shown])[0] if children else shown, headers={"ETag": etag})


def etag_of(record: Record) -> str:
    """The version of a record as an entity tag (RFC 9110, 8.8.3)."""
    return f'"{record["version"]}"'


def with_children(work: Work, children: Iterable[Children], rows: Sequence[Record]) -> list[dict[str, Any]]:
    """The records with their child rows nested: one statement for each child table, however many records there are."""
    made = [dict(row) for row in rows]
    ids = [row["id"] for row in made]
    for one in children:
        found = storage.referring_many(work.tx, work.catalog, one.entity, one.by, ids)
        lengths = lengths_of(work.catalog, one.entity)
        for row in made:
            row[one.name] = [_row(child, one.by, lengths) for child in found.get(row["id"], ())]
    return made


def _row(child: Mapping[str, Any], owner: str, lengths: tuple[str, ...]) -> dict[str, Any]:
    return with_lengths({k: v for k, v in child.items() if k not in OF_A_ROW and k != owner}, lengths)
