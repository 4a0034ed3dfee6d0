"""Many records at once: upsert by key with one result per row; hooks run in batches, nothing is written for unchanged rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from msgspec import Struct, field

from ..access import policy
from ..access.words import may_not
from ..errors import BadRequest, Problem, Refused
from ..language import _
from ..metamodel.values import Record
from ..storage import query
from .collector import without_collector
from .columns import new_drafts
from .drafts import Draft, claim, update_draft
from .guarding import check_before
from .permits import HINT, REFUSED, hidden, seen_by_key, told
from .saving import prepare, save
from .transitions import follow_state
from .work import Work
from .writer import Writer, writer_of

Status = Literal["created", "updated", "unchanged", "refused"]


class RowResult(Struct):
    """What became of one row, by its index from 0. `before` is the record's version before an update (0 when created)."""

    index: int
    status: Status
    id: str | None = None
    problems: list[Problem] = field(default_factory=list)
    before: int = 0


def upsert_records(
    work: Work,
    entity: str,
    rows: Sequence[Mapping[str, Any]],
    key: Sequence[str] = (),
    *,
    texts: bool = False,
    mode: Literal["upsert", "create", "update"] = "upsert",
    on_create: Sequence[Mapping[str, Any] | None] = (),
) -> list[RowResult]:
    """Create or update one record per row, matched by the columns of `key` (or by `id` where a row has one).

    Rows with problems are refused, the others are written. Two rows of one call with the same key: the later is applied to
    what the earlier made. `on_create` gives each row values that only a new record gets. Raises BadRequest for a bad key.
    """
    verbs = {"create": ("create",), "update": ("update",)}.get(mode, ("create", "update"))
    if not any(work.access.opens(entity, verb) for verb in verbs) or work.actor.kind == "anonymous":
        work.access.require(entity, verbs[-1])
    writer = writer_of(work.catalog, entity)
    policy.require_mutable(writer.entity, None, creating=True)
    for name in key:
        if name not in writer.owner or name in hidden(work, entity):
            raise BadRequest(
                _("{entity} has no column {name!r} to match by", entity=entity, name=name), code="unknown_field"
            )
    if work.remembered is None and len(rows) > 1:
        work.remembered = {}
    results: list[RowResult | None] = [None] * len(rows)
    with without_collector():
        for together in _passes(rows, key):
            _one_pass(work, writer, rows, together, key, texts, mode, on_create, results)
    return [r for r in results if r is not None]


def faults_of(
    work: Work,
    entity: str,
    rows: Sequence[Mapping[str, Any]],
    known: Sequence[Sequence[Problem]],
    *,
    texts: bool = False,
) -> list[list[Problem]]:
    """What is wrong with new records that are refused already, for the reasons `known`, theirs included; nothing is written."""
    writer = writer_of(work.catalog, entity)
    drafts = new_drafts(work, writer, rows, texts=texts)
    for draft, problems in zip(drafts, known, strict=True):
        draft.problems[:0] = problems
    prepare(work, writer, drafts)
    return [draft.problems for draft in drafts]


def _passes(rows: Sequence[Mapping[str, Any]], key: Sequence[str]) -> list[list[int]]:
    """Rows that can be handled together: the first of each key, then the second of each, and so on."""
    if not key and not any("id" in row for row in rows):
        return [list(range(len(rows)))] if rows else []
    seen: dict[Any, int] = {}
    passes: list[list[int]] = []
    for index, row in enumerate(rows):
        id = row.get("id")
        mark = str(id) if id else tuple(str(row.get(k)) for k in key) if key else None
        turn = 0 if mark is None else seen.get(mark, 0)
        if mark is not None:
            seen[mark] = turn + 1
        if turn == len(passes):
            passes.append([])
        passes[turn].append(index)
    return passes


def _one_pass(
    work: Work, writer: Writer, rows: Sequence[Mapping[str, Any]], indexes: Sequence[int], key: Sequence[str], texts: bool,
    mode: str, on_create: Sequence[Mapping[str, Any] | None], results: list[RowResult | None],
) -> None:  # fmt: skip
    entity = writer.entity.name
    drafts: list[tuple[int, Draft]] = []
    fresh_ones = new_drafts(work, writer, [_without_id(rows[index]) for index in indexes], texts=texts)
    made = list(zip(indexes, fresh_ones, strict=True))
    named = [given for index in indexes if (given := rows[index].get("id"))]
    by_id = [id for id in named if isinstance(id, str)]
    stored_by_id = query.get_many(work.tx, work.catalog, entity, by_id) if by_id else {}
    stored_by_key = _by_key(work, entity, key, [d for __, d in made]) if key else {}
    stored_by_id = seen_by_key(work, entity, stored_by_id, ())
    stored_by_key = seen_by_key(work, entity, stored_by_key, key)
    may_create = work.access.opens(entity, "create")
    plainly = mode == "upsert" and not named and not stored_by_key  # nothing is stored of any row
    alike = (
        plainly and may_create and not on_create and writer.entity.lifecycle is None
    )  # nothing is to be decided of any row
    if alike:
        drafts = made
    for index, fresh in () if alike else made:
        row_id = None if plainly else rows[index].get("id")
        record = None
        if not plainly:
            if row_id:
                record = stored_by_id.get(str(row_id))
            elif key:
                record = stored_by_key.get(_mark(fresh.after, key))
            problem = _mode_problem(writer, mode, record, row_id)
            if problem:
                results[index] = RowResult(index, "refused", record["id"] if record else None, [problem])
                continue
        draft = _as_update(work, entity, fresh, record) if record is not None else fresh
        if record is None and not may_create:
            draft.problems.append(
                Problem(may_not(work.catalog, work.host, entity, "create", "any"), REFUSED, hint=_(HINT))
            )
        if record is None and index < len(on_create) and on_create[index]:
            again = update_draft(work, writer, {**fresh.after, "id": fresh.id}, on_create[index] or {}, texts=texts)
            fresh.after.update({k: again.after[k] for k in again.given})
            fresh.given |= again.given
            fresh.problems += again.problems
            claim(work, fresh, "create", entity)
        if writer.entity.lifecycle is not None:
            try:
                follow_state(work, writer, draft)
            except Refused as fault:
                draft.problems.append(Problem(fault.message, fault.code, hint=fault.hint))
        drafts.append((index, draft))
    check_before(work, writer, [d for __, d in drafts])
    written = set(map(id, save(work, entity, [d for __, d in drafts], strict=False)))
    for index, draft in drafts:
        status: Status = (
            "refused"
            if draft.problems
            else "unchanged"
            if id(draft) not in written
            else "created"
            if draft.action == "create"
            else "updated"
        )
        if draft.problems:
            draft.problems = told(work, entity, draft.problems)
        stays = draft.id if draft.action == "update" or status == "created" else None
        results[index] = RowResult(index, status, stays, draft.problems, draft.before.get("version", 0))


def _without_id(row: Mapping[str, Any]) -> Mapping[str, Any]:
    return {k: v for k, v in row.items() if k != "id"} if "id" in row else row


def _mode_problem(writer: Writer, mode: str, record: Record | None, row_id: Any) -> Problem | None:
    entity = writer.entity.name
    if row_id and record is None:
        return Problem(_("there is no {entity} of this id", entity=entity), "not_found", "id")
    if mode == "create" and record is not None:
        return Problem(_("a {entity} with this key exists already", entity=entity), "exists")
    if mode == "update" and record is None:
        return Problem(_("there is no {entity} with this key", entity=entity), "not_found")
    if record is not None and writer.entity.append_only:
        return Problem(
            _("a {entity} cannot be changed once it is written", entity=entity),
            "append_only",
            hint=_("add a new one that replaces it"),
        )
    return None


def _as_update(work: Work, entity: str, fresh: Draft, record: Record) -> Draft:
    """The same row as a change to a stored record: only what was given counts, not defaults."""
    before = dict(record)
    given = {k: fresh.after[k] for k in fresh.given}
    draft = Draft(
        "update", before["id"], before, {**before, **given}, fresh.given, fresh.children, problems=fresh.problems
    )
    claim(work, draft, "update", entity)
    return draft


def _mark(record: Mapping[str, Any], key: Sequence[str]) -> tuple[Any, ...]:
    return tuple(record.get(k) for k in key)


def _by_key(work: Work, entity: str, key: Sequence[str], drafts: Sequence[Draft]) -> dict[tuple[Any, ...], Record]:
    """Stored records by key, for the keys of these drafts; a key with an empty part matches nothing."""
    marks = {m for d in drafts if None not in (m := _mark(d.after, key))}
    return query.by_key(work.tx, work.catalog, entity, tuple(key), marks) if marks else {}
