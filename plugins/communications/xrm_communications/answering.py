"""Answers to invitations, read from mail (iTIP REPLY, RFC 5546; by mail, RFC 6047).

Anybody can write a message that looks like an answer. It counts for one row of one meeting: that of the address which the message
itself came from, where this address was invited to it; nobody answers for another, and nobody invites himself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from xrm_core.plugin import Patch, Reader, Record

from .inviting import ROWS

ANSWERS = {"ACCEPTED": "accepted", "DECLINED": "declined", "TENTATIVE": "tentative"}
UID = re.compile(r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})@")


@dataclass(frozen=True, slots=True)
class Answered:
    """What a message does to a meeting: the meeting and the change of the row of its sender. `why`, a code of `mail_reason`, says
    what it does, or why it does nothing."""

    why: str
    meeting: Record | None = None
    party: str | None = None
    change: Patch | None = None


def answered(reader: Reader, calendar: Mapping[str, Any] | None, sender: str, at: datetime) -> Answered | None:
    """The answer in a message from `sender` that came at `at`; None where it has none to a meeting of ours. `calendar` is what
    `icalendars.reply` made of it."""
    found = UID.match(calendar["uid"].lower()) if calendar and calendar["method"] == "REPLY" else None
    meeting = reader.get("communication", found[1]) if found else None
    if calendar is None or meeting is None or not meeting["invitation"]:
        return None
    answers = {one["address"].lower(): one for one in calendar["answers"]}
    said = answers.get(sender.lower())
    if said is None:
        return Answered("not_own")
    rows = reader.children("communication", "invited", meeting["id"])
    row = next((one for one in rows if str(one["address"] or "").lower() == sender.lower()), None)
    if row is None or row["answer"] in ("released", "not_told"):
        return Answered("not_invited")
    code = ANSWERS.get(said["status"])
    if code is None:
        return Answered("no_word")
    stamp = _moment(calendar["stamp"]) or at
    if calendar["sequence"] < int(row["sequence"] or 1) - 1:
        return Answered("earlier")
    if row["stamp"] is not None and stamp < row["stamp"]:
        return Answered("later_known")
    values = {"answer": code, "answered_at": at, "stamp": stamp, "note": said["note"][:300] or None}
    return Answered(code, meeting, str(row["party"]), Patch(ROWS, row["id"], values))


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except ValueError:
        return None
