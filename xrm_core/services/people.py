"""The guard around users, memberships, deputies and departments: nobody gives a right that he lacks, and an administrator stays.

It stands in the one path of every save, so that pages, the API, bulk, imports and the command line all meet it, whatever
grants say. Administrators give rights; a deputy may also be named by the one who is away. Nobody else gives any.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..errors import Problem, Refused
from ..language import _
from ..metamodel.text import say
from ..metamodel.values import Actor, Query
from ..storage import credentials, query
from .drafts import Draft
from .work import Work

ADMIN = "admin"
OF_RIGHTS: Mapping[str, tuple[str, ...]] = {
    "user": ("roles", "department", "is_lead", "status", "email"), "department": ("code", "parent", "active"),
}  # fmt: skip
"""Columns that decide what somebody may do, or who he is when he signs in."""
ON_CREATE = ("roles", "department", "is_lead")
"""Those of a user that somebody who may not give rights leaves empty in a new one."""


def guard(work: Work, entity: str, drafts: Sequence[Draft], *, strict: bool) -> None:
    """Refuse drafts that give or take rights which are not the actor's to give, and such as would leave the organisation
    without an administrator. Strict: Refused for the first one; else a problem in each."""
    check = CHECKS.get(entity)
    if check is None:
        return
    closed = None if work.actor.is_system else _closed(work.actor)
    if closed is not None:
        for draft in drafts:
            _object(draft, check(work, draft), closed, strict)
    if entity == "user":
        _keep_an_administrator(work, [d for d in drafts if not d.problems], strict)


def _closed(actor: Actor) -> str | None:
    """Why this actor may not give rights to others: '' where he is no administrator; None where he may."""
    if ADMIN not in actor.roles:
        return ""
    if actor.deputy_for is not None:
        return _("you stand in for somebody; act as yourself first")
    return _("this token is limited; use one without limits") if actor.scopes is not None else None


def _object(draft: Draft, message: str | None, hint: str, strict: bool) -> None:
    if message is None:
        return
    hint = hint or _("ask an administrator")
    if strict:
        raise Refused(message, code="refused", hint=hint)
    draft.problems.append(Problem(message, "refused", hint=hint))


# -- what somebody may not do who may not give rights: a sentence, or None
def _user(work: Work, draft: Draft) -> str | None:
    if draft.action not in ("create", "update"):
        return _("only an administrator removes users and brings them back")
    names = ON_CREATE if draft.action == "create" else OF_RIGHTS["user"]
    touched = [n for n in names if (draft.before.get(n) or None) != (draft.after.get(n) or None)]
    if not touched:
        return None
    fields = work.entity("user").fields
    told = ", ".join(say(fields[name].label, work.language) for name in touched)
    if draft.id == work.actor.id:
        return _("only an administrator sets this; nobody else changes his own: {fields}", fields=told)
    return _("only an administrator sets this; nobody else changes a user's: {fields}", fields=told)


def _membership(work: Work, draft: Draft) -> str | None:
    return _("only an administrator gives, changes and ends memberships")


def _deputy(work: Work, draft: Draft) -> str | None:
    actor = work.actor
    users = {side["user"] for side in (draft.before, draft.after) if side}
    mine = users == {actor.id} and actor.deputy_for is None and actor.scopes is None
    return None if mine else _("a deputy is named by the one who is away, or by an administrator")


def _department(work: Work, draft: Draft) -> str | None:
    names = OF_RIGHTS["department"]
    if draft.action == "update" and all(draft.before.get(n) == draft.after.get(n) for n in names):
        return None
    return _("only an administrator changes the tree of departments")


CHECKS: Mapping[str, Callable[[Work, Draft], str | None]] = {
    "user": _user, "membership": _membership, "deputy": _deputy, "department": _department,
}  # fmt: skip


# -- the last administrator
def _is_administrator(record: Mapping[str, Any]) -> bool:
    """An active user with the role admin among his own: one that has no last day."""
    return (
        bool(record)
        and record.get("deleted_at") is None
        and record.get("status") == "active"
        and ADMIN in (record.get("roles") or ())
    )


def _keep_an_administrator(work: Work, drafts: Sequence[Draft], strict: bool) -> None:
    """Where some cease to be administrators, another has to stay. Two requests that take the last two wait for each other."""
    leaving = [d for d in drafts if _is_administrator(d.before) and not _is_administrator(d.after)]
    if not leaving:
        return
    credentials.hold_administrators(work.tx)
    gone = {d.id for d in leaving}
    wanted = Query("user", ("id",), "record.status == 'active' && 'admin' in record.roles", limit=len(gone) + 1)
    if any(row["id"] not in gone for row in query.run(work.tx, work.catalog, wanted, work.context()).rows):
        return
    for draft in leaving:
        _object(
            draft, _("the last active administrator stays; this would leave nobody to look after users and rights"),
            _("give another user the role admin first"), strict,
        )  # fmt: skip
