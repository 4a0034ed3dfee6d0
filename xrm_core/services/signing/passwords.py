"""Passwords: kept by Argon2id (RFC 9106) with the parameters that OWASP recommends, chosen by the rules of NIST SP 800-63B."""

from __future__ import annotations

import re
import secrets
import threading
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

from ...errors import InvalidRecord, Problem
from ...language import _

if TYPE_CHECKING:
    from argon2 import PasswordHasher

MEMORY_KIB, PASSES, LANES = 19_456, 2, 1
SHORTEST, LONGEST = 12, 200
"""Characters of a password."""
EASY = 10**8
"""A password that a guesser who knows common passwords, words, names, dates and keyboards has by then is refused."""
AT_ONCE = threading.BoundedSemaphore(4)
"""Hashing takes 19 MiB each: so many at a time in one process, the others wait."""


@lru_cache(maxsize=1)
def _hasher() -> PasswordHasher:
    from argon2 import PasswordHasher

    return PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES)


def normal(text: str) -> str:
    """A password in one form, however a keyboard composes its letters (NIST SP 800-63B, 3.1.1.2)."""
    return unicodedata.normalize("NFKC", text)


def hash_password(text: str) -> str:
    """The hash to keep. Takes some 40 ms: never inside a transaction."""
    with AT_ONCE:
        return _hasher().hash(normal(text))


@lru_cache(maxsize=1)
def _nobodys() -> str:
    """A hash that stands in where there is none, so that the answer takes as long."""
    return hash_password(secrets.token_urlsafe())


def is_right(hash: str | None, text: str) -> bool:
    """Is this the password behind the hash? Takes as long where there is no hash; then it never is."""
    from argon2.exceptions import InvalidHashError, VerificationError

    stand_in = _nobodys()
    try:
        with AT_ONCE:
            _hasher().verify(hash or stand_in, normal(text)[: 4 * LONGEST])
    except (VerificationError, InvalidHashError):
        return False
    return bool(hash)


def is_outdated(hash: str) -> bool:
    """Was the hash made with other parameters than today's?"""
    return _hasher().check_needs_rehash(hash)


def check_new(text: str, *known: str, field: str = "password") -> None:
    """Raise InvalidRecord where this is no password to choose. `known` is what others know of its owner: name, address,
    organisation."""
    text = normal(text)
    fault, hint = _fault_of(text, known)
    if fault:
        raise InvalidRecord(fault, code="password", problems=[Problem(fault, "password", field, hint=hint)], hint=hint)


def _fault_of(text: str, known: tuple[str, ...]) -> tuple[str, str]:
    if len(text) < SHORTEST:
        return _("A password has at least {n} characters", n=SHORTEST), _(
            "a few words in a row are easy to keep in mind"
        )
    if len(text) > LONGEST:
        return _("A password has at most {n} characters", n=LONGEST), _("leave something out")
    words = {w for k in known for w in (k, *re.split(r"[\W_]+", k)) if len(w) > 2}
    if text.casefold() in {w.casefold() for w in words}:
        return _("This is your name or address"), _("choose something that nobody knows of you")
    from zxcvbn import zxcvbn

    if zxcvbn(text, user_inputs=sorted(words), max_length=LONGEST)["guesses"] < EASY:
        return (
            _("This password is among the first that a guesser tries"),
            _("put a word or two more into it that do not belong together"),
        )
    return "", ""
