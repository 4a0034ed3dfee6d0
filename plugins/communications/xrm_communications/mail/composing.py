"""A message out of a communication: headers built from parts, so that nothing in a record can end a line or add one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime
from typing import Any

from xrm_core.plugin import Desk, Reader, Record, in_one_line

from .. import proposals
from ..addresses import needs_utf8, wired

LOOP = "X-XRM-Loop"
"""Says which of our mailboxes a message came from: one that comes back with it is our own."""
MOST_REFERENCES = 20
LONGEST, LONGEST_NAME = 900, 120
"""Characters of a header, and of a name in one."""
METHOD = re.compile(rb"^METHOD:(REQUEST|CANCEL)\r?$", re.MULTILINE)


def is_address(text: Any) -> bool:
    """Whether a text is one plain address, fit for an envelope."""
    if not text or not re.fullmatch(r"[^@\s<>,;:\"\\()\[\]]{1,64}@[^@\s<>,;:\"\\()\[\]]{1,255}", str(text)):
        return False
    try:
        return bool(wired(str(text)))
    except ValueError:
        return False


def message(desk: Desk, record: Record, box: Record) -> bytes:
    """The bytes of a mail to be sent."""
    party = desk.reader.get("party", record["party"]) if record["party"] else None
    made = EmailMessage(policy=SMTPUTF8 if needs_utf8(str(record["mail_to"])) else SMTP)
    made["From"] = _address(box["name"], str(box["address"]))
    made["To"] = _address(party["name"] if party else "", str(record["mail_to"]))
    made["Subject"] = in_one_line(record["subject"], LONGEST)
    made["Date"] = format_datetime(desk.reader.now.astimezone(UTC))
    made["Message-ID"] = record["message_id"]
    ids = thread_of(desk.reader, record)
    if ids:
        made["In-Reply-To"] = ids[-1]
        made["References"] = " ".join(ids[-MOST_REFERENCES:])
    made[LOOP] = in_one_line(box["address"], LONGEST)
    given: Mapping[str, Any] = record["headers"] or {}
    for name, value in given.items():
        if name not in made:
            made[name] = in_one_line(value, LONGEST)
    if record["automatic"] and "Auto-Submitted" not in made:
        made["Auto-Submitted"] = "auto-generated"
    made.set_content((record["body"] or "") + "\n")
    if record["html"]:
        made.add_alternative(record["html"], subtype="html")
    told = proposals.reply_of(desk.reader, record, box)
    if told is not None:
        made.add_alternative(told.decode(), subtype="calendar", params={"method": "REPLY"})
    kept = [desk.file(row["file"]) for row in desk.reader.children("communication", "files", record["id"])]
    for __, kind, body in kept:
        method = METHOD.search(body) if kind == "text/calendar" else None
        if (
            method is not None
        ):  # programs act on a calendar that stands beside the text and names its method (RFC 6047, 2.4)
            made.add_alternative(body.decode(), subtype="calendar", params={"method": method[1].decode()})
    for name, kind, body in kept:
        main, __, sub = kind.partition("/")
        made.add_attachment(
            body,
            maintype=main if main != "message" else "application",
            subtype=sub or "octet-stream",
            filename=in_one_line(name, LONGEST),
        )
    return made.as_bytes()


def _address(name: str | None, address: str) -> Address:
    local, __, domain = wired(address).rpartition("@")
    return Address(in_one_line(name, LONGEST_NAME), username=local, domain=domain)


def thread_of(reader: Reader, record: Record) -> list[str]:
    """The Message-IDs that a reply refers to, the one that it answers last."""
    before = reader.get("communication", record["in_reply_to"]) if record["in_reply_to"] else None
    if before is None or not before["message_id"]:
        return []
    earlier = [id for id in (before["references"] or []) if isinstance(id, str)]
    return [id for id in [*earlier, before["message_id"]] if re.fullmatch(r"<[^<>\s]+>", id)]
