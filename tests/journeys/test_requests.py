"""Requests in the browser: decided in the inbox by keys, moved in the week, and two people at one request."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from xrm_core.metamodel.values import SYSTEM
from xrm_core.services.actions import run_action
from xrm_core.services.records import create_record

from .conftest import NewPerson, Server
from .test_screens import breaches

RESULTS = "#inbox h2 bdi"


@pytest.fixture(scope="module", autouse=True)
def free_again(server: Server) -> Iterator[None]:
    """What was given to somebody here is declined at the end: the organisation is that of other journeys too, where the same people
    take work on."""
    yield
    left = "record.subject.startsWith('Zz') && record.status in ['undecided', 'doing', 'planned']"
    with server.runtime.work(SYSTEM, "api", write=True) as work:
        for request in work.reader.find("request", left, limit=100):
            run_action(work, "request", str(request["id"]), "decline", {"reason": "duplicate"})


def asked(server: Server, doer: str, *subjects: str, **more: Any) -> list[str]:
    """Requests that wait for somebody's decision, each with less time left than the next, and all with less than what the
    sample holds, at whatever time of the day it was made; their ids."""
    made = []
    with server.runtime.work(SYSTEM, "sample", write=True) as work:
        (user,) = work.reader.find("user", "record.email == given.e", {"e": doer})
        taken = [
            r["rank"] or 0 for r in work.reader.find("request", "record.doer == given.d", {"d": user["id"]}, limit=1000)
        ]
        for n, subject in enumerate(subjects):
            values: dict[str, Any] = {
                "type": "address_check", "subject": subject, "trigger_user": user["id"], "need_by": work.now + timedelta(days=9),
                "status": "undecided", "doer": user["id"], "doer_department": user["department"],
                "decide_by": work.now + timedelta(minutes=30 * n, days=-9), "rank": max(taken, default=0) + n + 1,
                "sent_at": work.now - timedelta(days=10), "effort_left": 15, **more,
            }  # fmt: skip
            made.append(str(create_record(work, "request", values)["id"]))
    return made


def test_the_inbox_is_decided_by_keys(server: Server, person: NewPerson) -> None:
    """The least time left stands first; 3 declines with a reason and shows the next, Z takes it back; what is refused is said where
    it was typed; a request that somebody decided meanwhile, while it was open here, says what was decided; without scripts the same forms do it."""
    email = "dana@brightwater.example"
    first, second = asked(server, email, "Zz first of all", "Zz second of all")
    dana, plain = person(email), person(email, scripts=False, width=390, height=844)
    dana.go("/p/requests/inbox")
    assert dana.text(RESULTS) == "Zz first of all"
    assert "over" in dana.text(".waits.here")
    dana.tab.keyboard.press("3")
    dana.tab.wait_for_selector("#f-decline-reason:focus")
    dana.tab.keyboard.press("Control+Enter")
    dana.tab.wait_for_selector("#f-decline-reason[aria-invalid=true]:focus")
    assert "Reason is required" in dana.text(".summary")
    dana.tab.select_option("#f-decline-reason", "duplicate")
    dana.tab.keyboard.press("Control+Enter")
    dana.tab.wait_for_url(f"**/p/requests/inbox/{second}")
    assert "Decline" in dana.toast()
    assert server.one("request", f"record.id == '{first}'")["status"] == "declined"
    dana.tab.keyboard.press("z")
    dana.tab.wait_for_selector(f"#waits-{first}")
    assert server.one("request", f"record.id == '{first}'")["status"] == "undecided"

    dana.go(f"/p/requests/inbox/{first}")
    dana.tab.keyboard.press("3")
    dana.tab.select_option("#f-decline-reason", "duplicate")
    plain.go("/p/requests/inbox")
    plain.tab.click(f"#waits-{first}")
    plain.tab.click("#decide-ask_back")
    plain.tab.fill("#f-ask_back-question", "Which address is it?")
    plain.tab.click("#go-ask_back")
    plain.tab.wait_for_selector("#toasts .toast")
    assert server.one("request", f"record.id == '{first}'")["status"] == "waiting"
    dana.tab.keyboard.press("Control+Enter")
    dana.tab.wait_for_selector(".inbox-one .banner.warn:focus")
    assert server.one("request", f"record.id == '{first}'")["status"] == "waiting"
    assert "decided: Ask back" in dana.text(".inbox-one .banner")
    assert "Yours came after it" in dana.text(".inbox-one .banner")
    assert dana.tab.locator(".inbox-bar").count() == 0
    dana.tab.keyboard.press("j")
    dana.tab.wait_for_selector(".inbox-bar")
    assert dana.path() != f"/p/requests/inbox/{first}"


@pytest.mark.parametrize(("width", "dark"), [(1366, False), (390, True)])
def test_the_screens_are_accessible(server: Server, person: NewPerson, width: int, dark: bool) -> None:
    """The inbox, a decision that is open, an empty inbox, the week, mail, and asking in two clicks about the party that one looks at,
    up to who does it: no breach that axe finds, nothing to scroll sideways."""
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed here"
    )
    (id,) = asked(
        server,
        "dana@brightwater.example",
        "Zz a request with a very long subject that goes on and on, as people write them",
    )
    dana = person("dana@brightwater.example", width=width, dark=dark, bypass_csp=True)
    found: list[Any] = []

    def look(path: str) -> None:
        found.extend((path, *breach) for breach in breaches(axe, dana, "", {}))
        taken = dana.tab.evaluate("document.documentElement.scrollWidth")
        found.extend([(path, taken)] if taken > width else [])

    rises = f"/p/requests/order/{id}?to=1"
    pages = (
        "/p/requests/inbox",
        f"/p/requests/inbox/{id}",
        "/p/requests/week",
        "/p/requests/order",
        rises,
        "/p/requests/mail",
    )
    for path in pages:
        dana.go(path)
        if "inbox/" in path:
            dana.tab.click("#decide-hand_on")
        look(path)
    party = server.one("party", "record.name == 'Nordsee Pumpen GmbH'")
    dana.go(f"/e/party/{party['id']}")
    dana.tab.click("#to-ask")
    dana.tab.click(".ask-kinds a[href*='/address_check']")
    dana.tab.wait_for_selector("#ask-send")
    assert dana.tab.input_value("#f-party") == "Nordsee Pumpen GmbH"
    look("ask")
    with server.runtime.work(SYSTEM, "cli") as work:
        day = work.today + timedelta(days=1)
    for name, text in (
        ("subject", "Zz where do they sit"),
        ("fact-address_seen", "A letter came back"),
        ("need_by", "tomorrow 12:00"),
    ):
        dana.tab.fill(f"#f-{name}", text)
    dana.tab.click("#ask-choose")
    dana.tab.wait_for_selector("#send-it")
    assert server.one("request", "record.subject == 'Zz where do they sit'")["need_by"].date() == day
    look("send")
    nobody = person("second@brightwater.example", width=width, dark=dark, bypass_csp=True)
    nobody.go("/p/requests/inbox")
    assert "Nothing waits for your decision" in nobody.text()
    assert [*found, *breaches(axe, nobody, "", {})] == []


def test_a_piece_of_the_week_moves(server: Server, person: NewPerson) -> None:
    """A piece of work is dragged to another day, and moved back beside it without dragging; a day that is full refuses it with other days,
    and takes it with a reason that is kept."""
    email = "dana@brightwater.example"
    (request,) = asked(server, email, "Zz a piece of work")
    with server.runtime.work(SYSTEM, "sample", write=True) as work:
        (user,) = work.reader.find("user", "record.email == given.e", {"e": email})
        monday = (
            work.today - timedelta(days=work.today.weekday()) + timedelta(weeks=5)
        )  # no work of the demo is so far ahead
        values = {"user": user["id"], "on": monday, "minutes": 45, "request": request, "kind": "work"}
        slot = str(create_record(work, "slot", values)["id"])
        wednesday = monday + timedelta(days=2)
        create_record(work, "slot", {**values, "on": wednesday, "minutes": 600})
    dana = person(email)
    dana.go(f"/p/requests/week?week={monday}")
    tuesday = monday + timedelta(days=1)
    row = f"[data-day='{tuesday}']"
    piece = dana.tab.locator(f"#piece-{slot}")
    mine = dana.tab.locator(".person-week").filter(has=piece)
    piece.drag_to(mine.locator(row))
    dana.tab.wait_for_selector(f"{row} #piece-{slot}")
    assert "Moved to" in dana.toast()
    assert server.one("slot", f"record.id == '{slot}'")["on"] == tuesday
    dana.tab.click(f"#move-{slot}")
    dana.tab.click(f"#piece-{slot} button[value='{monday}']")
    dana.tab.wait_for_selector(f"[data-day='{monday}'] #piece-{slot}")
    assert server.one("slot", f"record.id == '{slot}'")["on"] == monday
    piece.drag_to(mine.locator(f"[data-day='{wednesday}']"))
    dana.tab.wait_for_selector("#stuck-why")
    assert "has room for" in dana.text(".summary")
    assert server.one("slot", f"record.id == '{slot}'")["on"] == monday
    dana.tab.fill("#stuck-why", "It cannot wait")
    dana.tab.click("#stuck-anyway")
    dana.tab.wait_for_selector(f"[data-day='{wednesday}'] #piece-{slot}")
    assert server.one("slot", f"record.id == '{slot}'")["overrule_reason"] == "It cannot wait"


def test_too_much_work_has_ways_out(server: Server, person: NewPerson) -> None:
    """What does not fit offers to move or drop another, or to hand it on, in the same step, and that is undone by one key; or it is taken
    on with a reason that is kept. Raised in the order by dragging, it shows what moves down before anything is done, and can be taken back."""
    email = "dana@brightwater.example"
    (full,) = asked(server, email, "Zz fills the days", effort_left=1200)
    with server.runtime.work(SYSTEM, "api", write=True) as work:
        until = work.today + timedelta(days=9)
        run_action(work, "request", full, "plan", {"plan_on": until})
    (more,) = asked(server, email, "Zz more than fits", effort_left=1095)

    def state(id: str) -> dict[str, Any]:
        return server.one("request", f"record.id == '{id}'")

    dana = person(email)
    dana.go(f"/p/requests/inbox/{more}")
    dana.tab.keyboard.press("1")
    dana.tab.wait_for_selector("#way-do_now-0")
    assert "only" in dana.text("#choice-do_now .decide-short")
    ways = dana.text("#choice-do_now .ways")
    assert "Move" in ways
    assert "Drop" in ways
    dana.tab.click("#choice-do_now button[name='do_now.move']")
    dana.tab.wait_for_selector("#toasts .toast")
    assert (state(more)["status"], state(full)["status"]) == ("doing", "planned")
    assert state(full)["plan_on"] > until
    dana.tab.keyboard.press("z")
    dana.tab.wait_for_selector(f"#waits-{more}")
    assert (state(more)["status"], state(full)["plan_on"]) == ("undecided", until)
    dana.go(f"/p/requests/inbox/{more}")
    dana.tab.keyboard.press("2")
    dana.tab.fill("#f-plan-plan_on", until.isoformat())
    dana.tab.click("#go-plan")
    dana.tab.wait_for_selector("#choice-plan button[name='plan.drop']")
    dana.tab.fill("#f-plan-overrule_reason", "The donor decides tomorrow")
    dana.tab.click("#go-plan")
    dana.tab.wait_for_selector("#toasts .toast")
    decision = server.one("decision", f"record.id == '{state(more)['current_decision']}'")
    assert decision["overrule_reason"] == "The donor decides tomorrow"

    rank = state(more)["rank"]
    dana.go("/p/requests/order")
    dana.tab.locator(f"#order-{more}").drag_to(dana.tab.locator(f"#order-{full}"))
    dana.tab.wait_for_selector("#order-confirm")
    assert "down" in dana.text(".order-rise")
    assert "Zz fills the days" in dana.text(".order-rise")
    assert state(more)["rank"] == rank
    dana.tab.click("#order-confirm")
    dana.tab.wait_for_selector("#toasts .toast")
    assert state(more)["rank"] < state(full)["rank"]
    dana.tab.keyboard.press("z")
    dana.tab.wait_for_selector(f"#order-{more}[data-rank='{rank}']")
