"""Twelve journeys from sign-in to done, and where each is walked.

| what somebody comes for | journey |
|---|---|
| a stranger becomes a donor, gives, and is thanked | test_days_work::test_from_nobody_to_a_gift_that_is_thanked |
| a contract with two suppliers and its paper | test_forms::test_a_contract_with_suppliers_and_a_file |
| an order with its lines and sums | test_forms::test_an_order_with_lines |
| an opportunity is lost, and the board asks why | test_lifecycles::test_a_card_is_moved_by_its_menu_and_asks_for_more |
| a set of files is checked, imported and taken back | test_importing::test_a_set_of_files_is_checked_imported_and_undone |
| a list is filtered, grouped, kept as a view and reset | test_lists::test_a_list_is_arranged_and_kept |
| the figures of the morning, arranged by their reader | test_desk::test_a_dashboard_is_arranged_and_what_one_opened_is_on_the_start_page |
| two people at one record | test_two_people::test_changes_to_the_same_field_are_chosen_between |
| a day's work on a phone, 390 px wide | test_screens::test_a_phone_does_everything |
| a day's work in Arabic, from the right | test_languages::test_from_sign_in_to_done_in_arabic |
| a day's work without a mouse | test_twelve::test_from_sign_in_to_done_by_keys_alone |
| a day's work without scripts | test_records::test_read_filter_create_and_edit_without_scripts |
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from .conftest import NewPerson, Server


def test_all_twelve_are_there() -> None:
    """The table names twelve journeys, and each is a test of this folder."""
    named = re.findall(r"\| (test_\w+)::(test_\w+) \|", __doc__ or "")
    assert len(named) == 12
    here = Path(__file__).parent
    for file, test in named:
        assert f"def {test}(" in (here / f"{file}.py").read_text("utf-8"), test


def at(tab: Any) -> str:
    """The id of what has the focus."""
    return str(tab.evaluate("document.activeElement.id"))


def tab_to(tab: Any, id: str, most: int = 40) -> None:
    """Press Tab until something has the focus; every stop on the way can be seen."""
    for _ in range(most):
        if at(tab) == id:
            return
        tab.keyboard.press("Tab")
    raise AssertionError(f"Tab does not come to {id}")


def ready(tab: Any, url: str) -> None:
    """The page is there with its scripts."""
    tab.wait_for_url(url)
    tab.wait_for_selector("html[data-js][data-later=here]", state="attached")


def test_from_sign_in_to_done_by_keys_alone(server: Server, person: NewPerson) -> None:
    """Somebody signs in, makes a campaign by the palette, is told what is missing, saves, finds it in its list, changes it where it
    stands, takes the change back and signs out: the focus is where one goes on, each time."""
    ben = person(signed_in=False)
    tab = ben.tab
    tab.goto(server.link())
    tab_to(tab, "save")
    tab.keyboard.press("Enter")
    ready(tab, server.base + "/")
    tab.keyboard.press("Control+k")
    assert at(tab) == "palette-q"
    tab.keyboard.type("+campaign")
    tab.wait_for_selector("#palette-list [aria-selected=true][href$='/e/campaign/new']")
    tab.keyboard.press("Enter")
    ready(tab, "**/e/campaign/new")
    tab_to(tab, "f-code")
    tab.keyboard.type("ZTWELVE")
    tab.keyboard.press("Control+s")
    tab.wait_for_selector(".summary")
    assert tab.evaluate("document.activeElement.classList.contains('summary')")
    tab.keyboard.press("Tab")
    tab.keyboard.press("Enter")  # the first line of the summary leads to its field
    assert at(tab) == "f-name"
    tab.keyboard.type("Zz twelve")
    tab.keyboard.press("Control+s")
    tab.wait_for_url(re.compile(r"/e/campaign/0[^/]+$"))
    ready(tab, re.compile(r"/e/campaign/0[^/]+$"))
    record = ben.path()
    ben.go("/e/campaign")
    tab.keyboard.press("/")
    assert at(tab) == "list-q"
    tab.keyboard.type("ZTWELVE")
    tab.wait_for_url("**q=ZTWELVE**")
    tab.wait_for_function("document.querySelectorAll('table.list tbody .row-link').length === 1")
    assert at(tab) == "list-q"
    tab.keyboard.press("Tab")
    tab.locator("table.list tbody .row-link").wait_for()
    tab.keyboard.press("j")
    assert tab.evaluate("document.activeElement.className").split()[0] == "row-link"
    tab.keyboard.press("Enter")
    ready(tab, f"**{record}")
    tab_to(tab, "edit-name", 90)
    tab.keyboard.press("Enter")
    tab.wait_for_selector(".inline-edit #f-name")
    assert at(tab) == "f-name"
    tab.keyboard.press("Control+a")
    tab.keyboard.type("Zz thirteen")
    tab.keyboard.press("Enter")
    tab.wait_for_selector("#v-name:has-text('Zz thirteen')")
    assert at(tab) == "edit-name"
    tab.keyboard.press("z")
    tab.wait_for_selector("#v-name:has-text('Zz twelve')")
    assert server.one("campaign", "record.code == 'ZTWELVE'")["name"] == "Zz twelve"
