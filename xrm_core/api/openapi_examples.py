"""Examples of requests in the OpenAPI document, made from their schemas."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

Schema = dict[str, Any]
FORMATS: Mapping[str, str] = {
    "uuid": "01981fd2-7c1e-7000-8000-000000000001", "date": "2026-01-31", "date-time": "2026-01-31T10:00:00Z", "email": "ada@example.com",
    "uri": "https://example.com", "idn-email": "ada@example.com",
}  # fmt: skip
TEXTS = ("12.50", "12", "1", "PT1H30M", "EUR", "AT", "de", "Europe/Vienna", "#336699", "+43 1 588040", "A1", "AB12")
"""Texts of which one may fit a pattern."""
FURTHER = 3
"""Fields that an example shows beside those that must be there."""


def example_of(properties: Mapping[str, Schema], required: Iterable[str]) -> dict[str, Any] | None:
    """A request with the required fields and a few more; None where no value for a required one is known."""
    must = {name: value_of(properties[name]) for name in required}
    if None in must.values():
        return None
    further: dict[str, Any] = {}
    for name, schema in properties.items():
        if len(further) == FURTHER:
            break
        value = value_of(schema) if name not in must and schema.get("type") not in ("array", "object") else None
        if value is not None and value != FORMATS["uuid"]:
            further[name] = value
    return {name: (must | further)[name] for name in properties if name in must or name in further}


def value_of(schema: Schema) -> Any:
    """A value that fits; None where none is known."""
    if "anyOf" in schema:
        return value_of(schema["anyOf"][0])
    if "enum" in schema:
        return next((v for v in schema["enum"] if v is not None), None)
    given = schema.get("type")
    kind = next((k for k in given if k != "null"), None) if isinstance(given, list) else given
    if kind == "integer":
        return max(1, schema.get("minimum", 1))
    if kind == "array":
        return [] if not schema.get("minItems") else None
    return {"boolean": True, "string": _text(schema)}.get(str(kind))


def _text(schema: Schema) -> str | None:
    least, most = schema.get("minLength", 0), schema.get("maxLength", 1000)
    if schema.get("format") in FORMATS:
        return FORMATS[schema["format"]]
    if "pattern" in schema:
        fits = (text for text in TEXTS if re.search(schema["pattern"], text) and least <= len(text) <= most)
        return next(fits, None)
    if "format" in schema and schema["format"] != "decimal":
        return None
    text = "12.50" if schema.get("format") == "decimal" else str(schema.get("title") or "Text")[:most]
    return text if len(text) >= least else None
