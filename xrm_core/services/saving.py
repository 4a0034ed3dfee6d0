"""The one path of every write: complete, check, write, history, what follows, outbox; in one transaction, for one draft or many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import Any

from ..errors import Conflict, NotFound, PluginError, Problem, XrmError
from ..language import _
from ..metamodel.values import FurtherChange, NewRecord, Patch
from ..storage import attachments, history, outbox, query, records, search, sequences
from ..storage.faults import has_met_another
from . import access_log, mentions, notices
from .checks import check_all, check_links, misdirected, run_after_save, run_before_save, run_validate, settle
from .drafts import Draft, new_draft, refuse, update_draft
from .faulty import tell_rest
from .guarding import check_after, neutrally
from .numbers import give_numbers, pass_over, take_back
from .parts import draft_parts, lift_problems
from .people import guard
from .permits import changed_since, told
from .signing import closing
from .work import Work
from .writer import Writer, label_of, writer_of

MAX_DEPTH = 5
"""How deep changes may call for further changes."""


def save(work: Work, entity: str, drafts: Sequence[Draft], *, strict: bool = True) -> list[Draft]:
    """Write the drafts. Strict: any problem refuses all (InvalidRecord). Else drafts with problems are left out; the
    problems stay in them. Answers the drafts that were written. Raises Conflict, PluginError, Refused."""
    writer = writer_of(work.catalog, entity)
    prepare(work, writer, drafts)
    guard(work, entity, drafts, strict=strict)
    if strict:
        problems = [p for d in drafts for p in d.problems]
        if problems:
            work.forget()  # what was refused is not about to be written
            raise refuse(told(work, entity, problems), entity)
    written = _write_all(work, writer, [d for d in drafts if not d.problems and (d.changed or d.parts_changed)], strict)
    work.forget()
    _follow(work, writer, written)
    return written


def prepare(work: Work, writer: Writer, drafts: Sequence[Draft]) -> None:
    """Complete and check drafts and their child rows; nothing is written. Those that are refused early are told the rest too."""
    meant = [d for d in drafts if d.action in ("create", "update")]
    settle(work, writer, meant)
    live = [d for d in meant if not d.problems]
    faulty = [d for d in meant if d.problems] if len(live) < len(meant) else []
    give_numbers(work, writer, live, gapless=False)
    settle(work, writer, run_before_save(work, writer, live))
    name = writer.entity.name
    work.records.update({(name, draft.id): draft.after for draft in live})
    for name, parts in draft_parts(work, writer, live).items():
        prepare(work, writer_of(work.catalog, writer.rows[name].entity), parts)
    lift_problems(live)
    check_all(work, writer, live)
    check_links(work, writer, live)
    check_after(work, writer, drafts)
    run_validate(work, writer, live)
    tell_rest(work, writer, faulty)


def _write_all(work: Work, writer: Writer, drafts: list[Draft], strict: bool) -> list[Draft]:
    """Write in one go; where the database refuses and others should still get in, one by one."""
    if not drafts:
        return []
    if strict:
        _write(work, writer, drafts)
        return drafts
    try:
        with work.tx.savepoint():
            _write(work, writer, drafts)
        return drafts
    except (Conflict, XrmError) as fault:
        take_back(writer, drafts)
        if isinstance(fault, PluginError) or has_met_another(fault):
            raise
        if len(drafts) == 1:
            drafts[0].problems += fault.problems or (Problem(fault.message, fault.code, hint=fault.hint),)
            return []
    half = len(drafts) // 2
    return _write_all(work, writer, drafts[:half], strict) + _write_all(work, writer, drafts[half:], strict)


def _write(work: Work, writer: Writer, drafts: Sequence[Draft]) -> None:
    _write_rows(work, writer, drafts)
    for name, children in writer.rows.items():
        parts = [p for d in drafts for p in d.parts.get(name, ()) if p.changed or p.parts_changed]
        if parts:
            _write(work, writer_of(work.catalog, children.entity), parts)


def _write_rows(work: Work, writer: Writer, drafts: Sequence[Draft]) -> None:
    entity, tx, catalog = writer.entity, work.tx, work.catalog
    give_numbers(work, writer, [d for d in drafts if d.action in ("create", "update")], gapless=True)
    stamp = {"updated_at": work.now, "updated_by": work.actor.id}
    created = [d for d in drafts if d.action == "create"]
    pass_over(work, writer, drafts)
    born = {"version": 1, "created_at": work.now, "created_by": work.actor.id, "deleted_at": None, **stamp}
    for draft in created:
        draft.after.update(born, id=draft.id)
    afters = [d.after for d in created]
    columns = records.columns_of(tx, catalog, entity.name, afters)
    if created:
        with neutrally(work, writer):
            records.insert(tx, catalog, entity.name, afters, columns)
    for draft in drafts:
        if draft.action == "create":
            continue
        draft.after |= {"version": draft.before["version"] + 1, **stamp}
        changed = {k: v for k, v in draft.after.items() if draft.before.get(k) != v}
        with neutrally(work, writer):
            written = records.update(tx, catalog, entity.name, draft.id, draft.before["version"], changed)
        if not written:
            raise _met_another(work, entity.name, draft)
    if writer.files:
        _hold_files(work, writer, drafts)
    if work.depth:
        work.moved.update((entity.name, d.id) for d in drafts)
    if entity.history:
        _tell(work, writer, drafts, columns)
    else:
        work.untold.add(entity.name)
    access_log.saved(work, entity.name, drafts)
    closing.saved(work, entity.name, drafts)
    notices.saved(work, entity.name, drafts)
    mentions.saved(work, entity.name, drafts)
    _index(work, writer, drafts)


def _hold_files(work: Work, writer: Writer, drafts: Sequence[Draft]) -> None:
    """Files that these records name now are theirs: what nobody holds is swept away. Raises InvalidRecord for one that just was."""
    for draft in drafts:
        for link in writer.files:
            id = draft.after.get(link.column)
            if id is not None and draft.before.get(link.column) != id and not attachments.hold(work.tx, id, draft.id):
                said = _("{field} names no file that was uploaded here", field=label_of(link.field, work.language))
                raise refuse([Problem(said, "link", link.column)], writer.entity.name)


def _met_another(work: Work, entity: str, draft: Draft) -> XrmError:
    """The error for a record that was changed, or purged, since it was read."""
    now = query.get(work.tx, work.catalog, entity, draft.id, deleted=True)
    if now is None:
        return NotFound(_("there is no {entity} {id!r}", entity=entity, id=draft.id), code="not_found")
    return changed_since(work, entity, now, draft.before["version"])


def _tell(
    work: Work, writer: Writer, drafts: Sequence[Draft], columns: Mapping[str, Sequence[Any]] | None = None
) -> None:
    """Write the history: of many new records in one go, of everything else entry by entry. `columns`: the values of all that
    are new."""
    if len(drafts) < records.MANY or any(d.action != "create" or d.transition or d.reason for d in drafts):
        work.told += history.write(work.tx, [_entry(work, writer, d) for d in drafts], work.actor, work.now)
        return
    if columns is None:
        afters = [d.after for d in drafts]
        columns = {name: list(map(itemgetter(name), afters)) for name in writer.blank}
    made = {name: columns[name] for name in writer.blank}
    parent = writer.entity.parent
    link = writer.entity.fields[parent].columns[0] if parent else None
    parents = (link.kind.entities[0], [d.after.get(link.name) for d in drafts]) if link else None
    work.told += history.write_new(
        work.tx,
        writer.entity.name,
        [d.id for d in drafts],
        made,
        work.actor,
        work.now,
        door=work.door,
        parents=parents,
    )


def _entry(work: Work, writer: Writer, draft: Draft) -> history.Entry:
    before, after = draft.before, draft.after
    if before:
        own = {k: (before.get(k), v) for k, v in after.items() if k in writer.owner and before.get(k) != v}
    else:
        own = {k: (None, v) for k in writer.blank if (v := after.get(k)) is not None}
    parent = writer.entity.parent
    link = writer.entity.fields[parent].columns[0] if parent else None
    return history.Entry(
        entity=writer.entity.name, record_id=draft.id, version=draft.after["version"], action=draft.action, door=work.door,
        transition=draft.transition, reason=draft.reason, changes=own,
        parent_entity=link.kind.entities[0] if link else None, parent_id=draft.after.get(link.name) if link else None,
    )  # fmt: skip


def _index(work: Work, writer: Writer, drafts: Sequence[Draft]) -> None:
    """Keep the search index: new records, those whose searched fields changed, those that go; and the owners of child rows
    by which these are found."""
    entity = writer.entity
    if entity.parent is not None:
        _index_owners(work, writer, drafts)
    if not entity.search:
        return
    watched = {name for columns in search.columns_of(work.catalog, entity) for name in columns}
    if all(d.action == "create" for d in drafts):
        search.index(work.tx, work.catalog, entity.name, [d.after for d in drafts], new=True)
        return
    touched = [
        d for d in drafts
        if d.action in ("create", "restore") or any(d.before.get(name) != d.after.get(name) for name in watched)
    ]  # fmt: skip
    gone = [d.id for d in drafts if d.action == "delete"]
    if gone:
        search.remove(work.tx, entity.name, gone)
    live = [d.after for d in touched if d.action != "delete"]
    if live:
        search.index(work.tx, work.catalog, entity.name, live)


def _index_owners(work: Work, writer: Writer, drafts: Sequence[Draft]) -> None:
    link = writer.entity.fields[str(writer.entity.parent)].columns[0]
    owner = work.catalog.entity(link.kind.entities[0])
    if any(owner.children[table].entity == writer.entity.name for table in search.child_fields(owner)):
        owners = query.get_many(work.tx, work.catalog, owner.name, {str(d.after[link.name]) for d in drafts})
        search.index(work.tx, work.catalog, owner.name, list(owners.values()))


def _follow(work: Work, writer: Writer, written: Sequence[Draft]) -> None:
    """Further changes that plugins ask for, in the same transaction; then what runs after the commit."""
    entity = writer.entity.name
    for name, children in writer.rows.items():
        parts = [p for d in written for p in d.parts.get(name, ()) if p.changed]
        if parts:
            _follow(work, writer_of(work.catalog, children.entity), parts)
    further = run_after_save(work, writer, written)
    if further:
        try:
            carry_out(work, entity, further)
        except PluginError as fault:
            hook = "xrm_after_save"
            askers = dict.fromkeys(r.plugin for r in work.host.reactors(hook, work.catalog, entity))
            raise fault.named(", ".join(askers), hook) from None
    if written and work.host.reactors("xrm_after_commit", work.catalog, entity):
        payload = {
            "entity": entity,
            "changes": [
                {"id": d.id, "action": d.action, "version": d.after.get("version"), "transition": d.transition}
                for d in written
            ],
        }
        outbox.put(work.tx, "after_commit", {**payload, "actor": work.actor.id, "actor_name": work.actor.name})


def carry_out(work: Work, entity: str, changes: Sequence[FurtherChange]) -> list[str]:
    """Save what plugins ask for because of a save of, or an action on, `entity`; the ids of the records, in order. Raises
    as `save`, and PluginError where changes call for changes without an end, or go where none may."""
    for change in changes:
        if said := misdirected(work.catalog, change):
            wrong = PluginError(f"it {said}", code="plugin_failed")
            wrong.reason = wrong.message
            raise wrong
    if work.depth >= MAX_DEPTH:
        raise PluginError(
            f"saves of {entity} call for further saves more than {MAX_DEPTH} levels deep",
            hint="two hooks probably answer each other",
        )
    work.depth += 1
    door, work.door = work.door, work.door if work.door in ("import", "sample", "job") else "hook"
    try:
        return [id for group in _groups(work, changes) for id in _carry_out(work, *group)]
    finally:
        work.depth -= 1
        work.door = door


def _groups(work: Work, further: Sequence[FurtherChange]) -> list[list[FurtherChange]]:
    """Further changes in order, with neighbours in one save that patch different records of one entity and set columns only."""
    groups: list[list[FurtherChange]] = []
    ids: set[str] = set()
    joinable = None
    for change in further:
        plain = (
            isinstance(change, Patch) and not writer_of(work.catalog, change.entity).rows.keys() & change.values.keys()
        )
        if isinstance(change, Patch) and plain and joinable == change.entity and change.id not in ids:
            groups[-1].append(change)
        else:
            groups.append([change])
            ids = set()
        joinable = change.entity if plain else None
        if isinstance(change, Patch):
            ids.add(change.id)
    return groups


def _carry_out(work: Work, *group: FurtherChange) -> list[str]:
    entity = group[0].entity
    writer = writer_of(work.catalog, entity)
    drafts = [
        new_draft(work, writer, c.values, id=c.id) if isinstance(c, NewRecord) else _patched(work, writer, c)
        for c in group
    ]
    save(work, entity, drafts)
    return [d.id for d in drafts]


def _patched(work: Work, writer: Writer, change: Patch) -> Draft:
    from .transitions import apply_transition  # transitions build on drafts; only a patch needs them here

    record = query.get(work.tx, work.catalog, change.entity, change.id)
    if record is None:
        raise PluginError(
            f"a further change names {change.entity} {change.id}, which does not exist", code="plugin_failed"
        )
    draft = update_draft(work, writer, record, change.values)
    draft.reason = change.reason
    if change.transition:
        apply_transition(work, writer, draft, change.transition, automatic=True)
    return draft


__all__ = ["MAX_DEPTH", "carry_out", "prepare", "save", "sequences"]
