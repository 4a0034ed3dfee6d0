"""Tiles made on the page: by keys with the preview beside, from a list, without scripts, on a phone in Arabic."""

from __future__ import annotations

import time
from typing import Any

from .conftest import NewPerson, Server

MADE = "[data-tile^='0']"


def newcomer(server: Server, name: str, **values: Any) -> str:
    """Somebody whose dashboards nobody else arranges; his address."""
    email = f"{name.lower()}{time.monotonic_ns()}@brightwater.example"
    server.make("user", name=f"{name} Tiler", email=email, roles=["admin"], **values)
    return email


def ready(tab: Any) -> None:
    """Until the scripts of the page are there."""
    tab.wait_for_selector("html[data-js][data-later=here]", state="attached")


def test_a_tile_is_made_with_its_preview_changed_and_taken_back(server: Server, person: NewPerson) -> None:
    """By keys alone: what it shows is chosen, stands there at once, keeps the focus, is named and saved; it is changed, deleted, and
    brought back."""
    ben = person(newcomer(server, "Keys"))
    tab: Any = ben.tab
    ben.go("/dashboards/fundraising")
    ready(tab)
    tab.focus("#new-tile")
    tab.keyboard.press("Enter")
    tab.wait_for_selector("#tile-preview .tile-value")
    ready(tab)
    tab.focus("[name=kind]")
    tab.keyboard.press("ArrowDown")
    tab.wait_for_selector("#tile-choices [name=group]")
    tab.wait_for_selector("#tile-preview svg.chart")
    assert tab.evaluate("document.activeElement.name") == "kind"
    tab.select_option("[name=entity]", "donor")
    tab.wait_for_selector("#tile-preview h2:has-text('Donors')")
    tab.fill("[name=title]", "Where donors stand")
    tab.focus("#save")
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/dashboards/fundraising#tile-*")
    tile = tab.wait_for_selector(f"{MADE}:has-text('Where donors stand')").get_attribute("id")
    ready(tab)
    tab.locator(f"#{tile} .menu > summary").press("Enter")
    tab.locator(f"#{tile} .menu-item[href^='/tiles/']").press("Enter")
    tab.wait_for_selector("[name=kind]")
    ready(tab)
    tab.select_option("[name=kind]", "donut")
    tab.wait_for_selector("#tile-preview .legend")
    tab.locator("#save").press("Enter")
    tab.wait_for_selector(f"#{tile} .legend")
    tab.goto(tab.url.partition("/dashboards")[0] + "/tiles/" + tile.removeprefix("tile-"))
    tab.locator("button:has-text('Delete tile')").press("Enter")
    tab.wait_for_url("**/dashboards/fundraising")
    tab.wait_for_selector(f"#{tile}", state="detached")
    tab.locator("#toasts [data-undo], #toasts form button").last.press("Enter")
    tab.wait_for_selector(f"#{tile}")


def test_a_list_becomes_a_tile_without_scripts(server: Server, person: NewPerson) -> None:
    """A filtered list is added to a dashboard by links and buttons of plain pages; the tile leads back to the same records."""
    one = person(newcomer(server, "Plain"), scripts=False)
    tab: Any = one.tab
    one.go("/e/donation?filter=record.amount+%3E+10.0")
    href = tab.locator("#add-to-dashboard").get_attribute("href")
    one.go(href)
    assert "10" in tab.inner_text("#tile-choices")
    tab.select_option("[name=kind]", "number")
    tab.click("button[value=show]")
    tab.wait_for_selector("#tile-preview .tile-value")
    tab.fill("[name=title]", "Larger gifts")
    tab.click("#save")
    tab.wait_for_selector(f"{MADE}:has-text('Larger gifts')")
    one.go("/dashboards/" + tab.url.partition("#")[0].rpartition("/")[2] + "?whole=1")
    one.go(tab.locator(f"{MADE}:has-text('Larger gifts') .tile-value a").first.get_attribute("href"))
    assert "filter=" in tab.url


def test_a_tile_is_made_on_a_phone_in_arabic(server: Server, person: NewPerson) -> None:
    """From the right, in one column, nothing scrolls sideways, neither the form nor the dashboard."""
    one = person(newcomer(server, "Phone", language="ar"), width=390, height=844)
    tab: Any = one.tab
    one.go("/tiles/new?dashboard=fundraising&entity=donation&kind=bar")
    tab.wait_for_selector("html[dir=rtl] #tile-preview svg.chart")
    fits = "document.documentElement.scrollWidth <= innerWidth"
    assert tab.evaluate(fits)
    tab.click("#save")
    tab.wait_for_selector(MADE)
    assert tab.evaluate(fits)
    one.go("/dashboards/fundraising?arrange=everybody")
    tab.wait_for_selector("#tiles .arrange-whose")
    assert tab.evaluate(fits)
    assert tab.locator(MADE).count() == 0
