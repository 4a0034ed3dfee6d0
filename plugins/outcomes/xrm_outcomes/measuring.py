"""What is worked out over relationships: readings of measured outcomes, health, and stages that rules propose."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from xrm_core.plugin import FurtherChange, NewRecord, Patch, Reader, Record

from . import rules
from .phrases import label, tell

MIXIN = "relationship"
AT_ONCE = 2_000
"""Relationships of one kind that a run works through; the next run goes on with those whose health is oldest."""
CENT = Decimal("0.01")
DROP = "health_drop"
"""The kind of request that a lower band opens, where a plugin in use has it."""


def reading_of(outcome: Record, reader: Reader) -> Decimal | None:
    """What the measure of an outcome's type gives now; None where it has none, or gives nothing."""
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


def signals_of(entity: str, reader: Reader) -> Mapping[str, Mapping[str, Any]]:
    """The signals that a kind of relationship has, by code: those of its own and those of all relationships."""
    return {
        code: told
        for code, told in reader.codes("health_signal").items()
        if told["measure"] and told["weight"] and told["over"] in (MIXIN, entity)
    }


def parts_of(entity: str, record: Record, reader: Reader) -> list[rules.Part]:
    """Each signal of a relationship with its value now."""
    return [
        rules.Part(code, told["weight"], rules.within(reader.evaluate(entity, record, told["measure"])))
        for code, told in signals_of(entity, reader).items()
    ]


def health_changes(entity: str, record: Record, today: date, reader: Reader) -> list[FurtherChange]:
    """The relationship with its health of today, and the reading that shows how it came about. Where it fell into a lower
    band and nobody has a next step, that is the next step; where requests are in use they ask the owner, and it is left alone."""
    parts = parts_of(entity, record, reader)
    found = rules.health_of(parts)
    before = record["health_band"]
    values: dict[str, Any] = {"health": found.health, "health_band": found.band, "health_at": reader.now}
    asked = DROP in reader.codes("request_type")
    if rules.fell(before, found.band) and not asked and record["next_step"] is None and record["owner"]:
        values |= {"next_step": _step(found, parts, reader), "next_step_on": today}
    rows = [{"signal": part.signal, "weight": part.weight, "value": part.value} for part in parts]
    told = {"health": found.health, "band": found.band, "known": found.known, "parts": rows}
    there = reader.find(
        "health_reading", "record.relationship == given.one && record.on == given.day", {"one": record["id"], "day": today}
    )  # fmt: skip
    if there:
        return [Patch(entity, record["id"], values), Patch("health_reading", there[0]["id"], told)]
    new = {"relationship": record["id"], "relationship_entity": entity, "on": today, "band_before": before, **told}
    return [Patch(entity, record["id"], values), NewRecord("health_reading", new)]


def _step(found: rules.Health, parts: Sequence[rules.Part], reader: Reader) -> str:
    language = str(reader.settings.get("language") or "en")
    low = [part for part in parts if part.value is not None and part.value < rules.GOOD_FROM]
    names = [label(reader.code("health_signal", part.signal)["label"], language) for part in low]
    band = label(reader.code("health_band", found.band)["label"], language)
    return tell("fell", language, band=band, parts=", ".join(names))[:200]


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
