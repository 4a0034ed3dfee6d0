"""Views as several people and several devices have them: what stays in sight, what two changes become, what is said when one is gone."""

from __future__ import annotations

from urllib.parse import parse_qsl

from .conftest import SECOND, NewPerson, Person, Server

PLACES = "all => all.slice(0, 4).map(one => [Math.round(one.getBoundingClientRect().x), one.style.insetInlineStart])"


def places(one: Person) -> list[list[object]]:
    """Where the first cells of the first row are, and what keeps them in sight."""
    return list(one.tab.locator("#results tbody tr").first.locator("td").evaluate_all(PLACES))


def test_columns_that_stay_in_sight_on_a_phone_and_when_it_is_turned(person: NewPerson) -> None:
    """A view made at a desk, on a phone: rows are cards, whose values stand one below the other; turned, the columns are kept again."""
    mei = person(width=390, height=844)
    tab = mei.tab
    mei.go("/e/donation?freeze=2&width=donor:300")
    plain = places(mei)
    assert {place for _, place in plain} == {""}
    assert len({x for x, _ in plain[1:]}) == 1
    tab.set_viewport_size({"width": 1200, "height": 800})
    tab.locator("td.held-last").first.wait_for()
    assert [place for _, place in places(mei)][:1] == ["0px"]
    tab.set_viewport_size({"width": 390, "height": 844})
    tab.locator("td.held").first.wait_for(state="detached")
    assert places(mei) == plain


def test_a_shared_view_that_two_change_and_one_deletes(server: Server, person: NewPerson) -> None:
    """What one changed and what the other changed are both kept; deleted while it is open elsewhere, it is said there, and undo brings
    it back for all."""
    owner = server.one("user", f"record.email == '{SECOND}'")["id"]
    view = server.make(
        "saved_view", name="Zz ours", of="campaign", audience="everybody", owner=owner, query="sort=code"
    )
    ben, mei = person(), person(SECOND)
    ben.go(f"/e/campaign?view={view}&sort=-code")
    mei.go(f"/e/campaign?view={view}&filter=record.code+!%3D+''")
    for one in (ben, mei):
        one.tab.click("#view-save")
        one.tab.wait_for_url(f"**/e/campaign?view={view}")
        assert one.toast() == "“Zz ours” is saved"
    assert mei.tab.locator("th[aria-sort=descending]", has_text="Code").count() == 1
    assert mei.tab.locator("#tools .chip", has_text="Code").count() == 1
    mei.go(f"/e/campaign?view={view}")
    mei.tab.click("#view-edit")
    mei.tab.locator("#sheet[open] button", has_text="Delete view").click()
    mei.tab.wait_for_url(lambda url: "view=" not in url)
    ben.go(f"/e/campaign?view={view}&sort=name")
    assert ben.path() == "/e/campaign?sort=name"
    assert ben.toast() == "This view is deleted, or nobody shares it with you. This is the list without it."
    assert ben.tab.locator("th[aria-sort=ascending]", has_text="Name").count() == 1
    for part in ("export?format=csv&", "list/export?", "list/filter?"):
        assert ben.tab.request.get(f"{server.base}/e/campaign/{part}view={view}").status == 404, (
            "never more than was asked for"
        )
    mei.tab.locator("#toasts form button").click()
    mei.tab.locator("#toasts .toast p", has_text="Undone").wait_for()
    ben.go(f"/e/campaign?view={view}&sort=name")
    assert ben.tab.locator("#tools .chip", has_text="Code").count() == 1
    assert ben.tab.locator("th[aria-sort=ascending]", has_text="Name").count() == 1


def show_as(one: Person, name: str) -> None:
    """Show the same records in another way."""
    with one.tab.expect_navigation():
        one.tab.locator(".segments a", has_text=name).first.click()
    one.tab.wait_for_selector("html[data-js][data-later=here]", state="attached")


def test_every_way_to_show_a_list_leads_back_to_it(person: NewPerson) -> None:
    """Filter, search, view, columns, order and groups stay from the list over board, calendar, timeline and chart back to the list; each
    marks the tab of the list, and other tabs show their records in the same way."""
    ben = person()
    marked = "#views [aria-current]"
    ben.go(
        "/e/customer?view=my_customers&cols=party,stage&group=stage&sort=-party&filter=record.stage+!%3D+'ended'&q=a"
    )
    begun = ben.path().partition("?")[2]
    for name in ("Board", "Calendar", "Timeline", "Chart"):
        show_as(ben, name)
        assert ben.text(".segments [aria-current]").strip() == name
        assert ben.text(marked).splitlines()[0] == "My customers", name
        assert ben.tab.input_value("#list-q") == "a"
        assert ben.tab.locator(".chip").count() == 2
    show_as(ben, "List")
    assert dict(parse_qsl(ben.path().partition("?")[2])) == dict(parse_qsl(begun))
    ben.go("/e/customer?view=customer_board")
    assert ben.text(marked) == "Customers"
    with ben.tab.expect_navigation():
        ben.tab.locator("#views .tabs a", has_text="No order for 6 months").click()
    assert ben.text(".segments [aria-current]").strip() == "Board"
    assert ben.text(marked) == "No order for 6 months"
    with ben.tab.expect_navigation():
        ben.tab.locator(".chip-x").first.click()
    assert ben.text(marked) == "Customers"
    show_as(ben, "List")
    assert ben.tab.locator(".chip").count() == 0
    assert ben.text(marked) == "Customers"


def test_a_saved_view_on_a_board_and_back(server: Server, person: NewPerson) -> None:
    """A saved view is marked on the board too, said to be changed only when it was, and the list is the same one after it."""
    owner = server.one("user", f"record.email == '{SECOND}'")["id"]
    view = server.make(
        "saved_view", name="Zz board", of="customer", audience="everybody", owner=owner, base="customers",
        query="filter=record.stage+%21%3D+%27ended%27&cols=party%2Cstage&group=stage",
    )  # fmt: skip
    ben = person()
    ben.go(f"/e/customer?view={view}")
    show_as(ben, "Board")
    assert ben.text("#views [aria-current]").strip() == "Zz board"
    show_as(ben, "List")
    assert ben.path() == f"/e/customer?view={view}"


def test_a_chart_is_grouped_anew_more_than_once(person: NewPerson) -> None:
    """A second choice of what the bars are counts as the first one did."""
    ben = person()
    tab = ben.tab
    ben.go("/e/customer?view=customer_chart")
    for choice in ("department", "stage", "department"):
        tab.wait_for_selector("html[data-js][data-later=here]", state="attached")
        tab.select_option("#choose-group", choice)
        tab.locator(f"#choose-group option[value={choice}][selected]").wait_for(state="attached")
        assert tab.input_value("#choose-group") == choice
