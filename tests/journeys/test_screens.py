"""Every main screen: without a breach that axe finds, within the width of a phone, in light and dark."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import NewPerson, Person, Server

WIDTHS = {"desk": 1366, "phone": 390}
LONG = "Gesellschaft-zur-Pflege-ungewöhnlich-langer-Namen-" * 4 + " e. V. in Sankt Blasien"
"""A name that no line holds; it stands on the pages of its record, and on the start page of who opened it."""
CONTRAST = {"runOnly": {"type": "rule", "values": ["color-contrast"]}}


def screens(server: Server) -> dict[str, str]:
    """The main screens by name."""
    ids = {e: server.one(e)["id"] for e in ("donation", "order", "donor", "opportunity")}
    pumps = server.one("party", "record.name == 'Nordsee Pumpen GmbH'")["id"]
    gift = server.one("donation", "record.status == 'pledged'")["id"]
    long = server.make("party", kind="organisation", name=LONG, description=LONG)
    return {
        "long name": f"/e/party/{long}",
        "form with a long name": f"/e/party/{long}/edit",
        "start": "/",
        "list": "/e/donation",
        "filtered list": "/e/donation?filter=record.status+%3D%3D+%27failed%27",
        "empty list": "/e/donation?q=zzzzqqq",
        "board": "/e/opportunity?view=opportunity_board",
        "party": f"/e/party/{pumps}",
        "party as a donor": f"/e/party/{pumps}?in=donor",
        "connections": f"/e/party/{pumps}?show=network&depth=3",
        "notifications": "/notifications",
        "record": f"/e/donation/{ids['donation']}",
        "related lists": f"/e/donor/{ids['donor']}?tab=1",
        "history": f"/e/party/{pumps}?tab=history",
        "new form": "/e/party/new",
        "form with rows": f"/e/order/{ids['order']}/edit",
        "transition": f"/e/donation/{gift}/do/receive",
        "search": "/search?q=pump",
        "import": "/import",
        "jobs": "/jobs",
        "bin": "/e/donation/bin",
        "nothing there": "/nowhere",
    }


@pytest.mark.parametrize("width", WIDTHS)
def test_screens_are_accessible_and_fit(server: Server, person: NewPerson, width: str) -> None:
    """No breach of WCAG 2.2 AA that axe can find, and nothing to scroll sideways. Dark and light differ in colours alone; so
    of the dark ones the contrast is asked, at the desk."""
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed here"
    )
    ben = person(width=WIDTHS[width], bypass_csp=True)  # axe itself needs what the policy forbids
    ben.tab.emulate_media(reduced_motion="reduce")  # colours change at once
    found = []
    for name, path in screens(server).items():
        ben.go(path)
        wide, room = ben.tab.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        if wide > room:
            found.append((name, f"{wide} px on a screen of {room} px", ""))
        found += [(name, *breach) for breach in breaches(axe, ben, {})]
        if width == "desk":
            ben.tab.emulate_media(color_scheme="dark")
            found += [(f"{name}, dark", *breach) for breach in breaches(axe, ben, CONTRAST)]
            ben.tab.emulate_media(color_scheme="light")
    assert found == []


def breaches(axe: Any, one: Person, options: dict[str, Any]) -> list[tuple[str, str]]:
    """Rule and first place of each breach on the page at hand."""
    answer = axe.Axe().run(one.tab, options={"resultTypes": ["violations"], **options}).response
    return [(rule["id"], rule["nodes"][0]["html"][:200]) for rule in answer["violations"]]


def test_the_choice_of_dark_is_kept(person: NewPerson) -> None:
    """Who chooses dark gets the next page dark from the first paint, whatever the system says."""
    ben = person()
    tab = ben.tab
    ben.go("/e/party")
    tab.click("header .menu >> nth=-1 >> summary")
    tab.click("button[name=theme][value=dark]")
    tab.wait_for_selector("html[data-theme=dark]")
    ben.go("/e/donation")
    assert tab.get_attribute("html", "data-theme") == "dark"
    assert tab.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(16, 19, 26)"


def test_a_phone_does_everything(server: Server, person: NewPerson) -> None:
    """At 390 px: the menu opens, a list shows its rows as cards, a record is made, edited and moved on."""
    ben = person(width=390, height=844)
    tab = ben.tab
    ben.go("/")
    tab.click(".dock button")
    tab.locator(".side").get_by_text("Donors", exact=True).first.click()
    tab.click(".side a:has-text('Donations')")
    tab.wait_for_url("**/e/donation**")
    assert tab.locator("table.list tbody tr").first.bounding_box()["width"] <= 390
    donor = server.one("donor")["id"]
    ben.go(f"/e/donation/new?donor={donor}")
    tab.fill("#f-amount", "12")
    tab.fill("#f-expected_on", "2026-12-31")
    tab.click("#f-allocations-add")
    tab.wait_for_selector("#f-allocations-0-fund")
    tab.click("#f-allocations-0-remove")
    tab.click("#save")
    tab.wait_for_url("**/e/donation/0*")
    tab.click("#do-receive")
    tab.wait_for_url("**/do/receive")
    tab.fill("#f-received_on", "2026-11-02")
    if tab.locator("#f-method").count():
        tab.select_option("#f-method", index=1)
    tab.click("#save")
    tab.wait_for_url(lambda url: "/do/" not in url)
    assert "Received" in ben.text(".record-title")


def test_a_keyboard_is_enough(server: Server, person: NewPerson) -> None:
    """Skip link, search, list by J and Enter, edit by E, a menu by arrows, saving by Ctrl-S, and the focus is always seen."""
    ben = person()
    tab = ben.tab
    ben.go("/e/campaign")
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.className") == "skip"
    tab.keyboard.press("Enter")
    assert tab.evaluate("document.activeElement.id") == "main"
    tab.keyboard.press("j")
    first = tab.evaluate("document.activeElement.href")
    tab.keyboard.press("j")
    assert tab.evaluate("document.activeElement.href") != first
    outline = tab.evaluate(
        "getComputedStyle(document.activeElement).outlineStyle + getComputedStyle(document.activeElement, '::after').outlineStyle"
    )
    assert outline != "nonenone"
    tab.keyboard.press("k")
    tab.keyboard.press("x")
    assert tab.locator("input[name=selected]:checked").count() == 1
    tab.locator(".row-link").first.focus()
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/e/campaign/0*")
    tab.keyboard.press("e")
    tab.wait_for_url("**/edit")
    tab.focus("#f-name")
    tab.keyboard.type(" by keys")
    tab.keyboard.press("Control+s")
    tab.wait_for_url(lambda url: not url.endswith("/edit"))
    assert "by keys" in ben.text("h1")
    tab.focus("[aria-label='More actions']")
    tab.keyboard.press("Enter")
    tab.keyboard.press("ArrowDown")
    assert "menu-item" in tab.evaluate("document.activeElement.className")
    tab.keyboard.press("Escape")
    assert tab.evaluate("document.activeElement.getAttribute('aria-label')") == "More actions"
