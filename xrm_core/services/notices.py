"""What people are told: that something became theirs, that a job of theirs ended, that work failed. Written with the write that it
tells of, or by the worker; what is shown of a record is read anew, under the rights of whoever reads it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from ..expressions import one_of
from ..metamodel.values import Query
from ..storage import imports
from ..storage import notices as store
from .lists import list_records
from .naming import titles_of
from .sight import is_open, reads
from .work import Work

if TYPE_CHECKING:
    from .drafts import Draft

ASSIGNED, JOB, FAILED = "assigned", "job", "failed"
ENDED = frozenset({"done", "failed", "cancelled"})
DOORS = frozenset({"web", "api"})
"""Whose doings people are told of one by one: not what an import or the sample writes."""
SINGLY = 5
"""From more records of one kind in a write on, one notice tells of all."""
CHUNK = 500
"""Records that are asked for at once."""
MOST = 99
PAGE = 40


class Told(Struct, frozen=True):
    """A notice as its reader may see it: `title` of the record it is about, where there is one. `field` is the name of the field
    that names him, `by` who did it."""

    id: str
    at: datetime
    kind: str
    entity: str
    record: str
    title: str
    values: Mapping[str, Any]
    is_read: bool


def saved(work: Work, entity: str, drafts: Sequence[Draft]) -> None:
    """Tell people that they now stand in a field of a record that holds a user: its owner, who is to do it. Whoever writes is not
    told what he did himself. What somebody does not see now counts as read: he finds it once he may see it, and until then the number
    of his news does not say that it exists."""
    if work.door not in DOORS:
        return
    names = _holders(work, entity)
    if not names:
        return
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for draft in drafts:
        for name in names:
            user = draft.after.get(name)
            if user and user != draft.before.get(name) and user not in (work.actor.id, work.actor.deputy_for):
                found[str(user), name].append(draft.id)
    by = {"by": work.actor.name}
    for (user, name), ids in found.items():
        seen = _seen_by(work, user, entity, ids, name)
        if len(seen) > SINGLY:
            store.add(work.tx, [user], work.now, ASSIGNED, entity, None, {**by, "field": name, "count": len(seen)})
        elif len(ids) <= SINGLY:
            for id in ids:
                values = {**by, "field": name}
                store.add(work.tx, [user], work.now, ASSIGNED, entity, id, values, is_read=id not in seen)
        else:
            for id in seen:
                store.add(work.tx, [user], work.now, ASSIGNED, entity, id, {**by, "field": name})


def _seen_by(work: Work, user: str, entity: str, ids: Sequence[str], column: str) -> list[str]:
    """Those of some records that a user sees, and on which he sees the column, which is filled."""
    from .mentions import eyes_of  # works with what is built on this module

    own = eyes_of(work, user)
    if own is None or not is_open(own, entity) or not reads(own, own.entity(entity), column):
        return []
    filled = _filled(own, entity, ids, column)
    return [id for id in ids if id in filled]


def _holders(work: Work, entity: str) -> tuple[str, ...]:
    """The fields of an entity that say who is to act: links to a user that people fill in, of records that stand on their own."""

    def find() -> tuple[str, ...]:
        found = work.entity(entity)
        if found.parent is not None or entity in ("user", "membership", "deputy"):
            return ()
        return tuple(
            f.columns[0].name
            for f in found.fields.values()
            if f.type.name == "user" and f.columns and not (f.read_only or f.hidden or f.retired)
        )

    return work.catalog.derive(f"notices.holders.{entity}", find)


def tell_job(work: Work, user: str | None, title: str, href: str, state: str, detail: str = "") -> None:
    """Tell a person that a job of his ended. `title` names it in the language of the organisation; `state` is done, failed or
    cancelled; `href` is its page."""
    if user is not None:
        store.add(
            work.tx, [user], work.now, JOB, None, None, {"title": title, "href": href, "state": state, "detail": detail}
        )


def tell_import(work: Work, payload: Mapping[str, Any]) -> None:
    """Tell whoever started an import that it has ended, and how."""
    found = imports.get(work.tx, str(payload["import"]))
    if found is None or found["state"] not in ENDED or payload.get("actor") is None:
        return
    settings = found.get("settings") or {}
    files = settings.get("files") or settings.get("sources") or ()
    names = [str(f.get("name", "")) if isinstance(f, Mapping) else str(f) for f in files]
    what = ", ".join(n.rpartition("/")[2] for n in names if n) or str(found.get("source") or "")
    tell_job(work, str(payload["actor"]), what, f"/import/{payload['import']}/report", str(found["state"]))


def tell_failure(work: Work, kind: str, job: str, payload: Mapping[str, Any] | None = None) -> None:
    """Tell all administrators that work after a save has failed for good; of its payload what names it."""
    rows = _administrators(work)
    named = {k: str(v) for k, v in (payload or {}).items() if k in ("name", "entity")}
    store.add(work.tx, rows, work.now, FAILED, None, None, {**named, "job": kind, "id": job})


def _administrators(work: Work) -> list[str]:
    page = list_records(work, Query("user", ("id",), "'admin' in record.roles && record.status == 'active'", limit=50))
    return [str(row["id"]) for row in page.rows]


def unread(work: Work) -> int:
    """How many notices the reader has not read; `MOST` + 1 where there are more than `MOST`. One statement, by an index."""
    return store.unread(work.tx, str(work.actor.id), MOST + 1) if _is_person(work) else 0


def _is_person(work: Work) -> bool:
    """Notices are for the person who is signed in himself: not for who stands in for him, nor for who looks through his eyes."""
    return work.actor.kind == "user" and work.actor.id is not None and not work.facts.get("viewing")


def told(work: Work, before: str | None = None, *, only_unread: bool = False) -> tuple[list[Told], str | None]:
    """The reader's notices, the newest first, and the mark of the next page. Those about records that are not for him to see any more
    are left out; the others are told with the titles of today, one statement for each entity among them."""
    if not _is_person(work):
        return [], None
    rows = store.of(work.tx, str(work.actor.id), PAGE + 1, before, unread=only_unread)
    more = rows[PAGE - 1].id if len(rows) > PAGE else None
    rows = rows[:PAGE]
    titles = titles_of(work, [(r.entity, r.record) for r in rows if r.entity and r.record])
    closed = _closed(work, rows)
    return [
        Told(
            r.id,
            r.at,
            r.kind,
            r.entity or "",
            r.record or "",
            titles.get((r.entity or "", r.record or ""), ""),
            r.values,
            r.is_read,
        )
        for r in rows
        if _may_see(work, r, titles) and (r.entity, r.record, r.values.get("field")) not in closed
    ], more


def _closed(work: Work, rows: Sequence[store.Notice]) -> set[tuple[str | None, str | None, str]]:
    """(entity, record, field) of news about fields that are closed to the reader on these records, though not on all."""
    asked: dict[tuple[str, str], list[str]] = defaultdict(list)
    for one in rows:
        field = str(one.values.get("field", ""))
        if one.entity and one.record and field and is_open(work, one.entity):
            sight = work.relation(one.entity).sight
            if sight is not None and sight.masks(one.entity, field):
                asked[one.entity, field].append(one.record)
    found: set[tuple[str | None, str | None, str]] = set()
    for (entity, field), ids in asked.items():
        if reads(work, work.entity(entity), field):
            filled = _filled(work, entity, ids, field)
            found |= {(entity, id, field) for id in ids if id not in filled}
    return found


def _filled(work: Work, entity: str, ids: Sequence[str], column: str) -> set[str]:
    """Those of some records that the reader sees with a value in a column."""
    found: set[str] = set()
    for start in range(0, len(ids), CHUNK):
        some = ids[start : start + CHUNK]
        asked = Query(entity, ("id", column), one_of("record.id", some), limit=len(some))
        found |= {str(row["id"]) for row in list_records(work, asked).rows if row[column] is not None}
    return found


def _may_see(work: Work, one: store.Notice, titles: Mapping[tuple[str, str], str]) -> bool:
    if one.kind == FAILED:
        return work.access.is_unlimited
    if one.entity is None:
        return True
    field = str(one.values.get("field", ""))
    if not is_open(work, one.entity) or (field and not reads(work, work.entity(one.entity), field)):
        return False
    return one.record is None or (one.entity, one.record) in titles


def mark_read(work: Work, id: str | None = None) -> int:
    """Mark one of the reader's notices, or all of them, as read; how many were not."""
    return store.mark_read(work.tx, str(work.actor.id), work.now, id) if _is_person(work) else 0
