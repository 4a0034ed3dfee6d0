"""What defaults and transitions compute is checked and stored like anything that people type."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from xrm_core.errors import InvalidRecord
from xrm_core.metamodel.values import SYSTEM
from xrm_core.services import records
from xrm_core.services.runtime import Runtime
from xrm_core.testing import temporary_organisation

ENTITIES = """
entity: deal
fields:
  value: {type: decimal, scale: 2, required: true}
  parts: {type: integer, default: 1}
  stage: {type: choice, values: {open: Open, won: Won, lost: Lost}, default: open, required: true}
  share: {type: decimal, scale: 2, max: 1000, default: "= record.value / record.parts"}
  code: {type: text, max: 4}
  like: {type: text, default: "= 'no' + 'w'"}
  how: {type: choice, values: {fast: Fast, slow: Slow}, default: "= record.like"}
  fee: {type: money, min: 0}
lifecycle:
  field: stage
  transitions:
    win: {from: [open], to: won, set: {fee: "record.value / record.parts", code: "record.like"}}
    lose: {from: [open], to: lost, set: {fee: "0 - record.value", code: "record.like"}}
"""


@pytest.fixture
def runtime(database_url: str) -> Iterator[Runtime]:
    """An organisation with deals, on either database."""
    with temporary_organisation(metadata={"entities/deal.yaml": ENTITIES}, url=database_url) as made:
        yield made


def create(runtime: Runtime, **values: Any) -> dict[str, Any]:
    """A deal."""
    with runtime.work(SYSTEM, "api", write=True) as work:
        return dict(records.create_record(work, "deal", values))


def faults(fault: InvalidRecord) -> list[tuple[str | None, str]]:
    """Field and code of each problem."""
    return [(p.field, p.code) for p in fault.problems]


def test_a_computed_default_is_rounded_bounded_and_a_code(runtime: Runtime) -> None:
    """A number gets the places of its field; beyond the limits, or no code of the list, is a problem of that field."""
    deal = create(runtime, value="10", parts=3, how="fast")
    assert str(deal["share"]) == "3.33"
    with pytest.raises(InvalidRecord) as refused:
        create(runtime, value="5000")
    assert faults(refused.value) == [("share", "too_large"), ("how", "unknown_code")]
    assert create(runtime, value="5000", share="1", how="slow")["share"] == Decimal("1.00")


def test_what_a_transition_sets_is_checked(runtime: Runtime) -> None:
    """Money gets its places and its currency; what the field does not take refuses the transition, each problem at its field."""
    deal = create(runtime, value="10", parts=3, how="fast", like="abc")
    with runtime.work(SYSTEM, "api", write=True) as work:
        won = records.run_transition(work, "deal", deal["id"], "win")
    assert (str(won["fee"]), won["fee_currency"], won["code"]) == ("3.33", "EUR", "abc")
    other = create(runtime, value="10", how="fast", like="too long")
    with pytest.raises(InvalidRecord) as refused, runtime.work(SYSTEM, "api", write=True) as work:
        records.run_transition(work, "deal", other["id"], "lose")
    assert sorted(faults(refused.value)) == [("code", "too_long"), ("fee", "too_small")]
