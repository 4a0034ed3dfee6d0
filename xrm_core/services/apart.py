"""Pairs that people told apart: two records that look alike and are not the same. Who said so, and when, is kept; who said it, and
administrators, take it back. Told only of records that the reader sees both of. Each is an act that can be undone (`undoing`), known
there by marks: what was kept or forgotten, for whom, since when."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import NamedTuple

from ..errors import BadRequest, Conflict
from ..language import _
from ..metamodel.catalog import Entity
from ..storage import personal
from .records import read_record
from .work import Work

KIND = "apart"
TOLD, FORGOT = "told", "forgot"
MARKS = "apart"
"""Key of the facts of a piece of work: the marks of what it told and took back."""


class Said(NamedTuple):
    """Who told a pair apart, and when; `is_own`: the reader may take it back."""

    user: str
    at: datetime
    is_own: bool


def _name(entity: Entity, pair: Collection[str]) -> str:
    return ":".join((entity.name, *sorted(pair)))


def tell(work: Work, entity: Entity, one: str, other: str) -> None:
    """Keep that two records are not the same. Raises NotFound where the reader does not see both, BadRequest for one record, or where
    nobody says it."""
    if one == other or work.actor.acts_as is None:
        raise BadRequest(_("two records are told apart, by somebody who is signed in"), code="bad_value")
    for id in (one, other):
        read_record(work, entity.name, id, ("id",))
    name, user = _name(entity, (one, other)), work.actor.acts_as
    known = [kept[1] for kept in personal.everybodys(work.tx, KIND, [name])]
    personal.put(work.tx, user, KIND, name, {}, work.now)
    if user not in known:
        _mark(work, TOLD, name, user, work.now)


def take_back(work: Work, entity: Entity, one: str, other: str) -> bool:
    """Forget that they were told apart; whether it was the reader's to do. Raises NotFound where he does not see both."""
    for id in (one, other):
        read_record(work, entity.name, id, ("id",))
    name = _name(entity, (one, other))
    theirs = [kept[1:] for kept in personal.everybodys(work.tx, KIND, [name]) if _is_own(work, kept[1])]
    for user, at in theirs:
        personal.drop(work.tx, user, KIND, name)
        _mark(work, FORGOT, name, user, at)
    return bool(theirs)


def _mark(work: Work, did: str, name: str, user: str, at: datetime) -> None:
    work.facts.setdefault(MARKS, []).append("|".join((KIND, did, name, user, at.isoformat())))


def marks(work: Work) -> list[str]:
    """What this piece of work told and took back, as the entries of an act."""
    return list(work.facts.get(MARKS, ()))


def is_mark(entry: str) -> bool:
    """Is an entry of an act one of these marks, and none of the history?"""
    return entry.startswith(f"{KIND}|")


def reverse(work: Work, entries: Iterable[str]) -> int:
    """Forget what marks say was told, and keep again what they say was forgotten; how many. Raises NotFound where the actor does not see
    both records, Conflict where somebody was quicker."""
    done = 0
    for entry in entries:
        _kind, did, name, user, at = entry.split("|")
        entity, *pair = name.split(":")
        for id in pair:
            read_record(work, entity, id, ("id",))
        is_kept = any(kept[1] == user for kept in personal.everybodys(work.tx, KIND, [name]))
        if is_kept != (did == TOLD):
            raise Conflict(_("somebody has changed this since"), code="changed_since")
        if did == TOLD:
            personal.drop(work.tx, user, KIND, name)
        else:
            personal.put(work.tx, user, KIND, name, {}, datetime.fromisoformat(at))
        _mark(work, FORGOT if did == TOLD else TOLD, name, user, datetime.fromisoformat(at))
        done += 1
    return done


def _is_own(work: Work, user: str) -> bool:
    return work.access.is_unlimited or user == work.actor.acts_as


def said(work: Work, entity: Entity, pairs: Iterable[frozenset[str]]) -> dict[frozenset[str], Said]:
    """Those of some pairs that were told apart, by whom first; asked for pairs that the reader sees."""
    named = {_name(entity, pair): pair for pair in pairs}
    found: dict[frozenset[str], Said] = {}
    for name, user, at in personal.everybodys(work.tx, KIND, list(named)):
        found.setdefault(named[name], Said(user, at, _is_own(work, user)))
    return found
