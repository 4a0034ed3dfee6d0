"""Cursors are opaque, hold exact values, and nothing that we did not make is taken for one."""

from __future__ import annotations

import base64
import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xrm_core.errors import BadRequest
from xrm_core.metamodel.kinds import BOOL, DATE, DATETIME, DURATION, INT, TEXT, decimal, ref
from xrm_core.storage.cursors import decode, encode, mark
from xrm_core.storage.ids import new_id

KINDS = [TEXT, INT, decimal(2), DATE, DATETIME, DURATION, BOOL, TEXT.with_null(True), ref("x")]
VALUES = [
    "é\n",
    5,
    Decimal("1.50"),
    date(2026, 1, 1),
    datetime(2026, 1, 1, tzinfo=UTC),
    timedelta(microseconds=3),
    True,
    None,
    new_id(),
]
SORT = ("a", "-b")


def made(*values: Any) -> str:
    """A cursor of these JSON values."""
    return base64.urlsafe_b64encode(json.dumps([mark(SORT), *values]).encode()).decode().rstrip("=")


def test_values_come_back() -> None:
    """Every kind of value, and empty ones where they may be."""
    assert decode(SORT, KINDS, encode(SORT, VALUES)) == VALUES


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (INT, 2**63), (INT, "5"), (INT, True), (INT, None), (BOOL, 1), (TEXT, "a\x00"), (TEXT, 5), (decimal(2), "NaN"), (decimal(2), "1e99"),
        (decimal(2), "x"), (DATE, "2026-02-30"), (DATETIME, "2026-01-01T00:00:00"), (ref("x"), "' OR 1=1"), (TEXT, ["a"]),
    ],
)  # fmt: skip
def test_values_of_a_wrong_kind_are_refused(kind: Any, value: Any) -> None:
    """A cursor that somebody wrote himself does not reach the database."""
    with pytest.raises(BadRequest):
        decode(SORT, [kind], made(value))


def test_a_cursor_of_another_list_is_refused() -> None:
    """The sort is part of the cursor."""
    with pytest.raises(BadRequest):
        decode(("b",), KINDS, encode(SORT, VALUES))
    with pytest.raises(BadRequest):
        decode(SORT, KINDS[:2], encode(SORT, VALUES))


@given(st.text(max_size=80))
def test_nonsense_is_refused(text: str) -> None:
    """Any text gives a refusal and no other error."""
    with pytest.raises(BadRequest):
        decode(SORT, KINDS, text)
