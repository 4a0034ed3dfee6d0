"""How alike two records are, said of their facts."""

from __future__ import annotations

from datetime import date

import pytest

from xrm_core.metamodel.definitions import SimilarDef
from xrm_core.services.likeness import even, facts, likeness

SIMILAR = SimilarDef(like=["name", "names.name"], sure=["number"], same=["mail"], near=["town", "born_on"])


def told(a: dict[str, object], b: dict[str, object]) -> str | None:
    """The grade of two records."""
    found = likeness(SIMILAR, facts(a.items()), facts(b.items()))
    return found.grade if found else None


@pytest.mark.parametrize(
    ("a", "b", "grade"),
    [
        ({"name": "Anna Meier", "number": "7"}, {"name": "Quite Another", "number": "7"}, "certain"),
        ({"name": "Anna Meier", "mail": "A@X.de"}, {"name": "Meier, Anna", "mail": "a@x.de"}, "certain"),
        ({"name": "Anna Meier", "mail": "a@x.de"}, {"name": "Anna Maier", "mail": "a@x.de"}, "probable"),
        ({"name": "Anna Meier", "town": "Emden"}, {"name": "Ánna Meier", "town": "EMDEN"}, "probable"),
        ({"name": "Anna Meier", "mail": "a@x.de"}, {"name": "Bernd Oltmanns", "mail": "a@x.de"}, "possible"),
        ({"name": "Anna Meier"}, {"name": "Anna Meier"}, "possible"),
        ({"name": "Nordsee Pumpen"}, {"name": "Nordsee-Pumpen GmbH"}, "possible"),
        ({"name": "Old"}, {"names.name": "Old"}, "possible"),
        ({"name": "Anna"}, {"name": "Anna Meier"}, None),
        ({"name": "Anna Meier", "town": "Emden"}, {"name": "Bernd Oltmanns", "town": "Emden"}, None),
        ({"name": "", "mail": ""}, {"name": "", "mail": ""}, None),
        ({"born_on": date(1980, 1, 2)}, {"born_on": date(1980, 1, 2)}, None),
    ],
)
def test_grades(a: dict[str, object], b: dict[str, object], grade: str | None) -> None:
    """A number is sure; a way to reach counts by itself, a place or a day beside a name only; it is the same both ways."""
    assert told(a, b) == told(b, a) == grade


def test_the_surest_comes_first() -> None:
    """By grade, then by how much is equal, then by how alike the names are."""
    typed = facts([("name", "Anna Meier"), ("mail", "a@x.de"), ("number", "7")])
    others = [
        facts([("name", "Anna Meier")]), facts([("name", "X"), ("number", "7")]), facts([("name", "Anna Meyer"), ("mail", "a@x.de")]),
    ]  # fmt: skip
    found = [alike for other in others if (alike := likeness(SIMILAR, typed, other))]
    assert [one.grade for one in sorted(found, key=lambda one: one.rank)] == ["certain", "probable", "possible"]
    assert [one.equal for one in found] == [(), ("number",), ("mail",)]


def test_values_are_even() -> None:
    """Case, accents and spaces do not count; days are days."""
    assert even("  Ærø   ÉTÉ ") == even("ærø été")
    assert even(date(2026, 1, 31)) == "2026-01-31"
