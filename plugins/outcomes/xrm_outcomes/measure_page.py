"""A measure of one outcome as it is written: what it gives now, what is wrong with it and where, and measures to begin with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from xrm_core.plugin import Answered, Catalog, Entity, Patch, Record, ScreenAsked, ScreenReader, _

from .health import MIXIN

PATH = "measure"
COLUMNS = ("id", "statement", "status", "type", "relationship", "relationship_entity", "measure", "measure_by", "unit")
OPEN = ("draft", "agreed")


def of(entity: Entity, record: Record, catalog: Catalog) -> Mapping[str, str] | None:
    """An outcome that is not over leads to its measure."""
    return {"outcome": str(record["id"])} if entity.name == "outcome" and record.get("status") in OPEN else None


def show(asked: ScreenAsked, reader: ScreenReader) -> Mapping[str, Any] | None:
    """GET measure/{outcome}?measure=: the expression, and what it gives now over what the reader sees."""
    id = asked.get("outcome")
    columns = [name for name in COLUMNS if name == "id" or reader.reads("outcome", name)]
    outcome = reader.get("outcome", id, columns) if reader.may("outcome", "update", id) else None
    if outcome is None or not outcome.get("relationship"):
        return None
    kind, own = str(outcome["relationship_entity"]), outcome.get("measure") or ""
    text = (
        asked.posted("measure")
        if "measure" in asked.form
        else asked.get("measure")
        if "measure" in asked.query
        else own
    )[:2000]
    fault = reader.fault_in(kind, text) if text.strip() else None
    value = reader.worked_out(kind, str(outcome["relationship"]), text) if text.strip() and fault is None else None
    known = reader.get(kind, str(outcome["relationship"]), ("display",))
    return {
        "title": _("Measure: {statement}", statement=outcome["statement"]), "crumbs": [(outcome["statement"], reader.url("outcome", id))],
        "text": text, "fault": fault, "value": None if value is None else reader.shown(value), "unit": outcome.get("unit") or "",
        "here": reader.here(f"{PATH}/{id}"), "back": reader.url("outcome", id), "about": known["display"] if known else "", "own": own,
        "author": reader.text("outcome", outcome, "measure_by") if own and own == text else "", "kind": reader.label(kind),
        "examples": [
            {**one, "href": reader.here(f"{PATH}/{id}", measure=one["measure"])} for one in _examples(kind, reader)
        ],
    }  # fmt: skip


def _examples(kind: str, reader: ScreenReader) -> Sequence[dict[str, str]]:
    """Measures of types for this kind of relationship, those that say something to the reader."""
    return [
        {"label": str(told["label"]), "measure": " ".join(str(told["measure"]).split())}
        for told in reader.codes("outcome_type").values()
        if told.get("measure")
        and told.get("over") in (None, MIXIN, kind)
        and reader.fault_in(kind, told["measure"]) is None
    ]


def act(asked: ScreenAsked, reader: ScreenReader) -> Answered:
    """POST measure/{outcome}: keep it; an empty one takes it away. Without scripts, work it out first."""
    id, text = asked.get("outcome"), asked.posted("measure").strip()
    if asked.posted("then") == "try":
        return Answered(go=reader.here(f"{PATH}/{id}", measure=text[:2000]))
    told = _("The measure is kept; it is worked out each night") if text else _("The measure is taken away")
    return Answered([Patch("outcome", id, {"measure": text or None})], told, go=reader.url("outcome", id))
