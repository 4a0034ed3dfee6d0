"""What a message says of a meeting of others: an invitation, a change, its end; and the calendar that answers it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from xrm_core.plugin import Reader, Record

from . import icalendars, series

STATUS = {"accepted": "ACCEPTED", "tentative": "TENTATIVE", "declined": "DECLINED"}


def proposed(reader: Reader, calendar: Mapping[str, Any] | None, values: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of a communication whose message brings an invitation, or the end of a meeting; none for other messages."""
    if calendar is None or calendar["method"] not in ("REQUEST", "CANCEL") or not calendar["uid"]:
        return {}
    at = series.moment(calendar["at"], reader)
    if at is None:
        return {}
    told = series.wanted(calendar, reader).values() if calendar["repeats"] else ()
    times = sorted(at for at, off in told if not off)
    off, uid = calendar["method"] == "CANCEL", "|".join(filter(None, (calendar["uid"], calendar["recurrence"])))
    known = meeting_of(reader, uid[:250], values["party"], calendar) if values["party"] else None
    return {
        "proposal": dict(calendar), "proposal_uid": uid[:250], "proposed_at": times[0] if times else at, "proposed_minutes": calendar["minutes"],
        "proposed_place": calendar["place"] or None, "proposed_repeats": bool(calendar["repeats"]), "proposed_onward": calendar["onward"],
        "proposed_times": max(1, len(times)) if calendar["repeats"] else None, "proposed_last": times[-1] if times else None,
        "proposed": "called_off" if off else "changed" if known is not None else "invitation", "meeting": known["id"] if known else None,
        **({"answer_wanted": "no"} if off else {"proposal_answer": "needs_action"}),
    }  # fmt: skip


def about(reader: Reader, uid: str, party: str) -> Sequence[Record]:
    """All messages of a party about a meeting."""
    ask = "record.proposal_uid == given.uid && record.party == given.party && record.direction == 'in'"
    return reader.find("communication", ask, {"uid": uid, "party": party})


def meeting_of(reader: Reader, uid: str, party: str, told: Mapping[str, Any]) -> Record | None:
    """The meeting that came of earlier messages of the same party about it; of one that repeats the time that is meant, else the next."""
    ids = (row["meeting"] for row in about(reader, uid, party) if row["meeting"])
    alone = next((found for id in ids if (found := reader.get("communication", id)) is not None), None)
    if alone is not None and not alone["series_uid"]:
        return alone
    known = series.meetings(reader, told["uid"], party)
    return next(iter(series.meant({"proposal": told}, known, reader)), alone)


def reply_of(reader: Reader, record: Record, box: Record) -> bytes | None:
    """The calendar that a mail with an answer carries; None for other mail."""
    asked = reader.get("communication", record["in_reply_to"]) if record["in_reply_to"] else None
    status = STATUS.get(record["proposal_answer"] or "")
    if status is None or asked is None or not asked["proposal"]:
        return None
    told, address = asked["proposal"], str(box["address"])
    named = next((one for one in told["attendees"] if one.lower() == address.lower()), address)
    return icalendars.answer(told, status, icalendars.Person(named, str(box["name"])), reader.now)
