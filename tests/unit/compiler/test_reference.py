"""The reference page follows the models."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from xrm_core.compiler.reference import reference
from xrm_core.metamodel.field_type import FieldType

PAGE = Path(__file__).parents[3] / "docs" / "metadata.md"


def test_the_page_is_current(types: Mapping[str, FieldType]) -> None:
    """docs/metadata.md is what the models say; `python -m xrm_core.compiler.reference > docs/metadata.md` renews it."""
    assert PAGE.read_text("utf-8") == reference(types)


def test_every_key_has_a_row(types: Mapping[str, FieldType]) -> None:
    """Keys of every kind and options of every field type are there."""
    page = reference(types)
    for key in (
        "lifecycle",
        "class",
        "read_only_when",
        "replaced_by",
        "visible_when",
        "if_plugin",
        "rows",
        "append_only",
    ):
        assert f"`{key}`" in page or f"{key}:" in page
    for name, kind in types.items():
        assert f"### `{name}`" in page
        for option, info in kind.Options.model_fields.items():
            assert f"| `{info.alias or option}` |" in page


def test_every_key_says_what_it_means() -> None:
    """No row of a table of keys is without its meaning."""
    rows = [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| `") and line.count(" | ") == 3]
    assert len(rows) > 150
    assert [row for row in rows if row.rstrip(" |").count(" | ") != 3] == []
