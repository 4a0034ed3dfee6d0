"""Invitations to meetings: a mail with the meeting as a file for calendars, again when it moves, and once more when it is off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from xrm_core.plugin import Actor, Change, FurtherChange, Later, Office, Patch, Problem, Reader, Record, _

from . import gate, icalendars
from .mail.composing import is_address
from .mail.sending import mail, mailbox_for

ERRAND = "send_invitations"


def invite(
    record: Record, values: Mapping[str, Any], actor: Actor, reader: Reader
) -> Sequence[FurtherChange | Problem]:
    """Ask all who take part. Their answers come back as mail."""
    if not any(_people(record, reader)):
        return [Problem(_("Nobody who takes part has an e-mail address."), "no_address", "party")]
    return [
        Patch("communication", record["id"], {"invitation": int(record["invitation"] or 0) + 1, "called_off": False})
    ]


def call_off(record: Record, values: Mapping[str, Any], actor: Actor, reader: Reader) -> Sequence[FurtherChange]:
    """Tell all who were asked that it does not take place."""
    return [Patch("communication", record["id"], {"invitation": int(record["invitation"]) + 1, "called_off": True})]


def errands_of(change: Change) -> Sequence[Later]:
    """An invitation that was asked for is written after the save."""
    sequence = change.after["invitation"]
    if change.action != "update" or not sequence or sequence == change.before.get("invitation"):
        return []
    return [Later(ERRAND, {"id": change.id, "sequence": sequence}, key=f"{change.id}:{sequence}")]


def send_invitations(office: Office, given: Mapping[str, Any]) -> None:
    """Write the mails; each is saved with the note of its sequence, so a second run writes none."""
    with office.open(write=True) as desk:
        reader = desk.reader
        record = reader.get("communication", str(given["id"]))
        if record is None or record["invitation"] != given["sequence"]:
            return  # a later one is on its way
        people = list(_people(record, reader))
        box = mailbox_for(record, reader)
        if not people or box is None:
            return
        method: icalendars.Method = "CANCEL" if record["called_off"] else "REQUEST"
        organiser = icalendars.Person(str(box["address"]), str(box["name"]))
        domain = organiser.address.rpartition("@")[2]
        meeting = icalendars.Meeting(
            uid=f"{record['id']}@{domain}", at=record["at"], changed=reader.now, title=record["subject"], minutes=record["minutes"],
            place=record["place"] or "", text=record["body"] or "", sequence=int(record["invitation"]) - 1, organiser=organiser,
            attendees=[icalendars.Person(address, name) for __, address, name in people],
        )  # fmt: skip
        body = icalendars.calendar([meeting], method)
        title = {"REQUEST": "Invitation: {}", "CANCEL": "Called off: {}"}[method].format(record["subject"])
        for party, address, __ in people:
            file = desk.keep_file("communication_files", "file", "invitation.ics", "text/calendar", body)
            desk.save([
                mail(
                    party, address, title[:300], record["body"] or record["subject"], mailbox=box["id"], owner=record["owner"],
                    department=record["department"], relationship=record["relationship"],
                    relationship_entity=record["relationship_entity"], sensitivity=record["sensitivity"], files=[{"file": file}],
                    answer_wanted="no",
                )
            ])  # fmt: skip


def _people(record: Record, reader: Any) -> Sequence[tuple[str, str, str]]:
    """(party, address, name) of all who take part and may be written to."""
    parties = [
        record["party"],
        *(row["party"] for row in reader.children("communication", "participants", record["id"])),
    ]
    known = gate.known_of(reader, [p for p in parties if p])
    found = [(id, gate.address_of(one), one.party) for id, one in known.items()]
    return [
        (id, str(address), str(party["name"]))
        for id, address, party in found
        if is_address(address) and party is not None
    ]
