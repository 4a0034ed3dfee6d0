"""The steps of signing in. Each answers with a session, or with the secret that brings the next step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from msgspec import Struct

from ...language import _
from ...metamodel.values import ANONYMOUS
from ...storage import credentials, factors, signing
from ...storage.factors import Factor
from ...storage.signing import Person
from ..runtime import Runtime
from ..work import Work
from . import codes, guesses, notes, passwords, sessions
from .guesses import WrongAnswer
from .secrets import hash_of, new_secret

STEP, STEP_LASTS = "second_factor", timedelta(minutes=10)


class Came(Struct, frozen=True):
    """What is known of a request: the browser as it names itself, and the session that it brought along."""

    agent: str = ""
    session: str = ""


class Entered(Struct, frozen=True):
    """Where a step led: to a session, or to the next step (one of both is a secret, the other empty)."""

    session: str = ""
    step: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """Somebody between the first and the second factor, and what he can answer with."""

    user: str
    method: str
    factors: Sequence[Factor]
    recovery: int


def by_password(runtime: Runtime, email: str, password: str, came: Came) -> Entered:
    """Sign in by address and password. Raises WrongAnswer and TooManyGuesses, alike for known and unknown addresses.

    The guess is counted first, in a transaction of its own; the hash is looked at in none.
    """
    with runtime.work(ANONYMOUS, "web", write=True) as work:
        person = person_by_email(work, email)
        kept = signing.password_hash(work.tx, person.id if person else guesses.NOBODY)
        guess = guesses.take(work, guesses.account_of(person, email), "password")
    if guess is None:
        refused(runtime, person, "password", "too_many")
        raise guesses.too_many()
    if not passwords.is_right(kept, password) or person is None:
        refused(runtime, person, "password", "wrong")
        raise WrongAnswer(_("The address or the password is not right"), code="wrong")
    assert kept is not None
    newer = passwords.hash_password(password) if passwords.is_outdated(kept) else ""
    with runtime.work(ANONYMOUS, "web", write=True) as work:
        now = signing.person(work.tx, work.catalog, person.id)
        if now is None or signing.password_hash(work.tx, person.id) != kept:  # changed or closed meanwhile
            raise WrongAnswer(_("The address or the password is not right"), code="wrong")
        signing.give_back_guess(work.tx, guess)
        if newer:
            signing.renew_hash(work.tx, person.id, kept, newer)
        return after_first(work, now, "password", came)


def by_link(work: Work, secret: str, came: Came) -> Entered | None:
    """Sign in by a one-time link, in place of a password; None where it is unknown, used or expired."""
    user = credentials.use_link(work.tx, hash_of(secret), work.now)
    person = signing.person(work.tx, work.catalog, user) if user else None
    return None if person is None else after_first(work, person, "link", came)


def waiting(work: Work, secret: str) -> Person | None:
    """Whom a one-time link signs in, where it still works. It stays."""
    user = credentials.user_of_link(work.tx, hash_of(secret), work.now)
    return signing.person(work.tx, work.catalog, user) if user else None


def after_first(work: Work, person: Person, method: str, came: Came) -> Entered:
    """The first factor was right: a session, or the step to the second where the user has one."""
    if not factors.factors_of(work.tx, person.id):
        return begin(work, person, method, came)
    secret = new_secret()
    data = {"method": method}
    signing.add_pending(work.tx, hash_of(secret), STEP, person.id, data, work.now, STEP_LASTS)
    return Entered(step=secret)


def begin(work: Work, person: Person, method: str, came: Came) -> Entered:
    """All was right: a new session, noted."""
    notes.signed_in(work, person, method)
    return Entered(session=sessions.begin(work, person.id, method, came.agent, came.session))


def step_of(work: Work, secret: str) -> Step | None:
    """Who stands between the two factors; None where nobody does, or too long ago."""
    waits = signing.pending_of(work.tx, hash_of(secret), STEP, work.now) if secret else None
    if waits is None or waits.user is None or signing.person(work.tx, work.catalog, waits.user) is None:
        return None
    left = factors.recovery_left(work.tx, waits.user)
    return Step(waits.user, str(waits.data.get("method", "")), factors.factors_of(work.tx, waits.user), left)


def by_code(runtime: Runtime, step: str, code: str, came: Came) -> Entered | None:
    """The second factor by a code of an app or a recovery code. None where the first step is too long ago.
    Raises WrongAnswer and TooManyGuesses."""
    with runtime.work(ANONYMOUS, "web", write=True) as work:
        stands = step_of(work, step)
        person = signing.person(work.tx, work.catalog, stands.user) if stands else None
        if stands is None or person is None:
            return None
        guess = guesses.take(work, guesses.account_of(person), "code")
        method = codes.use(work, person.id, code) if guess else None
        if guess and method:
            signing.give_back_guess(work.tx, guess)
            signing.take_pending(work.tx, hash_of(step), STEP, work.now)
            return begin(work, person, f"{stands.method} and {method}", came)
    refused(runtime, person, "code", "wrong" if guess else "too_many")
    if guess is None:
        raise guesses.too_many()
    raise WrongAnswer(_("This code is not right, or was used already"), code="wrong")


def confirm_password(runtime: Runtime, user: str, password: str, kind: str = "password") -> None:
    """Somebody who is signed in shows his password again. Raises WrongAnswer and TooManyGuesses."""
    with runtime.work(ANONYMOUS, "web", write=True) as work:
        person = signing.person(work.tx, work.catalog, user)
        kept = signing.password_hash(work.tx, user)
        guess = guesses.take(work, guesses.account_of(person, user), kind)
    if guess is None:
        refused(runtime, person, kind, "too_many")
        raise guesses.too_many()
    if not passwords.is_right(kept, password):
        refused(runtime, person, kind, "wrong")
        raise WrongAnswer(_("This is not your password"), code="wrong")
    with runtime.work(ANONYMOUS, "web", write=True) as work:
        signing.give_back_guess(work.tx, guess)


def person_by_email(work: Work, email: str) -> Person | None:
    """The active user with this address, however its domain and its case are written."""
    from ...fields.email import normal
    from ...metamodel.field_type import FieldFault

    try:
        address = normal(email.strip())
    except FieldFault:
        address = "nobody"
    return signing.person_by_email(work.tx, work.catalog, address)


def refused(runtime: Runtime, person: Person | None, how: str, why: str) -> None:
    """Note a refusal in a transaction of its own."""
    with runtime.work(ANONYMOUS, "web", write=True) as work:
        notes.sign_in_failed(work, person, how, why)
