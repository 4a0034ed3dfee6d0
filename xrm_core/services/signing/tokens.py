"""Tokens for programs: limited to some of what their owner may do, for a time, and shown once."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import timedelta
from difflib import get_close_matches

from ...errors import InvalidRecord, Problem
from ...language import _
from ...metamodel.catalog import Catalog
from ...storage import signing
from .. import accounts
from ..work import Work
from . import notes, own

LONGEST_DAYS = 3650
MOST = 50
WHOLE = ("read", "write")
VERBS = ("read", "create", "update", "delete", "restore", "purge", "export", "import", "history")


def check_scopes(catalog: Catalog, scopes: Iterable[str]) -> tuple[str, ...] | None:
    """What a token is limited to, in order and once each; None (all that its owner may) where nothing is named.

    `read`, `write`, `donation:read`, `donation:*`, `donation:receive` (a transition or an action). Raises InvalidRecord with
    every fault.
    """
    named = tuple(dict.fromkeys(s.strip() for s in scopes if s.strip()))
    problems = [p for scope in named if (p := _problem(catalog, scope)) is not None]
    if problems:
        raise InvalidRecord(str(problems[0]), code="scope", problems=problems)
    return named or None


def _problem(catalog: Catalog, scope: str) -> Problem | None:
    entity, colon, verb = scope.partition(":")
    if not colon:
        hint = _("write {names}, or an entity and a verb, like donation:read or donation:*", names=", ".join(WHOLE))
        return (
            None
            if scope in WHOLE
            else Problem(_("{scope!r} is no limit of a token", scope=scope), "scope", "scopes", hint=hint)
        )
    if entity not in catalog.entities:
        near = get_close_matches(entity, list(catalog.entities), 1)
        hint = _("did you mean {near!r}?", near=near[0]) if near else ""
        return Problem(_("there is no entity {entity!r}", entity=entity), "scope", "scopes", hint=hint or None)
    if verb in ("*", *VERBS) or re.fullmatch(r"[a-z][a-z0-9_]{0,62}", verb):
        return None
    return Problem(
        _("{verb!r} is no verb", verb=verb), "scope", "scopes", hint=_("one of {names}, or *", names=", ".join(VERBS))
    )


def make(work: Work, user: str, name: str, days: int, scopes: Iterable[str] = ()) -> tuple[str, str]:
    """A token of a user: its id, and its secret, which is shown this once. Raises InvalidRecord."""
    name = name.strip()
    if not name or len(name) > 80:
        fault = Problem(_("a token has a name of at most 80 characters"), "name", "name", hint=_("say what it is for"))
        raise InvalidRecord(fault.message, code="name", problems=[fault])
    if not 1 <= days <= LONGEST_DAYS:
        fault = Problem(_("a token lasts from 1 to {longest_days} days", longest_days=LONGEST_DAYS), "days", "days")
        raise InvalidRecord(fault.message, code="days", problems=[fault])
    limits = check_scopes(work.catalog, scopes)
    return accounts.make_token(work, user, name, timedelta(days=days), limits)


def make_own(work: Work, session: str, name: str, days: int, scopes: Iterable[str]) -> str:
    """A token for oneself: its secret. Raises InvalidRecord and NotProved."""
    own.require_proof(work, session)
    person = own.me(work)
    if len(signing.own_tokens(work.tx, person.id)) >= MOST:
        raise InvalidRecord(
            _("nobody has more than {most} tokens", most=MOST), code="too_many", hint=_("revoke one first")
        )
    __, secret = make(work, person.id, name, days, scopes)
    notes.changed(work, person, "token made", name=name)
    return secret


def revoke_own(work: Work, id: str) -> bool:
    """End one of one's own tokens at once; False where there is none such in force."""
    person = own.me(work)
    gone = signing.revoke_own_token(work.tx, person.id, id, work.now)
    if gone:
        notes.changed(work, person, "token revoked")
    return gone
