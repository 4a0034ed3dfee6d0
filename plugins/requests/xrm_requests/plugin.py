"""What the requests plugin does when records are saved, when somebody acts on a request, each hour and each day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from xrm_core.plugin import (
    ActionSpec,
    Actor,
    Change,
    Desk,
    Errand,
    FurtherChange,
    Later,
    NewRecord,
    Problem,
    Reader,
    SampleStep,
    Schedule,
    _,
    hook,
)

from . import actions, capacity, deciding, deciding_by_mail, dropping, fitting, kinds, notifying, timely, training
from .labels import label_of
from .people import department_of, held
from .sample import make_requests
from .screens import xrm_screens, xrm_templates

__all__ = ["xrm_screens", "xrm_templates"]
FREE = ("import", "sample")
PEOPLE = ("web", "api", "cli", "mail")


@hook("xrm_before_save", entity="request")
def complete_request(change: Change, reader: Reader) -> Mapping[str, Any]:
    """The department that asks is its person's, the party that of the relationship; what is confidential and what is missing follows
    from the kind."""
    after, found = change.after, dict[str, Any]()
    if after["trigger_department"] is None:
        found["trigger_department"] = department_of(after["trigger_user"], reader)
    if after["party"] is None and after["relationship"] is not None:
        stands = reader.get(after["relationship_entity"], after["relationship"])
        found["party"] = stands["party"] if stands is not None else None
    if change.action == "create" or "type" in change.changed:
        found["confidential"] = bool(kinds.told(after["type"], reader).get("confidential"))
    if after["status"] == "unclear" and change.door not in FREE:
        rows = change.children.get(
            "facts", () if change.action == "create" else reader.children("request", "facts", change.id)
        )
        found["missing"] = kinds.missing(after["type"], rows, reader) or None
    return found


@hook("xrm_validate", entity="request")
def effort_in_quarters(change: Change, actor: Actor, reader: Reader) -> Sequence[Problem]:
    """Effort is said in quarters of an hour; the kind stays once it is sent."""
    problems: list[Problem] = []
    if (change.after["effort_left"] or 0) % kinds.QUARTER:
        problems.append(
            Problem(_("Effort is said in quarters of an hour: 15, 30, 45 minutes and so on."), "refused", "effort_left")
        )
    if change.action == "update" and "type" in change.changed and change.before["status"] != "unclear":
        problems.append(Problem(_("The kind stays as it was sent. Withdraw it and ask anew."), "refused", "type"))
    return problems


@hook("xrm_validate", entity="slot")
def work_fits_its_day(change: Change, reader: Reader) -> Sequence[Problem]:
    """Work that somebody puts on a day finds room there, or says why it goes beyond."""
    slot = change.after
    if change.door not in PEOPLE or slot["kind"] != "work" or slot["done"] or slot["overrule_reason"]:
        return ()
    if change.action != "create" and not change.changed & {"user", "on", "minutes", "kind"}:
        return ()
    reader.hold(held(slot["user"]))
    day = capacity.crowded(slot, change.before, reader)
    return [fitting.crowded(slot, day, reader)] if day is not None else ()


@hook("xrm_before_save", entity="request_facts")
def read_fact(change: Change, reader: Reader) -> Mapping[str, Any]:
    """A fact is kept as what it is: a number, a day, yes or no."""
    fact = reader.code("request_fact", change.after["fact"])
    return (kinds.read(fact, change.after["value"] or "", reader) or {}) if fact else {}


@hook("xrm_validate", entity="request_facts")
def facts_fit(change: Change, actor: Actor, reader: Reader) -> Sequence[Problem]:
    """A fact is one of the request's kind, and reads as what its kind says."""
    fact = reader.code("request_fact", change.after["fact"])
    if not fact:
        return ()
    request = reader.get("request", change.after["request"])
    if request is not None and fact["type"] != request["type"]:
        kind = label_of("request_type", request["type"], reader)
        return [
            Problem(
                _(
                    "{fact} is no fact of {kind}.",
                    fact=label_of("request_fact", change.after["fact"], reader),
                    kind=kind,
                ),
                "refused",
                "fact",
            )
        ]
    if kinds.read(fact, change.after["value"] or "", reader) is None:
        told = {
            "number": _("A number is expected, such as 40 or 2.5."), "date": _("A date is expected, such as 2026-01-31."),
            "yes_no": _("Yes or no is expected."), "choice": _("One of its list is expected."),
        }  # fmt: skip
        return [Problem(told.get(fact["kind"], _("This cannot be read.")), "refused", "value")]
    return ()


@hook("xrm_after_save", entity="decision")
def decision_is_in_force(change: Change, reader: Reader) -> Sequence[FurtherChange]:
    """A decision that is imported, or belongs to the sample, is the one in force of a request that is undecided."""
    return deciding.in_force(change.after, reader) if change.action == "create" and change.door in FREE else ()


@hook("xrm_after_save", entity="absence")
def deputy_stands_in(change: Change, reader: Reader) -> Sequence[FurtherChange]:
    """Who stands in for somebody absent may act in his place."""
    after = change.after
    if change.action != "create" or not after["deputy"] or change.door in FREE:
        return ()
    told = {"user": after["user"], "deputy": after["deputy"], "since": after["from_on"], "until": after["to_on"]}
    return [NewRecord("deputy", told)]


@hook("xrm_after_save", entity="person_skill")
def somebody_learnt(change: Change, reader: Reader) -> Sequence[FurtherChange]:
    """Who comes nearest to what work waits for is told anew."""
    return training.learnt(change, reader) if change.door not in FREE else ()


@hook("xrm_after_save", mixin="relationship")
def health_fell(change: Change, reader: Reader) -> Sequence[FurtherChange]:
    """A relationship that fell into a lower band is a request to its owner, once per band and thirty days."""
    return dropping.opened(change, reader)


@hook("xrm_after_save", entity="request")
def doer_is_told(change: Change, actor: Actor, reader: Reader) -> Sequence[FurtherChange | Later]:
    """Who is to decide is told by mail, where there is a mailbox to send from."""
    return notifying.told(change, actor, reader) if change.door not in FREE else ()


@hook("xrm_mail_arrived", of="communications")
def decided_by_mail(mail: Any, desk: Desk) -> Mapping[str, str] | None:
    """A reply to such a mail decides."""
    return deciding_by_mail.take(mail, desk)


@hook
def xrm_errands() -> Sequence[Errand]:
    """Telling people of requests by mail."""
    return [
        Errand(
            notifying.ERRAND,
            notifying.send,
            label={
                "en": "Tell of a request by mail",
                "de": "Über ein Anliegen per E-Mail benachrichtigen",
                "ar": "الإبلاغ عن طلب بالبريد",
            },
        )
    ]


@hook
def xrm_actions() -> Sequence[ActionSpec]:
    """The verbs on a request."""
    return actions.actions()


@hook
def xrm_sample() -> Sequence[SampleStep]:
    """Requests of the demo."""
    return [make_requests]


@hook
def xrm_schedule() -> Sequence[Schedule]:
    """Each hour what has come due, each day what is to be looked at again."""
    return [
        Schedule(
            "keep_requests",
            "hourly",
            timely.keep_requests,
            label={"en": "What is due of requests", "de": "Fälliges der Anliegen", "ar": "ما يحين من الطلبات"},
        ),
        Schedule(
            "keep_knowledge",
            "daily",
            timely.keep_knowledge,
            label={
                "en": "Knowledge that is to be looked at again",
                "de": "Wissen, das wieder zu prüfen ist",
                "ar": "معارف تُراجَع من جديد",
            },
        ),
    ]
