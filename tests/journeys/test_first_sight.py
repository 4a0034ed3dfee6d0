"""What a page shows before anybody scrolls: on a common screen, and with letters twice as large."""

from __future__ import annotations

from uuid import uuid4

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
    one.go("/e/party?sort=created_at")  # those of the demo
    assert one.tab.locator("table.list thead th").last.bounding_box()["x"] < 1366 - 24 - 60
    assert (
        one.tab.locator("table.list tbody tr .row-link .av").count() == one.tab.locator("table.list tbody tr").count()
    )
    one.go("/e/party")
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


def test_a_party_on_a_phone_begins_with_itself(server: Server, person: NewPerson) -> None:
    """Name and state stand first, what can be done in one row below them, what is next before what is known."""
    pumps = server.one("party", "record.name == 'Nordsee Pumpen GmbH'")["id"]
    one = person("ada@brightwater.example", width=390, height=844)
    one.go(f"/e/party/{pumps}")
    acts = one.tab.locator(".record-head > .actions .btn:visible")
    places = [act.bounding_box() for act in acts.all()]
    assert len(places) > 1
    assert len({round(place["y"]) for place in places}) == len({round(place["height"]) for place in places}) == 1
    assert all(place["y"] > one.tab.locator("h1").evaluate(BOTTOM) for place in places)
    assert acts.last.evaluate(BOTTOM) < 300
    assert one.tab.locator(".next-steps").evaluate(BOTTOM) < one.tab.locator(".three .facts").first.evaluate(BOTTOM)
    assert one.tab.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_list_on_a_phone_shows_records(person: NewPerson) -> None:
    """Search and the ways to change the list stand in one row; the first record follows in the upper half."""
    one = person(width=390, height=844)
    one.go("/e/party")
    row = one.tab.locator(".toolbar .search-box, .toolbar .tools > a.btn")
    assert len({round(one.bounding_box()["y"]) for one in row.all()}) == 1
    assert row.count() > 3
    assert one.tab.locator("table.list tbody tr .row-link").first.evaluate(BOTTOM) < 360


def test_kinds_stand_apart_in_the_timeline(server: Server, person: NewPerson) -> None:
    """Each entry says its kind beside its title, in one colour for the kind; days stand beside what happened on them."""
    pumps = server.one("party", "record.name == 'Nordsee Pumpen GmbH'")["id"]
    one = person("ruth@brightwater.example", width=1366, height=850)
    one.go(f"/e/party/{pumps}")
    entries = one.tab.locator("#timeline li").all()
    kinds = {(e.locator(".tl-kind").inner_text(), e.locator(".tl-mark").get_attribute("class")) for e in entries if e.locator(".tl-kind").count()}  # fmt: skip
    assert len(kinds) == len({name for name, _ in kinds}) > 2
    assert len({colour for _, colour in kinds}) > 1
    day = one.tab.locator(".tl-group").first
    assert abs(day.locator(".tl-day").bounding_box()["y"] - day.locator("li").first.bounding_box()["y"]) < 12


def test_arabic_lists_cut_ends_and_timelines_begin_with_names(server: Server, person: NewPerson) -> None:
    """Where the page goes from right to left, an address that does not fit loses its end, not its beginning, and a phone shows the names
    of a timeline before its bars."""
    nadia = f"nadia{uuid4().hex}@brightwater.example"
    server.make("user", name="Nadia Look", email=nadia, roles=["admin"], language="ar")
    one = person(nadia, width=1366, height=850)
    one.go("/e/party")
    assert one.tab.locator("html").get_attribute("dir") == "rtl"
    cut = one.tab.locator("table.list td > a[href^='mailto:'] > bdi").evaluate_all(
        """all => all.filter(one => one.scrollWidth > one.clientWidth)
        .map(one => [getComputedStyle(one).direction, getComputedStyle(one).textOverflow, one.parentNode.scrollWidth - one.parentNode.clientWidth])"""
    )
    assert cut
    assert {tuple(each) for each in cut} == {("ltr", "ellipsis", 0)}
    phone = person(nadia, width=390, height=844)
    phone.go("/e/contract?view=contract_timeline")
    assert 0 <= phone.tab.locator(".timeline-box .lane-name").first.bounding_box()["x"] < 390


def test_views_bring_their_own_styles_alone(person: NewPerson) -> None:
    """A list, board, calendar or timeline does not wait for the styles of the others, nor of a record."""
    one = person()
    own = {
        "/e/party": set(),
        "/e/opportunity?view=opportunity_board": {"board"},
        "/e/communication?view=communication_calendar": {"calendar"},
        "/e/contract?view=contract_timeline": {"timeline"},
    }
    for path, names in own.items():
        one.arrive(path)
        linked = {
            href.rsplit("/", 1)[1].removesuffix(".css")
            for href in one.tab.locator("link[rel=stylesheet]").evaluate_all("all => all.map(one => one.href)")
        }
        assert linked & {"board", "calendar", "timeline", "records"} == names
