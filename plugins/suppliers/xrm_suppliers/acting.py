"""What buttons on a supplier do, and what happens to contracts by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
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


def expire_contracts(reader: Reader, today: date) -> Sequence[FurtherChange]:
    """Active contracts that have ended expire, unless they renew by themselves or by an option."""
    over = reader.find(
        "contract", "record.status == 'active' && record.renewal == 'none' && record.ends_on < today()", limit=10_000
    )
    return [Patch("contract", contract["id"], transition="expire") for contract in over]
