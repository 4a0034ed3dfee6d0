"""Questions: the query that parameters describe, pages of lists, and single records with the paths and rows asked for."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, cast

from ..errors import BadRequest
from ..language import _
from ..metamodel.catalog import Catalog, Entity
from ..metamodel.values import Query, Record
from ..services import lists, permits, records
from ..services.work import Work
from .asked import Answer, Asked
from .encoding import encode, with_lengths
from .nesting import ALWAYS, Nested, owners, split, with_nested

LIST_PARAMETERS = ("filter", "sort", "fields", "after", "before", "limit", "count", "q", "deleted")
MAX_LIMIT = 500
MAX_PATHS = 200
MAX_SORT = 8
MANY = 200
"""So many choices of fields are remembered for each entity, for those who see all of it."""
MAX_TEXT = 4_000
"""Characters of a filter and of a search."""


def query_of(asked: Asked, columns: tuple[str, ...] = ()) -> Query:
    """The query that the parameters of a request describe. Raises BadRequest."""
    given = asked.query
    for name in ("filter", "q"):
        if len(given.get(name, "")) > MAX_TEXT:
            raise BadRequest(
                _("{name} has more than {max_text} characters", name=name, max_text=MAX_TEXT), code="bad_parameter"
            )
    if "after" in given and "before" in given:
        raise BadRequest(_("a page is after or before a cursor, not both"), code="bad_parameter")
    return Query(
        entity=asked.path["entity"], columns=columns, filter=given.get("filter") or None, sort=asked.names("sort", MAX_SORT),
        limit=asked.number("limit", 50, 1, MAX_LIMIT), after=given.get("after"), before=given.get("before"),
        q=given.get("q") or None, count=cast("Any", asked.choice("count", "none", "capped", "estimate", "exact")),
        deleted=cast("Any", asked.choice("deleted", "no", "only", "any")),
    )  # fmt: skip


def fields_of(work: Work, asked: Asked, entity: Entity) -> tuple[tuple[str, ...], tuple[Nested, ...]]:
    """What `fields` asks for: paths (none: all stored columns), and sets of records to nest. Raises BadRequest."""
    wanted = asked.names("fields", MAX_PATHS)
    if not wanted:
        return (), ()
    if not permits.sees_all(work):
        return _split(work, entity, wanted, work.access.is_hidden)
    known: dict[tuple[str, ...], tuple[tuple[str, ...], tuple[Nested, ...]]]
    known = work.catalog.derive(f"api.fields:{entity.name}", dict)
    found = known.get(wanted)
    if found is None:
        if len(known) >= MANY:
            known.clear()
        found = known[wanted] = _split(work, entity, wanted, None)
    return found


def _split(
    work: Work, entity: Entity, wanted: tuple[str, ...], hides: Callable[[str, str], bool] | None
) -> tuple[tuple[str, ...], tuple[Nested, ...]]:
    paths, sets = split(work.catalog, entity, wanted, hides)
    return tuple(dict.fromkeys((*ALWAYS, *paths))), sets


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
    paths, sets = fields_of(work, asked, entity)
    page = lists.list_records(work, query_of(asked, (*paths, *owners(sets)) if sets else paths))
    named = lengths_of(work.catalog, entity.name, paths)
    lengths = [name for name in named if isinstance(_first(page.rows, name), timedelta)]
    rows = [with_lengths(dict(row), lengths) for row in page.rows] if lengths else page.rows
    items = with_nested(work, sets, rows, paths) if sets else rows
    body: dict[str, Any] = {"items": items, "next": page.next, "previous": page.previous}
    if page.count is not None:
        body |= {"count": page.count, "count_is": page.count_is}
    return Answer(body)


def _first(rows: Sequence[Mapping[str, Any]], name: str) -> Any:
    """The first value that there is: all values of a path are of one type."""
    for row in rows:
        value = row.get(name)
        if value is not None:
            return value
    return None


def read_one(work: Work, asked: Asked) -> Answer:
    """GET /{entity}/{id}: a record, with its version as ETag."""
    asked.only("fields")
    name, id = asked.path["entity"], asked.path["id"]
    entity = lists.listed_entity(work, name)
    paths, sets = fields_of(work, asked, entity)
    record = records.read_record(work, name, id, (*paths, *owners(sets)) if sets else paths)
    etag = etag_of(work, record)
    own = not sets and all(path in entity.columns for path in paths)
    if own and asked.has(etag):  # what is worked out, or lies elsewhere, may differ at the same version
        return Answer(b"", 304, {"ETag": etag})
    lengths = lengths_of(work.catalog, name, paths)
    shown = with_lengths(dict(record), lengths) if lengths else record
    return Answer(with_nested(work, sets, [shown], paths)[0] if sets else shown, headers={"ETag": etag})


def etag_of(work: Work, record: Record) -> str:
    """The version of a record as an entity tag (RFC 9110, 8.8.3). What those see who do not see all of it may change without
    a new version: their tags have a mark of that, too."""
    if permits.sees_all(work):
        return f'"{record["version"]}"'
    return f'"{record["version"]}-{hashlib.sha256(encode(sorted(record.items()))).hexdigest()[:16]}"'
