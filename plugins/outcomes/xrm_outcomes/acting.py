"""What buttons on an outcome do, and what happens to relationships by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from xrm_core.plugin import Actor, FurtherChange, Problem, Reader, Record, _

from . import health, measuring


def take_reading(
    record: Record, values: Mapping[str, Any], actor: Actor, reader: Reader
) -> Sequence[FurtherChange | Problem]:
    """Take the reading of a measured outcome now; one that somebody else wrote the measure of is his to take, and the night's."""
    if record["measure"] and record["measure_by"] != actor.acts_as and not actor.is_system:
        told = _(
            "This measure is worked out with the rights of whoever wrote it: each night, or when that person asks for it."
        )
        return [Problem(told, "refused", "measure_by")]
    return measuring.taken(record, reader.today, reader)


def work_out_health(record: Record, values: Mapping[str, Any], actor: Actor, reader: Reader) -> Sequence[FurtherChange]:
    """Work the health of the reading's relationship out now."""
    over = record["relationship_entity"]
    found = reader.get(over, record["relationship"])
    if found is None:
        return ()
    formula = health.formula_of(over, reader)
    made = [formula.made] if formula.made is not None else []
    return [*made, *health.health_changes(over, found, reader.today, reader, formula)]


def take_readings(reader: Reader, today: date) -> Sequence[FurtherChange]:
    """Each night: the readings of all outcomes that measure themselves."""
    agreed = reader.find("outcome", "record.status == 'agreed' && record.measured", limit=10_000)
    return [change for outcome in agreed for change in measuring.taken(outcome, today, reader)]


def keep_health(reader: Reader, today: date) -> Sequence[tuple[FurtherChange, ...]]:
    """Each hour: the health of relationships that have none of today, each with its reading or not at all. A formula that is new is
    kept before them."""
    changes: list[tuple[FurtherChange, ...]] = []
    for entity in measuring.kinds(reader):
        due = measuring.to_look_at(entity, today, reader)
        formula = health.formula_of(entity, reader) if due else None
        if formula is not None and formula.made is not None:
            changes.append((formula.made,))
        changes += [
            tuple(health.health_changes(entity, record, today, reader, formula))
            for record in due
            if formula is not None
        ]
    return changes


def propose_stages(reader: Reader, today: date) -> Sequence[FurtherChange]:
    """Each night: steps of lifecycles that rules propose, and open proposals that are no longer so."""
    return [change for entity in measuring.kinds(reader) for change in measuring.proposals(entity, today, reader)]
