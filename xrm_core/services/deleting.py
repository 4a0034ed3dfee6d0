"""The bin: moving records there with what goes along, bringing them back, and purging them for good."""

from __future__ import annotations

from collections.abc import Sequence

from ..access import policy
from ..errors import Conflict, NotFound, VersionConflict
from ..metamodel.text import say
from ..metamodel.values import Record
from ..storage import history, query, records, search
from .drafts import Draft
from .records import stored_record
from .saving import save
from .work import Work
from .writer import writer_of


def delete_record(work: Work, entity: str, id: str, version: int | None = None, reason: str | None = None) -> None:
    """Move a record to the bin, with its child rows and what its links say goes with it.

    Raises NotFound, VersionConflict, and Conflict naming what still refers to it.
    """
    policy.require(work.catalog, entity, work.actor, "delete")
    record = _stored(work, entity, id)
    if version is not None and record["version"] != version:
        raise VersionConflict.of(entity, record, version)
    policy.require_mutable(work.catalog.entity(entity), None, deleting=True)
    _bin(work, entity, [record], reason, set())


def _stored(work: Work, entity: str, id: str, deleted: bool = False) -> Record:
    record = stored_record(work, entity, id, deleted=deleted)
    if record is None:
        raise NotFound(f"there is no {entity} {id!r}" + (" in the bin" if deleted else ""), code="not_found")
    return record


def _bin(work: Work, entity: str, gone: Sequence[Record], reason: str | None, seen: set[tuple[str, str]]) -> None:
    """Bin records after dealing with everything that points to them, each link by its own rule."""
    gone = [r for r in gone if (entity, r["id"]) not in seen]
    if not gone:
        return
    seen.update((entity, r["id"]) for r in gone)
    ids = [r["id"] for r in gone]
    for children in work.entity(entity).children.values():
        source = work.entity(children.entity)
        rule = getattr(source.fields[children.by].options, "on_delete", "cascade" if children.kind != "reverse" else "restrict")
        referring = query.referring_many(work.tx, work.catalog, children.entity, children.by, ids)
        rows = [row for many in referring.values() for row in many if (children.entity, row["id"]) not in seen]
        if not rows:
            continue
        if rule == "cascade":
            _bin(work, children.entity, rows, reason, seen)
        elif rule == "empty":
            columns = [c.name for c in source.fields[children.by].columns]
            save(work, children.entity, [Draft("update", r["id"], r, {**r, **dict.fromkeys(columns)}) for r in rows])
        else:
            raise Conflict(
                f"it is still referred to by {len(rows)} {say(source.plural, work.language).lower()}", code="referred_to",
                hint=f"change or delete them first (field {say(source.fields[children.by].label, work.language)})",
            )  # fmt: skip
    now = query.get_many(work.tx, work.catalog, entity, ids)  # hooks may have changed them while rows went along
    gone = [now.get(r["id"], r) for r in gone]
    save(work, entity, [Draft("delete", r["id"], r, {**r, "deleted_at": work.now}, reason=reason) for r in gone])


def restore_record(work: Work, entity: str, id: str) -> Record:
    """Bring a record back from the bin, with the child rows that went with it. Raises NotFound, Conflict (a key is taken)."""
    policy.require(work.catalog, entity, work.actor, "delete")
    record = _stored(work, entity, id, deleted=True)
    if record.get("deleted_at") is None:
        raise Conflict(f"this {entity} is not in the bin", code="not_deleted")
    for target, link in _links(work, entity, record):
        if query.get(work.tx, work.catalog, target, link) is None:
            raise Conflict(f"it points to a {target} that is in the bin", code="referred_to", hint=f"restore the {target} first")
    back = Draft("restore", id, record, {**record, "deleted_at": None})
    for children in work.entity(entity).children.values():
        if children.kind == "reverse":
            continue
        rows = query.referring_many(work.tx, work.catalog, children.entity, children.by, [id], deleted=True).get(id, ())
        same = [r for r in rows if r["deleted_at"] == record["deleted_at"]]
        if same:
            save(work, children.entity, [Draft("restore", r["id"], r, {**r, "deleted_at": None}) for r in same])
    save(work, entity, [back])
    return back.after


def _links(work: Work, entity: str, record: Record) -> list[tuple[str, str]]:
    writer = writer_of(work.catalog, entity)
    return [
        (record[link.entity_column] if link.entity_column else link.targets[0], record[link.column])
        for link in writer.links
        if record.get(link.column) is not None
    ]


def purge_record(work: Work, entity: str, id: str, version: int | None = None) -> None:
    """Remove a record in the bin for good: row, child rows, search entry, and the values in its history.

    That it existed and who purged it stays. Raises NotFound, VersionConflict, Conflict (not in the bin, or something still
    points to it).
    """
    policy.require(work.catalog, entity, work.actor, "purge")
    record = _stored(work, entity, id, deleted=True)
    if version is not None and record["version"] != version:
        raise VersionConflict.of(entity, record, version)
    if record.get("deleted_at") is None:
        raise Conflict(f"only records in the bin can be purged; this {entity} is not", code="not_deleted", hint="delete it first")
    _purge(work, entity, [id])


def _purge(work: Work, entity: str, ids: Sequence[str]) -> None:
    for children in work.entity(entity).children.values():
        rows = query.referring_many(work.tx, work.catalog, children.entity, children.by, ids, deleted=True)
        found = [row["id"] for many in rows.values() for row in many]
        if found and children.kind == "reverse" and any(r["deleted_at"] is None for many in rows.values() for r in many):
            raise Conflict(f"it is still referred to by {children.entity}", code="referred_to")
        if found:
            _purge(work, children.entity, found)
    search.remove(work.tx, entity, ids)
    history.erase(work.tx, entity, ids)
    entries = [history.Entry(entity=entity, record_id=id, version=0, action="purge", door=work.door, changes={}) for id in ids]
    history.write(work.tx, entries, work.actor, work.now)
    records.delete_rows(work.tx, work.catalog, entity, ids)
