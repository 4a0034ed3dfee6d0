"""JSON out and in: exact decimals as strings, times in UTC, durations as ISO 8601."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import msgspec

from ..errors import BadRequest
from ..fields.duration import iso_text
from ..language import _

_encoder = msgspec.json.Encoder(decimal_format="string")
_decoder = msgspec.json.Decoder(float_hook=Decimal)
MAX_DEPTH = 20
BLANKS_AND_COLON = (b" :", b"\n:", b"\t:", b"\r:")
JSON = "application/json"
PROBLEM = "application/problem+json"
NDJSON = "application/x-ndjson"


def encode(value: Any) -> bytes:
    """A value as JSON."""
    return _encoder.encode(value)


def decode(body: bytes, what: str = "body") -> Any:
    """A JSON document as Python values, numbers with a point as exact decimals. Raises BadRequest saying where the fault is;
    a key that stands twice in one object is one. `what`: as it is called then."""
    try:
        value = _decoder.decode(body)
    except UnicodeDecodeError:
        raise BadRequest(_("the {what} is not UTF-8", what=what), code="bad_json") from None
    except RecursionError:
        raise BadRequest(_too_deep(), code="bad_json") from None
    except msgspec.DecodeError as fault:
        raise BadRequest(
            _("the {what} is no JSON document: {fault}", what=what, fault=fault), code="bad_json"
        ) from None
    depth, keys = _measured(value)
    if depth > MAX_DEPTH:
        raise BadRequest(_too_deep(), code="bad_json")
    if keys != _most_keys(body):
        _check_keys(body, what)
    return value


def decode_object(body: bytes) -> dict[str, Any]:
    """A JSON object. Raises BadRequest."""
    value = decode(body)
    if not isinstance(value, dict):
        raise BadRequest(_("the body is a JSON object of field names and values"), code="bad_json")
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


def _measured(value: Any) -> tuple[int, int]:
    """How many levels deep a document is, at most one more than may be, and how many keys its objects have."""
    depth = keys = 0
    level: list[Any] = [value] if isinstance(value, dict | list) else []
    while level and depth <= MAX_DEPTH:
        below: list[Any] = []
        for one in level:
            if one.__class__ is dict:
                keys += len(one)
                one = one.values()
            below += [v for v in one if v.__class__ is dict or v.__class__ is list]
        level, depth = below, depth + 1
    return depth, keys


def _most_keys(body: bytes) -> int:
    """At least as many as there are keys in a document: colons after a key's end or a blank. Those inside of texts that look
    the same make it more."""
    found = body.count(b'":')
    for before in BLANKS_AND_COLON:
        found += body.count(before)
    return found


def _check_keys(body: bytes, what: str) -> None:
    """Raises BadRequest for an object that has a key twice: which of the two values counts would be a guess."""

    def check(pairs: list[tuple[str, Any]]) -> None:
        seen: set[str] = set()
        for key, __ in pairs:
            if key in seen:
                raise BadRequest(
                    _("the {what} has the key {key!r} twice", what=what, key=key[:100]),
                    code="repeated_key",
                    hint=_("give it once"),
                )
            seen.add(key)

    json.loads(body.decode(), object_pairs_hook=check, parse_int=str, parse_float=str, strict=False)
