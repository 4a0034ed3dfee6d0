"""Messages that are for another plugin: answers to mail that it sent itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from xrm_core.plugin import Desk, Reader

from ..hooks import Incoming
from .intake import Decided


def claimed(desk: Desk, said: Mapping[str, Any], decided: Decided) -> Decided:
    """What becomes of a message after plugins were asked whether it is theirs."""
    values = decided.values
    if values is None or decided.state != "taken" or decided.further or said["bounce"]:
        return decided
    id = str(values["message_id"])
    desk.reader.hold(f"mail {id}")
    if _was_taken(desk.reader, id):
        return Decided("skipped", why="known")
    sender = said["from"][0][1] if said["from"] else ""
    answers = (*said["in_reply_to"], *reversed(said["references"]))
    mail = Incoming(id, sender, said["subject"], said["text"], answers, values["authenticated"], said["automatic"])
    found = next(iter(desk.reader.asked("xrm_mail_arrived", mail=mail, desk=desk)), None)
    if found is None:
        return decided
    if found["state"] == "taken":
        return Decided("taken", found["reason"])
    waits = {"party": None, "status": "triage", "suggested_as": None, "suggested_why": found["reason"][:300]}
    return replace(decided, state="aside", reason=found["reason"], why=None, values={**values, **waits})


def _was_taken(reader: Reader, id: str) -> bool:
    """Whether a plugin took the message before, out of another mailbox or under another number."""
    ask = "record.message_id == given.id && record.state == 'taken' && record.communication == null"
    return bool(reader.find("mail_ledger", ask, {"id": id}, limit=1))
