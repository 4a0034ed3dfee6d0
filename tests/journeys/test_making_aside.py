"""A record that a link lacks is made where it is wanted: the form waits with everything in it, and comes back with the record."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import NewPerson, Person, Server
from .test_forms import choose, saved


def ask_for_new(one: Person, input: str, words: str) -> None:
    """Look for what is not there, and ask for a new one with the keyboard alone."""
    one.tab.locator(input).press_sequentially(words, delay=10)
    link = one.tab.locator(f"{input}-options .option-link")
    link.wait_for()
    one.tab.keyboard.press("Tab")
    for _ in range(4):
        if one.tab.evaluate("document.activeElement.matches('.option-link')"):
            break
        one.tab.keyboard.press("Tab")
    one.tab.keyboard.press("Enter")


def heading(one: Person, words: str) -> None:
    """Wait for the page with this heading."""
    one.tab.locator(f"main h1:has-text({words!r})").wait_for()


@pytest.mark.parametrize(("width", "dark"), [(1366, False), (390, True)])
def test_a_new_party_for_a_new_donor(server: Server, person: NewPerson, tmp_path: Path, width: int, dark: bool) -> None:
    """The words looked for are the new party's name; back in the form it is chosen, and nothing typed is lost."""
    eva = person(width=width, dark=dark)
    tab, name = eva.tab, f"Aside {width} Ltd"
    eva.go("/e/donor/new")
    tab.fill("#f-since", "2026-01-05")
    ask_for_new(eva, "#f-party", name)
    heading(eva, "New party")
    assert tab.input_value("#f-name") == name
    assert eva.path().startswith("/e/party/new")
    assert tab.locator("#form").count() == 1
    assert eva.text(".crumbs").split() == ["Donors", "New", "donor", *(["New", "party"] if width > 800 else [])]
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    tab.fill("#f-name", "")
    tab.click("#save")
    tab.wait_for_selector(".summary")
    assert "Name is required" in eva.text(".summary")
    tab.fill("#f-name", name)
    tab.click("[role=tab]:has-text('Addresses')")
    tab.click("#f-contact_points-add")
    tab.wait_for_selector("#f-contact_points-0-value")
    tab.fill("#f-contact_points-0-value", "aside@example.org")
    tab.keyboard.press("Control+s")
    heading(eva, "New donor")
    assert eva.path() == "/e/donor/new"
    assert (tab.input_value("#f-party"), tab.input_value("#f-since")) == (name, "5 Jan 2026")
    assert tab.evaluate("document.activeElement.id") == "f-party"
    choose(eva, "#f-department", "Fundraising")
    saved(eva, "donor")
    party = server.one("party", f"record.name == '{name}'")
    assert server.one("donor", f"record.party == '{party['id']}'")


def test_turning_back_and_the_browsers_own_way_back(server: Server, person: NewPerson) -> None:
    """Without saving, by the button or by the browser, the form is as it was left; a lookup of a row is served likewise."""
    ada = person()
    tab = ada.tab
    ada.go("/e/order/new")
    tab.fill("#f-customer_ref", "PO 77")
    tab.click("#f-lines-add")
    tab.wait_for_selector("#f-lines-0-product")
    tab.fill("#f-lines-0-quantity", "12")
    for way in ("button", "browser"):
        ask_for_new(ada, "#f-lines-0-product", "Aside thing")
        heading(ada, "New product")
        if way == "button":
            tab.click("#form [value=back]")
        else:
            tab.go_back()
        heading(ada, "New order")
        assert (tab.input_value("#f-lines-0-quantity"), tab.input_value("#f-customer_ref")) == ("12", "PO 77")
        tab.fill("#f-lines-0-product", "")
    ask_for_new(ada, "#f-lines-0-product", "Aside thing")
    heading(ada, "New product")
    tab.fill("#f-sku", "ASIDE-1")
    tab.click("#save")
    heading(ada, "New order")
    assert tab.input_value("#f-lines-0-product") == "ASIDE-1 Aside thing" or "Aside thing" in tab.input_value(
        "#f-lines-0-product"
    )


def test_without_scripts(server: Server, person: NewPerson) -> None:
    """The button beside the link leads to the new record's page, and its save back."""
    old = person(scripts=False)
    tab = old.tab
    old.go("/e/donor/new")
    tab.fill("#f-since", "2026-02-06")
    tab.fill("#f-party", "Paper Ltd")
    tab.click("button[name=_create][value=party]")
    heading(old, "New party")
    assert tab.input_value("#f-name") == "Paper Ltd"
    tab.click("#save")
    heading(old, "New donor")
    assert (tab.input_value("#f-party"), tab.input_value("#f-since")) == ("Paper Ltd", "6 Feb 2026")
