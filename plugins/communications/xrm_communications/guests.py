"""Whom a meeting out of a calendar file was with: the parties that have the addresses in it, as far as whoever imports it sees them."""

from __future__ import annotations

from typing import Any

from xrm_core.plugin import Change, Reader

MOST = 50


def is_event(change: Change) -> bool:
    """Whether a record comes out of a calendar file, or says itself who took part."""
    return bool(change.after["guests"]) or str(change.after["source_key"] or "").startswith("event:")


def found(change: Change, reader: Reader) -> dict[str, Any]:
    """The party, and the others who took part; a meeting with nobody who is known waits to be sorted."""
    after = change.after
    addresses = list(dict.fromkeys(after["guests"] or ()))[:MOST]
    forms = sorted({form for one in addresses for form in (one, one.lower())})
    ask = "record.kind == 'email' && record.value in given.forms"
    rows = reader.seen("party_contact_points", ask, {"forms": forms}, 4 * MOST) if forms else ()
    order = {address.lower(): place for place, address in reversed(list(enumerate(addresses)))}
    ids: dict[str, str] = {}
    for row in sorted(rows, key=lambda row: (order.get(str(row["value"]).lower(), MOST), str(row["party"]))):
        ids.setdefault(str(row["party"]), str(row["value"]))
    own = {id for id in ids if (party := reader.get("party", id)) is not None and party["is_own"]}
    others = [id for id in ids if id not in own and id != after["party"]]
    first = after["party"] or next(iter(others), None)
    owner = {"owner": id} if after["owner"] is None and (id := _colleague(forms, reader)) else {}
    if first is None:
        return owner | ({"status": "triage"} if after["status"] == "done" else {})
    tied = [{"party": id, "part": "attendee", "address": ids[id][:250]} for id in others if id != first]
    return owner | {"party": first} | ({"participants": tied} if tied and "participants" not in change.children else {})


def _colleague(forms: list[str], reader: Reader) -> str | None:
    """Whose meeting it is where nobody in particular brings the file in, as from the command line: the user among those who take part."""
    rows = (
        reader.find("user", "record.email in given.forms && record.status == 'active'", {"forms": forms})
        if forms
        else ()
    )
    return min((str(row["id"]) for row in rows), default=None)
