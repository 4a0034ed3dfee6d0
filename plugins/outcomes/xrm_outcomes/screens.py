"""Effort and outcomes: which relationships take work that serves no outcome, and which outcomes nobody works for. Of what the reader
may see, and each figure leads to its records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from xrm_core.plugin import Query, Screen, ScreenAsked, ScreenReader, _, hook

from . import measure_page
from .pages import health, without, work_out

DAYS = 90
SHOWN, MOST = 30, 500
TITLE = {"en": "Effort and outcomes", "de": "Aufwand und Ergebnisse", "ar": "الجهد والنتائج"}
WITHOUT = {"en": "Without an outcome", "de": "Ohne Ergebnis", "ar": "بلا نتيجة"}
MEASURE = {"en": "Measure", "de": "Maß", "ar": "القياس"}
HEALTH = {"en": "Health", "de": "Zustand", "ar": "الصحة"}


@dataclass
class Effort:
    """What one relationship took: communications and minutes of requests, each in all and for an outcome."""

    entity: str
    letters: int = 0
    serving: int = 0
    minutes: int = 0
    minutes_serving: int = 0
    names: Mapping[str, Any] = field(default_factory=dict)

    @property
    def rest(self) -> tuple[int, int]:
        """Minutes and communications that served no outcome."""
        return self.minutes - self.minutes_serving, self.letters - self.serving


def _kinds(reader: ScreenReader) -> list[str]:
    """The kinds of relationships that anything is written of, as far as the reader sees it."""
    found: set[str] = set()
    for entity in ("outcome", "communication", "request"):
        if reader.reads(entity, "relationship_entity"):
            found |= {str(kind) for kind in reader.total(Query(entity), "relationship_entity") if kind}
    return sorted(kind for kind in found if reader.may(kind))


def efforts(kind: str, since: date, reader: ScreenReader) -> dict[str, Effort]:
    """What each relationship of a kind took since a day, by its id."""
    made: dict[str, Effort] = {}
    given = {"kind": kind, "since": since}

    def of(id: Any) -> Effort:
        return made.setdefault(str(id), Effort(kind))

    if reader.may("communication") and reader.reads("communication", "outcome"):
        ask = "record.relationship_entity == given.kind && date(record.at) >= given.since"
        for id, (n, __) in reader.total(Query("communication", filter=ask), "relationship", None, given).items():
            if id:
                of(id).letters = n
        ask += " && record.outcome != null"
        for id, (n, __) in reader.total(Query("communication", filter=ask), "relationship", None, given).items():
            if id:
                of(id).serving = n
    if reader.may("slot") and reader.reads("request", "outcome"):
        ask = "record.done && record.kind == 'work' && record.on >= given.since && record.request.relationship_entity == given.kind"
        for id, (__, total) in reader.total(
            Query("slot", filter=ask), "request.relationship", "minutes", given
        ).items():
            if id:
                of(id).minutes = int(total or 0)
        ask += " && record.request.outcome != null"
        for id, (__, total) in reader.total(
            Query("slot", filter=ask), "request.relationship", "minutes", given
        ).items():
            if id:
                of(id).minutes_serving = int(total or 0)
    return made


def effort(asked: ScreenAsked, reader: ScreenReader) -> Mapping[str, Any]:
    """GET effort: both reports of the last ninety days."""
    since = reader.today - timedelta(days=DAYS)
    found = {id: one for kind in _kinds(reader) for id, one in efforts(kind, since, reader).items()}
    spent = sorted(
        ((id, one) for id, one in found.items() if any(one.rest)), key=lambda one: (*(-n for n in one[1].rest), one[0])
    )
    known = _named([(id, one.entity) for id, one in spent[:MOST]], reader)
    wasted = [(id, one) for id, one in spent if id in known]
    rows = [_row(id, one, known[id], since, reader) for id, one in wasted[:SHOWN]]
    idle = _idle(since, reader)
    letters, serving = (sum(getattr(one, n) for one in found.values()) for n in ("letters", "serving"))
    minutes, for_them = (sum(getattr(one, n) for one in found.values()) for n in ("minutes", "minutes_serving"))
    return {
        "rows": rows, "idle": idle[:SHOWN], "more": max(0, len(wasted) - len(rows)), "more_idle": max(0, len(idle) - SHOWN),
        "days": DAYS, "letters": letters, "serving": serving, "hours": _hours(minutes, reader), "hours_serving": _hours(for_them, reader),
        "share": round(100 * for_them / minutes) if minutes else None, "letters_href": _letters(None, since, reader),
    }  # fmt: skip


def _named(wanted: Sequence[tuple[str, str]], reader: ScreenReader) -> dict[str, Mapping[str, Any]]:
    """The relationships by id, those that the reader sees."""
    made: dict[str, Mapping[str, Any]] = {}
    for kind in dict.fromkeys(kind for __, kind in wanted):
        ids = [id for id, one in wanted if one == kind]
        rows = reader.find(
            Query(kind, ("display", "owner", "department"), "record.id in given.ids", ("id",), MOST), {"ids": ids}
        )
        made |= {str(row["id"]): row for row in rows}
    return made


def _row(id: str, one: Effort, known: Mapping[str, Any], since: date, reader: ScreenReader) -> dict[str, Any]:
    minutes, letters = one.rest
    return {
        "name": known["display"], "href": reader.url(one.entity, id), "kind": reader.label(one.entity),
        "owner": reader.text(one.entity, known, "owner") if known.get("owner") else "",
        "letters": one.letters, "letters_without": letters, "letters_href": _letters(id, since, reader) if letters else "",
        "hours": _hours(one.minutes, reader), "hours_without": _hours(minutes, reader), "hours_href": _requests(id, since, reader) if minutes else "",
        "outcomes": reader.count(Query("outcome", filter="record.relationship == given.id && record.status == 'agreed'"), {"id": id}),
        "outcomes_href": _list(reader.url("outcome"), f"record.relationship == '{id}' && record.status == 'agreed'"),
    }  # fmt: skip


def _idle(since: date, reader: ScreenReader) -> list[dict[str, Any]]:
    """Agreed outcomes for which nothing was written and nothing done since a day, the one due first first."""
    columns = ("number", "statement", "relationship", "progress", "expected", "due_on", "owner")
    rows = reader.find(Query("outcome", columns, "record.status == 'agreed'", ("due_on",), MOST), {})
    busy = _busy(since, reader)
    return [
        {
            "statement": row["statement"], "href": reader.url("outcome", str(row["id"])), "cells": [reader.cell("outcome", row, n) for n in columns[2:]],
        }
        for row in rows if str(row["id"]) not in busy
    ]  # fmt: skip


def _busy(since: date, reader: ScreenReader) -> set[str]:
    """Outcomes that something was written or done for since a day."""
    found: set[str] = set()
    given = {"since": since}
    if reader.may("communication") and reader.reads("communication", "outcome"):
        ask = Query("communication", filter="record.outcome != null && date(record.at) >= given.since")
        found |= {str(id) for id in reader.total(ask, "outcome", None, given) if id}
    if reader.may("request") and reader.reads("request", "outcome"):
        ask = Query(
            "request", filter="record.outcome != null && (date(record.created_at) >= given.since || record.is_open)"
        )
        found |= {str(id) for id in reader.total(ask, "outcome", None, given) if id}
    return found


def _hours(minutes: int, reader: ScreenReader) -> str:
    if 0 < minutes < 60:
        return _("{n} min", n=reader.shown(minutes))
    return _("{n} h", n=reader.shown(round(minutes / 60)))


def _list(url: str, filter: str) -> str:
    return f"{url}?{urlencode({'filter': filter})}"


def _letters(id: str | None, since: date, reader: ScreenReader) -> str:
    """The list of communications that served no outcome."""
    of = f"record.relationship == '{id}'" if id else "record.relationship != null"
    return _list(
        f"{reader.url('communication')}", f"{of} && record.outcome == null && date(record.at) >= date('{since}')"
    )


def _requests(id: str, since: date, reader: ScreenReader) -> str:
    """The list of requests that served no outcome."""
    done = f"record.slots.exists(s, s.done && s.on >= date('{since}'))"
    return _list(reader.url("request"), f"record.relationship == '{id}' && record.outcome == null && {done}")


@hook
def xrm_screens() -> Sequence[Screen]:
    """The two reports of effort, relationships without an outcome, and how a health came about."""
    return [
        Screen("effort", TITLE, "outcomes/effort.html", show=effort, icon="scale", entity="outcome", menu="outcomes"),
        Screen("without", WITHOUT, "outcomes/without.html", show=without, icon="circle-dashed", entity="outcome", menu="outcomes"),
        Screen(
            "health/{entity}/{relationship}", HEALTH, "outcomes/health.html", show=health, act=work_out, icon="heart-pulse",
            entity="health_reading",
        ),
        Screen(
            "measure/{outcome}", MEASURE, "outcomes/measure.html", show=measure_page.show, act=measure_page.act, icon="ruler", entity="outcome",
            verb="update", of=measure_page.of,
        ),
    ]  # fmt: skip


@hook
def xrm_templates() -> Sequence[Path]:
    """The templates of the pages."""
    return [Path(__file__).parent / "templates"]
