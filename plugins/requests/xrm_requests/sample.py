"""Sample requests: half a year of work between the departments, some of it undecided, planned, waiting and urgent, with the decisions about
it; people with skills, time and absences; what finished work taught; and the three requests of the demo's story."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any

from xrm_core.plugin import SampleMaker

from . import sample_story
from .sample_words import ASKED, CAUSES, DONE, QUESTIONS, REASONS, SKILLS

Row = dict[str, Any]
MOST = 200
OPEN = (("undecided", 16), ("doing", 8), ("planned", 16), ("waiting", 5), ("unclear", 5), ("done", 6))
"""How many of each state that is under way; the rest have ended."""
DOERS = tuple(sorted({one for _, doers, _ in ASKED.values() for one in doers}))
WEEKDAYS = (24, 21, 20, 19, 14, 1, 1)
EFFORTS = (15, 30, 45, 60, 90, 120)
KINDS = {"doing": "do_now", "planned": "plan", "waiting": "ask_back", "declined": "decline"}
VALUES: Mapping[str, str] = {
    "enquiry_question": "Which of them run today", "enquiry_fund": "WELLS", "enquiry_places": "Turkana", "receipt_year": "2025",
    "complaint_pieces": "2", "release_pieces": "40", "release_days_left": "3", "delay_days_left": "4", "credit_amount": "4200",
    "correction_number": "DN-2026-00041", "correction_wrong": "The amount: 250", "correction_right": "25, as the bank says", "address_seen": "The letter came back",
    "complaint_product": "Household filter, batch 14", "complaint_fault": "Leaks at the seal", "delay_order": "The frame contract for pumps",
    "certificate_kind_asked": "Declaration of conformity", "release_item": "Household filter", "release_for": "The spring order of the hospital",
    "credit_order": "The second order of this month", "invoice_number": "4711", "invoice_doubt": "Freight stands on it twice", "bereaved_who": "The head of the household",
    "health_fell": "Answers owed, and the trend", "access_what": "Contracts of suppliers, to read", "access_why": "The yearly audit",
}  # fmt: skip
FACTS: Mapping[str, tuple[str, ...]] = {
    "donor_enquiry": ("enquiry_question", "enquiry_fund", "enquiry_places"), "gift_correction": ("correction_number", "correction_wrong", "correction_right"),
    "receipt_copy": ("receipt_year",), "address_check": ("address_seen",), "quality_complaint": ("complaint_product", "complaint_fault", "complaint_pieces"),
    "delivery_delay": ("delay_order", "delay_promised", "delay_days_left"), "certificate_missing": ("certificate_kind_asked",),
    "release_stock": ("release_item", "release_pieces", "release_for", "release_days_left"), "credit_release": ("credit_amount", "credit_order"),
    "invoice_query": ("invoice_number", "invoice_doubt"), "bereavement": ("bereaved_who",), "health_drop": ("health_fell",),
    "access_need": ("access_what", "access_why"),
}  # fmt: skip


def make_requests(maker: SampleMaker) -> None:
    """Requests with their decisions, slots and articles"""
    if maker.user("dana") is None:
        return
    _people(maker)
    ranks: dict[str | None, int] = {}
    rows = [_row(maker, n, state, ranks) for n, state in enumerate(_states(maker))]
    ids = maker.add("request", [row for row, _ in rows])
    stored = list(zip(ids, (row for row, _ in rows), (extra for _, extra in rows), strict=True))
    _decisions(maker, stored)
    _slots(maker, stored)
    _knowledge(maker, stored)
    _learning(maker, ranks)
    sample_story.make(maker, ranks)


def _states(maker: SampleMaker) -> list[str]:
    under_way = [state for state, many in OPEN for _ in range(max(1, round(many * maker.scale)))]
    ended = round(MOST * maker.scale) - len(under_way)
    rng = maker.rng("request_states")
    return under_way + rng.choices(("accepted", "declined", "withdrawn"), (90, 7, 3), k=max(0, ended))


def _people(maker: SampleMaker) -> None:
    skills = [
        {"user": user, "skill": skill, "level": level}
        for name, known in SKILLS.items() if (user := maker.user(name)) for skill, level in known.items()
    ]  # fmt: skip
    maker.add("person_skill", skills)
    half = {"monday": 300, "tuesday": 300, "wednesday": 300, "thursday": 0, "friday": 0}
    maker.add("working_time", [{"user": maker.user("lena"), "from_on": maker.as_of - timedelta(days=400), **half}])
    away = (
        ("tomas", 5, 11, "training", "chiara"),
        ("felix", 20, 34, "holiday", "mei"),
        ("noor", -3, 4, "illness", None),
    )
    maker.add("absence", [
        {"user": maker.user(name), "from_on": maker.as_of + timedelta(days=a), "to_on": maker.as_of + timedelta(days=b), "kind": kind, "deputy": maker.user(deputy) if deputy else None}
        for name, a, b, kind, deputy in away
    ])  # fmt: skip
    budgets = (
        ("sales", "procurement", 2),
        ("procurement", "sales", 2),
        ("finance", "sales", 1),
        ("service", "major_gifts", 2),
    )
    pairs = {(maker.department(to), maker.department(by)): allowed for to, by, allowed in budgets}
    maker.add(
        "urgent_budget", [{"department": to, "trigger_department": by, "allowed": n} for (to, by), n in pairs.items()]
    )


def _row(maker: SampleMaker, n: int, state: str, ranks: dict[str | None, int]) -> tuple[Row, Row]:
    """A request, and what its decisions need beside it."""
    rng = maker.rng("request", n)
    asked = DOERS[n % len(DOERS)] if state == "undecided" else None  # everybody has something to decide
    kind = rng.choice([kind for kind, (_, doers, _) in ASKED.items() if asked is None or asked in doers])
    by, doers, subjects = ASKED[kind]
    trigger, doer = rng.choice([one for one in by if one not in doers] or by), asked or rng.choice(doers)
    sent = _moment(maker, rng, state)
    effort = rng.choice(EFFORTS)
    row: Row = {
        "type": kind, "subject": rng.choice(subjects), "trigger_user": maker.user(trigger), "status": state if state in ("unclear", "done", "accepted", "withdrawn") else "undecided",
        "need_by": sent + timedelta(days=rng.choice((1, 2, 3, 5, 8, 13))), "consequence": rng.choices(("delay", "cost", "relationship", "legal", "none"), (45, 20, 22, 6, 7))[0],
        "effort_left": effort, **_about(maker, rng, kind),
    }  # fmt: skip
    if state == "unclear":
        return {**row, "unclear_rounds": rng.choice((0, 1, 1, 2))}, {"doer": doer}
    row["facts"] = [{"fact": code, "value": _value(maker, rng, code)} for code in FACTS[kind]]
    row |= {
        "unclear_rounds": 1 if rng.random() < 0.09 else 0,
        "sent_at": sent,
        "doer": maker.user(doer),
        "doer_department": _home(maker, doer),
    }
    took = min(2400, int(rng.lognormvariate(3.8, 1.1)))
    row["decide_by"] = sent + timedelta(minutes=rng.choice((60, 120, 240)))
    extra: Row = {"state": state, "doer": doer, "at": sent + timedelta(minutes=took), "effort": effort, "rng": rng}
    if state in ("undecided", "doing", "planned", "waiting"):
        ranks[row["doer"]] = ranks.get(row["doer"], 0) + 1
        row["rank"] = ranks[row["doer"]]
    if state == "undecided":
        row["decide_by"] = datetime.combine(maker.as_of, time(9), UTC) + timedelta(
            minutes=rng.choice((-600, -120, 20, 45, 90, 150, 240, 400, 1500, 3000))
        )
        row["need_by"] = max(row["need_by"], row["decide_by"] + timedelta(hours=rng.choice((4, 26, 50, 98))))
    elif state == "declined":
        ranks[row["doer"]] = ranks.get(row["doer"], 0) + 1
        row["rank"] = ranks[row["doer"]]
    else:
        row |= {"decided_at": extra["at"], "decision_minutes": min(took, 900), "confirmed_right": True}
    if state in ("done", "accepted"):
        row |= _finished(rng, extra["at"], sent, state)
    if state != "undecided" and rng.random() < 0.05:
        row |= {
            "urgent": True,
            "urgent_at": sent,
            "urgent_reason": "Work stops tomorrow",
            "found_not_urgent": rng.random() < 0.33,
        }
    return row, extra


def _finished(rng: Random, decided: datetime, sent: datetime, state: str) -> Row:
    what, result = rng.choice(DONE)
    minutes = min(4800, int(rng.lognormvariate(6.9, 1.0)))
    done = decided + timedelta(minutes=minutes * 2)
    row: Row = {
        "done_what": what, "result": result, "cause": rng.choice(CAUSES), "done_at": done, "effort_left": 0, "effort_planned": rng.choice(EFFORTS),
        "fulfilment_minutes": minutes, "returned": 1 if rng.random() < 0.07 else 0,
    }  # fmt: skip
    if state == "accepted":
        silent = rng.random() < 0.3
        row |= {
            "accepted_at": done + timedelta(days=5 if silent else 1),
            "accepted_silently": silent,
            "rating": None if silent else rng.choice((3, 4, 4, 5, 5)),
        }
    return row


def _about(maker: SampleMaker, rng: Random, kind: str) -> Row:
    """The relationship that a request of a kind is about, where its domain is in use."""
    shared, entity = {
        "donor_enquiry": ("donors", "donor"), "gift_correction": ("donors", "donor"), "receipt_copy": ("donors", "donor"), "bereavement": ("donors", "donor"),
        "delivery_delay": ("suppliers", "supplier"), "certificate_missing": ("suppliers", "supplier"), "invoice_query": ("suppliers", "supplier"),
        "quality_complaint": ("customers", "customer"), "release_stock": ("customers", "customer"), "credit_release": ("customers", "customer"),
    }.get(kind, ("", ""))  # fmt: skip
    known = dict(maker.shared.get(shared, {})) if shared else {}
    if not known:
        return {}
    party = rng.choice(sorted(known, key=list(known).index))
    return {"party": party, "relationship": known[party], "relationship_entity": entity}


def _value(maker: SampleMaker, rng: Random, code: str) -> str:
    if code == "delay_promised":
        return (maker.as_of - timedelta(days=rng.randrange(2, 20))).isoformat()
    return VALUES[code]


def _home(maker: SampleMaker, name: str) -> str | None:
    (user,) = maker.records("user", [str(maker.user(name))])
    return user["department"] or maker.department("management")


def _moment(maker: SampleMaker, rng: Random, state: str) -> datetime:
    """A working hour: of the last days where it is under way, else of the last half year."""
    back = (
        rng.randrange(1, 4)
        if state in ("undecided", "unclear")
        else rng.randrange(2, 9)
        if state in ("doing", "planned", "waiting", "done")
        else rng.randrange(12, 180)
    )
    day = maker.as_of - timedelta(days=back)
    day -= timedelta(days=max(0, day.weekday() - 4))
    return datetime.combine(day, time(8 + rng.choice((1, 1, 2, 2, 3, 5, 6, 6, 7, 8)), rng.randrange(60)), UTC)


def _decisions(maker: SampleMaker, stored: list[tuple[str, Row, Row]]) -> None:
    rows: list[Row] = []
    for id, row, extra in stored:
        state = extra.get("state")
        if state in (None, "undecided", "withdrawn"):
            continue
        rng, told = extra["rng"], {"request": id, "by": row["doer"], "at": extra["at"]}
        if rng.random() < 0.14:
            others = [one for one in ASKED[row["type"]][1] if one != extra["doer"]]
            first = maker.user(others[0]) if others else maker.user("olu")
            rows.append(
                {
                    **told,
                    "by": first,
                    "kind": "hand_on",
                    "from_user": first,
                    "to_user": row["doer"],
                    "reason": rng.choice(("wrong_person", "wrong_person", "no_capacity")),
                    "at": extra["at"] - timedelta(minutes=30),
                }
            )
        if state in ("done", "accepted") and rng.random() < 0.12:
            rows.append(
                {
                    **told,
                    "kind": "ask_back",
                    "question": rng.choice(QUESTIONS),
                    "answer_by": extra["at"] + timedelta(days=2),
                    "at": extra["at"] - timedelta(minutes=20),
                }
            )
        kind = KINDS.get(str(state)) or rng.choices(("do_now", "plan"), (56, 44))[0]
        rows.append({**told, "kind": kind, **_told(maker, rng, kind)})
    maker.add("decision", rows)


def _told(maker: SampleMaker, rng: Random, kind: str) -> Row:
    if kind == "plan":
        return {"plan_on": _workday(maker.as_of + timedelta(days=rng.randrange(1, 12)))}
    if kind == "decline":
        return {"reason": rng.choice(REASONS), "reason_text": "See the earlier request."}
    if kind == "ask_back":
        return {
            "question": rng.choice(QUESTIONS),
            "answer_by": datetime.combine(maker.as_of + timedelta(days=rng.randrange(1, 4)), time(15), UTC),
        }
    return {}


def _workday(day: date) -> date:
    return day + timedelta(days=max(0, 7 - day.weekday()) if day.weekday() > 4 else 0)


def _slots(maker: SampleMaker, stored: list[tuple[str, Row, Row]]) -> None:
    """Planned work stands in the week, done work was spent."""
    rows: list[Row] = []
    for id, row, extra in stored:
        state = extra.get("state")
        if state in ("doing", "planned"):
            day = _workday(maker.as_of + timedelta(days=extra["rng"].randrange(0, 6)))
            rows.append({"user": row["doer"], "on": day, "minutes": extra["effort"], "request": id})
        elif state in ("done", "accepted"):
            spent = max(15, round(row["effort_planned"] * extra["rng"].choice((0.5, 1, 1, 1, 1.5, 2)) / 15) * 15)
            rows.append(
                {"user": row["doer"], "on": row["done_at"].date(), "minutes": spent, "request": id, "done": True}
            )
    monday = maker.as_of - timedelta(days=maker.as_of.weekday())
    for name in ("dana", "chiara", "samir", "mei"):
        rows += [
            {"user": maker.user(name), "on": monday + timedelta(days=7 * w), "minutes": 60, "kind": "reserved"}
            for w in range(3)
        ]
    maker.add("slot", rows)


def _knowledge(maker: SampleMaker, stored: list[tuple[str, Row, Row]]) -> None:
    """A few articles of finished work, and two that somebody wrote by hand; some helped, one was contradicted."""
    done = [
        (id, row, extra)
        for id, row, extra in stored
        if extra.get("state") == "accepted" and row["cause"] != "nothing_to_learn"
    ]
    rows = [
        {"title": f"{row['subject']}: {row['cause'].replace('_', ' ')}", "body": f"{row['done_what']}\n\n{row['result']}", "type": row["type"], "cause": row["cause"],
         "owner": row["doer"], "from_request": id, "status": "published" if n % 3 else "draft", "review_on": maker.as_of + timedelta(days=30 * n - 40)}
        for n, (id, row, _) in enumerate(done[: round(14 * maker.scale)])
    ]  # fmt: skip
    rows += [
        {"title": "Pump late: certificate first", "body": "Before a delivery is chased, look whether its certificate is valid. Customs keep it otherwise.", "type": "delivery_delay",
         "skill": "purchasing", "cause": "supplier", "owner": maker.user("chiara"), "status": "published", "review_on": maker.as_of + timedelta(days=200)},
        {"title": "Which wells run: where the readings are", "body": "The readings of each well stand with the outcome of the fund. Quote the last one with its day.", "type": "donor_enquiry",
         "skill": "impact", "owner": maker.user("dana"), "status": "published", "review_on": maker.as_of + timedelta(days=120)},
    ]  # fmt: skip
    ids = maker.add("article", rows)
    uses = [
        {"article": ids[-1 - n % 2], "request": id, "result": "contradicted" if n == 7 else ("solved", "solved", "helped")[n % 3], "at": row["done_at"], "by": row["doer"]}
        for n, (id, row, _) in enumerate(done[:12])
    ]  # fmt: skip
    maker.add("article_use", uses)


def _learning(maker: SampleMaker, ranks: dict[str | None, int]) -> None:
    """Data protection is needed and nobody has it to the level: with the lead, as a training need."""
    (need,) = maker.add("training_need", [{
        "skill": "data_protection", "level": 3, "department": maker.department("management"), "hours_waiting": 21,
        "nearest": [{"name": "Ruth Amberg", "level": 2, "needed": 3}], "nearest_words": "- Pavel Novák: level 2 of 3\n- Ruth Amberg: level 2 of 3",
    }])  # fmt: skip
    rows = []
    for n, subject in enumerate(("Wants to know what we store", "Wants to be forgotten")):
        sent = datetime.combine(_workday(maker.as_of - timedelta(days=7 + n)), time(10), UTC)
        lead = maker.user("ruth")
        ranks[lead] = ranks.get(lead, 0) + 1
        rows.append({
            "type": "data_subject_request", "subject": subject, "trigger_user": maker.user("dana"), "status": "undecided", "doer": lead,
            "doer_department": maker.department("management"), "rank": ranks[lead], "training_need": need, "sent_at": sent, "need_by": sent + timedelta(days=30),
            "decide_by": datetime.combine(maker.as_of + timedelta(days=1), time(12), UTC), "consequence": "legal", "effort_left": 180,
            "facts": [{"fact": "subject_right", "value": ("access", "erasure")[n]}, {"fact": "subject_came_in", "value": sent.date().isoformat()}, {"fact": "subject_identified", "value": "yes"}],
        })  # fmt: skip
    maker.add("request", rows)
