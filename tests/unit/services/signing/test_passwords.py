"""Which passwords are taken, and how they are kept."""

from __future__ import annotations

import pytest

from xrm_core.errors import InvalidRecord
from xrm_core.services.signing import passwords


@pytest.mark.parametrize(
    "weak",
    [
        "", "eleven char", "password1234", "Password1234!", "passwordpassword", "qwertyuiop[]", "123456789012", "aaaaaaaaaaaaaaaa", "iloveyou1234!",
        "liverpool1892", "Mara Lindqvist", "mara.lind@example.org", "brightwater2026", "x" * 201,
    ],
)  # fmt: skip
def test_what_guessers_try_first_is_refused(weak: str) -> None:
    """Too short, too long, common, a row of keys, a name: each with a way out."""
    with pytest.raises(InvalidRecord) as told:
        passwords.check_new(weak, "Mara Lindqvist", "mara.lind@example.org", "Brightwater Trust")
    assert told.value.hint
    assert told.value.problems[0].field == "password"


@pytest.mark.parametrize(
    "strong",
    [
        "seven quiet herons",
        "hdk38xk29dkq",
        "Zwölf Boxkämpfer jagen Eva",
        "τρία καράβια στο λιμάνι",
        "🦆🦆 ducks over dover",
    ],
)
def test_what_nobody_guesses_is_taken(strong: str) -> None:
    """Words, signs of any script, blanks: no rule asks for digits or capitals."""
    passwords.check_new(strong, "Mara Lindqvist", "mara.lind@example.org", "Brightwater Trust")
    assert passwords.is_right(passwords.hash_password(strong), strong)


def test_letters_may_be_composed_in_either_way() -> None:
    """A keyboard that sends ö as o and two dots opens the same account."""
    assert passwords.is_right(passwords.hash_password("zwo\u0308lf boxka\u0308mpfer"), "zw\u00f6lf boxk\u00e4mpfer")


def test_hashes_are_salted_and_of_todays_parameters() -> None:
    """Two hashes of one password differ; both are Argon2id with 19 MiB, 2 passes, 1 lane."""
    one, two = passwords.hash_password("seven quiet herons"), passwords.hash_password("seven quiet herons")
    assert one != two
    assert one.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert not passwords.is_outdated(one)


def test_broken_hashes_and_none_open_nothing() -> None:
    """Whatever stands in the table, no password fits it."""
    for kept in (None, "", "plain text", "$argon2id$v=19$m=19456,t=2,p=1$broken", "$2b$12$abcdefghijklmnopqrstuv"):
        assert not passwords.is_right(kept, "nobody has this password")
        assert not passwords.is_right(kept, "")


def test_long_inputs_are_cheap() -> None:
    """A password of a megabyte costs no more than another."""
    assert not passwords.is_right(passwords.hash_password("seven quiet herons"), "x" * 1_000_000)
