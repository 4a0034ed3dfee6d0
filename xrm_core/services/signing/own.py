"""What people change about how they sign in. Who does shows first who he is: in the last half hour, or again."""

from __future__ import annotations

from ...errors import NotFound, Refused, XrmError
from ...language import _
from ...metamodel.values import Actor
from ...storage import credentials, factors, signing
from ...storage.signing import Person
from ..runtime import Runtime
from ..work import Work
from . import codes, entering, notes, passwords, sessions


class NotProved(XrmError):
    """The session is old: whoever holds it shows again who he is, before he changes how he signs in."""

    status = 403


def require_proof(work: Work, secret: str) -> None:
    """Raise NotProved where the holder of this session did not show lately who he is."""
    if not sessions.is_proved(work, secret):
        raise NotProved(_("show again that it is you"), code="not_proved")


def me(work: Work) -> Person:
    """The user who asks, himself, also where he stands in for somebody. Raises Refused for tokens and for nobody."""
    person = signing.person(work.tx, work.catalog, work.actor.id) if work.actor.id else None
    if person is None or work.actor.kind != "user":
        raise Refused(_("this is for people who are signed in here"), code="refused")
    return person


def prove(runtime: Runtime, actor: Actor, secret: str, password: str) -> str:
    """Show again who one is, by the password: the session's new secret. Raises WrongAnswer and TooManyGuesses."""
    assert actor.id is not None
    entering.confirm_password(runtime, actor.id, password)
    with runtime.work(actor, "web", write=True) as work:
        return sessions.renew(work, me(work).id, secret)


def change_password(runtime: Runtime, actor: Actor, secret: str, old: str, new: str) -> str:
    """Set the password: the session's new secret. All other sessions, sign-in links and steps under way end.

    Raises InvalidRecord where it is no password to choose, WrongAnswer and TooManyGuesses where there is one already and the
    old one was not given, NotProved where there is none and the session is old.
    """
    with runtime.work(actor, "web") as work:
        person = me(work)
        has_one = signing.password_hash(work.tx, person.id) is not None
        if not has_one:
            require_proof(work, secret)
        organisation = work.settings.organisation.name
    passwords.check_new(new, person.name, person.email, organisation)
    if has_one:
        entering.confirm_password(runtime, person.id, old)
    hash = passwords.hash_password(new)
    with runtime.work(actor, "web", write=True) as work:
        set_hash(work, person, hash)
        sessions.end_others(work, person.id, secret)
        return sessions.renew(work, person.id, secret)


def set_hash(work: Work, person: Person, hash: str) -> None:
    """Keep the hash of a new password; what was under way with the old one is over."""
    signing.set_password(work.tx, person.id, hash, work.now)
    signing.drop_pending(work.tx, user=person.id)
    signing.drop_links(work.tx, person.id)
    notes.changed(work, person, "password")


def add_app(work: Work, secret: str, token: str, code: str, name: str) -> list[str]:
    """Take an authenticator app that shows the right code: recovery codes to show, where there are none yet."""
    require_proof(work, secret)
    person = me(work)
    codes.accept(work, person.id, token, code, name.strip()[:60] or "Authenticator app")
    return added(work, secret, person, "app")


def added(work: Work, secret: str, person: Person, what: str) -> list[str]:
    """A factor was added: recovery codes to show, where there are none yet. Sessions that began without it end, but for the one
    in which it was added."""
    notes.changed(work, person, f"{what} added")
    sessions.end_others(work, person.id, secret)
    return [] if factors.recovery_left(work.tx, person.id) else codes.new_recovery(work, person.id)


def remove_factor(work: Work, secret: str, id: str) -> None:
    """Remove a factor; with the last one go the recovery codes, and all other sessions end. Raises NotFound, NotProved."""
    require_proof(work, secret)
    person = me(work)
    if not factors.drop_factors(work.tx, person.id, id):
        raise NotFound(_("there is no such factor"), code="not_found")
    if not factors.factors_of(work.tx, person.id):
        factors.set_recovery(work.tx, person.id, (), work.now)
    sessions.end_others(work, person.id, secret)
    notes.changed(work, person, "factor removed")


def renew_recovery(work: Work, secret: str) -> list[str]:
    """New recovery codes, to be shown this once; the old ones are worthless. Raises NotProved, and Refused without a factor."""
    require_proof(work, secret)
    person = me(work)
    if not factors.factors_of(work.tx, person.id):
        raise Refused(_("recovery codes stand in for a second factor"), code="no_factor", hint=_("add a factor first"))
    notes.changed(work, person, "recovery codes renewed")
    return codes.new_recovery(work, person.id)


def reset_factors(work: Work, person: Person) -> int:
    """Remove all factors of a user who lost them, and end his sessions; how many factors. For the system and administrators."""
    gone = factors.drop_factors(work.tx, person.id)
    factors.set_recovery(work.tx, person.id, (), work.now)
    signing.drop_pending(work.tx, user=person.id)
    credentials.end_sessions(work.tx, user=person.id)
    notes.changed(work, person, "factors reset")
    return gone
