"""Lifecycles: transitions with what they ask for, boards by drag and by menu, actions of plugins."""

from __future__ import annotations

from .conftest import NewPerson, Server


def test_a_transition_asks_for_what_it_needs(server: Server, person: NewPerson) -> None:
    """A button opens a small form over the page where something is missing; the fault is said beside the field; then it is done.
    Without scripts the same form is a page."""
    donor = server.one("donor")["id"]
    id = server.make("donation", donor=donor, amount="50", status="pledged", expected_on="2026-12-01")
    ben = person()
    tab = ben.tab
    ben.go(f"/e/donation/{id}")
    tab.click("#do-receive")
    tab.wait_for_selector("#asking[open]")
    tab.click("#save")
    tab.wait_for_selector(".summary")
    assert tab.evaluate("document.activeElement.classList.contains('summary')")
    tab.fill("#f-received_on", "2026-11-01")
    if tab.locator("#f-method").count():
        tab.select_option("#f-method", index=1)
    tab.click("#save")
    tab.wait_for_selector(".record-title .pill:has-text('Received')")
    assert ben.path() == f"/e/donation/{id}"
    assert ben.toast() == "Donation: Received"
    other = server.make("donation", donor=donor, amount="50", status="pledged", expected_on="2026-12-01")
    mei = person(scripts=False)
    mei.go(f"/e/donation/{other}")
    mei.tab.click("#do-receive")
    assert mei.path() == f"/e/donation/{other}/do/receive"


def test_a_closed_transition_says_why(server: Server, person: NewPerson) -> None:
    """What cannot be done now stands there with its reason instead of a button."""
    id = server.make("order", customer=server.one("customer")["id"])
    ben = person()
    ben.go(f"/e/order/{id}")
    ben.tab.click(".path .btn.closed:has-text('Confirm')")
    assert "An order without lines cannot be confirmed." in ben.text(".path")


def test_a_card_is_moved_by_dragging(server: Server, person: NewPerson) -> None:
    """A dragged card changes its column at once, and the record its state; a column that no way leads to refuses it."""
    card = server.one("opportunity", "record.stage == 'qualify'")
    ben = person(height=1400)
    tab = ben.tab
    ben.go("/e/opportunity?view=opportunity_board&q=" + card["number"])
    tab.drag_and_drop(f"#card-{card['id']}", ".board-column[data-to=discover] .board-head", force=True)
    tab.wait_for_selector(f".board-column[data-to=discover] #card-{card['id']}")
    assert "Discover" in ben.toast()
    assert server.one("opportunity", f"record.id == '{card['id']}'")["stage"] == "discover"
    tab.wait_for_selector(f"#card-{card['id']}[draggable=true]")


def test_a_card_is_moved_by_its_menu_and_asks_for_more(server: Server, person: NewPerson) -> None:
    """The menu of a card leads where dragging does; a move that needs a reason opens its form over the board."""
    card = server.one("opportunity", "record.stage == 'discover'")
    ben = person()
    tab = ben.tab
    ben.go("/e/opportunity?view=opportunity_board&q=" + card["number"])
    tab.click(f"#move-{card['id']}")
    tab.click(f"#move-{card['id']}-lost")
    tab.wait_for_selector("#asking[open] #f-lost_reason")
    assert "Lost because of" in ben.text("#asking")
    tab.select_option("#f-lost_reason", index=1)
    if tab.locator("#f-reason").count():
        tab.fill("#f-reason", "Too dear")
    tab.click("#asking #save")
    tab.wait_for_selector(f".board-column[data-to=lost] #card-{card['id']}")
    assert server.one("opportunity", f"record.id == '{card['id']}'")["stage"] == "lost"


def test_a_refused_drop_goes_back_with_the_reason(server: Server, person: NewPerson) -> None:
    """A card that no way leads to a column says so and stays; one whose record changed meanwhile goes back to its column and says so."""
    card = server.one("opportunity", "record.stage == 'propose'")
    ben = person(height=1400)
    tab = ben.tab
    ben.go("/e/opportunity?view=opportunity_board&q=" + card["number"])
    tab.evaluate("id => document.getElementById('card-' + id).dataset.version = '0'", card["id"])
    tab.drag_and_drop(f"#card-{card['id']}", ".board-column[data-to=negotiate] .board-head", force=True)
    tab.wait_for_selector("#toasts .toast.bad")
    assert tab.locator(f".board-column[data-to=propose] #card-{card['id']}").count() == 1
    lost = server.one("opportunity", "record.stage == 'lost'")
    ben.go("/e/opportunity?view=opportunity_board&q=" + lost["number"])
    tab.drag_and_drop(f"#card-{lost['id']}", ".board-column[data-to=propose] .board-head", force=True)
    tab.wait_for_selector("#toasts .toast.bad:has-text('no way from Lost to Propose')")
    assert tab.locator(f".board-column[data-to=lost] #card-{lost['id']}").count() == 1


def test_an_action_of_a_plugin_is_a_button(server: Server, person: NewPerson) -> None:
    """Actions of plugins stand beside Edit: one that needs nothing is done at once, one with fields asks for them."""
    gift = server.one("donation", "record.thanks == 'due'")
    ben = person()
    tab = ben.tab
    ben.go(f"/e/donation/{gift['id']}")
    tab.click("#run-thank")
    assert ben.toast().startswith("Done: Thanked")
    assert server.one("donation", f"record.id == '{gift['id']}'")["thanks"] == "thanked"
    donor = server.one("donor", "record.stage == 'active'")["id"]
    ben.go(f"/e/donor/{donor}")
    tab.click("#run-draft_yearly_receipt")
    tab.wait_for_selector("#asking[open]")
    tab.fill("#f-year", "nineteen")
    tab.click("#save")
    tab.wait_for_selector(".summary")
    assert tab.input_value("#f-year") == "nineteen"
