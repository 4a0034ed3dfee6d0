"""Sending mail: what makes a communication one to be sent, and handing it to the SMTP server.

A message has its Message-ID before the first try. It is handed over once; twice only where the process ended, or the line
broke, between the last byte and the note of the server's answer: then nobody knows whether it arrived, and the same
message goes again, with the same id. A third time never.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from xrm_core.plugin import (
    N_,
    Actor,
    Change,
    Desk,
    Later,
    NewRecord,
    Office,
    Patch,
    Problem,
    Reader,
    Record,
    _,
    hand_over,
)

from .. import gate
from ..addresses import needs_utf8, wired
from . import composing

SECONDS_TO_UNDO = 10
FOREIGN = N_("This mailbox belongs to another department. Choose one of your own.")
MOST_TRIES = 2
FIRST_PAUSE, LONGEST_PAUSE = 60, 3600
GIVE_UP = timedelta(days=2)
HEADERS = frozenset(
    {"List-Unsubscribe", "List-Unsubscribe-Post", "List-Id", "Precedence", "Feedback-ID", "Auto-Submitted"}
)
"""Headers that whoever asks for a mail may set."""


def mail(
    party: str,
    to: str | None,
    subject: str,
    body: str,
    *,
    html: str | None = None,
    mailbox: str | None = None,
    owner: str | None = None,
    department: str | None = None,
    wait: float = 0,
    headers: Mapping[str, str] | None = None,
    in_reply_to: str | None = None,
    automatic: bool = False,
    **values: Any,
) -> NewRecord:
    """A mail to be sent to a party, as the record to save: `to` its address (None: the party's), `mailbox` the id of the one it
    goes out from (None: the department's), `wait` seconds before it goes, `headers` of those in `HEADERS`."""
    unknown = sorted(set(headers or {}) - HEADERS)
    if unknown:
        raise ValueError(f"headers of a mail may be {', '.join(sorted(HEADERS))}, not {', '.join(unknown)}")
    given = {
        "direction": "out", "channel": "email", "status": "to_send", "party": party, "mail_to": to, "subject": subject, "body": body,
        "html": html, "mailbox": mailbox, "department": department, "in_reply_to": in_reply_to, "automatic": automatic,
        "headers": dict(headers) if headers else None, "send_at": datetime.now(UTC) + timedelta(seconds=wait) if wait else None,
        **values,
    }  # fmt: skip
    return NewRecord("communication", given | ({"owner": owner} if owner else {}))


def is_mail(record: Record) -> bool:
    """Whether a communication is a mail that goes out by us."""
    return record["channel"] == "email" and record["direction"] == "out" and record["status"] in ("draft", "to_send")


def completed(change: Change, reader: Reader) -> dict[str, Any]:
    """What a mail to be sent takes over: its mailbox, the addresses, its id, and when it goes."""
    after = change.after
    if not is_mail(after):
        return {}
    found: dict[str, Any] = {}
    box = mailbox_for(after, reader)
    if box is not None:
        found |= {"mailbox": box["id"], "mail_from": box["address"]}
        if after["owner"] is None:
            found["owner"] = box["owner"]
    if not after["mail_to"] and after["party"]:
        party = reader.get("party", after["party"])
        found["mail_to"] = party["email"] if party else None
    begins = after["status"] == "to_send" and change.before.get("status") != "to_send"
    if begins and change.transition != "put_back":
        earliest = reader.now + timedelta(seconds=SECONDS_TO_UNDO)
        again = change.before.get("status") == "bounced"  # the receiver knows the old id
        domain = wired(str(found.get("mail_from") or after["mail_from"] or "@localhost")).rpartition("@")[2]
        mark = f".{change.before['version']}" if again else ""
        wished = after["send_at"] if change.action == "create" else None
        found |= {
            "send_at": max(earliest, wished or earliest), "tries": 0, "status_reason": None, "status_code": None, "raw": None, "filed_at": None,
            "message_id": after["message_id"] if after["message_id"] and not again else f"<{change.id}{mark}@{domain}>",
        }  # fmt: skip
    return found


def mailbox_for(record: Record, reader: Reader) -> Record | None:
    """The mailbox that a mail goes out from: the one it names, else its department's, else one of all departments."""
    if record["mailbox"]:
        return reader.get("mailbox", record["mailbox"])
    rows = reader.find("mailbox", "record.is_active")
    own = (row for row in rows if record["department"] and row["department"] == record["department"])
    return next(own, None) or next((row for row in rows if row["department"] is None), None)


def is_foreign(mailbox: str | None, actor: Actor, reader: Reader) -> bool:
    """Whether a mailbox is none that somebody sends from: it belongs to a department that is not his, and he does not look after it."""
    box = reader.get("mailbox", mailbox) if mailbox else None
    if box is None or box["department"] is None or actor.is_system or "admin" in actor.roles:
        return False
    return box["department"] not in actor.departments and box["owner"] != actor.acts_as


def sent_for_others(change: Change, actor: Actor, reader: Reader) -> list[Problem]:
    """What keeps somebody from sending in the name of another department: he chooses no mailbox of it, unless he answers what came
    in there and is his."""
    after = change.after
    begins = after["status"] == "to_send" and change.before.get("status") != "to_send"
    if (
        change.door == "hook"
        or not (begins or "mailbox" in change.changed)
        or not is_foreign(after["mailbox"], actor, reader)
    ):
        return []
    asked = reader.get("communication", after["in_reply_to"]) if after["in_reply_to"] else None
    answers = asked is not None and asked["mailbox"] == after["mailbox"] and asked["direction"] == "in"
    if asked is not None and answers and (asked["owner"] == actor.acts_as or asked["department"] in actor.departments):
        return []
    return [Problem(_(FOREIGN), "refused", "mailbox")]


def problems_of(change: Change, reader: Reader) -> list[Problem]:
    """What keeps a mail from being sent: no mailbox, no address, or an address that is none."""
    after = change.after
    if after["status"] != "to_send" or change.transition == "put_back" or change.before.get("status") == "to_send":
        return []
    problems = []
    if not after["mailbox"]:
        problems.append(Problem(_("There is no mailbox in use to send it from."), "no_mailbox", "mailbox"))
    if not composing.is_address(after["mail_to"]):
        told = (
            _("There is no e-mail address to send it to.") if not after["mail_to"] else _("This is no e-mail address.")
        )
        problems.append(Problem(told, "no_address", "mail_to"))
    return problems


def errands_for(change: Change) -> Sequence[Later]:
    """A mail that has become one to be sent is put down for its time."""
    after, before = change.after, change.before
    if after["status"] != "to_send" or before.get("status") == "to_send" or change.transition == "put_back":
        return ()
    return [_later(change.id, after["send_at"], 0)]


def _later(id: str, at: datetime, attempt: int) -> Later:
    wait = max(0.0, (at - datetime.now(UTC)).total_seconds())
    return Later("send_mail", {"id": id, "attempt": attempt}, key=f"{id}:{at.isoformat()}:{attempt}", seconds=wait)


# ---- the errand
def send(office: Office, given: Mapping[str, Any]) -> None:
    """Send a mail that is due. Raises where another process is at it."""
    id, attempt = str(given["id"]), int(given.get("attempt", 0))
    with office.alone(f"mail:{id}") as mine:
        if not mine:
            raise RuntimeError("another process is sending this mail")
        claimed = _claim(office, id)
        if claimed is not None:
            _hand_over(office, *claimed, attempt)


def _claim(office: Office, id: str) -> tuple[Record, str, bytes] | None:
    """Take a mail in hand: the record, the mailbox's account and the bytes to send; None where it is not to be sent now."""
    with office.open(write=True) as desk:
        record = desk.reader.get("communication", id)
        if record is None or record["status"] not in ("to_send", "sending"):
            return None  # taken back, deleted, or sent before
        if record["status"] == "to_send" and record["send_at"] > desk.reader.now:
            desk.later(_later(id, record["send_at"], 0))
            return None
        box = desk.reader.get("mailbox", record["mailbox"]) if record["mailbox"] else None
        stop = gate.stop(desk.reader, record)
        why = "no_mailbox" if box is None else stop.code if stop is not None else ""
        if record["tries"] >= MOST_TRIES:
            why = "handed_twice"
        if why or box is None:
            told = {"status_code": why, "status_reason": (stop.reason if stop is not None else "")[:500] or None}
            desk.save([Patch("communication", id, told, transition="fail")])
            return None
        body, values = _bytes_of(desk, record, box)
        desk.save([Patch("communication", id, values, transition="claim")])
        return record, str(box["account"]), body


def _bytes_of(desk: Desk, record: Record, box: Record) -> tuple[bytes, dict[str, Any]]:
    """The message as it goes out: the one that was kept at the first try, else a new one, which is kept."""
    if record["raw"]:
        return desk.file(record["raw"])[2], {}
    body = composing.message(desk, record, box)
    return body, {"raw": desk.keep_file("communication", "raw", "message.eml", "message/rfc822", body)}


def _hand_over(office: Office, record: Record, account: str, body: bytes, attempt: int) -> None:
    """Hand the message to the server, and note what it said."""
    id = record["id"]
    try:
        server = office.smtp(account)
    except KeyError:
        _fail(office, id, "no_account", account)
        return
    except OSError as fault:  # the server is away, or does not let us in: nothing was sent
        _wait(office, record, attempt, str(fault))
        return
    begun = False

    def begins() -> None:
        nonlocal begun
        with office.open(write=True) as desk:
            desk.save([Patch("communication", id, {"tries": record["tries"] + 1})])
        begun = True

    try:
        server.ehlo_or_helo_if_needed()
        beyond = needs_utf8(record["mail_to"])
        if beyond and not server.has_extn("smtputf8"):
            _fail(office, id, "not_ascii", record["mail_to"])
            return
        options = ["SMTPUTF8", "BODY=8BITMIME"] if beyond else []
        answer = hand_over(server, wired(record["mail_from"]), wired(record["mail_to"]), body, begins, options)
    except OSError as fault:
        answer = (getattr(fault, "smtp_code", 0), getattr(fault, "smtp_error", str(fault)))
        if begun and answer[0] < 400:  # the line broke: perhaps it has arrived
            with office.open(write=True) as desk:
                told = {"status_code": "line_broke", "status_reason": _told(answer)[:300] or None}
                desk.save([Patch("communication", id, told)])
                desk.later(_later(id, datetime.now(UTC) + timedelta(seconds=FIRST_PAUSE), attempt + 1))
            return
    finally:
        server.close()
    _note(office, record, attempt, answer)


def _note(office: Office, record: Record, attempt: int, answer: tuple[int, Any]) -> None:
    """What the server said: taken, not now, or never."""
    id, code = record["id"], answer[0]
    if 200 <= code < 400:
        with office.open(write=True) as desk:
            values = {"sent_at": desk.reader.now, "status_reason": None, "status_code": None}
            desk.save([Patch("communication", id, values, transition="sent")])
            desk.later(Later("file_sent_mail", {"id": id}, key=id))
    elif code >= 500:
        _fail(office, id, "refused", _told(answer))
    else:
        _wait(office, record, attempt, _told(answer))


def _told(answer: tuple[int, Any]) -> str:
    text = answer[1].decode("utf-8", "replace") if isinstance(answer[1], bytes) else str(answer[1])
    return " ".join(f"{answer[0] or ''} {text}".split())[:400]


def _fail(office: Office, id: str, code: str, told: str) -> None:
    """It does not go: the code of `mail_reason`, and what the server said."""
    values = {"status_code": code, "status_reason": told[:500] or None, "tries": 0}
    with office.open(write=True) as desk:
        desk.save([Patch("communication", id, values, transition="fail")])


def _wait(office: Office, record: Record, attempt: int, why: str) -> None:
    """The server did not take it now, and it is not there: it goes again later, for two days."""
    now = datetime.now(UTC)
    if now - record["send_at"] > GIVE_UP:
        _fail(office, record["id"], "given_up", why)
        return
    pause = min(FIRST_PAUSE * 2**attempt, LONGEST_PAUSE)
    values = {"status_code": "not_yet", "status_reason": why[:400] or None, "tries": record["tries"]}
    with office.open(write=True) as desk:
        desk.save([Patch("communication", record["id"], values, transition="put_back")])
        desk.later(_later(record["id"], now + timedelta(seconds=pause), attempt + 1))


def file_sent(office: Office, given: Mapping[str, Any]) -> None:
    """Put a sent mail into the folder of sent mail of its account, once. Raises what the server says; then it is tried again."""
    with office.open() as desk:
        record = desk.reader.get("communication", str(given["id"]))
        if record is None or not record["raw"] or record["filed_at"] or not record["mailbox"]:
            return
        box = desk.reader.get("mailbox", record["mailbox"])
        body = desk.file(record["raw"])[2]
    account = office.mail_accounts.get(box["account"]) if box else None
    if box is None or account is None:
        return
    server, folder = office.imap(box["account"]), account["sent"]
    try:
        if not server.folder_exists(folder):
            server.create_folder(folder)
        server.select_folder(folder)
        if not server.search(["HEADER", "Message-ID", record["message_id"]]):
            server.append(folder, body, flags=[b"\\Seen"], msg_time=record["sent_at"])
    finally:
        server.logout()
    with office.open(write=True) as desk:
        desk.save([Patch("communication", record["id"], {"filed_at": desk.reader.now})])
