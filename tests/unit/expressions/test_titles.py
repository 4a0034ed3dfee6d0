"""Title templates as expressions."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from tests.unit.expressions.conftest import EMPTY, FULL
from xrm_core.expressions import ExprError, compile_text, template_to_expression


@pytest.mark.parametrize(
    ("template", "full", "empty"),
    [
        ("{name}", " 50%_é", ""),
        ("{n} {party}", "7 Ann", ""),
        ("{n} - {note} - {party}", "7 - Ann", ""),
        ("{note}, {n}", "7", ""),
        ("Deal {n}", "Deal 7", "Deal"),
        ("{stage} ({party})", "Brand new (Ann)", ""),
        ("{party.name}: {amount}", "Ann: 10.00", ""),
        ("{due} {at} {flag}", "31 Jan 2024 31 Mar 2024 true", ""),
        ("Deal", "Deal", "Deal"),
        ("{twice}!", "20.00!", "!"),
    ],
)
def test_title(small: Any, connection: Any, template: str, full: str, empty: str) -> None:
    """Empty fields take the text before them along; what is left is trimmed."""
    e = compile_text(template_to_expression(template, *deal(small)), small.schema, "deal", "text")
    here = [e.python(small.ctx(r)) for r in (FULL, EMPTY)]
    assert here == [full, empty]
    b = e.sql(connection.engine.dialect.name)
    query = sa.select(b.value(e.typed)).select_from(b.source).order_by(b.table.c.id)
    assert list(connection.execute(query, b.bind(small.ctx())).scalars()) == here


@pytest.mark.parametrize(
    ("template", "part"),
    [
        ("{nam}", "did you mean 'name'"),
        ("{tags}", "a title cannot show it"),
        ("{gifts}", "set of records"),
        ("{about}", "a title cannot show it"),
        ("{about.name}", "no link to one entity"),
        ("{a b}", "is not a field"),
    ],
)
def test_title_error(small: Any, template: str, part: str) -> None:
    """A title names fields that can be shown."""
    with pytest.raises(ExprError, match=part):
        template_to_expression(template, *deal(small))


def deal(small: Any) -> tuple[Any, Any]:
    """The entity and its schema."""
    return small.schema.entities["deal"], small.schema
