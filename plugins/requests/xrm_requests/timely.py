"""What happens to requests by themselves: undecided again on their day, with the lead past the deadline, accepted in silence."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from xrm_core.plugin import FurtherChange, Patch, Reader

from . import clocks, deciding, fulfilling, knowledge, training
from .people import MOST, deputies_of

Steps = Sequence[FurtherChange | tuple[FurtherChange, ...]]


def keep_requests(reader: Reader, today: date) -> Steps:
    """Each hour: what is due by now."""
    return [*_planned(reader, today), *_unanswered(reader), *_past_deadline(reader), *_silent(reader)]


def _planned(reader: Reader, today: date) -> Steps:
    """The day of the plan has come: undecided again for the person who planned it, in place of a plan that slips by."""
    rows = reader.find(
        "request", "record.status == 'planned' && record.plan_on <= given.day", {"day": today}, limit=MOST
    )
    return [deciding.again(row, reader) for row in rows]


def _unanswered(reader: Reader) -> Steps:
    """Nobody answered in time: undecided again."""
    rows = reader.find("request", "record.status == 'waiting' && record.answer_by <= now()", limit=MOST)
    return [deciding.again(row, reader) for row in rows]


def _past_deadline(reader: Reader) -> Steps:
    """Undecided past the deadline: from now on with the lead, and with whoever stands in for the doer now."""
    rows = reader.find("request", "record.status == 'undecided' && record.decide_by < now()", limit=MOST)
    deputies = {doer: next(iter(deputies_of(doer, reader)), None) for doer in {row["doer"] for row in rows}}
    return [
        Patch(
            "request", row["id"], {"escalated_at": row["escalated_at"] or reader.now, "deputy": deputies[row["doer"]]}
        )
        for row in rows
        if row["escalated_at"] is None or row["deputy"] != deputies[row["doer"]]
    ]


def _silent(reader: Reader) -> Steps:
    """Done and neither accepted nor sent back for five working days."""
    earliest = reader.now - timedelta(days=5)
    rows = reader.find("request", "record.status == 'done' && record.done_at < given.at", {"at": earliest}, limit=MOST)
    return [
        fulfilling.silently(row, reader)
        for row in rows
        if clocks.later(row["done_at"], clocks.ACCEPT_WITHIN, row["trigger_department"], reader) <= reader.now
    ]


def keep_knowledge(reader: Reader, today: date) -> Steps:
    """Each day: articles to review; how long work has waited for what somebody has to learn, and who comes nearest."""
    return [*knowledge.due_for_review(reader, today), *training.waiting(reader)]
