"""Pages: how a relationship's health came about, and relationships that nothing is agreed for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from xrm_core.plugin import Actor, Answered, Query, Run, ScreenAsked, ScreenReader, _

from . import rules
from .drawing import WIDE, picture
from .pieces import history, parts_of

PAST, LONGEST, SHOWN = 24, 400, 30
"""Readings in the table, in the line, and relationships of a kind that are shown."""
WITHOUT = "record.phase in ['building', 'maintaining'] && !record.outcomes.exists(o, o.status == 'agreed')"
"""Relationships under way for which no outcome is agreed; an expression over records of any kind of them."""


def health(asked: ScreenAsked, reader: ScreenReader) -> Mapping[str, Any] | None:
    """GET health/{entity}/{relationship}: the parts of the health as it is, and how it was."""
    entity, id = asked.get("entity"), asked.get("relationship")
    past = history(entity, id, PAST, reader) if reader.reads("health_reading", "band") else []
    record = reader.get(entity, id, ("display",)) if past else None
    if record is None:
        return None
    now = past[0]
    return {
        "title": _("Health of {name}", name=record["display"]), "crumbs": [(record["display"], reader.url(entity, id))],
        "now": now, "past": past, "parts": parts_of(str(now["id"]), reader), "line": _line(entity, id, reader), "shown": reader.shown,
        "changed_on": next((row["cells"]["on"].text for row in past if row["other"]), ""), "good_from": rules.GOOD_FROM, "watch_from": rules.WATCH_FROM, "here": reader.here(f"health/{entity}/{id}"),
        "may_run": reader.may("health_reading", "work_out_health", str(now["id"])),
    }  # fmt: skip


def _line(entity: str, id: str, reader: ScreenReader) -> Any:
    """The health of a relationship over time between the heights of its bands; None before there are two."""
    asked = Query(
        "health_reading", ("on", "health"), "record.relationship == given.one && record.relationship_entity == given.kind && record.health != null",
        ("-on",), LONGEST,
    )  # fmt: skip
    found = [(row["on"], Decimal(row["health"])) for row in reversed(reader.find(asked, {"one": id, "kind": entity}))]
    if len(found) < 2:
        return None
    heights = {"target": Decimal(rules.GOOD_FROM), "low": Decimal(rules.WATCH_FROM)}
    return picture(
        found, (found[0][0], found[-1][0]), reader.today, heights, whole=(Decimal(0), Decimal(100)), width=WIDE
    )  # fmt: skip


def work_out(asked: ScreenAsked, reader: ScreenReader) -> Answered:
    """POST health/{entity}/{relationship}: work it out now."""
    past = history(asked.get("entity"), asked.get("relationship"), 1, reader)
    changes = [Run("health_reading", str(past[0]["id"]), "work_out_health", {})] if past else []
    return Answered(changes, toast=_("The health is worked out anew"))


def without(asked: ScreenAsked, actor: Actor, reader: ScreenReader) -> Mapping[str, Any]:
    """GET without: relationships of every kind without an agreed outcome, those of the reader alone with `mine`."""
    mine = bool(asked.get("mine"))
    ask = f"{WITHOUT} && record.owner == '{actor.id}'" if mine else WITHOUT
    kinds = [_kind(kind, ask, reader) for kind in reader.targets("outcome", "relationship")]
    return {
        "kinds": [kind for kind in kinds if kind is not None and kind["rows"]], "mine": mine, "all_href": reader.here("without"),
        "mine_href": reader.here("without", mine="1"),
    }  # fmt: skip


def _kind(kind: str, ask: str, reader: ScreenReader) -> dict[str, Any] | None:
    """Relationships of one kind, the oldest first; None where its outcomes are not for the reader."""
    columns: Sequence[str] = [name for name in ("stage", "owner", "since", "next_step") if reader.reads(kind, name)]
    if not reader.reads(kind, "phase"):
        return None
    rows = reader.find(Query(kind, ("display", *columns), ask, ("since",), SHOWN + 1), {})
    may = reader.may("outcome", "create")
    return {
        "label": reader.label(kind), "name": kind, "heads": [reader.label(kind, name) for name in columns],
        "rows": [
            {
                "name": row["display"], "href": reader.url(kind, str(row["id"])), "cells": [reader.cell(kind, row, name) for name in columns],
                "new": f"{reader.url('outcome')}/new?{urlencode({'relationship': str(row['id']), 'relationship_entity': kind})}" if may else "",
            }
            for row in rows[:SHOWN]
        ],
        "all_href": f"{reader.url(kind)}?{urlencode({'filter': ask})}", "more": len(rows) > SHOWN,
    }  # fmt: skip
