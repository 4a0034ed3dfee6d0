"""Reading mailboxes by IMAP: every message is seen once, and the ledger says what became of it.

Numbers (UIDs) count within a numbering (UIDVALIDITY) of the server; where that changes, everything is seen anew, and what was
taken before is known by its Message-ID. Nothing is changed or deleted on the server.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from xrm_core.plugin import NewRecord, Office, Patch, Record, _

from . import intake

MOST_BYTES = 25 * 2**20
"""Larger messages are set aside without being fetched."""
HEAD_BYTES = 65_536
MOST_AT_ONCE = 500
"""Messages of a mailbox in one go; the rest waits for the next minute."""
MOST_SECONDS = 300
MOST_GAPS = 200
MOST_TRIES = 5
NOTED = timedelta(minutes=10)
"""How often a success without news is noted."""


@dataclass
class Told:
    """What one reading of a mailbox brought: messages by state, and why it ended early."""

    mailbox: str
    states: dict[str, int] = field(default_factory=dict)
    error: str = ""
    rest: int = 0


def is_needed(office: Office) -> bool:
    """Whether the settings know any mail account."""
    return bool(office.mail_accounts)


def fetch_mail(office: Office, given: Mapping[str, Any]) -> None:
    """The errand of each minute: read all mailboxes. What goes wrong is noted with the mailbox."""
    read_all(office)


def read_all(office: Office, only: str | None = None) -> list[Told]:
    """Read the mailboxes in use (one, where `only` names its account)."""
    with office.open() as desk:
        boxes = desk.reader.find("mailbox", "record.is_active", limit=1_000)
    known = office.mail_accounts
    return [read_box(office, box) for box in boxes if box["account"] in known and only in (None, box["account"])]


def read_box(office: Office, box: Record) -> Told:
    """Read one mailbox, unless another process is at it."""
    told = Told(str(box["name"]))
    with office.alone(f"mailbox:{box['id']}") as mine:
        if not mine:
            told.error = _("another process is reading it")
            return told
        found: dict[str, Any] = {}
        try:
            found = _read(office, box, told)
        except Exception as fault:  # whatever a server says or does
            told.error = f"{type(fault).__name__}: {fault}"[:500]
        _note(office, box, told, found)
    return told


def _note(office: Office, box: Record, told: Told, found: Mapping[str, Any]) -> None:
    """Note how it went with the mailbox: where something changed, else every ten minutes."""
    with office.open(write=True) as desk:
        now = desk.reader.now
        stored = desk.reader.get("mailbox", box["id"])
        if stored is None:
            return
        values = {"last_try_at": now, "last_error": told.error or None, **found}
        if not told.error:
            values["last_ok_at"] = now
        news = any(stored[name] != value for name, value in values.items() if name not in ("last_try_at", "last_ok_at"))
        last = stored["last_try_at"]
        if news or told.states or last is None or now - last > NOTED:
            desk.save([Patch("mailbox", box["id"], values)])


def _read(office: Office, box: Record, told: Told) -> dict[str, Any]:
    account = office.mail_accounts[box["account"]]
    server = office.imap(box["account"])
    try:
        state = server.select_folder(account["inbox"], readonly=True)
        validity = int(state[b"UIDVALIDITY"])
        last = int(box["last_uid"] or 0) if box["uid_validity"] == validity else 0
        present = sorted(uid for uid in server.search(["UID", f"{last + 1}:*"]) if uid > last)
        wanted = set(present)
        if box["read_from"] is not None and last == 0:
            wanted &= set(server.search(["SINCE", box["read_from"]]))
        seen = _seen(office, box["id"], validity)
        if last:
            _tell_gaps(
                office,
                box,
                validity,
                [n for n in range(last + 1, max(present, default=last)) if n not in wanted and n not in seen],
                told,
            )
        again = [uid for uid, (state_, tries) in seen.items() if state_ == "failed" and tries < MOST_TRIES]
        todo = [uid for uid in sorted(wanted | set(again)) if uid not in seen or uid in again]
        done = _take_all(office, server, box, validity, todo[:MOST_AT_ONCE], account, told)
        told.rest = len(todo) - done
    finally:
        server.logout()
    reached = max(present, default=last) if not told.rest else last
    return {"uid_validity": validity, "last_uid": reached}


def _seen(office: Office, mailbox: str, validity: int) -> dict[int, tuple[str, int]]:
    """State and tries of each message of the numbering that the ledger knows."""
    with office.open() as desk:
        rows: dict[int, tuple[str, int]] = {}
        while True:
            ask = "record.mailbox == given.mailbox && record.uid_validity == given.validity && record.uid > given.after"
            given = {"mailbox": mailbox, "validity": validity, "after": max(rows, default=0)}
            some = desk.reader.find("mail_ledger", ask, given, limit=10_000)
            rows |= {row["uid"]: (row["state"], row["tries"]) for row in some}
            if len(some) < 10_000:
                return rows


def _tell_gaps(office: Office, box: Record, validity: int, gone: Sequence[int], told: Told) -> None:
    """Numbers that the server gave since the last reading, and that it has no message for any more."""
    if not gone:
        return
    with office.open(write=True) as desk:
        rows = [
            NewRecord("mail_ledger", {
                "mailbox": box["id"], "uid_validity": validity, "uid": uid, "state": "gap", "seen_at": desk.reader.now,
                "why": "gone",
            })
            for uid in gone[:MOST_GAPS]
        ]  # fmt: skip
        desk.save(rows)
    told.states["gap"] = len(rows)


def _take_all(
    office: Office, server: Any, box: Record, validity: int, todo: Iterable[int], account: Mapping[str, Any], told: Told
) -> int:
    """Take messages one by one, each in a transaction of its own; how many were seen to in time."""
    ends, done = time.monotonic() + MOST_SECONDS, 0
    for uid in todo:
        if time.monotonic() > ends:
            break
        envelope = server.fetch([uid], ["RFC822.SIZE", "INTERNALDATE"]).get(uid)
        if envelope is not None:  # else it went meanwhile
            size, at = int(envelope[b"RFC822.SIZE"]), _moment(envelope.get(b"INTERNALDATE"))
            whole = size <= MOST_BYTES
            key = b"BODY[]" if whole else b"BODY[HEADER]<0>"
            asked = "BODY.PEEK[]" if whole else f"BODY.PEEK[HEADER]<0.{HEAD_BYTES}>"
            raw = server.fetch([uid], [asked]).get(uid, {}).get(key) or b""
            arrived = intake.Arrived(box, validity, uid, raw, size, at, whole, account.get("trusted"))
            state = intake.take(office, arrived)
            told.states[state] = told.states.get(state, 0) + 1
        done += 1
    return done


def _moment(at: datetime | None) -> datetime:
    """When the server received a message: IMAPClient tells it in local time, without a zone."""
    return (at or datetime.now()).astimezone(UTC)  # local, as what it stands for
