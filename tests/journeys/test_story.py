"""The demo's story, walked by four people: a donor's letter comes in, becomes a request, is handed on, planned, done, documented and
answered, and moves an outcome."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from xrm_core.metamodel.values import SYSTEM
from xrm_core.services import accounts, records

from .conftest import NewPerson, Server

FACTS = {"enquiry_question": "Which wells run?", "enquiry_fund": "WELLS", "enquiry_places": "Turkana"}


def at(name: str) -> str:
    """The address of one of the demo's people."""
    return f"{name}@brightwater.example"


def made_by(server: Server, name: str, entity: str, values: dict[str, Any]) -> str:
    """A record made by one of the demo's people, with his rights; its id."""
    with server.runtime.work(SYSTEM, "web", write=True) as work:
        user = accounts.user_by_email(work, at(name))
        work.actor = accounts.actor_by_id(work, user)
        return str(records.create_record(work, entity, values)["id"])


def test_a_letter_becomes_an_outcome(server: Server, person: NewPerson) -> None:
    """Dana enters the letter and an answer is owed; Ben asks who knows; whoever gets it hands it on in the inbox, the next one plans it by
    a key, does it and says what was learnt; Ben accepts, answers the letter and enters how many wells run: the outcome has moved."""
    wells = server.one("outcome", "record.statement == '9 of 10 wells of Turkana run'")
    donor = server.one("donor", f"record.id == '{wells['relationship']}'")
    letter = made_by(server, "dana", "communication", {
        "direction": "in", "sensitivity": "open", "channel": "letter", "subject": "Zz Which wells run?", "body": "And why the delay?",
            "party": donor["party"],
    })  # fmt: skip
    owed = server.one("obligation", f"record.communication == '{letter}'")
    assert (owed["debtor"], owed["state"]) == ("we", "open")

    asked = made_by(server, "ben", "request", {
        "type": "donor_enquiry", "subject": "Zz Which wells of Turkana run?", "party": donor["party"], "consequence": "relationship",
        "need_by": owed["due_at"] + timedelta(days=9), "facts": [{"fact": f, "value": v} for f, v in FACTS.items()],
        "relationship": donor["id"], "relationship_entity": "donor", "about": letter, "about_entity": "communication",
    })  # fmt: skip
    ben = person(at("ben"))
    ben.go(f"/e/request/{asked}/run/send")
    ben.tab.click("#save")
    ben.tab.wait_for_url(f"**/e/request/{asked}")

    def request() -> dict[str, Any]:
        return server.one("request", f"record.id == '{asked}'")

    def doer() -> str:
        return str(server.one("user", f"record.id == '{request()['doer']}'")["email"])

    first = doer()
    one = person(first)
    one.go(f"/p/requests/inbox/{asked}")
    assert "Zz Which wells of Turkana run?" in one.text(".inbox-one")
    one.tab.keyboard.press("4")
    one.tab.locator("#choice-hand_on .doer input").first.check()
    one.tab.select_option("#f-hand_on-reason", "wrong_person")
    one.tab.click("#go-hand_on")
    one.tab.wait_for_selector("#toasts .toast")
    second = doer()
    assert second != first
    assert request()["status"] == "undecided"

    two = person(second)
    two.go(f"/p/requests/inbox/{asked}")
    assert "Not the right person" in two.text(".inbox-parts")
    two.tab.keyboard.press("2")
    two.tab.wait_for_selector("#f-plan-plan_on:focus")
    with server.runtime.work(SYSTEM, "cli") as work:
        day = work.today + timedelta(days=1)
    two.tab.fill("#f-plan-plan_on", day.isoformat())
    two.tab.click("#go-plan")
    two.tab.wait_for_selector("#toasts .toast")
    assert (request()["status"], request()["plan_on"]) == ("planned", day)
    two.go(f"/e/request/{asked}/run/finish")
    two.tab.fill("#f-done_what", "Asked for the readings of every well.")
    two.tab.fill("#f-result", "Eight of ten wells run; pumps came late.")
    two.tab.select_option("#f-cause", "supplier")
    for point in ("enquiry_with_readings", "enquiry_no_names"):
        two.tab.check(f"#f-checked input[value={point}]")
    two.tab.click("#save")
    two.tab.wait_for_url(lambda url: not url.endswith("/run/finish"))
    assert request()["status"] == "done"
    assert server.one("article", f"record.from_request == '{asked}'")["status"] == "draft"

    ben.go(f"/e/request/{asked}/run/accept")
    ben.tab.click("#save")
    ben.tab.wait_for_url(f"**/e/request/{asked}")
    assert request()["status"] == "accepted"
    answer = made_by(server, "ben", "communication", {
        "direction": "out", "channel": "letter", "subject": "Zz Eight of ten run", "body": "The last two follow next week.",
        "party": donor["party"], "in_reply_to": letter,
    })  # fmt: skip
    assert server.one("obligation", f"record.id == '{owed['id']}'")["answer"] == answer
    ben.go(f"/e/outcome/{wells['id']}")
    before = server.runtime
    made_by(server, "ben", "reading", {"outcome": wells["id"], "value": 8})
    ben.tab.reload()
    assert "8" in ben.text()
    with before.work(SYSTEM, "cli") as work:
        assert work.reader.value("outcome", wells, "last_value") == 8
