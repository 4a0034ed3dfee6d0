"""Invitations to meetings: a mail with the meeting as a file for calendars, again when it moves, and once more when it is off
(iTIP by mail, RFC 5546 and 6047). Whom they went to stands with the meeting; what they answer is read by `answering`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from xrm_core.plugin import (
    Actor,
    Change,
    Desk,
    FurtherChange,
    Later,
    NewRecord,
    Office,
    Patch,
    Problem,
    Reader,
    Record,
    _,
)

from . import gate, icalendars
from .mail.composing import is_address
from .mail.sending import mail, mailbox_for

ERRAND = "send_invitations"
ROWS = "communication_invited"
TOLD = ("at", "minutes", "place", "subject")
"""What of a meeting an invitation tells: where it changes, it has to be told again."""
TITLES: Mapping[str, Mapping[str, str]] = {
    "REQUEST": {"en": "Invitation: {}", "de": "Einladung: {}", "fr": "Invitation : {}", "ar": "دعوة: {}"},
    "UPDATE": {"en": "Changed: {}", "de": "Geändert: {}", "fr": "Modifié : {}", "ar": "تغيّر: {}"},
    "CANCEL": {"en": "Called off: {}", "de": "Abgesagt: {}", "fr": "Annulé : {}", "ar": "أُلغي: {}"},
}
"""Subjects of the mails, by what they tell and by language."""


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody who takes part: his address, or why he cannot be written to."""

    party: str
    name: str
    language: str
    address: str = ""
    why_not: str = ""


def invite(
    record: Record, values: Mapping[str, Any], actor: Actor, reader: Reader
) -> Sequence[FurtherChange | Problem]:
    """Ask all who take part. Their answers come back as mail."""
    if not any(guest.address for guest in guests_of(record, reader)):
        return [Problem(_("Nobody who takes part has an e-mail address."), "no_address", "party")]
    told = {"invitation": int(record["invitation"] or 0) + 1, "called_off": False, "stale": False}
    return [Patch("communication", record["id"], told)]


def call_off(record: Record, values: Mapping[str, Any], actor: Actor, reader: Reader) -> Sequence[FurtherChange]:
    """Tell all who were asked that it does not take place."""
    told = {"invitation": int(record["invitation"]) + 1, "called_off": True, "stale": False}
    return [Patch("communication", record["id"], told)]


def is_stale(change: Change) -> bool:
    """Whether a save changes what those who were invited were told."""
    after = change.after
    return bool(
        change.action == "update"
        and after["invitation"]
        and not after["called_off"]
        and "invitation" not in change.changed
        and change.changed.intersection(TOLD)
    )


def errands_of(change: Change) -> Sequence[Later]:
    """An invitation that was asked for is written after the save."""
    sequence = change.after["invitation"]
    if change.action != "update" or not sequence or sequence == change.before.get("invitation"):
        return []
    return [Later(ERRAND, {"id": change.id, "sequence": sequence}, key=f"{change.id}:{sequence}")]


def send_invitations(office: Office, given: Mapping[str, Any]) -> None:
    """Write the mails, in one transaction with the note of whom they go to, so a second run writes none."""
    with office.open(write=True) as desk:
        reader = desk.reader
        record = reader.get("communication", str(given["id"]))
        if record is None or record["invitation"] != given["sequence"]:
            return  # a later one is on its way
        box = mailbox_for(record, reader)
        if box is None:
            return
        rows = {str(row["party"]): row for row in reader.children("communication", "invited", record["id"])}
        if any(row["sequence"] == given["sequence"] for row in rows.values()):
            return  # this was done before
        guests = guests_of(record, reader)
        for guest in guests:
            _tell(desk, record, box, guest, guests, rows.get(guest.party))
        for row in rows.values():
            if row["party"] not in {guest.party for guest in guests} and row["answer"] not in ("released", "not_told"):
                _release(desk, record, box, row)


def _tell(
    desk: Desk, record: Record, box: Record, guest: Guest, guests: Sequence[Guest], before: Record | None
) -> None:
    """One mail, and the row of whom it goes to; of somebody who cannot be written to, the row with the reason."""
    off = bool(record["called_off"])
    if off and (before is None or before["answer"] == "not_told"):
        return  # he never heard of it
    kind = "CANCEL" if off else "UPDATE" if before is not None and before["answer"] != "not_told" else "REQUEST"
    values: dict[str, Any] = {"sequence": record["invitation"], "address": guest.address or None}
    if not guest.address:
        values |= {"answer": "not_told", "note": guest.why_not[:300] or None}
    else:
        if not off:
            values |= {"answer": "needs_action", "answered_at": None, "note": None}
        _send(desk, record, box, kind, guest, guests)
    desk.save([
        Patch(ROWS, before["id"], values) if before is not None
        else NewRecord(ROWS, {"communication": record["id"], "party": guest.party, **values})
    ])  # fmt: skip


def _release(desk: Desk, record: Record, box: Record, row: Record) -> None:
    """Tell somebody who takes part no more that he is not expected (RFC 5546, 3.2.5)."""
    party = desk.reader.get("party", row["party"])
    if party is not None and row["address"]:
        guest = Guest(str(row["party"]), str(party["name"]), str(party["language"] or "en"), str(row["address"]))
        if gate.stop(desk.reader, {"party": guest.party, "mail_to": guest.address, "purpose": "service"}) is None:
            _send(desk, record, box, "CANCEL", guest, [guest])
    desk.save([Patch(ROWS, row["id"], {"answer": "released", "sequence": record["invitation"]})])


def _send(desk: Desk, record: Record, box: Record, kind: str, guest: Guest, guests: Sequence[Guest]) -> None:
    organiser = icalendars.Person(str(box["address"]), str(box["name"]))
    meeting = icalendars.Meeting(
        uid=f"{record['id']}@{organiser.address.rpartition('@')[2]}", at=record["at"], changed=desk.reader.now, title=record["subject"],
        minutes=record["minutes"], place=record["place"] or "", text=record["body"] or "", sequence=int(record["invitation"]) - 1,
        organiser=organiser, attendees=[icalendars.Person(one.address, one.name) for one in guests if one.address],
    )  # fmt: skip
    body = icalendars.calendar([meeting], "CANCEL" if kind == "CANCEL" else "REQUEST")
    file = desk.keep_file("communication_files", "file", "invitation.ics", "text/calendar", body)
    titles = TITLES[kind]
    title = titles.get(guest.language.partition("-")[0], titles["en"]).format(record["subject"])
    desk.save([
        mail(
            guest.party, guest.address, title[:300], in_words(record, desk.reader, guest.language), mailbox=box["id"], owner=record["owner"],
            department=record["department"], relationship=record["relationship"], relationship_entity=record["relationship_entity"],
            about=record["id"], about_entity="communication", sensitivity=record["sensitivity"], files=[{"file": file}],
            answer_wanted="no", language=guest.language,
        )
    ])  # fmt: skip


def in_words(record: Mapping[str, Any], reader: Reader, language: str) -> str:
    """The meeting in words, for those who read no calendar files: what, when (by the organisation's clock), where."""
    from babel.dates import format_datetime

    from .mailing.rendering import locale_of

    zone = ZoneInfo(str(reader.settings.get("time_zone") or "UTC"))
    locale = locale_of(language)
    when = format_datetime(record["at"].astimezone(zone), "full", locale=locale)  # names the zone
    return "\n\n".join(
        part for part in (record["subject"], "\n".join(filter(None, [when, record["place"]])), record["body"]) if part
    )


def guests_of(record: Record, reader: Any) -> list[Guest]:
    """All who take part, each once, with the address that they may be written to."""
    parties = [
        record["party"],
        *(row["party"] for row in reader.children("communication", "participants", record["id"])),
    ]
    known = gate.known_of(reader, [p for p in parties if p])
    shut = gate.suppressed(reader, [a for one in known.values() if (a := gate.address_of(one))])
    found: list[Guest] = []
    for id, one in known.items():
        if one.party is None:
            continue
        address = gate.address_of(one)
        stop = gate.verdict(one, address, "service", shut, reader.today)
        why = stop.reason if stop is not None else "" if is_address(address) else "this is no e-mail address"
        language = str(one.party["language"] or reader.settings.get("language") or "en")
        found.append(Guest(id, str(one.party["name"]), language, "" if why else str(address), why))
    return found
