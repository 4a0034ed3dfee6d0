"""A relationship whose health falls into a lower band becomes work: a request to its owner."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from xrm_core.plugin import Change, FurtherChange, NewRecord, Reader, _

from . import clocks, ranking
from .labels import label_of
from .people import department_of

BANDS = ("risk", "watch", "good")
KIND = "health_drop"
PAUSE = timedelta(days=30)


def fell(before: str | None, after: str | None) -> bool:
    """Whether a band is lower than the one before; unknown is neither."""
    return before in BANDS and after in BANDS and BANDS.index(after) < BANDS.index(before)


def opened(change: Change, reader: Reader) -> Sequence[FurtherChange]:
    """The request for a relationship that fell, unless there was one for this band in the last thirty days."""
    after, owner = change.after, change.after.get("owner")
    model = change.before.get("health_model")
    if (
        change.door in ("import", "sample")
        or not owner
        or (
            model is not None and model != after.get("health_model")
        )  # by another formula: the relationship is as it was
        or not fell(change.before.get("health_band"), after.get("health_band"))
    ):
        return ()
    band = label_of("health_band", after["health_band"], reader)
    fact = {"fact": "health_fell", "value": band}
    earlier = reader.find(
        "request", "record.relationship == given.one && record.type == given.kind && record.created_at > given.since",
        {"one": change.id, "kind": KIND, "since": reader.now - PAUSE},
    )  # fmt: skip
    if any(row["value"] == band for one in earlier for row in reader.children("request", "facts", one["id"])):
        return ()
    department = after.get("department") or department_of(owner, reader)
    minutes = int(reader.code("request_type", KIND).get("do_within") or clocks.ACCEPT_WITHIN)
    record = {"type": KIND}
    values = {
        **record, "subject": _("Relationship fell to {band}", band=band), "facts": [fact], "trigger_user": owner, "trigger_department": department,
        "party": after.get("party"), "relationship": change.id, "relationship_entity": change.entity, "consequence": "relationship",
        "need_by": clocks.later(reader.now, minutes, department, reader), "status": "undecided", "doer": owner, "doer_department": department,
        "confirmed_right": True, "sent_at": reader.now, "decide_by": clocks.decide_by(record, department, reader.now, reader),
        "rank": ranking.last_rank(owner, reader),
    }  # fmt: skip
    return [NewRecord("request", values)]
