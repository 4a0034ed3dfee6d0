"""What a page shows before anybody scrolls: on a common screen, and with letters twice as large."""

from __future__ import annotations

from .conftest import NewPerson, Server

SIDEWAYS = (
    "() => Math.max(...[...document.querySelectorAll('.table-wrap')].map((one) => one.scrollWidth - one.clientWidth))"
)
HEIGHTS = """() => [...document.querySelectorAll('.toolbar .btn, .toolbar .input, .toolbar .input-box, .toolbar .segments')]
  .filter((one) => one.checkVisibility()).map((one) => Math.round(one.getBoundingClientRect().height))"""
BOTTOM = "(one) => one.getBoundingClientRect().bottom"


def test_a_party_shows_each_relationship_and_what_comes_next(server: Server, person: NewPerson) -> None:
    """Who is customer, donor and supplier at once shows all three with their owners, and the next step, in the first view."""
    pumps = server.one("party", "record.name == 'Nordsee Pumpen GmbH'")["id"]
    one = person(width=1366, height=850)
    one.go(f"/e/party/{pumps}")
    assert one.tab.locator("main .standing").count() == 3
    assert "Chiara Conti" in one.tab.locator("main .standing", has_text="Supplier").inner_text()
    assert one.tab.locator("main .av.big").inner_text() == "NG"
    assert one.tab.locator(".next-steps").evaluate(BOTTOM) < 600
    assert one.tab.locator("#timeline li").first.evaluate(BOTTOM) < 850


def test_a_list_of_parties_fits_and_shows_their_initials(person: NewPerson) -> None:
    """Each column of the list begins in the window of a common screen; controls above it are of one height."""
    one = person(width=1366, height=850)
    one.go("/e/party")
    assert one.tab.locator("table.list thead th").last.bounding_box()["x"] < 1366 - 24 - 60
    assert (
        one.tab.locator("table.list tbody tr .row-link .av").count() == one.tab.locator("table.list tbody tr").count()
    )
    assert len(set(one.tab.evaluate(HEIGHTS))) == 1


def test_the_desk_uses_its_width(person: NewPerson) -> None:
    """What waits stands in two columns beside one another."""
    one = person("ada@brightwater.example", width=1366, height=850)
    one.go("/")
    starts = {round(card.bounding_box()["x"]) for card in one.tab.locator(".desk-waits > .desk-card").all()}
    assert len(starts) == 2


def test_large_letters_leave_room_for_the_page(person: NewPerson) -> None:
    """At twice the size of letters the first record of a list is in sight, and no bar covers it."""
    one = person(width=683, height=425)
    one.go("/e/party")
    assert one.tab.locator("table.list tbody tr .row-link").first.evaluate(BOTTOM) < 425
    assert not one.tab.locator(".dock").is_visible()
    assert one.tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
