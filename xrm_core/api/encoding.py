"""JSON out and in: exact decimals as strings, times in UTC, durations as ISO 8601."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec

from ..errors import BadRequest

_encoder = msgspec.json.Encoder(decimal_format="string")
_decoder = msgspec.json.Decoder(float_hook=Decimal)
MAX_DEPTH = 20
JSON = "application/json"
PROBLEM = "application/problem+json"
NDJSON = "application/x-ndjson"


def encode(value: Any) -> bytes:
    """A value as JSON."""
    return _encoder.encode(value)


def decode(body: bytes) -> Any:
    """A JSON document as Python values, numbers with a point as exact decimals. Raises BadRequest saying where the fault is."""
    try:
        value = _decoder.decode(body)
    except (msgspec.DecodeError, RecursionError) as fault:
        raise BadRequest(f"the body is no JSON document: {fault}", code="bad_json") from None
    except UnicodeDecodeError:
        raise BadRequest("the body is not UTF-8", code="bad_json") from None
    if _depth(value, 0) > MAX_DEPTH:
        raise BadRequest(f"the document is nested more than {MAX_DEPTH} levels deep", code="bad_json")
    return value


def decode_object(body: bytes) -> dict[str, Any]:
    """A JSON object. Raises BadRequest."""
    value = decode(body)
    if not isinstance(value, dict):
        raise BadRequest("the body is a JSON object of field names and values", code="bad_json")
    return value


def _depth(value: Any, level: int) -> int:
    if level > MAX_DEPTH:
        return level
    if isinstance(value, dict):
        return max((_depth(v, level + 1) for v in value.values()), default=level + 1)
    if isinstance(value, list):
        return max((_depth(v, level + 1) for v in value), default=level + 1)
    return level
