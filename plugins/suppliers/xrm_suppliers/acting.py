"""What buttons on a supplier do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from xrm_core.plugin import Actor, FurtherChange, Patch, Reader, Record

from . import qualifying, rules


def place_in_portfolio(
    record: Record, values: Mapping[str, Any], actor: Actor, reader: Reader
) -> Sequence[FurtherChange]:
    """Set the supplier's quadrant from its share of the year's spend and its supply risk."""
    high = rules.high_spend(qualifying.spend_by_supplier(reader))
    found = rules.quadrant(record["id"] in high, record.get("risk"), bool(record.get("single_source")))
    return [Patch("supplier", record["id"], {"quadrant": found})]
