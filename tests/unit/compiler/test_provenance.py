"""Who set what."""

from __future__ import annotations

from typing import Any

import pytest

from xrm_core.compiler import why
from xrm_core.errors import NotFound

FILES = {
    "entities/a.yaml": "mixin: m\nfields: {x: {type: text, max: 5}}\n---\nentity: a\nmixins: [m]\nlabel: A\nfields:\n  x: {max: 6}\n  y: {type: text}\n"
    "search: [x]\n",
    "entities/more.yaml": "extend: a\nsearch: [y]\n",
    "views/a.yaml": "view: v\nentity: a\ncolumns: [x]\n",
}


@pytest.mark.parametrize(
    ("path", "lines"),
    [
        ("a", [4]),
        ("a.label", [6]),
        ("a.x.max", [2, 8]),
        ("a.fields.x.max", [2, 8]),
        ("a.x.type", [2]),
        ("a.y", [9]),
        ("a.search", [10, 2]),
        ("mixin:m.x.max", [2]),
        ("view:v.columns", [3]),
        ("v.columns", [3]),
        ("v.columns.0", [3]),
    ],
)
def test_why(folder: Any, path: str, lines: list[int]) -> None:
    """A key path gives the places that set it, the one in force last."""
    for name, text in FILES.items():
        folder.write(name, text)
    assert [setting.where.line for setting in why(folder.catalog(), path)] == lines


def test_unknown_path(folder: Any) -> None:
    """A path that nothing sets proposes the nearest."""
    for name, text in FILES.items():
        folder.write(name, text)
    with pytest.raises(NotFound, match=r"did you mean 'a\.x\.max'"):
        why(folder.catalog(), "a.x.mox")


def test_a_field_called_as_a_key_is(folder: Any) -> None:
    """A field may be called `label` or `title`: what the entity says by that word stands first, the field's own keys are found too."""
    folder.write(
        "entities/b.yaml", "entity: b\nlabel: {en: B}\ntitle: '{label}'\nfields:\n  label: {type: text, max: 9}\n"
    )
    catalog = folder.catalog()
    assert [setting.where.line for setting in why(catalog, "b.label")] == [2]
    for path in ("b.label.type", "b.label.max", "b.fields.label.type"):
        assert [setting.where.line for setting in why(catalog, path)] == [5]
    assert all(why(catalog, path) for path in catalog.provenance)
