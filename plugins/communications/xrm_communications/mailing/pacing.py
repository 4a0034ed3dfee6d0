"""Sending a mailing, so many letters a minute. Each minute takes the next recipients in one transaction: a letter and the note that
it is on its way are saved together or not at all, and a recipient has one letter for ever (`communication.recipient` is unique)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from xrm_core.plugin import Desk, FurtherChange, Office, Patch, Record, _

from .. import gate
from ..mail.sending import mail
from .letters import To, letter, mark_of
from .rendering import BadTemplate, Values
from .unsubscribing import headers_of, link_of, with_way_out

RUNNING = "record.status == 'sending'"


def is_needed(office: Office) -> bool:
    """Is there a mailing under way?"""
    with office.open() as desk:
        return bool(desk.reader.find("mailing", RUNNING, limit=1))


def pace(office: Office, given: Mapping[str, Any]) -> None:
    """Each minute: the next letters of every mailing under way. A mailing that cannot go on is held, with the reason."""
    with office.open() as desk:
        running = [str(row["id"]) for row in desk.reader.find("mailing", RUNNING, limit=100)]
    for id in running:
        try:
            with office.open(write=True) as desk:
                record = desk.reader.get("mailing", id)
                if record is not None and record["status"] == "sending":
                    desk.save(step(record, desk))
        except Exception as fault:
            if not getattr(fault, "problems", ()):
                raise  # not a refusal: the errand is tried again
            told = "; ".join(str(problem.message) for problem in getattr(fault, "problems", ()))[:500]
            with office.open(write=True) as desk:
                desk.save([Patch("mailing", id, {"fault": told}, transition="hold")])


def step(record: Record, desk: Desk) -> Sequence[FurtherChange]:
    """The letters of one minute, or the end where nobody is left."""
    reader = desk.reader
    waiting = reader.find(
        "mailing_recipient", "record.mailing == given.mailing && record.state == 'planned'", {"mailing": record["id"]},
        limit=int(record["per_minute"]),
    )  # fmt: skip
    if not waiting:
        on_the_way = reader.find(
            "mailing_recipient", "record.mailing == given.mailing && record.state == 'queued'", {"mailing": record["id"]}, limit=1
        )  # fmt: skip
        return [] if on_the_way else [Patch("mailing", record["id"], {"ended_at": reader.now}, transition="finish")]
    template = reader.get("template", record["template"])
    assert template is not None  # a template with mailings is not deleted
    if record["template_mark"] not in (None, mark_of(reader, template)):
        told = _("The template is not the one that was checked. Check the mailing again.")
        return [Patch("mailing", record["id"], {"fault": told}, transition="hold")]
    known = gate.known_of(reader, [row["party"] for row in waiting])
    shut = gate.suppressed(reader, [row["address"] for row in waiting if row["address"]])
    changes: list[FurtherChange] = []
    for n, row in enumerate(waiting):
        stop = gate.verdict(known[str(row["party"])], row["address"], str(record["purpose"]), shut, reader.today)
        wait = n * 60 / int(record["per_minute"])
        changes += [_left(row, stop)] if stop is not None else _written(record, template, row, wait, desk)
    return changes


def _left(row: Record, stop: gate.Stop) -> Patch:
    told = {"state": "left_out", "stop": stop.code, "stop_why": (stop.reason or None)}
    return Patch("mailing_recipient", row["id"], told)


def _written(record: Record, template: Record, row: Record, wait: float, desk: Desk) -> list[FurtherChange]:
    """The letter to one recipient, and the note that it is on its way."""
    reader = desk.reader
    relationship = (row["relationship_entity"], row["relationship"]) if row["relationship"] else None
    link = link_of(reader, row["id"])
    more = {"mailing": Values(name=record["name"]), "unsubscribe": link}
    try:
        made = letter(reader, template, To(row["party"], relationship, record["owner"], more))
    except BadTemplate as fault:
        return [_left(row, gate.Stop("not_written", fault.told[:300]))]
    body = (
        made.body if not headers_of(record, link) or link in made.body else with_way_out(made.body, link, made.language)
    )
    letter_record = mail(
        row["party"], row["address"], made.subject, body, mailbox=record["mailbox"], owner=record["owner"],
        department=record["department"], wait=wait, headers=headers_of(record, link), mailing=record["id"],
        recipient=row["id"], template=record["template"], purpose=record["purpose"], topic=template["topic"],
        language=made.language, relationship=row["relationship"], relationship_entity=row["relationship_entity"],
        answer_wanted="yes" if record["answer_wanted"] else "no",
    )  # fmt: skip
    return [letter_record, Patch("mailing_recipient", row["id"], {"state": "queued"})]
