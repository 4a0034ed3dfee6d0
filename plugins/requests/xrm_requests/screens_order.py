"""The order: somebody's open requests by their rank, and raising one, with what moves down shown before it is confirmed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from xrm_core.plugin import Actor, Answered, Query, Record, Run, ScreenAsked, ScreenReader, _

from .screens_words import work

OPEN = "record.doer == given.who && record.status in ['undecided', 'doing', 'planned', 'waiting']"
COLUMNS = ("number", "subject", "status", "rank", "need_by", "plan_on", "urgent", "effort_left", "doer", "party")
MOST = 200


def order(asked: ScreenAsked, actor: Actor, reader: ScreenReader) -> Mapping[str, Any]:
    """GET order?who=: the actor's own order, or that of somebody whom he leads."""
    return _page(asked.get("who") or actor.acts_as or "", None, None, actor, reader)


def raising(asked: ScreenAsked, actor: Actor, reader: ScreenReader) -> Mapping[str, Any] | None:
    """GET order/{request}?to=: where a request could rise to; with a place, what moves down for it."""
    row = reader.get("request", asked.get("request"), COLUMNS)
    if row is None or not row.get("doer") or row.get("rank") is None:
        return None
    to = int(asked.get("to")) if asked.get("to").isascii() and asked.get("to").isdigit() else None
    return _page(str(row["doer"]), row, to, actor, reader)


def _page(who: str, chosen: Record | None, to: int | None, actor: Actor, reader: ScreenReader) -> Mapping[str, Any]:
    rows = reader.find(Query("request", COLUMNS, OPEN, ("rank",), MOST), {"who": who})
    person = reader.get("user", who, ("name",)) if who else None
    rank = int(chosen["rank"]) if chosen is not None else 0
    fits = chosen is not None and to is not None and 1 <= to < rank
    return {
        "rows": [_row(row, n, rows, chosen, reader) for n, row in enumerate(rows)],
        "who": who, "name": person["name"] if person else "", "own": who == actor.acts_as, "others": _others(actor, reader),
        "chosen": _chosen(chosen, reader) if chosen is not None else None, "back": reader.here("order", who="" if who == actor.acts_as else who),
        "shift": _shift(chosen, to, reader) if fits and chosen is not None and to is not None else None,
        "here": reader.here(f"order/{chosen['id']}", to=str(to or "")) if chosen is not None else reader.here("order"),
        "week": reader.here("week"), "inbox": reader.here("inbox"),
    }  # fmt: skip


def _others(actor: Actor, reader: ScreenReader) -> list[tuple[str, str, str]]:
    """Those whom the actor leads: id, name, address."""
    if not actor.leads:
        return []
    led = "record.department in actor.leads && record.status == 'active'"
    rows = reader.find(Query("user", ("name",), led, ("name",), 50), {})
    return [(str(row["id"]), str(row["name"]), reader.here("order", who=str(row["id"]))) for row in rows]


def _row(row: Record, n: int, rows: Sequence[Record], chosen: Record | None, reader: ScreenReader) -> dict[str, Any]:
    """A request in the order. `up` is where it goes one place up, `first` to the top, `before` where the chosen one would stand."""
    id, rank = str(row["id"]), int(row["rank"] or 0)
    may = n > 0 and reader.may("request", "raise_rank", id)
    above = chosen is not None and rank < int(chosen["rank"])
    return {
        "id": id, "place": n + 1, "rank": rank, "subject": row["subject"] or row["number"], "href": reader.url("request", id),
        "status": reader.cell("request", row, "status"), "need_by": reader.cell("request", row, "need_by"), "urgent": bool(row["urgent"]),
        "plan_on": reader.cell("request", row, "plan_on") if row["plan_on"] else None, "effort": work(row["effort_left"]) if row["effort_left"] else "",
        "here": chosen is not None and id == str(chosen["id"]), "may": may,
        "up": reader.here(f"order/{id}", to=str(rows[n - 1]["rank"])) if may else "",
        "first": reader.here(f"order/{id}", to=str(rows[0]["rank"])) if may and n > 1 else "",
        "before": reader.here(f"order/{chosen['id']}", to=str(rank)) if chosen is not None and above else "",
        "raise": reader.here(f"order/{id}") if may else "",
    }  # fmt: skip


def _chosen(row: Record, reader: ScreenReader) -> dict[str, Any]:
    offer = reader.offer("request", str(row["id"]), "raise_rank")
    return {
        "id": str(row["id"]),
        "subject": row["subject"] or row["number"],
        "rank": row["rank"],
        "may": offer is not None and offer.allowed,
    }


def _shift(row: Record, to: int, reader: ScreenReader) -> dict[str, Any]:
    """What rises and what goes down, each with the dates at stake."""
    found = reader.ask("request", str(row["id"]), "shifts", {"to": to}) or ()
    ids = [str(one["id"]) for one in found if one["id"]]
    known = (
        {
            str(r["id"]): r
            for r in reader.find(Query("request", COLUMNS, "record.id in given.ids", ("rank",), MOST), {"ids": ids})
        }
        if ids
        else {}
    )
    lines = [
        {
            "subject": one["subject"], "href": reader.url("request", str(one["id"])) if one["id"] else "", "rank": one["rank"], "becomes": one["becomes"],
            "need_by": reader.cell("request", known[one["id"]], "need_by") if one["id"] in known else None,
            "plan_on": reader.cell("request", known[one["id"]], "plan_on") if one["id"] in known and known[one["id"]]["plan_on"] else None,
        }
        for one in found if one["becomes"] != to
    ]  # fmt: skip
    return {"to": to, "down": lines}


def confirm(asked: ScreenAsked, actor: Actor, reader: ScreenReader) -> Answered:
    """POST order/{request}: the rise that was shown."""
    id, to = asked.get("request"), asked.posted("to")
    row = reader.get("request", id, ("number", "doer"))
    version = asked.posted("version")
    seen = int(version) if version.isdigit() else None
    who = str(row["doer"]) if row and row.get("doer") and str(row["doer"]) != actor.acts_as else ""
    run = Run("request", id, "raise_rank", {"to": int(to) if to.isascii() and to.isdigit() else 0}, seen)
    told = _("{number} was raised", number=row["number"] if row else "")
    return Answered([run], told, f"order?who={who}" if who else "order")
