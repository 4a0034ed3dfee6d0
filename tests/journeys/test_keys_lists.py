"""Lists, boards and imports by keys alone, from the first step to the last; where the focus is, is looked at after each."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any
from uuid import uuid4

from playwright.sync_api import expect

from .conftest import NewPerson, Person, Server
from .test_importing import figures
from .test_keys import ready, seen, tabs_to

LEAD = "ada@brightwater.example"


def back_to(one: Person, selector: str, most: int) -> None:
    """Go back by Shift+Tab until an element has the focus, each press seen."""
    for _ in range(most):
        one.tab.keyboard.press("Shift+Tab")
        seen(one)
        if one.tab.evaluate("(selector) => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"{selector} is more than {most} presses back")


def focused(one: Person, selector: str) -> Any:
    """Wait until a control has the focus, and shows that; where it is."""
    at = one.tab.locator(selector)
    expect(at).to_be_focused()
    seen(one)
    return at


def enters(one: Person, address: str) -> Any:
    """Press Enter, which leads to another address; the tab, when its page is there."""
    with one.tab.expect_navigation(url=address):
        one.tab.keyboard.press("Enter")
    return ready(one)


def test_the_whole_job_of_a_list(server: Server, person: NewPerson) -> None:
    """Filtered by the builder, given a column, sorted; several rows ticked, changed together and back by undo; kept as a view; exported."""
    mark = f"Z{uuid4().hex[:6].upper()}"
    ids = [server.make("campaign", code=f"{mark}{n}", name=f"Zz keys {n}") for n in range(4)]
    ada = person(LEAD)
    tab, keys = ada.tab, ada.tab.keyboard
    ada.go("/e/campaign")
    keys.press("f")
    focused(ada, "#sheet #chooser-q")
    keys.type("code")
    keys.press("Enter")
    focused(ada, "#op-0-0")
    keys.press("b")  # begins with
    expect(tab.locator("#op-0-0 option[selected]")).to_have_text("begins with")  # drawn anew
    focused(ada, "#op-0-0")
    assert tabs_to(ada, "#f-c-0-0-value", 2) == 1
    keys.type(mark)
    enters(ada, "**filter=**")
    focused(ada, "#add-filter")
    expect(tab.locator("table.list tbody tr")).to_have_count(4)

    tabs_to(ada, "#tools [title=Columns]", 6)
    keys.press("Enter")
    expect(tab.locator("#sheet #sheet-title")).to_be_focused()
    keys.type("cost")  # at once, wherever the focus is in it
    focused(ada, "#sheet #chooser-q")
    expect(tab.locator("#sheet #chooser-q")).to_have_value("cost")
    keys.press("Enter")
    tab.locator("#sheet .sheet-line", has_text="Cost").wait_for()
    focused(ada, "#sheet #chooser-q")
    back_to(ada, "#sheet-apply", 3)
    enters(ada, "**cols=**")
    focused(ada, "#tools [title=Columns]")
    expect(tab.locator("th[data-column=cost]")).to_be_visible()

    tabs_to(ada, "th[data-column=name] a.sort", 16)
    for order in ("ascending", "descending"):
        keys.press("Enter")
        expect(tab.locator("th[data-column=name]")).to_have_attribute("aria-sort", order)
        focused(ada, "th[data-column=name] a.sort")
    assert tab.locator(".row-link").all_inner_texts() == [f"{mark}{n}" for n in (3, 2, 1, 0)]

    keys.press("j")
    focused(ada, f"#r-{ids[3]} .row-link")
    keys.press("x")
    keys.press("j")
    keys.press("j")
    focused(ada, f"#r-{ids[1]} .row-link")
    keys.press("Shift+X")
    expect(tab.locator("#bulk [data-selected-count]")).to_have_text("3")
    tabs_to(ada, "#bulk button[formaction$='/bulk/edit']", 5)
    keys.press("Enter")
    expect(tab.locator("#sheet #sheet-title")).to_be_focused()
    keys.type("cost")
    focused(ada, "#sheet #chooser-q")
    keys.press("Enter")
    focused(ada, "#sheet #f-cost")
    keys.type("250")
    keys.press("Enter")
    focused(ada, "#sheet #save")
    assert ada.text("#sheet .told") == "3 will change."
    enters(ada, "**/e/campaign?**")
    assert ada.toast() == "3 campaigns changed"
    expect(tab.locator("main h1")).to_be_focused()  # what is read first; the bar is gone with the ticks
    costs = tab.locator("table.list tbody td:last-child")
    expect(costs.filter(has_text="250.00")).to_have_count(3)
    with tab.expect_navigation():
        keys.press("z")
    ready(ada)
    assert ada.toast() == "Undone"
    expect(costs.filter(has_text="250.00")).to_have_count(0)
    expect(tab.locator("main h1")).to_be_focused()

    tabs_to(ada, "#view-save-as", 20)
    keys.press("Enter")
    focused(ada, "#sheet #f-name")
    keys.type(f"Zz {mark}")
    enters(ada, "**/e/campaign?view=**")
    expect(tab.locator("#views [aria-current]")).to_contain_text(f"Zz {mark}")
    expect(tab.locator("main h1")).to_be_focused()

    tabs_to(ada, ".head .actions summary", 4)
    keys.press("Enter")
    tab.locator("#export").wait_for()
    while not tab.evaluate("document.activeElement.id === 'export'"):
        keys.press("ArrowDown")
        seen(ada)
        assert not tab.evaluate("document.activeElement.matches('summary')"), "once around, and it was not there"
    keys.press("Enter")
    expect(tab.locator("#sheet #sheet-title")).to_be_focused()
    tabs_to(ada, "#sheet a[download][href*='format=csv']", 12)
    with tab.expect_download() as got:
        keys.press("Enter")
    with got.value.path().open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 4
    tab.locator("#sheet[open]").wait_for(state="detached")
    focused(ada, ".head .actions summary")


def moves(one: Person, id: str, to: str) -> None:
    """Move a card by its menu: opened, gone through by arrows, chosen."""
    keys = one.tab.keyboard
    keys.press("Enter")
    expect(one.tab.locator(f"#move-{id}-{to}")).to_be_visible()
    for _ in range(9):
        keys.press("ArrowDown")
        seen(one)
        if one.tab.evaluate("document.activeElement.id") == f"move-{id}-{to}":
            break
    focused(one, f"#move-{id}-{to}")
    keys.press("Enter")


def test_a_card_is_refused_and_then_asks_for_what_it_needs(server: Server, person: NewPerson) -> None:
    """By the menu of the card: a move that is refused says why and the focus stays at the card; one that needs a field asks for it,
    tells that it is missing, and takes it; the focus is at the card again, which stands where it was moved to."""
    mark = uuid4().hex[:8]
    customer = server.one("customer")["id"]
    id = server.make("opportunity", customer=customer, name=f"Zz {mark}", amount="100", expected_on="2027-03-01")
    samir = person("samir@brightwater.example")
    tab, keys = samir.tab, samir.tab.keyboard
    samir.go("/e/opportunity?view=opportunity_board")
    keys.press("/")
    focused(samir, "#list-q")
    keys.type(mark)
    tab.wait_for_url(f"**q={mark}**")
    expect(tab.locator(".board-card")).to_have_count(1)
    focused(samir, "#list-q")
    keys.press("Escape")
    tabs_to(samir, f"#move-{id}", 16)

    moves(samir, id, "propose")
    assert samir.toast().startswith("Before proposing, state the amount and who decides")
    focused(samir, f"#move-{id}")
    expect(tab.locator(f".board-column[data-to=qualify] #card-{id}")).to_be_visible()

    moves(samir, id, "lost")
    focused(samir, "#asking #f-lost_reason")
    keys.press("Escape")
    focused(samir, f"#move-{id}")
    moves(samir, id, "lost")
    focused(samir, "#asking #f-lost_reason")
    assert tabs_to(samir, "#asking #save", 3) == 1
    keys.press("Enter")
    expect(tab.locator("#asking .summary")).to_be_focused()
    assert "Lost because of" in samir.text("#asking .summary")
    tabs_to(samir, "#asking #f-lost_reason", 4)
    keys.press("t")  # Timing
    assert tab.input_value("#f-lost_reason") == "timing"
    tabs_to(samir, "#asking #save", 3)
    keys.press("Enter")
    tab.locator(f".board-column[data-to=lost] #card-{id}").wait_for()
    focused(samir, f"#move-{id}")
    stored = server.one("opportunity", f"record.id == '{id}'")
    assert (stored["stage"], stored["lost_reason"]) == ("lost", "timing")


def test_a_table_is_imported(server: Server, person: NewPerson, tmp_path: Path) -> None:
    """A file is chosen where the focus came by Tab, its columns are put right, what is refused is mended in place, and it is run; the focus
    is on what is read first wherever the work itself leads on."""
    mark = f"Z{uuid4().hex[:6].upper()}"
    table = tmp_path / "campaigns.csv"
    table.write_text(f"Code,Name,Goal\n{mark}1,Zz one,100\n{mark}2,Zz two,many\n", "utf-8")
    ben = person()
    tab, keys = ben.tab, ben.tab.keyboard
    ben.go("/import")
    keys.press("Tab")
    focused(ben, ".skip")
    keys.press("Enter")
    expect(tab.locator("#main")).to_be_focused()
    assert tabs_to(ben, "#f-file", 2) == 1
    tab.locator(":focus").set_input_files(str(table))
    expect(tab.locator("[data-files] li")).to_have_text("campaigns.csv")
    tabs_to(ben, "#f-of", 2)
    keys.type("campaign")
    assert tab.input_value("#f-of") == "e:campaign"
    tabs_to(ben, "#save", 2)
    enters(ben, "**/file*")
    heading = tab.locator("main h1")
    expect(heading).to_be_focused()
    expect(tab.locator("#sample")).to_contain_text(f"{mark}1")

    tabs_to(ben, "#save", 12)
    enters(ben, "**/mapping*")
    expect(heading).to_be_focused()
    tabs_to(ben, "#f-to-2", 10)
    with tab.expect_response("**/mapping*"):
        keys.press("Home")  # left out
    expect(tab.locator("tr.left-out #f-to-2")).to_be_focused()
    seen(ben)
    expect(tab.locator(".htmx-request, .htmx-swapping, .htmx-settling, .htmx-added")).to_have_count(0)
    with tab.expect_response("**/mapping*"):
        keys.type("g")
    expect(tab.locator("tr:not(.left-out) #f-to-2")).to_be_focused()
    assert tab.input_value("#f-to-2") == "goal"
    tabs_to(ben, "#save", 20)
    keys.press("Enter")
    tab.wait_for_url("**/check*")
    tab.locator(".stat").first.wait_for()
    ready(ben)
    expect(heading).to_be_focused()
    told = figures(ben)
    assert (told["New"], told["Refused"]) == (1, 1)

    tabs_to(ben, ".check-cell input", 14)
    assert tab.locator(":focus").input_value() == "many"
    keys.type("so many")
    tabs_to(ben, "[id^=mend-]", 3)
    keys.press("Enter")
    expect(tab.locator(".check-row .pill", has_text="mended")).to_be_visible()  # refused again
    focused(ben, "[id^=mend-]")
    back_to(ben, ".check-cell input", 2)
    assert tab.locator(":focus").input_value() == "so many"
    keys.press("Control+a")
    keys.type("200")
    keys.press("Enter")
    expect(tab.locator(".check-row")).to_have_count(0)
    assert (figures(ben)["New"], figures(ben)["Refused"]) == (2, 0)
    expect(tab.locator("#check h2")).to_be_focused()  # not at the top of the page again

    back_to(ben, "#save", 4)
    keys.press("Enter")
    tab.locator("#undo-import").wait_for()
    ready(ben)
    assert ben.path().endswith("/report")
    expect(heading).to_be_focused()
    assert figures(ben)["New"] == 2
    assert tabs_to(ben, "#undo-import", 4) <= 3
    assert server.one("campaign", f"record.code == '{mark}2'")["name"] == "Zz two"
