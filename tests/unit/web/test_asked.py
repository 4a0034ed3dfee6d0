"""What pages take out of a request."""

from __future__ import annotations

import pytest

from xrm_core.web.asked import whole_number


@pytest.mark.parametrize(
    ("text", "number"),
    [("0", 0), ("12", 12), ("", None), ("-1", None), ("1.5", None), ("²", None), ("٣", None), ("9" * 18, 10**18 - 1), ("9" * 19, None)],
)  # fmt: skip
def test_whole_numbers_of_a_request(text: str, number: int | None) -> None:
    """Plain digits of a size that a count or version has; what else looks like a number to a program is none."""
    assert whole_number(text) == number
