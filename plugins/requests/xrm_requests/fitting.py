"""Taking work on within finite capacity: what fits, and the three ways out where it does not: move, drop, hand on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from xrm_core.plugin import Actor, FurtherChange, Problem, Reader, Record, _

from . import capacity, kinds, proposing, ranking
from .people import held
from .screens_words import work

LOOK_AHEAD = 60
"""Days in which a place for what is moved is looked for."""


@dataclass(frozen=True, slots=True)
class Fit:
    """How work finds its place: its slots, what else changes for it, and the reason where it goes beyond capacity; or why it does not."""

    effort: int
    slots: Sequence[FurtherChange] = ()
    others: Sequence[FurtherChange] = ()
    overrule: str | None = None
    problems: Sequence[Problem] = ()


def fit(record: Record, until: date, values: Mapping[str, Any], actor: Actor, reader: Reader) -> Fit:
    """A place for a request's effort from today to a day, with what the decision moves or drops for it."""
    effort, doer, until = kinds.effort_of(record, reader), record["doer"], min(until, capacity.near(reader.today))
    reader.hold(held(doer))  # two decisions at once do not both take the same free time
    away = [id for id in (values["move"], values["drop"]) if id]
    wrong = _wrong(record, away, reader)
    if wrong:
        return Fit(effort, problems=wrong)
    days = capacity.days(doer, reader.today, until, reader, (record["id"], *away))
    placed, left = capacity.place(days, effort)
    others: list[FurtherChange] = []
    if values["move"]:
        moved = _moved(values, until, placed, (record["id"], *away), actor, reader)
        if isinstance(moved, Problem):
            return Fit(effort, problems=[moved])
        others += moved
    if values["drop"]:
        others += _dropped(values["drop"], actor, reader)
    if left and not values["overrule_reason"]:
        return Fit(effort, problems=_too_much(record, effort, effort - left, until, reader))
    over = values["overrule_reason"] if left else None
    placed = capacity.forced(placed, left, reader.today, until) if left else placed
    return Fit(effort, capacity.replanned(record["id"], doer, placed, reader), others, over)


def _wrong(record: Record, others: Sequence[str], reader: Reader) -> list[Problem]:
    problems = []
    for id in others:
        other = reader.get("request", id)
        if (
            other is None
            or id == record["id"]
            or other["doer"] != record["doer"]
            or other["status"] not in ("doing", "planned")
        ):
            problems.append(
                Problem(
                    _("Only other work of the same person that is planned or being done makes room."), "refused", "move"
                )
            )
    return problems


def _moved(
    values: Mapping[str, Any],
    until: date,
    placed: Sequence[capacity.Placed],
    away: Sequence[str],
    actor: Actor,
    reader: Reader,
) -> list[FurtherChange] | Problem:
    """Another request planned for a later day, where it has room beside what takes its place; without a day, the first that has."""
    from .deciding import decided  # decisions are made of what fits; a move makes one of its own

    other = reader.get("request", values["move"])
    assert other is not None
    to = values["move_to"] or first_room(other, until, reader)
    if to is None or to < reader.today:
        return Problem(_("Say to which day it moves."), "required", "move_to")
    taken = dict(placed)
    days = [
        capacity.Day(day.on, day.working, day.reserved, day.planned + taken.get(day.on, 0), day.absent)
        for day in capacity.days(other["doer"], reader.today, to, reader, away)
    ]
    effort = sum(slot["minutes"] for slot in capacity.slots_of(other["id"], reader)) or kinds.effort_of(other, reader)
    places, left = capacity.place(days, effort)
    if left:
        told = _("{number} has no room until {day} either.", number=other["number"], day=reader.shown(to))
        return Problem(told, "refused", "move_to")
    words = {"plan_on": to, "reason": "no_capacity", "reason_text": _("Made room for other work")}
    return [
        *decided(other, "plan", {"plan_on": to}, actor, reader, words),
        *capacity.replanned(other["id"], other["doer"], places, reader),
    ]


def _dropped(id: str, actor: Actor, reader: Reader) -> list[FurtherChange]:
    from .deciding import decided  # as above

    other = reader.get("request", id)
    assert other is not None
    words = {"reason": "no_capacity", "reason_text": _("Made room for other work")}
    return [*decided(other, "decline", {}, actor, reader, words), *capacity.closed(id, reader.today, reader)]


def _too_much(record: Record, effort: int, room: int, until: date, reader: Reader) -> list[Problem]:
    """The refusal, with the ways out in words."""
    told = _(
        "There is room for {room} of {effort} until {day}.", room=work(room), effort=work(effort), day=reader.shown(until)
    )  # fmt: skip
    ways = [str(way["words"]) for way in ways_out(record, effort - room, until, reader)]
    ways.append(_("Say why it is taken on beyond capacity"))
    return [Problem(told, "no_capacity", "overrule_reason", hint="; ".join(ways))]


def first_room(request: Record, until: date, reader: Reader) -> date | None:
    """The day on which work ends that begins after `until`, where there is room for it within sixty days."""
    minutes = sum(slot["minutes"] for slot in capacity.slots_of(request["id"], reader)) or kinds.effort_of(
        request, reader
    )
    first, last = until + timedelta(days=1), until + timedelta(days=LOOK_AHEAD)
    placed, left = capacity.place(capacity.days(request["doer"], first, last, reader, (request["id"],)), minutes)
    return placed[-1][0] if placed and not left else None


def ways_out(record: Record, short: int, until: date, reader: Reader) -> list[dict[str, Any]]:
    """What would make room for so many minutes: another request moved, one dropped, or this one handed on. Others are named only where
    the actor may see them."""
    found: list[dict[str, Any]] = []
    others = [
        one
        for one in ranking.queue(record["doer"], reader)
        if one["id"] != record["id"] and one["status"] in ("doing", "planned")
    ]
    seen = _seen(record["doer"], reader) if others else set()
    others = [one for one in others if one["id"] in seen]
    gains = {
        one["id"]: sum(s["minutes"] for s in capacity.slots_of(one["id"], reader) if s["on"] <= until) for one in others
    }
    enough = [one for one in others if gains[one["id"]] >= short]
    if enough:
        later = max(enough, key=lambda one: (one["need_by"], one["rank"]))
        day = first_room(later, until, reader)
        if day is not None:
            words = _(
                "Move {number} “{subject}” to {day}",
                number=later["number"],
                subject=later["subject"],
                day=reader.shown(day),
            )
            found.append(
                {"action": "move", "values": {"move": later["id"], "move_to": day.isoformat()}, "words": words}
            )
        least = min(
            enough, key=lambda one: (reader.code("consequence", one["consequence"]).get("weight") or 0, -one["rank"])
        )
        words = _("Drop {number} “{subject}”", number=least["number"], subject=least["subject"])
        found.append({"action": "drop", "values": {"drop": least["id"]}, "words": words})
    other = next((one for one in proposing.proposal(record, reader) if one.user != record["doer"]), None)
    if other is not None:
        words = _("Hand it on to {words}", words=other.words)
        found.append({"action": "hand_on", "values": {"to_user": other.user, "reason": "no_capacity"}, "words": words})
    return found


def _seen(doer: str, reader: Reader) -> set[str]:
    """Ids of a person's requests that the actor may see."""
    return {str(row["id"]) for row in reader.seen("request", f"record.doer == '{doer}'", limit=1_000)}


def room(record: Record, values: Mapping[str, Any], actor: Actor, reader: Reader) -> dict[str, Any]:
    """Whether a request fits until a day (without one: until it is needed), the ways out, and the weeks until then. What others are
    asked for shows only where the reader may see it."""
    today: date = reader.today
    until = min(max(today, values["until"] or record["need_by"].date()), capacity.near(today))
    effort, doer = kinds.effort_of(record, reader), record["doer"]
    if doer is None:
        return {"user": None, "effort": effort, "free_minutes": 0, "fits": False, "ways": [], "weeks": []}
    free = sum(day.free for day in capacity.days(doer, today, until, reader, (record["id"],)))
    first = capacity.monday_of(today)
    weeks = [
        capacity.week(doer, first + timedelta(days=7 * n), reader) for n in range(min(5, (until - first).days // 7 + 1))
    ]
    ways = ways_out(record, effort - free, until, reader) if free < effort else []
    return {
        "user": doer, "effort": effort, "free_minutes": free, "fits": free >= effort,
        "ways": ways,
        "weeks": [
            {"monday": week.monday.isoformat(), "working": week.working, "plannable": week.plannable, "planned": week.planned, "free": week.free, "load": week.load}
            for week in weeks
        ],
    }  # fmt: skip


def crowded(slot: Record, day: capacity.Day, reader: Reader) -> Problem:
    """The refusal of a piece of work on a day that has no room for it, with the next days that have."""
    told = _(
        "{day} has room for {free} of {work}.",
        day=reader.shown(day.on),
        free=work(day.free),
        work=work(slot["minutes"]),
    )
    first = max(reader.today, slot["on"])
    rows = capacity.days(slot["user"], first, first + timedelta(days=LOOK_AHEAD), reader)
    near = [reader.shown(one.on) for one in rows if one.free >= slot["minutes"]][:3]
    hint = (
        _("room is on {days}; or say why it goes beyond", days="; ".join(near)) if near else _("say why it goes beyond")
    )
    return Problem(told, "no_capacity", "on", hint=hint)
