"""Requests in the browser: decided in the inbox by keys, moved in the week, and two people at one request."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from xrm_core.metamodel.values import SYSTEM
from xrm_core.services.records import create_record

from .conftest import NewPerson, Server
from .test_screens import breaches

RESULTS = "#inbox h2 bdi"


def asked(server: Server, doer: str, *subjects: str) -> list[str]:
    """Requests that wait for somebody's decision, each with less time left than the next; their ids."""
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
                "decide_by": work.now + timedelta(minutes=30 * n - 600), "rank": max(taken, default=0) + n + 1,
                "sent_at": work.now - timedelta(hours=11), "effort_left": 15,
            }  # fmt: skip
            made.append(str(create_record(work, "request", values)["id"]))
    return made


def test_the_inbox_is_decided_by_keys(server: Server, person: NewPerson) -> None:
    """The least time left stands first; 3 declines with a reason and shows the next, Z takes it back; what is refused is said where
    it was typed; a request that somebody decided meanwhile says what was decided; without scripts the same forms do it."""
    email = "dana@brightwater.example"
    first, second = asked(server, email, "Zz first of all", "Zz second of all")
    dana, plain = person(email), person(email, scripts=False, width=390, height=844)
    dana.go("/p/requests/inbox")
    assert dana.text(RESULTS) == "Zz first of all"
    assert "h over" in dana.text(".waits.here")
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

    plain.go("/p/requests/inbox")
    plain.tab.click(f"#waits-{first}")
    plain.tab.click("#decide-ask_back")
    plain.tab.fill("#f-ask_back-question", "Which address is it?")
    plain.tab.click("#go-ask_back")
    plain.tab.wait_for_selector("#toasts .toast")
    assert server.one("request", f"record.id == '{first}'")["status"] == "waiting"
    dana.go(f"/p/requests/inbox/{first}")
    assert "decided: Ask back" in dana.text(".inbox-one .banner")
    assert dana.tab.locator(".inbox-bar").count() == 0
    dana.tab.keyboard.press("j")
    dana.tab.wait_for_selector(".inbox-bar")
    assert dana.path() != f"/p/requests/inbox/{first}"


@pytest.mark.parametrize(("width", "dark"), [(1366, False), (390, True)])
def test_the_screens_are_accessible(server: Server, person: NewPerson, width: int, dark: bool) -> None:
    """The inbox, a decision that is open, an empty inbox and the week: no breach that axe finds, nothing to scroll sideways."""
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
    for path in ("/p/requests/inbox", f"/p/requests/inbox/{id}", "/p/requests/week"):
        dana.go(path)
        if id in path:
            dana.tab.click("#decide-hand_on")
        found += [(path, *breach) for breach in breaches(axe, dana, "", {})]
        taken = dana.tab.evaluate("document.documentElement.scrollWidth")
        found += [(path, taken)] if taken > width else []
    nobody = person("second@brightwater.example", width=width, dark=dark, bypass_csp=True)
    nobody.go("/p/requests/inbox")
    assert "Nothing waits for your decision" in nobody.text()
    assert [*found, *breaches(axe, nobody, "", {})] == []


def test_a_piece_of_the_week_moves(server: Server, person: NewPerson) -> None:
    """A piece of work is dragged to another day, and moved back beside it without dragging."""
    email = "dana@brightwater.example"
    (request,) = asked(server, email, "Zz a piece of work")
    with server.runtime.work(SYSTEM, "sample", write=True) as work:
        (user,) = work.reader.find("user", "record.email == given.e", {"e": email})
        monday = work.today - timedelta(days=work.today.weekday()) + timedelta(days=7)
        values = {"user": user["id"], "on": monday, "minutes": 45, "request": request, "kind": "work"}
        slot = str(create_record(work, "slot", values)["id"])
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
