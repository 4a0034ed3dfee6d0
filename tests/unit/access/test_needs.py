"""The needs matrix: which column speaks for whom, and which fields it opens."""

from __future__ import annotations

from dataclasses import replace

import pytest
from msgspec import structs

from tests.unit.access.firm import firm, with_rights
from xrm_core.access.needs import Needs, class_of, holder_of
from xrm_core.metamodel.catalog import SYSTEM_COLUMNS, Field

CELLS = {"red": {"sales": "R", "seller": "W"}, "green": {"top": "W"}, "blue": {"shop": "-", "steward": "R"}}
ALWAYS = frozenset(SYSTEM_COLUMNS) | {"display"}


def needs() -> Needs:
    """The matrix."""
    return Needs(with_rights(needs=CELLS))


@pytest.mark.parametrize(
    ("who", "column"),
    [("sales", "sales"), ("east", "sales"), ("top", "top"), ("shop", "shop"), ("seller", "seller"), ("guest", None), ("", None)],
)  # fmt: skip
def test_the_nearest_column_speaks(who: str, column: str | None) -> None:
    """That of a department itself, else of the nearest one above it; of a role its own or none."""
    assert needs().column(who) == column


def test_a_department_without_a_column_above_has_none() -> None:
    """At the top of the tree it ends."""
    assert Needs(with_rights(needs={"red": {"shop": "R"}})).column("east") is None


@pytest.mark.parametrize(
    ("data_class", "who", "cell"),
    [("red", "east", "R"), ("red", "top", "-"), ("green", "top", "W"), ("green", "east", "-"), ("blue", "shop", "-"), ("none", "east", "-"), ("red", "guest", "-")],
)  # fmt: skip
def test_cells(data_class: str, who: str, cell: str) -> None:
    """What the column says; nothing where it, the class or the column says nothing."""
    assert needs().cell(data_class, who) == cell


@pytest.mark.parametrize(
    ("data_class", "who", "reads", "writes"),
    [
        (None, "guest", True, True),
        ("red", "seller", True, True),
        ("red", "east", True, False),
        ("blue", "shop", False, False),
        ("green", "seller", False, False),
    ],
)
def test_who_writes_also_reads(data_class: str | None, who: str, reads: bool, writes: bool) -> None:
    """W is both, R is reading alone, a dash is neither, and what has no class is open to all."""
    found = needs()
    assert found.opens(data_class, frozenset({who}), "R") is reads
    assert found.opens(data_class, frozenset({who}), "W") is writes


def test_one_of_several_columns_is_enough() -> None:
    """The best of the columns that speak for somebody counts."""
    assert needs().opens("red", frozenset({"guest", "shop", "seller"}), "W")
    assert not needs().opens("red", frozenset({"guest", "shop", "sales"}), "W")


def test_fields_that_are_open() -> None:
    """Those of open classes, those without a class, and what every record has."""
    found, deal = needs(), firm().entities["deal"]
    plain = {"stage", "owner", "code", "sealed", "party"}
    assert found.fields(deal, frozenset({"east"}), "R") == ALWAYS | plain | {"secret"}
    assert found.fields(deal, frozenset({"east"}), "W") == ALWAYS | plain
    assert found.fields(deal, frozenset({"steward", "seller", "top"}), "R") == ALWAYS | set(deal.fields)


def test_a_field_called_as_the_title_is_always_open() -> None:
    """The title is there for whoever reads a record, also where its own class would close it."""
    deal = firm().entities["deal"]
    titled = replace(deal, fields={"display": structs.replace(deal.fields["secret"], name="display")})
    assert needs().fields(titled, frozenset({"guest"}), "R") == ALWAYS


def field(entity: str, name: str) -> Field:
    """A field of the firm."""
    return firm().entities[entity].fields[name]


@pytest.mark.parametrize(
    ("entity", "name", "expected"),
    [
        ("deal", "secret", "red"), ("deal", "code", None), ("deal", "lines", "blue"),
        ("deal_lines", "cost", "red"), ("deal_lines", "memo", "blue"), ("deal_lines", "back", "blue"), ("deal_lines", "position", "blue"),
        ("deal_friends", "party", "green"),
    ],
)  # fmt: skip
def test_rows_have_the_class_of_the_field_that_holds_them(entity: str, name: str, expected: str | None) -> None:
    """Where they have none of their own; ties too."""
    assert class_of(firm(), firm().entities[entity], field(entity, name)) == expected


def test_what_holds_rows() -> None:
    """The field of their owner, and not another set of records that points to it, in whatever order these stand."""
    catalog = firm()
    deal = catalog.entities["deal"]
    for order in (deal.children.items(), reversed(deal.children.items())):
        turned = replace(catalog, entities={**catalog.entities, "deal": replace(deal, children=dict(order))})
        for rows in ("lines", "friends"):
            assert holder_of(turned, turned.entities[f"deal_{rows}"]) is deal.fields[rows]
    assert holder_of(catalog, deal) is None
    bare = replace(catalog, entities={**catalog.entities, "deal": replace(deal, children={})})
    assert holder_of(bare, bare.entities["deal_lines"]) is None
    assert class_of(bare, bare.entities["deal_lines"], field("deal_lines", "position")) is None
