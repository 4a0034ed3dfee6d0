"""Requests seen from their lists, figures and mails: who finds what where, and that a figure opens the records that it counts."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from statistics import median
from typing import Any
from urllib.parse import parse_qs, urlparse

import pytest
from xrm_requests import notifying, screens_about, screens_ask, screens_inbox, screens_mail, screens_send
from xrm_requests.labels import fact_said

from tests.contracts import test_requests as told
from tests.contracts.conftest import with_plugins
from tests.contracts.test_requests import DONE, act, acting, actor_of, ask, asked, person, sent
from xrm_core.errors import NotFound, Problem, VersionConflict
from xrm_core.metamodel.text import say
from xrm_core.metamodel.values import Query
from xrm_core.plugin import ScreenAsked, speaking
from xrm_core.services import actions, lists, records, several
from xrm_core.services.figures import number_of
from xrm_core.services.runtime import Runtime
from xrm_core.services.work import Work
from xrm_core.web import boards_ways, screens_offered, tiles
from xrm_core.web import records as pages
from xrm_core.web.asked import Asked
from xrm_core.web.screen_reader import WorkScreenReader

work = told.work
runtime = with_plugins(["parties", "donors", "outcomes", "communications", "requests"], told.METADATA)
CHOICE = tiles.Choice("all")


def tick(runtime: Runtime, work: Work, name: str = "keep_requests") -> None:
    """What the worker does each hour, or each day, in this transaction."""
    told._tick(runtime, work, name)


def past_deadline(runtime: Runtime, work: Work, request: Any) -> None:
    """The deadline of a request is over, and the hour has come round."""
    work.tx.do('UPDATE "request" SET "decide_by" = "sent_at" WHERE "id" = ?', (request["id"],))
    work.forget()
    work.now += timedelta(minutes=1)
    tick(runtime, work)


def of_view(work: Work, name: str) -> set[str]:
    """Ids of the records in a list."""
    query = lists.query_of_view(work, work.catalog.views[name], columns=("id",))
    return {str(row["id"]) for row in lists.list_records(work, query).rows}


def screen(work: Work, sent_in: Sequence[tuple[str, str]] = (), **query: str) -> tuple[ScreenAsked, WorkScreenReader]:
    """What a screen is asked, and what it reads with."""
    form = tuple(sent_in)
    texts = {name: tuple(v for n, v in form if n == name) for name, __ in form}
    given = ScreenAsked({}, {name: (value,) for name, value in query.items()}, texts)
    return given, WorkScreenReader(work, "requests", Asked("POST", "/", {}, (), form, {}, {}))


# ---- the lists of those who see to it
def test_past_the_deadline_it_is_with_lead_and_deputy(runtime: Runtime, work: Work) -> None:
    """Undecided past the deadline a request stands on the list and in the inbox of the lead and of who stands in for the doer, who may
    decide it then, in the doer's place; before that, and when it is decided, it is none of the deputy's."""
    lead = person(work, is_lead=True)
    deputy = person(work, department=told.department(work, "management"))
    request = sent(work)
    doer = request["doer"]
    records.create_record(
        work, "deputy", {"user": doer, "deputy": deputy, "since": work.today, "until": work.today + timedelta(days=9)}
    )
    tick(runtime, work)
    with acting(work, deputy), pytest.raises(NotFound):
        records.read_record(work, "request", request["id"])
    past_deadline(runtime, work, request)
    for user in (lead, deputy):
        with acting(work, user):
            assert request["id"] in of_view(work, "requests_for_the_lead")
            actor, (given, reader) = actor_of(work, user), screen(work, of="led")
            assert request["id"] in {row["id"] for row in screens_inbox.inbox(given, actor, reader)["queue"]}
    with acting(work, deputy):
        actions.run_action(work, "request", request["id"], "do_now", {"overrule_reason": "It cannot wait."})
        assert request["id"] not in of_view(work, "requests_for_the_lead")
    (decision,) = work.reader.children("request", "decisions", request["id"])
    assert (decision["by"], decision["for_user"]) == (deputy, doer)
    after = work.reader.get("request", request["id"])
    assert after is not None
    assert (after["status"], after["doer"], after["deputy"], after["escalated_at"]) == ("doing", doer, None, None)


def test_undecided_again_after_the_worker_died(runtime: Runtime, work: Work) -> None:
    """What was due while no worker ran, or while one died half way, is done by the next: undecided again for the same named person,
    once, with a deadline of its own; a second run changes nothing."""
    planned, waits = (
        act(work, sent(work), "plan", plan_on=work.today),
        act(work, sent(work), "ask_back", question="Which?"),
    )
    work.now += timedelta(days=9)
    work.forget()
    with pytest.raises(RuntimeError):
        _killed(runtime, work)
    work.forget()
    assert work.reader.get("request", planned["id"])["status"] == "planned"  # type: ignore[index]
    versions = []
    for _round in range(2):
        tick(runtime, work)
        for before in (planned, waits):
            after = work.reader.get("request", before["id"])
            assert after is not None
            assert (after["status"], after["doer"], after["current_decision"]) == ("undecided", before["doer"], None)
            assert after["decide_by"] > work.now
            versions.append(after["version"])
    assert versions[:2] == versions[2:]


def _killed(runtime: Runtime, work: Work) -> None:
    """The hourly work of a process that dies before its transaction ends."""
    with work.tx.savepoint():
        tick(runtime, work)
        raise RuntimeError("killed")


def test_the_second_to_decide_sees_what_was_decided(work: Work) -> None:
    """Of two who have the same request before them the second is refused, and the page then says what was decided, by whom."""
    request = sent(work)
    lead = person(work, is_lead=True)
    act(work, request, "decline", reason="duplicate")
    with acting(work, lead):
        with pytest.raises(VersionConflict):
            actions.run_action(work, "request", request["id"], "do_now", {}, request["version"])
        work.forget()
        given, reader = screen(work)
        shown = screens_inbox.one_request(replace(given, path={"request": request["id"]}), actor_of(work, lead), reader)
    assert shown is not None
    decided = shown["chosen"]["decided"]
    assert decided["what"] == "Decline"
    assert shown["chosen"]["choices"] == []
    with acting(work, lead):
        late = replace(given, path={"request": request["id"]}, problems=(Problem("at version 2", "version_conflict"),))
        shown = screens_inbox.one_request(late, actor_of(work, lead), reader)
    assert shown is not None
    assert (shown["beaten"], list(shown["problems"])) == (True, [])


def test_training_needs_say_hours_and_nearest(runtime: Runtime, work: Work) -> None:
    """Work that nobody can do tells what has to be learnt: how many requests wait, for how many working hours (more each day), and who
    comes nearest, the highest level first, told anew as soon as somebody has learnt; the list stands by hours."""
    person(work, is_lead=True)
    near, far = person(work), person(work)
    for user, level in ((near, 2), (far, 1)):
        records.create_record(work, "person_skill", {"user": user, "skill": "products", "level": level})
    facts = [
        {"fact": f"complaint_{n}", "value": v} for n, v in (("product", "F40"), ("fault", "Leaks"), ("pieces", "3"))
    ]
    request = act(work, asked(work, near, type="quality_complaint", facts=facts), "send")
    need = request["training_need"]
    work.now += timedelta(days=7)
    tick(runtime, work, "keep_knowledge")
    row = work.reader.get("training_need", need)
    assert row is not None
    assert [one["level"] for one in row["nearest"]] == [2, 1]
    assert row["nearest"][0]["user"] == near
    assert work.reader.value("training_need", row, "waiting") == 1
    assert 24 <= row["hours_waiting"] <= 5 * 24
    assert need in of_view(work, "training_needs")
    hours = row["hours_waiting"]
    work.now += timedelta(days=7)
    tick(runtime, work, "keep_knowledge")
    row = work.reader.get("training_need", need)
    assert row is not None
    assert row["hours_waiting"] > hours
    (skill,) = work.reader.find("person_skill", "record.user == given.user", {"user": far})
    records.update_record(work, "person_skill", skill["id"], {"level": 3}, skill["version"])
    records.create_record(
        work,
        "person_skill",
        {"user": person(work), "skill": "products", "level": 4, "valid_until": work.today - timedelta(days=1)},
    )
    row = work.reader.get("training_need", need)
    assert row is not None
    assert [one["level"] for one in row["nearest"]] == [3, 2, 4]
    assert "expired on" in row["nearest_words"]


# ---- figures
def _at(work: Work, entity: str, record: Any, value: str | None) -> Any:
    if value is None:
        return 1
    if value.startswith("="):
        return work.reader.evaluate(entity, record, value[1:].strip())
    return work.reader.value(entity, record, value) if value not in record else record[value]


def _computed(values: Iterable[Any], compute: str) -> float:
    """What a figure comes to, worked out from its records one by one."""
    found = sorted(float(v) for v in values if v is not None)
    if compute in ("count", "sum"):
        return len(found) if compute == "count" else sum(found)
    if not found:
        return 0.0
    if compute == "average":
        return sum(found) / len(found)
    rank = {"median": 0.5, "p90": 0.9}[compute]
    return median(found) if compute == "median" and len(found) % 2 else found[max(0, math.ceil(rank * len(found)) - 1)]


def _opened(work: Work, href: str) -> tuple[str, list[Any]]:
    """The entity and the records that an address of a list shows."""
    asked_for = urlparse(href)
    entity, query = asked_for.path.rpartition("/")[2], parse_qs(asked_for.query)
    view = work.catalog.views[query["view"][0]]
    parts = [*([view.filter] if view.filter else []), *query.get("filter", ())]
    filter = " && ".join(f"({part})" for part in parts) or None
    rows = lists.list_records(work, Query(entity, ("id",), filter, limit=200)).rows
    return entity, [work.reader.get(entity, str(row["id"])) for row in rows]


def _busy(runtime: Runtime, work: Work) -> None:
    """Requests in all the states that figures tell of."""
    lead = person(work, is_lead=True)
    unclear = act(work, asked(work, lead, facts=told.FACTS[:1]), "send")
    assert unclear["unclear_rounds"] == 1
    for minutes, cause in ((30, "supplier"), (90, "nothing_to_learn"), (45, "supplier")):
        request = sent(work)
        work.now += timedelta(hours=3)
        work.forget()
        act(work, act(work, request, "do_now"), "finish", **{**DONE, "cause": cause}, minutes=minutes)
    back = act(work, act(work, sent(work), "do_now"), "finish", **DONE)
    act(work, back, "send_back", reason_text="Not all of it.")
    wrong = sent(work)
    act(work, wrong, "hand_on", to_user=lead, reason="wrong_person")
    act(work, sent(work), "ask_back", question="Which?")
    urgent = sent(work)
    act(work, urgent, "grant_urgent", urgent_reason="It runs dry.")
    act(work, work.reader.get("request", urgent["id"]), "not_urgent")
    past_deadline(runtime, work, sent(work))
    near = person(work, department=told.department(work, "management"))
    records.create_record(work, "person_skill", {"user": near, "skill": "products", "level": 1})
    facts = [
        {"fact": f"complaint_{n}", "value": v} for n, v in (("product", "F40"), ("fault", "Leaks"), ("pieces", "3"))
    ]
    act(work, asked(work, lead, type="quality_complaint", facts=facts), "send")
    work.now += timedelta(days=4)
    tick(runtime, work, "keep_knowledge")
    (article, *_more) = work.reader.find("article", "record.status == 'draft'")
    records.run_transition(work, "article", article["id"], "publish")
    act(work, wrong, "use_article", article=article["id"], result="solved")
    work.forget()


def test_each_figure_opens_the_records_that_it_counts(runtime: Runtime, work: Work) -> None:
    """Of every figure and every bar of the dashboard: the list behind it holds the records from which, one by one, the same comes."""
    _busy(runtime, work)
    dashboard = work.catalog.dashboards["requests"]
    seen = 0
    for tile in dashboard.tiles.values():
        panel = tiles.draw_tile(work, dashboard, tile, CHOICE)
        assert (panel.state, panel.error) == ("shown", ""), tile.name
        if panel.chart is None:
            entity, rows = _opened(work, panel.href)
            stated = number_of(work, tiles.question_of(work, tile, CHOICE)[0])
            pairs = [(float(stated or 0), rows)]
        else:
            pairs = [(point.value, _opened(work, point.href)[1]) for point in panel.chart.points]
            entity = tile.entity
            assert pairs, tile.name
        for stated, rows in pairs:
            values = [_at(work, entity, row, tile.value) for row in rows]
            assert _computed(values, tile.compute if tile.value else "count") == pytest.approx(
                float(stated), abs=0.01
            ), tile.name
            seen += len(rows)
    assert seen > 30


# ---- asking from where one looks
def test_a_record_brings_along_what_it_is_about(work: Work) -> None:
    """The page of a party, a relationship, or of what belongs to one offers to ask for work about it, and the form has it filled in:
    the party comes from the relationship. Who chooses the doer sees all with the reason; kept, it is not sent."""
    doer, trigger = person(work, 3), person(work, roles=["fundraiser"])
    party = records.create_record(work, "party", {"kind": "organisation", "name": "Zz Brandt Ltd"})["id"]
    donor = records.create_record(
        work, "donor", {"party": party, "owner": trigger, "department": told.department(work)}
    )
    letter = records.create_record(
        work, "communication", {"party": party, "direction": "in", "channel": "letter", "subject": "Wells?", "owner": trigger, "relationship": donor["id"], "relationship_entity": "donor"}
    )  # fmt: skip

    def brings(entity: str, id: str) -> dict[str, str]:
        found = screens_about.about(work.entity(entity), records.stored_record(work, entity, id), work.catalog)
        return dict(found or {})

    assert brings("party", party) == {"party": party}
    about = {"relationship": donor["id"], "relationship_entity": "donor", "party": party}
    assert brings("donor", donor["id"]) == about
    assert brings("communication", letter["id"]).items() >= about.items()
    assert brings("department", told.department(work)) == {}
    with acting(work, trigger):
        offered = screens_offered.of_record(work, work.entity("donor"), records.read_record(work, "donor", donor["id"]))
        assert [one.href for one in offered if one.id == "to-ask"] == [
            screen(work)[1].here("ask", **brings("donor", donor["id"]))
        ]
        given, reader = screen(work, relationship=donor["id"], relationship_entity="donor")
        page = screens_ask.form(replace(given, path={"kind": "donor_enquiry"}), reader)
        assert page is not None
        shown = {one.name: (one.value, one.lookup.label) for one in page["links"]}
        assert shown["party"] == (party, "Zz Brandt Ltd")
        assert shown["relationship"][0].endswith(donor["id"])
        request = asked(work, trigger, **{k: v for k, v in about.items() if k != "party"})
        assert request["party"] == party
        given, reader = screen(work)
        chosen = screens_send.choose(replace(given, path={"request": request["id"]}), reader)
        assert chosen is not None
        assert doer in [one["user"] for one in chosen["doers"]]
        assert chosen["doers"][0]["checked"]
        assert all(one["words"] for one in chosen["doers"])


def test_what_is_asked_is_typed_as_its_reader_writes(work: Work) -> None:
    """Facts and the day needed are typed as on any form, in words or as the language writes them; what cannot be read is told beside
    its own input."""

    def typed(**more: str) -> dict[str, Any]:
        told_in = {"subject": "Zz pumps", "fact.delay_order": "PO 7", "fact.delay_promised": "31.1.2027", **more}
        sent_in = [*told_in.items(), ("_fields", ",".join(told_in)), ("then", "keep")]
        given, reader = screen(work, sent_in)
        given = replace(given, path={"kind": "delivery_delay"})
        answered = screens_ask.ask(given, reader)
        return {
            "problems": [p.field for p in answered.problems],
            "values": getattr(answered.changes[0], "values", {}) if answered.changes else {},
        }

    with acting(work, person(work, language="de")):
        work.actor = replace(work.actor, language="de")
        work.__dict__.pop("env", None)
        values = typed(**{"need_by": "morgen 14:00", "fact.delay_days_left": "1.000,5"})["values"]
        assert {one["fact"]: one["value"] for one in values["facts"]} == {
            "delay_order": "PO 7",
            "delay_promised": "2027-01-31",
            "delay_days_left": "1000.5",
        }
        assert values["need_by"] == f"{work.today + timedelta(days=1)}T14:00:00"
        assert typed(need_by="", **{"fact.delay_promised": "bald"})["problems"] == ["need_by", "fact.delay_promised"]


@pytest.mark.parametrize(
    ("type", "facts"),
    [
        ("data_subject_request", {"subject_right": ("erasure", ""), "subject_came_in": ("2026-03-04", "04.03.2026"), "subject_identified": ("yes", "Ja")}),
        ("delivery_delay", {"delay_order": ("2026-03-04", "2026-03-04"), "delay_promised": ("2027-01-31", "31.01.2027"), "delay_days_left": ("1234.5", "1.234,5")}),
    ],
)  # fmt: skip
def test_facts_are_worded_wherever_they_stand(work: Work, type: str, facts: dict[str, tuple[str, str]]) -> None:
    """Days, numbers, yes or no, and entries of lists stand in the reader's words: on the page of the request, in the inbox, and in what
    is written of it. What is stored, and what programs read, stays as it is; a text that looks like a day stays a text."""
    given = [{"fact": fact, "value": value} for fact, (value, _said) in facts.items()]
    id = asked(work, person(work), type=type, facts=given)["id"]
    entity, record = work.entity("request"), records.read_record(work, "request", id)
    with acting(work, person(work, language="de")), speaking("de"):
        work.actor = replace(work.actor, language="de", roles=frozenset({"admin"}))
        work.__dict__.pop("env", None)
        label = say(work.catalog.codes["subject_right"].values["erasure"].label, "de")
        wanted = [said or label for _value, said in facts.values()]
        page = pages.related(work, entity, record, entity.children["facts"])
        assert [row.cells[1].text for row in page.rows] == wanted
        one = screens_inbox.chosen(*screen(work), id, ())
        assert one is not None
        assert [value.text for _label, value in one["facts"]] == wanted
        rows = work.reader.children("request", "facts", id)
        assert [fact_said(row, work.reader) for row in rows] == wanted
        assert [row["value"] for row in rows] == [value for value, _said in facts.values()]


# ---- decided from the board and the list
def test_the_board_and_the_list_decide(work: Work) -> None:
    """A card moved to another column takes the action that leads there: at once, or by its form where that asks for something; the
    rows ticked in a list are decided together, each by itself. What is not the actor's is offered on no card."""
    first, second, third = sent(work), sent(work), sent(work)
    entity, view = work.entity("request"), work.catalog.views["request_board"]
    with acting(work, first["doer"]):
        ids = [first["id"], second["id"]]
        open = boards_ways.open_ways(work, entity, view, ids)
        to = boards_ways.targets(open, first["id"], "undecided")
        assert set(to) == {"doing", "planned", "declined", "waiting"}
        assert boards_ways.targets(open, second["id"], "undecided") == ()
        assert boards_ways.take(work, entity, view, second["id"], "doing", second["version"]) is None
        assert (
            boards_ways.take(work, entity, view, first["id"], "planned", first["version"])
            == f"/e/request/{first['id']}/run/plan"
        )
        assert boards_ways.take(work, entity, view, first["id"], "doing", first["version"]) == ""
        assert records.read_record(work, "request", first["id"], ("status",))["status"] == "doing"
    with acting(work, person(work, is_lead=True)):
        told = several.act_on(
            work, "request", [second["id"], first["id"], third["id"]], several.Act("decline", {"reason": "duplicate"})
        )
    assert (told.changed, len(told.refused)) == (3, 0)
    told = several.act_on(work, "request", [third["id"]], several.Act("decline", {"reason": "duplicate"}))
    assert "It is Declined" in told.refused[0].reason


# ---- mail as each wishes
def test_mail_comes_as_its_reader_wishes(work: Work) -> None:
    """Somebody says that he is told at once, of urgent requests alone, or not at all: so it is, for him and nobody else; what becomes
    urgent is told then. Nobody sees or changes another's wish."""
    trigger, doer, other = person(work), person(work, 3), person(work, 3)
    records.create_record(
        work, "mailbox", {"name": "Office", "address": "office@x.example", "account": "office", "owner": trigger}
    )

    def mails(request: Any) -> int:
        return len(work.reader.find("request_mail", "record.request == given.one", {"one": request["id"]}))

    def wish(user: str, mails: str) -> None:
        with acting(work, user):
            given, reader = screen(work, [("mails", mails)])
            for change in screens_mail.keep(given, actor_of(work, user), reader).changes:
                if hasattr(change, "id") and change.id:
                    records.update_record(work, change.entity, change.id, dict(change.values))
                else:
                    records.create_record(work, change.entity, dict(change.values))

    def to(user: str) -> dict[str, Any]:
        return act(work, asked(work, trigger), "send", doer=user, other_choice="asked_for")

    assert mails(to(doer)) == 1
    wish(doer, "never")
    assert (mails(to(doer)), mails(to(other))) == (0, 1)
    wish(doer, "urgent")
    request = to(doer)
    assert mails(request) == 0
    act(work, request, "grant_urgent", urgent_reason="It runs dry.")
    assert mails(request) == 1
    assert not notifying.wants(doer, {"urgent": False}, work.reader)
    (row,) = work.reader.find("request_notice", "record.user == given.one", {"one": doer})
    with acting(work, other), pytest.raises(NotFound):
        records.read_record(work, "request_notice", row["id"])


# ---- knowledge
def test_done_again_adds_to_the_draft(work: Work) -> None:
    """What was sent back and is done again stands in the one draft that its first end made, below what was said then."""
    request = act(work, act(work, sent(work), "do_now"), "finish", **DONE)
    request = act(work, request, "send_back", reason_text="Not all of it.")
    act(work, act(work, request, "do_now"), "finish", **{**DONE, "done_what": "Asked the village too."})
    (draft,) = work.reader.find("article", "record.from_request == given.one", {"one": request["id"]})
    assert "Looked it up." in draft["body"]
    assert "Asked the village too." in draft["body"]


def test_similar_requests_come_with_the_reason(work: Work) -> None:
    """What was asked in like words before is shown with how it ended, to those who may read it; nothing of what they may not."""
    before = act(work, act(work, sent(work), "do_now"), "finish", **DONE)
    request = asked(work, person(work), subject="Which wells run dry?")
    (row, *_rest) = [one for one in ask(work, request, "nearest")["requests"] if one["id"] == before["id"]]
    assert "% of the words" in row["words"]
    assert row["status"] == "done"
    with acting(work, person(work, department=told.department(work, "management"))):
        mine = asked(work, work.actor.id, subject="Which wells run dry?")
        assert before["id"] not in {one["id"] for one in ask(work, mine, "nearest")["requests"]}


def test_requests_and_letters_are_found_by_their_party(work: Work) -> None:
    """The name of the party finds the requests and the communications with it."""
    party = records.create_record(work, "party", {"kind": "organisation", "name": "Quillfeather"})["id"]
    request = asked(work, person(work), party=party)["id"]
    call = records.create_record(
        work, "communication", {"party": party, "channel": "phone", "subject": "Wells", "owner": person(work)}
    )["id"]
    for entity, id in (("request", request), ("communication", call)):
        hits = lists.list_records(work, Query(entity, ("id",), q="quillf wells")).rows
        assert [row["id"] for row in hits] == [id]
