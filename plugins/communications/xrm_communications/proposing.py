"""Invitations of others: a mail with a meeting in it proposes that meeting, and a person answers it.

Nothing happens by itself. What the file says is shown with the message; *Accept* and *Perhaps* make the meeting (or change the one
that was accepted before), *Decline* makes none, and the organiser is told (iTIP REPLY, RFC 5546; by mail, RFC 6047). Later
messages about a meeting count only with the same party. Of one that repeats each time is a meeting, see `series`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from xrm_core.plugin import ActionSpec, Actor, FurtherChange, NewRecord, Patch, Problem, Reader, Record, _

from . import series
from .inviting import in_words
from .mail.matching import parties_with
from .mail.sending import mail
from .proposals import about, meeting_of

KEPT = ("topic", "relationship", "relationship_entity", "about", "about_entity", "sensitivity", "department")
TITLES: Mapping[str, Mapping[str, str]] = {
    "accepted": {"en": "Accepted: {}", "de": "Zugesagt: {}", "fr": "Accepté : {}", "ar": "قُبلت: {}"},
    "tentative": {"en": "Perhaps: {}", "de": "Vielleicht: {}", "fr": "Peut-être : {}", "ar": "ربما: {}"},
    "declined": {"en": "Declined: {}", "de": "Abgesagt: {}", "fr": "Décliné : {}", "ar": "اعتذار: {}"},
}
"""Subjects of the answers, by what they say and by language."""


def answer(
    code: str, record: Record, values: Mapping[str, Any], actor: Actor, reader: Reader
) -> Sequence[FurtherChange | Problem]:
    """Say yes, perhaps or no: the meeting is in our calendar or it is not, and the organiser gets the answer."""
    told = record["proposal"]
    marks = dict.fromkeys((record["proposal_uid"], told["uid"][:250]))
    if any(_comes_after(row, record) for mark in marks for row in about(reader, mark, record["party"])):
        return [Problem(_("A later message about this meeting came in: see that one."), "later_known")]
    title = told["title"] or record["subject"]
    fresh = {
        "subject": title, "at": record["proposed_at"], "minutes": record["proposed_minutes"], "place": record["proposed_place"],
        "called_off": code == "declined",
    }  # fmt: skip
    is_far = bool(re.search(r"https?:|zoom|teams|webex|meet\.", str(record["proposed_place"] or ""), re.IGNORECASE))
    shared = {name: record[name] for name in KEPT} | {
        "direction": "in", "channel": "video" if is_far else "meeting", "party": record["party"], "answer_wanted": "no",
        "owner": actor.acts_as or record["owner"], "body": record["body"],
    }  # fmt: skip
    known = meeting_of(reader, record["proposal_uid"], record["party"], told)
    if told.get("onward") and code != "declined" and known is None:
        return [Problem(_("It moves this and all later times of a meeting that is not in your calendar: accept the invitation to the whole of it first."), "series_unknown")]  # fmt: skip
    changes: list[FurtherChange]
    if _is_series(record, reader):
        alone = known if known is not None and not known["series_uid"] else None
        changes = list(series.changes(record, fresh, shared, reader, alone))
    elif known is not None:
        changes = [Patch("communication", str(known["id"]), fresh)]
    else:
        changes = [NewRecord("communication", fresh | shared, reader.new_id())] if code != "declined" else []
    id = series.first(changes)
    changes.append(Patch("communication", str(record["id"]), {"proposal_answer": code, "meeting": id}))
    return [*changes, _reply(code, record, title, actor, reader)]


def _is_series(record: Record, reader: Reader) -> bool:
    """Whether a message is about a meeting that repeats, or that we had as one."""
    told = record["proposal"]
    return bool(told.get("times") or told["recurrence"] or series.meetings(reader, told["uid"], record["party"]))


def _comes_after(row: Record, record: Record) -> bool:
    """Whether a message tells of a meeting what another one does not know yet."""
    place = (int(row["proposal"]["sequence"]), row["at"])
    return bool(row["id"] != record["id"] and place > (int(record["proposal"]["sequence"]), record["at"]))


def _reply(code: str, record: Record, title: str, actor: Actor, reader: Reader) -> NewRecord:
    """The mail with the answer; its calendar is written when it goes out. To the organiser whom the file names where that address is
    the party's, else to whom the message came from: a file sends nobody mail of ours."""
    party = reader.get("party", record["party"])
    language = str((party and party["language"]) or reader.settings.get("language") or "en")
    organiser = record["proposal"]["organiser"]
    own = organiser and record["party"] in {one["id"] for one in parties_with(reader, organiser)}
    titles = TITLES[code]
    subject = titles.get(language.partition("-")[0], titles["en"]).format(title)
    words = {"subject": subject, "at": record["proposed_at"], "place": record["proposed_place"], "body": ""}
    return mail(
        record["party"], organiser if own else record["mail_from"], subject[:300], in_words(words, reader, language),
        mailbox=record["mailbox"], owner=actor.acts_as or record["owner"], in_reply_to=record["id"], answer_wanted="no",
        proposal_answer=code, **{name: record[name] for name in KEPT},
    )  # fmt: skip


def take_off(
    record: Record, values: Mapping[str, Any], actor: Actor, reader: Reader
) -> Sequence[FurtherChange | Problem]:
    """The meeting does not take place: it is called off with us too."""
    known = meeting_of(reader, record["proposal_uid"], record["party"], record["proposal"])
    if known is None:
        return [Problem(_("It calls off a meeting that was not accepted here."), "not_invited")]
    changes: list[FurtherChange] = [Patch("communication", str(known["id"]), {"called_off": True})]
    if known["series_uid"]:
        changes = list(series.changes(record, {"called_off": True, "at": record["proposed_at"]}, {}, reader))
    changes = [Patch("communication", one.id, {"called_off": True}) for one in changes if isinstance(one, Patch)]
    return [
        *changes,
        Patch("communication", str(record["id"]), {"proposal_answer": "released", "meeting": known["id"]}),
    ]


HERE = "record.party != null && record.status == 'done'"


def _action(
    name: str, label: Mapping[str, str], run: Callable[..., Any], when: str, icon: str, makes: str = "communication"
) -> ActionSpec:
    return ActionSpec(name, "communication", label, run, when=f"{HERE} && {when}", makes=makes, icon=icon)


def actions() -> Sequence[ActionSpec]:
    """The answers to an invitation; who changes his mind answers again."""
    asks = "record.proposed in ['invitation', 'changed'] && record.proposal_answer != '{}'"
    return [
        _action("accept_invitation", {"en": "Accept", "de": "Zusagen", "ar": "قبول"}, partial(answer, "accepted"), asks.format("accepted"), "calendar-check"),
        _action("decline_invitation", {"en": "Decline", "de": "Ablehnen", "ar": "اعتذار"}, partial(answer, "declined"), asks.format("declined"), "circle-x"),
        _action("perhaps_invitation", {"en": "Perhaps", "de": "Vielleicht", "ar": "ربما"}, partial(answer, "tentative"), asks.format("tentative"), "calendar-clock"),
        _action(
            "take_off", {"en": "Take it off the calendar", "de": "Aus dem Kalender nehmen", "ar": "إزالته من التقويم"}, take_off,
            "record.proposed == 'called_off' && record.proposal_answer == null", "calendar-minus", makes="",
        ),
    ]  # fmt: skip
