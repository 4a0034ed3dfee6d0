"""Rules for the database: what may stand there, and what is said of what may not."""

from __future__ import annotations

from typing import Any

import pytest

ENTITY = """\
entity: gift
fields:
  name: {{type: text}}
  amount: {{type: decimal}}
  on: {{type: date}}
  owner: {{type: link, to: gift, reverse: owned}}
rules:
  - {{check: "{check}", message: No, in_database: true}}
"""


def test_a_rule_over_own_fields_may(folder: Any) -> None:
    """Comparisons of the record's own fields with constants, and with `when`, make one condition."""
    text = ENTITY.format(check="record.amount > 0.5").replace("message: No", "message: No, when: record.name == 'x'")
    folder.write("entities/gift.yaml", text)
    (rule,) = folder.catalog().entities["gift"].rules
    assert rule.in_database
    assert rule.whole == "!(record.name == 'x') || (record.amount > 0.5)"


@pytest.mark.parametrize(
    ("check", "why"),
    [
        ("record.owner.amount > 1", "it reads other records"),
        ("record.owned.count(o, true) < 5", "it reads other records"),
        ("record.on <= today()", "it asks for the time"),
        ("'manager' in actor.roles", "it asks for the actor"),
        ("record.name.lower() == 'x'", "SQLite alone has no such function"),
    ],
)
def test_what_else_it_reads_is_an_error(folder: Any, check: str, why: str) -> None:
    """What lies outside of the record's row, or changes by itself, is told at its place with the way out."""
    folder.write("entities/gift.yaml", ENTITY.format(check=check))
    (fault,) = [f for f in folder.faults() if "rule cannot stand" in f]
    assert why in fault
    assert "entities/gift.yaml:8" in fault
    assert "rules[0].in_database" in fault
    assert "take in_database out" in fault


TIED = """\
entity: gift
fields:
  fund: {type: link, to: fund}
  colour: {type: text}
rules:
  - {check: "CHECK", WHEN message: No, in_database: true}
"""
FUND = """\
entity: fund
fields:
  colour: {type: text, required: true}
  mood: {type: text}
  size: {type: integer, required: true}
"""


@pytest.mark.parametrize(
    ("check", "when", "may"),
    [
        ("record.fund.colour == record.colour", "when: record.fund != null,", True),
        ("record.colour == record.fund.colour", "when: record.fund != null,", True),
        ("record.fund.colour == record.colour", "", False),
        ("record.fund.colour != record.colour", "when: record.fund != null,", False),
        ("record.fund.mood == record.colour", "when: record.fund != null,", False),
        ("record.fund.colour == record.colour", "when: record.colour != null,", False),
        ("record.fund.colour == record.colour || record.colour == 'x'", "when: record.fund != null,", False),
    ],
)
def test_a_field_may_repeat_what_a_link_leads_to(folder: Any, check: str, when: str, may: bool) -> None:
    """That a record says as the one does that it points to may stand in the database, where that one always says something."""
    folder.write("entities/fund.yaml", FUND)
    folder.write("entities/gift.yaml", TIED.replace("CHECK", check).replace("WHEN", when))
    assert [f for f in folder.faults() if "rule cannot stand" in f] == [] if may else folder.faults()
