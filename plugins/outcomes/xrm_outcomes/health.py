"""How a relationship stands: its signals by the formula in force, what it fell by, and the version of the formula that said so.

The formula stands in metadata (codes of `health_signal`), so it changes without a word to anybody. Each version is kept, each score says
by which it was made, and what a change of the formula alone does to a score is no change of the relationship.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from xrm_core.plugin import FurtherChange, NewRecord, Patch, Reader, Record, _, called, speaking

from . import rules

MIXIN = "relationship"
MOST = 10_000
"""Relationships of a kind that are looked at for what is usual."""
DROP = "health_drop"
"""The kind of request that a lower band opens, where a plugin in use has it."""


@dataclass(frozen=True, slots=True)
class Formula:
    """The formula in force for a kind of relationship: its signals, the version that keeps it, and that version where it is new."""

    signals: Sequence[rules.Signal]
    id: str
    number: int
    made: NewRecord | None = None
    usual: Mapping[str, int | None] = field(default_factory=dict)
    """How many days are usual in each stage."""


def formula_of(entity: str, reader: Reader) -> Formula:
    """The formula of a kind of relationship: signals of its own and those of all relationships."""
    signals = [
        rules.Signal(code, told["weight"], told["measure"])
        for code, told in reader.codes("health_signal").items()
        if told["measure"] and told["weight"] and told["over"] in (MIXIN, entity)
    ]
    mark = rules.mark_of(signals)
    known = reader.find("health_model", "record.over == given.over", {"over": entity}, limit=1_000)
    there = next((row for row in known if row["mark"] == mark), None)
    usual = _usual(entity, reader)
    if there is not None:
        return Formula(signals, str(there["id"]), int(there["number"]), usual=usual)
    number, id = max((int(row["number"]) for row in known), default=0) + 1, reader.new_id()
    rows = [{"signal": one.code, "weight": one.weight, "measure": one.measure} for one in signals]
    values = {"over": entity, "number": number, "since": reader.today, "mark": mark, "signals": rows}
    return Formula(signals, id, number, NewRecord("health_model", values, id), usual)


def _usual(entity: str, reader: Reader) -> dict[str, int | None]:
    """How long relationships of a kind usually are in each stage of their beginning, by those that are in it."""
    ages: dict[str, list[int]] = {}
    ask = "record.phase in ['forming', 'building'] && record.stage_since != null"
    for row in reader.find(entity, ask, limit=MOST):
        ages.setdefault(str(row["stage"]), []).append((reader.today - row["stage_since"]).days)
    return {stage: rules.usual_days(found) for stage, found in ages.items()}


def parts_of(entity: str, record: Record, signals: Sequence[rules.Signal], reader: Reader) -> list[rules.Part]:
    """Each signal of a relationship with its value now."""
    return [
        rules.Part(one.code, one.weight, rules.within(reader.evaluate(entity, record, one.measure))) for one in signals
    ]


def health_changes(entity: str, record: Record, today: date, reader: Reader, formula: Formula) -> list[FurtherChange]:
    """The relationship with its health of today, and the reading that shows how it came about. Where it fell into a lower
    band and nobody has a next step, that is the next step; where requests are in use they ask the owner, and it is left alone.
    Where the formula is another than last time, it fell if it did by that one."""
    usual = formula.usual.get(str(record["stage"]))
    record = {**record, "stage_usual": usual}
    parts = parts_of(entity, record, formula.signals, reader)
    found, before = rules.health_of(parts), record["health_band"]
    told = {
        "stage_usual": usual,
        "health": found.health,
        "health_band": found.band,
        "health_at": reader.now,
        "health_model": formula.number,
    }
    patches: list[FurtherChange] = [Patch(entity, record["id"], told)]
    fell = rules.fell(before, found.band)
    if record["health_model"] not in (None, formula.number):
        old = _by_the_old(entity, record, reader)
        fell = old is not None and rules.fell(before, old.band)
        if old is not None and fell:  # as it would have been without a change of the formula, and then by the new one
            patches.insert(0, Patch(entity, record["id"], {"health": old.health, "health_band": old.band}))
    asked = DROP in reader.codes("request_type")
    if fell and not asked and record["next_step"] is None and record["owner"]:
        told |= {"next_step": _step(found, parts, reader), "next_step_on": today}
    return [*patches, *_reading(entity, record, today, reader, formula, found, parts)]


def _reading(
    entity: str, record: Record, today: date, reader: Reader, formula: Formula, found: rules.Health, parts: Sequence[rules.Part]
) -> list[FurtherChange]:  # fmt: skip
    """The reading of today, new or put right."""
    rows = [{"signal": part.signal, "weight": part.weight, "value": part.value} for part in parts]
    told = {"health": found.health, "band": found.band, "known": found.known, "parts": rows, "model": formula.id}
    there = reader.find(
        "health_reading", "record.relationship == given.one && record.on == given.day", {"one": record["id"], "day": today}
    )  # fmt: skip
    if there:
        return [Patch("health_reading", there[0]["id"], told)]
    new = {
        "relationship": record["id"],
        "relationship_entity": entity,
        "on": today,
        "band_before": record["health_band"],
    }
    return [NewRecord("health_reading", {**new, **told})]


def _by_the_old(entity: str, record: Record, reader: Reader) -> rules.Health | None:
    """The health now by the formula of last time; None where that is not kept. A measure that says nothing any more, for fields that
    have gone, counts as not known."""
    ask = "record.over == given.over && record.number == given.number"
    kept = reader.find("health_model", ask, {"over": entity, "number": record["health_model"]})
    if not kept:
        return None
    rows = reader.children("health_model", "signals", kept[0]["id"])
    says = [row for row in rows if reader.fault_in(entity, row["measure"]) is None]
    parts = parts_of(
        entity, record, [rules.Signal(row["signal"], row["weight"], row["measure"]) for row in says], reader
    )
    return rules.health_of(
        [*parts, *(rules.Part(row["signal"], row["weight"], None) for row in rows if row not in says)]
    )


def _step(found: rules.Health, parts: Sequence[rules.Part], reader: Reader) -> str:
    low = [part for part in parts if part.value is not None and part.value < rules.GOOD_FROM]
    with speaking(str(reader.settings.get("language") or "en")):  # it is stored, for everybody
        names = [called(reader.code("health_signal", part.signal)["label"]) for part in low]
        band = called(reader.code("health_band", found.band)["label"])
        return _("Health fell to “{band}”: look at {parts}", band=band, parts=", ".join(names))[:200]
