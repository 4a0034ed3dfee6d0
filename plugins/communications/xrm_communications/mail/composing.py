"""A message out of a communication: headers built from parts, so that nothing in a record can end a line or add one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any

from xrm_core.plugin import Desk, Reader, Record

LOOP = "X-XRM-Loop"
"""Says which of our mailboxes a message came from: one that comes back with it is our own."""
MOST_REFERENCES = 20


def is_address(text: Any) -> bool:
    """Whether a text is one plain address, fit for an envelope."""
    return bool(text) and bool(re.fullmatch(r"[^@\s<>,;:\"\\()\[\]]{1,64}@[^@\s<>,;:\"\\()\[\]]{1,255}", str(text)))


def plain(text: Any) -> str:
    """A text in one line, without signs that control anything."""
    return " ".join("".join(c if c.isprintable() else " " for c in str(text or "")).split())[:900]


def message(desk: Desk, record: Record, box: Record) -> bytes:
    """The bytes of a mail to be sent."""
    party = desk.reader.get("party", record["party"]) if record["party"] else None
    made = EmailMessage(policy=SMTP)
    made["From"] = _address(box["name"], str(box["address"]))
    made["To"] = _address(party["name"] if party else "", str(record["mail_to"]))
    made["Subject"] = plain(record["subject"])
    made["Date"] = format_datetime(desk.reader.now.astimezone(UTC))
    made["Message-ID"] = record["message_id"]
    ids = thread_of(desk.reader, record)
    if ids:
        made["In-Reply-To"] = ids[-1]
        made["References"] = " ".join(ids[-MOST_REFERENCES:])
    made[LOOP] = plain(box["address"])
    given: Mapping[str, Any] = record["headers"] or {}
    for name, value in given.items():
        if name not in made:
            made[name] = plain(value)
    if record["automatic"] and "Auto-Submitted" not in made:
        made["Auto-Submitted"] = "auto-generated"
    made.set_content((record["body"] or "") + "\n")
    if record["html"]:
        made.add_alternative(record["html"], subtype="html")
    for row in desk.reader.children("communication", "files", record["id"]):
        name, kind, body = desk.file(row["file"])
        main, __, sub = kind.partition("/")
        made.add_attachment(
            body,
            maintype=main if main != "message" else "application",
            subtype=sub or "octet-stream",
            filename=plain(name),
        )
    return made.as_bytes()


def _address(name: str | None, address: str) -> Address:
    local, __, domain = address.rpartition("@")
    return Address(plain(name)[:120], username=local, domain=domain)


def thread_of(reader: Reader, record: Record) -> list[str]:
    """The Message-IDs that a reply refers to, the one that it answers last."""
    before = reader.get("communication", record["in_reply_to"]) if record["in_reply_to"] else None
    if before is None or not before["message_id"]:
        return []
    earlier = [id for id in (before["references"] or []) if isinstance(id, str)]
    return [id for id in [*earlier, before["message_id"]] if re.fullmatch(r"<[^<>\s]+>", id)]
