"""Lists: search, filter, sort and paging, with scripts and without; several records at once."""

from __future__ import annotations

import pytest

from xrm_core.metamodel.values import SYSTEM, Query
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

    tab.click("#filter-menu > summary")
    tab.select_option("#filter_field", "status")
    if scripts:
        tab.wait_for_selector("select#f-filter_value")
        tab.select_option("#filter_op", "eq")
        tab.select_option("#f-filter_value", "failed")
    else:  # the value's input is that of the first field: any text will do for the address
        ben.go("/e/donation?filter_field=status&filter_op=eq&filter_value=failed")
    if scripts:
        tab.click("#filter-menu button:has-text('Add filter')")
    tab.wait_for_url("**filter=record.status**")
    assert set(column(ben, 5)) == {"Failed"}
    assert "Status: is" in ben.text("#results .chip").replace("\n", " ")
    tab.click("#results .chip-x")
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
    assert "amuont" in ben.text("#filter-menu .error-text")
    assert ben.tab.input_value("#filter-text") == "record.amuont > 5"


def test_the_menu_marks_the_view_that_is_open(person: NewPerson) -> None:
    """With a filter, a sort or a search in the address the menu still marks the view that is shown, and only it."""
    ben = person()
    for path, entry in (
        ("/e/donation?view=thanks_due", "Thanks due"),
        ("/e/donation?sort=amount&filter=record.amount+%3E+5", "Donations"),
    ):
        ben.go(path)
        assert ben.tab.locator(".side [aria-current=page]").all_inner_texts() == [entry], path


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
    tab.click("#bulk button:has-text('Delete')")
    assert ben.toast() == "3 campaigns moved to the bin"
    assert tab.locator("table.list tbody tr").count() == 0
    tab.click("#toasts button:has-text('Undo')")
    assert ben.toast() == "3 campaigns restored"
    ben.go("/e/fund")
    tab.locator("table.list tbody input[name=selected]").first.check()
    tab.click("#bulk button:has-text('Delete')")
    assert "1 refused" in ben.toast()


def test_donors_are_found_by_the_name_of_their_party(person: NewPerson) -> None:
    """Relationships have no name of their own: the party's is searched."""
    ben = person()
    ben.go("/e/donor?q=nordsee")
    assert ben.tab.locator("table.list tbody tr").count() == 1
