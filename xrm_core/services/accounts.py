"""Who acts: sign-in by one-time link, sessions, tokens. Secrets are 256 random bits and are kept only as SHA-256 hashes."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from ..errors import NotFound, Refused
from ..metamodel.values import ANONYMOUS, SYSTEM, Actor, Query
from ..storage import credentials, query
from ..storage.credentials import Holder
from ..storage.ids import new_id
from .records import create_record
from .work import Work

if TYPE_CHECKING:
    from .runtime import Runtime

LINK_LASTS = timedelta(hours=24)
SESSION_LASTS = timedelta(days=14)
SEEN_EVERY = timedelta(minutes=5)
TOKEN_PREFIX = "xrm_"  # noqa: S105  # makes leaked tokens findable; no secret itself


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def actor_of(holder: Holder, zone: str, language: str, kind: str = "user") -> Actor:
    """The actor behind a session or token."""
    departments = frozenset({holder.department} if holder.department else ())
    return Actor(
        holder.id, holder.name, frozenset(holder.roles), departments, frozenset(), holder.language or language,
        holder.time_zone or zone, "token" if kind == "token" else "user",
    )  # fmt: skip


def user_by_email(work: Work, email: str) -> str:
    """Id of the active user with this e-mail address. Raises NotFound."""
    found = query.by_key(work.tx, work.catalog, "user", ("email",), [(email.strip().lower(),)])
    for record in found.values():
        if record["status"] == "active":
            return str(record["id"])
    raise NotFound(f"there is no active user {email!r}", code="not_found")


def first_administrator(work: Work, name: str, email: str) -> str:
    """Id of the first administrator, made if there is none yet. For the system only."""
    if not work.actor.is_system:
        raise Refused("only the command line makes the first administrator", code="refused")
    found = query.run(
        work.tx,
        work.catalog,
        Query("user", ("id",), "record.status == 'active' && 'admin' in record.roles", limit=1),
        work.context(),
    )
    if found.rows:
        return str(found.rows[0]["id"])
    return str(create_record(work, "user", {"name": name, "email": email, "roles": ["admin"]})["id"])


def make_link(work: Work, user: str, lasts: timedelta = LINK_LASTS) -> str:
    """The secret of a new one-time sign-in link."""
    secret = secrets.token_urlsafe(32)
    credentials.add_link(work.tx, _hash(secret), user, work.now, work.now + lasts)
    return secret


def use_link(work: Work, secret: str) -> str | None:
    """Trade a one-time link for a session: the session's secret, or None where the link is unknown, used or expired."""
    user = credentials.use_link(work.tx, _hash(secret), work.now)
    return None if user is None else begin_session(work, user)


def begin_session(work: Work, user: str) -> str:
    """The secret of a new session."""
    secret = secrets.token_urlsafe(32)
    credentials.end_sessions(work.tx, before=work.now)
    credentials.add_session(work.tx, _hash(secret), user, work.now, work.now + SESSION_LASTS)
    return secret


def end_session(work: Work, secret: str) -> None:
    """Sign out."""
    credentials.end_sessions(work.tx, hash=_hash(secret))


def session_actor(runtime: Runtime, work: Work, secret: str) -> Actor:
    """Who holds this session; ANONYMOUS where nobody does. Call it inside the transaction of the request."""
    holder = credentials.session_holder(work.tx, work.catalog, _hash(secret), work.now)
    if holder is None:
        return ANONYMOUS
    if holder.seen_at is not None and work.now - holder.seen_at > SEEN_EVERY:
        _seen(runtime, work, secret, work.now)
    org = runtime.settings.organisation
    return actor_of(holder, org.time_zone, org.language)


def _seen(runtime: Runtime, work: Work, secret: str, now: datetime) -> None:
    def note() -> None:
        with runtime.work(SYSTEM, "job", write=True) as later:
            credentials.touch_session(later.tx, _hash(secret), now, now + SESSION_LASTS)

    work.tx.after_commit(note)


def foreign_actor(runtime: Runtime, method: str, path: str, headers: Mapping[str, str], client: str = "") -> Actor:
    """Who a plugin says that the request comes from (`xrm_authenticate`, the first answer counts); ANONYMOUS where none knows."""
    if not runtime.host.implements("xrm_authenticate"):
        return ANONYMOUS
    request = {"method": method, "path": path, "headers": dict(headers), "client": client}
    for _, actor in runtime.host.answers("xrm_authenticate", request=request):
        if isinstance(actor, Actor):
            return actor
    return ANONYMOUS


def make_token(work: Work, user: str, name: str, lasts: timedelta | None = None) -> tuple[str, str]:
    """A token for the API: its id and its secret, which is shown this once."""
    secret, id = TOKEN_PREFIX + secrets.token_urlsafe(32), new_id()
    credentials.add_token(work.tx, id, _hash(secret), name, user, work.now, work.now + lasts if lasts else None)
    return id, secret


def token_actor(runtime: Runtime, work: Work, secret: str) -> Actor:
    """Who holds this token; ANONYMOUS where nobody does."""
    holder = credentials.token_holder(work.tx, work.catalog, _hash(secret), work.now)
    if holder is None:
        return ANONYMOUS
    org = runtime.settings.organisation
    if holder.seen_at is None or work.now - holder.seen_at > SEEN_EVERY:

        def note() -> None:
            with runtime.work(SYSTEM, "job", write=True) as later:
                credentials.touch_token(later.tx, _hash(secret), later.now)

        work.tx.after_commit(note)
    return actor_of(holder, org.time_zone, org.language, "token")
