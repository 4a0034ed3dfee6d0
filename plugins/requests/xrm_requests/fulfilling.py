"""From done to accepted: what was done is documented, who asked accepts it or sends it back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from xrm_core.plugin import Actor, FurtherChange, Patch, Problem, Reader, Record, _

from . import capacity, clocks, deciding, kinds, knowledge
from .labels import labels_of

Changes = Sequence[FurtherChange | Problem]
Values = Mapping[str, Any]


def finish(record: Record, values: Values, actor: Actor, reader: Reader) -> Changes:
    """Done: what was done, what came of it, the cause, every required point of the checklist; an article is drafted of it."""
    ticked = values["checked"] or []
    strange = [code for code in ticked if code not in kinds.of_type("request_check", record["type"], reader)]
    left = kinds.unchecked(record["type"], ticked, reader)
    if strange or left:
        told = _("Still to be checked: {points}", points=labels_of("request_check", left or strange, reader))
        return [Problem(told, "unchecked" if left else "refused", "checked")]
    waited = clocks.waited(record, reader)
    spent = clocks.minutes_between(
        record["sent_at"] or record["created_at"], reader.now, record["doer_department"], reader
    )
    told = {
        "done_what": values["done_what"], "result": values["result"], "cause": values["cause"], "checked": list(ticked) or None,
        "done_at": reader.now, "effort_left": 0, "fulfilment_minutes": max(0, spent - waited), **deciding.ended_wait(record, reader),
    }  # fmt: skip
    return [
        Patch("request", record["id"], told, transition="to_done"),
        *capacity.closed(record["id"], reader.today, reader, values["minutes"]),
        *knowledge.drafted({**record, **told}, reader),
    ]


def accept(record: Record, values: Values, actor: Actor, reader: Reader) -> Changes:
    """Who asked accepts it."""
    return [
        Patch(
            "request",
            record["id"],
            {"accepted_at": reader.now, "accepted_silently": False, "rating": values["rating"]},
            transition="to_accepted",
        )
    ]


def silently(record: Record, reader: Reader) -> Patch:
    """Nobody said anything for five working days: accepted."""
    return Patch(
        "request", record["id"], {"accepted_at": reader.now, "accepted_silently": True}, transition="to_accepted"
    )


def send_back(record: Record, values: Values, actor: Actor, reader: Reader) -> Changes:
    """Who asked sends it back: it is undecided again for its doer, and the return is counted."""
    told = deciding.given_to(record, record["doer"], reader)
    more = {
        "returned": (record["returned"] or 0) + 1,
        "returned_why": values["reason_text"],
        "done_at": None,
        "fulfilment_minutes": None,
    }
    effort = kinds.told(record["type"], reader).get("effort")
    again = {
        **told,
        **more,
        "doer_department": record["doer_department"],
        "confirmed_right": True,
        "effort_left": effort,
    }
    return [Patch("request", record["id"], again, transition="to_undecided")]


def withdraw(record: Record, values: Values, actor: Actor, reader: Reader) -> Changes:
    """Who asked needs it no more."""
    told = {"withdrawn_why": values["reason_text"], **deciding.ended_wait(record, reader)}
    return [
        Patch("request", record["id"], told, transition="to_withdrawn"),
        *capacity.closed(record["id"], reader.today, reader),
    ]
