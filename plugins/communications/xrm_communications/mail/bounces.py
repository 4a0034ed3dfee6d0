"""Messages that tell of a mail that did not arrive: delivery status notifications (RFC 3464), and the older habits of servers."""

from __future__ import annotations

import re
from email.message import Message
from typing import Any

SENDERS = re.compile(
    r"(?:mailer[-_.]?daemon|postmaster|mdaemon|mail-?delivery\S*|delivery\S*|maildrop|smtp\S*|abuse|bounce\S*)@",
    re.IGNORECASE,
)
SUBJECTS = re.compile(
    r"undeliver|undelivrable|unzustellbar|delivery (?:status )?(?:notification|failure|error|problem)|mail delivery|failure notice|returned mail|"
    r"returned to sender|returned message|nondeliver|non[- ]deliver|mail (?:system )?error|message delayed|delivery (?:has )?(?:failed|delayed|final)|"
    r"could not (?:be )?(?:send|sent|deliver)|permanent fatal|mail failed|warning: (?:message|could)|address change|cannot be delivered|"
    r"not (?:been )?delivered|undelivered|unable to deliver|deliverability|delivery warning",
    re.IGNORECASE,
)  # fmt: skip
TEXTS = re.compile(
    r"(?:could not|couldn't|cannot|can't|was not|unable to|not able to) (?:be )?deliver|delivery (?:to the following|failed|has failed)|permanent(?: fatal)? error|"
    r"the following (?:address|recipient|destination|user)|user unknown|unknown user|no such user|mailbox (?:is )?(?:full|unavailable|not found)|"
    r"(?:account|mailbox|user) (?:is |has been )?(?:disabled|inactive|over quota|does ?n[o']t exist)|over ?quota|quota exceeded|undeliverable|"
    r"this is (?:a|the) (?:permanent error|mail system|qmail)|returned to you|did not reach|failed to deliver|has been postponed|not listed in|message from .{0,40}mail",
    re.IGNORECASE,
)  # fmt: skip
SOFT = re.compile(
    r"quota|full|delay|temporar|try again|still being|not yet|deferred|timed? ?out|will keep trying|exceeded|warning",
    re.IGNORECASE,
)
ADDRESS = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+@[\w-]+(?:\.[\w-]+)+")
STATUS = re.compile(r"\b([245])\.\d{1,3}\.\d{1,3}\b")
ORIGINAL = re.compile(r"^\s*(?:message-id):\s*(<[^<>\s]{1,240}>)", re.IGNORECASE | re.MULTILINE)
MOST = 50


def told_by(
    message: Message, parts: list[Message], text: str, subject: str, senders: list[str]
) -> dict[str, Any] | None:
    """What a message says of mail that did not arrive: `kind` hard, soft (tried again, or full), `recipients`, the `original`
    Message-ID, the `status` and a line of `diagnosis`; None where it says nothing of the kind."""
    reports = [part for part in parts if part.get_content_type() == "message/delivery-status"]
    if reports:
        return _of_report(reports, parts, text)
    by_machine = (
        any(SENDERS.match(address) for address in senders) or str(message.get("Return-Path", "")).strip() == "<>"
    )
    failed = ADDRESS.findall(str(message.get("X-Failed-Recipients", "")))
    daemon = any(address.lower().startswith(("mailer-daemon@", "maildaemon@")) for address in senders)
    likely = bool(failed) + by_machine + daemon + bool(SUBJECTS.search(subject)) + bool(TEXTS.search(text[:5000]))
    if likely < 2:
        return None
    told = re.split(
        r"^-{3,}.*(?:original|copy|returned|unsent).*$|^received: ",
        text,
        maxsplit=1,
        flags=re.IGNORECASE | re.MULTILINE,
    )[0]
    own = {address.lower() for address in senders}
    found = failed or [a for a in ADDRESS.findall(told) if a.lower() not in own and not SENDERS.match(a)]
    status = STATUS.search(told)
    soft = bool(status and status[1] == "4") or (not status and bool(SOFT.search(subject + " " + told[:3000])))
    return {
        "kind": "soft" if soft else "hard", "recipients": _few(found), "original": _original(parts, text),
        "status": status[0] if status else "", "diagnosis": _line(told),
    }  # fmt: skip


def _of_report(reports: list[Message], parts: list[Message], text: str) -> dict[str, Any]:
    """What a delivery status notification says: its fields come in blocks, one for each recipient."""
    recipients: list[str] = []
    kinds: list[str] = []
    status = diagnosis = ""
    for report in reports:
        blocks = report.get_payload()
        for block in blocks if isinstance(blocks, list) else []:
            action = str(block.get("Action", "")).strip().lower()
            if not action:
                continue
            found = ADDRESS.findall(f"{block.get('Original-Recipient', '')} {block.get('Final-Recipient', '')}")
            if action == "delayed" or action.startswith("fail"):
                recipients += found
                code = STATUS.search(str(block.get("Status", "")))
                status, diagnosis = code[0] if code else status, str(block.get("Diagnostic-Code", diagnosis))
                kinds.append(
                    "soft" if action == "delayed" or (code and code[1] == "4") or status in ("5.2.2",) else "hard"
                )
            else:
                kinds.append("none")
    if kinds and all(kind == "none" for kind in kinds):
        return {
            "kind": "delivered",
            "recipients": [],
            "original": _original(parts, text),
            "status": "",
            "diagnosis": "",
        }
    kind = "hard" if "hard" in kinds or not kinds else "soft"
    return {
        "kind": kind, "recipients": _few(recipients or ADDRESS.findall(text)[:1]), "original": _original(parts, text),
        "status": status, "diagnosis": _line(diagnosis or text),
    }  # fmt: skip


def _original(parts: list[Message], text: str) -> str:
    """The Message-ID of the mail that did not arrive, from the copy that came back."""
    for part in parts[1:]:
        if part.get_content_type() in ("message/rfc822", "text/rfc822-headers", "message/rfc822-headers"):
            body = part.get_payload()
            inner = body[0] if isinstance(body, list) and body else None
            found = ORIGINAL.search(str(inner) if inner is not None else str(body))
            if found:
                return found[1]
    found = ORIGINAL.search(text)
    return found[1] if found else ""


def _few(found: list[str]) -> list[str]:
    return list(dict.fromkeys(address.lower() for address in found))[:MOST]


def _line(text: str) -> str:
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())[:300]
