"""An expression of a person reads only what that person may see."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from xrm_core.expressions import SqlBuilder

P2 = "00000000-0000-7000-8000-000000000004"
G1 = "00000000-0000-7000-8000-000000000005"


class NoBoss:
    """Hides Bob and the first gift, the field `amount` altogether, and `name` where there is a boss."""

    def rows(self, entity: str, table: sa.FromClause) -> Any:
        """Which rows are seen."""
        return {"party": table.c.id != P2, "gift": table.c.id != G1}.get(entity)

    def shown(self, entity: str, field: str, table: sa.FromClause) -> Any:
        """On which rows the field is read."""
        if (entity, field) == ("deal", "amount"):
            return sa.false()
        return table.c.boss.is_(None) if (entity, field) == ("party", "name") else None


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("record.amount", None),
        ("record.amount == null", True),
        ("!(record.amount > 1)", True),
        ("record.amount != 10", True),
        ("record.twice", None),
        ("record.worth", 2.5),
        ("record.party.name", None),
        ("record.party.display", None),
        ("record.party.boss.name", None),
        ("record.party.boss.name == null", True),
        (f"record.party.boss == '{P2}'", True),
        ("record.gifts.count(g)", 2),
        ("record.gifts.sum(g, g.value)", 2.5),
        ("record.party.name.startsWith('A')", False),
        ("record.n", 7),
    ],
)
def test_hidden(small: Any, connection: sa.Connection, text: str, want: Any) -> None:
    """Hidden records do not exist, hidden fields are empty, also in formulas, roll-ups and behind links."""
    e = small.compile(text, nullable=True)
    b = SqlBuilder(small.schema, "deal", connection.engine.dialect.name, mask=NoBoss())
    query = sa.select(b.value(e.typed)).where(b.table.c.n == 7)
    assert connection.execute(query.select_from(b.source), b.bind(small.ctx())).scalar() == want


def test_path_of_a_builder_is_masked(small: Any) -> None:
    """A sort column is masked like any other."""
    b = SqlBuilder(small.schema, "deal", "sqlite", mask=NoBoss())
    x, t = b.path("party.name")
    assert t.null
    assert "CASE WHEN" in str(x)
