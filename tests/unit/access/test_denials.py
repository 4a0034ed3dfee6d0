"""A deny closes wherever it is not surely false."""

from __future__ import annotations

import pytest

from xrm_core.access.denials import surely_not

TURNED = {
    "record.sealed": "record.sealed != null && !record.sealed",
    "record.sealed == true": "record.sealed != null && record.sealed != true",
    "record.stage != 'open'": "record.stage == 'open'",
    "!(record.stage == 'open')": "record.stage == 'open'",
    "record.amount > 5": "record.amount <= 5",
    "record.a == 1 && record.b == 2": "record.a != null && record.a != 1 || record.b != null && record.b != 2",
    "record.a == 1 || !record.b": "record.a != null && record.a != 1 && record.b",
    "record.note == null": "record.note != null",
    "record.owner in actor.departments": "record.owner != null && !(record.owner in actor.departments)",
    "record.owner == actor.id": "record.owner != null && actor.id != null && record.owner != actor.id",
    "record.name.contains('x')": "record.name != null && !record.name.contains('x')",
    "record.gifts.exists(g, g.secret == true)": "!record.gifts.exists(g, !(g.secret != null && g.secret != true))",
    "has(record.note)": "!has(record.note)",
    "true": "false",
    "false": "true",
    "record.a < 5": "record.a >= 5",
    "record.a <= 5": "record.a > 5",
    "record.a >= 5": "record.a < 5",
    "record.name.matches('x')": "record.name != null && !record.name.matches('x')",
    "record.name.endsWith('x')": "record.name != null && !record.name.endsWith('x')",
    "!(record.a == 1 && record.b != 2)": "record.a == 1 && record.b != null && record.b != 2",
    "!(record.a == 1 || record.b == 2)": "record.a == 1 || record.b == 2",
    "!record.gifts.exists(g, g.secret != 1)": "record.gifts.exists(g, g.secret != null && g.secret != 1)",
    "!record.gifts.exists(g)": "record.gifts.exists(g)",
    "record.gifts.exists(g)": "!record.gifts.exists(g)",
    "record.a + 1 == 2": "record.a + 1 != null && record.a + 1 != 2",
    "record.leads == 1": "record.leads != null && record.leads != 1",
    "actor.id in record.team": "actor.id != null && !(actor.id in record.team)",
    "record.a != null": "record.a == null",
    "record.name.startsWith('x')": "record.name != null && !record.name.startsWith('x')",
    "!(record.a != 1 || record.b == 2)": "record.a != null && record.a != 1 || record.b == 2",
    "!!(record.a == 1)": "record.a != null && record.a != 1",
    "!(record.a != null)": "record.a != null",
    "!coalesce(record.a, record.b, false)": "coalesce(record.a, record.b, false)",
    "!(record.a == 1 ? record.b != 2 : record.c)": (
        "record.a == 1 && record.b != null && record.b != 2 || record.a != null && record.a != 1 && record.c"
    ),
    "'a' in ['b']": "!('a' in ['b'])",
    "'a' in actor.roles": "!('a' in actor.roles)",
    "'a' in actor.roles || record.a in actor.leads": "!('a' in actor.roles) && record.a != null && !(record.a in actor.leads)",
}


@pytest.mark.parametrize("text", TURNED)
def test_turned_over(text: str) -> None:
    """Each part is turned over, and asks for what it compares to be there."""
    assert surely_not(text) == TURNED[text]


def test_of_two_ways_each_is_turned_over() -> None:
    """Where a condition chooses, it must be known which way, and that way must be surely false."""
    assert surely_not("record.a == 1 ? record.b : record.c") == (
        "record.a == 1 && record.b != null && !record.b"
        " || record.a != null && record.a != 1 && record.c != null && !record.c"
    )
