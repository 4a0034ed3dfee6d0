"""The verbs on a request that is undecided or decided: each makes a decision that replaces the one before, and says what follows from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from typing import Any

from xrm_core.plugin import Actor, FurtherChange, NewRecord, Patch, Problem, Reader, Record, _

from . import capacity, clocks, fitting, kinds, proposing, ranking
from .labels import label_of
from .people import department_of, deputies_of, held, leads_of, name_of
from .screens_words import work

Changes = Sequence[FurtherChange | Problem]
Values = Mapping[str, Any]
UNDECIDED: Values = {
    "current_decision": None,
    "decided_as": None,
    "plan_on": None,
    "answer_by": None,
    "escalated_at": None,
    "deputy": None,
}
"""What an undecided request has none of."""
STATES = {"do_now": "to_doing", "plan": "to_planned", "decline": "to_declined", "ask_back": "to_waiting"}


def decided(
    record: Record, kind: str, values: Values, actor: Actor, reader: Reader, told: Values
) -> list[FurtherChange]:
    """A decision and the request that has it now. `told` are the decision's own values; `values` the request's."""
    id = reader.new_id()
    new = {
        "request": record["id"], "kind": kind, "by": actor.id, "for_user": actor.deputy_for or _in_place_of(record, actor), "at": reader.now,
        "replaces": _former(record, reader), **told,
    }  # fmt: skip
    changed: dict[str, Any] = {**UNDECIDED, **ended_wait(record, reader), **_first(record, reader)}
    if kind == "hand_on":
        return [
            NewRecord("decision", new, id),
            Patch("request", record["id"], {**changed, **values}, transition="to_undecided"),
        ]
    changed |= {
        "current_decision": id,
        "decided_as": kind,
        "confirmed_right": kind != "decline" or record["confirmed_right"],
    }
    return [
        NewRecord("decision", new, id),
        Patch("request", record["id"], {**changed, **values}, transition=STATES[kind]),
    ]


def _in_place_of(record: Record, actor: Actor) -> str | None:
    """In whose place somebody decides who stands in for the doer."""
    return str(record["doer"]) if record["deputy"] == actor.id != record["doer"] else None


def _former(record: Record, reader: Reader) -> str | None:
    rows = reader.children("request", "decisions", record["id"])
    return max(((row["at"], row["id"]) for row in rows), default=(None, None))[1]


def _first(record: Record, reader: Reader) -> dict[str, Any]:
    """The first decision is timed from the sending on."""
    if record["decided_at"] is not None or record["sent_at"] is None:
        return {}
    minutes = clocks.minutes_between(record["sent_at"], reader.now, record["doer_department"], reader)
    return {"decided_at": reader.now, "decision_minutes": minutes}


def ended_wait(record: Record, reader: Reader) -> dict[str, Any]:
    """What a request has waited, where it waits no more."""
    if record["waiting_since"] is None:
        return {}
    return {"waiting_since": None, "waited_minutes": clocks.waited(record, reader)}


def in_force(decision: Record, reader: Reader) -> list[FurtherChange]:
    """The change of an undecided request whose decision came in from elsewhere; one that handed it on is over already."""
    request = reader.get("request", decision["request"])
    if request is None or request["status"] != "undecided" or decision["kind"] not in STATES:
        return []
    told = {name: decision[name] for name in ("plan_on", "question", "answer_by")}
    waits = {"waiting_since": decision["at"]} if decision["kind"] == "ask_back" else {}
    values = {"current_decision": decision["id"], "decided_as": decision["kind"], **told, **waits}
    return [Patch("request", request["id"], values, transition=STATES[decision["kind"]])]


# ---- the verbs
def do_now(record: Record, values: Values, actor: Actor, reader: Reader) -> Changes:
    """The doer takes it on at once: its effort finds a place until it is needed."""
    until = max(reader.today, record["need_by"].date())
    return _taken_on(record, "do_now", until, values, actor, reader, {})


def plan(record: Record, values: Values, actor: Actor, reader: Reader) -> Changes:
    """The doer plans it for a day, on which it is undecided again. A day after the one needed takes a reason that the trigger is shown."""
    on: date = values["plan_on"]
    if on < reader.today:
        return [Problem(_("A plan begins today or later."), "refused", "plan_on")]
    late = on > record["need_by"].date()
    if late and not values["late_reason"]:
        needed = reader.shown(record["need_by"].date())
        return [
            Problem(
                _("It is needed by {day}: say why it comes later. Who asked will read it.", day=needed),
                "required",
                "late_reason",
            )
        ]
    told = {"plan_on": on, "late_reason": values["late_reason"] if late else None}
    return _taken_on(record, "plan", on, values, actor, reader, told)


def _taken_on(
    record: Record, kind: str, until: date, values: Values, actor: Actor, reader: Reader, told: dict[str, Any]
) -> Changes:
    found = fitting.fit(record, until, values, actor, reader)
    if found.problems:
        return found.problems
    first = {} if record["effort_planned"] is not None else {"effort_planned": found.effort}
    given = {"effort_left": found.effort, **first, **told}
    words = {"plan_on": told.get("plan_on"), "reason_text": told.get("late_reason"), "overrule_reason": found.overrule}
    return [*found.others, *decided(record, kind, given, actor, reader, words), *found.slots]


def decline(record: Record, values: Values, actor: Actor, reader: Reader) -> Changes:
    """The doer declines with a reason."""
    told = {"reason": values["reason"], "reason_text": values.get("reason_text")}
    return [*decided(record, "decline", {}, actor, reader, told), *capacity.closed(record["id"], reader.today, reader)]


def hand_on(record: Record, values: Values, actor: Actor, reader: Reader) -> Changes:
    """The doer hands it on to somebody else who can do it, or to a lead; the clock of the decision starts anew, its age does not."""
    to = values["to_user"]
    if to == record["doer"]:
        return [Problem(_("It is there already: hand it on to somebody else."), "refused", "to_user")]
    if not may_take(record, to, reader):
        told = _("{name} has not the skills it takes, and is no lead of it.", name=name_of(to, reader))
        return [Problem(told, "refused", "to_user", hint=_("'propose' names those who can do it"))]
    words = {
        "reason": values["reason"],
        "reason_text": values.get("reason_text"),
        "from_user": record["doer"],
        "to_user": to,
    }
    given = given_to(record, to, reader)
    return [
        *decided(record, "hand_on", given, actor, reader, words),
        *capacity.closed(record["id"], reader.today, reader),
    ]


def may_take(record: Record, user: str, reader: Reader) -> bool:
    """Whether a request may go to somebody: who can do it, or leads the department that does such, or his own."""
    until = proposing.last_day(record, reader)
    if user in proposing.qualified(record, until, reader):
        return True
    departments = {proposing.department_for(record, reader), record["doer_department"], department_of(user, reader)}
    return any(user == lead["id"] for one in departments for lead in leads_of(one, reader))


def given_to(record: Record, user: str, reader: Reader) -> dict[str, Any]:
    """What a request has that comes to a doer now: undecided, with a clock of its own, last in his order."""
    department = department_of(user, reader) or proposing.department_for(record, reader)
    reader.hold(held(user))
    return {
        **UNDECIDED,
        "doer": user,
        "doer_department": department,
        "deputy": next(iter(deputies_of(user, reader)), None),
        "confirmed_right": False,
        "decide_by": clocks.decide_by(record, department, reader.now, reader),
        "rank": ranking.last_rank(user, reader, record["id"]),
    }


def ask_back(record: Record, values: Values, actor: Actor, reader: Reader) -> Changes:
    """The doer asks whoever wants it; the clock of the answer runs against him, two working days where no time is said."""
    by = values["answer_by"] or clocks.later(reader.now, clocks.ANSWER_WITHIN, record["trigger_department"], reader)
    if by <= reader.now:
        return [Problem(_("The answer is wanted in the future."), "refused", "answer_by")]
    told = {"question": values["question"], "answer_by": by}
    waits = {"question": values["question"], "answer_by": by, "answer": None, "waiting_since": reader.now}
    return decided(record, "ask_back", waits, actor, reader, told)


def answer(record: Record, values: Values, actor: Actor, reader: Reader) -> Changes:
    """Who asked answers: it is undecided again for the same doer."""
    return [again(record, reader, answer=values["answer"])]


def again(record: Record, reader: Reader, **values: Any) -> Patch:
    """A request that is undecided again, for the same person and with a clock that starts anew."""
    by = clocks.decide_by(record, record["doer_department"], reader.now, reader)
    deputy = next(iter(deputies_of(record["doer"], reader)), None)
    changed = {**UNDECIDED, **ended_wait(record, reader), "decide_by": by, "deputy": deputy, **values}
    return Patch("request", record["id"], changed, transition="to_undecided")


def confirm_right(record: Record, values: Values, actor: Actor, reader: Reader) -> Changes:
    """Who sees it first says that he is the right one."""
    return [Patch("request", record["id"], {"confirmed_right": True})]


# ---- what to decide
@dataclass(frozen=True, slots=True)
class Suggested:
    """A decision that would fit, with its values and the reason in words."""

    action: str
    words: str
    values: Values = field(default_factory=dict)


def suggestion(request: Record, reader: Reader) -> Suggested:
    """The decision that fits: hand on what one is not qualified for, ask back for what is missing, do now what fits until it is needed,
    else plan it for the first day that has room."""
    lost = kinds.missing(request["type"], reader.children("request", "facts", request["id"]), reader)
    if lost:
        asked = ", ".join(label_of("request_fact", code, reader) for code in lost)
        return Suggested(
            "ask_back",
            _("Facts are missing: {facts}", facts=asked),
            {"question": _("Please add: {facts}", facts=asked)},
        )
    found = proposing.proposal(request, reader)
    if found and request["doer"] not in {one.user for one in found}:
        best = found[0]
        return Suggested("hand_on", best.words, {"to_user": best.user, "reason": "wrong_person"})
    effort, today = kinds.effort_of(request, reader), reader.today
    until = max(today, request["need_by"].date())
    days = capacity.days(request["doer"], today, today + timedelta(days=60), reader, (request["id"],))
    placed, left = capacity.place(days, effort)
    ends = placed[-1][0] if placed else today
    if not left and ends <= today:
        return Suggested("do_now", _("It takes {work}, and today has room for it.", work=work(effort)))
    if not left and ends <= until:
        return Suggested(
            "plan",
            _("It takes {work}; the first room for it ends on {day}.", work=work(effort), day=reader.shown(ends)),
            {"plan_on": ends},
        )
    if len(found) > 1:
        other = next(one for one in found if one.user != request["doer"])
        return Suggested("hand_on", other.words, {"to_user": other.user, "reason": "no_capacity"})
    told = _(
        "There is no room for {work} before it is needed; the first room ends on {day}.",
        work=work(effort),
        day=reader.shown(ends),
    )
    return Suggested("plan", told, {"plan_on": ends, "late_reason": _("No room before")})


def suggest(record: Record, values: Values, actor: Actor, reader: Reader) -> dict[str, Any]:
    """The suggested decision as an answer."""
    found = asdict(suggestion(record, reader))
    return {
        **found,
        "values": {
            name: value.isoformat() if isinstance(value, date) else value for name, value in found["values"].items()
        },
    }
