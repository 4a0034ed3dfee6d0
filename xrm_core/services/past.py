"""History: what happened to a record, and bringing a former value back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..errors import NotFound
from ..metamodel.values import Record
from ..storage import history
from .records import update_record
from .work import Work
from .writer import writer_of


def history_of(work: Work, entity: str, id: str, limit: int = 50, before: str | None = None) -> Sequence[history.Past]:
    """Entries of a record and its child rows, newest first; `before` is the id of an entry to go on from."""
    work.access.require(entity, "read")
    return history.of(work.tx, work.catalog, entity, id, limit, before)


def restore_values(
    work: Work, entity: str, id: str, entry: str, columns: Sequence[str], version: int | None = None
) -> Record:
    """Set columns back to what they held before a history entry; the change is a new entry. Raises NotFound, VersionConflict."""
    past = history.one(work.tx, work.catalog, entry)
    if past is None or past.entity != entity or past.record_id != id:
        raise NotFound("there is no such entry in the history of this record", code="not_found")
    writer = writer_of(work.catalog, entity)
    missing = [c for c in columns if c not in past.changes or c not in writer.owner]
    if missing:
        raise NotFound(f"that entry did not change {', '.join(missing)}", code="not_found")
    values: dict[str, Any] = {c: past.changes[c][0] for c in columns}
    return update_record(work, entity, id, values, version, reason=f"restored from {past.at:%Y-%m-%d %H:%M}")
