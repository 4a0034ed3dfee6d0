"""Without scripts: what changes records, lists and views does so by forms and links alone, and nothing that was typed is lost."""

from __future__ import annotations

from secrets import token_hex

from xrm_core.metamodel.values import SYSTEM

from .conftest import NewPerson, Person, Server

ZZ = "Zz Without"


def enter(one: Person) -> None:
    """Enter, and the page that follows."""
    with one.tab.expect_navigation():
        one.tab.keyboard.press("Enter")


def of_two(server: Server) -> None:
    """Two campaigns that begin alike."""
    with server.runtime.work(SYSTEM, "cli") as work:
        known = work.reader.find("campaign", "record.code == 'ZW1'", limit=1)
    for n in () if known else (1, 2):
        server.make("campaign", code=f"ZW{n}", name=f"{ZZ} {n}")


def tick(one: Person, n: int) -> None:
    """Tick the first records of a list."""
    for place in range(n):
        one.tab.locator("#results .tick input[name=selected]").nth(place).check()


def test_many_records_are_changed_and_taken_back(server: Server, person: NewPerson) -> None:
    """The bar counts what is ticked; words that mean several records ask which; a value that is none can be changed, and Undo is there."""
    of_two(server)
    ben = person(scripts=False)
    tab = ben.tab
    ben.go("/e/donation")
    tick(ben, 3)
    count = (
        "e => getComputedStyle(e, '::before').content + getComputedStyle(document.querySelector('.btn kbd')).display"
    )
    assert tab.locator("[data-selected-count]").evaluate(count) == "counter(ticked)none"
    tab.locator(".bulk button", has_text="Edit").click()
    tab.locator(".chooser-list button[value=campaign]").click()
    tab.fill("[name=campaign__text]", ZZ)
    enter(ben)
    assert "means several records" in ben.text("main .sheet")
    tab.get_by_label(f"{ZZ} 2").check()
    tab.click("#sheet-check")
    assert "3 will change." in ben.text("main .sheet")
    tab.click("#save")
    assert ben.toast() == "3 donations changed"
    assert tab.locator("#results tbody", has_text=f"{ZZ} 2").count() == 1
    tab.locator("#toasts form button").click()
    assert ben.toast() == "Undone"
    assert ZZ not in ben.text("#results")
    tick(ben, 2)
    tab.locator(".bulk button", has_text="Edit").click()
    tab.locator(".chooser-list button[value=received_on]").click()
    tab.fill("#f-received_on", "soonish")
    enter(ben)
    assert "Nothing will change." in ben.text("main .sheet")
    tab.click("#sheet-back")
    assert tab.input_value("#f-received_on") == "soonish"
    tab.fill("#f-received_on", "2026-10-01")
    enter(ben)
    assert "2 will change." in ben.text("main .sheet")


def test_a_filter_is_clicked_together(server: Server, person: NewPerson) -> None:
    """Enter in a value applies the filter; words that mean several records ask which and stay, and other words mean another record."""
    of_two(server)
    ben = person(scripts=False)
    tab = ben.tab
    ben.go("/e/donation")
    tab.click("#add-filter")
    tab.locator(".chooser-list button", has_text="Campaign").first.click()
    words = "[name='c.0.0.value__text']"
    tab.fill(words, ZZ)
    enter(ben)
    assert tab.input_value(words) == ZZ
    tab.locator(".arm button", has_text="And").click()
    tab.locator(".chooser-list button", has_text="Donor").first.click()
    assert tab.input_value(words) == ZZ
    tab.locator("[name='c.0.0.value__which']").nth(1).check()
    tab.locator(".condition").nth(1).locator("button[value^=drop]").click()
    assert tab.input_value(words) in (f"{ZZ} 1", f"{ZZ} 2")
    tab.locator(words).focus()
    enter(ben)
    assert ben.path().startswith("/e/donation?filter=record.campaign")
    chip = ben.text(".in-force")
    assert ZZ in chip
    tab.locator(".in-force a", has_text=ZZ).click()
    tab.fill(words, f"{ZZ} 1" if f"{ZZ} 2" in chip else f"{ZZ} 2")
    enter(ben)
    assert ben.text(".in-force") != chip


def test_a_form_asks_which_is_meant(server: Server, person: NewPerson) -> None:
    """Two links whose words mean several records: both are picked at once, and the rest of the form stays."""
    of_two(server)
    ben = person(scripts=False)
    tab = ben.tab
    ben.go("/e/campaign/new")
    tab.fill("#f-code", "ZWNEW")
    tab.fill("#f-name", "Zz New")
    tab.fill("[name=parent__text]", ZZ)
    enter(ben)
    assert "means several records" in ben.text("main .summary")
    tab.get_by_label(f"{ZZ} 1").check()
    enter(ben)
    assert ben.toast() == "Campaign created"
    made = server.one("campaign", "record.code == 'ZWNEW'")
    assert server.one("campaign", f"record.id == '{made['parent']}'")["name"] == f"{ZZ} 1"


def test_a_record_comes_back_from_the_bin(server: Server, person: NewPerson) -> None:
    """Deleted by the form of its page, restored by the button of the bin, and this taken back and done again by the notes' buttons."""
    id = server.make("campaign", code=token_hex(4), name="Zz Bin without")
    ben = person(scripts=False)
    tab = ben.tab
    back = tab.locator("#toasts form button")
    ben.go(f"/e/campaign/{id}")
    tab.locator("main details.menu summary").first.click()
    tab.locator("main .menu-box button", has_text="Delete").click()
    assert ben.toast() == "Campaign moved to the bin"
    ben.go("/e/campaign/bin")
    tab.click(f"#restore-{id}")
    assert (ben.path(), ben.toast()) == (f"/e/campaign/{id}", "Campaign restored")
    back.click()
    assert (ben.path(), ben.toast()) == ("/e/campaign", "Undone")
    back.click()
    assert ben.toast() == "Done again"
    ben.go(f"/e/campaign/{id}")
    assert ben.text("h1") == "Zz Bin without"
