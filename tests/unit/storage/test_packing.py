"""What is found out of columns on their way to a driver."""

from __future__ import annotations

from decimal import Decimal

from xrm_core.storage.packing import has_none


def test_none_is_found_among_values_of_any_type() -> None:
    """None is told apart from values that are empty or zero, and from decimals."""
    assert has_none([Decimal(1), None])
    assert has_none({"a": None}.values())
    assert not has_none([Decimal(0), "", 0, False, []])
    assert not has_none([])
