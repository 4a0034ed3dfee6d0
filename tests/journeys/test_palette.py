"""The palette and the shortcuts by keyboard; what people are told; the ties of a record walked through; on a phone too."""

from __future__ import annotations

from typing import Any

import pytest

from xrm_core.metamodel.values import SYSTEM
from xrm_core.services import records

from .conftest import SECOND, NewPerson, Person, Server


def marked(one: Person) -> str:
    """The line of the palette that Enter would take."""
    one.tab.wait_for_selector("#palette-list [aria-selected=true]")
    id = one.tab.get_attribute("#palette-q", "aria-activedescendant")
    return str(one.tab.locator(f"[id='{id}'] bdi").first.inner_text())


def move_to(one: Person, address: str) -> None:
    """Arrow down until the marked line leads to an address; several records may have the same title, an address is one record's."""
    lines = one.tab.locator("#palette-list [role=option]:visible").count()
    for _ in range(lines):
        id = one.tab.get_attribute("#palette-q", "aria-activedescendant")
        if address in (one.tab.get_attribute(f"[id='{id}']", "href") or ""):
            return
        one.tab.keyboard.press("ArrowDown")
    raise AssertionError(f"no line leads to {address}")


def test_the_palette_does_everything_by_keyboard(server: Server, person: NewPerson) -> None:
    """Ctrl-K finds a record while one types, its actions by letters of their names, numbers and people by a sign in front; arrows and
    Enter take one; Escape closes it and gives the focus back."""
    ben = person()
    tab = ben.tab
    ben.go("/e/campaign")
    tab.focus(".row-link >> nth=0")
    tab.keyboard.press("Control+k")
    assert tab.evaluate("document.activeElement.id") == "palette-q"
    tab.keyboard.type("zzqqx")
    tab.wait_for_selector("#palette-list [data-group=search] [role=option]")
    tab.keyboard.press("Escape")
    assert tab.locator("#palette").is_hidden()
    assert "row-link" in tab.evaluate("document.activeElement.className")
    tab.keyboard.press("Control+k")
    tab.keyboard.type("nordsee pumpen")
    pumps = "/e/party/" + server.one("party", "record.name == 'Nordsee Pumpen GmbH'")["id"]
    tab.wait_for_selector(f"#palette-list [data-hits] [href*='{pumps}']")
    move_to(ben, pumps)
    tab.keyboard.press("Enter")
    tab.wait_for_url(f"**{pumps}*")
    tab.wait_for_selector("html[data-js][data-later=here]", state="attached")
    tab.keyboard.press("Control+k")
    tab.keyboard.type(">edt")
    tab.wait_for_selector("#palette-list [data-group=actions]:not([hidden])")
    assert marked(ben) == "Edit"
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/edit")
    ben.go("/")
    number = server.one("donation", "record.number != null")["number"]
    tab.keyboard.press("Control+k")
    tab.keyboard.type(f"#{number}")
    tab.wait_for_selector("#palette-list [data-hits] [href*='/e/donation/0']")
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/e/donation/0*")
    tab.wait_for_selector("html[data-js][data-later=here]", state="attached")
    tab.keyboard.press("Control+k")
    tab.keyboard.type("@mei")
    tab.wait_for_selector("#palette-list [data-hits] [href*='/e/user/0']")
    tab.keyboard.press("Escape")
    tab.wait_for_selector("#palette", state="hidden")
    tab.keyboard.type("gn")  # both in one go: the second has to come soon after the first
    tab.wait_for_url("**/notifications")
    tab.wait_for_selector("html[data-js][data-later=here]", state="attached")
    tab.keyboard.press("?")
    assert tab.locator("#shortcuts [data-shortcut=palette]").is_visible()


def test_somebody_is_told_and_reads_it(server: Server, person: NewPerson) -> None:
    """A record that becomes Mei's stands behind the bell, opens from there, and is no longer counted."""
    donor = server.one("donor")["id"]
    with server.runtime.work(SYSTEM, "web", write=True) as work:
        mei = work.reader.find("user", f"record.email == '{SECOND}'", {}, 1)[0]["id"]
        records.update_record(work, "donor", str(donor), {"owner": mei})
    one = person(SECOND)
    tab = one.tab
    one.go("/")
    assert one.text(".bell-count") == "1"
    tab.click(".bell")
    tab.wait_for_url("**/notifications")
    assert "put you in as owner of this donor" in one.text("main")
    tab.click(".hit button")
    tab.wait_for_url(f"**/e/donor/{donor}")
    assert tab.locator(".bell-count").inner_text() == ""


@pytest.mark.parametrize("width", [1366, 390])
def test_the_ties_of_a_record_are_walked_through(server: Server, person: NewPerson, width: int) -> None:
    """From the page of a party to its picture, on to a neighbour by clicking its name, with the same as a list beside it, and nothing
    jumps while the page is built; the whole of it on a phone too."""
    ben = person(width=width, height=844)
    tab = ben.tab
    tie = server.one("connection")
    ben.go(f"/e/party/{tie['from']}")
    shift = (
        "() => new Promise(done => { let sum = 0; new PerformanceObserver(list => { for (const one of list.getEntries()) "
        "if (!one.hadRecentInput) sum += one.value; }).observe({type: 'layout-shift', buffered: true}); setTimeout(() => done(sum), 400); })"
    )
    for path in (f"/e/party/{tie['from']}", "/e/party", f"/e/connection/{tie['id']}"):
        ben.go(path)
        assert tab.evaluate(shift) < 0.05, path
    ben.go(f"/e/party/{tie['from']}")
    tab.locator("section:has(svg.graph) .card-foot a").click()
    tab.wait_for_url("**show=network**")
    tab.click("#depth-3")
    tab.wait_for_url("**depth=3**")
    assert tab.locator(".ties li").count() >= tab.locator("svg.graph a").count() > 0
    wide, room = tab.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert wide <= room
    before = ben.path()
    tab.locator("svg.graph a").first.focus()
    tab.keyboard.press("Enter")
    tab.wait_for_url(lambda url: not url.endswith(before))
    assert "show=network" in ben.path()


def test_the_palette_waits_for_what_was_typed(server: Server, person: NewPerson) -> None:
    """On a slow network it says that it searches, and Enter takes the record that was asked for last, not one that an earlier word had
    found; without an answer it says so, and what the page itself offers is still there. Somebody new: nothing was opened lately."""
    server.make("user", name="Nora Neu", email="nora@brightwater.example", roles=["admin"])
    ben = person("nora@brightwater.example")
    tab = ben.tab
    helga = server.one("party", "record.name == 'Helga Brandt'")["id"]
    ben.go("/e/campaign")
    tab.keyboard.press("Control+k")
    tab.keyboard.type("jonas brandt")
    tab.wait_for_selector("#palette-list [data-hits] [role=option]")
    held: list[Any] = []
    tab.route("**/palette/hits*", lambda route: held.append(route))
    tab.keyboard.press("Control+a")
    tab.keyboard.type("helga brandt")
    tab.keyboard.press("Enter")
    tab.wait_for_timeout(400)
    assert ben.path() == "/e/campaign"
    held.pop().continue_()
    tab.wait_for_url(f"**/e/party/{helga}*")
    tab.wait_for_selector("html[data-js][data-later=here]", state="attached")
    tab.keyboard.press("Control+k")
    tab.keyboard.type("zzqqx")
    tab.wait_for_selector(".palette-none:has-text('Searching')")
    tab.wait_for_timeout(300)
    assert held, "nothing was asked"
    held.pop().abort()
    tab.wait_for_selector(".palette-none:has-text('gives no answer')")
    assert "gives no answer" in tab.inner_text("#palette [role=status]")
    tab.keyboard.press("Control+a")
    tab.keyboard.type(">edit")
    assert marked(ben) == "Edit"
    assert tab.locator(".palette-none").is_hidden()
    ben.faults.clear()  # the browser tells of what was taken from it
