"""Urgent is what meets the definition of its kind, and fits the budget of the two departments; or what a lead grants with a reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from xrm_core.plugin import Actor, FurtherChange, Patch, Problem, Reader, Record, _

from . import kinds, ranking
from .labels import label_of

Changes = Sequence[FurtherChange | Problem]
SHOWN = 10


def make_urgent(record: Record, values: Mapping[str, Any], actor: Actor, reader: Reader) -> Changes:
    """Who asks says that it is urgent: refused where it is no emergency of its kind, or where the budget is used up."""
    emergency = kinds.told(record["type"], reader).get("emergency")
    rule = reader.code("request_emergency", emergency).get("rule") if emergency else None
    if rule is None or reader.evaluate("request", record, rule) is not True:
        means = label_of("request_emergency", emergency, reader)
        told = _("Urgent means here: {definition}. This is not so.", definition=means)
        return [Problem(told, "no_emergency", "urgent_reason")]
    budget = budget_of(record, reader)
    if budget is None or reader.value("urgent_budget", budget, "left") <= 0:
        return [_used_up(record, budget, reader)]
    return _urgent(record, {"urgent_reason": values["urgent_reason"], "urgent_budget": budget["id"]}, reader)


def grant_urgent(record: Record, values: Mapping[str, Any], actor: Actor, reader: Reader) -> Changes:
    """A lead grants it with a reason, whatever the definition and the budget say."""
    budget = budget_of(record, reader)
    told = {
        "urgent_reason": values["urgent_reason"],
        "urgent_granted_by": actor.id,
        "urgent_budget": budget["id"] if budget else None,
    }
    return _urgent(record, told, reader)


def not_urgent(record: Record, values: Mapping[str, Any], actor: Actor, reader: Reader) -> Changes:
    """Found afterwards not to have been urgent: it counts."""
    return [Patch("request", record["id"], {"found_not_urgent": True})]


def budget_of(record: Record, reader: Reader) -> Record | None:
    """The budget of the department that asks with the one that does it."""
    given = {"one": record["doer_department"], "other": record["trigger_department"]}
    rows = reader.find(
        "urgent_budget", "record.department == given.one && record.trigger_department == given.other", given
    )
    return rows[0] if rows else None


def _urgent(record: Record, told: Mapping[str, Any], reader: Reader) -> Changes:
    """Urgent, and first in the order of its doer."""
    values = {"urgent": True, "urgent_at": reader.now, "found_not_urgent": False, **told}
    first = min((row["rank"] for row in ranking.queue(record["doer"], reader) if row["rank"]), default=1)
    return [Patch("request", record["id"], values), *ranking.raised(record, min(first, record["rank"]), reader)]


def _used_up(record: Record, budget: Record | None, reader: Reader) -> Problem:
    """The refusal, with the requests that are urgent now, as far as who asks may see them."""
    asked = "record.urgent && record.status in given.open"
    rows = reader.seen("request", asked, {"open": ranking.OPEN}, SHOWN, ("-urgent_at",))
    same = [
        r
        for r in rows
        if r["doer_department"] == record["doer_department"] and r["trigger_department"] == record["trigger_department"]
    ]
    listed = "; ".join(f"{row['number']} {row['subject']}" for row in same)
    told = (
        _("The budget of {allowed} urgent requests is used up.", allowed=budget["allowed"])
        if budget
        else _("There is no budget for urgent requests between these departments.")
    )
    ways = _(
        "Urgent now: {list}. Take one of them back, or ask the lead to grant this one.",
        list=listed or _("none that you may read"),
    )
    return Problem(told, "budget", "urgent_reason", hint=ways)
