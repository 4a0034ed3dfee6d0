"""Who does a request: those who can, the best first, each with the reason; somebody else than the first takes a reason code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from xrm_core.plugin import Answered, Problem, Run, ScreenAsked, ScreenReader, _

SHOWN = 8


def choose(asked: ScreenAsked, reader: ScreenReader) -> Mapping[str, Any] | None:
    """GET send/{request}: who is proposed for a request that is not sent yet."""
    id = asked.get("request")
    row = reader.get("request", id, ("number", "subject", "type", "status", "missing"))
    offer = reader.offer("request", id, "send") if row is not None else None
    if row is None or offer is None:
        return None
    found = (reader.ask("request", id, "propose") or ())[:SHOWN] if offer.allowed else ()
    chosen = asked.posted("doer") or (str(found[0]["user"]) if found else "")
    kinds = reader.codes("request_fact")
    return {
        "number": row["number"],
        "subject": row["subject"],
        "kind": reader.text("request", row, "type"),
        "offer": offer,
        "missing": [str(kinds[code]["label"]) for code in row["missing"] or () if code in kinds],
        "doers": [{**one, "checked": one["user"] == chosen} for one in found],
        "here": reader.here(f"send/{id}"),
        "crumbs": [(str(row["number"]), reader.url("request", id))],
    }


def send(asked: ScreenAsked, reader: ScreenReader) -> Answered:
    """POST send/{request}: sent to whom was chosen; with facts missing it stays unclear, and the round counts."""
    id = asked.get("request")
    version = asked.posted("_version")
    row = reader.get("request", id, ("missing",))
    if row is None:
        return Answered(problems=[Problem(_("There is no such request."), "not_found")])
    values = {name: asked.posted(f"send.{name}") or asked.posted(name) or None for name in ("doer", "other_choice")}
    told = _("It stays unclear: facts are missing") if row["missing"] else _("Sent")
    return Answered(
        [Run("request", id, "send", values, int(version) if version.isdigit() else None)], told, f"/e/request/{id}"
    )
