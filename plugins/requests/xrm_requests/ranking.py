"""Rank is an order: no two open requests of one doer share a place, and raising one moves the others down before all eyes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from xrm_core.plugin import Actor, FurtherChange, Patch, Problem, Reader, Record, _

from .people import MOST, held

OPEN = ("undecided", "doing", "planned", "waiting")


def queue(user: str, reader: Reader) -> list[Record]:
    """The open requests of a doer in the order of their ranks."""
    rows = reader.find(
        "request", f"record.doer == given.user && record.status in {list(OPEN)}", {"user": user}, limit=MOST
    )
    return sorted(rows, key=lambda row: (row["rank"] is None, row["rank"] or 0, row["id"]))


def last_rank(user: str, reader: Reader, but: str | None = None) -> int:
    """The rank behind all others of a doer."""
    return max((row["rank"] or 0 for row in queue(user, reader) if row["id"] != but), default=0) + 1


def moved(ranks: Mapping[str, int], one: str, to: int) -> dict[str, int]:
    """Who has another rank when `one` is raised to `to`: those between go down by one. Nothing where it is not a rise."""
    now = ranks[one]
    if to >= now or to < 1:
        return {}
    return {id: rank + 1 for id, rank in ranks.items() if to <= rank < now and id != one} | {one: to}


def shifts(request: Record, to: int, reader: Reader) -> list[dict[str, Any]]:
    """What raising a request to a rank moves, in the new order: each with its rank, what it becomes, and the dates at stake."""
    rows = {row["id"]: row for row in queue(request["doer"], reader)}
    new = moved({id: row["rank"] for id, row in rows.items()}, request["id"], to)
    made = [
        {
            "id": id, "number": rows[id]["number"], "subject": rows[id]["subject"], "rank": rows[id]["rank"], "becomes": rank,
            "need_by": rows[id]["need_by"].isoformat(), "plan_on": rows[id]["plan_on"].isoformat() if rows[id]["plan_on"] else None,
        }
        for id, rank in new.items()
    ]  # fmt: skip
    return sorted(made, key=lambda one: one["becomes"])


def raised(request: Record, to: int, reader: Reader) -> list[FurtherChange]:
    """The changes of a rise: the one aside, the others down from the last on, the one to its place; so that no two are ever equal."""
    reader.hold(held(request["doer"]))
    rows = {row["id"]: row for row in queue(request["doer"], reader)}
    ranks = {id: row["rank"] for id, row in rows.items()}
    new = moved(ranks, request["id"], to)
    if not new:
        return []
    down = sorted((id for id in new if id != request["id"]), key=lambda one: -ranks[one])
    aside = max(ranks.values()) + 1
    return [
        Patch("request", request["id"], {"rank": aside}),
        *(Patch("request", id, {"rank": new[id]}) for id in down),
        Patch("request", request["id"], {"rank": to}),
    ]


def raise_rank(
    record: Record, values: Mapping[str, Any], actor: Actor, reader: Reader
) -> Sequence[FurtherChange | Problem]:
    """Raise a request to a rank."""
    if values["to"] >= (record["rank"] or 0):
        return [Problem(_("It stands at {rank} already; name a smaller number.", rank=record["rank"]), "refused", "to")]
    return raised(record, values["to"], reader)


def show_shifts(record: Record, values: Mapping[str, Any], actor: Actor, reader: Reader) -> list[dict[str, Any]]:
    """What raising would move, under the reader's rights: others' requests that he may not read go without their subject."""
    seen = {row["id"] for row in reader.seen("request", f"record.doer == '{record['doer']}'", limit=MOST)}
    return [
        one
        if one["id"] in seen
        else {**one, "id": None, "number": None, "subject": _("A request that you may not read")}
        for one in shifts(record, values["to"], reader)
    ]
