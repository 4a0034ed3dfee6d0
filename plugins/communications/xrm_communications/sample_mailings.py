"""Sample mailings: an appeal and a report that went out and what came of them, one to customers that was checked and would bring more
answers than there is time for, and a draft; the templates that they are written from, and a mailbox."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any

from xrm_core.plugin import SampleMaker

Row = dict[str, Any]
MOST = 60
CAME_BACK, LEFT = 0.05, 0.03
ANSWERS = {"wells_appeal": 0.16, "wells_report": 0.09}
"""Share of a mailing's letters that are answered."""
TEMPLATES: tuple[Row, ...] = (
    {
        "code": "wells_appeal", "name": "Appeal: wells of Turkana", "purpose": "fundraising", "topic": "appeal", "language": "en",
        "subject": "A well for {{ party.name }} to be proud of",
        "body": "{{ party.salutation }},\n\nsix of the ten wells of Turkana give water. The next one is planned for {{ today|date }}, and with your help it will be"
        " dug before the rains.\n\nThank you,\n{{ sender.name }}\n{{ organisation.name }}\n\nNo more of these letters: {{ unsubscribe }}",
        "variants": [{
            "language": "de", "subject": "Ein Brunnen, auf den {{ party.name }} stolz sein kann",
            "body": "{{ party.salutation }},\n\nsechs der zehn Brunnen von Turkana geben Wasser. Mit Ihrer Hilfe wird der nächste vor dem Regen gegraben.\n\nDanke,\n"
            "{{ sender.name }}\n{{ organisation.name }}\n\nKeine solchen Briefe mehr: {{ unsubscribe }}",
        }],
    },
    {
        "code": "wells_report", "name": "Report on the wells", "purpose": "fundraising", "topic": "report", "language": "en",
        "subject": "What your gift became", "body": "{{ party.salutation }},\n\nhere is what the wells gave this year, and what they cost.\n\n{{ sender.name }}",
    },
    {
        "code": "filter_offer", "name": "Offer: filters for coolers", "purpose": "service", "topic": "offer", "language": "en",
        "subject": "Filters for your coolers", "body": "{{ party.salutation }},\n\nthe filters you order will cost less until the end of the month. Which sizes do you need?"
        "\n\n{{ sender.name }}",
    },
)  # fmt: skip
REPLIES: Mapping[str, tuple[str, ...]] = {
    "wells_appeal": ("Which wells run now?", "We would like to visit one of them.", "Can the gift go to the well of Lodwar?", "Thank you, it is on its way."),
    "wells_report": ("Could we have the report in print?", "Thank you for the report.", "What did the pumps cost?"),
}  # fmt: skip


def make_mailings(maker: SampleMaker) -> None:
    """Templates, and mailings with what came of them"""
    owner = maker.user("ben")
    donors = [id for id in dict(maker.shared.get("donors", {})) if id]
    if owner is None or not donors:
        return
    ids = maker.add("template", [{**row, "channel": "email", "owner": owner} for row in TEMPLATES])
    templates = dict(zip((str(row["code"]) for row in TEMPLATES), ids, strict=True))
    (box,) = maker.add("mailbox", [{
        "name": "Brightwater", "address": "office@brightwater.example", "account": "office", "owner": owner, "is_active": True,
    }])  # fmt: skip
    maker.shared["mailboxes"] = {"office": box}
    people = [row for row in maker.records("party", donors[: round(MOST * 1.6 * maker.scale)]) if row["email"]]
    common = {"mailbox": box, "owner": owner, "per_minute": 60, "view": "donors"}
    sent = (("wells_appeal", "Wells of Turkana: appeal", 96), ("wells_report", "What your gift became: report", 24))
    mailings = maker.add("mailing", [
        _sent(maker, {**common, "name": name, "template": templates[code], "campaign": "Turkana"}, days) for code, name, days in sent
    ])  # fmt: skip
    outcomes = list(maker.shared.get("outcomes", ()))
    for (code, __, days), id in zip(sent, mailings, strict=True):
        _letters(
            maker,
            {"id": id, "code": code, "template": templates[code], "box": box, "owner": owner},
            people,
            days,
            outcomes,
        )
    _planned(maker, templates["filter_offer"], box)
    maker.add(
        "mailing",
        [{**common, "name": "Wells of Turkana: thanks", "template": templates["wells_report"], "status": "draft"}],
    )


def _sent(maker: SampleMaker, row: Row, days: int) -> Row:
    at = _moment(maker, days)
    return row | {
        "purpose": "fundraising", "status": "sent", "checked_at": at - timedelta(hours=1), "started_at": at, "ended_at": at + timedelta(minutes=2),
        "expected_answers": 4, "free_answers": 30,
    }  # fmt: skip


def _moment(maker: SampleMaker, days: int) -> datetime:
    """Ten in the morning, so many days ago."""
    return datetime.combine(maker.as_of - timedelta(days=days), time(10), UTC)


def _letters(
    maker: SampleMaker, of: Row, people: Sequence[Mapping[str, Any]], days: int, outcomes: Sequence[str]
) -> None:
    """Recipients, their letters and the answers to them."""
    start, code = _moment(maker, days), str(of["code"])
    chosen, out = people[: round(MOST * maker.scale)], people[round(MOST * maker.scale) :]
    maker.add("consent", [
        {"party": p["id"], "purpose": "fundraising", "channel": "email", "status": "given", "basis": "consent", "source": "form", "proof": "sample",
         "given_on": maker.as_of - timedelta(days=500)}
        for p in (chosen if code == "wells_appeal" else ())
    ])  # fmt: skip
    states = [
        _state(maker, of, party, n, start + timedelta(seconds=n)) for n, party in enumerate(chosen)
    ] + [
        {"mailing": of["id"], "party": party["id"], "address": party["email"], "state": "left_out", "stop": "no_consent"} for party in out
    ]  # fmt: skip
    rows = dict(zip((str(row["party"]) for row in states), maker.add("mailing_recipient", states), strict=True))
    gone = [row for row in states if row["state"] != "left_out"]
    subject = next(row["subject"] for row in TEMPLATES if row["code"] == code).replace("{{ party.name }}", "you")
    letters = maker.add("communication", [
        {
            "direction": "out", "channel": "email", "status": "bounced" if row["state"] == "bounced" else "sent", "party": row["party"],
            "subject": subject, "body": "Dear friend,\n\nsix of the ten wells of Turkana give water.", "topic": "appeal", "at": row["sent_at"],
            "sent_at": row["sent_at"], "mail_to": row["address"], "mailbox": of["box"], "owner": of["owner"], "mailing": of["id"],
            "template": of["template"], "recipient": rows[row["party"]], "purpose": "fundraising", "answer_wanted": "no", "sensitivity": "open",
        }
        for row in gone
    ])  # fmt: skip
    _answers(maker, of, [(row, id) for row, id in zip(gone, letters, strict=True) if row["state"] == "sent"], outcomes)


def _state(maker: SampleMaker, of: Row, party: Mapping[str, Any], n: int, at: datetime) -> Row:
    """What became of one letter."""
    rng = maker.rng(f"recipient_{of['code']}", n)
    row: Row = {"mailing": of["id"], "party": party["id"], "address": party["email"], "state": "sent", "sent_at": at}
    if rng.random() < CAME_BACK:
        row |= {"state": "bounced", "bounced_at": at + timedelta(minutes=3)}
    elif rng.random() < LEFT:
        row["unsubscribed_at"] = at + timedelta(days=1)
    return row


def _answers(maker: SampleMaker, of: Row, letters: Sequence[tuple[Row, str]], outcomes: Sequence[str]) -> None:
    """Some answer, most of these are answered in turn; one answer of each mailing serves an outcome."""
    code, came, written = str(of["code"]), list[Row](), list[Row]()
    for n, (row, letter) in enumerate(letters):
        rng = maker.rng(f"reply_{code}", n)
        if rng.random() >= ANSWERS[code]:
            continue
        at = row["sent_at"] + timedelta(hours=rng.uniform(1, 60))
        same: Row = {
            "channel": "email",
            "party": row["party"],
            "owner": of["owner"],
            "mailbox": of["box"],
            "mailing": of["id"],
            "sensitivity": "open",
        }
        came.append(same | {
            "direction": "in", "subject": f"Re: {rng.choice(REPLIES[code])}", "body": rng.choice(REPLIES[code]), "topic": "question", "at": at,
            "in_reply_to": letter, "mail_from": row["address"], **({"about": outcomes[0], "about_entity": "outcome"} if outcomes and not came else {}),
        })  # fmt: skip
        written.append(
            same
            | {
                "direction": "out",
                "subject": "Re: your letter",
                "topic": "question",
                "at": at + timedelta(hours=rng.uniform(2, 40)),
            }
        )
    ids = maker.add("communication", came)
    back = [
        row | {"in_reply_to": id}
        for n, (row, id) in enumerate(zip(written, ids, strict=True))
        if n % 5 and row["at"].date() < maker.as_of
    ]
    maker.add("communication", back)
    maker.shared.setdefault("mailing_answers", {}).update(
        (id, row["party"]) for id, row in zip(ids, came, strict=True) if not row.get("about")
    )


def _planned(maker: SampleMaker, template: str, box: str) -> None:
    """One to customers that waits for its sender: more answers are to be expected than there is time for."""
    buyers = [id for id in dict(maker.shared.get("customers", {})) if id]
    people = [row for row in maker.records("party", buyers[: round(MOST * maker.scale)]) if row["email"]]
    owner = maker.user("mei") or maker.user("ben")
    if not people:
        return
    (id,) = maker.add("mailing", [{
        "name": "Filters for coolers: offer", "template": template, "purpose": "service", "view": "customers", "owner": owner, "mailbox": box,
        "per_minute": 30, "answer_wanted": True, "status": "checked", "checked_at": _moment(maker, 1), "expected_answers": max(6, len(people) // 6),
        "free_answers": 4,
    }])  # fmt: skip
    seen: set[str] = set()
    rows = []
    for party in people:
        doubled = str(party["email"]).lower() in seen
        seen.add(str(party["email"]).lower())
        state = {"state": "left_out", "stop": "doubled"} if doubled else {"state": "planned"}
        rows.append({"mailing": id, "party": party["id"], "address": party["email"], **state})
    maker.add("mailing_recipient", rows)
