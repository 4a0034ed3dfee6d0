"""The bin: moving records there with what goes along, bringing them back, and purging them for good."""

from __future__ import annotations

from collections.abc import Sequence

from ..access import policy
from ..errors import Conflict
from ..language import _
from ..metamodel.catalog import Children, Entity
from ..metamodel.text import say
from ..metamodel.values import Record
from ..storage import attachments, history, query, records, search
from .checks import FILE
from .drafts import Draft
from .permits import changed_since, hidden, left, missing, require, sees, shown
from .records import stored_record
from .saving import save
from .work import Work
from .writer import writer_of


def delete_record(work: Work, entity: str, id: str, version: int | None = None, reason: str | None = None) -> None:
    """Move a record to the bin, with its child rows and what its links say goes with it.

    Raises NotFound, VersionConflict, and Conflict naming what still refers to it.
    """
    work.access.require(entity, "delete")
    record = _stored(work, entity, id)
    if version is not None and record["version"] != version:
        raise changed_since(work, entity, record, version)
    require(work, entity, "delete", record)
    policy.require_mutable(work.catalog.entity(entity), None, deleting=True)
    bin_records(work, entity, [record], reason)


def bin_records(work: Work, entity: str, gone: Sequence[Record], reason: str | None = None) -> None:
    """Bin records that the caller has asked for, with what goes along. Raises Conflict naming what still refers to them."""
    _bin(work, entity, gone, reason, set())


def _stored(work: Work, entity: str, id: str, deleted: bool = False) -> Record:
    record = stored_record(work, entity, id, deleted=deleted)
    if record is None:
        raise missing(entity, id)
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
        rule = _rule(work, children)
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
            raise _referred_to(work, children, rows, _("change or delete them first (field {label})"))
    now = query.get_many(work.tx, work.catalog, entity, ids)  # hooks may have changed them while rows went along
    gone = [now.get(r["id"], r) for r in gone]
    save(work, entity, [Draft("delete", r["id"], r, {**r, "deleted_at": work.now}, reason=reason) for r in gone])


def _referred_to(work: Work, children: Children, rows: Sequence[Record], hint: str) -> Conflict:
    """The error for records that stand in the way: how many and of what kind, where the actor sees them all."""
    source = work.entity(children.entity)
    if children.by in hidden(work, source.name) or not all(sees(work, source.name, row) for row in rows):
        return Conflict(_("it is still referred to"), code="referred_to", hint=_("ask an administrator by what"))
    kinds = say(source.label if len(rows) == 1 else source.plural, work.language)
    label = say(source.fields[children.by].label, work.language)
    kinds = kinds.lower() if work.language.startswith("en") else kinds
    told = (
        _("it is still referred to by {n} {kinds} in the bin", n=len(rows), kinds=kinds)
        if all(r["deleted_at"] is not None for r in rows)
        else _("it is still referred to by {n} {kinds}", n=len(rows), kinds=kinds)
    )
    plural = say(source.plural, work.language)
    alike = _("still referred to by: {kinds}", kinds=plural)
    return Conflict(told, code="referred_to", hint=hint.format(label=label), alike=alike)


def restore_record(work: Work, entity: str, id: str, version: int | None = None) -> Record:
    """Bring a record back from the bin, with its child rows and all that went along with it. `version`: the one that the
    actor saw.

    Raises NotFound, VersionConflict, Conflict (a key is taken, or something that it points to is in the bin).
    """
    work.access.require(entity, "restore")
    record = _stored(work, entity, id, deleted=True)
    require(work, entity, "restore", record)
    if record.get("deleted_at") is None:
        raise Conflict(_("this {entity} is not in the bin", entity=entity), code="not_deleted")
    if version is not None and record["version"] != version:
        raise changed_since(work, entity, record, version)
    return bring_back(work, entity, record)


def bring_back(work: Work, entity: str, record: Record) -> Record:
    """Bring a record in the bin back that the caller has asked for; what the actor sees of it. Raises Conflict."""
    gone: dict[tuple[str, str], Record] = {}
    _went_along(work, entity, [record], gone)
    for (name, __), one in gone.items():
        for target, column, link in _links(work, name, one):
            if (target, link) not in gone and query.get(work.tx, work.catalog, target, link) is None:
                if column in hidden(work, name) or not sees(work, target, work.load(target, link)):
                    raise Conflict(
                        _("something that it points to is in the bin"),
                        code="referred_to",
                        hint=_("ask an administrator for it"),
                    )
                raise Conflict(
                    _("it points to a {target} that is in the bin", target=target)
                    if one is record
                    else _(
                        "a {name} that went with it points to a {target} that is in the bin", name=name, target=target
                    ),
                    code="referred_to",
                    hint=_("restore the {target} first", target=target),
                )
    back = {key: Draft("restore", one["id"], one, {**one, "deleted_at": None}) for key, one in gone.items()}
    for name in dict.fromkeys(name for name, __ in reversed(gone)):  # what belongs to others first, as it was deleted
        save(work, name, [draft for (of, __), draft in back.items() if of == name])
    return shown(work, entity, back[entity, record["id"]].after) or left(str(record["id"]))


def _went_along(work: Work, entity: str, records: Sequence[Record], gone: dict[tuple[str, str], Record]) -> None:
    """The records, and what went into the bin with them: child rows, and what their links say goes along."""
    fresh = [r for r in records if (entity, r["id"]) not in gone]
    gone.update({(entity, r["id"]): r for r in fresh})
    at = {r["id"]: r["deleted_at"] for r in fresh}
    for children in work.entity(entity).children.values() if fresh else ():
        if _rule(work, children) == "cascade":
            found = query.referring_many(work.tx, work.catalog, children.entity, children.by, list(at), deleted=True)
            _went_along(
                work,
                children.entity,
                [r for id, rows in found.items() for r in rows if r["deleted_at"] == at[id]],
                gone,
            )


def _rule(work: Work, children: Children) -> str:
    """What becomes of these records when the one goes that they point to."""
    options = work.entity(children.entity).fields[children.by].options
    return str(getattr(options, "on_delete", "cascade" if children.kind != "reverse" else "restrict"))


def _links(work: Work, entity: str, record: Record) -> list[tuple[str, str, str]]:
    """Records of the catalog that a record points to (files are none): entity, column, id."""
    writer = writer_of(work.catalog, entity)
    return [
        (record[link.entity_column] if link.entity_column else link.targets[0], link.column, record[link.column])
        for link in writer.links
        if record.get(link.column) is not None and FILE not in link.targets
    ]


def purge_record(work: Work, entity: str, id: str, version: int | None = None) -> None:
    """Remove a record in the bin for good: row, child rows, search entry, and the values in its history.

    That it existed and who purged it stays. Raises NotFound, VersionConflict, Conflict (not in the bin, or something still
    points to it).
    """
    work.access.require(entity, "purge")
    record = _stored(work, entity, id, deleted=True)
    require(work, entity, "purge", record)
    if version is not None and record["version"] != version:
        raise changed_since(work, entity, record, version)
    if record.get("deleted_at") is None:
        raise Conflict(
            _("only records in the bin can be purged; this {entity} is not", entity=entity),
            code="not_deleted",
            hint=_("delete it first"),
        )
    _purge(work, entity, [id], set())


def _purge(work: Work, entity: str, ids: Sequence[str], seen: set[tuple[str, str]]) -> None:
    seen.update((entity, id) for id in ids)
    for children in work.entity(entity).children.values():
        rows = query.referring_many(work.tx, work.catalog, children.entity, children.by, ids, deleted=True)
        found = [row for many in rows.values() for row in many if (children.entity, row["id"]) not in seen]
        if found:
            _purge_referring(work, children, found, seen)
    search.remove(work.tx, entity, ids)
    history.erase(work.tx, entity, ids)
    if writer_of(work.catalog, entity).files:
        attachments.release(work.tx, entity, ids)
    entries = [
        history.Entry(entity=entity, record_id=id, version=0, action="purge", door=work.door, changes={}) for id in ids
    ]
    work.told += history.write(work.tx, entries, work.actor, work.now)
    records.delete_rows(work.tx, work.catalog, entity, ids)


def _purge_referring(work: Work, children: Children, rows: Sequence[Record], seen: set[tuple[str, str]]) -> None:
    """Each by the rule of its link: child rows and what goes along are purged, links are emptied, others stand in the way."""
    source, rule = work.entity(children.entity), _rule(work, children)
    if rule == "cascade" and all(r["deleted_at"] is not None for r in rows):
        _purge(work, children.entity, [r["id"] for r in rows], seen)
    elif rule == "empty":
        _empty(work, source, children.by, rows)
    else:
        raise _referred_to(work, children, rows, _("change or purge them first (field {label})"))


def _empty(work: Work, source: Entity, link: str, rows: Sequence[Record]) -> None:
    """Empty a link of records that lie in the bin, past all checks, but not past their history."""
    columns = [c.name for c in source.fields[link].columns]
    for row in rows:
        values = {
            **dict.fromkeys(columns),
            "version": row["version"] + 1,
            "updated_at": work.now,
            "updated_by": work.actor.id,
        }
        records.update(work.tx, work.catalog, source.name, row["id"], None, values)
    entries = [
        history.Entry(
            entity=source.name, record_id=row["id"], version=row["version"] + 1, action="update", door=work.door,
            changes={c: (row[c], None) for c in columns},
        )
        for row in rows
    ]  # fmt: skip
    work.told += history.write(work.tx, entries, work.actor, work.now)
