"""Sample communications: letters, mails and calls of a year with the parties that we stand in a relationship with, most of
them answered, some late and a few never; the letter of the demo's story."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from random import Random
from typing import Any

from xrm_core.plugin import SampleMaker

from .holidays import knows

Row = dict[str, Any]
MOST = 260
NEVER, ASKS, SERVES = 0.06, 0.3, 0.6
"""Of what comes in, how much is never answered; of what goes out, how much asks for an answer; of what is about a relationship with
an outcome, how much serves it."""
THEY_NEVER, BY_OTHERS = 0.3, 0.14
"""Of what asks them, how much they never answer; how much of ours somebody else answers than its owner."""
WEEKDAYS = (24, 21, 20, 19, 14, 1, 1)
HOURS = (4, 14, 16, 9, 4, 9, 15, 12)
"""How many come from 9 o'clock on, hour by hour: peaks in the morning and the afternoon."""
CHANNELS = (("email", 52), ("phone", 26), ("letter", 10), ("meeting", 6), ("web_form", 6))
KINDS: Mapping[str, tuple[str, tuple[tuple[str, str, str], ...]]] = {
    "donors": ("donor", (
        ("question", "Which wells run now?", "Thank you for the report. Could you tell us which wells run now?"),
        ("thanks", "Thank you for the visit", "It was good to see what became of the gift."),
        ("report", "The yearly report", "When does the yearly report come out?"),
        ("personal", "A new address", "We have moved; please note our new address."),
    )),
    "suppliers": ("supplier", (
        ("invoice", "Reminder of an invoice", "We find no payment for our last invoice yet."),
        ("offer", "Offer for pumps", "Please find our offer for the next delivery."),
        ("contract", "Terms of the framework", "May we speak about the terms of the coming year?"),
        ("complaint", "Papers were missing", "The last delivery was sent back because papers were missing."),
    )),
    "customers": ("customer", (
        ("order", "Change of an order", "Could the delivery be split into two?"),
        ("question", "Which filter fits?", "Which of your filters fits our cooler?"),
        ("complaint", "Two filters leak", "Two of the filters delivered last week leak."),
        ("invoice", "Copy of an invoice", "Please send us a copy of the last invoice."),
    )),
}  # fmt: skip
"""Of each domain: its entity, and what is written about: topic, subject, text."""


def make_communications(maker: SampleMaker) -> None:
    """Communications with the answers owed for them"""
    knows("IE", None)  # imported here, not while records are saved
    maker.add("business_calendar", [_office(maker)])
    asked: list[Row] = []
    for shared, (entity, subjects) in KINDS.items():
        ids = list(dict(maker.shared.get(shared, {})).values())
        if ids:
            records = maker.records(entity, ids[: round(40 * maker.scale)])
            asked += [_asked(maker, entity, r, subjects, n) for n, r in enumerate(_many(records, maker)) if r["owner"]]
    asked += _letter(maker)
    _serve(maker, asked)
    ids = maker.add("communication", asked)
    answers = [_answer(maker, id, row, n) for n, (id, row) in enumerate(zip(ids, asked, strict=True))]
    maker.add("communication", [row for row in answers if row is not None])


def _serve(maker: SampleMaker, rows: Sequence[Row]) -> None:
    """Where outcomes are in use, most of what is written about a relationship with an agreed one serves it, and the last letter of
    all, of the demo's story."""
    agreed = dict(maker.shared.get("outcome_of", {}))
    for n, row in enumerate(rows):
        outcome = agreed.get(row["relationship"])
        if outcome is not None and (maker.rng("communication_serves", n).random() < SERVES or row is rows[-1]):
            row["outcome"] = outcome


def _many(records: Sequence[Mapping[str, Any]], maker: SampleMaker) -> list[Mapping[str, Any]]:
    """Each record twice or so, until there are enough."""
    wanted = round(MOST * maker.scale / len(KINDS))
    return [records[n % len(records)] for n in range(min(wanted, 3 * len(records)))]


def _asked(
    maker: SampleMaker, entity: str, record: Mapping[str, Any], subjects: Sequence[tuple[str, str, str]], n: int
) -> Row:
    rng = maker.rng(f"communication_{entity}", n)
    topic, subject, body = rng.choice(subjects)
    channel = rng.choices([c for c, _ in CHANNELS], [weight for _, weight in CHANNELS])[0]
    direction = "in" if rng.random() < 0.7 else "out"
    row: Row = {
        "direction": direction, "channel": channel, "party": record["party"], "subject": subject, "body": body, "topic": topic,
        "at": _moment(maker, rng), "owner": record["owner"], "department": record["department"], "relationship": record["id"],
        "relationship_entity": entity, "sensitivity": "confidential" if rng.random() < 0.03 else "department",
    }  # fmt: skip
    if direction == "out" and rng.random() < ASKS:
        row["answer_wanted"] = "yes"
    if channel in ("phone", "meeting"):
        row["minutes"] = rng.choice((5, 10, 15, 30, 45))
    return row


def _moment(maker: SampleMaker, rng: Random) -> datetime:
    """A working hour of the last year, more often lately."""
    day = maker.as_of - timedelta(days=1 + int(364 * rng.random() ** 2))
    day -= timedelta(days=day.weekday())
    day += timedelta(days=rng.choices(range(7), WEEKDAYS)[0])
    if day >= maker.as_of:
        day -= timedelta(days=7)
    hour = 9 + rng.choices(range(8), HOURS)[0]
    return datetime.combine(day, time(hour, rng.randrange(60)), UTC)


def _in_hours(at: datetime) -> datetime:
    """The moment, or the next morning on which people work."""
    if at.hour >= 17:
        at = (at + timedelta(days=1)).replace(hour=9)
    elif at.hour < 8:
        at = at.replace(hour=9)
    return at + timedelta(days=7 - at.weekday() if at.weekday() > 4 else 0)


def _answer(maker: SampleMaker, id: str, row: Row, n: int) -> Row | None:
    """The answer to what owes one, if it comes: half of them within some hours, a tenth after two days and more."""
    rng = maker.rng("communication_answer", n)
    wanted = row.get("answer_wanted", "auto")
    owed = wanted == "yes" or (row["direction"] == "in" and row["channel"] not in ("phone", "meeting"))
    ours = row["direction"] == "in"
    if not owed or rng.random() < (NEVER if ours else THEY_NEVER):
        return None
    at = _in_hours(row["at"] + timedelta(minutes=int(60 * min(400.0, rng.lognormvariate(1.6, 1.3)))))
    if at.date() >= maker.as_of:
        return None
    back = "out" if ours else "in"
    other = (
        maker.user("ines" if row["owner"] == maker.user("ben") else "ben")
        if ours and rng.random() < BY_OTHERS
        else None
    )
    same = ("party", "topic", "owner", "department", "relationship", "relationship_entity", "sensitivity", "outcome")
    return {name: row[name] for name in same if name in row} | ({"owner": other} if other else {}) | {
        "direction": back, "channel": row["channel"] if row["channel"] != "web_form" else "email", "at": at, "in_reply_to": id,
        "subject": f"Re: {row['subject']}", "answer_wanted": "no",
        "body": "Thank you for your message. Here is what you asked for." if back == "out" else "Gladly: here it is.",
    }  # fmt: skip


def _letter(maker: SampleMaker) -> list[Row]:
    """Helga Brandt writes: which wells run, and why is there a delay? Nobody has answered yet."""
    named = maker.shared.get("named", {})
    donor = dict(maker.shared.get("donors", {})).get(named.get("brandt"))
    if donor is None:
        return []
    (record,) = maker.records("donor", [donor])
    return [{
        "direction": "in", "channel": "letter", "party": named["brandt"], "subject": "Which wells run, and why the delay?",
        "body": "Dear friends,\n\nbefore we decide on our next gift at the end of the month: which of the ten wells of Turkana run, "
        "and why did the pumps come late?\n\nHelga Brandt",
        "topic": "question", "at": datetime.combine(maker.as_of - timedelta(days=4), time(10, 12), UTC),
        "owner": record["owner"] or maker.user("ben"), "department": record["department"], "relationship": donor,
        "relationship_entity": "donor", "sensitivity": "department", "answer_wanted": "yes",
    }]  # fmt: skip


def _office(maker: SampleMaker) -> Row:
    hours = [{"weekday": str(day), "opens": "09:00", "closes": "17:00"} for day in range(1, 6)]
    return {"name": "Office", "time_zone": "Europe/Dublin", "country": "IE", "hours": hours}
