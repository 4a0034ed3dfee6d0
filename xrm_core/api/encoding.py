"""JSON out and in: exact decimals as strings, times in UTC, durations as ISO 8601."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import msgspec

from ..errors import BadRequest
from ..fields.duration import iso_text

_encoder = msgspec.json.Encoder(decimal_format="string")
_decoder = msgspec.json.Decoder(float_hook=Decimal)
MAX_DEPTH = 20
JSON = "application/json"
PROBLEM = "application/problem+json"
NDJSON = "application/x-ndjson"


def encode(value: Any) -> bytes:
    """A value as JSON."""
    return _encoder.encode(value)


def decode(body: bytes, what: str = "body") -> Any:
    """A JSON document as Python values, numbers with a point as exact decimals. Raises BadRequest saying where the fault is.
    `what`: as it is called then."""
    try:
        value = _decoder.decode(body)
    except UnicodeDecodeError:
        raise BadRequest(f"the {what} is not UTF-8", code="bad_json") from None
    except RecursionError:
        raise BadRequest(_too_deep(), code="bad_json") from None
    except msgspec.DecodeError as fault:
        raise BadRequest(f"the {what} is no JSON document: {fault}", code="bad_json") from None
    if _depth(value, 0) > MAX_DEPTH:
        raise BadRequest(_too_deep(), code="bad_json")
    return value


def decode_object(body: bytes) -> dict[str, Any]:
    """A JSON object. Raises BadRequest."""
    value = decode(body)
    if not isinstance(value, dict):
        raise BadRequest("the body is a JSON object of field names and values", code="bad_json")
    return value


def with_lengths(record: dict[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """The record, its lengths of time under these names as texts in our form (`PT1H30M`)."""
    for name in names:
        value = record.get(name)
        if isinstance(value, timedelta):
            record[name] = iso_text(value)
    return record


def _too_deep() -> str:
    return f"the document is nested more than {MAX_DEPTH} levels deep"


def _depth(value: Any, level: int) -> int:
    if level > MAX_DEPTH or not isinstance(value, dict | list):
        return level
    inside = value.values() if isinstance(value, dict) else value
    return max((_depth(v, level + 1) for v in inside if isinstance(v, dict | list)), default=level + 1)
