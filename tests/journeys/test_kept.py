"""What was typed stays: when the connection goes before the scripts have come, and when a draft is offered while one types on."""

from __future__ import annotations

from .conftest import NewPerson, Server

GONE = "The server cannot be reached."


def test_a_form_sent_before_its_scripts_came(server: Server, person: NewPerson) -> None:
    """The connection goes while the page is read: the form stays, sending is offered again, and works once there is a connection."""
    ben = person()
    tab = ben.tab
    tab.goto(server.base + "/e/campaign/new")
    tab.wait_for_selector("html[data-js]", state="attached")
    tab.context.set_offline(True)  # no script of the form has been asked for yet
    tab.fill("#f-code", "ZEARLY")
    tab.fill("#f-name", "Zz early")
    tab.click("#save")
    tab.locator("#keep[open]").wait_for()
    assert GONE in ben.text("#keep")
    tab.click("#keep button[value=yes]")
    tab.locator("#keep[open]").wait_for()  # it was tried once more
    tab.click("#keep button[value=no]")
    assert ben.path() == "/e/campaign/new"
    assert (tab.input_value("#f-code"), tab.input_value("#f-name")) == ("ZEARLY", "Zz early")
    ben.faults.clear()  # the browser's own words on the lost connection
    tab.context.set_offline(False)
    tab.click("#save")
    tab.locator("h1", has_text="Zz early").wait_for()
    assert server.one("campaign", "record.code == 'ZEARLY'")["name"] == "Zz early"
    ben.faults.clear()


def test_a_draft_is_offered_until_it_is_chosen(server: Server, person: NewPerson) -> None:
    """Typing on, leaving, and saving with the note open keep the draft; bringing it back joins it to what was typed since."""
    ben = person()
    tab = ben.tab
    tab.on("dialog", lambda dialog: dialog.accept())
    ben.go("/e/donation/new")
    tab.fill("#f-remark", "The first draft")
    ben.go("/account")
    ben.go("/e/donation/new")
    tab.locator(".draft-note").wait_for()
    tab.fill("#f-remark", "Typed since")
    ben.go("/account")
    ben.go("/e/donation/new")
    tab.click("#save")  # refused, with nothing typed
    tab.locator(".summary").wait_for()
    tab.click("[data-draft=take]")
    assert tab.input_value("#f-remark") == "Typed since\n\nThe first draft"
    tab.fill("#f-remark", "Enough")
    ben.go("/account")
    ben.go("/e/donation/new")
    tab.click("[data-draft=drop]")
    assert tab.input_value("#f-remark") == ""
    ben.go("/account")
    ben.go("/e/donation/new")
    tab.locator("#f-remark").focus()
    assert tab.locator(".draft-note").count() == 0


def test_the_day_of_connections_is_typed(server: Server, person: NewPerson) -> None:
    """A day as people write it, in the reader's order; what is none stays typed, with the reason."""
    ben = person()
    tab = ben.tab
    id = server.one("party", "record.name == 'Nordsee Pumpen GmbH'")["id"]
    ben.go(f"/e/party/{id}?show=network")
    tab.fill("#f-on", "31.12.2026")
    tab.locator(".network-bar button.btn").click()
    tab.wait_for_url("**on=31.12.2026**")
    assert tab.input_value("#f-on") == "31 Dec 2026"
    ben.go(f"/e/party/{id}?show=network&on=someday")
    assert tab.input_value("#f-on") == "someday"
    assert "is not a date" in ben.text(".network-day")
