"""What buttons on an outcome do, and what happens to relationships by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from xrm_core.plugin import Actor, FurtherChange, Reader, Record

from . import measuring


def take_reading(record: Record, values: Mapping[str, Any], actor: Actor, reader: Reader) -> Sequence[FurtherChange]:
    """Take the reading of a measured outcome now."""
    return measuring.taken(record, reader.today, reader)


def work_out_health(record: Record, values: Mapping[str, Any], actor: Actor, reader: Reader) -> Sequence[FurtherChange]:
    """Work the health of the outcome's relationship out now."""
    over = record["relationship_entity"]
    found = reader.get(over, record["relationship"])
    return measuring.health_changes(over, found, reader.today, reader) if found is not None else ()


def take_readings(reader: Reader, today: date) -> Sequence[FurtherChange]:
    """Each night: the readings of all outcomes that measure themselves."""
    agreed = reader.find("outcome", "record.status == 'agreed' && record.measured", limit=10_000)
    return [change for outcome in agreed for change in measuring.taken(outcome, today, reader)]


def keep_health(reader: Reader, today: date) -> Sequence[tuple[FurtherChange, ...]]:
    """Each hour: the health of relationships that have none of today, each with its reading or not at all."""
    return [
        tuple(measuring.health_changes(entity, record, today, reader))
        for entity in measuring.kinds(reader)
        for record in measuring.to_look_at(entity, today, reader)
    ]


def propose_stages(reader: Reader, today: date) -> Sequence[FurtherChange]:
    """Each night: steps of lifecycles that rules propose, and open proposals that are no longer so."""
    return [change for entity in measuring.kinds(reader) for change in measuring.proposals(entity, today, reader)]
