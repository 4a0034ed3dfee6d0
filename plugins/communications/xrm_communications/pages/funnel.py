"""The funnel of a mailing: sent, delivered, answered, request, outcome, each with the recipients behind it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from xrm_core.plugin import N_, PageSlot, _

STEPS = (
    ("sent", N_("Sent"), "record.sent_at != null"),
    ("delivered", N_("Delivered"), "record.sent_at != null && record.bounced_at == null"),
    ("answered", N_("Answered"), "record.answered_at != null"),
    ("requests", N_("Led to a request"), "record.requested"),
    ("outcomes", N_("Serves an outcome"), "record.outcome_at != null"),
)
"""Figure of a mailing, what it is called, and which recipients it counts."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step: how many of the `most` that were sent, and the address of these recipients."""

    label: str
    count: int
    most: int
    share: int | None
    href: str


def warning(record: Mapping[str, Any]) -> PageSlot | None:
    """Before it is sent: more answers than the department has time for."""
    if record.get("status") not in ("checked", "paused") or not record.get("too_many"):
        return None
    told = {"too_many_expected": record["expected_answers"], "too_many_free": record["free_answers"]}
    return PageSlot("communications/too_many.html", told)


def slot(record: Mapping[str, Any]) -> PageSlot | None:
    """The funnel, once letters have left."""
    most = int(record.get("sent") or 0)
    if not most:
        return None
    steps = []
    for name, label, filter in STEPS:
        count = record.get(name)
        if count is not None:  # no requests where that plugin is not in use, nothing where it is not to be seen
            asked = urlencode({"filter": f"record.mailing == '{record['id']}' && {filter}"})
            share = None if name == "sent" else round(100 * int(count) / most)
            steps.append(Step(_(label), int(count), most, share, f"/e/mailing_recipient?{asked}"))
    return PageSlot("communications/funnel.html", {"funnel_steps": tuple(steps)}, order=20)
