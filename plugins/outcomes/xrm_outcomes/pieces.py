"""Pieces of record pages: the line of an outcome's readings, and how a relationship stands beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any

from xrm_core.plugin import Actor, PageSlot, Query, Record, ScreenReader, hook

from . import rules
from .drawing import picture
from .health import MIXIN

MOST, BANDS, OUTCOMES = 400, 12, 5
"""Readings of a line, bands of a history, outcomes beside a relationship."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One part of a health: its signal's name, its weight, its value (None: nothing is known), and its share of the health."""

    label: str
    weight: Any
    value: Any
    share: int | None


def line(record: Record, reader: ScreenReader) -> Mapping[str, Any] | None:
    """The readings of an outcome as a line with its target and the way that was planned; None before there is one."""
    asked = Query("reading", ("on", "value"), "record.outcome == given.one", ("-on",), MOST)
    rows = reader.find(asked, {"one": record["id"]})
    found = [(row["on"], row["value"]) for row in reversed(rows) if row["value"] is not None]
    baseline, target, start, due = (record.get(name) for name in ("baseline", "target", "baseline_on", "due_on"))
    if not found or baseline is None or target is None or start is None or due is None:
        return None
    planned = None if record.get("direction") == "reach" else (baseline, target)
    return {
        "line": picture(found, (start, due), reader.today, {"target": target}, planned), "line_target": target, "line_due": due,
        "line_last": found[-1], "line_unit": record.get("unit") or "", "shown": reader.shown,
    }  # fmt: skip


def parts_of(reading: str, reader: ScreenReader) -> list[Shown]:
    """The parts of a health as they were, the heaviest first."""
    rows = reader.children("health_reading", "parts", [reading], ("signal", "weight", "value")).get(reading, ())
    signals = reader.codes("health_signal")
    known = sum((row["weight"] for row in rows if row["value"] is not None), Decimal(0))
    made = [
        Shown(
            str(signals.get(row["signal"], {}).get("label") or row["signal"]), row["weight"], row["value"],
            round(100 * row["weight"] / known) if row["value"] is not None and known else None,
        )
        for row in rows
    ]  # fmt: skip
    return sorted(made, key=lambda part: (part.value is None, -part.weight))


def history(entity: str, id: str, most: int, reader: ScreenReader) -> list[dict[str, Any]]:
    """The last readings of a relationship's health, the newest first."""
    columns = ("on", "health", "band", "band_before", "known", "model")
    asked = Query(
        "health_reading", columns, "record.relationship == given.one && record.relationship_entity == given.kind", ("-on",), most
    )  # fmt: skip
    rows = reader.find(asked, {"one": id, "kind": entity})
    return [
        {
            **row, "href": reader.url("health_reading", str(row["id"])), "cells": {n: reader.cell("health_reading", row, n) for n in columns},
            "fell": rules.fell(row["band_before"], row["band"]) and not other, "text": reader.text("health_reading", row, "band"),
            "other": other,
        }
        for row, older in zip(rows, [*rows, None][1:], strict=True)
        for other in [bool(older and row["model"] and older["model"] and row["model"] != older["model"])]
    ]  # fmt: skip


def standing(entity: str, id: str, reader: ScreenReader) -> Mapping[str, Any] | None:
    """How a relationship stands: its health with each part, the bands before, its agreed outcomes, and stages that rules propose."""
    if not any(reader.reads(name, "relationship") for name in ("outcome", "health_reading")):
        return None
    past = history(entity, id, BANDS, reader) if reader.reads("health_reading", "band") else []
    given = {"one": id, "kind": entity}
    ours = "record.relationship == given.one && record.relationship_entity == given.kind"
    agreed = Query(
        "outcome", ("statement", "side", "progress", "expected", "on_track", "due_on"), f"{ours} && record.status == 'agreed'",
        ("due_on",), OUTCOMES + 1,
    )  # fmt: skip
    rows = reader.find(agreed, given)
    open_ones = Query(
        "stage_proposal", ("rule", "proposed_on"), f"{ours} && record.status == 'open'", ("proposed_on",), 5
    )
    link = f"relationship={id}&relationship_entity={entity}"
    return {
        "health_now": past[0] if past else None, "health_past": past[::-1], "health_parts": parts_of(str(past[0]["id"]), reader) if past else [],
        "health_href": reader.here(f"health/{entity}/{id}") if past else "",
        "may_outcomes": reader.may("outcome"),
        "outcomes": [
            {
                **row, "href": reader.url("outcome", str(row["id"])), "percent": min(100, max(0, round(row["progress"] or 0))),
                "cells": {n: reader.cell("outcome", row, n) for n in ("side", "progress", "expected", "due_on")},
            }
            for row in rows[:OUTCOMES]
        ],
        "outcomes_more": reader.url("outcome") + f"?filter=record.relationship%20==%20'{id}'" if len(rows) > OUTCOMES else "",
        "new_outcome": f"{reader.url('outcome')}/new?{link}" if reader.may("outcome", "create") else "",
        "proposals": [
            {"label": reader.text("stage_proposal", row, "rule"), "href": reader.url("stage_proposal", str(row["id"]))}
            for row in reader.find(open_ones, given)
        ],
    }  # fmt: skip


def evidence(record: Record, reader: ScreenReader) -> Mapping[str, Any] | None:
    """What speaks for a proposed stage, as the relationship is now and as far as the reader sees it."""
    kind, path = record["relationship_entity"], reader.codes("stage_rule").get(record["rule"], {}).get("evidence")
    names = [
        name for name in (path, "stage", "stage_since", "owner", "health_band") if name and reader.reads(kind, name)
    ]
    found = reader.get(kind, str(record["relationship"]), tuple(names)) if names else None
    if found is None:
        return None
    return {"evidence": [(reader.label(kind, name), reader.cell(kind, found, name)) for name in names]}


@hook("xrm_page_slot")
def pieces(slot: str, entity: Any, record: Record, actor: Actor) -> PageSlot | None:
    """On an outcome the line of its readings, on a proposed stage what speaks for it, beside a relationship how it stands."""
    if slot == "aside" and entity.name == "outcome":
        return PageSlot("outcomes/line.html", {}, order=10, read=partial(line, record))
    if slot == "aside" and entity.name == "stage_proposal":
        return PageSlot("outcomes/evidence.html", {}, order=10, read=partial(evidence, record))
    if slot == "aside" and MIXIN in entity.mixins:
        read = partial(standing, entity.name, str(record["id"]))
        return PageSlot("outcomes/standing.html", {"standing_of": f"{entity.name}/{record['id']}"}, order=20, read=read)
    return None
