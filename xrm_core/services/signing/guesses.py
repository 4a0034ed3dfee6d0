"""How often an account may be guessed at: counted in the database before a guess is looked at, whatever a request says of itself."""

from __future__ import annotations

from datetime import timedelta

from ...errors import XrmError
from ...language import _
from ...storage import signing
from ...storage.signing import Person
from ..work import Work
from .secrets import hash_of

MOST = 10
WITHIN = timedelta(minutes=15)
NOBODY = "00000000-0000-7000-8000-000000000000"
"""Stands for the id of a user where nobody is known, so that as much is asked of the database."""


class TooManyGuesses(XrmError):
    """The account was guessed at too often; the right answer is refused as well for a while."""

    status = 429


class WrongAnswer(XrmError):
    """The password, code or passkey is not right. It is never said which part was wrong."""

    status = 403


def account_of(person: Person | None, typed: str = "") -> str:
    """Under which name guesses are counted: a user has one, however his address is typed; so has each unknown address."""
    return f"user:{person.id}" if person else f"name:{hash_of(typed.strip().lower())}"


def take(work: Work, account: str, kind: str) -> str | None:
    """Count a guess: its id, or None where there may be no more for now."""
    return signing.take_guess(work.tx, account, kind, work.now, MOST, WITHIN)


def too_many() -> TooManyGuesses:
    """The error for an account that was guessed at too often; the same for accounts that are none."""
    minutes = int(WITHIN.total_seconds() // 60)
    return TooManyGuesses(
        _("Too many tries. Wait {minutes} minutes, then try again", minutes=minutes),
        code="too_many",
        hint=_("a passkey or a link still works"),
    )
