"""View as: an administrator sees the pages as another user does. Reading only, told in the log of access at its start and end."""

from __future__ import annotations

from dataclasses import replace

from ..errors import NotFound, Refused
from ..language import _
from ..metamodel.values import Actor
from ..storage import credentials, query
from ..storage.holders import Holder
from ..storage.ids import is_id
from . import access_log
from .work import Work

PREFIX = "view:"
"""Before the user's id, where a session names whom its holder acts for."""
FACT = "viewing"
"""Name among the facts of a work: (id, name) of the user as whom its actor looks at things."""
READS = ("read",)


def is_viewing(work: Work) -> bool:
    """Whether the actor sees things as somebody else does."""
    return FACT in work.facts


def seen_as(work: Work, holder: Holder, acting: str) -> Holder | None:
    """The user as whom the holder of a session looks at things; None where he may not, or that user is not active any more."""
    if "admin" not in holder.roles:
        return None
    target = credentials.user_holder(work.tx, work.catalog, acting.removeprefix(PREFIX), work.today)
    if target is not None:
        work.facts[FACT] = (target.id, target.name)
    return target


def as_viewer(actor: Actor, holder: Holder, target: Holder) -> Actor:
    """The target's actor in the hands of the holder: his own id, the other's rights, and reading alone."""
    return replace(
        actor, id=holder.id, name=f"{holder.name} viewing as {target.name}", deputy_for=target.id, scopes=READS
    )


def begin(work: Work, hash: str, user: str) -> str:
    """From the next request on this session sees things as that user; his name. Raises Refused, NotFound."""
    if "admin" not in work.actor.roles or work.actor.scopes is not None or work.actor.deputy_for is not None:
        raise Refused(_("only administrators see things as others do"), code="refused", hint=_("act as yourself first"))
    target = credentials.user_holder(work.tx, work.catalog, user, work.today) if is_id(user) else None
    if target is None:
        raise NotFound(_("there is no active user of that id"), code="not_found")
    if target.id == work.actor.id:
        raise Refused(_("you see things as yourself already"), code="refused")
    credentials.keep_in_session(work.tx, hash, {"acting": f"{PREFIX}{target.id}"})
    access_log.note(work, "view_as", "user", target.id, {"action": "begin", "user": target.name})
    return target.name


def end(work: Work, hash: str) -> str | None:
    """Back to oneself; the id of the user as whom things were seen, None where they were not."""
    if not is_viewing(work):
        return None
    id, name = work.facts[FACT]
    credentials.keep_in_session(work.tx, hash, {"acting": None})
    access_log.note(work, "view_as", "user", id, {"action": "end", "user": name})
    return str(id)


def may_view_as(work: Work, user: str) -> bool:
    """Whether the actor may begin to see things as that user."""
    actor = work.actor
    if "admin" not in actor.roles or actor.scopes is not None or actor.deputy_for is not None or user == actor.id:
        return False
    found = query.get(work.tx, work.catalog, "user", user, ("status",))
    return found is not None and found["status"] == "active"
