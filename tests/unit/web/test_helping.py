"""Days and moments as people say them while they type."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from xrm_core.metamodel.field_type import Env
from xrm_core.web.helping import moment_or_typed, shown_moment

ENV = Env(language="en", today=date(2026, 11, 23), time_zone="Europe/Berlin")


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("tomorrow 14:00", "2026-11-24T14:00:00"),
        ("tomorrow at 2 pm", "2026-11-24T14:00:00"),
        ("friday, 9:30", "2026-11-27T09:30:00"),
        ("+2w 8:15", "2026-12-07T08:15:00"),
        ("16:45", "2026-11-23T16:45:00"),
        ("tomorrow", "2026-11-24T00:00:00"),
        ("24 Dec 2026 18:00", "2026-12-24T18:00:00"),
        ("2026-12-24T18:00", "2026-12-24T18:00:00"),
        ("2026-12-24T18:00:00Z", "2026-12-24T19:00:00"),
        ("", ""),
        ("nonsense", "nonsense"),
        ("tomorrow 25:00", "tomorrow 25:00"),
    ],
)
def test_a_moment_is_read_as_it_is_said(text: str, moment: str) -> None:
    """A day in words with a time, a time alone, a full date; what is none stays as it was typed."""
    assert moment_or_typed(text, ENV) == moment


@pytest.mark.parametrize("language", ["en", "de", "ar", "en-US"])
@pytest.mark.parametrize("moment", ["2026-12-24T18:05:00", "2026-01-02T00:30:00", "2026-03-04T09:08:07"])
def test_what_an_input_shows_is_read_back(language: str, moment: str) -> None:
    """The text of a moment means the same moment, in every language."""
    env = replace(ENV, language=language)
    assert moment_or_typed(shown_moment(moment, env), env) == moment


def test_words_of_other_languages_are_read() -> None:
    """Morgen um 14 Uhr; tomorrow at two in Arabic."""
    assert moment_or_typed("morgen um 14 Uhr", replace(ENV, language="de")) == "2026-11-24T14:00:00"
    assert moment_or_typed("غدا 2:00 م", replace(ENV, language="ar")) == "2026-11-24T14:00:00"
