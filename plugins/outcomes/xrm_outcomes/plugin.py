"""What the outcomes plugin does when records are saved, each night, and when it is asked to.

The arithmetic is in `rules.py`, the reading around it in `measuring.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from xrm_core.plugin import (
    ActionSpec,
    Actor,
    Change,
    FurtherChange,
    Patch,
    Problem,
    Reader,
    SampleStep,
    Schedule,
    _,
    called,
    hook,
)

from . import measuring, rules
from .acting import keep_health, propose_stages, take_reading, take_readings, work_out_health
from .health import MIXIN
from .pieces import pieces
from .sample import make_outcomes
from .screens import xrm_screens, xrm_templates

__all__ = ["pieces", "xrm_screens", "xrm_templates"]
FREE = ("import", "sample", "job")
"""Doors of records that tell what happened elsewhere, or that the plugin writes itself."""
TAKEN_OVER = ("side", "direction", "unit", "target")


@hook("xrm_before_save", entity="outcome")
def take_over_from_type(change: Change, reader: Reader) -> Mapping[str, Any]:
    """What a type says is taken over where a new outcome, or one whose type changes, leaves it empty."""
    if not change.after["type"] or not (change.action == "create" or "type" in change.changed):
        return {}
    told = reader.code("outcome_type", change.after["type"])
    found = {name: told.get(name) for name in TAKEN_OVER if change.after[name] is None and told.get(name) is not None}
    start, months = change.after["baseline_on"], told.get("months")
    if change.after["due_on"] is None and start and months:
        found["due_on"] = rules.due_from(start, months)
    return found


@hook("xrm_before_save", entity="outcome")
def measured_by_its_author(change: Change, actor: Actor, reader: Reader) -> Mapping[str, Any]:
    """A measure is worked out with the rights of whoever wrote it, or turned it to another relationship."""
    if not {"measure", "relationship"} & change.changed and change.action != "create":
        return {}
    author = (actor.acts_as or change.after["owner"]) if change.after["measure"] else None
    return {"measure_by": author} if change.after["measure_by"] != author else {}


@hook("xrm_validate", entity="outcome")
def measure_can_be_worked_out(change: Change, actor: Actor, reader: Reader) -> Sequence[Problem]:
    """A measure names what there is for its author, and gives a number; what is wrong is told with its place."""
    kind = change.after["relationship_entity"]
    if not change.after["measure"] or not kind or not {"measure", "relationship_entity"} & change.changed:
        return ()
    fault = reader.fault_in(kind, change.after["measure"])
    return [replace(fault, field="measure")] if fault is not None else ()


@hook("xrm_validate", entity="outcome")
def type_fits_relationship(change: Change, reader: Reader) -> Sequence[Problem]:
    """A type that is for one kind of relationship is chosen for that kind only."""
    if not change.after["type"] or not ({"type", "relationship_entity"} & change.changed):
        return ()
    told = reader.code("outcome_type", change.after["type"])
    if told["over"] in (None, MIXIN, change.after["relationship_entity"]):
        return ()
    says = _(
        "The type “{type}” is for another kind of relationship. Choose a type that fits, or none.",
        type=called(told["label"]),
    )
    return [Problem(says, "refused", "type")]


@hook("xrm_validate", entity="reading")
def readings_while_agreed(change: Change, reader: Reader) -> Sequence[Problem]:
    """Readings are entered while the outcome is agreed; imports bring the past."""
    if change.door in FREE or change.action not in ("create", "update"):
        return ()
    outcome = reader.get("outcome", change.after["outcome"])
    if outcome is None or outcome["status"] == "agreed":
        return ()
    status = called(reader.code("outcome_status", outcome["status"])["label"])
    says = _("The outcome is {status}: readings are taken while it is agreed.", status=status)
    return [Problem(says, "refused", "outcome")]


@hook("xrm_after_save", entity="outcome")
def first_reading(change: Change, reader: Reader) -> Sequence[FurtherChange]:
    """An outcome that is agreed and measures itself has its first reading at once."""
    agreed = change.after.get("status") == "agreed" and change.before.get("status") != "agreed"
    return measuring.taken(change.after, reader.today, reader) if agreed and change.door not in FREE else ()


@hook("xrm_after_save", entity="stage_proposal")
def move_as_confirmed(change: Change, reader: Reader) -> Sequence[FurtherChange]:
    """A confirmed proposal moves its relationship, with the reason that was given."""
    if change.transition != "confirm":
        return ()
    step = reader.code("stage_rule", change.after["rule"]).get("transition")
    entity = change.after["relationship_entity"]
    return [Patch(entity, change.after["relationship"], transition=step, reason=change.reason)] if step else ()


@hook
def xrm_actions() -> Sequence[ActionSpec]:
    """A reading of an outcome, and the health of a relationship, now."""
    return [
        ActionSpec(
            "take_reading",
            "outcome",
            {"en": "Take a reading now", "de": "Jetzt messen", "ar": "أخذ قراءة الآن"},
            run=take_reading,
            when="record.status == 'agreed' && record.measured",
            makes="reading",
            icon="ruler",
        ),
        ActionSpec(
            "work_out_health",
            "health_reading",
            {"en": "Work the health out now", "de": "Zustand jetzt berechnen", "ar": "احتساب الصحة الآن"},
            run=work_out_health,
            icon="calculator",
        ),
    ]


@hook
def xrm_schedule() -> Sequence[Schedule]:
    """Readings and proposals each night; health each hour, so that many relationships are worked through in parts."""
    return [
        Schedule(
            "take_readings",
            "daily",
            take_readings,
            label={"en": "Take readings", "de": "Messwerte nehmen", "ar": "أخذ القراءات"},
        ),
        Schedule(
            "propose_stages",
            "daily",
            propose_stages,
            label={"en": "Propose stages", "de": "Stufen vorschlagen", "ar": "اقتراح المراحل"},
        ),
        Schedule(
            "keep_health",
            "hourly",
            keep_health,
            label={
                "en": "Work out the health of relationships",
                "de": "Zustand der Beziehungen berechnen",
                "ar": "احتساب صحة العلاقات",
            },
        ),
    ]


@hook
def xrm_sample() -> Sequence[SampleStep]:
    """Outcomes of the demo."""
    return [make_outcomes]
