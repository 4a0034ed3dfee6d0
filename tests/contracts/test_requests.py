"""Requests: clear, to the right doer, decided at once, within capacity, documented; each sentence tried on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from itertools import count
from time import sleep
from typing import Any
from urllib.parse import parse_qs

import pytest
from xrm_outcomes import screens
from xrm_requests import knowledge

from tests.contracts.conftest import with_plugins
from xrm_core.errors import Conflict, InvalidRecord, NotFound, Refused, VersionConflict
from xrm_core.metamodel.values import SYSTEM, Actor, Query
from xrm_core.plugin import Patch, ScreenAsked
from xrm_core.services import actions, lists, records, saving, schedules, undoing
from xrm_core.services.runtime import Runtime
from xrm_core.services.work import Work
from xrm_core.storage.faults import DriverFault
from xrm_core.storage.values import utc_text
from xrm_core.web.asked import Asked
from xrm_core.web.screen_reader import WorkScreenReader

NUMBERS = count()
ROWS = ("work", "knowledge", "identity", "contact", "hr", "giving", "correspondence", "outcome", "health")
METADATA = {
    "access/needs.yaml": "needs:\n" + "".join(f"  {name}: {{fundraising: W, management: W}}\n" for name in ROWS),
    "codes/requests.yaml": "extend: request_type\nvalues:\n  donor_enquiry: {department: fundraising}\n  health_drop: {department: fundraising}\n",
}
FACTS = [
    {"fact": "enquiry_question", "value": "Which wells run?"},
    {"fact": "enquiry_fund", "value": "WELLS"},
    {"fact": "enquiry_places", "value": "Turkana"},
]
DONE = {
    "done_what": "Looked it up.",
    "result": "Eight of ten run.",
    "cause": "supplier",
    "checked": ["enquiry_with_readings"],
}
runtime = with_plugins(["parties", "donors", "outcomes", "communications", "requests"], METADATA)


@pytest.fixture
def work(runtime: Runtime) -> Iterator[Work]:
    """A transaction of the platform, undone after the test."""
    with suppress(_Undo), runtime.work(SYSTEM, "api", write=True) as opened:
        yield opened
        raise _Undo


class _Undo(Exception):
    """Ends a transaction without keeping anything."""


def department(work: Work, code: str = "fundraising") -> str:
    """A department by its code."""
    found = lists.list_records(work, Query("department", ("id",), filter=f"record.code == '{code}'"))
    return str(found.rows[0]["id"])


def person(work: Work, level: int | None = None, **values: Any) -> str:
    """A user of fundraising, with a level of the skill that enquiries take."""
    n = next(NUMBERS)
    told = {"name": f"User {n}", "email": f"r{n}@x.example", "department": department(work), "roles": [], **values}
    id = str(records.create_record(work, "user", told)["id"])
    if level is not None:
        records.create_record(work, "person_skill", {"user": id, "skill": "impact", "level": level})
    return id


def asked(work: Work, by: str, **values: Any) -> dict[str, Any]:
    """An enquiry with its facts, needed in ten days, not sent yet."""
    told = {
        "type": "donor_enquiry",
        "subject": "Which wells run?",
        "trigger_user": by,
        "need_by": work.now + timedelta(days=10),
        "facts": FACTS,
    }
    return dict(records.create_record(work, "request", {**told, **values}))


def act(work: Work, request: Any, name: str, **values: Any) -> dict[str, Any]:
    """An action on a request; the request after it."""
    return dict(actions.run_action(work, "request", request["id"], name, values).record)


def ask(work: Work, request: Any, name: str, **values: Any) -> Any:
    """What an action that reads answers."""
    return actions.run_action(work, "request", request["id"], name, values).result


def sent(work: Work, **values: Any) -> dict[str, Any]:
    """An enquiry that is with somebody who can do it."""
    trigger, doer = person(work), person(work, 3)
    return act(work, asked(work, trigger, **values), "send", doer=doer, other_choice="asked_for")


def slots(work: Work, request: Any) -> int:
    """Minutes that are planned for a request."""
    rows = work.reader.children("request", "slots", request["id"])
    return sum(row["minutes"] for row in rows if row["kind"] == "work" and not row["done"])


def refused(work: Work, request: Any, name: str, **values: Any) -> Any:
    """The first problem of an action that is refused; nothing of it is kept."""
    with pytest.raises(InvalidRecord) as fault, work.tx.savepoint():
        act(work, request, name, **values)
    work.forget()
    return fault.value.problems[0]


# ---- clear
def test_without_its_facts_it_cannot_be_sent(work: Work) -> None:
    """A request without its required facts stays unclear, tells the missing points, and each try counts as a round of asking."""
    person(work, 4)
    request = asked(work, person(work), facts=FACTS[:1])
    assert request["status"] == "unclear"
    assert request["missing"] == ["enquiry_fund", "enquiry_places"]
    for rounds in (1, 2):
        request = act(work, request, "send")
        assert (request["status"], request["unclear_rounds"], request["doer"]) == ("unclear", rounds, None)
    assert work.reader.value("request", request, "rounds_of_asking") == 2


@pytest.mark.parametrize(
    ("type", "fact", "value"),
    [("quality_complaint", "complaint_pieces", "many"), ("data_subject_request", "subject_came_in", "tomorrow"), ("data_subject_request", "subject_right", "revenge"), ("donor_enquiry", "credit_amount", "5")],
)  # fmt: skip
def test_facts_are_of_their_kind(work: Work, type: str, fact: str, value: str) -> None:
    """A number is a number, a day a day, a choice one of its list; and a fact belongs to the kind of the request."""
    with pytest.raises(InvalidRecord):
        asked(work, person(work), type=type, facts=[{"fact": fact, "value": value}])


# ---- to the right doer
def test_doers_are_ranked_with_the_reason(work: Work) -> None:
    """Those with the skill are ranked by level, free time and load, in words; the one below the level is out."""
    low, some, best = person(work, 1), person(work, 2), person(work, 4)
    found = [one["user"] for one in ask(work, asked(work, low), "propose") if one["user"] in (low, some, best)]
    assert found == [best, some]
    words = {one["user"]: one["words"] for one in ask(work, asked(work, low), "propose")}
    assert "teaches this" in words[best]
    assert " free until " in words[best]
    assert work.reader.shown((work.now + timedelta(days=10)).date()) in words[best]
    assert "load 0 %" in words[best]


def test_another_choice_asks_for_a_reason(work: Work) -> None:
    """Sending to somebody else than the first proposed takes a reason code; somebody without the skill is refused."""
    trigger, first, second = person(work), person(work, 4), person(work, 2)
    records.create_record(work, "person_skill", {"user": first, "skill": "products", "level": 1})
    request = asked(work, trigger)
    assert refused(work, request, "send", doer=second).field == "other_choice"
    assert refused(work, request, "send", doer=trigger, other_choice="asked_for").field == "doer"
    request = act(work, request, "send", doer=second, other_choice="learning")
    assert (request["status"], request["doer"], request["other_choice"]) == ("undecided", second, "learning")
    assert request["suggested"][0]["score"] >= request["suggested"][-1]["score"]


def test_expired_and_absent_people_are_out(work: Work) -> None:
    """A skill that has expired counts no more, and who is away until it is needed is not proposed."""
    expired, away, here = person(work), person(work, 4), person(work, 2)
    records.create_record(
        work,
        "person_skill",
        {"user": expired, "skill": "impact", "level": 4, "valid_until": work.today - timedelta(days=1)},
    )
    records.create_record(
        work,
        "absence",
        {
            "user": away,
            "from_on": work.today,
            "to_on": work.today + timedelta(days=30),
            "kind": "holiday",
            "deputy": here,
        },
    )
    users = [one["user"] for one in ask(work, asked(work, person(work)), "propose")]
    assert here in users
    assert not {expired, away} & set(users)
    stands_in = work.reader.find("deputy", "record.user == given.user", {"user": away})
    assert [row["deputy"] for row in stands_in] == [here]


def test_nobody_qualified_goes_to_the_lead_with_a_training_need(work: Work) -> None:
    """Nobody has the skill to the level: the request goes to the lead, and a training need says the skill and who comes nearest."""
    lead, near = person(work, is_lead=True), person(work)
    records.create_record(work, "person_skill", {"user": near, "skill": "products", "level": 2})
    facts = [
        {"fact": "complaint_product", "value": "F40"},
        {"fact": "complaint_fault", "value": "leaks"},
        {"fact": "complaint_pieces", "value": "2"},
    ]
    request = act(work, asked(work, person(work), type="quality_complaint", facts=facts), "send")
    need = work.reader.get("training_need", request["training_need"])
    assert request["status"] == "undecided"
    assert work.reader.get("user", request["doer"])["is_lead"]
    assert lead
    assert need is not None
    assert (need["skill"], need["level"]) == ("products", 3)
    assert near in {one["user"] for one in need["nearest"]}
    assert work.reader.value("training_need", need, "waiting") == 1
    second = act(work, asked(work, person(work), type="quality_complaint", facts=facts), "send")
    assert second["training_need"] == need["id"]


def test_the_chain_is_kept(work: Work) -> None:
    """Who sees it first confirms to be the right one or hands it on with the reason; the chain is kept, and wrong doers count."""
    request, other = sent(work), person(work, 3)
    assert act(work, request, "confirm_right")["confirmed_right"] is True
    first = request["doer"]
    request = act(work, request, "hand_on", to_user=other, reason="wrong_person", reason_text="Knows the pumps")
    assert (request["status"], request["doer"], request["confirmed_right"], request["current_decision"]) == (
        "undecided",
        other,
        False,
        None,
    )
    (decision,) = work.reader.children("request", "decisions", request["id"])
    assert (decision["kind"], decision["from_user"], decision["to_user"]) == ("hand_on", first, other)
    assert work.reader.value("request", request, "handed_on") == 1
    assert work.reader.value("request", request, "wrong_doer") is True
    assert refused(work, request, "hand_on", to_user=person(work), reason="other").field == "to_user"


# ---- decided at once
def test_every_verb_gives_its_state(work: Work) -> None:
    """Do now, plan, decline and ask back each make a decision record that the request has in force; deciding is not fulfilling."""
    day = work.today + timedelta(days=7)
    for verb, values, status in (
        ("do_now", {}, "doing"), ("plan", {"plan_on": day}, "planned"), ("decline", {"reason": "out_of_scope"}, "declined"), ("ask_back", {"question": "Which?"}, "waiting"),
    ):  # fmt: skip
        request = act(work, sent(work), verb, **values)
        decision = work.reader.get("decision", request["current_decision"])
        assert request["status"] == status
        assert decision is not None
        assert decision["kind"] == request["decided_as"] == verb
        assert request["decided_at"] is not None
        assert request["done_at"] is None
        assert request["decision_minutes"] is not None


def test_a_decision_is_never_overwritten(work: Work) -> None:
    """The next decision replaces the one before, which stays as it was written."""
    request = act(work, sent(work), "plan", plan_on=work.today + timedelta(days=5))
    first = request["current_decision"]
    request = act(work, request, "plan", plan_on=work.today + timedelta(days=8))
    second = work.reader.get("decision", request["current_decision"])
    assert second is not None
    assert second["replaces"] == first
    assert second["id"] != first
    with pytest.raises((Refused, InvalidRecord, Conflict)):
        records.update_record(work, "decision", str(first), {"reason_text": "otherwise"})


def test_on_its_day_it_is_undecided_again(runtime: Runtime, work: Work) -> None:
    """On the day of a plan, and when nobody answers in time, a request is undecided again for a named person with a new deadline."""
    planned = act(work, sent(work), "plan", plan_on=work.today)
    waiting = act(work, sent(work), "ask_back", question="Which batch?", answer_by=work.now + timedelta(hours=1))
    later = act(work, sent(work), "plan", plan_on=work.today + timedelta(days=6))
    work.now += timedelta(hours=2)
    _tick(runtime, work, "keep_requests")
    for request in (planned, waiting):
        now = work.reader.get("request", request["id"])
        assert now is not None
        assert (now["status"], now["doer"], now["current_decision"]) == (
            "undecided",
            request["doer"],
            None,
        )
        assert now["decide_by"] > work.now
    assert work.reader.get("request", later["id"])["status"] == "planned"  # type: ignore[index]


def test_an_answer_brings_it_back(work: Work) -> None:
    """The trigger answers: it is undecided again for the doer, and the wait does not count against him."""
    request = act(work, sent(work), "ask_back", question="Which batch?")
    request = act(work, request, "answer", answer="Batch 14")
    assert (request["status"], request["answer"], request["waiting_since"]) == ("undecided", "Batch 14", None)
    assert work.reader.value("request", request, "asked_back") == 1


def test_past_the_deadline_it_is_with_the_lead(runtime: Runtime, work: Work) -> None:
    """Undecided past its deadline a request stands on the lead's list."""
    lead = person(work, is_lead=True)
    request = sent(work)
    work.tx.do('UPDATE "request" SET "decide_by" = "sent_at" WHERE "id" = ?', (request["id"],))
    work.forget()
    work.now += timedelta(minutes=1)
    _tick(runtime, work, "keep_requests")
    assert work.reader.get("request", request["id"])["escalated_at"] is not None  # type: ignore[index]
    with acting(work, lead) as theirs:
        rows = lists.list_records(
            theirs, lists.query_of_view(theirs, theirs.catalog.views["requests_for_the_lead"], columns=("id",))
        ).rows
        assert request["id"] in {row["id"] for row in rows}


@pytest.mark.parametrize(
    "values",
    [
        "\"status\" = 'doing', \"current_decision\" = NULL", "\"doer\" = NULL", "\"decide_by\" = NULL", "\"status\" = 'planned'",
        "\"status\" = 'pending'", "\"status\" = 'waiting', \"decided_as\" = 'plan'", "\"status\" = 'done'",
    ],
)  # fmt: skip
def test_nothing_between_can_be_stored(work: Work, values: str) -> None:
    """There is no pending state: the database itself refuses a request that is neither undecided with a named person and a deadline nor
    decided, also to whoever writes past the platform."""
    request = sent(work)
    with pytest.raises(DriverFault), work.tx.savepoint():
        work.tx.do(f'UPDATE "request" SET {values} WHERE "id" = ?', (request["id"],))


def test_the_decision_in_force_is_of_its_kind_and_about_it(work: Work) -> None:
    """The decision in force is one about this very request, of the kind that the request says: no door takes another."""
    one, other = (act(work, sent(work), "plan", plan_on=work.today + timedelta(days=2)) for _n in range(2))
    with pytest.raises(InvalidRecord), work.tx.savepoint():
        saving.carry_out(
            work, "request", [Patch("request", one["id"], {"current_decision": other["current_decision"]})]
        )
    declined = act(work, sent(work), "decline", reason="duplicate")
    wrong = {"decided_as": "decline", "current_decision": declined["current_decision"]}
    with pytest.raises(InvalidRecord), work.tx.savepoint():
        saving.carry_out(work, "request", [Patch("request", one["id"], wrong)])


def test_nor_does_the_database_take_another(work: Work) -> None:
    """Nor is another stored past the platform: a decision about another request, another kind, or a decision that changes under it."""
    one, other = (act(work, sent(work), "plan", plan_on=work.today + timedelta(days=2)) for _n in range(2))
    mine, theirs = one["current_decision"], other["current_decision"]
    for sql, values in (
        ('UPDATE "request" SET "current_decision" = ? WHERE "id" = ?', (theirs, one["id"])),
        ('UPDATE "request" SET "status" = \'doing\', "decided_as" = \'do_now\' WHERE "id" = ?', (one["id"],)),
        ('UPDATE "decision" SET "kind" = \'do_now\' WHERE "id" = ?', (mine,)),
        ('UPDATE "decision" SET "request" = ? WHERE "id" = ?', (other["id"], mine)),
        ('DELETE FROM "decision" WHERE "id" = ?', (mine,)),
    ):
        with pytest.raises(DriverFault), work.tx.savepoint():
            work.tx.do(sql, values)


def test_two_decide_and_one_wins(runtime: Runtime) -> None:
    """Two people decide the same request: the first wins, the second is told what was decided and by whom."""
    with runtime.work(SYSTEM, "api", write=True) as work:
        request = sent(work)
    with runtime.work(SYSTEM, "api", write=True) as first:
        act(first, request, "do_now")
    with runtime.work(SYSTEM, "api", write=True) as second, pytest.raises(VersionConflict) as fault:
        actions.run_action(second, "request", request["id"], "decline", {"reason": "other"}, request["version"])
    assert fault.value.current is not None
    assert fault.value.current["status"] == "doing"
    with runtime.work(SYSTEM, "api", write=True) as third, pytest.raises(InvalidRecord) as closed:
        act(third, request, "confirm_right")
    assert "Do now" in closed.value.problems[0].message


def test_two_at_once_do_not_take_the_same_time(runtime: Runtime) -> None:
    """Two decisions for one doer at the same moment: the second waits for the first and sees what it left, so that the free time of a
    day is taken once; it is refused with the ways out."""
    with runtime.work(SYSTEM, "api", write=True) as work:
        one = sent(work, effort_left=1800)
        other = act(
            work,
            asked(work, one["trigger_user"], effort_left=1800),
            "send",
            doer=one["doer"],
            other_choice="continuity",
        )
        until = work.today + timedelta(days=9)

    def second() -> str:
        try:
            with runtime.work(SYSTEM, "api", write=True) as theirs:
                return str(act(theirs, other, "plan", plan_on=until)["status"])
        except InvalidRecord as fault:
            return fault.problems[0].code

    with ThreadPoolExecutor(1) as pool:
        with runtime.work(SYSTEM, "api", write=True) as first:
            act(first, one, "plan", plan_on=until)
            found = pool.submit(second)
            while runtime.database.dialect == "postgresql" and not found.done() and not _waiting(runtime):
                sleep(0.005)
        assert found.result(30) == "no_capacity"


def _waiting(runtime: Runtime) -> bool:
    """Whether somebody waits for a name that somebody else holds."""
    with runtime.database.read() as tx:
        return bool(tx.ask("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted", ()))


def test_only_doer_and_lead_decide(runtime: Runtime, work: Work) -> None:
    """Decisions are made by the doer, or by the lead of his department; nobody else, and the trigger withdraws."""
    request = sent(work)
    other, lead = person(work, 3), person(work, is_lead=True)
    with acting(work, other) as theirs, pytest.raises((Refused, NotFound)):
        act(theirs, request, "do_now")
    with acting(work, request["trigger_user"]) as theirs, pytest.raises(Refused):
        act(theirs, request, "decline", reason="other")
    with acting(work, lead) as theirs:
        assert act(theirs, request, "do_now")["status"] == "doing"


def test_a_decision_can_be_taken_back(runtime: Runtime) -> None:
    """A decision is undone as one act: the request is undecided as before, its slots and the decision are gone."""
    with runtime.work(SYSTEM, "api", write=True) as work:
        request = sent(work)
        doer = actor_of(work, request["doer"])
    with runtime.work(doer, "web", write=True) as work:
        act(work, request, "do_now")
        offer = undoing.offer(work)
    assert offer is not None
    with runtime.work(doer, "web", write=True) as work:
        undoing.undo(work, offer.id)
    with runtime.work(SYSTEM, "api", write=True) as work:
        now = records.read_record(work, "request", request["id"])
        assert (now["status"], now["current_decision"]) == ("undecided", None)
        assert slots(work, request) == 0
        assert not work.reader.children("request", "decisions", request["id"])


# ---- within finite capacity
def test_effort_finds_its_place(work: Work) -> None:
    """A decision to do or to plan places the effort on days that have room, until its day."""
    request = act(work, sent(work, effort_left=600), "plan", plan_on=work.today + timedelta(days=9))
    assert slots(work, request) == 600
    rows = [s for s in work.reader.children("request", "slots", request["id"]) if s["minutes"]]
    assert all(s["on"].weekday() < 5 and s["minutes"] <= 375 and s["minutes"] % 15 == 0 for s in rows)


def test_more_than_there_is_needs_a_way_out(work: Work) -> None:
    """Taking on more than there is is refused with the ways out; something is moved or dropped in the same step, or the overrule is recorded."""
    until = work.today + timedelta(days=9)
    full = act(work, sent(work, effort_left=1500), "plan", plan_on=until)
    request = asked(work, full["trigger_user"], effort_left=1800)
    request = act(work, request, "send", doer=full["doer"], other_choice="continuity")
    problem = refused(work, request, "plan", plan_on=until)
    assert problem.code == "no_capacity"
    assert full["number"] in problem.hint
    assert "Drop" in problem.hint
    assert {way["action"] for way in ask(work, request, "room", until=until)["ways"]} >= {"move", "drop"}
    with suppress(_Undo), work.tx.savepoint():
        moved = act(work, request, "plan", plan_on=until, move=full["id"], move_to=work.today + timedelta(days=30))
        other = work.reader.get("request", full["id"])
        assert moved["status"] == "planned"
        assert other is not None
        assert other["plan_on"] == work.today + timedelta(days=30)
        assert slots(work, full) == 1500
        assert slots(work, request) == 1800
        raise _Undo
    work.forget()
    with suppress(_Undo), work.tx.savepoint():
        act(work, request, "plan", plan_on=until, drop=full["id"])
        assert work.reader.get("request", full["id"])["status"] == "declined"
        assert slots(work, full) == 0
        raise _Undo
    work.forget()
    over = act(work, request, "plan", plan_on=until, overrule_reason="The donor decides tomorrow")
    assert work.reader.get("decision", over["current_decision"])["overrule_reason"]
    assert slots(work, request) == 1800


# ---- a priority that means something
def test_no_two_are_equal_and_raising_shows_what_moves(work: Work) -> None:
    """Rank is an order: two requests of one doer never share a place, raising one says first what goes down."""
    one = sent(work)
    rest = [
        act(
            work,
            asked(work, one["trigger_user"], subject=f"More {n}"),
            "send",
            doer=one["doer"],
            other_choice="continuity",
        )
        for n in range(3)
    ]
    assert [r["rank"] for r in (one, *rest)] == [1, 2, 3, 4]
    told = ask(work, rest[-1], "shifts", to=2)
    assert [(row["rank"], row["becomes"]) for row in told] == [(4, 2), (2, 3), (3, 4)]
    act(work, rest[-1], "raise_rank", to=2)
    ranks = [work.reader.get("request", r["id"])["rank"] for r in (one, *rest)]  # type: ignore[index]
    assert ranks == [1, 3, 4, 2]
    with pytest.raises((DriverFault, Conflict)), work.tx.savepoint():
        work.tx.do('UPDATE "request" SET "rank" = 1 WHERE "id" = ?', (rest[0]["id"],))


def test_a_rise_can_be_taken_back(runtime: Runtime) -> None:
    """Raising is undone as one act: all stand where they stood; and done again where the undo is taken back. Where one of them moved
    since, nothing is."""

    def ranks() -> list[int]:
        with runtime.work(SYSTEM, "api") as work:
            return [records.read_record(work, "request", r["id"])["rank"] for r in rest]

    with runtime.work(SYSTEM, "api", write=True) as work:
        one = sent(work)
        given = {"doer": one["doer"], "other_choice": "continuity"}
        rest = [one, *(act(work, asked(work, one["trigger_user"]), "send", **given) for __ in range(3))]
        doer = actor_of(work, one["doer"])
    with runtime.work(doer, "web", write=True) as work:
        act(work, rest[3], "raise_rank", to=2)
        offer = undoing.offer(work)
    assert ranks() == [1, 3, 4, 2]
    assert offer is not None
    with runtime.work(doer, "web", write=True) as work:
        undoing.undo(work, offer.id)
        again = undoing.offer(work)
    assert ranks() == [1, 2, 3, 4]
    assert again is not None
    with runtime.work(doer, "web", write=True) as work:
        undoing.undo(work, again.id)
        last = undoing.offer(work)
    assert ranks() == [1, 3, 4, 2]
    assert last is not None
    with runtime.work(doer, "web", write=True) as work:
        act(work, rest[2], "raise_rank", to=1)
    with pytest.raises(Conflict), runtime.work(doer, "web", write=True) as work:
        undoing.undo(work, last.id)
    assert ranks() == [2, 4, 1, 3]


def test_urgent_meets_its_definition_and_fits_a_budget(work: Work) -> None:
    """Urgent takes the emergency of its kind and a free place in the budget; else the urgent ones are listed, and the lead grants it with a reason."""
    home = department(work)
    records.create_record(work, "urgent_budget", {"department": home, "trigger_department": home, "allowed": 1})
    first = sent(work, need_by=work.now + timedelta(hours=20), consequence="relationship")
    calm = act(work, asked(work, first["trigger_user"]), "send", doer=first["doer"], other_choice="continuity")
    assert refused(work, calm, "make_urgent", urgent_reason="Because").code == "no_emergency"
    first = act(work, first, "make_urgent", urgent_reason="She decides today")
    assert first["urgent"]
    assert first["rank"] == 1
    second = asked(work, first["trigger_user"], need_by=work.now + timedelta(hours=20), consequence="relationship")
    second = act(work, second, "send", doer=first["doer"], other_choice="continuity")
    problem = refused(work, second, "make_urgent", urgent_reason="Another one")
    assert problem.code == "budget"
    assert first["number"] in problem.hint
    second = act(work, second, "grant_urgent", urgent_reason="Both donors decide today")
    assert second["urgent"]
    assert second["rank"] == 1
    assert act(work, second, "not_urgent")["found_not_urgent"] is True


# ---- documented, and learnt from
def test_done_is_documented_and_accepted(work: Work) -> None:
    """Done takes what was done, the outcome, a cause and the checklist; an article is drafted, the trigger accepts it or sends it back, counted."""
    request = act(work, sent(work), "do_now")
    for missing in ("done_what", "result", "cause", "checked"):
        assert refused(work, request, "finish", **{n: v for n, v in DONE.items() if n != missing}).field == missing
    request = act(work, request, "finish", **DONE, minutes=45)
    (article,) = work.reader.children("request", "articles", request["id"])
    assert request["status"] == "done"
    assert "Looked it up." in article["body"]
    assert article["status"] == "draft"
    assert work.reader.value("request", request, "effort_spent") == 45
    request = act(work, request, "send_back", reason_text="Two wells are missing")
    assert (request["status"], request["returned"], request["done_at"]) == ("undecided", 1, None)
    request = act(work, act(work, act(work, request, "do_now"), "finish", **DONE), "accept", rating=5)
    assert (request["status"], request["rating"], request["accepted_silently"]) == ("accepted", 5, False)


def test_nothing_to_learn_makes_no_article(work: Work) -> None:
    """The cause "nothing to learn" is counted and drafts nothing."""
    request = act(work, act(work, sent(work), "do_now"), "finish", **{**DONE, "cause": "nothing_to_learn"})
    assert not work.reader.children("request", "articles", request["id"])


def test_silence_accepts_after_five_working_days(runtime: Runtime, work: Work) -> None:
    """Neither accepted nor sent back for five working days: accepted, and marked so."""
    request = act(work, act(work, sent(work), "do_now"), "finish", **DONE)
    work.now += timedelta(days=4)
    _tick(runtime, work, "keep_requests")
    assert work.reader.get("request", request["id"])["status"] == "done"  # type: ignore[index]
    work.now += timedelta(days=5)
    _tick(runtime, work, "keep_requests")
    now = work.reader.get("request", request["id"])
    assert now is not None
    assert now["status"] == "accepted"
    assert now["accepted_silently"] is True


def test_nearest_articles_come_with_the_reason_and_count(work: Work) -> None:
    """A new request shows the articles nearest to it with the reason; one that solved it counts, one contradicted twice goes to review."""
    doer = person(work, 4)
    texts = {
        "title": "Which wells run: look at the readings",
        "body": "Turkana wells: readings",
        "type": "donor_enquiry",
        "owner": doer,
    }
    article = records.create_record(work, "article", texts)
    with pytest.raises(InvalidRecord):
        act(work, asked(work, doer), "use_article", article="01890a5d-0000-7000-8000-000000000000", result="solved")
    work.forget()
    records.update_record(work, "article", article["id"], {"status": "published"})
    request = sent(work)
    found = ask(work, request, "nearest")["articles"]
    assert found[0]["id"] == article["id"]
    assert "the same kind" in found[0]["words"]
    act(work, request, "use_article", article=article["id"], result="solved")
    assert work.reader.value("article", work.reader.get("article", article["id"]), "solved") == 1  # type: ignore[arg-type]
    for _ in range(2):
        act(work, request, "use_article", article=article["id"], result="contradicted")
    assert work.reader.get("article", article["id"])["status"] == "in_review"  # type: ignore[index]


def test_what_nobody_uses_goes_to_review(work: Work) -> None:
    """A published article that nobody has used for a year goes to review before its day; one that was used stays."""
    owner, long_ago = person(work), work.now - timedelta(days=400)
    made = []
    for title in ("Used", "Unused"):
        values = {
            "title": title,
            "body": "How",
            "owner": owner,
            "status": "published",
            "review_on": work.today + timedelta(days=90),
        }
        work.door = "import"
        id = str(records.create_record(work, "article", values)["id"])
        work.door = "api"
        moment = long_ago if work.tx.dialect != "sqlite" else utc_text(long_ago)
        work.tx.do('UPDATE "article" SET "created_at" = ? WHERE "id" = ?', (moment, id))
        made.append(id)
    request = sent(work)
    use = {"article": made[0], "request": request["id"], "result": "helped", "at": work.now, "by": owner}
    records.create_record(work, "article_use", use)
    found = {change.id for change in knowledge.due_for_review(work.reader, work.today)}
    assert made[1] in found
    assert made[0] not in found


def test_an_article_shows_no_more_than_its_source(runtime: Runtime, work: Work) -> None:
    """Who may not read the request that an article comes from does not find the article either: not in lists, not among the nearest."""
    request = act(work, act(work, sent(work), "do_now"), "finish", **DONE)
    (article,) = work.reader.children("request", "articles", request["id"])
    records.update_record(work, "article", article["id"], {"status": "published"})
    stranger = person(work, department=department(work, "management"))
    own = asked(work, stranger, subject="Which wells run?")
    with acting(work, request["doer"]) as theirs:
        assert article["id"] in {row["id"] for row in lists.list_records(theirs, Query("article", ("id",))).rows}
    with acting(work, stranger) as theirs:
        assert article["id"] not in {row["id"] for row in lists.list_records(theirs, Query("article", ("id",))).rows}
        found = ask(theirs, own, "nearest")
        assert article["id"] not in {one["id"] for one in found["articles"]}
        assert request["id"] not in {one["id"] for one in found["requests"]}


# ---- beside outcomes
def test_a_lower_band_is_a_request_once(work: Work) -> None:
    """A relationship that falls into a lower band becomes a request to its owner, once per band and thirty days; open requests are a part of health."""
    owner = person(work, 2)
    party = records.create_record(work, "party", {"kind": "organisation", "name": f"Firm {next(NUMBERS)}"})
    donor = records.create_record(
        work, "donor", {"party": party["id"], "type": "company", "owner": owner, "department": department(work)}
    )
    from xrm_core.metamodel.values import Patch
    from xrm_core.services.saving import carry_out

    for band in ("good", "watch", "good", "watch", "risk"):
        carry_out(work, "test", [Patch("donor", donor["id"], {"health_band": band})])
    rows = work.reader.find(
        "request", "record.relationship == given.one && record.type == 'health_drop'", {"one": donor["id"]}
    )
    assert [(row["status"], row["doer"]) for row in rows] == [("undecided", owner)] * 2
    other = records.create_record(work, "party", {"kind": "organisation", "name": f"Firm {next(NUMBERS)}"})
    kept = records.create_record(
        work, "donor", {"party": other["id"], "type": "company", "owner": owner, "department": department(work)}
    )
    for model, band in ((1, "good"), (2, "risk")):  # another formula, the same relationship
        carry_out(work, "test", [Patch("donor", kept["id"], {"health_band": band, "health_model": model})])
    assert not work.reader.find("request", "record.relationship == given.one", {"one": kept["id"]})
    measure = work.reader.code("health_signal", "open_requests")["measure"]
    assert work.reader.evaluate("donor", work.reader.get("donor", donor["id"]), measure) == 100  # type: ignore[arg-type]


def _tick(runtime: Runtime, work: Work, name: str) -> None:
    """The work of a schedule in this transaction."""
    schedule = runtime.host.schedules[name]
    work.forget()
    assert not schedules._save(work, schedule, schedules._asked(work, schedule))
    work.forget()


def actor_of(work: Work, user: str) -> Actor:
    """A user of the test as he acts: with his department, which he may lead."""
    record = work.reader.get("user", user)
    assert record is not None
    home = work.reader.get("department", record["department"])
    assert home is not None
    leads = frozenset({home["id"]}) if record["is_lead"] else frozenset()
    return Actor(
        user,
        record["name"],
        frozenset(record["roles"] or ()),
        frozenset({home["id"]}),
        leads,
        units=frozenset({home["code"]}),
    )


@contextmanager
def acting(work: Work, user: str) -> Iterator[Work]:
    """The same transaction as a user has it."""
    before, work.actor = work.actor, actor_of(work, user)
    work.forget()
    try:
        yield work
    finally:
        work.actor = before
        work.forget()


# ---- what it is for
def test_effort_without_an_outcome_and_outcomes_without_effort(work: Work) -> None:
    """Work and letters about a relationship that serve no outcome are told with the relationship, those that do are not; an agreed
    outcome that nothing was done for is told with the others; each figure leads to a list with as many; who sees nothing of it gets none."""
    trigger, doer = person(work), person(work, 3, roles=["fundraiser"])
    party = records.create_record(work, "party", {"kind": "organisation", "name": "Effort Ltd"})["id"]
    about = {
        "relationship": records.create_record(
            work, "donor", {"party": party, "owner": doer, "department": department(work)}
        )["id"],
        "relationship_entity": "donor",
    }
    told = {
        **about, "side": "ours", "owner": doer, "direction": "more", "baseline": 0, "target": 10, "baseline_on": work.today, "status": "agreed",
        "due_on": work.today + timedelta(days=100),
    }  # fmt: skip
    busy, _idle = (
        records.create_record(work, "outcome", {**told, "statement": name})["id"] for name in ("Zz busy", "Zz idle")
    )
    for outcome in (None, None, busy):
        letter = {
            "party": party,
            "direction": "in",
            "channel": "letter",
            "subject": "A letter",
            "owner": doer,
            "outcome": outcome,
            **about,
        }
        records.create_record(work, "communication", letter)
        request = act(
            work, asked(work, trigger, outcome=outcome, **about), "send", doer=doer, other_choice="continuity"
        )
        act(work, act(work, request, "do_now"), "finish", **DONE, minutes=60)

    def report(of: Work) -> Any:
        return screens.effort(ScreenAsked(), WorkScreenReader(of, "outcomes", Asked("GET", "/", {}, (), (), {}, {})))

    def counted(of: Work, href: str) -> int:
        path, __, query = href.partition("?")
        return lists.count_records(of, Query(path.rpartition("/")[2], filter=parse_qs(query)["filter"][0]))

    with acting(work, doer) as theirs:
        page = report(theirs)
        (row,) = [one for one in page["rows"] if one["name"].startswith("Effort Ltd")]
        assert (row["letters"], row["letters_without"], row["hours"], row["hours_without"]) == (3, 2, "3 h", "2 h")
        assert counted(theirs, row["letters_href"]) == 2
        assert counted(theirs, row["hours_href"]) == 2
        assert counted(theirs, row["outcomes_href"]) == row["outcomes"] == 2
        names = {one["statement"] for one in page["idle"]}
        assert "Zz idle" in names
        assert "Zz busy" not in names
    stranger = person(work, department=department(work, "management"))
    with acting(work, stranger) as theirs:
        assert report(theirs)["rows"] == []
        assert report(theirs)["idle"] == []
        theirs.actor = replace(theirs.actor, departments=frozenset(), units=frozenset())  # no need of any class
        theirs.forget()
        assert (report(theirs)["rows"], report(theirs)["idle"]) == ([], [])
