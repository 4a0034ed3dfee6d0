"""Sample outcomes: three quarters of the relationships have one, read each month along a noisy line; two tell the demo's story."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from xrm_core.plugin import SampleMaker

from .rules import Part, Signal, due_from, health_of, mark_of, within

Row = dict[str, Any]
SHARE = 0.75
"""Of the relationships that are looked at, how many have an outcome."""
ON_TRACK, MISSED = 0.55, 0.15
MONTHS = 6
"""Months of which the health is told."""
WEIGHTS = {"outcomes": Decimal(35), "next_step": Decimal(15), "stage_age": Decimal(10)}
"""The signals of the sample's health, as they counted then."""
MOST = 120
KINDS: Mapping[str, tuple[str, str, tuple[tuple[str, str, str, int, int, str], ...]]] = {
    "donors": (
        "donor",
        "fundraising",
        (
            ("own_measure", "ours", "Gives again this year, and more", 0, 100, "%"),
            ("impact_shown", "theirs", "Has seen what the last gift did", 0, 2, "reports"),
        ),
    ),
    "suppliers": (
        "supplier",
        "procurement",
        (
            ("on_time_delivery", "ours", "Delivers on the day agreed", 82, 95, "%"),
            ("paid_on_time", "theirs", "Is paid on the day agreed", 88, 98, "%"),
        ),
    ),
    "customers": (
        "customer",
        "sales",
        (
            ("own_measure", "ours", "Orders in two more product groups", 1, 3, "groups"),
            ("their_measure", "theirs", "Clean water without a break", 340, 365, "days"),
        ),
    ),
}
"""Of each domain: its entity, its department, and what outcomes are about: type, side, statement, baseline, target, unit."""


def make_outcomes(maker: SampleMaker) -> None:
    """Outcomes with their readings"""
    made: list[Row] = []
    for shared, (entity, _, subjects) in KINDS.items():
        ids = list(dict(maker.shared.get(shared, {})).values())
        if not ids:
            continue
        records = maker.records(entity, ids[: round(MOST * maker.scale / 3 / SHARE)])
        made += _of_kind(maker, entity, records, subjects)
    made += _story(maker)
    ids = maker.add("outcome", [row["outcome"] for row in made])
    readings = [{"outcome": id, **reading} for id, row in zip(ids, made, strict=True) for reading in row["readings"]]
    maker.add("reading", readings)
    maker.add("health_reading", _health(maker, made, _formulas(maker, made)))
    maker.shared["outcomes"] = ids
    agreed = {
        row["outcome"]["relationship"]: id
        for id, row in zip(ids, made, strict=True)
        if row["outcome"]["status"] == "agreed"
    }
    maker.shared["outcome_of"] = agreed


def _of_kind(
    maker: SampleMaker, entity: str, records: Sequence[Mapping[str, Any]], subjects: Sequence[tuple[Any, ...]]
) -> list[Row]:
    found: list[Row] = []
    for n, record in enumerate(records):
        rng = maker.rng(f"outcome_{entity}", n)
        if rng.random() < SHARE and record["owner"] and record["until"] is None:
            found.append(_outcome(maker, entity, record, rng.choice(subjects), rng))
    return found


def _outcome(maker: SampleMaker, entity: str, record: Mapping[str, Any], subject: Sequence[Any], rng: Random) -> Row:
    kind, side, statement, baseline, target, unit = subject
    start = maker.as_of - timedelta(days=rng.randrange(40, 420))
    due, luck = due_from(start, 12), rng.random()
    over = due < maker.as_of
    status = (
        ("achieved" if luck < ON_TRACK else "missed" if luck < ON_TRACK + MISSED else "agreed") if over else "agreed"
    )
    pace = rng.uniform(0.9, 1.3) if luck < ON_TRACK else rng.uniform(0.1, 0.7)
    row: Row = {
        "relationship": record["id"], "relationship_entity": entity, "type": kind, "side": side, "statement": statement,
        "owner": record["owner"], "direction": "more", "unit": unit, "baseline": Decimal(baseline), "baseline_on": start,
        "target": Decimal(target), "due_on": due, "status": status,
    }  # fmt: skip
    if side == "theirs":
        row["agreed_with"] = record["party"]
    if status == "achieved":
        row["evidence"] = [{"what": "Report of the year", "on": min(due, maker.as_of)}]
    readings = _readings(start, min(due, maker.as_of), due, (baseline, target), pace, rng)
    if status == "achieved" and readings:
        readings[-1]["value"] = Decimal(target)
    return {"outcome": row, "readings": readings}


def _readings(start: date, until: date, due: date, span: tuple[int, int], pace: float, rng: Random) -> list[Row]:
    """A value at the start of each month, along a line from the baseline with some noise."""
    baseline, target = span
    found: list[Row] = []
    for month in range(12):
        day = due_from(start, month)
        if day > until:
            break
        way = (day - start).days / (due - start).days * pace + (rng.uniform(-0.06, 0.06) if month else 0)
        value = Decimal(str(round(baseline + (target - baseline) * max(0.0, way), 1)))
        found.append({"on": day, "value": value, "by": "hand"})
    return found


def _formulas(maker: SampleMaker, made: Sequence[Row]) -> dict[str, str]:
    """The first formula of each kind of relationship, by which the scores of the sample come about: three signals. Its id by kind."""
    kinds = list(dict.fromkeys(row["outcome"]["relationship_entity"] for row in made))
    signals = [{"signal": code, "weight": weight} for code, weight in WEIGHTS.items()]
    mark = mark_of([Signal(code, weight, "") for code, weight in WEIGHTS.items()])
    since = maker.as_of - timedelta(days=30 * MONTHS)
    rows = [{"over": kind, "number": 1, "since": since, "mark": mark, "signals": signals} for kind in kinds]
    return dict(zip(kinds, maker.add("health_model", rows), strict=True))


def _health(maker: SampleMaker, made: Sequence[Row], formulas: Mapping[str, str]) -> list[Row]:
    """How relationships stood at the end of each of the last months, by the line of their outcome and by what was put off."""
    found: list[Row] = []
    for n, relationship in enumerate(dict.fromkeys(row["outcome"]["relationship"] for row in made)):
        own = [row for row in made if row["outcome"]["relationship"] == relationship]
        before, rng = None, maker.rng("health", n)
        for month in range(MONTHS, 0, -1):
            day = maker.as_of - timedelta(days=30 * month)
            values = {"outcomes": _on_way(own, day), "next_step": Decimal(rng.choice((100, 100, 70, 35)))}
            parts = [Part(code, weight, values.get(code)) for code, weight in WEIGHTS.items()]
            health = health_of(parts)
            found.append({
                "relationship": relationship, "relationship_entity": own[0]["outcome"]["relationship_entity"], "on": day, "health": health.health,
                "band": health.band, "band_before": before, "known": health.known,
                "model": formulas[own[0]["outcome"]["relationship_entity"]],
                "parts": [{"signal": part.signal, "weight": part.weight, "value": part.value} for part in parts],
            })  # fmt: skip
            before = health.band
    return found


def _on_way(rows: Sequence[Row], day: date) -> Decimal | None:
    """How far the outcomes agreed by a day were, against what was expected by then: 0 to 100 as the signal has it."""
    values = []
    for row in rows:
        of, past = row["outcome"], [reading for reading in row["readings"] if reading["on"] <= day]
        if of["baseline_on"] < day <= of["due_on"]:
            way = (past[-1]["value"] - of["baseline"]) * 100 / (of["target"] - of["baseline"]) if past else Decimal(0)
            time = Decimal(100 * (day - of["baseline_on"]).days) / (of["due_on"] - of["baseline_on"]).days
            values.append(max(Decimal(0), min(Decimal(100), way * 100 / max(time, Decimal(10)))))
    return within(sum(values) / len(values)) if values else None


def _story(maker: SampleMaker) -> list[Row]:
    """Brandt: ours, they renew 20,000; theirs, nine of ten wells of Turkana run, of which six do."""
    named = maker.shared.get("named", {})
    donor = dict(maker.shared.get("donors", {})).get(named.get("brandt"))
    if donor is None:
        return []
    (record,) = maker.records("donor", [donor])
    start = maker.as_of - timedelta(days=200)
    common = {
        "relationship": donor, "relationship_entity": "donor", "owner": record["owner"] or maker.user("ben"), "direction": "more",
        "baseline_on": start, "due_on": maker.as_of + timedelta(days=60), "status": "agreed",
    }  # fmt: skip
    ours = common | {
        "side": "ours", "statement": "Brandt renews 20,000", "unit": "EUR", "baseline": Decimal(0), "target": Decimal(20_000),
    }  # fmt: skip
    theirs = common | {
        "side": "theirs", "statement": "9 of 10 wells of Turkana run", "unit": "wells", "baseline": Decimal(4), "target": Decimal(9),
        "agreed_with": named.get("helga"),
    }  # fmt: skip
    wells = [
        {"on": start + timedelta(days=days), "value": Decimal(value), "by": "hand"}
        for days, value in ((0, 4), (90, 5), (170, 6))
    ]
    return [{"outcome": ours, "readings": []}, {"outcome": theirs, "readings": wells}]
