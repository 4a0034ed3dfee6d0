"""Taking one message in: parsed by a limited child, matched to a party and a thread, and noted in the ledger.

What a message says is believed as far as it harms nobody: it is filed under the party that has its address, and pays or opens
answers owed with that party alone. What comes from machines, from ourselves, or from senders whom our server calls forged opens
nothing.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from xrm_core.plugin import Confined, Desk, FurtherChange, NewRecord, Office, Patch, Reader, Record, _, confined

from .. import answering, proposals
from . import matching
from .returned import bounced

MEMORY = 384 << 20
PER_BYTE = 16
SECONDS = 20
MODULE = __name__.rpartition(".")[0] + ".parsing"
MOST_HOPS = 100
SHARED = ("owner", "department", "sensitivity", "relationship", "relationship_entity")
"""What a message takes over from what it tells of."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """A message as the server has it: in which mailbox, under which number, its bytes (`whole`, or its head), when it came."""

    box: Record
    validity: int
    uid: int
    raw: bytes
    size: int
    at: datetime
    whole: bool = True
    trusted: str | None = None


@dataclass(frozen=True, slots=True)
class Decided:
    """What becomes of a message: a state of the ledger with its reason (a code of `mail_reason`, and in `reason` what that does not
    say itself), and what is saved for it."""

    state: str
    reason: str = ""
    communication: str | None = None
    values: dict[str, Any] | None = None
    further: tuple[FurtherChange, ...] = ()
    why: str | None = None


def take(office: Office, arrived: Arrived) -> str:
    """Take a message in and note it; the state that the ledger got. Raises nothing that the message brings about."""
    try:
        said = parse(arrived)
    except Exception as fault:  # bytes of strangers, and a child that may break in any way
        return _failed(office, arrived, f"{type(fault).__name__}: {fault}")
    from .claiming import claimed  # it answers what this module defines

    for left in (1, 0):
        try:
            with office.open(write=True) as desk:
                return _save(desk, arrived, said, claimed(desk, said, decide(desk.reader, arrived, said)))
        except (
            Exception
        ) as fault:  # another reader may have taken the same message: then it is known when we look again
            if not left:
                return _failed(office, arrived, f"{type(fault).__name__}: {fault}")
    return "failed"


def parse(arrived: Arrived) -> dict[str, Any]:
    """What a message says, read in a child process; its head alone where the whole takes too much."""
    if not arrived.whole:
        return json.loads(_child("head", arrived.raw)) | {"aside": "too_large", "detail": f"{arrived.size >> 20} MB"}
    try:
        return dict(json.loads(_child("parsed", arrived.raw)))
    except Confined as fault:
        return json.loads(_child("head", arrived.raw[:65_536])) | {"aside": fault.code, "detail": fault.message}


def _child(function: str, raw: bytes) -> bytes:
    return confined(MODULE, function, raw, memory=MEMORY + PER_BYTE * len(raw), seconds=SECONDS)


def decide(reader: Reader, arrived: Arrived, said: Mapping[str, Any]) -> Decided:
    """What becomes of a message, by what it says and what we know."""
    box = arrived.box
    id = said["message_id"] or f"<{hashlib.sha256(arrived.raw).hexdigest()[:48]}@unidentified.invalid>"
    known = reader.find("communication", "record.message_id == given.id", {"id": id}, limit=1)
    if known:
        why = "our_own" if known[0]["direction"] == "out" else "known"
        return Decided("skipped", communication=known[0]["id"], why=why)
    if str(box["address"]).lower() in (loop.lower() for loop in said["loops"]) or said["hops"] > MOST_HOPS:
        return Decided("skipped", why="loop")
    if not arrived.whole:
        return Decided("aside", str(said.get("detail") or ""), why=_why(said["aside"]))
    thread = matching.thread_of(reader, [*said["in_reply_to"], *reversed(said["references"])])
    values = _values(arrived, said, id, thread)
    if said["bounce"]:
        return _of_bounce(reader, said, values)
    return _matched(reader, arrived, said, values, thread)


def _matched(
    reader: Reader, arrived: Arrived, said: Mapping[str, Any], values: dict[str, Any], thread: Record | None
) -> Decided:
    """A message of somebody: filed with the party, or for people to sort."""
    name, sender = said["from"][0] if said["from"] else ("", "")
    ours = bool(reader.find("mailbox", "record.address == given.address", {"address": sender.lower()}, limit=1))
    found = matching.Match(why="said_ours") if ours else matching.match(reader, sender, name, thread)
    if said["aside"]:
        found = matching.Match(
            suggested=found.party or found.suggested,
            why=_why(said["aside"]),
            detail=str(said.get("detail") or said["aside"]),
        )
    elif values["authenticated"] == "fail":
        found = matching.Match(suggested=found.party or found.suggested, why="forged")
    answer = None
    if not ours and values["authenticated"] != "fail":
        answer = answering.answered(reader, said["calendar"], sender, arrived.at)
    if answer is not None and answer.meeting is not None and answer.change is not None:
        meeting = answer.meeting
        shared = {name: meeting[name] for name in SHARED} | {"about": meeting["id"], "about_entity": "communication"}
        values |= shared | {"party": answer.party, "status": "done", "answer_wanted": "no"}
        return Decided("taken", values=values, further=(answer.change,), why=answer.why)
    values |= {"party": found.party, "suggested": found.suggested, "suggested_as": found.why or None}
    values["suggested_why"] = found.detail[:300] or None
    values["status"] = "done" if found.party else "triage"
    own = {str(arrived.box["address"]).lower()}
    if not ours and not said["aside"] and values["authenticated"] != "fail":
        values |= proposals.proposed(reader, said["calendar"], values)
    values["participants"] = [
        row for row in matching.matched_others(reader, said, {found.party or ""}) if row["address"].lower() not in own
    ]
    why = answer.why if answer is not None and not said["aside"] else found.why
    return Decided("aside" if said["aside"] else "taken", found.detail, values=values, why=why or None)


def _why(code: str) -> str:
    """The code of `mail_reason` for what a parser, or the process that it runs in, said."""
    return code if code in ("too_large", "too_many_parts", "too_slow", "too_big") else "unreadable"


def _of_bounce(reader: Reader, said: Mapping[str, Any], values: dict[str, Any]) -> Decided:
    """A message that tells of mail of ours: it marks that mail, and the address, and opens nothing. One that tells of mail we did
    not send changes nothing."""
    original, further = bounced(reader, said["bounce"])
    values |= {"automatic": True, "answer_wanted": "no"}
    if original is None:
        values |= {"status": "dismissed", "suggested_as": "strange_return"}
        return Decided("aside", values=values, why="strange_return")
    shared = {name: original[name] for name in SHARED}
    values |= shared | {"party": original["party"]} | {"status": "done", "in_reply_to": original["id"]}
    return Decided("taken", values=values, further=tuple(further), why="came_back")


def _values(arrived: Arrived, said: Mapping[str, Any], id: str, thread: Record | None) -> dict[str, Any]:
    """The columns of the communication, but for whom it is with."""
    name, sender = said["from"][0] if said["from"] else ("", "")
    box, before = arrived.box, thread or {}
    return {
        "direction": "in", "channel": "email", "subject": said["subject"] or _("(no subject)"), "at": arrived.at, "body": said["text"] or None,
        "html": said["html"] or None, "mailbox": box["id"], "mail_from": sender[:320] or None, "mail_from_name": name[:200] or None,
        "mail_to": box["address"], "message_id": id, "references": [*said["references"], *said["in_reply_to"]][-50:] or None,
        "defects": [d[:60] for d in said["defects"]][:20] or None, "automatic": bool(said["automatic"]),
        "authenticated": matching.authenticated(said["authentication"], arrived.trusted),
        "owner": before.get("owner") or box["owner"], "department": before.get("department") or box["department"],
        "sensitivity": before.get("sensitivity") or "department", "in_reply_to": before.get("id"),
        "topic": before.get("topic"), "relationship": before.get("relationship"), "relationship_entity": before.get("relationship_entity"),
    }  # fmt: skip


def _save(desk: Desk, arrived: Arrived, said: Mapping[str, Any], decided: Decided) -> str:
    """Save what was decided, and the ledger's row, in one transaction."""
    communication = decided.communication
    if decided.values is not None:
        files, lost = _files(desk, said)
        raw = desk.keep_file("communication", "raw", "message.eml", "message/rfc822", arrived.raw)
        defects = [*(decided.values["defects"] or []), *lost]
        values = decided.values | {"raw": raw, "files": files, "defects": defects or None}
        communication = desk.save([NewRecord("communication", values)])[0]
    if decided.further:
        desk.save(decided.further)
    _enter(desk, arrived, decided, said, communication)
    return decided.state


def _files(desk: Desk, said: Mapping[str, Any]) -> tuple[list[dict[str, Any]], list[str]]:
    """The files of a message, kept; and what could not be kept, told as defects."""
    rows: list[dict[str, Any]] = []
    lost: list[str] = []
    for one in said["files"]:
        try:
            id = desk.keep_file("communication_files", "file", one["name"], one["kind"], base64.b64decode(one["body"]))
        except Exception as fault:  # a kind or size that is not taken; the message itself has it
            lost.append(f"file: {fault}"[:60])
            continue
        rows.append({"file": id, "note": one["name"][:200]})
    return rows, lost


def _enter(
    desk: Desk, arrived: Arrived, decided: Decided, said: Mapping[str, Any] | None, communication: str | None
) -> None:
    """The ledger's row of the message: a new one, or the one of an earlier try."""
    key = {"mailbox": arrived.box["id"], "uid_validity": arrived.validity, "uid": arrived.uid}
    ask = "record.mailbox == given.mailbox && record.uid_validity == given.uid_validity && record.uid == given.uid"
    before = next(iter(desk.reader.find("mail_ledger", ask, key, limit=1)), None)
    values: dict[str, Any] = {
        "state": decided.state, "why": decided.why, "reason": decided.reason[:500] or None, "communication": communication, "size": arrived.size, "received_at": arrived.at,
        "seen_at": desk.reader.now, "tries": (before["tries"] if before else 0) + 1,
    }  # fmt: skip
    if said is not None:
        sender = said["from"][0][1] if said["from"] else ""
        values |= {
            "message_id": said["message_id"] or None,
            "sender": sender[:320] or None,
            "subject": said["subject"] or None,
        }
    desk.save([Patch("mail_ledger", before["id"], values) if before else NewRecord("mail_ledger", key | values)])


def _failed(office: Office, arrived: Arrived, why: str) -> str:
    with office.open(write=True) as desk:
        _enter(desk, arrived, Decided("failed", why, why="fault"), None, None)
    return "failed"
