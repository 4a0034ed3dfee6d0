"""What a person sees, for hooks and errands that work for him: one record by paths, the records of a list. What a letter tells, and
who gets it, is what its sender may know."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import parse_qsl

from ..compiler import compiled
from ..errors import NotFound, Refused
from ..expressions import ExprError
from ..metamodel.values import Query, Record
from . import accounts, lists, records
from .sight import is_open, reads_path, reads_text
from .work import Work

PAGE = 5_000
"""Records that are asked for at once."""
SAVED = "saved_view"


def as_seen(work: Work, entity: str, id: str, columns: Sequence[str], user: str | None = None) -> Record | None:
    """A record's values by path as the actor, or the user of that id, may read them: paths that do not exist for him are left
    out, fields closed to him on this record are None; None where he does not see it."""
    own = as_user(work, user)
    if own is None or not is_open(own, entity):
        return None
    known = own.entity(entity)
    try:
        return records.read_record(own, entity, id, ("id", *(c for c in columns if reads_path(own, known, c))))
    except NotFound:
        return None


def listed(work: Work, view: str, user: str | None = None, limit: int = 10_000) -> tuple[str, tuple[str, ...]] | None:
    """(entity, ids) of the records of a list: of a view of the metadata by name, or of a saved one by id; those of them that the
    actor, or the user, sees, `limit` at most. None where there is no such list for him."""
    own = as_user(work, user)
    meant = _meant(own, view) if own is not None else None
    if own is None or meant is None or not is_open(own, meant[0]) or not _still_reads(own, meant[0], meant[1]):
        return None
    entity, filter, words = meant
    found: list[str] = []
    after: str | None = None
    while True:
        page = lists.list_records(own, Query(entity, ("id",), filter, ("id",), PAGE, after, q=words or None))
        found += [str(row["id"]) for row in page.rows]
        after = page.next
        if after is None or len(found) >= limit:
            return entity, tuple(found[:limit])


def _still_reads(work: Work, entity: str, filter: str | None) -> bool:
    """Whether the filter of a list, which may have been saved when fields had other names, says something to the reader."""
    try:
        if filter is not None:
            compiled(work.catalog, entity, filter, "bool")
        return reads_text(work, entity, filter)
    except ExprError:
        return False


def _meant(work: Work, view: str) -> tuple[str, str | None, str] | None:
    """Entity, filter and search words of a list by its name or id."""
    known = work.catalog.views.get(view)
    if known is not None:
        return known.entity, known.filter, ""
    kept = as_seen(work, SAVED, view, ("of", "base", "query")) if len(view) == 36 else None
    if kept is None or kept["of"] not in work.catalog.entities:
        return None
    base = work.catalog.views.get(str(kept["base"] or ""))
    pairs = parse_qsl(str(kept["query"] or ""), keep_blank_values=True)
    own = base.filter if base is not None else None
    filters = [text for name, text in pairs if name == "filter" and text.strip()]
    return str(kept["of"]), lists.joined(own, *filters), next((v for n, v in pairs if n == "q"), "")


def as_user(work: Work, user: str | None) -> Work | None:
    """The same transaction, with the rights of somebody else; None where he is not active any more. Only the platform's own doing
    borrows rights (a job, a public page whose address belongs to somebody): what a person asks for is answered with his own,
    whatever user a record of his names."""
    if user is None or user == work.actor.acts_as:
        return work
    if not work.actor.is_system:
        return None
    kept = work.facts.setdefault("seen_by", {})
    if user not in kept:
        try:
            actor = accounts.actor_by_id(work, user)
        except Refused:
            return None
        kept[user] = Work(work.host, work.settings, work.catalog, work.tx, actor, work.door, work.now, files=work.files)
    found: Work = kept[user]
    return found
