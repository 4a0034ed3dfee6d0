"""Lists: search, filter, sort and paging, with scripts and without; several records at once."""

from __future__ import annotations

import csv
import re
from typing import Any

import pytest
from playwright.sync_api import expect

from xrm_core.metamodel.values import SYSTEM, Query
from xrm_core.services.importing.suggest import suggest_mapping
from xrm_core.services.lists import count_records

from .conftest import NewPerson, Person, Server


def column(one: Person, n: int) -> list[str]:
    """The texts of a column of the list."""
    return [
        text.strip() for text in one.tab.locator(f"table.list tbody tr td:nth-child({n}):not(.tick)").all_inner_texts()
    ]


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "plain"])
def test_search_filter_sort_and_page(server: Server, person: NewPerson, scripts: bool) -> None:
    """A list is searched, filtered by its form, sorted by its heads and paged, all in the address, with scripts and without."""
    ben = person(scripts=scripts)
    tab = ben.tab
    ben.go("/e/donation")
    with server.runtime.work(SYSTEM, "cli") as work:
        gifts = count_records(work, Query("donation"))
    assert f"1–50 of {gifts}" in ben.text(".pager").replace("\u202f", "")
    first = column(ben, 2)
    tab.click(".pager a[rel=next]")
    tab.wait_for_url("**after=**")
    assert column(ben, 2) != first
    tab.click(".pager a[rel=prev]")
    tab.wait_for_url("**before=**")
    assert column(ben, 2) == first

    ben.go("/e/donation")
    tab.click("th a:has-text('Amount')")
    tab.wait_for_url("**sort=amount**")
    small = column(ben, 4)[0]
    tab.click("th a:has-text('Amount')")
    tab.wait_for_url("**sort=-amount**")
    tab.wait_for_selector("th[aria-sort=descending]:has-text('Amount')")
    assert column(ben, 4)[0] != small
    assert column(ben, 4)[0] == "€75,000.00" or len(column(ben, 4)[0]) > len(small)

    tab.click("#add-filter")
    tab.click("button.menu-item:has-text('Status')")
    tab.check("label.choice:has-text('Failed') input")
    tab.click("#sheet-apply")
    tab.wait_for_url("**filter=record.status**")
    assert set(column(ben, 5)) == {"Failed"}
    assert ben.text("#tools .chip").replace("\n", " ").strip() == "Status: Failed"
    tab.click("#tools .chip-x")
    tab.wait_for_url(lambda url: "filter=" not in url)

    ben.go("/e/party")
    tab.fill("#list-q", "nordsee")
    if not scripts:
        tab.press("#list-q", "Enter")
    tab.wait_for_url("**q=nordsee**")
    assert any("Nordsee Pumpen" in name for name in tab.locator("table.list tbody .row-link").all_inner_texts())


def test_a_wrong_expression_is_told_and_kept(person: NewPerson) -> None:
    """An expression with a fault is refused with the place of the fault, and stays to be mended."""
    ben = person()
    ben.go("/e/donation?filter=record.amuont+%3E+5")
    assert "amuont" in ben.text("#filter-error")
    assert ben.tab.input_value("#filter-text") == "record.amuont > 5"
    ben.go("/e/donation?view=donation_board&filter=record.amuont+%3E+5")
    assert ben.tab.input_value("#filter-text") == "record.amuont > 5"
    assert ben.text(".segments [aria-current]").strip() == "Board"
    ben.tab.click("#add-filter")
    ben.tab.fill("#chooser-q", "donor country")
    ben.tab.wait_for_selector("#chooser-list li.further:has-text('Donor › Party › Country')")
    ben.tab.press("#chooser-q", "Enter")
    ben.tab.fill("#among-many-0-0", "ireland")
    ben.tab.press("#among-many-0-0", "Enter")
    assert ben.tab.locator("#sheet :checked").evaluate_all("all => all.map(one => one.value).join()").endswith("IE")
    ben.tab.locator("#sheet .choices input").evaluate_all("all => all.forEach(one => (one.checked = false))")
    ben.tab.click("#sheet-apply")
    ben.tab.wait_for_selector("#sheet .error-text:has-text('say a value')")
    assert "/list/filter" not in ben.tab.url, "what is wrong is told over the list"


def test_the_menu_marks_the_view_that_is_open(person: NewPerson) -> None:
    """With a filter, a sort or a search in the address the menu still marks the view that is shown, and only it."""
    ben = person()
    for path, entry in (
        ("/e/donation?view=thanks_due", "Thanks due"),
        ("/e/donation?sort=amount&filter=record.amount+%3E+5", "Donations"),
    ):
        ben.go(path)
        marked = ben.tab.locator(".side [aria-current=page]").all_inner_texts()
        assert [text.split("\n")[0] for text in marked] == [entry], path
    ben.tab.emulate_media(media="print")
    held = "document.querySelectorAll('#results td, #results th').values().filter(one => getComputedStyle(one).position !== 'static')"
    assert ben.tab.evaluate(f"[...{held}].length") == 0, "on paper no column stays in sight, over the others"


def test_several_records_go_to_the_bin_and_come_back(server: Server, person: NewPerson) -> None:
    """Ticked records are deleted together, the note offers the way back, and one that is referred to says why it stays."""
    names = [f"Zz Bulk {n}" for n in range(3)]
    for name in names:
        server.make("campaign", code=name.replace(" ", "").upper(), name=name)
    ben = person()
    tab = ben.tab
    ben.go("/e/campaign?q=Zz+Bulk")
    assert tab.locator("table.list tbody tr").count() == 3
    tab.check("[data-select-all]")
    assert "3 selected" in ben.text("#bulk").replace("\n", " ")
    tab.keyboard.press("Escape")
    assert tab.locator("table.list tbody :checked").count() == 0
    tab.check("[data-select-all]")
    tab.click("#bulk button:has-text('Delete')")
    assert "3 go to the bin" in ben.text("#sheet .told")
    tab.click("#sheet #save")
    assert ben.toast() == "3 campaigns moved to the bin"
    assert tab.locator("table.list tbody tr").count() == 0
    tab.click("#toasts button:has-text('Undo')")
    assert ben.toast() == "Undone"
    tab.wait_for_selector("table.list tbody tr")
    assert tab.locator("table.list tbody tr").count() == 3
    ben.go("/e/fund")
    tab.locator("table.list tbody input[name=selected]").first.check()
    tab.click("#bulk button:has-text('Delete')")
    assert "still referred to" in ben.text("#sheet .reasons").lower()
    assert tab.locator("#sheet #save").count() == 0


def test_refused_records_are_told_by_their_reasons(server: Server, person: NewPerson) -> None:
    """What stays is told before and after, once for each reason, with the way out and the records as links; the others go."""
    top = [server.make("campaign", code=f"QQTOP{n}", name=f"Qq Top {n}") for n in range(5)]
    for n, one in enumerate(top):
        for k in range(n + 1):
            server.make("campaign", code=f"QQSUB{n}{k}", name=f"Rr Sub {n} {k}", parent=one)
    server.make("campaign", code="QQALONE", name="Qq Alone")
    ben = person()
    tab = ben.tab
    ben.go("/e/campaign?filter=record.name.startsWith%28%27Qq%27%29")
    assert tab.locator("table.list tbody tr").count() == 6
    tab.check("[data-select-all]")
    tab.click("#bulk button:has-text('Delete')")
    assert ben.text("#sheet .told") == "One goes to the bin."
    assert tab.locator("#sheet .reasons > li").count() == 1, "one reason, however many refer to each"
    assert ben.text("#sheet .reasons .count-badge") == "5"
    assert "Change or delete them first" in ben.text("#sheet .reasons")
    assert tab.locator("#sheet .reasons a:visible").count() == 3
    tab.click("#sheet .reasons summary")
    assert tab.locator("#sheet .reasons a:visible").count() == 5
    assert tab.locator(f"#sheet .reasons a[href='/e/campaign/{top[3]}']").inner_text().startswith("Qq Top 3")
    tab.click("#sheet #save")
    tab.wait_for_selector("#toast-more")
    assert "1 campaign moved to the bin; 5 refused." in ben.text("#toasts")
    tab.click("#toast-more")
    tab.wait_for_selector("#several .reasons")
    assert tab.locator("#several .reasons a").count() == 5
    assert "by 4 campaigns" in tab.locator("#several .reasons li", has_text="Qq Top 3").last.text_content()


def test_what_is_ticked_on_several_pages_is_exported(person: NewPerson) -> None:
    """Ticks stay while one turns the pages; as many as there are come into the file, in the order of the list."""
    ben = person()
    tab = ben.tab
    ben.go("/e/party?cols=name")
    tab.check("[data-select-all]")
    first = tab.locator("table.list tbody .row-link bdi").first.inner_text()
    tab.click("#page-next")
    tab.wait_for_selector("#page-previous")
    ticked(tab, 50, 0)
    tab.check("[data-select-all]")
    tab.locator("table.list tbody input[name=selected]").last.uncheck()
    ticked(tab, 99, 49)
    tab.click("#bulk button:has-text('Export')")
    with tab.expect_download() as got:
        tab.click("#sheet .chooser-list:last-of-type button:has-text('CSV')")
    with got.value.path().open(encoding="utf-8-sig", newline="") as file:
        names = [row["name"] for row in csv.DictReader(file)]
    assert len(names) == 99
    assert names[0].removeprefix("'") == first
    tab.wait_for_selector("#sheet[open]", state="detached")
    tab.click("#page-previous")
    tab.wait_for_selector("#page-previous", state="detached")
    ticked(tab, 99, 50)


def ticked(tab: Any, all: int, here: int) -> None:
    """Wait until so many records are told to be ticked, and so many are on this page: the script for them comes with each page."""
    tab.locator("#bulk", has_text=re.compile(rf"(?<!\d){all}\s+selected")).wait_for()
    expect(tab.locator("table.list tbody input[name=selected]:checked")).to_have_count(here)


def test_donors_are_found_by_the_name_of_their_party(person: NewPerson) -> None:
    """Relationships have no name of their own: the party's is searched. What is typed and chosen before the scripts for it are there
    is done when they are."""
    ben = person()
    ben.arrive("/e/donor")
    ben.tab.fill("#list-q", "nordsee")
    ben.tab.wait_for_url("**/e/donor?*q=nordsee*")
    assert ben.tab.locator("table.list tbody tr").count() == 1
    ben.arrive("/e/donor")
    ben.tab.locator("a[data-sheet]:visible").first.click()
    ben.tab.wait_for_selector("#sheet[open]")
    assert ben.path() == "/e/donor"


def test_a_list_is_arranged_and_kept(server: Server, person: NewPerson) -> None:
    """A filter through a link, groups, a column and an order are clicked together, kept as a view, changed and reset."""
    ben = person(signed_in=False)
    tab = ben.tab
    ben.sign_in()
    ben.go("/e/donation")
    tab.keyboard.press("f")
    tab.click("[aria-label='Fields of Donor']")
    tab.wait_for_selector("#sheet .chooser-at b:has-text('Donor')")  # the sheet before has the same box
    tab.fill("#chooser-q", "phase")
    tab.click("#sheet .menu-item:visible >> nth=0")
    tab.wait_for_selector("#sheet .choice input")
    for choice in tab.locator("#sheet .choice input").all():
        choice.check()
    tab.click("#sheet-apply")
    tab.wait_for_url("**filter=record.donor.phase**")
    assert "Donor › Phase" in ben.text("#tools .chip")
    tab.click("a.sort:has-text('Amount')")
    tab.wait_for_url("**sort=amount**")
    tab.click("a.sort:has-text('Status')", modifiers=["Shift"])
    tab.wait_for_url("**sort=amount%2Cstatus**")
    tab.click("#tools a[title=Columns]")
    tab.click("[aria-label='Take out Campaign']")
    tab.wait_for_selector("[aria-label='Take out Campaign']", state="detached")
    tab.click("#sheet-apply")
    tab.wait_for_url("**cols=**")
    assert tab.locator("th:has-text('Campaign')").count() == 0
    tab.click("#tools a[title=Group]")
    tab.click("#sheet .menu-item:has-text('Status')")
    tab.wait_for_selector(".group-head")
    first = tab.locator(".group-name").first
    is_open = first.get_attribute("aria-expanded")
    first.click()
    expect(first).not_to_have_attribute("aria-expanded", str(is_open))

    tab.click("#view-save-as")
    tab.fill("#sheet #f-name", "Of my phase <b>")
    tab.click("#sheet #save")
    tab.wait_for_selector("#views [aria-current]:has-text('Of my phase <b>')")
    assert "Modified" not in ben.text("main")
    assert tab.locator(".group-head").count()
    tab.click("#tools .chip-x")
    tab.wait_for_selector("#view-reset")
    tab.click("#view-reset")
    tab.wait_for_selector("#tools .chip")
    tab.click("#view-edit")
    tab.click("#sheet button:has-text('Delete view')")
    assert "is deleted" in ben.toast()


def test_a_cell_is_changed_in_place(server: Server, person: NewPerson) -> None:
    """Enter saves one field and Undo takes it back; what is refused stays typed with its reason; Escape gives the value back."""
    id = server.make("campaign", code="ZCELL", name="Zz Cell")
    ben = person()
    tab = ben.tab
    ben.go("/e/campaign?q=Zz+Cell&cols=name,goal,starts_on,ends_on")
    cell = tab.locator(f"#r-{id} td[data-edit]").first
    name = str(cell.get_attribute("data-edit"))
    tab.locator(f"#r-{id} .row-link").focus()
    tab.keyboard.press("F2")
    box = tab.locator(".cell-edit :is(input:not([type=hidden]), select)").first
    box.wait_for()
    before = cell.inner_text()
    box.fill("1500" if name == "goal" else "1 March 2026")
    box.press("Enter")
    tab.wait_for_selector(".cell-edit", state="detached")
    assert "saved" in ben.toast()
    expect(cell).not_to_have_text(before, use_inner_text=True)
    tab.locator(f"#r-{id} td[data-edit]").first.click()
    box.wait_for()
    box.fill("nonsense")
    box.press("Enter")
    tab.wait_for_selector(".cell-edit .error-text")
    assert box.input_value() == "nonsense"
    box.press("Escape")
    tab.wait_for_selector(".cell-edit", state="detached")
    tab.click("#toasts button:has-text('Undo')")
    expect(cell).to_have_text(before, use_inner_text=True)


def test_paper_says_what_was_asked_for(person: NewPerson) -> None:
    """On paper a list, as a board or chart, says its view, search, filters, order and how much of it there is; on the screen they stand
    in its tools."""
    ben = person()
    tab = ben.tab
    asked = "filter=record.donor.donations.count%28%29+%3E+3&sort=-received_on,amount"
    ben.go(f"/e/donation?{asked}&q=DN")
    told = tab.locator(".print-told")
    expect(told).to_be_hidden()
    tab.emulate_media(media="print")
    expect(told).to_be_visible()
    text = told.inner_text()
    for part in (
        "All donations", "DN", "the number of Donor › Donations is more than 3", "Received on, descending, then Amount",
        tab.locator(".pager bdi").inner_text(),
    ):  # fmt: skip
        assert part in text
    tab.emulate_media(media="screen")
    ben.go(f"/e/donation?view=donation_board&{asked}")
    tab.emulate_media(media="print")
    assert "the number of Donor › Donations is more than 3" in tab.locator(".print-told").inner_text()


def test_all_of_one_page_are_ticked_on_a_phone(person: NewPerson) -> None:
    """Where the heads are not to be seen, a line above the cards ticks all of them, and takes the ticks away again."""
    ben = person(width=390, height=844)
    tab = ben.tab
    ben.go("/e/fund")
    rows = tab.locator("table.list tbody input[name=selected]").count()
    box = tab.locator("[data-select-page]")
    expect(box).to_be_visible()
    assert tab.locator(".select-page").bounding_box()["height"] >= 40
    box.check()
    expect(tab.locator("#bulk [data-selected-count]")).to_have_text(str(rows))
    tab.locator("table.list tbody input[name=selected]").first.uncheck()
    expect(box).not_to_be_checked()
    box.check()
    box.uncheck()
    expect(tab.locator("#bulk")).to_be_hidden()


def test_what_is_shown_is_exported_from_every_way_to_show_it(server: Server, person: NewPerson) -> None:
    """List, board, calendar and chart each offer the file: of what their filters leave, links with the titles that the page shows, and
    read back by an import as they are."""
    ben = person()
    tab = ben.tab
    ben.go("/e/donation?view=donation_board&filter=record.amount+%3E+1000")
    shown = int(ben.text("#count").replace(",", ""))
    for path in (
        "/e/donation?view=donation_board&filter=record.amount+%3E+1000",
        "/e/donation?filter=record.amount+%3E+1000&sort=-amount&cols=number,donor,amount,received_on",
        "/e/donation?view=donation_calendar&filter=record.amount+%3E+1000",
        "/e/donation?view=donation_chart&filter=record.amount+%3E+1000",
    ):
        ben.go(path)
        tab.click(".head .actions summary")
        tab.click("#export")
        tab.locator(".sheet h2", has_text="Exact values").wait_for()
        with tab.expect_download() as got:
            tab.click(".sheet a[download][href*='format=csv']:not([href*='shown'])")
        with got.value.path().open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
        assert rows, path
        assert {"donor", "donor.display", "amount", "amount_currency"} <= set(rows[0]), path
        assert all(float(row["amount"]) > 1000 for row in rows), path
        if "board" in path:
            assert len(rows) == shown
        if "cols" in path:
            assert list(rows[0]) == ["number", "donor", "donor.display", "amount", "amount_currency", "received_on"]
            page = tab.locator("table.list tbody tr td:nth-child(3)").all_inner_texts()
            assert [row["donor.display"].removeprefix("'") for row in rows][: len(page)] == [
                name.strip() for name in page
            ]
            mapping = suggest_mapping(server.runtime.catalog, "donation", list(rows[0]))
            assert "donor" in mapping.files[0].targets[0].fields


@pytest.mark.parametrize("key", ["F2", "e"])
def test_a_cell_opens_by_the_first_key_pressed(server: Server, person: NewPerson, key: str) -> None:
    """The key that brings the scripts for cells is not lost: it opens the cell when they are there."""
    id = server.make("campaign", code=f"ZKEY{key.upper()}", name=f"Zz Key {key}")
    ben = person()
    ben.arrive(f"/e/campaign?filter=record.code+%3D%3D+%27ZKEY{key.upper()}%27&cols=code,name,goal")
    ben.tab.locator(f"#r-{id} .row-link").focus()
    ben.tab.keyboard.press(key)
    box = ben.tab.locator(".cell-edit input:not([type=hidden])").first
    expect(box).to_be_focused()
    assert box.input_value() == f"Zz Key {key}"
