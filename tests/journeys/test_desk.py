"""The desk: a card moved by keyboard alone and one refused, a dashboard arranged by its reader, what one opened and pinned."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.journeys.conftest import Person, Server

NewPerson = Callable[..., Person]


def test_a_card_is_moved_by_the_keyboard_and_a_refused_one_says_why(server: Server, person: NewPerson) -> None:
    """The menu of a card opens, moves it in place and keeps the focus; where its record changed meanwhile the reason is told."""
    card = server.one("opportunity", "record.stage == 'qualify'")
    ben = person(height=1400)
    tab = ben.tab
    ben.go("/e/opportunity?view=opportunity_board&q=" + card["number"])
    tab.focus(f"#move-{card['id']}")
    tab.keyboard.press("Enter")
    tab.focus(f"#move-{card['id']}-discover")
    tab.keyboard.press("Enter")
    tab.wait_for_selector(f".board-column[data-to=discover] #card-{card['id']}")
    assert tab.evaluate("document.activeElement.id") == f"move-{card['id']}"
    assert tab.input_value("#list-q") == card["number"]
    tab.eval_on_selector(f"#card-{card['id']} [name=version]", "input => input.value = '0'")
    tab.click(f"#move-{card['id']}")
    tab.click(f"#move-{card['id']}-propose")
    tab.wait_for_selector("#toasts .toast.bad")
    assert tab.locator(f".board-column[data-to=discover] #card-{card['id']}").count() == 1


def test_a_dashboard_is_arranged_and_what_one_opened_is_on_the_start_page(server: Server, person: NewPerson) -> None:
    """Tiles move by their buttons, keep the focus and stay so; a tile leads to its records; a list is pinned, a record comes back."""
    ben = person()
    tab: Any = ben.tab
    ben.go("/dashboards/fundraising/gifts?arrange=1")
    assert tab.locator("#hide-gifts").count() == 1  # what a busy page fetches later can be moved too
    ben.go("/dashboards/fundraising?arrange=1&whole=1")
    names = "[...document.querySelectorAll('[data-tile]')].map(t => t.dataset.tile)"
    before = tab.evaluate(names)
    tab.focus(f"#later-{before[0]}")
    tab.keyboard.press("Enter")
    tab.wait_for_selector(f".dashboard > #tile-{before[1]}:first-child")
    assert tab.evaluate("document.activeElement.id") == f"later-{before[0]}"
    tab.click(f"#hide-{before[2]}")
    tab.wait_for_selector(f"#tile-{before[2]}", state="detached")
    ben.go("/dashboards/fundraising?whole=1")
    assert tab.evaluate(names)[:2] == [before[1], before[0]]
    assert before[2] not in tab.evaluate(names)
    assert tab.locator(".tile-fault").count() == 0
    tab.click("#tile-gifts .tile-value a")
    tab.wait_for_url("**/e/donation?**")
    donor = server.one("donor")
    ben.go(f"/e/donor/{donor['id']}")
    ben.go("/")
    tab.wait_for_selector(f"[aria-labelledby=desk-recent] a[href='/e/donor/{donor['id']}']")
