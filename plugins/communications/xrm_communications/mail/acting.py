"""What people do with mail: reply to it, and read a mailbox again from a day on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from xrm_core.plugin import ActionSpec, Actor, FurtherChange, Patch, Reader, Record

from .sending import mail

REPLY = {"en": "Reply", "de": "Antworten", "ar": "رد"}
ACCEPT = {"en": "It is from the one suggested", "de": "Sie ist von der vorgeschlagenen", "ar": "إنها من الطرف المقترح"}
RESYNC = {"en": "Read again from a day", "de": "Ab einem Tag neu lesen", "ar": "إعادة القراءة من يوم"}
KEPT = ("topic", "relationship", "relationship_entity", "about", "about_entity", "sensitivity", "department")


def reply(record: Record, values: Mapping[str, Any], actor: Actor, reader: Reader) -> Sequence[FurtherChange]:
    """A mail that answers a communication: to its sender, with its subject, what was written below, in its thread."""
    subject = values["subject"] or f"Re: {without_prefix(record['subject'])}"
    body = values["body"] + (f"\n\n{quoted(record)}" if values["quote"] else "")
    to = record["mail_from"] if record["direction"] == "in" and record["channel"] == "email" else record["mail_to"]
    kept = {name: record[name] for name in KEPT}
    status = "draft" if values["draft"] else "to_send"
    return [
        mail(
            record["party"], to, subject[:300], body[:100_000], mailbox=record["mailbox"], owner=actor.acts_as or record["owner"],
            in_reply_to=record["id"], status=status, **kept,
        )
    ]  # fmt: skip


def without_prefix(subject: str) -> str:
    """A subject without the Re:, AW: and their like in front of it."""
    text = subject.strip()
    while text[:3].lower() in ("re:", "aw:", "sv:") or text[:4].lower() == "antw":
        text = text.partition(":")[2].strip()
    return text


def quoted(record: Record) -> str:
    """What was written, each line marked."""
    who = record["mail_from_name"] or record["mail_from"] or ""
    head = f"{record['at']:%Y-%m-%d %H:%M} UTC{', ' if who else ''}{who}:"
    return "\n".join([head, *(f"> {line}".rstrip() for line in str(record["body"] or "").splitlines()[:2_000])])


def accept_suggestion(
    record: Record, values: Mapping[str, Any], actor: Actor, reader: Reader
) -> Sequence[FurtherChange]:
    """The message is from whom it may be from."""
    return [Patch("communication", record["id"], {"party": record["suggested"]}, transition="assign")]


def resync(record: Record, values: Mapping[str, Any], actor: Actor, reader: Reader) -> Sequence[FurtherChange]:
    """The next reading looks at all messages from the day on; what the ledger knows is not taken again."""
    return [Patch("mailbox", record["id"], {"read_from": values["since"], "last_uid": 0})]


ACTIONS = (
    ActionSpec(
        "reply", "communication", REPLY, reply,
        when="record.party != null && record.channel == 'email' && !record.automatic && record.status != 'draft'",
        makes="communication", icon="reply",
        fields={
            "body": {"type": "long_text", "required": True, "rows": 8, "label": {"en": "Text", "de": "Text", "ar": "النص"}},
            "subject": {
                "type": "text", "max": 300, "label": {"en": "Subject", "de": "Betreff", "ar": "الموضوع"},
                "help": {"en": "Empty: the same with Re:", "de": "Leer: derselbe mit Re:", "ar": "إذا تُرك فارغًا: نفسه مع Re:"},
            },
            "quote": {"type": "boolean", "default": True, "label": {"en": "Quote what was written", "de": "Das Geschriebene anführen", "ar": "اقتباس ما كُتب"}},
            "draft": {"type": "boolean", "default": False, "label": {"en": "Keep it as a draft", "de": "Als Entwurf behalten", "ar": "الاحتفاظ به كمسودة"}},
        },
    ),
    ActionSpec(
        "accept_suggestion", "communication", ACCEPT, accept_suggestion, when="record.status == 'triage' && record.suggested != null",
        icon="user-round-check",
    ),
    ActionSpec(
        "resync", "mailbox", RESYNC, resync, icon="refresh-cw",
        fields={"since": {"type": "date", "required": True, "not_after": "today", "label": {"en": "From", "de": "Ab", "ar": "من"}}},
    ),
)  # fmt: skip
