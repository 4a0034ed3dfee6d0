"""Who acts: sign-in by one-time link, sessions, tokens. Secrets are 256 random bits and are kept only as SHA-256 hashes."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

from ..errors import NotFound, Refused, SignInNeeded
from ..language import _
from ..metamodel.values import ANONYMOUS, SYSTEM, Actor, Query
from ..storage import credentials, factors, query
from ..storage.credentials import Holder
from ..storage.ids import is_id, new_id
from . import access_log, viewing
from .drafts import Draft
from .records import create_record
from .saving import save
from .work import Work

if TYPE_CHECKING:
    from .runtime import Runtime

LINK_LASTS = timedelta(hours=24)
SESSION_LASTS = timedelta(days=14)
SEEN_EVERY = timedelta(minutes=5)
TOKEN_PREFIX = "xrm_"  # noqa: S105  # makes leaked tokens findable; no secret itself

ADMIN = "admin"
STANDS_IN = "stands_in"
"""Name among the facts of a work: the users (id, name) in whose place the holder of the session may act."""


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def hash_of(secret: str) -> str:
    """What is kept of a session's secret."""
    return _hash(secret)


def actor_of(
    holder: Holder, zone: str, language: str, kind: Literal["user", "token"] = "user", away: Holder | None = None
) -> Actor:
    """The actor behind a session or token; in the place of `away`, where he stands in for somebody. Then he has that user's
    roles and departments, and not his own; the role of administrators only where he has it himself."""
    place = away or holder
    roles = frozenset(place.roles)
    if away is not None and ADMIN not in holder.roles:
        roles -= {ADMIN}
    return Actor(
        id=holder.id, name=holder.name if away is None else f"{holder.name} for {away.name}", roles=roles,
        departments=place.departments | place.leads, leads=place.leads, units=place.units,
        language=holder.language or language, time_zone=holder.time_zone or zone, kind=kind,
        deputy_for=away.id if away is not None else None, scopes=holder.scopes,
    )  # fmt: skip


def with_factor(work: Work, actor: Actor, holder: Holder, away: Holder | None = None) -> Actor:
    """The actor, or, where one of his roles (of his own, or of whom he stands in for) asks for a second factor that he has not
    set up, the same person without any right: no roles, no departments, nothing in scope. The doors let him set one up."""
    roles = work.catalog.roles
    names = (*holder.roles, *(away.roles if away is not None else ()))
    if not holder.lacks_factor or not any(roles[name].second_factor for name in names if name in roles):
        return actor
    nothing: frozenset[str] = frozenset()
    return replace(
        actor, roles=nothing, departments=nothing, leads=nothing, units=nothing, deputy_for=None, scopes=(), owes_factor=True
    )  # fmt: skip


def owes_factor(work: Work, user: str, acting: str | None = None) -> bool:
    """Whether a role of the user's, or of the user `acting` in whose place he acts, asks for a second factor that he has not set
    up."""
    holder = credentials.user_holder(work.tx, work.catalog, user, work.today)
    away = credentials.user_holder(work.tx, work.catalog, acting, work.today) if acting is not None else None
    if holder is None:
        return False
    known, names = work.catalog.roles, (*holder.roles, *(away.roles if away is not None else ()))
    wanted = any(known[name].second_factor for name in names if name in known)
    return wanted and not factors.factors_of(work.tx, user)


def actor_by_id(work: Work, user: str, acting: str | None = None) -> Actor:
    """A user as an actor, as he is at this moment; in the place of the user `acting`. For work that goes on after the
    request that began it. Raises Refused where he is not active any more, or may not stand in any more."""
    holder = credentials.user_holder(work.tx, work.catalog, user, work.today)
    if holder is None:
        raise Refused(_("the user on whose behalf this was to be done is not active any more"), code="refused")
    org = work.settings.organisation
    return actor_of(holder, org.time_zone, org.language, away=_away(work, holder.id, acting) if acting else None)


def _away(work: Work, deputy: str, user: str) -> Holder:
    """The user in whose place somebody wants to act, by id or e-mail address. Raises Refused where he may not, now."""
    if "@" in user:
        found = query.by_key(work.tx, work.catalog, "user", ("email",), [(user.strip().lower(),)])
        user = next((str(record["id"]) for record in found.values()), "")
    away = credentials.absent_holder(work.tx, work.catalog, user, deputy, work.today) if is_id(user) else None
    if away is None:
        raise Refused(
            _("you do not stand in for that user today"),
            code="not_deputy",
            hint=_("an administrator names deputies, and for how long"),
        )
    return away


def user_by_email(work: Work, email: str) -> str:
    """Id of the active user with this e-mail address. Raises NotFound."""
    found = query.by_key(work.tx, work.catalog, "user", ("email",), [(email.strip().lower(),)])
    for record in found.values():
        if record["status"] == "active":
            return str(record["id"])
    raise NotFound(_("there is no active user {email!r}", email=email), code="not_found")


def first_administrator(work: Work, name: str, email: str) -> str:
    """Id of the first administrator, made if there is none yet. For the system only."""
    if not work.actor.is_system:
        raise Refused(_("only the command line makes the first administrator"), code="refused")
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


def choose_language(work: Work, language: str) -> None:
    """The language of one's own account from now on. Users are for administrators; this alone everybody sets himself."""
    user = work.load("user", str(work.actor.id))
    if user is not None and user.get("language") != language:
        save(work, "user", [Draft("update", str(user["id"]), user, {**user, "language": language})])


def begin_session(work: Work, user: str) -> str:
    """The secret of a new session."""
    secret = secrets.token_urlsafe(32)
    credentials.end_sessions(work.tx, before=work.now)
    credentials.add_session(work.tx, _hash(secret), user, work.now, work.now + SESSION_LASTS)
    return secret


def end_session(work: Work, secret: str) -> None:
    """Sign out."""
    credentials.end_sessions(work.tx, hash=_hash(secret))


def session_actor(runtime: Runtime, work: Work, secret: str, acting: str | None = None) -> Actor:
    """Who holds this session; ANONYMOUS where nobody does. Call it inside the transaction of the request. `acting`: the user
    in whose place he acts in this request; else the one that the session names, as long as he stands in for him.

    Raises Refused where he may not stand in (any more) and this is said for the request, or the request writes."""
    holder = credentials.session_holder(work.tx, work.catalog, _hash(secret), work.now, work.today)
    if holder is None:
        return ANONYMOUS
    if holder.seen_at is not None and work.now - holder.seen_at > SEEN_EVERY:
        _seen(runtime, work, secret, work.now)
    work.facts[STANDS_IN] = holder.stands_in
    org, away = runtime.settings.organisation, None
    if acting is not None:
        away = _away(work, holder.id, acting)
    elif holder.acting is not None and holder.acting.startswith(viewing.PREFIX):
        target = viewing.seen_as(work, holder, holder.acting)
        if target is not None:
            seen = viewing.as_viewer(actor_of(target, org.time_zone, org.language), holder, target)
            return with_factor(work, seen, holder)
        _acting_ended(runtime, work, secret, _("you no longer view the pages as that user; nothing was done"))
    elif holder.acting is not None:
        away = credentials.absent_holder(work.tx, work.catalog, holder.acting, holder.id, work.today)
        if away is None:
            _acting_ended(runtime, work, secret, _("you no longer stand in for that user; nothing was done"))
    return with_factor(work, actor_of(holder, org.time_zone, org.language, away=away), holder, away)


def _acting_ended(runtime: Runtime, work: Work, secret: str, said: str) -> None:
    """What was meant in another's name is not done in one's own: a write is refused; what only reads clears the note."""
    if work.tx.writing:
        raise Refused(
            said,
            code="not_deputy",
            hint=_("load the page again: you act as yourself"),
        )

    def clear() -> None:
        with runtime.work(SYSTEM, "job", write=True) as later:
            credentials.keep_in_session(later.tx, _hash(secret), {"acting": None})

    work.tx.after_commit(clear)


def act_for(work: Work, secret: str, user: str | None) -> None:
    """From the next request on, the holder of this session acts in the place of the user with that id; None: as himself.
    Raises Refused where he does not stand in for that user today."""
    if work.actor.id is None:
        raise SignInNeeded(_("sign in first"), code="sign_in")
    if user is not None:
        _away(work, work.actor.id, user)
    credentials.keep_in_session(work.tx, _hash(secret), {"acting": user})
    access_log.note(work, "stands_in", "user", user, {"action": "end" if user is None else "begin"})


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
    for __, actor in runtime.host.answers("xrm_authenticate", request=request):
        if isinstance(actor, Actor):
            return actor
    return ANONYMOUS


def make_token(
    work: Work, user: str, name: str, lasts: timedelta | None = None, scopes: Sequence[str] | None = None
) -> tuple[str, str]:
    """A token for the API: its id and its secret, which is shown this once. `scopes` narrow what it may do."""
    secret, id = TOKEN_PREFIX + secrets.token_urlsafe(32), new_id()
    ends = work.now + lasts if lasts else None
    credentials.add_token(work.tx, id, _hash(secret), name, user, work.now, ends, scopes)
    return id, secret


def token_actor(runtime: Runtime, work: Work, secret: str, acting: str | None = None) -> Actor:
    """Who holds this token; ANONYMOUS where nobody does. `acting`: the user in whose place he acts. Raises Refused where he
    may not."""
    holder = credentials.token_holder(work.tx, work.catalog, _hash(secret), work.now, work.today)
    if holder is None:
        return ANONYMOUS
    org = runtime.settings.organisation
    if holder.seen_at is None or work.now - holder.seen_at > SEEN_EVERY:

        def note() -> None:
            with runtime.work(SYSTEM, "job", write=True) as later:
                credentials.touch_token(later.tx, _hash(secret), later.now)

        work.tx.after_commit(note)
    away = _away(work, holder.id, acting) if acting is not None else None
    return with_factor(work, actor_of(holder, org.time_zone, org.language, "token", away), holder, away)
