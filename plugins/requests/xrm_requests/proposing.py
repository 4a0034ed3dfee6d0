"""Who should do a request: those with the skills, ranked by level, free capacity until it is needed and load, with the reason in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from typing import Any

from xrm_core.plugin import Reader, Record, _

from . import capacity, kinds
from .people import ACTIVE, MOST, department_named, department_of
from .screens_words import work

LEVELS = 4
WEIGHTS = {"skill": 0.5, "free": 0.3, "load": 0.2}
SHOWN = 5
OPEN = "record.status in ['undecided', 'doing', 'planned', 'waiting']"
FURTHEST = 120
"""Days that capacity is looked at, at most."""


@dataclass(frozen=True, slots=True)
class Proposed:
    """Somebody who can do a request. `level` is the lowest of the levels needed, `load` in percent of this week; `words` say why."""

    user: str
    name: str
    score: float
    words: str
    level: int
    free_minutes: int
    load: int

    @property
    def told(self) -> dict[str, Any]:
        """The same as JSON."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Parts:
    """What a score is made of: level and needed of the weakest skill, free minutes until the day, effort, load in percent."""

    level: int
    needed: int
    free: int
    effort: int
    load: int


def score_of(parts: Parts) -> float:
    """0.5 of the level (one above the need counts, more does not), 0.3 of the free time, 0.2 of what the week leaves."""
    skill = min(parts.level, parts.needed + 1) / (parts.needed + 1)
    free = min(1.0, parts.free / parts.effort) if parts.effort else 1.0
    load = max(0.0, 1 - parts.load / 100)
    return round(WEIGHTS["skill"] * skill + WEIGHTS["free"] * free + WEIGHTS["load"] * load, 6)


def proposal(request: Record, reader: Reader) -> list[Proposed]:
    """Who can do a request, the best first; of equal ones, who has had none for longest. Empty where nobody is qualified."""
    until = last_day(request, reader)
    found = [
        _of(user, level, needed, request, until, reader)
        for user, (level, needed) in qualified(request, until, reader).items()
    ]
    weighed = _weigh(request, found, reader)
    last = {one.user: _last_sent(one.user, reader) for one in weighed}
    return sorted(weighed, key=lambda one: (-one.score, last[one.user], one.name, one.user))


def last_day(request: Record, reader: Reader) -> date:
    """The last day on which a request may be worked on, as far as capacity is looked at."""
    today: date = reader.today
    return min(max(today, request["need_by"].date()), today + timedelta(days=FURTHEST))


def qualified(request: Record, until: date, reader: Reader) -> dict[str, tuple[int, int]]:
    """People with every skill to the level needed, not expired, not absent all the time, by user: level and need of the weakest. A
    kind without skills is for the people of its department."""
    needed = kinds.skills_of(request["type"], reader)
    today: date = reader.today
    if not needed:
        return {user: (1, 1) for user in _of_department(request, reader) if not _is_away(user, today, until, reader)}
    best: dict[str, list[tuple[int, int]]] = {}
    for skill, level in needed.items():
        rows = reader.find("person_skill", "record.skill == given.skill", {"skill": skill}, limit=MOST)
        for row in rows:
            if row["level"] >= level and (row["valid_until"] is None or row["valid_until"] >= today):
                best.setdefault(row["user"], []).append((row["level"], level))
    found = {
        user: min(levels, key=lambda one: one[0] - one[1])
        for user, levels in best.items()
        if len(levels) == len(needed)
    }
    return {
        user: parts
        for user, parts in found.items()
        if _is_active(user, reader) and not _is_away(user, today, until, reader)
    }


def _of(user: str, level: int, needed: int, request: Record, until: date, reader: Reader) -> Proposed:
    today: date = reader.today
    days = capacity.days(user, today, until, reader, (str(request["id"]),))
    free, load = sum(day.free for day in days), capacity.week(user, capacity.monday_of(today), reader).load
    parts = Parts(level, needed, free, kinds.effort_of(request, reader), load)
    person = reader.get("user", user)
    name = str(person["name"]) if person else ""
    return Proposed(user, name, score_of(parts), words_of(name, parts, reader.shown(until)), level, free, load)


def words_of(name: str, parts: Parts, until: str) -> str:
    """The reason in words: "Dana: teaches this, 9 h free until 4 Mar 2026, load 60 %"."""
    skill = {
        1: _("is learning this"), 2: _("does this with help"), 3: _("does this alone"), 4: _("teaches this"),
    }[min(LEVELS, max(1, parts.level))]  # fmt: skip
    said = _(
        "{name}: {skill}, {free} free until {day}, load {load} %",
        name=name,
        skill=skill,
        free=work(parts.free),
        day=until,
        load=parts.load,
    )
    return str(said)


def _weigh(request: Record, found: Sequence[Proposed], reader: Reader) -> list[Proposed]:
    """What other plugins add to the scores, or whom they take out."""
    more: dict[str, float] = {}
    for answer in reader.asked("xrm_assignment", request=request, doers=tuple(found), reader=reader):
        for user, weight in dict(answer).items():
            more[user] = -9.0 if weight <= -1 else more.get(user, 0.0) + min(1.0, float(weight))
    return [
        replace(one, score=round(one.score + more.get(one.user, 0.0), 6))
        for one in found
        if more.get(one.user, 0.0) > -1
    ]


def _last_sent(user: str, reader: Reader) -> str:
    rows = reader.find("request", f"record.doer == given.user && {OPEN}", {"user": user}, limit=MOST)
    return max((row["sent_at"].isoformat() for row in rows if row["sent_at"]), default="")


def _of_department(request: Record, reader: Reader) -> list[str]:
    department = department_for(request, reader)
    rows = (
        reader.find("user", f"record.department == given.one && {ACTIVE}", {"one": department}, limit=MOST)
        if department
        else ()
    )
    return [str(row["id"]) for row in rows]


def department_for(request: Record, reader: Reader) -> str | None:
    """The department that does requests of a kind, else the one that asks."""
    named = department_named(kinds.told(request["type"], reader).get("department"), reader)
    return (
        named
        or request["doer_department"]
        or request["trigger_department"]
        or department_of(request["trigger_user"], reader)
    )


def _is_active(user: str, reader: Reader) -> bool:
    record = reader.get("user", user)
    return record is not None and record["status"] == "active"


def _is_away(user: str, today: date, until: date, reader: Reader) -> bool:
    """Absent on every day until the request is needed."""
    given: Mapping[str, Any] = {"user": user, "first": today, "last": until}
    rows = reader.find(
        "absence",
        "record.user == given.user && record.to_on >= given.first && record.from_on <= given.last",
        given,
        limit=MOST,
    )
    day = today
    for row in sorted(rows, key=lambda one: (one["from_on"], one["to_on"])):
        if row["from_on"] <= day <= row["to_on"]:
            day = row["to_on"] + timedelta(days=1)
    return day > until
