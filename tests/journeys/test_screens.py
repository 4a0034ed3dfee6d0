"""Every screen: without a breach that axe finds, within the width of a phone and at twice the size, in light, dark and forced colours."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from xrm_core.app import create_app

from .conftest import NewPerson, Person, Server
from .screens import STEPS, screens, steps_of_an_import

DESK, PHONE = 1366, 390
NARROW = {DESK: (683,), PHONE: (320,)}
"""Also tried for its width alone: 200 % zoom of the desk, the narrowest phone."""
CONTRAST = {"runOnly": {"type": "rule", "values": ["color-contrast"]}}
LAYOUT = {"runOnly": {"type": "rule", "values": ["target-size", "scrollable-region-focusable", "aria-hidden-focus"]}}
"""What the width decides."""
WHOLE = {"rules": {"target-size": {"enabled": True}}}
"""All that axe asks, and of `LAYOUT` what it leaves out unless it is asked."""
CALM, SHIFT = (
    0.05,
    """window.xrmShift = 0; new PerformanceObserver(list => {
  for (const one of list.getEntries()) if (!one.hadRecentInput) window.xrmShift += one.value }).observe({type: "layout-shift", buffered: true})""",
)
"""How far a page may jump about while it opens, and what measures it (web.dev/cls)."""
LIGHT, WEIGHT = (
    60_000,
    """performance.getEntries().filter(e => e.entryType === "navigation" || /\\.(js|css)$/.test(e.name))
  .filter(e => e.startTime < performance.getEntriesByType("navigation")[0].loadEventEnd + 1000)
  .reduce((sum, one) => sum + one.encodedBodySize, 0)""",
)
"""Bytes that a page may have, compressed, with all that it brings before somebody does something on it, kept already or not. What every
page loads has a limit of its own (tests/truth/test_assets.py)."""
NO_PAGES = ("/api/", "/static/")
"""Where programs and browsers ask, not people."""
FILE, PART, ON = "a file", "a part of a page", "leads on to a page"
UNSEEN = {
    "/file/{id:str}": FILE,
    "/e/{entity:str}/chart.csv": FILE,
    "/e/{entity:str}/export": FILE,
    "/exports/{id:str}/file": FILE,
    "/import/{id:str}/errors": FILE,
    "/access/log/export": FILE,
    "/dashboards/{name:str}/{tile:str}/csv": FILE,
    "/tiles/{id:str}": "the form of a tile that there is, drawn as /tiles/new",
    "/p/communications/calendar/{at_token:str}": FILE,
    "/p/communications/card/{at_party:str}": FILE,
    "/p/communications/cards/{at_view:str}": FILE,
    "/palette": PART,
    "/undo": PART,
    "/palette/hits": PART,
    "/menu/counts": PART,
    "/lookup/{entity:str}/{field:str}": PART,
    "/names/{source:str}": PART,
    "/read/day": PART,
    "/e/{entity:str}/people": PART,
    "/e/{entity:str}/{id:str}/field/{name:str}": PART,
    "/dashboards": ON,
    "/import/{id:str}": ON,
    "/sign-in/with/{name:str}": ON,
    "/sign-in/with/{name:str}/back": ON,
}
"""Addresses that need no screen, and why."""


def test_screens_are_accessible_and_fit(server: Server, person: NewPerson) -> None:
    """No breach of WCAG 2.2 AA that axe can find, in light and dark, and nothing to scroll sideways, at the double size and on the
    narrowest phone neither; nothing jumps while a page opens, and none is heavy. Dark and light differ in colours alone, wide and narrow in
    places: each page is opened once and asked for what it can breach."""
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed here"
    )
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed here")
    # axe itself needs what the policy forbids
    inside, outside = (person(width=DESK, bypass_csp=True, signed_in=way) for way in (True, False))
    for one in (inside, outside):
        one.tab.add_init_script(SHIFT)
        one.tab.emulate_media(reduced_motion="reduce")  # colours change at once
    found: list[tuple[str, ...]] = []
    for screen in screens(server):
        one = outside if screen.outside else inside
        answer = one.arrive(screen.path)
        found.extend([(screen.name, f"answers {answer.status}")] if answer.status != screen.status else [])
        weight = one.tab.evaluate(WEIGHT)
        found.extend([(screen.name, f"weighs {weight} bytes")] if weight > LIGHT else [])
        try:
            screen.do(one)
        except api.TimeoutError as late:  # the others are looked at all the same
            found.append((screen.name, f"does not come: {late.message[:200]}"))
            continue
        assert not screen.reaches or one.path() == screen.reaches
        found.extend((screen.name, *fault) for fault in faults(axe, one, screen.part))
    for name in steps_of_an_import(inside):
        assert is_like(STEPS[name], inside.path())
        found.extend((name, *fault) for fault in faults(axe, inside, ""))
    assert found == []


def faults(axe: Any, one: Person, part: str) -> Iterator[tuple[str, ...]]:
    """What is wrong with the page at hand, or a part of it: it jumped, breaches a rule of axe in light, dark or narrow, or is too wide."""
    jumped = one.tab.evaluate("window.xrmShift")
    if jumped > CALM:
        yield (f"jumps by {jumped:.3f}",)
    yield from breaches(axe, one, part, WHOLE)
    one.tab.emulate_media(color_scheme="dark")
    yield from (("dark", *breach) for breach in breaches(axe, one, part, CONTRAST))
    one.tab.emulate_media(color_scheme="light")
    for width, narrower in NARROW.items():
        for wide in (width, *narrower):
            one.tab.set_viewport_size({"width": wide, "height": 850})
            taken = one.tab.evaluate("document.documentElement.scrollWidth")
            if taken > wide:
                yield (f"{taken} px on a screen of {wide} px",)
    yield from (("narrow", *breach) for breach in breaches(axe, one, part, LAYOUT))
    one.tab.set_viewport_size({"width": DESK, "height": 850})


def test_every_page_is_looked_at(server: Server) -> None:
    """Each address of the application that shows a page, those of plugins too, has a screen above, or a reason why it needs none.
    Who adds a page adds its screen."""
    app = create_app(server.runtime)
    known = [route.path for route in app.routes if "GET" in getattr(route, "methods", ())]
    pages = [path for path in known if not path.startswith(NO_PAGES)]
    seen = [*STEPS.values(), *(screen.reaches or screen.path for screen in screens(server))]
    looked_at = {best for one in seen if (best := route_of(pages, one))}
    assert {path for path in pages if path not in UNSEEN} - looked_at == set(), "without a screen"
    assert set(UNSEEN) - {*pages} == set(), "there is no such address"
    assert set(UNSEEN) & looked_at == set(), "there is a screen of it"


def route_of(paths: Sequence[str], address: str) -> str | None:
    """The path of the application that answers at an address: the one with the most words of its own from the left."""
    fitting = [path for path in paths if is_like(path, address)]
    return max(fitting, key=lambda path: [not part.startswith("{") for part in path.split("/")], default=None)


def is_like(path: str, address: str) -> bool:
    """Does a path with names in braces, or an address of the same kind, fit an address?"""
    own, asked = path.split("/"), address.split("?")[0].split("/")
    return len(own) == len(asked) and all(
        a == b or a.startswith("{") or a == "one" for a, b in zip(own, asked, strict=True)
    )


def test_states_are_seen_in_forced_colours(server: Server, person: NewPerson) -> None:
    """With the few colours of the system the open view, the display, the step of a record, a switch and a wrong field are still told
    from the others by a line around them."""
    ben = person()
    ben.tab.emulate_media(forced_colors="active")
    line = "e => { const s = getComputedStyle(e); return s.outlineStyle !== 'none' || s.outlineWidth !== '0px' }"
    ben.go("/e/donation")
    for current in (".side-link[aria-current]", ".tabs [aria-current]", ".segments [aria-current]"):
        assert ben.tab.locator(current).first.evaluate(line), current
    other = ".segments a:not([aria-current])"
    assert ben.tab.locator(other).first.evaluate("e => getComputedStyle(e).outlineStyle") == "none"
    gift = server.one("donation", "record.status == 'received'")["id"]
    ben.go(f"/e/donation/{gift}")
    colour = "e => getComputedStyle(e, '::before').backgroundColor"
    steps = [ben.tab.locator(f".path-step.{way}").first.evaluate(colour) for way in ("done", "current")]
    assert len({*steps}) == 2
    ben.go("/e/donation/new")
    ben.tab.click("#save")
    ben.tab.wait_for_selector("[role=alert]")
    assert ben.tab.locator("[aria-invalid=true]").first.evaluate("e => getComputedStyle(e).borderTopStyle") == "dashed"
    assert ben.tab.locator(".switch input").first.evaluate("e => getComputedStyle(e).boxShadow") != "none"


def breaches(axe: Any, one: Person, part: str, options: dict[str, Any]) -> list[tuple[str, str]]:
    """Rule and first place of each breach on the page at hand, or a part of it."""
    if one.tab.evaluate("typeof axe === 'undefined'"):  # once for each page: it is long
        one.tab.evaluate(axe.Axe().axe_script)
    answer = one.tab.evaluate(
        "([part, options]) => axe.run(part || document, options)", [part, {"resultTypes": ["violations"], **options}]
    )
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


def test_paper_holds_all_columns(person: NewPerson) -> None:
    """On paper a list that is wider than the screen is as wide as the page, and no column is cut."""
    ben = person(width=794)
    ben.go("/e/contract")
    inside = "e => [e.scrollWidth, e.closest('main').clientWidth]"
    on_screen, room = ben.tab.locator("table.list").evaluate(inside)
    assert on_screen > room
    ben.tab.emulate_media(media="print")
    printed, page = ben.tab.locator("table.list").evaluate(inside)
    assert printed <= page


def test_a_phone_does_everything(server: Server, person: NewPerson) -> None:
    """At 390 px: the menu opens, a list shows its rows as cards, a record is made, edited and moved on."""
    ben = person(width=390, height=844, signed_in=False)
    tab = ben.tab
    ben.sign_in()
    ben.go("/")
    tab.click(".dock button")
    tab.locator(".side").get_by_text("Donors", exact=True).first.click()
    tab.click(".side a:has-text('Donations')")
    tab.wait_for_url("**/e/donation**")
    assert tab.locator("table.list tbody tr").first.bounding_box()["width"] <= 390
    donor = server.one("donor")["id"]
    ben.go(f"/e/donation/new?donor={donor}")
    tab.fill("#f-amount", "12")
    where = "scrollY + document.querySelector('#f-allocations-add').getBoundingClientRect().top"
    place = tab.evaluate(where)
    tab.fill("#f-expected_on", "2026-12-31")
    tab.wait_for_selector(".day-said:has-text('Thursday, 31 December 2026')")
    assert tab.evaluate(where) == place  # nothing moves away under a finger
    tab.click("#f-allocations-add")
    tab.wait_for_selector("#f-allocations-0-fund")
    tab.click("#f-allocations-0-remove")
    tab.click("#save")
    tab.wait_for_url("**/e/donation/0*")
    tab.wait_for_selector("html[data-js][data-later=here]", state="attached")
    tab.click("#do-receive")
    tab.wait_for_selector("#asking[open]")
    tab.fill("#asking #f-received_on", "2026-11-02")
    if tab.locator("#asking #f-method").count():
        tab.select_option("#asking #f-method", index=1)
    tab.click("#asking #save")
    tab.wait_for_selector(".record-title:has-text('Received')")
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
    tab.wait_for_selector("#status:has-text('1 selected')", state="attached")  # said to who does not see the bar
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
