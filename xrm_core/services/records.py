"""Records: create, read, update, one at a time, each in the transaction of its work and through the one path of every save."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..access import policy
from ..errors import NotFound, Problem, VersionConflict
from ..metamodel.values import Record
from ..storage import query
from . import access_log
from .drafts import Draft, new_draft, update_draft
from .saving import save
from .transitions import apply_transition, follow_state
from .work import Work
from .writer import writer_of


def read_record(work: Work, entity: str, id: str, columns: Sequence[str] = (), *, deleted: bool = False) -> Record:
    """One record: its stored columns, or the paths asked for. Raises NotFound (also where the actor may not see it)."""
    work.access.require(entity, "read")
    record = query.get(
        work.tx,
        work.catalog,
        entity,
        id,
        tuple(columns),
        work.context(),
        deleted=deleted,
        relation=work.relation(entity),
    )
    if record is None:
        raise NotFound(f"there is no {entity} {id!r}", code="not_found")
    access_log.shown(work, entity, [record], columns)
    return record


def stored_record(work: Work, entity: str, id: str, *, deleted: bool = False) -> Record | None:
    """The stored columns of a record that the actor may see; None where there is none."""
    relation = work.relation(entity)
    if (
        relation.where is not None
        and query.get(work.tx, work.catalog, entity, id, ("id",), work.context(), deleted=deleted, relation=relation)
        is None
    ):
        return None
    return query.get(work.tx, work.catalog, entity, id, deleted=deleted)


def create_record(
    work: Work, entity: str, values: Mapping[str, Any], *, texts: bool = False, faults: Sequence[Problem] = ()
) -> Record:
    """Create a record from values by column name; child rows nested under their field's name.

    `texts` says that the values are texts of a form; `faults` are those that were found while it was read. Answers the stored record. Raises InvalidRecord with a problem for
    each fault, PluginError, Refused.
    """
    work.access.require(entity, "create")
    writer = writer_of(work.catalog, entity)
    draft = new_draft(work, writer, values, texts=texts)
    draft.problems[:0] = faults
    follow_state(work, writer, draft)
    save(work, entity, [draft])
    return as_stored(work, entity, draft)


def update_record(
    work: Work,
    entity: str,
    id: str,
    values: Mapping[str, Any],
    version: int | None = None,
    *,
    texts: bool = False,
    transition: str | None = None,
    reason: str | None = None,
    faults: Sequence[Problem] = (),
) -> Record:
    """Change the named columns of a record; others stay. `version` is the one that the actor saw, `faults` those found in a form.

    Answers the record as it is now (unchanged: nothing is written). Raises NotFound, VersionConflict with the stored
    record, InvalidRecord, PluginError, Refused.
    """
    work.access.require(entity, transition or "update")
    writer = writer_of(work.catalog, entity)
    record = stored_record(work, entity, id)
    if record is None:
        raise NotFound(f"there is no {entity} {id!r}", code="not_found")
    if version is not None and record["version"] != version:
        raise VersionConflict.of(entity, record, version)
    policy.require_mutable(writer.entity, transition)
    draft = update_draft(work, writer, record, values, texts=texts)
    draft.reason = reason
    draft.problems[:0] = faults
    if transition is not None:
        apply_transition(work, writer, draft, transition)
    else:
        follow_state(work, writer, draft)
    save(work, entity, [draft])
    return as_stored(work, entity, draft)


def as_stored(work: Work, entity: str, draft: Draft) -> Record:
    """The record of a draft that was saved; read again where hooks changed it further in the same transaction."""
    moved = (entity, draft.id) in work.moved
    return (query.get(work.tx, work.catalog, entity, draft.id, deleted=True) if moved else None) or draft.after


def run_transition(
    work: Work, entity: str, id: str, name: str, values: Mapping[str, Any] | None = None, version: int | None = None,
    reason: str | None = None, *, texts: bool = False, faults: Sequence[Problem] = (),
) -> Record:  # fmt: skip
    """Make a lifecycle transition, setting `values` in the same save. Raises as `update_record`, and BadRequest for an unknown one."""
    return update_record(
        work, entity, id, values or {}, version, texts=texts, transition=name, reason=reason, faults=faults
    )
