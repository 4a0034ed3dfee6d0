"""Sample records in metadata: what they name has to be there, and they are made in an order that works."""

from __future__ import annotations

from typing import Any

from xrm_core.compiler import in_order

GOOD = """
entity: club
fields: {name: {type: text, required: true}, head: {type: link, to: club}, since: {type: date}}
---
sample: small
entity: club
records:
  one: {name: One, head: {sample: large.two}, since: "=addDays(today(), -3)"}
---
sample: large
entity: club
records:
  two: {name: Two}
"""


def test_samples_that_are_named_come_first(folder: Any) -> None:
    """`small` names a record of `large`, so it is made after it, wherever the two are written."""
    folder.write("entities/club.yaml", GOOD)
    assert [s.sample for s in in_order(folder.catalog().samples)] == ["large", "small"]


def test_every_mistake_is_told_at_its_place(folder: Any) -> None:
    """Unknown entities, fields, samples and records, circles, expressions that read a record."""
    folder.write(
        "entities/club.yaml",
        """
entity: club
fields: {name: {type: text}, head: {type: link, to: club}}
---
sample: a
entity: club
records:
  one: {nam: One}
  two: {head: {sample: b.thre}}
  three: {head: {sample: a.one}}
  four: {head: {sample: nowhere.one}, name: "=record.name"}
  five: {head: {sample: loose}, name: "=todya()"}
---
sample: b
entity: club
records: {three: {head: {sample: a.one}}}
---
sample: c
entity: clab
records: {}
""",
    )
    found = {(p.code, p.where.key) for p in folder.report().problems if p.where is not None}
    assert found == {
        ("unknown_field", "records.one.nam"),
        ("unknown_record_in_the_sample", "records.two.head.sample"),
        ("bad_reference", "records.three.head.sample"),
        ("unknown_sample", "records.four.head.sample"),
        ("expression", "records.four.name"),
        ("bad_reference", "records.five.head.sample"),
        ("expression", "records.five.name"),
        ("unknown_entity", "entity"),
        ("circle", "records"),
    }
