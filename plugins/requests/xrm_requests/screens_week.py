"""The week: what each person has planned on each day, what is free, what is too much, and moving a piece to another day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

from xrm_core.plugin import Actor, Answered, Patch, Problem, Query, Record, ScreenAsked, ScreenReader, _

from . import capacity
from .screens_words import work

PIECES = (
    "record.user in given.people && record.on >= given.first && record.on <= given.last && record.kind != 'released'"
)
MOST_PEOPLE = 30
FURTHEST = 3_660
"""Days from today that can be looked at."""
MOST = 2_000


class Seen:
    """What the rules of capacity read, out of what the actor may see."""

    def __init__(self, reader: ScreenReader) -> None:
        self._reader = reader
        self.settings = reader.settings

    def find(
        self, entity: str, filter: str, values: Mapping[str, Any] | None = None, limit: int = 100
    ) -> Sequence[Record]:
        """Records for which the expression holds."""
        return self._reader.find(Query(entity, filter=filter, sort=("id",), limit=min(limit, MOST)), values or {})

    def get(self, entity: str, id: str) -> Record | None:
        """A record."""
        return self._reader.get(entity, id)

    def children(self, entity: str, field: str, id: str) -> Sequence[Record]:
        """Rows that point to a record."""
        return self._reader.children(entity, field, [id]).get(id, ())

    def reverse_links(self, entity: str) -> Sequence[Any]:
        """As far as it decides anything here: calendars, where there are some and the actor reads them."""
        return [SimpleNamespace(entity="business_calendar")] if self._reader.may("business_calendar") else []


def monday(asked: ScreenAsked, reader: ScreenReader) -> date:
    """The Monday of the week that is asked for, else of this one."""
    try:
        wanted = date.fromisoformat(asked.get("week"))
    except ValueError:
        wanted = reader.today
    near = abs((wanted - reader.today).days) <= FURTHEST
    return capacity.monday_of(wanted if near else reader.today)


def week(asked: ScreenAsked, actor: Actor, reader: ScreenReader) -> Mapping[str, Any]:
    """GET week?week=: the actor's own week, and those of the people whom he leads."""
    first = monday(asked, reader)
    last = first + timedelta(days=6)
    people = _people(actor, reader)
    pieces = reader.find(
        Query("slot", ("user", "on", "minutes", "request", "kind", "done"), PIECES, ("on", "id"), MOST),
        {"people": [str(p["id"]) for p in people], "first": first, "last": last},
    )
    seen: Any = Seen(reader)
    weeks = [(person, capacity.week(str(person["id"]), first, seen)) for person in people]
    shown = [d for d in range(7) if d < 5 or any(w.days[d].working or w.days[d].planned for _p, w in weeks)]
    return {
        "people": [_person(person, one, pieces, shown, reader, actor) for person, one in weeks],
        "days": [_head(first + timedelta(days=n), reader) for n in shown],
        "first": first, "span": _("{first} to {last}", first=reader.shown(first), last=reader.shown(last)),
        "earlier": reader.here("week", week=(first - timedelta(days=7)).isoformat()),
        "further": reader.here("week", week=(first + timedelta(days=7)).isoformat()),
        "this": "" if first == capacity.monday_of(reader.today) else reader.here("week"),
        "here": reader.here("week", week=first.isoformat()), "inbox": reader.here("inbox"), "order": reader.here("order"),
        "stuck": _stuck(asked, reader),
    }  # fmt: skip


def _stuck(asked: ScreenAsked, reader: ScreenReader) -> dict[str, Any] | None:
    """A move that found no room: what can be done about it in the same step, move it elsewhere or say why it goes there all the same."""
    if not any(problem.code == "no_capacity" for problem in asked.problems):
        return None
    piece = reader.get("slot", asked.posted("slot"), ("on", "user", "minutes", "request"))
    if piece is None:
        return None
    seen: Any = Seen(reader)
    days = capacity.days(str(piece["user"]), reader.today, reader.today + timedelta(days=21), seen)
    fit = [day for day in days if day.free >= piece["minutes"] and day.on != piece["on"]][:4]
    request = str(piece["request"] or "")
    return {
        "id": str(piece["id"]), "to": asked.posted("to"), "title": reader.text("slot", piece, "request") if request else reader.text("slot", piece, "minutes"),
        "ways": [(d.on.isoformat(), _("{day}, {n} free", day=reader.shown(d.on), n=work(d.free))) for d in fit],
        "request": reader.url("request", request) if request else "", "why": asked.posted("why"),
    }  # fmt: skip


def _people(actor: Actor, reader: ScreenReader) -> list[Record]:
    me = reader.find(Query("user", ("name",), "record.id == given.me"), {"me": actor.acts_as or ""})
    led = "record.department in actor.leads && record.status == 'active' && record.id != given.me"
    others = (
        reader.find(Query("user", ("name",), led, ("name",), MOST_PEOPLE), {"me": actor.acts_as or ""})
        if actor.leads
        else ()
    )
    return [*me, *others]


def _head(day: date, reader: ScreenReader) -> dict[str, Any]:
    names = (_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun"))
    return {
        "name": names[day.weekday()],
        "text": reader.shown(day),
        "iso": day.isoformat(),
        "today": day == reader.today,
    }


def _person(
    person: Record,
    one: capacity.Week,
    pieces: Sequence[Record],
    shown: Sequence[int],
    reader: ScreenReader,
    actor: Actor,
) -> dict[str, Any]:
    """A person's row: the days with their pieces, and in words how much is planned and free, or too much."""
    id = str(person["id"])
    mine = [p for p in pieces if p["user"] == id]
    over = sum(max(0, day.planned - day.plannable) for day in one.days)
    days = [_day(one.days[n], [p for p in mine if p["on"] == one.days[n].on], one, reader) for n in shown]
    words = _("{planned} planned of {all}", planned=work(one.planned), all=work(one.plannable))
    return {
        "id": id, "name": person["name"], "me": id == actor.acts_as, "words": words, "load": min(100, one.load),
        "tone": "bad" if over else "warn" if one.load > 85 else "ok",
        "rest": _("{n} too much", n=work(over)) if over else _("{n} free", n=work(one.free)), "days": days,
    }  # fmt: skip


def _day(day: capacity.Day, pieces: Sequence[Record], one: capacity.Week, reader: ScreenReader) -> dict[str, Any]:
    over = max(0, day.planned - day.plannable)
    words = (
        _("away")
        if day.absent
        else _("{n} too much", n=work(over))
        if over
        else _("{n} free", n=work(day.free))
        if day.working
        else ""
    )
    return {
        "iso": day.on.isoformat(), "text": reader.shown(day.on), "today": day.on == reader.today, "over": over, "words": words,
        "away": day.absent, "open": bool(day.working) and not day.absent, "pieces": [_piece(p, one, reader) for p in pieces],
    }  # fmt: skip


def _piece(piece: Record, one: capacity.Week, reader: ScreenReader) -> dict[str, Any]:
    """A piece of planned work; `ways` are the other days it can go to, each with what is free there."""
    id, request = str(piece["id"]), str(piece["request"] or "")
    title = reader.text("slot", piece, "request") if request else reader.text("slot", piece, "kind")
    may = not piece["done"] and reader.may("slot", "update", id)
    after = [day for day in one.days if day.on != piece["on"] and day.working and day.on >= reader.today]
    ways = [(d.on.isoformat(), _("{day}, {n} free", day=reader.shown(d.on), n=work(d.free))) for d in after]
    following = one.monday + timedelta(days=7)
    return {
        "id": id, "title": title, "href": reader.url("request", request) if request and reader.reads("request", "subject") else "",
        "words": work(piece["minutes"]), "done": bool(piece["done"]), "may": may, "inbox": reader.here(f"inbox/{request}") if request else "",
        "ways": [*ways, (following.isoformat(), _("{day}, the week after", day=reader.shown(following)))] if may else [],
    }  # fmt: skip


def move(asked: ScreenAsked, reader: ScreenReader) -> Answered:
    """POST week: a piece goes to another day."""
    back = f"week?week={monday(asked, reader).isoformat()}"
    piece = reader.get("slot", asked.posted("slot"), ("on", "request", "done"))
    try:
        to = date.fromisoformat(asked.posted("to"))
    except ValueError:
        return Answered(problems=[Problem(_("Say to which day it goes."), field="to")])
    if piece is None:
        return Answered(problems=[Problem(_("This piece of work is not there any more."))])
    if to < reader.today:
        return Answered(problems=[Problem(_("That day is over; choose one that comes."), field="to")])
    why = asked.posted("why").strip()[:300] or None
    values = {"on": to, "overrule_reason": why}
    return Answered([Patch("slot", str(piece["id"]), values)], _("Moved to {day}", day=reader.shown(to)), back)
