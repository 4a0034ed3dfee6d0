"""The mail that tells a doer of a request, and answers to what he replies; sent where communications keep a mailbox.

Its Message-ID carries a signed id: whoever replies names it, and what he says is taken as his decision (`deciding_by_mail`).
A mail is handed over once, and a second time only where nobody knows whether the first arrived; never a third time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any

from xrm_core.plugin import (
    Actor,
    Change,
    FurtherChange,
    Later,
    NewRecord,
    Office,
    Patch,
    Reader,
    Record,
    _,
    hand_over,
    in_one_line,
    speaking,
)

from . import deciding
from .labels import fact_said, label_of
from .people import deputies_of, name_of

MAILBOX, ERRAND = "mailbox", "tell_by_mail"
MOST_TRIES, LONGEST = 2, 200
"""How often a mail is handed over; characters of a header."""
AT_ONCE, URGENT, NEVER = "at_once", "urgent", "never"
"""Of which requests somebody wishes to be told: of each, of urgent ones, of none."""
LOOP = "X-XRM-Loop"
"""Says which of our mailboxes a message came from."""


def mailbox(department: str | None, reader: Reader) -> Record | None:
    """The mailbox that such mail goes out from and is answered to: the department's, else the one for all; None without any."""
    if all(link.entity != MAILBOX for link in reader.reverse_links("department")):
        return None
    rows = reader.find(MAILBOX, "record.is_active")
    own = next((row for row in rows if department is not None and row["department"] == department), None)
    return own or next((row for row in rows if row["department"] is None), None) or next(iter(rows), None)


def people(doer: str, reader: Reader) -> list[tuple[str, str | None]]:
    """Who is told of a doer's request: he, and whoever stands in for him today, in his place."""
    return [(doer, None), *((one, doer) for one in deputies_of(doer, reader))]


def wish_of(user: str, reader: Reader) -> str:
    """Of which requests a person is told by mail; of each where he has said nothing."""
    rows = reader.find("request_notice", "record.user == given.user", {"user": user}, limit=1)
    return str(rows[0]["mails"]) if rows else AT_ONCE


def wants(user: str, request: Mapping[str, Any], reader: Reader) -> bool:
    """Whether somebody wishes to be told of a request."""
    wish = wish_of(user, reader)
    return wish == AT_ONCE or (wish == URGENT and bool(request["urgent"]))


def told(change: Change, actor: Actor, reader: Reader) -> Sequence[FurtherChange | Later]:
    """The mails for a request that has come to somebody for a decision, as he wishes; not of what he brought about himself. Who is
    told of urgent ones alone hears of it when it becomes urgent."""
    after, before = change.after, change.before
    if after["status"] != "undecided" or not after["doer"] or actor.acts_as == after["doer"]:
        return ()
    same = before.get("status") == "undecided" and all(before.get(n) == after[n] for n in ("doer", "decide_by"))
    raised = same and bool(after["urgent"]) and not before.get("urgent")
    if same and not raised:
        return ()
    box = mailbox(after["doer_department"], reader)
    if box is None:
        return ()
    changes: list[FurtherChange | Later] = []
    for user, acting in people(after["doer"], reader):
        if not wants(user, after, reader) or (raised and wish_of(user, reader) != URGENT):
            continue
        id = reader.new_id()
        values = {
            "request": change.id,
            "user": user,
            "acting": acting,
            "decide_by": after["decide_by"],
            "mailbox": box["id"],
        }
        changes += [NewRecord("request_mail", values, id), Later(ERRAND, {"id": id}, key=id)]
    return changes


# ---- the errand
def send(office: Office, given: Mapping[str, Any]) -> None:
    """Send a mail that waits. Raises where another process is at it, or the server is away: then it is tried again."""
    id = str(given["id"])
    with office.alone(f"request mail {id}") as mine:
        if not mine:
            raise RuntimeError("another process is sending this mail")
        made = _made(office, id)
        if made is not None:
            _hand_over(office, id, *made)


def _made(office: Office, id: str) -> tuple[str, EmailMessage] | None:
    """The account and the message; None where it is not to be sent (any more), which is noted."""
    with office.open(write=True) as desk:
        row = desk.reader.get("request_mail", id)
        if row is None or row["state"] != "waiting":
            return None
        request, user = desk.reader.get("request", row["request"]), desk.reader.get("user", row["user"])
        box = desk.reader.get(MAILBOX, row["mailbox"])
        why, state = "", "failed"
        if request is None or user is None or user["status"] != "active" or not is_open(row, request):
            why, state = _("It was decided before the mail went out."), "not_needed"
        elif not row["about"] and not wants(user["id"], request, desk.reader):
            why, state = _("The person wishes no mail about it."), "not_needed"
        elif box is None or box["account"] not in office.mail_accounts:
            why = _("The settings know no mail account for it.")
        elif row["tries"] >= MOST_TRIES:
            why = _("It was handed over twice, and the server's answer was lost both times: it may have arrived.")
        if why or request is None or user is None or box is None:
            desk.save([Patch("request_mail", id, {"state": state, "state_reason": why})])
            return None
        trusted = bool(office.mail_accounts[box["account"]].get("trusted"))
        with speaking(user["language"] or str(office.settings.get("language") or "en")):
            return str(box["account"]), message(row, request, user, box, trusted, desk.reader)


def is_open(row: Record, request: Record) -> bool:
    """Whether a request still waits for the decision that a mail asked for; what was answered is always told."""
    same = request["status"] == "undecided" and request["decide_by"] == row["decide_by"]
    return bool(row["about"]) or (same and request["doer"] == (row["acting"] or row["user"]))


def _hand_over(office: Office, id: str, account: str, made: EmailMessage) -> None:
    def begins() -> None:
        with office.open(write=True) as desk:
            row = desk.reader.get("request_mail", id)
            desk.save([Patch("request_mail", id, {"tries": (row["tries"] if row else 0) + 1})])

    server = office.smtp(account)
    sender, receiver = (made[name].addresses[0].addr_spec for name in ("From", "To"))
    try:
        answer = hand_over(server, sender, receiver, made.as_bytes(), begins)
    finally:
        server.close()
    if 400 <= answer[0] < 500:
        with office.open(write=True) as desk:  # it was not taken: that was no try
            desk.save([Patch("request_mail", id, {"tries": 0})])
        raise OSError(f"the server does not take it now: {answer[0]}")
    with office.open(write=True) as desk:
        sent = {"state": "sent", "sent_at": desk.reader.now, "state_reason": None}
        said = answer[1].decode("utf-8", "replace") if isinstance(answer[1], bytes) else str(answer[1])
        refused = {"state": "failed", "state_reason": f"{answer[0]} {said}"[:300]}
        desk.save([Patch("request_mail", id, sent if answer[0] < 400 else refused)])


# ---- what it says
def message(row: Record, request: Record, user: Record, box: Record, trusted: bool, reader: Reader) -> EmailMessage:
    """The mail: of a request to be decided, or the answer to a reply. Its headers are built from parts."""
    local, __, domain = str(box["address"]).rpartition("@")
    made = EmailMessage(policy=SMTP if str(user["email"]).isascii() else SMTP.clone(utf8=True))
    made["From"] = Address(in_one_line(box["name"], LONGEST), username=local, domain=domain)
    made["To"] = Address(in_one_line(user["name"], LONGEST), addr_spec=str(user["email"]))
    subject = request["number"] if request["confidential"] else f"{request['number']} {request['subject']}"
    made["Subject"] = in_one_line(f"Re: {subject}" if row["about"] else subject, LONGEST)
    made["Date"] = format_datetime(reader.now)
    made["Message-ID"] = message_id(row, domain, reader)
    made["Auto-Submitted"] = "auto-replied" if row["about"] else "auto-generated"
    made[LOOP] = in_one_line(box["address"], LONGEST)
    if row["about"] and row["to_message"]:
        made["In-Reply-To"] = row["to_message"]
        made["References"] = (
            f"{message_id({**row, 'id': row['about'], 'about': None}, domain, reader)} {row['to_message']}"
        )
    made.set_content(str(row["answer"]) + "\n" if row["about"] else text_of(request, user, trusted, reader))
    return made


def message_id(row: Record, domain: str, reader: Reader) -> str:
    """The Message-ID: the signed id of the mail that told of the request, and for an answer its own behind it."""
    return f"<rq.{reader.sign(row['about'] or row['id'])}{'.' + row['id'] if row['about'] else ''}@{domain}>"


def text_of(request: Record, user: Record, trusted: bool, reader: Reader) -> str:
    """What the mail says: who asks for what, by when, what would fit, where to decide and how to reply. Of a confidential
    request no more than its number, its kind and its times."""
    zone = user["time_zone"] or str(reader.settings["time_zone"])
    closed = bool(request["confidential"])
    parts = [
        _("{name} asks you: {subject}", name=name_of(request["trigger_user"], reader), subject=request["subject"])
        if not closed
        else _("A confidential request waits for you: {kind}", kind=label_of("request_type", request["type"], reader)),
        _("To be decided by {time}.", time=reader.shown(request["decide_by"], zone)),
        _("Needed by {time}. If it comes late: {consequence}.", time=reader.shown(request["need_by"], zone), consequence=label_of("consequence", request["consequence"], reader)),
    ]  # fmt: skip
    if not closed:
        rows = reader.children("request", "facts", request["id"])
        parts += [f"- {label_of('request_fact', row['fact'], reader)}: {fact_said(row, reader)}" for row in rows]
        parts += ["", str(request["description"])[:2000]] if request["description"] else []
        found = deciding.suggestion(request, reader)
        said = label_of("decision_kind", found.action, reader)
        parts += ["", _("Suggested: {decision}. {reason}", decision=said, reason=found.words)]
    parts += ["", _("Decide here: {address}", address=reader.address(f"/p/requests/inbox/{request['id']}"))]
    less = _("Fewer such mails: {address}", address=reader.address("/p/requests/mail"))
    return "\n".join([*parts, *(["", how(reader)] if trusted else []), "", less]) + "\n"


def how(reader: Reader) -> str:
    """What a reply can say, in the language spoken now."""
    lines = (
        _("Or reply to this mail. Its first line says what you decide, one of:"),
        _("  do now"),
        _("  plan {day}", day=reader.today.isoformat()),
        _("  decline (and why)"),
        _("  hand on to (a name)"),
        _("  ask back (your question)"),
    )
    return "\n".join(lines)
