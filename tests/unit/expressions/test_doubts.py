"""Rules that an empty field opens."""

from __future__ import annotations

from typing import Any

import pytest

from xrm_core.expressions import opened_by_null


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("record.stage != 'new'", ("stage",)),
        ("!(record.stage == 'new')", ("stage",)),
        ("!(record.stage != 'new')", ()),
        ("record.stage == 'new' && record.n > 1", ()),
        ("!(record.n > 1 || record.flag)", ("n", "flag")),
        ("!!record.flag", ()),
        ("!(record.name in ['a'])", ("name",)),
        ("record.party.name != 'x' && record.id != null", ("party.name",)),
        ("!(record.n == null)", ()),
        ("coalesce(record.n, 0) != 1", ()),
        ("record.flag ? record.n != 1 : true", ("n",)),
        ("record.gifts.count(g) != 0", ()),
    ],
)
def test_opened_by_null(small: Any, text: str, fields: tuple[str, ...]) -> None:
    """The fields are those with which the rule is true although nothing is stored."""
    assert opened_by_null(small.compile(text, "bool").typed) == fields
