"""JSON out and in."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from xrm_core.api.encoding import MAX_DEPTH, decode, decode_object, encode, with_lengths
from xrm_core.errors import BadRequest


def test_values_are_written_exactly() -> None:
    """Decimals as texts with all their places, times in UTC, dates in ISO form."""
    value = {"d": Decimal("12.50"), "t": datetime(2026, 1, 31, 10, tzinfo=UTC), "on": date(1, 1, 1), "no": None}
    assert encode(value) == b'{"d":"12.50","t":"2026-01-31T10:00:00Z","on":"0001-01-01","no":null}'


def test_numbers_are_read_exactly() -> None:
    """A number with a point is no float."""
    assert decode(b"[0.1, 1e2, 7]") == [Decimal("0.1"), Decimal("1E+2"), 7]


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff", b'"\\ud800"', b"NaN", b"[" * 100_000, b"[" * 30 + b"]" * 30, b"1" * 5000]
)
def test_what_is_no_document_is_refused(body: bytes) -> None:
    """Each kind of fault is the same error."""
    with pytest.raises(BadRequest):
        decode(body)


def test_depth_is_counted_in_levels() -> None:
    """As deep as allowed passes, one level more does not, in lists and objects alike."""
    assert decode(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH)
    with pytest.raises(BadRequest, match=str(MAX_DEPTH)):
        decode(b'{"a":' * (MAX_DEPTH + 1) + b"1" + b"}" * (MAX_DEPTH + 1))


def test_a_body_is_an_object() -> None:
    """Lists and texts are none."""
    assert decode_object(b'{"a": 1}') == {"a": 1}
    with pytest.raises(BadRequest):
        decode_object(b"[]")


def test_lengths_are_written_in_our_form() -> None:
    """Those that are named and hold one; others stay."""
    assert with_lengths({"a": timedelta(hours=1, minutes=30), "b": None, "c": 1}, ("a", "b", "x")) == {
        "a": "PT1H30M",
        "b": None,
        "c": 1,
    }


@pytest.mark.parametrize(
    "body",
    [
        b'{"a": 1, "a": 2}', b'{"a":1,"b":{"c":1,"c" :1}}', b'[{"a":1},{"a" : 1, "a"\n:1}]', b'{"a":1,"\\u0061":1}',
        b'{"b":"x: y","a":1,"a":1}', b'{"a" :1,"a":1,"b":":"}', b'{"a":{"a":1},"a":null}', b'{"a":12345678901234567890123,"a":1e400}',
    ],
)  # fmt: skip
def test_a_key_that_stands_twice_is_told(body: bytes) -> None:
    """In whichever object and however it is written, by its name: none of the two values wins."""
    with pytest.raises(BadRequest, match=r"has the key '[ac]' twice"):
        decode(body)


def test_keys_of_other_objects_and_texts_like_keys_pass() -> None:
    """Only the keys of one object count, and what stands in a text is no key."""
    for value in (
        {"a": {"a": [{"a": 1}, {"a": 2}]}},
        {"a": '"a": 1, "a": 2 : :'},
        {"at": "10:00:00", ":": ":"},
        [":"],
        7,
    ):
        assert decode(encode(value)) == value
