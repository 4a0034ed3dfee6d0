"""Records: create, read, update, one at a time, each in the transaction of its work and through the one path of every save."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..access import policy
from ..errors import Problem
from ..metamodel.values import Record
from ..storage import query
from . import access_log
from .drafts import Draft, new_draft, refuse, update_draft
from .guarding import check_before
from .permits import REFUSED, changed_since, left, missing, sees, shown, told
from .saving import save
from .transitions import apply_transition, follow_state
from .work import Work
from .writer import writer_of


def read_record(work: Work, entity: str, id: str, columns: Sequence[str] = (), *, deleted: bool = False) -> Record:
    """One record: its stored columns, or the paths asked for. Raises NotFound (also where the actor may not see it)."""
    work.access.require(entity, "read")
    relation = work.relation(entity)
    record = query.get(
        work.tx, work.catalog, entity, id, tuple(columns), work.context(), deleted=deleted, relation=relation
    )
    if record is None:
        raise missing(entity, id)
    access_log.shown(work, entity, [record], columns)
    return record


def stored_record(work: Work, entity: str, id: str, *, deleted: bool = False) -> Record | None:
    """What is stored of a record that the actor may see, for the platform's own use: not all of it is his to read. None where
    there is none."""
    record = query.get(work.tx, work.catalog, entity, id, deleted=deleted)
    return record if sees(work, entity, record) else None


def create_record(
    work: Work, entity: str, values: Mapping[str, Any], *, texts: bool = False, faults: Sequence[Problem] = ()
) -> Record:
    """Create a record from values by column name; child rows nested under their field's name.

    `texts` says that the values are texts of a form; `faults` are those found while it was read. Answers what the actor sees of the stored record, only its id where that
    is nothing. Raises InvalidRecord with a problem for each fault, PluginError, Refused.
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

    Answers what the actor sees of the record as it is now (unchanged: nothing is written). Raises NotFound, VersionConflict
    with what he sees of the stored record, InvalidRecord, PluginError, Refused.
    """
    work.access.require(entity, transition or "update")
    writer = writer_of(work.catalog, entity)
    record = stored_record(work, entity, id)
    if record is None:
        raise missing(entity, id)
    if version is not None and record["version"] != version:
        raise changed_since(work, entity, record, version)
    policy.require_mutable(writer.entity, transition)
    draft = update_draft(work, writer, record, values, texts=texts)
    draft.reason = reason
    draft.problems[:0] = faults
    if transition is not None:
        draft.verb = draft.verb and transition
        apply_transition(work, writer, draft, transition)
    check_before(work, writer, [draft])
    if any(problem.code == REFUSED for problem in draft.problems):
        raise refuse(told(work, entity, draft.problems), entity)
    if transition is None:
        follow_state(work, writer, draft)
    save(work, entity, [draft])
    return as_stored(work, entity, draft)


def as_stored(work: Work, entity: str, draft: Draft) -> Record:
    """What the actor sees of the record of a draft that was saved; read again where hooks changed it further in the same
    transaction."""
    moved = (entity, draft.id) in work.moved
    record = (query.get(work.tx, work.catalog, entity, draft.id, deleted=True) if moved else None) or draft.after
    return shown(work, entity, record) or left(draft.id)


def run_transition(
    work: Work, entity: str, id: str, name: str, values: Mapping[str, Any] | None = None, version: int | None = None,
    reason: str | None = None, *, texts: bool = False, faults: Sequence[Problem] = (),
) -> Record:  # fmt: skip
    """Make a lifecycle transition, setting `values` in the same save. Raises as `update_record`, and BadRequest for an unknown one."""
    return update_record(
        work, entity, id, values or {}, version, texts=texts, transition=name, reason=reason, faults=faults
    )
