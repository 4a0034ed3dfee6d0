"""The timeline of a party by keyboard: one kind of entry, a day long ago, and back."""

from __future__ import annotations

from .conftest import NewPerson, Server


def test_the_timeline_is_filtered_in_place_and_goes_to_a_day(server: Server, person: NewPerson) -> None:
    """A kind is chosen without leaving the place on the page, and the focus stays on it; a day brings what was up to it, and what means
    no day says so and stays typed."""
    id = server.one("party", "record.display == 'Haushalt Brandt'")["id"]
    ben = person(height=420)
    tab = ben.tab
    ben.go(f"/e/party/{id}")
    tab.locator("#kind-2").focus()
    place = tab.evaluate("scrollY")
    assert place > 0
    tab.keyboard.press("Enter")
    tab.wait_for_selector("#kind-2[aria-current]:focus")
    assert abs(tab.evaluate("scrollY") - place) < 40
    assert "kind=" in ben.path()
    ben.go(f"/e/party/{id}")
    typed = tab.locator(".timeline-on input[type=text]")
    typed.fill("2026-09-01")
    typed.press("Enter")
    tab.wait_for_url("**on=**")
    tab.get_by_text("Back to the newest entries").wait_for()
    first = tab.locator("#timeline .tl-day time").first
    first.wait_for()
    assert str(first.get_attribute("datetime"))[:10] <= "2026-09-01"
    before = tab.locator("#timeline li").count()
    tab.locator("#timeline-older").focus()
    tab.keyboard.press("Enter")
    tab.locator("#timeline-card .tl li").nth(before).wait_for()
    ben.go(f"/e/party/{id}?on=someday")
    assert "is not a date" in ben.text(".timeline-on")
    assert tab.locator(".timeline-on input[type=text]").input_value() == "someday"
