"""The desk: a card moved by keyboard alone and one refused, a dashboard arranged by its reader, what one opened and pinned."""

from __future__ import annotations

import time
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


def test_what_one_arranges_is_taken_back_and_kept_or_said_to_be_lost(server: Server, person: NewPerson) -> None:
    """By keys alone: hidden, wider, as it was written, and each time back; the focus and the chosen period stay. A tile that was
    dragged without a connection returns with the reason; all of it is kept."""
    email = f"arranger{time.monotonic_ns()}@brightwater.example"
    server.make("user", name="Ar Ranger", email=email, roles=["admin"])
    ben = person(email)
    tab: Any = ben.tab
    names = "[...document.querySelectorAll('[data-tile]')].map(t => t.dataset.tile)"
    ben.go("/dashboards/fundraising?arrange=1&whole=1&period=last_year")
    written = tab.evaluate(names)
    assert tab.locator("#arrange-back").count() == 0
    tab.focus(f"#hide-{written[1]}")
    tab.keyboard.press("Enter")
    tab.wait_for_selector(f"#tile-{written[1]}", state="detached")
    tab.wait_for_selector(f"#show-{written[1]}:focus")
    assert tab.input_value(f"#tile-{written[0]} form [name=period] >> nth=0") == "last_year"
    tab.focus("#arrange-back")
    tab.keyboard.press("Enter")
    tab.wait_for_selector(f"#tile-{written[1]}")
    assert tab.evaluate(names) == written
    tab.select_option(f"#size-{written[0]}", f"full:{written[0]}")
    tab.wait_for_selector(f"#tile-{written[0]}.size-full")
    tab.focus("#arrange-reset")
    tab.keyboard.press("Enter")
    tab.wait_for_selector(f"#tile-{written[0]}.size-small")
    tab.focus("#arrange-back")
    tab.keyboard.press("Enter")
    tab.wait_for_selector(f"#tile-{written[0]}.size-full")
    tab.focus("#arrange-reset")
    tab.keyboard.press("Enter")
    tab.wait_for_selector(f"#tile-{written[0]}.size-small")
    dragged = f"#tile-{written[0]} h2"
    tab.context.set_offline(True)
    tab.drag_and_drop(dragged, f"#tile-{written[2]} .tile-figure")
    tab.wait_for_selector("#toasts .toast.bad")
    assert tab.evaluate(names) == written
    tab.context.set_offline(False)
    ben.faults[:] = [fault for fault in ben.faults if "ERR_INTERNET_DISCONNECTED" not in fault]
    with tab.expect_response(lambda answer: answer.request.method == "POST"):
        tab.drag_and_drop(dragged, f"#tile-{written[2]} .tile-figure")
    moved = tab.evaluate(names)
    assert moved == [written[1], written[2], written[0], *written[3:]]
    ben.go("/dashboards/fundraising?whole=1")
    assert tab.evaluate(names) == moved


def test_two_arrange_a_dashboard_for_all_at_once(server: Server, person: NewPerson) -> None:
    """An administrator arranges for everybody what another one has just changed: he is told by whom, on the page as it is now, by
    buttons and by dragging; a colleague sees it so until he arranges his own, and goes back to it by a key."""
    stamp = time.monotonic_ns()
    emails = [f"{name}{stamp}@brightwater.example" for name in ("quick", "slow", "reader")]
    for name, email in zip(("Quick One", "Slow One", "Re Ader"), emails, strict=True):
        server.make("user", name=name, email=email, roles=["admin"])
    quick, slow, reader = (person(email) for email in emails)
    names = "[...document.querySelectorAll('[data-tile]')].map(t => t.dataset.tile)"
    address = "/dashboards/procurement?arrange=everybody&whole=1"
    quick.go(address)
    slow.go(address)
    written = quick.tab.evaluate(names)
    quick.tab.locator(f"#hide-{written[0]}").press("Enter")
    quick.tab.wait_for_selector(f"#tile-{written[0]}", state="detached")
    slow.tab.locator(f"#later-{written[1]}").press("Enter")
    slow.tab.wait_for_selector(".arrange-late:has-text('Quick One arranged this meanwhile')")
    assert slow.tab.evaluate(names) == written[1:]
    slow.tab.locator(f"#later-{written[1]}").press("Enter")
    slow.tab.wait_for_selector(f".dashboard > #tile-{written[2]}:first-child")
    assert slow.tab.locator(".arrange-late").count() == 0
    quick.tab.drag_and_drop(f"#tile-{written[1]} h2", f"#tile-{written[3]} h2")
    quick.tab.wait_for_selector(".arrange-late:has-text('Slow One arranged this meanwhile')")
    assert quick.tab.evaluate(names)[:2] == [written[2], written[1]]
    reader.go("/dashboards/procurement?arrange=1&whole=1")
    assert reader.tab.evaluate(names)[:2] == [written[2], written[1]]
    reader.tab.locator(f"#hide-{written[2]}").press("Enter")
    reader.tab.wait_for_selector(f"#tile-{written[2]}", state="detached")
    reader.tab.locator("#arrange-reset:has-text('everybody')").press("Enter")
    reader.tab.wait_for_selector(f"#tile-{written[2]}")
    quick.tab.locator("#arrange-reset").press("Enter")
    quick.tab.wait_for_selector(f"#tile-{written[0]}")
    assert quick.tab.evaluate(names) == written
