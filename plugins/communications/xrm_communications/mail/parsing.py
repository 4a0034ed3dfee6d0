"""One mail message as values: who, what, which files, and what is wrong with it. Run in a child process with limits.

Works on the bytes of strangers, so it raises nothing that a message can bring about: what cannot be read is told as a defect.
It imports the standard library and the sanitiser alone.
"""

from __future__ import annotations

import base64
import json
import re
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.policy import compat32
from email.utils import getaddresses
from typing import Any

from . import bounces, markup

MOST_PARTS = 500
MOST_FILES = 50
MOST_TEXT = 95_000
"""Characters kept of a text; the message itself is kept whole."""
MOST_REFERENCES = 50
MOST_CALENDAR = 256 * 1024
FALLBACKS = ("utf-8", "cp1252", "latin-1")
ID = re.compile(r"<[^<>\s]{1,240}>")
AUTO_LOCAL = re.compile(
    r"(?:mailer-daemon|postmaster|no-?reply|do-?not-?reply|bounce\S*|owner-\S+|\S+-bounces?)@", re.IGNORECASE
)


def parsed(raw: bytes) -> bytes:
    """What a message says, as JSON: see `read`."""
    return json.dumps(read(raw)).encode()


def read(raw: bytes) -> dict[str, Any]:
    """The values of a message. `aside` names the reason where it was not read beyond its head."""
    defects: list[str] = []
    if raw[:5] == b"From ":  # the separator of an mbox, which some stores leave on top
        raw = raw[raw.find(b"\n") + 1 :]
        defects.append("mbox_separator")
    try:
        message = message_from_bytes(raw, policy=compat32)
        parts = list(message.walk())
    except (RecursionError, ValueError, IndexError, LookupError) as fault:
        return _aside(raw, f"unreadable: {type(fault).__name__}", defects)
    if len(parts) > MOST_PARTS:
        return _aside(raw, "too_many_parts", [*defects, f"{len(parts)} parts"])
    for part in parts:
        defects += (type(defect).__name__ for defect in part.defects)
    found = _head(message, defects) | _content(parts, defects)
    bounce = bounces.told_by(message, parts, found["text"], found["subject"], [a for __, a in found["from"]])
    return found | {"aside": None, "bounce": bounce, "defects": list(dict.fromkeys(defects))}


def head(raw: bytes) -> bytes:
    """What the head alone of a message says, as JSON: for one whose whole could not be read."""
    return json.dumps(_aside(raw, "", [])).encode()


def _aside(raw: bytes, why: str, defects: list[str]) -> dict[str, Any]:
    """What the head alone says of a message that is not read further."""
    head = re.split(rb"\r?\n\r?\n", raw[:65_536], maxsplit=1)[0]
    found = _head(message_from_bytes(head + b"\n\n", policy=compat32), defects)
    nothing = {"text": "", "html": "", "pictures": 0, "files": [], "calendar": None, "bounce": None}
    return found | nothing | {"aside": why, "defects": list(dict.fromkeys(defects))}


def _head(message: Message, defects: list[str]) -> dict[str, Any]:
    ids = ID.findall(text_of(message.get("Message-ID"), defects))
    found = {
        "message_id": ids[0][:250] if ids else "",
        "in_reply_to": ID.findall(text_of(message.get("In-Reply-To"), defects))[:MOST_REFERENCES],
        "references": ID.findall(text_of(message.get("References"), defects))[-MOST_REFERENCES:],
        "subject": " ".join(text_of(message.get("Subject"), defects).split())[:300],
        "date": text_of(message.get("Date"), defects)[:100],
        "authentication": [text_of(v, defects)[:2000] for v in message.get_all("Authentication-Results", [])[:10]],
        "loops": [text_of(v, defects)[:250] for v in message.get_all("X-XRM-Loop", [])[:10]],
        "hops": len(message.get_all("Received", [])),
    }
    for name in ("From", "To", "Cc", "Reply-To", "Return-Path"):
        found[name.lower().replace("-", "_")] = addresses(message, name, defects)
    if not found["message_id"]:
        defects.append("no_message_id")
    if not found["from"]:
        defects.append("no_sender")
    return found | {"automatic": automatic(message, [a for __, a in found["from"]], defects)}


def text_of(value: Any, defects: list[str]) -> str:
    """A header as text; encoded words and raw bytes of any encoding are read as well as can be."""
    if value is None:
        return ""
    try:
        pieces = decode_header(str(value) if not hasattr(value, "_chunks") else value)
    except (HeaderParseError, ValueError, LookupError):
        defects.append("header_encoding")
        return _printable(str(value))
    made = ""
    for piece, charset in pieces:
        made += piece if isinstance(piece, str) else _decoded(piece, charset, defects)
    if any("\udc80" <= sign <= "\udcff" for sign in made):  # bytes that no encoding was named for
        made = _decoded(made.encode("utf-8", "surrogateescape"), None, defects)
        defects.append("raw_bytes_in_header")
    return _printable(made)


def _decoded(body: bytes, charset: str | None, defects: list[str]) -> str:
    """Bytes as text: in the encoding that is named, else in one that fits."""
    if charset and charset.lower() not in ("unknown-8bit", "us-ascii", "ascii", "default"):
        try:
            return body.decode(charset)
        except (LookupError, UnicodeDecodeError, ValueError):
            defects.append("wrong_charset")
    for name in FALLBACKS:
        try:
            return body.decode(name)
        except UnicodeDecodeError:
            continue
    return body.decode("ascii", "replace")


def _printable(text: str) -> str:
    return "".join(
        sign for sign in text if sign in "\t\n " or (sign.isprintable() and not "\ud800" <= sign <= "\udfff")
    )


def addresses(message: Message, name: str, defects: list[str]) -> list[list[str]]:
    """Name and address of each mailbox in a header; what is none is left out."""
    values = [str(v).encode("utf-8", "surrogateescape").decode("latin-1") for v in message.get_all(name, [])[:20]]
    try:
        pairs = getaddresses(values)
    except (ValueError, IndexError):
        pairs = []
    made = [
        [
            " ".join(text_of(shown.encode("latin-1", "replace").decode("utf-8", "replace"), defects).split())[:200],
            _plain(address),
        ]
        for shown, address in pairs[:200]
        if re.fullmatch(r"[^@\s<>,;]+@[^@\s<>,;]+", address) and address.isprintable()
    ]
    if values and not made and name == "From":
        defects.append("address_not_understood")
    return made


def _plain(address: str) -> str:
    local, __, domain = address[:320].rpartition("@")
    return f"{local}@{domain.lower()}"


def automatic(message: Message, senders: list[str], defects: list[str]) -> str:
    """Why a message counts as written by a machine (RFC 3834, 2076 and habit): never answered, and no answer is owed. '' if not."""
    said = text_of(message.get("Auto-Submitted"), defects).strip().lower()
    if said and not said.startswith("no"):
        return "auto_submitted"
    if text_of(message.get("Precedence"), defects).strip().lower() in ("bulk", "junk", "list", "auto_reply"):
        return "precedence"
    if message.get("List-Id") or message.get("List-Unsubscribe"):
        return "list"
    if (
        message.get("X-Autoreply")
        or message.get("X-Autorespond")
        or message.get("X-Auto-Response-Suppress") in ("All", "OOF")
    ):
        return "auto_reply"
    if text_of(message.get("Return-Path"), defects).strip() == "<>":
        return "no_return_path"
    if message.get_content_type() == "multipart/report":
        return "report"
    return "machine_address" if any(AUTO_LOCAL.match(address) for address in senders) else ""


def _content(parts: list[Message], defects: list[str]) -> dict[str, Any]:
    """Texts, and files: whatever is attached, or neither text nor a container."""
    plain: list[str] = []
    rich: list[str] = []
    files: list[dict[str, Any]] = []
    for part in parts:
        kind, name = part.get_content_type(), _file_name(part, defects)
        if part.is_multipart():
            continue
        attached = part.get_content_disposition() == "attachment" or (name and kind not in ("text/plain", "text/html"))
        body = _body(part, defects)
        if kind in ("text/plain", "text/html") and not attached:
            charset = part.get_param("charset")
            text = _decoded(body, charset if isinstance(charset, str) else None, defects)
            (plain if kind == "text/plain" else rich).append(text)
        elif body and len(files) < MOST_FILES:
            files.append(
                {"name": name or f"part-{len(files) + 1}", "kind": kind, "body": base64.b64encode(body).decode()}
            )
        elif body:
            defects.append("too_many_files")
    calendar = next((made for part in parts if (made := _calendar(part, defects)) is not None), None)
    html, pictures = markup.sanitised("\n".join(rich)) if rich else ("", 0)
    text = "\n\n".join(one.strip() for one in plain if one.strip()) or markup.as_text(html)
    if len(text) > MOST_TEXT or len(html) > MOST_TEXT:
        defects.append("shortened")
    text = _printable(text.replace("\r\n", "\n").replace("\r", "\n"))
    return {
        "text": text[:MOST_TEXT], "html": _printable(html)[:MOST_TEXT], "pictures": pictures, "files": files, "calendar": calendar,
    }  # fmt: skip


def _calendar(part: Message, defects: list[str]) -> dict[str, Any] | None:
    """The invitation to a meeting, or the answer to one, that a part is (RFC 6047), if it is one."""
    if part.get_content_type() not in ("text/calendar", "application/ics"):
        return None
    body = _body(part, defects)
    if len(body) > MOST_CALENDAR:
        defects.append("large_calendar")
        return None
    from .. import icalendars  # and its library: for the few messages that have a calendar

    try:
        return icalendars.reply(body) or icalendars.proposal(body)
    except icalendars.BadCalendar:
        defects.append("broken_calendar")
        return None


def _file_name(part: Message, defects: list[str]) -> str:
    try:
        name = part.get_filename() or ""
    except (TypeError, ValueError, LookupError):
        defects.append("file_name")
        return ""
    return text_of(name, defects).replace("\\", "/").rpartition("/")[2].strip()[:200]


def _body(part: Message, defects: list[str]) -> bytes:
    try:
        body = part.get_payload(decode=True)
    except (ValueError, LookupError, AssertionError):
        defects.append("body_encoding")
        body = str(part.get_payload()).encode("utf-8", "surrogateescape")
    defects += (type(defect).__name__ for defect in part.defects)
    return body if isinstance(body, bytes) else b""
