"""Records through the API: create, change, delete, restore, actions, history."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

from ..errors import BadRequest, NotFound
from ..language import _
from ..metamodel.values import Record
from ..services import actions, deleting, linking, past, records, transitions
from ..services.work import Work
from .asked import Answer, Asked
from .encoding import with_lengths
from .queries import etag_of, lengths_of

MAX_REASON = 1_000


def _stored(work: Work, entity: str, record: Record, status: int = 200, **headers: str) -> Answer:
    """What was written, as the actor sees it; nothing where he does not see it any more."""
    if "version" not in record:
        return Answer(status=204, headers=headers)
    lengths = lengths_of(work.catalog, entity)
    shown = with_lengths(dict(record), lengths) if lengths else record
    return Answer(shown, status, {"ETag": etag_of(work, record), **headers})


@contextmanager
def linked(work: Work, entity: str, values: dict[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The values with ids in place of keys of linked records; a refusal says what was wrong with those keys."""
    (made,), (faults,) = linking.link_by_keys(work, entity, [values])
    with linking.told(faults):
        yield made


def create(work: Work, asked: Asked) -> Answer:
    """POST /{entity}: a new record."""
    asked.only()
    asked.names_no_version()
    entity = asked.path["entity"]
    work.access.require(entity, "create")
    with linked(work, entity, asked.values()) as values:
        record = records.create_record(work, entity, values)
    return _stored(work, entity, record, 201, Location=f"/api/{entity}/{record['id']}")


def change(work: Work, asked: Asked) -> Answer:
    """PATCH /{entity}/{id}: named columns only; If-Match guards against lost updates."""
    asked.only()
    entity = asked.path["entity"]
    work.access.require(entity, "update")
    with linked(work, entity, asked.values()) as values:
        record = records.update_record(work, entity, asked.path["id"], values, asked.version)
    return _stored(work, entity, record)


def delete(work: Work, asked: Asked) -> Answer:
    """DELETE /{entity}/{id}: into the bin; with `purge=true`, a record in the bin for good."""
    asked.only("purge", "reason")
    entity, id = asked.path["entity"], asked.path["id"]
    if asked.choice("purge", "false", "true") == "true":
        deleting.purge_record(work, entity, id, asked.version)
    else:
        deleting.delete_record(work, entity, id, asked.version, _reason(asked.query.get("reason")))
    return Answer(status=204)


def restore(work: Work, asked: Asked) -> Answer:
    """POST /{entity}/{id}/restore: back from the bin."""
    asked.only()
    entity = asked.path["entity"]
    return _stored(work, entity, deleting.restore_record(work, entity, asked.path["id"], asked.version))


def restore_values(work: Work, asked: Asked) -> Answer:
    """POST /{entity}/{id}/restore_values: set columns back to what they held before an entry of the history."""
    asked.only()
    entity, given = asked.path["entity"], asked.values()
    unknown = given.keys() - {"entry", "columns"}
    entry, columns = given.get("entry"), given.get("columns")
    if unknown or not isinstance(entry, str) or not _are_names(columns):
        raise BadRequest(
            _("the body has `entry`, the id of an entry of the history, and `columns`, a list of names"),
            code="bad_parameter",
        )
    return _stored(work, entity, past.restore_values(work, entity, asked.path["id"], entry, columns, asked.version))  # type: ignore[arg-type]


def _are_names(value: Any) -> bool:
    return isinstance(value, list) and 0 < len(value) <= 500 and all(isinstance(v, str) for v in value)


def act(work: Work, asked: Asked) -> Answer:
    """POST /{entity}/{id}/{action}: a transition of the lifecycle, or an action of a plugin."""
    asked.only()
    entity, id, name = asked.path["entity"], asked.path["id"], asked.path["action"]
    work.access.require(entity, "read")
    found = work.entity(entity)
    values = asked.values() if asked.body else {}
    if (entity, name) in work.host.actions:
        done = actions.run_action(work, entity, id, name, values, asked.version)
        lengths = lengths_of(work.catalog, entity)
        tagged = {"ETag": etag_of(work, done.record)} if "version" in done.record else {}
        body = {
            "record": with_lengths(dict(done.record), lengths),
            "changes": [asdict(c) for c in done.changes],
            "result": done.result,
        }
        return Answer(body, headers=tagged)
    if found.lifecycle is None or name not in found.lifecycle.transitions:
        known = [
            *(found.lifecycle.transitions if found.lifecycle else ()),
            *(n for (e, n), spec in work.host.actions.items() if e == entity),
        ]
        known = [name for name in known if work.access.opens(entity, name)]
        hint = _("known are {names}", names=", ".join(known)) if known else None
        raise NotFound(
            _("there is no action {name!r} on a {entity}", name=name, entity=entity), code="unknown_action", hint=hint
        )
    why = values.get("reason") if "reason" in found.fields else values.pop("reason", None)
    reason = _reason(why) if isinstance(why, str) or "reason" not in found.fields else None
    with linked(work, entity, values) as given:
        record = records.run_transition(work, entity, id, name, given, asked.version, reason)
    return _stored(work, entity, record)


def _reason(value: Any) -> str | None:
    if value is None or (isinstance(value, str) and len(value) <= MAX_REASON and value.isprintable()):
        return value or None
    raise BadRequest(
        _("reason is a text of one line, at most {max_reason} characters", max_reason=MAX_REASON), code="bad_parameter"
    )


def history(work: Work, asked: Asked) -> Answer:
    """GET /{entity}/{id}/history: what happened to the record and its child rows, newest first; also of one in the bin."""
    asked.only("limit", "before")
    entity, id = asked.path["entity"], asked.path["id"]
    records.read_record(work, entity, id, ("id",), deleted=True)
    limit = asked.number("limit", 50, 1, 200)
    found = past.history_of(work, entity, id, limit + 1, asked.query.get("before"))
    entries = [_entry(work, e) for e in found[:limit]]
    return Answer({"items": entries, "next": entries[-1]["id"] if len(found) > limit else None})


def _entry(work: Work, entry: Any) -> dict[str, Any]:
    said = asdict(entry)
    lengths = lengths_of(work.catalog, entry.entity) if entry.entity in work.catalog.entities else ()
    changes: Mapping[str, tuple[Any, Any]] = entry.changes
    said["changes"] = {
        name: with_lengths({"before": before, "after": after}, ("before", "after") if name in lengths else ())
        for name, (before, after) in changes.items()
    }
    return said


def offers(work: Work, asked: Asked) -> Answer:
    """GET /{entity}/{id}/transitions: what the record's lifecycle allows now, and why not."""
    asked.only()
    record = records.read_record(work, asked.path["entity"], asked.path["id"])
    return Answer({"items": transitions.transitions_of(work, asked.path["entity"], record)})


def offered_actions(work: Work, asked: Asked) -> Answer:
    """GET /{entity}/{id}/actions: what plugins offer to do with the record now, and why not."""
    asked.only()
    record = records.read_record(work, asked.path["entity"], asked.path["id"])
    shown = [
        {"name": o.name, "label": o.label, "allowed": o.allowed, "reason": o.reason, "effect": o.effect}
        for o in actions.actions_of(work, asked.path["entity"], record)
    ]
    return Answer({"items": shown})
