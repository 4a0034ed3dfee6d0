"""The types of values."""

from __future__ import annotations

from decimal import Decimal

import pytest

from xrm_core.metamodel.kinds import DATETIME, TEXT, T, choice, decimal, list_of, number, ref, whole


@pytest.mark.parametrize(
    ("value", "kind", "scale", "bound"),
    [(7, "int", 0, 7), (-7, "int", 0, 7), (Decimal("1.20"), "decimal", 2, 120), (Decimal("-0.5"), "decimal", 1, 5),
     (Decimal("5"), "decimal", 0, 5), (Decimal("1E+3"), "decimal", 0, 1000), (0, "int", 0, 0)],
)  # fmt: skip
def test_number(value: int | Decimal, kind: str, scale: int, bound: int) -> None:
    """A number constant knows its places and its size."""
    t = number(value)
    assert (t.kind, t.scale, t.bound, t.null) == (kind, scale, bound, False)


def test_makers() -> None:
    """The makers say what they make."""
    assert whole(4).bound == 9999
    assert decimal(2, 5, null=True) == T("decimal", True, 2, 99999)
    assert ref("donor").entities == ("donor",)
    assert ref("donor", "supplier").entities == ("donor", "supplier")
    assert choice(("a", "b"), "letters").options == ("a", "b")
    assert choice(("a", "b"), "letters").codes == "letters"
    assert list_of(ref("donor")).item == ref("donor")
    assert TEXT.options == ()
    assert T("list").item == TEXT


def test_as_people_read_it() -> None:
    """Types have names for errors."""
    assert str(ref("donor", "supplier")) == "link to donor or supplier"
    assert str(list_of(TEXT)) == "list of text"
    assert str(DATETIME) == "date and time"


def test_with_null() -> None:
    """The same type is the same value, so it can be compared and cached."""
    assert TEXT.with_null(False) is TEXT
    assert TEXT.with_null(True) == T("text", True)
    assert hash(TEXT.with_null(True)) == hash(T("text", True))
