"""JSON Schema (2020-12, as OpenAPI 3.1 uses it) of a column."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xrm_core.metamodel.text import say

if TYPE_CHECKING:
    from xrm_core.metamodel.catalog import Field

DECIMAL = r"^-?\d{1,18}(\.\d{1,18})?$"


def describe(field: Field, schema: dict[str, Any], *, title: str = "", optional: bool = False) -> dict[str, Any]:
    """The schema with title and description of the field; null is allowed unless the field is required."""
    result: dict[str, Any] = {"title": title or say(field.label) or field.name, **schema}
    if say(field.help):
        result["description"] = say(field.help)
    if field.read_only:
        result["readOnly"] = True
    if field.required and not optional:
        return result
    kind = result.get("type")
    if isinstance(kind, str):
        result["type"] = [kind, "null"]
    if "enum" in result:
        result["enum"] = [*result["enum"], None]
    return result


def decimal_schema(
    field: Field, places: int, low: object = None, high: object = None, *, title: str = ""
) -> dict[str, Any]:
    """Schema of an exact number, which travels as text; bounds are told in words since JSON Schema has none for
    texts."""
    schema: dict[str, Any] = {"type": "string", "format": "decimal", "pattern": decimal_pattern(places)}
    result = describe(field, schema, title=title)
    limits = [f"at least {low}"] * (low is not None) + [f"at most {high}"] * (high is not None)
    if limits:
        result["description"] = ". ".join(part for part in (result.get("description", ""), ", ".join(limits)) if part)
    return result


def decimal_pattern(places: int) -> str:
    """Pattern of a decimal text with at most so many places."""
    return rf"^-?\d{{1,{18 - places}}}(\.\d{{1,{places}}})?$" if places else r"^-?\d{1,18}$"
