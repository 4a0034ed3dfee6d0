"""Why work failed, in words: by the kind of the error, in every language."""

from __future__ import annotations

import pytest

from xrm_core.language import languages, speaking
from xrm_core.services import schedules
from xrm_core.web.job_faults import (
    BY_ITSELF,
    DATABASE,
    ELSE,
    FILE,
    KINDS,
    MAIL,
    NETWORK,
    PARTLY,
    PLUGIN,
    RECORD,
    in_words,
)


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        ("DriverFault: The database has no space left", "errand", DATABASE),
        ("ConnectionRefusedError: [Errno 111] Connection refused", "errand", NETWORK),
        ("SMTPRecipientsRefused: {'a@b.example': (550, b'no')}", "errand", MAIL),
        ("Conflict: somebody was quicker", "after_commit", RECORD),
        ("FileNotFoundError: [Errno 2]", "export", FILE),
        ("PluginError: plugin 'donors', hook xrm_after_commit: boom", "after_commit", PLUGIN),
        ("2 of 3 steps failed", schedules.KIND, PARTLY),
        ("KeyError: 'x'", schedules.KIND, ELSE),
        ("TypeError: None", "errand", ELSE),
        ("the worker died", "errand", ELSE),
    ],
)
def test_a_failure_is_told_by_its_kind(error: str, kind: str, words: tuple[str, str]) -> None:
    """What happened, and what to do; where it is tried again anyhow, that."""
    with speaking("en"):
        assert in_words(error, kind, again=False) == " ".join(words)
        assert in_words(error, kind, again=True) == f"{words[0]} {BY_ITSELF}"


def test_no_language_is_left_out() -> None:
    """Every kind has words of its own in every language."""
    for language in languages():
        with speaking(language):
            told = {in_words(f"{name}: x", "errand", again=False) for name in KINDS}
        assert len(told) == len({*KINDS.values()})
        assert language == "en" or not any(what in " ".join(told) for what, __ in KINDS.values())
