"""Sessions of people: begun anew at each sign-in, seen and ended by their owner, proved again before something that matters."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct

from ...storage import signing
from .. import accounts
from ..settings import Settings
from ..work import Work
from .secrets import hash_of

PROVED_FOR = timedelta(minutes=30)
"""How long after a sign-in, or after proving it again, one may change how one signs in."""
LONGEST_AGENT = 200


class Begun(Struct, frozen=True):
    """A session of a user, as its owner sees it. `handle` names it to us and opens nothing."""

    handle: str
    method: str
    agent: str
    created_at: datetime
    seen_at: datetime
    here: bool


def cookie_name(settings: Settings) -> str:
    """The name of the session's cookie: where pages come by HTTPS, one that no other host and no plain page can set."""
    return "__Host-xrm_session" if is_secure(settings) else "xrm_session"


def is_secure(settings: Settings) -> bool:
    """Do pages come by HTTPS?"""
    return settings.server.base_url.lower().startswith("https:")


def begin(work: Work, user: str, method: str, agent: str = "", old: str = "", **more: Any) -> str:
    """A new session for somebody who has just shown who he is: its secret. The session `old` ends, whosever it was."""
    if old:
        accounts.end_session(work, old)
    secret = accounts.begin_session(work, user)
    data = {**more, "method": method, "agent": agent[:LONGEST_AGENT], "proved_at": work.now.isoformat()}
    signing.describe_session(work.tx, hash_of(secret), data)
    return secret


def is_proved(work: Work, secret: str) -> bool:
    """Did the holder of this session show lately who he is?"""
    proved = _data(work, secret).get("proved_at")
    return isinstance(proved, str) and work.now - datetime.fromisoformat(proved) <= PROVED_FOR


def renew(work: Work, user: str, secret: str, method: str = "") -> str:
    """A new secret for a session whose holder has shown again who he is; the old one opens nothing any more."""
    kept = dict(_data(work, secret))
    was, agent = str(kept.pop("method", "link")), str(kept.pop("agent", ""))
    kept.pop("proved_at", None)
    return begin(work, user, method or was, agent, secret, **kept)


def of(work: Work, user: str, secret: str) -> list[Begun]:
    """The sessions of a user; `secret` is that of the one he asks with."""
    here = hash_of(secret)
    return [_begun(row, here) for row in signing.sessions_of(work.tx, user, work.now)]


def end(work: Work, user: str, handle: str) -> bool:
    """End one session of a user; False where he has no such session."""
    mine = [str(row["id"]) for row in signing.sessions_of(work.tx, user, work.now)]
    named = [hash for hash in mine if len(handle) == 16 and hash.startswith(handle)]
    return signing.end_sessions_of(work.tx, user, only=named) > 0


def end_others(work: Work, user: str, secret: str = "") -> int:
    """End all sessions of a user but that of `secret`; how many."""
    return signing.end_sessions_of(work.tx, user, but=hash_of(secret) if secret else None)


def _data(work: Work, secret: str) -> Mapping[str, Any]:
    return signing.session_data(work.tx, hash_of(secret), work.now)


def _begun(row: Mapping[str, Any], here: str) -> Begun:
    data = row["data"] or {}
    return Begun(
        str(row["id"])[:16], str(data.get("method", "link")), str(data.get("agent", "")), row["created_at"], row["seen_at"],
        row["id"] == here,
    )  # fmt: skip
