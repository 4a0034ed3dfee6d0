"""Cursors: the place of a row in a sorted list, as an opaque text. It holds only values that the reader has seen."""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

import msgspec

from xrm_core.errors import BadRequest
from xrm_core.language import _
from xrm_core.metamodel.kinds import T

from .ids import is_id
from .values import decode as decode_json
from .values import encode as encode_json

INT64 = 2**63
MICRO = timedelta(microseconds=1)


@lru_cache(1024)
def mark(sort: tuple[str, ...]) -> int:
    """A short sum over the sort, so that a cursor is not used with another one."""
    return zlib.crc32("\x1f".join(sort).encode())


def encode(sort: Sequence[str], values: Sequence[Any]) -> str:
    """The cursor of a row: its sort values, the id last."""
    text = encode_json([mark(tuple(sort)), *[_plain(v) for v in values]])
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def decode(sort: Sequence[str], kinds: Sequence[T], cursor: str) -> list[Any]:
    """The values of a cursor; `kinds` of the sort, the id last. Raises BadRequest for anything that `encode` did not make."""
    try:
        text = base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
        given = decode_json(text)
        if not isinstance(given, list) or len(given) != len(kinds) + 1 or given[0] != mark(tuple(sort)):
            raise ValueError
        return [_value(kind, v) for kind, v in zip(kinds, given[1:], strict=True)]
    except (
        msgspec.DecodeError,
        ValueError,
        TypeError,
        KeyError,
        OverflowError,
        InvalidOperation,
        RecursionError,
        binascii.Error,
    ):
        raise BadRequest(
            _("this cursor does not belong to this list"),
            code="bad_cursor",
            hint=_("begin again without 'after' and 'before'"),
        ) from None


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, timedelta):
        return value // MICRO
    return value.isoformat() if isinstance(value, (date, datetime)) else str(value)


def _value(kind: T, value: Any) -> Any:
    if value is None:
        if kind.null:
            return None
        raise ValueError
    if kind.kind in ("int", "duration"):
        if type(value) is not int or not -INT64 <= value < INT64:
            raise ValueError
        return value * MICRO if kind.kind == "duration" else value
    if kind.kind == "bool":
        if type(value) is not bool:
            raise ValueError
        return value
    if type(value) is not str or "\x00" in value:
        raise ValueError
    return _of_text(kind, value)


def _of_text(kind: T, value: str) -> Any:
    if kind.kind == "decimal":
        number = Decimal(value)
        if not number.is_finite() or abs(number) >= 10**18:
            raise ValueError
        return number
    if kind.kind == "date":
        return date.fromisoformat(value)
    if kind.kind == "datetime":
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            raise ValueError
        return moment
    if kind.kind == "ref" and not is_id(value):
        raise ValueError
    return value
