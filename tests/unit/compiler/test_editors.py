"""JSON Schemas for editors."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from xrm_core.compiler import json_schemas, write_schemas
from xrm_core.compiler.editors import folder_schemas
from xrm_core.metamodel.field_type import FieldType


def test_schemas_are_schemas(types: Mapping[str, FieldType]) -> None:
    """One for each kind, each complete in itself."""
    schemas = json_schemas(types)
    assert {
        "entity",
        "mixin",
        "form",
        "view",
        "codes",
        "role",
        "department",
        "grants",
        "needs",
        "menu",
        "import",
    } <= set(schemas)
    for schema in schemas.values():
        assert jsonschema_rs.validator_for(schema).is_valid(7) is False


@pytest.mark.parametrize(
    ("folder", "document", "holds"),
    [
        ("entities", {"entity": "a", "fields": {"x": {"type": "money", "min": 1}}}, True),
        ("entities", {"entity": "a", "fields": {"x": {"type": "money", "mim": 1}}}, False),
        ("entities", {"entity": "a", "fields": {"x": {"type": "moneyy"}}}, False),
        (
            "entities",
            {"entity": "a", "fields": {"x": {"type": "child_table", "fields": {"y": {"type": "text"}}}}},
            True,
        ),
        (
            "entities",
            {"entity": "a", "fields": {"x": {"type": "child_table", "fields": {"y": {"type": "tex"}}}}},
            False,
        ),
        ("entities", {"extend": "a", "if_plugin": "b", "fields": {"x": {"max": 3}}}, True),
        ("entities", {"extend": "a", "feilds": {}}, False),
        ("entities", {"entity": "A"}, False),
        ("codes", {"codes": "a", "values": ["x", "y"]}, True),
        ("codes", {"codes": "a", "values": {"x": "X", "y": {"label": "Y"}, "z": None}}, True),
        ("codes", {"codes": "a", "values": 3}, False),
        ("access", {"grants": [{"role": "a", "entity": "b", "verbs": ["read"]}]}, True),
        ("access", {"grants": [{"role": "a", "entity": "b"}]}, False),
        ("access", {"needs": {"a": {"b": "R"}}}, True),
        ("views", {"views": [{"view": "a", "kind": "board"}]}, True),
    ],
)
def test_what_they_take(types: Mapping[str, FieldType], folder: str, document: Any, holds: bool) -> None:
    """An editor marks what the compiler would refuse."""
    assert jsonschema_rs.validator_for(folder_schemas(types)[folder]).is_valid(document) is holds


def test_write_schemas(types: Mapping[str, FieldType], tmp_path: Path) -> None:
    """A file for each folder of metadata."""
    written = write_schemas(tmp_path / "schemas", types)
    assert {p.name for p in written} >= {"entities.schema.json", "codes.schema.json"}
    assert json.loads(written[0].read_text())["$defs"]
