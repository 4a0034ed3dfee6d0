"""What ends with a user: once he is let in no more, and what was sent to an address that is his no longer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ...metamodel.values import Record
from ...storage import credentials, signing
from ..work import Work

if TYPE_CHECKING:
    from ..drafts import Draft


def saved(work: Work, entity: str, drafts: Iterable[Draft]) -> None:
    """End what saved users leave behind, whichever way they were saved; nothing for other entities. Of who is not active any more,
    sessions, links and steps under way: they do not come back with him. Of who has another address, links and steps: they went to
    the old one."""
    if entity != "user":
        return
    for draft in drafts:
        closed = _is_open(draft.before) and not _is_open(draft.after)
        if closed:
            credentials.end_sessions(work.tx, user=draft.id)
        if closed or (draft.before and draft.before.get("email") != draft.after.get("email")):
            signing.drop_pending(work.tx, user=draft.id)
            signing.drop_links(work.tx, draft.id)


def _is_open(record: Record) -> bool:
    """Is this a user who may come in?"""
    return bool(record) and record.get("deleted_at") is None and record.get("status") == "active"
