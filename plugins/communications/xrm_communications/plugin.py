"""What the communications plugin does when records are saved.

Who owes an answer and by when is in `owing.py`, the clock is `xrm_core.plugin.working`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from xrm_core.plugin import (
    Actor,
    Change,
    FurtherChange,
    NewRecord,
    Patch,
    Problem,
    Reader,
    SampleStep,
    Schedule,
    _,
    hook,
    working,
)

from . import holidays, keeping, owing
from .mail.hooks import complete_mail, mail_can_be_sent, put_mail_down, xrm_actions, xrm_commands, xrm_errands
from .mailing.hooks import (
    close_dead_address,
    complete_mailing,
    follow_the_letter,
    keep_the_fingerprint,
    mailing_actions,
    mailing_errands,
    mailing_stays_as_checked,
    name_an_address,
    pass_the_gate,
    purpose_is_the_templates,
    take_purpose,
    template_can_be_read,
    variant_can_be_read,
)
from .pages.hooks import (
    communication_pages,
    find_the_guests,
    invitation_errands,
    meeting_actions,
    page_templates,
    quick_entry,
    renew_mark,
    tell_that_it_changed,
    write_invitations,
)
from .sample import make_communications
from .sample_mail import make_mail
from .sample_mailings import make_mailings

__all__ = [
    "close_dead_address",
    "communication_pages",
    "complete_mail",
    "complete_mailing",
    "find_the_guests",
    "follow_the_letter",
    "invitation_errands",
    "keep_the_fingerprint",
    "mail_can_be_sent",
    "mailing_actions",
    "mailing_errands",
    "mailing_stays_as_checked",
    "meeting_actions",
    "name_an_address",
    "page_templates",
    "pass_the_gate",
    "purpose_is_the_templates",
    "put_mail_down",
    "quick_entry",
    "renew_mark",
    "take_purpose",
    "tell_that_it_changed",
    "template_can_be_read",
    "variant_can_be_read",
    "write_invitations",
    "xrm_actions",
    "xrm_commands",
    "xrm_errands",
]  # fmt: skip
"""Hooks that are written elsewhere."""
CLOSING = ("answer", "not_needed", "withdraw")


@hook("xrm_before_save", entity="communication")
def complete_communication(change: Change, reader: Reader) -> Mapping[str, Any]:
    """Same time and place follow the channel, the department its owner, the thread what it replies to."""
    after, found = change.after, dict[str, Any]()
    if change.action == "create" or "channel" in change.changed:
        told = reader.code("channel", after["channel"])
        kept = change.changed & {"same_time", "same_place"} if change.action == "update" else frozenset()
        found |= {name: bool(told.get(name)) for name in ("same_time", "same_place") if name not in kept}
    if after["department"] is None and after["owner"] is not None:
        owner = reader.get("user", after["owner"])
        found["department"] = owner["department"] if owner else None
    if change.action == "create" or "in_reply_to" in change.changed:
        before = reader.get("communication", after["in_reply_to"]) if after["in_reply_to"] else None
        found["thread"] = before["thread"] if before and before["thread"] else change.id
    return found


@hook("xrm_after_save", entity="communication")
def keep_account(change: Change, reader: Reader) -> Sequence[FurtherChange]:
    """A communication that has come about pays the oldest open debt of its side in the thread, and opens one where an answer
    is owed: when it is recorded, when a mail is sent, when somebody says whom it is from."""
    if not owing.counts(change.after) or owing.counts(change.before) or change.before.get("sent_at"):
        return ()
    after, changes = change.after, list[FurtherChange]()
    paid = owing.OPPOSITE.get(after["direction"])
    if paid is not None and after["in_reply_to"] is not None:
        found = reader.find(
            "obligation",
            "record.state == 'open' && record.debtor == given.debtor && record.party == given.party && record.communication.thread == given.thread",
            {"debtor": paid, "party": after["party"], "thread": after["thread"]},
        )  # fmt: skip
        oldest = min(found, key=lambda row: (row["opened_at"], row["id"]), default=None)
        if oldest is not None:
            changes.append(Patch("obligation", oldest["id"], {"answer": change.id}, transition="answer"))
    party = reader.get("party", after["party"])
    debtor = owing.debtor_of(after, bool(after["same_time"]), bool(party and party["is_own"]))
    if debtor is not None:
        changes.append(NewRecord("obligation", {"communication": change.id, "debtor": debtor, "party": after["party"]}))
    return changes


@hook("xrm_before_save", entity="obligation")
def run_the_clock(change: Change, actor: Actor, reader: Reader) -> Mapping[str, Any]:
    """A new one takes over what its communication says, and is due by its target; pauses move that; the end is timed."""
    if change.action == "create":
        return keeping.opened(change, reader)
    if change.transition in CLOSING:
        return keeping.closed(change, actor, reader)
    if change.transition == "reopen":
        return {
            "answer": None,
            "reason": None,
            "closed_at": None,
            "closed_by": None,
            "working_minutes": None,
            "answered_by": None,
        }
    if change.action == "update" and "pauses" in change.children:
        return keeping.moved_by_pauses(change, reader)
    return {}


@hook("xrm_validate", entity="obligation")
def answers_fit(change: Change, reader: Reader) -> Sequence[Problem]:
    """An answer is with the same party and goes the other way; pauses end after they begin."""
    problems: list[Problem] = []
    if change.transition == "answer" and change.after["answer"]:
        answer = reader.get("communication", change.after["answer"])
        if answer is not None and answer["party"] != change.after["party"]:
            problems.append(
                Problem(
                    _("The answer is with another party. Choose a communication with this one."), "refused", "answer"
                )
            )
        elif answer is not None and owing.OPPOSITE.get(answer["direction"]) != change.after["debtor"]:
            problems.append(
                Problem(_("What went the same way is no answer. Choose one of the other side."), "refused", "answer")
            )
    for begins, stops in owing.pauses_of(change.children.get("pauses", ())):
        if (stops is not None and stops <= begins) or begins < change.after["opened_at"]:
            problems.append(
                Problem(
                    _("A pause ends after it begins, and begins after the answer came to be owed."), "refused", "pauses"
                )
            )
            break
    return problems


@hook("xrm_before_save", entity="business_calendar")
def keep_holidays(change: Change, reader: Reader) -> Mapping[str, Any]:
    """The public holidays of the next years stand with the calendar, so that nobody waits for them when an answer is owed."""
    if change.action != "create" and not {"country", "subdivision"} & change.changed:
        return {}
    return {"closed_on": holidays.kept(change.after["country"], change.after["subdivision"], reader.today)}


@hook("xrm_validate", entity="business_calendar")
def hours_make_sense(change: Change) -> Sequence[Problem]:
    """Each span closes after it opens; a country whose holidays are asked for is known."""
    problems: list[Problem] = []
    for table in ("hours", "days"):
        for row in change.children.get(table, ()):
            opens, closes = row.get("opens"), row.get("closes")
            both = working.minutes_of(opens) < working.minutes_of(closes) if opens and closes else not (opens or closes)
            if not both:
                problems.append(
                    Problem(
                        _("It closes after it opens: write times like 08:30, and 24:00 for the end of the day."),
                        "hours",
                        table,
                    )
                )
                break
    country, region = change.after.get("country"), change.after.get("subdivision")
    if country and {"country", "subdivision"} & change.changed and not holidays.knows(country, region):
        problems.append(
            Problem(
                _(
                    "No public holidays are known for this country and region. Leave the region empty, or enter the days by hand."
                ),
                "holidays",
                "subdivision" if region else "country",
            )
        )
    return problems


@hook
def xrm_schedule() -> Sequence[Schedule]:
    """Calendars go on into the years to come."""
    return [
        Schedule(
            "renew_holidays",
            "daily",
            keeping.renew_holidays,
            label={"en": "Keep the holidays up to date", "de": "Feiertage aktuell halten", "ar": "تحديث العطل"},
        )
    ]


@hook
def xrm_sample() -> Sequence[SampleStep]:
    """Communications and mailings of the demo."""
    return [make_communications, make_mailings, make_mail]
