"""What is worked out over relationships: readings of measured outcomes, and stages that rules propose. Health is in `health`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from xrm_core.plugin import FurtherChange, NewRecord, Patch, Reader, Record

from .health import MIXIN

AT_ONCE = 2_000
"""Relationships of one kind that a run works through; the next run goes on with those whose health is oldest."""
CENT = Decimal("0.01")


def reading_of(outcome: Record, reader: Reader) -> Decimal | None:
    """What the measure of an outcome, else that of its type, gives now; None where it has none, or gives nothing. That of an outcome
    is worked out with the rights of whoever wrote it: it tells what he could have entered by hand."""
    if outcome["measure"]:
        over, id = outcome["relationship_entity"], outcome["relationship"]
        own = (
            reader.worked_out(over, id, outcome["measure"], user=outcome["measure_by"])
            if outcome["measure_by"]
            else None
        )
        return None if own is None else own.quantize(CENT, ROUND_HALF_UP)
    measure = reader.code("outcome_type", outcome["type"]).get("measure") if outcome["type"] else None
    over = outcome["relationship_entity"]
    record = reader.get(over, outcome["relationship"]) if measure else None
    if measure is None or record is None:
        return None
    value = reader.evaluate(over, record, measure)
    return None if value is None else Decimal(value).quantize(CENT, ROUND_HALF_UP)


def taken(outcome: Record, today: date, reader: Reader) -> Sequence[FurtherChange]:
    """Today's reading of a measured outcome: a new one, or the one of today corrected; nothing where nothing changes."""
    value = reading_of(outcome, reader)
    if value is None:
        return ()
    there = reader.find(
        "reading", "record.outcome == given.outcome && record.on == given.day", {"outcome": outcome["id"], "day": today}
    )
    if there and (there[0]["by"] == "hand" or there[0]["value"] == value):
        return ()
    if there:
        return (Patch("reading", there[0]["id"], {"value": value}),)
    return (NewRecord("reading", {"outcome": outcome["id"], "on": today, "value": value, "by": "measure"}),)


def kinds(reader: Reader) -> Sequence[str]:
    """The entities that are relationships: those to which outcomes may point."""
    return reader.targets("outcome", "relationship")


def to_look_at(entity: str, today: date, reader: Reader) -> Sequence[Record]:
    """Relationships under way whose health is not of today, the oldest first to come."""
    return reader.find(
        entity, "record.phase != 'ended' && (record.health_at == null || date(record.health_at) < given.day)",
        {"day": today}, limit=AT_ONCE,
    )  # fmt: skip


def proposals(entity: str, today: date, reader: Reader) -> Iterator[FurtherChange]:
    """Steps of the lifecycle that rules propose anew; and open ones that are no longer so, which end by themselves.
    What was refused is not proposed again within half a year."""
    for code, told in reader.codes("stage_rule").items():
        if told["over"] not in (MIXIN, entity) or not told["when"]:
            continue
        there = reader.find(
            "stage_proposal", "record.rule == given.rule && (record.status == 'open' || record.proposed_on > addMonths(given.day, -6))",
            {"rule": code, "day": today}, limit=10_000,
        )  # fmt: skip
        known = {row["relationship"] for row in there if row["status"] in ("open", "refused")}
        due = reader.find(entity, told["when"], limit=AT_ONCE)
        for record in due:
            if record["id"] not in known:
                yield NewRecord(
                    "stage_proposal",
                    {"relationship": record["id"], "relationship_entity": entity, "rule": code, "stage_then": record["stage"], "proposed_on": today},
                )  # fmt: skip
        for row in there:
            if (
                row["status"] == "open"
                and row["relationship_entity"] == entity
                and not _holds(row, told, entity, reader)
            ):
                yield Patch("stage_proposal", row["id"], transition="outdate")


def _holds(row: Record, told: Mapping[str, Any], entity: str, reader: Reader) -> bool:
    record = reader.get(entity, row["relationship"])
    return record is not None and reader.evaluate(entity, record, told["when"]) is True
