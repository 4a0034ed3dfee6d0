"""Drafts and the actor's rights: what he asks for must be open to him on the record as it was and as it will be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from ..access.words import may_not
from ..errors import Conflict, Problem
from ..language import _
from ..metamodel.values import Record
from .drafts import FREE_DOORS, Draft
from .permits import HINT, REFUSED, is_guarded, objections, reads_always, sees_all, verdict
from .work import Work
from .writer import Writer


def check_before(work: Work, writer: Writer, drafts: Sequence[Draft]) -> None:
    """May the actor do this to the records as they are stored, and name these fields of them? Faults become problems."""
    if not is_guarded(work):
        return
    for draft in drafts:
        if draft.verb is not None and draft.before:
            _check(work, writer, draft, draft.before, draft.before)


def check_after(work: Work, writer: Writer, drafts: Sequence[Draft]) -> None:
    """May the records be what they are about to be? A record is not moved out of what the actor may touch, nor into it. Child
    rows are asked here as they were, too."""
    if not is_guarded(work):
        return
    born = {"version": 1, "created_at": work.now, "created_by": work.actor.id}
    stamp = {"updated_at": work.now, "updated_by": work.actor.id}
    for draft in drafts:
        if draft.verb is None or draft.problems or not (draft.changed or draft.parts_changed):
            continue
        if draft.parent is not None and draft.before:
            _check(work, writer, draft, draft.before, draft.before)
        if draft.action == "delete" or draft.problems:
            continue
        if draft.action == "create":
            draft.after.update(born, id=draft.id, deleted_at=None, **stamp)
        _check(work, writer, draft, _own_doing(writer, draft), draft.before)


def _own_doing(writer: Writer, draft: Draft) -> Record:
    """The record as it will be, without what its transition sets by itself: that is the transition's purpose."""
    lifecycle = writer.entity.lifecycle
    if draft.transition is None or lifecycle is None or not draft.before:
        return draft.after
    own = {lifecycle.field, *lifecycle.transitions[draft.transition].set}
    return {**draft.after, **{name: draft.before.get(name) for name in own}}


def _check(work: Work, writer: Writer, draft: Draft, record: Record, before: Record) -> None:
    name, verb = writer.entity.name, str(draft.verb)
    found = verdict(work, name, verb, record)
    if not found.allowed:
        draft.problems.append(
            Problem(
                may_not(work.catalog, work.host, name, verb, "this" if record is before else "such"),
                REFUSED,
                hint=_(HINT),
            )
        )
        return
    asked = draft.asked | (draft.wanted or {}).keys()
    draft.problems += objections(work, writer, found, before, draft.after, asked, _free(writer, draft))
    if work.door in FREE_DOORS:
        draft.problems += _untyped(writer, draft, before)


def _untyped(writer: Writer, draft: Draft, before: Record) -> list[Problem]:
    """Fields that nobody types, and that an import by somebody who may not do everything would change."""
    return [
        Problem(_("{column} cannot be set", column=column), "read_only", column)
        for column in sorted(draft.asked)
        if (owner := writer.owner.get(column)) is not None and owner.read_only and owner.type.name != "sequence"
        and before.get(column, writer.blank.get(column)) != draft.after.get(column)
    ]  # fmt: skip


def _free(writer: Writer, draft: Draft) -> frozenset[str]:
    """Fields that a transition asks for are given by whoever may make it."""
    lifecycle = writer.entity.lifecycle
    if lifecycle is None or draft.transition is None or draft.verb != draft.transition:
        return frozenset()
    return frozenset(lifecycle.transitions[draft.transition].require)


@contextmanager
def neutrally(work: Work, writer: Writer) -> Iterator[None]:
    """Say of a value that is used already only what the actor could look up: which field it is where he reads that field on
    every record, else nothing."""
    try:
        yield
    except Conflict as fault:
        columns = [p.field for p in fault.problems if p.field]
        known = bool(columns) and reads_always(work, writer.entity.name, columns)
        if fault.code not in ("not_unique", "id_used") or sees_all(work) or known:
            raise
        raise Conflict(
            _("this {name} is not accepted with these values", name=writer.entity.name), code="not_accepted"
        ) from None
