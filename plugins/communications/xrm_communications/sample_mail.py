"""Sample of what comes in by mail and is still to be sorted, of the ledger that says so, and of meetings to come with who accepted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Any

from xrm_core.plugin import SampleMaker

Row = dict[str, Any]
MEETINGS = (
    ("Visit at the wells office", 3, 60, "Brightwater, room 2", ("accepted", "tentative")),
    (
        "Framework for pumps, second round",
        6,
        45,
        "https://meet.example/pumps",
        ("accepted", "needs_action", "declined"),
    ),
    ("Lunch before the board", 11, 90, "Café am Ufer", ("needs_action",)),
)
WAITING: tuple[Row, ...] = (
    {"subject": "A room for twelve people", "mail_from": "anna.lang@albatros.example", "mail_from_name": "Anna Lang", "why": "domain", "said": "albatros.example"},
    {"subject": "Re: Wells of Turkana", "mail_from": "h.brandt@home.example", "mail_from_name": "H. Brandt", "why": "thread", "known": "helga"},
    {"subject": "Your invoice 4711 is due", "mail_from": "billing@nordsee-pumpen.example", "mail_from_name": "Nordsee Pumpen", "why": "forged", "authenticated": "fail", "known": "nordsee_pumpen"},
    {"subject": "Buy addresses of donors", "mail_from": "offers@lists.example", "mail_from_name": "", "why": None},
)  # fmt: skip
SEEN: tuple[tuple[str, str | None, str, str], ...] = (
    ("taken", None, "jonas@brandt.example", "Which wells run now?"),
    ("taken", "accepted", "helga@brandt.example", "Accepted: Visit at the wells office"),
    ("taken", "came_back", "mailer-daemon@mail.example", "Undelivered Mail Returned to Sender"),
    ("skipped", "known", "jonas@brandt.example", "Which wells run now?"),
    ("skipped", "loop", "office@brightwater.example", "Re: Out of office"),
    ("aside", "too_large", "studio@film.example", "The film of the wells"),
    ("aside", "too_many_parts", "x@nowhere.example", "(no subject)"),
    ("gap", "gone", "", ""),
)


def make_mail(maker: SampleMaker) -> None:
    """A meeting or two to come, and mail of this morning"""
    boxes: Mapping[str, Any] = dict(maker.shared.get("mailboxes", {}))
    owner = maker.user("ben")
    if owner is None:
        return
    _meetings(maker, owner)
    if not boxes:
        return
    box, at = boxes["office"], datetime.combine(maker.as_of, time(8, 5), UTC)
    named = maker.shared.get("named", {})
    rows: list[Row] = []
    for n, given in enumerate(WAITING):
        row = {
            "direction": "in", "channel": "email", "status": "triage", "subject": given["subject"], "body": "Please see below.", "at": at - timedelta(hours=3 * n),
            "mailbox": box, "mail_from": given["mail_from"], "mail_from_name": given["mail_from_name"] or None, "mail_to": "office@brightwater.example",
            "owner": owner, "suggested": named.get(given.get("known")) or (named.get("hotel_albatros") if given["why"] == "domain" else None),
            "suggested_as": given["why"], "suggested_why": given.get("said"), "authenticated": given.get("authenticated", "unknown"), "sensitivity": "open",
        }  # fmt: skip
        rows.append(row)
    if named.get("jonas"):
        rows.append(_proposed(maker, owner, str(box), str(named["jonas"]), at))
    maker.add("communication", rows)
    maker.add("mail_ledger", [
        {
            "mailbox": box, "uid_validity": 1, "uid": n, "state": state, "why": why, "sender": sender or None, "subject": subject or None,
            "size": 4_000 * n, "received_at": at + timedelta(minutes=n), "seen_at": at + timedelta(minutes=n + 1), "tries": 1,
            "reason": "61 MB" if why == "too_large" else None,
        }
        for n, (state, why, sender, subject) in enumerate(SEEN, 1)
    ])  # fmt: skip


def _proposed(maker: SampleMaker, owner: str, box: str, party: str, at: datetime) -> Row:
    """An invitation of somebody else, not answered yet."""
    begin, sender = datetime.combine(maker.as_of + timedelta(days=5), time(14), UTC), "jonas.brandt@brandt.example"
    place, title = "Brandt, Am Hafen 3", "Supper with the neighbours of the foundation"
    told = {
        "method": "REQUEST", "uid": "supper@brandt.example", "recurrence": "", "sequence": 0, "at": begin.isoformat(), "minutes": 120,
        "title": title, "place": place, "repeats": "", "organiser": sender, "attendees": ["office@brightwater.example"],
    }  # fmt: skip
    return {
        "direction": "in", "channel": "email", "status": "done", "subject": f"Invitation: {title}", "body": "We would be glad to see you.",
        "at": at - timedelta(hours=1), "mailbox": box, "mail_from": sender, "mail_from_name": "Jonas Brandt", "mail_to": "office@brightwater.example",
        "party": party, "owner": owner, "authenticated": "pass", "sensitivity": "open", "proposal": told, "proposal_uid": told["uid"],
        "proposed": "invitation", "proposed_at": begin, "proposed_minutes": 120, "proposed_place": place, "proposal_answer": "needs_action",
    }  # fmt: skip


def _meetings(maker: SampleMaker, owner: str) -> None:
    people = [
        row
        for row in maker.records("party", [id for id in dict(maker.shared.get("donors", {})) if id][:12])
        if row["email"]
    ]
    rows: list[Row] = []
    for n, (subject, days, minutes, place, answers) in enumerate(MEETINGS):
        guests = people[3 * n : 3 * n + len(answers)]
        at = datetime.combine(maker.as_of + timedelta(days=days), time(10 + n), UTC)
        if guests:
            rows.append({
                "direction": "out", "channel": "video" if place.startswith("https:") else "meeting", "party": guests[0]["id"], "subject": subject, "at": at,
                "minutes": minutes, "place": place, "owner": owner, "answer_wanted": "no", "invitation": 1, "sensitivity": "open",
                "participants": [{"party": guest["id"], "part": "attendee"} for guest in guests[1:]],
                "invited": [
                    {"party": guest["id"], "address": guest["email"], "answer": answer, "sequence": 1,
                     "answered_at": None if answer == "needs_action" else datetime.combine(maker.as_of, time(7, 30), UTC)}
                    for guest, answer in zip(guests, answers, strict=False)
                ],
            })  # fmt: skip
    maker.add("communication", rows)
