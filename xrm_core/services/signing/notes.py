"""What the history of access is told of signing in: the one place where it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...metamodel.values import Actor
from ...storage.signing import Person
from .. import access_log
from ..work import Work


def signed_in(work: Work, person: Person, method: str) -> None:
    """Somebody signed in."""
    _note(work, "sign_in", person, {"method": method})


def sign_in_failed(work: Work, person: Person | None, how: str, why: str) -> None:
    """Somebody did not: `person` is whose account it was, None where there is none. What was typed is not kept, for people
    type their passwords into the wrong field."""
    _note(work, "sign_in_failed", person, {"method": how, "reason": why})


def signed_out(work: Work) -> None:
    """Somebody signed out."""
    _note(work, "sign_out", None, {})


def changed(work: Work, person: Person, what: str, **detail: Any) -> None:
    """Somebody changed how he signs in, or it was changed for him."""
    _note(work, "user_changed", person, {"what": what, **detail})


def _note(work: Work, kind: str, person: Person | None, detail: Mapping[str, Any]) -> None:
    actor = work.actor
    if person is not None and actor.kind == "anonymous":
        work.actor = Actor(person.id, person.name, frozenset(person.roles))
    try:
        access_log.note(work, kind, "user" if person else None, person.id if person else None, detail)
    finally:
        work.actor = actor
