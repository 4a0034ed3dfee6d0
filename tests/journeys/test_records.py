"""Records where they stand: one value changed in place, a form that loses nothing, two people at one value, no mouse, no scripts."""

from __future__ import annotations

from .conftest import NewPerson, Server

SECOND = "second@brightwater.example"


def test_a_value_is_changed_where_it_stands(server: Server, person: NewPerson) -> None:
    """A click or F2 opens one field; Enter saves it and keeps the focus; Escape gives it back; what is refused stays typed; Z takes back."""
    id = server.make("campaign", code="ZPLACE", name="Zz place", starts_on="2026-01-01")
    ben = person()
    tab = ben.tab
    ben.go(f"/e/campaign/{id}")
    tab.locator("#edit-name").focus()
    tab.keyboard.press("F2")
    tab.wait_for_selector(".inline-edit #f-name:focus")
    tab.keyboard.type("Zz placed")
    tab.keyboard.press("Enter")
    tab.wait_for_selector("h1:has-text('Zz placed')")
    tab.wait_for_function("() => document.activeElement.id === 'edit-name'")
    assert ben.toast() == "Name saved"
    tab.keyboard.press("z")
    tab.wait_for_selector("#toasts .toast:has-text('Undone')")
    assert ben.text("h1") == "Zz place"
    tab.locator("#v-code dd").click()
    tab.wait_for_selector(".inline-edit #f-code")
    tab.fill("#f-code", "")
    tab.keyboard.press("Enter")
    tab.wait_for_selector(".inline-edit .error-text")
    assert tab.evaluate("document.activeElement.id") == "f-code"
    tab.keyboard.press("Escape")
    assert ben.text("#v-code dd") == "ZPLACE"
    tab.locator("#v-starts_on dd").click()
    tab.fill(".inline-edit #f-starts_on", "1.2.2027")
    tab.keyboard.press("Enter")
    tab.wait_for_selector("#v-starts_on dd:has-text('1 Feb 2027')")
    assert str(server.one("campaign", f"record.id == '{id}'")["starts_on"]) == "2027-02-01"


def test_the_records_of_a_list_follow_each_other(server: Server, person: NewPerson) -> None:
    """From a record that was opened in a list, one key leads to the next one of that list and back."""
    first, second = (server.make("campaign", code=f"ZWAY{n}", name=f"Zz way {n}") for n in (1, 2))
    ben = person()
    ben.go("/e/campaign?q=Zz+way&sort=code")
    ben.tab.click("a.row-link:has-text('ZWAY1'), a.row-link:has-text('Zz way 1')")
    ben.tab.wait_for_url(f"**/e/campaign/{first}")
    ben.tab.wait_for_selector("[data-way=next]:visible")
    ben.tab.keyboard.press("]")
    ben.tab.wait_for_url(f"**/e/campaign/{second}")
    ben.tab.wait_for_selector("[data-way=previous]:visible")
    ben.tab.keyboard.press("[")
    ben.tab.wait_for_url(f"**/e/campaign/{first}")


def test_two_people_at_one_value(server: Server, person: NewPerson) -> None:
    """Other values are joined with a word; at the same value the second chooses, with both and the former one before him."""
    id = server.make("campaign", code="ZBOTH", name="Zz both")
    ben, mei = person(), person(SECOND)
    for one, field in ((ben, "name"), (mei, "name")):
        one.go(f"/e/campaign/{id}")
        one.tab.locator(f"#v-{field} dd").click()
        one.tab.wait_for_selector(f".inline-edit #f-{field}")
    ben.tab.fill("#f-name", "Zz Ben's")
    ben.tab.keyboard.press("Enter")
    ben.tab.wait_for_selector('h1:has-text("Zz Ben\'s")')
    mei.tab.fill("#f-name", "Zz Mei's")
    mei.tab.keyboard.press("Enter")
    mei.tab.wait_for_selector(".inline-conflict")
    shown = mei.text(".inline-conflict")
    assert all(text in shown for text in ("Zz Ben's", "Zz Mei's", "Zz both"))
    mei.tab.click(".inline-edit .btn.primary")
    mei.tab.wait_for_selector('h1:has-text("Zz Mei\'s")')
    ben.tab.locator("#v-code dd").click()
    ben.tab.fill(".inline-edit #f-code", "ZBOTH2")
    ben.tab.keyboard.press("Enter")
    ben.tab.wait_for_selector('h1:has-text("Zz Mei\'s")')
    record = server.one("campaign", f"record.id == '{id}'")
    assert (record["name"], record["code"]) == ("Zz Mei's", "ZBOTH2")


def test_nothing_typed_is_lost(server: Server, person: NewPerson) -> None:
    """Leaving asks; a lost connection and a lapsed session keep the form, and it is sent again; a draft of a long text is offered back."""
    id = server.make("campaign", code="ZKEEP", name="Zz keep")
    ben = person()
    tab = ben.tab
    ben.go(f"/e/campaign/{id}/edit")
    tab.wait_for_function(
        "() => performance.getEntriesByName(document.querySelector('link[href*=\"later/form\"]').href).length"
    )
    tab.fill("#f-starts_on", "+1w")
    tab.locator("#f-starts_on").press("Tab")
    tab.wait_for_function("() => / 20\\d\\d$/.test(document.querySelector('#f-starts_on').value)")
    tab.locator("a", has_text="Cancel").last.click()
    tab.wait_for_selector("#leave[open]")
    tab.click("#leave button[value=stay]")
    assert tab.title().startswith("• ")
    tab.fill("#f-name", "Zz kept")
    ben.faults.clear()
    tab.context.set_offline(True)
    tab.click("#save")
    tab.wait_for_selector("#keep[open]")
    tab.click("#keep button[value=no]")
    tab.context.set_offline(False)
    ben.faults.clear()  # the browser's own word on the lost connection
    tab.context.clear_cookies(name="xrm_session")
    tab.click("#save")
    tab.wait_for_selector("#keep[open] [data-sign-in]:visible")
    assert tab.input_value("#f-name") == "Zz kept"
    tab.context.add_cookies([{"name": "xrm_session", "value": server.session(), "url": server.base}])
    tab.click("#keep button[value=yes]")
    tab.wait_for_url(f"**/e/campaign/{id}")
    assert ben.text("h1") == "Zz kept"
    ben.go("/e/donation/new")
    tab.fill("#f-remark", "A long *remark*")
    tab.click("[data-md=preview]")
    tab.wait_for_selector(".md-preview em:has-text('remark')")
    tab.on("dialog", lambda dialog: dialog.accept())
    ben.go("/account")
    ben.go("/e/donation/new")
    tab.click("[data-draft=take]")
    assert tab.input_value("#f-remark") == "A long *remark*"


def test_a_form_without_a_mouse(server: Server, person: NewPerson) -> None:
    """A record is found, changed and saved by keys alone: the fields in their order, a link by its list, a row added and moved, Ctrl-S."""
    id = server.make("campaign", code="ZKEYS", name="Zz keys")
    ben = person()
    tab = ben.tab
    ben.go(f"/e/campaign/{id}")
    tab.keyboard.press("e")
    tab.wait_for_url(f"**/e/campaign/{id}/edit")
    tab.wait_for_selector("html[data-js][data-later=here]", state="attached")
    tab.locator("#f-code").focus()
    order = []
    for _ in range(4):
        tab.keyboard.press("Tab")
        order.append(tab.evaluate("document.activeElement.id"))
    assert order == ["f-name", "f-kind", "f-parent", "f-starts_on"]
    tab.keyboard.press("Shift+Tab")
    tab.keyboard.type("annual fund 2023")
    tab.wait_for_selector("#f-parent-options:not([hidden]) [role=option][data-value]")
    tab.keyboard.press("Enter")
    tab.locator("#f-parent-options").wait_for(state="hidden")
    assert "Annual fund 2023" in tab.input_value("#f-parent")
    tab.keyboard.press("Tab")
    tab.keyboard.type("today")
    tab.keyboard.press("Control+s")
    tab.wait_for_url(f"**/e/campaign/{id}")
    record = server.one("campaign", f"record.id == '{id}'")
    assert record["parent"] == server.one("campaign", "record.code == 'AF2023'")["id"]
    assert record["starts_on"] is not None
    order_id = server.one("order")["id"]
    ben.go(f"/e/order/{order_id}/edit")
    for _ in range(2):
        before = tab.locator("[id^='f-lines-'][id$='-remove']").count()
        tab.locator("#f-lines-add").focus()
        tab.keyboard.press("Enter")
        tab.wait_for_function(
            f"() => document.querySelectorAll(\"[id^='f-lines-'][id$='-remove']\").length === {before + 1}"
        )
    keys = tab.locator("[id^='f-lines-'][id$='-up']").evaluate_all("all => all.map(one => one.id)")
    tab.locator(f"#{keys[-1]}").focus()
    tab.keyboard.press("Enter")
    moved = "[...document.querySelectorAll(\"[id^='f-lines-'][id$='-up']\")].at(-2).id"
    tab.wait_for_function(f"() => {moved} === '{keys[-1]}'")
    assert tab.evaluate("document.activeElement.id") == keys[-1]


def test_read_filter_create_and_edit_without_scripts(server: Server, person: NewPerson) -> None:
    """Everything that matters works by plain links and forms."""
    server.make("campaign", code="ZPLAIN", name="Zz plain")
    ben = person(scripts=False, signed_in=False)
    tab = ben.tab
    ben.sign_in()
    ben.go("/e/campaign?q=ZPLAIN")
    tab.click("main a:has-text('Zz plain'), main a:has-text('ZPLAIN')")
    assert ben.text("h1") == "Zz plain"
    tab.click("#edit-name")
    tab.wait_for_url("**/edit#f-name")
    tab.fill("#f-name", "Zz plainer")
    tab.fill("#f-starts_on", "yesterday")
    tab.click("#save")
    assert ben.text("h1") == "Zz plainer"
    tab.click("#toasts button[data-undo]")
    assert ben.text("h1") == "Zz plain"
    ben.go("/e/campaign/new")
    tab.fill("#f-code", "ZPLAIN2")
    tab.click("#save")
    assert tab.title().startswith("Error: ")
    tab.fill("#f-name", "Zz made plainly")
    tab.click("#save")
    assert ben.text("h1") == "Zz made plainly"
