"""Sample requests: half a year of work between the departments, some of it undecided, planned, waiting and urgent, with the decisions about
it; people with skills, time and absences; what finished work taught; and the three requests of the demo's story."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any

from xrm_core.plugin import SampleMaker

from . import sample_story
from .sample_words import ASKED, CAUSES, DONE, QUESTIONS, REASONS, SAID, SKILLS

Row = dict[str, Any]
MOST = 200
OPEN = (("undecided", 26), ("doing", 13), ("planned", 18), ("waiting", 7), ("unclear", 5), ("done", 9))
"""How many of each state that is under way; the rest have ended."""
DOERS = tuple(sorted({one for _, doers, _ in ASKED.values() for one in doers}))
WEEKDAYS = (24, 21, 20, 19, 14, 1, 1)
EFFORTS, LARGER = (15, 30, 45, 60, 90, 120), (90, 120, 150, 180, 240)
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
    _from_mailings(maker, [row for row, _ in rows])
    _for_outcomes(maker, [row for row, _ in rows])
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
    asked = (
        DOERS[n % len(DOERS)] if state in ("undecided", "doing", "planned") else None
    )  # everybody has some work of each sort
    kind = rng.choice([kind for kind, (_, doers, _) in ASKED.items() if asked is None or asked in doers])
    by, doers, subjects = ASKED[kind]
    askers = [one for one in by if one not in doers] or list(by)
    trigger = (
        askers[n % len(askers)] if state in ("waiting", "done") else rng.choice(askers)
    )  # each has something to answer
    doer = asked or rng.choice(doers)
    sent = _moment(maker, rng, state)
    effort = rng.choice(LARGER if state in ("doing", "planned") else EFFORTS)
    row: Row = {
        "type": kind, "subject": rng.choice(subjects), "description": SAID[kind] if n % 3 else None, "trigger_user": maker.user(trigger), "status": state if state in ("unclear", "done", "accepted", "withdrawn") else "undecided",
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
        left = rng.choice((None, -45, 20, 45, 90, 150, 240, 400, 1500, 1800))
        if left is None:  # since the working day before
            day = maker.as_of - timedelta(days=3 if maker.as_of.weekday() == 0 else 1)
            row["decide_by"] = max(sent, datetime.combine(day, time(15, 30), UTC))
        else:
            moment = datetime.combine(maker.as_of, time(9), UTC) + timedelta(minutes=left)
            row["decide_by"] = moment + (_workday(moment.date()) - moment.date())
        row["need_by"] = max(row["need_by"], row["decide_by"] + timedelta(hours=rng.choice((4, 26, 50, 98))))
    elif state == "declined":
        ranks[row["doer"]] = ranks.get(row["doer"], 0) + 1
        row["rank"] = ranks[row["doer"]]
    else:
        row |= {"decided_at": extra["at"], "decision_minutes": min(took, 900), "confirmed_right": True}
    if state in ("doing", "planned"):
        extra["on"] = _workday(maker.as_of + timedelta(days=n % 3 // 2 if state == "doing" else 1 + n % 6))
        row["need_by"] = datetime.combine(extra["on"] + timedelta(days=state == "planned"), time(15), UTC)
    if state in ("done", "accepted"):
        row |= _finished(rng, extra["at"], datetime.combine(maker.as_of, time(8, 30), UTC), state)
    if state != "undecided" and rng.random() < 0.05:
        row |= {
            "urgent": True,
            "urgent_at": sent,
            "urgent_reason": "Work stops tomorrow",
            "found_not_urgent": rng.random() < 0.33,
        }
    return row, extra


def _finished(rng: Random, decided: datetime, now: datetime, state: str) -> Row:
    what, result = rng.choice(DONE)
    minutes = min(4800, int(rng.lognormvariate(6.9, 1.0)))
    on = _workday((decided + timedelta(minutes=minutes * 2)).date())
    done = datetime.combine(on, time(8 + minutes % 8, minutes % 60), UTC)
    if done > now:
        done = max(decided, now - timedelta(minutes=minutes % 480))
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
        "donor_enquiry": ("donors", "donor"), "gift_correction": ("donors", "donor"), "receipt_copy": ("donors", "donor"), "bereavement": ("donors", "donor"), "health_drop": ("donors", "donor"),
        "delivery_delay": ("suppliers", "supplier"), "certificate_missing": ("suppliers", "supplier"), "invoice_query": ("suppliers", "supplier"),
        "quality_complaint": ("customers", "customer"), "release_stock": ("customers", "customer"), "credit_release": ("customers", "customer"),
    }.get(kind, ("", ""))  # fmt: skip
    known = dict(maker.shared.get(shared, {})) if shared else {}
    if not known:
        return {}
    party = rng.choice(sorted(known, key=list(known).index))
    return {"party": party, "relationship": known[party], "relationship_entity": entity}


def _from_mailings(maker: SampleMaker, rows: Sequence[Row]) -> None:
    """Some enquiries of donors came of answers to mailings."""
    donors = dict(maker.shared.get("donors", {}))
    answers = [(id, party) for id, party in dict(maker.shared.get("mailing_answers", {})).items() if party in donors]
    asked = [row for row in rows if row["type"] == "donor_enquiry" and row["status"] != "unclear"]
    for row, (answer, party) in zip(asked[::2], answers[:4], strict=False):
        row |= {
            "about": answer, "about_entity": "communication", "party": party, "relationship": donors[party], "relationship_entity": "donor",
        }  # fmt: skip


def _for_outcomes(maker: SampleMaker, rows: Sequence[Row]) -> None:
    """Three of four requests about a relationship that has an agreed outcome serve it."""
    agreed = dict(maker.shared.get("outcome_of", {}))
    for n, row in enumerate(rows):
        outcome = agreed.get(row.get("relationship"))
        if outcome is not None and n % 4:
            row["outcome"] = outcome


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
        rows.append({**told, "kind": kind, **_told(maker, rng, kind, extra.get("on"))})
    maker.add("decision", rows)


def _told(maker: SampleMaker, rng: Random, kind: str, on: date | None) -> Row:
    if kind == "plan":
        return {"plan_on": on or _workday(maker.as_of + timedelta(days=rng.randrange(1, 12)))}
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
            rows.append({"user": row["doer"], "on": extra["on"], "minutes": extra["effort"], "request": id})
        elif state in ("done", "accepted"):
            spent = max(15, round(row["effort_planned"] * extra["rng"].choice((0.5, 1, 1, 1, 1.5, 2)) / 15) * 15)
            rows.append(
                {"user": row["doer"], "on": row["done_at"].date(), "minutes": spent, "request": id, "done": True}
            )
    maker.add("slot", [*rows, *_reserved(maker)])


def _reserved(maker: SampleMaker) -> list[Row]:
    """What everybody has to do anyway: the round on Monday, the work of each day; and a Thursday of Chiara's that is full."""
    monday, rows = maker.as_of - timedelta(days=maker.as_of.weekday()), list[Row]()
    for n, name in enumerate(DOERS):
        for day in range(15):
            on = monday + timedelta(days=day // 5 * 7 + day % 5)
            minutes = 90 + 30 * ((n + 3 * day) % 5)
            rows.append({"user": maker.user(name), "on": on, "minutes": minutes, "kind": "reserved"})
    rows.append({"user": maker.user("chiara"), "on": monday + timedelta(days=3), "minutes": 300, "kind": "reserved"})
    return rows


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
    near = [
        {"user": maker.user(user), "name": name, "skill": "data_protection", "level": SKILLS[user]["data_protection"], "needed": 3, "expired": None}
        for user, name in (("pavel", "Pavel Novák"), ("ruth", "Ruth Amberg"))
    ]  # fmt: skip
    (need,) = maker.add("training_need", [{
        "skill": "data_protection", "level": 3, "department": maker.department("management"), "hours_waiting": 2 * 5 * 8,
        "nearest": near, "nearest_words": "\n".join(f"- {one['name']}: level {one['level']} of 3" for one in near),
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
