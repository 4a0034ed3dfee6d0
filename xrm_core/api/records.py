"""Records through the API: list, read, create, change, delete, restore, transitions, history."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, cast

from ..errors import BadRequest
from ..metamodel.values import Query, Record
from ..services import deleting, lists, past, records, transitions
from ..services.work import Work
from .door import Answer, Asked
from .encoding import decode_object

LIST_PARAMETERS = ("filter", "sort", "fields", "after", "before", "limit", "count", "q", "deleted")
MAX_LIMIT = 500


def query_of(asked: Asked) -> Query:
    """The query that the parameters of a request describe. Raises BadRequest."""
    given = asked.query
    count = given.get("count", "none")
    deleted = given.get("deleted", "no")
    if count not in ("none", "capped", "estimate", "exact"):
        raise BadRequest("count is none, capped, estimate or exact", code="bad_parameter")
    if deleted not in ("no", "only", "any"):
        raise BadRequest("deleted is no, only or any", code="bad_parameter")
    return Query(
        entity=asked.path["entity"],
        columns=_names(given.get("fields")),
        filter=given.get("filter") or None,
        sort=_names(given.get("sort")),
        limit=asked.number("limit", 50, 1, MAX_LIMIT),
        after=given.get("after"), before=given.get("before"), q=given.get("q") or None,
        count=cast("Literal['none', 'capped', 'estimate', 'exact']", count),
        deleted=cast("Literal['no', 'only', 'any']", deleted),
    )  # fmt: skip


def _names(text: str | None) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip()) if text else ()


def list_all(work: Work, asked: Asked) -> Answer:
    """GET /{entity}: one page."""
    asked.only(*LIST_PARAMETERS)
    page = lists.list_records(work, query_of(asked))
    body: dict[str, Any] = {"items": page.rows, "next": page.next, "previous": page.previous}
    if page.count is not None:
        body |= {"count": page.count, "count_is": page.count_is}
    return Answer(body)


def _with_children(work: Work, entity: str, record: Record, names: tuple[str, ...]) -> Record:
    """Child tables and ties that were asked for, nested under their names."""
    found = work.entity(entity).children
    made = dict(record)
    for name in names:
        children = found[name]
        made[name] = [dict(row) for row in work.children(children.entity, children.by, record["id"])]
    return made


def read_one(work: Work, asked: Asked) -> Answer:
    """GET /{entity}/{id}: a record, with its version as ETag."""
    asked.only("fields")
    entity, wanted = asked.path["entity"], _names(asked.query.get("fields"))
    children: tuple[str, ...] = ()
    if wanted:
        known = work.entity(entity).children
        children = tuple(n for n in wanted if n in known)
        wanted = tuple(dict.fromkeys([*(n for n in wanted if n not in known), "id", "version"]))
    record = records.read_record(work, entity, asked.path["id"], wanted)
    etag = f'"{record["version"]}"'
    if asked.headers.get("if-none-match") == etag and not children:
        return Answer(b"", 304, {"ETag": etag})
    return Answer(_with_children(work, entity, record, children) if children else record, headers={"ETag": etag})


def _stored(record: Mapping[str, Any], status: int = 200, **headers: str) -> Answer:
    return Answer(record, status, {"ETag": f'"{record["version"]}"', **headers})


def create(work: Work, asked: Asked) -> Answer:
    """POST /{entity}: a new record."""
    asked.only()
    entity = asked.path["entity"]
    record = records.create_record(work, entity, decode_object(asked.body))
    return _stored(record, 201, Location=f"/api/{entity}/{record['id']}")


def change(work: Work, asked: Asked) -> Answer:
    """PATCH /{entity}/{id}: named columns only; If-Match guards against lost updates."""
    asked.only()
    return _stored(records.update_record(work, asked.path["entity"], asked.path["id"], decode_object(asked.body), asked.version))


def delete(work: Work, asked: Asked) -> Answer:
    """DELETE /{entity}/{id}: into the bin; with `purge=true`, a record in the bin for good."""
    asked.only("purge")
    entity, id = asked.path["entity"], asked.path["id"]
    if asked.query.get("purge", "false") not in ("true", "false"):
        raise BadRequest("purge is true or false", code="bad_parameter")
    if asked.query.get("purge") == "true":
        deleting.purge_record(work, entity, id)
    else:
        deleting.delete_record(work, entity, id, asked.version)
    return Answer(status=204)


def act(work: Work, asked: Asked) -> Answer:
    """POST /{entity}/{id}/{action}: a lifecycle transition, `restore` from the bin, or a plugin's action."""
    asked.only()
    entity, id, name = asked.path["entity"], asked.path["id"], asked.path["action"]
    values = decode_object(asked.body) if asked.body else {}
    if name == "restore":
        return _stored(deleting.restore_record(work, entity, id))
    if name == "restore_values":
        return _stored(past.restore_values(work, entity, id, str(values.get("entry")), _column_list(values.get("columns")), asked.version))
    reason = values.pop("reason", None) if "reason" not in work.entity(entity).fields else None
    if reason is not None and not isinstance(reason, str):
        raise BadRequest("reason is a text", code="bad_parameter")
    return _stored(records.run_transition(work, entity, id, name, values, asked.version, reason))


def _column_list(value: Any) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(v, str) for v in value) or not value:
        raise BadRequest("columns is a list of names", code="bad_parameter")
    return value


def history(work: Work, asked: Asked) -> Answer:
    """GET /{entity}/{id}/history: what happened, newest first."""
    asked.only("limit", "before")
    entity, id = asked.path["entity"], asked.path["id"]
    records.read_record(work, entity, id, ("id",))
    entries = past.history_of(work, entity, id, asked.number("limit", 50, 1, 200), asked.query.get("before"))
    return Answer({"items": list(entries)})


def offers(work: Work, asked: Asked) -> Answer:
    """GET /{entity}/{id}/transitions: what the record's lifecycle allows now, and why not."""
    asked.only()
    record = records.read_record(work, asked.path["entity"], asked.path["id"])
    return Answer({"items": transitions.transitions_of(work, asked.path["entity"], record)})
