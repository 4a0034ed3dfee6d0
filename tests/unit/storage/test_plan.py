"""Plans are values: they become text and come back, and know which steps are done together."""

from __future__ import annotations

import pytest

from xrm_core.errors import BadRequest
from xrm_core.storage.plan import Plan, Step, groups


def test_a_plan_survives_its_text() -> None:
    """What is read is what was written."""
    step = Step(
        "add_column", "gift", "add gift.on", ('ALTER TABLE gift ADD COLUMN "on" DATE',), 3, "backfill", "writers", "é"
    )
    plan = Plan("id", "catalog", "fingerprint", (step,), ("kept: x",), {"gift": {"search": ["a"]}})
    assert Plan.from_json(plan.to_json()) == plan
    assert str(step) == "add gift.on (3 rows; writers; backfill): é"


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 99}', '{"format": 1, "steps": 5}', "null"])
def test_what_is_no_plan_is_refused(text: str) -> None:
    """A file that is something else does not become a plan."""
    with pytest.raises(BadRequest):
        Plan.from_json(text)


def test_long_steps_stand_alone() -> None:
    """Quick steps share a transaction; those that touch rows or write a table anew have their own."""
    quick, rows, again = Step("a", "e", "quick"), Step("b", "e", "rows", rows=5), Step("c", "e", "again", rebuild=True)
    assert [(n, len(many)) for n, many in groups([quick, quick, rows, quick, again, quick, quick])] == [
        (0, 2),
        (2, 1),
        (3, 1),
        (4, 1),
        (5, 2),
    ]
    assert [(n, len(many)) for n, many in groups([quick, quick, rows], 1)] == [(1, 1), (2, 1)]
