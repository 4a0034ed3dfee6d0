"""What is guessed of how a file writes things."""

from __future__ import annotations

import pytest

from xrm_core.services.importing.guessing import find_forms
from xrm_core.services.importing.preview import Preview


@pytest.mark.parametrize(
    ("days", "form"),
    [
        (("10.12.1815", "9.12.1906", "31.02.1912"), "dd.mm.yyyy"),
        (("25/12/2024", "1/2/2025", "13/13/2025"), "dd/mm/yyyy"),
        (("2024-12-25", "2025-02-01"), ""),
        (("ab1234", "cd5678", "10.12.1815"), ""),
    ],
)
def test_a_wrong_day_does_not_hide_how_days_are_written(days: tuple[str, ...], form: str) -> None:
    """The form that most values have is found; a day that there is not is a fault of its row."""
    rows = tuple({"Born on": day} for day in days)
    assert find_forms(Preview("csv", ("Born on",), rows, False, "utf-8", ",", "", (), (), 0)).dates == form
