"""After each act the focus is on something sensible that is seen, never on the page as a whole (WCAG 2.4.3, 2.4.11)."""

from __future__ import annotations

import time
from collections.abc import Callable

from .conftest import NewPerson, Person, Server

FOCUS = """() => {
  const part = document.activeElement;
  const { top, bottom, width } = part.getBoundingClientRect();
  const isSeen = part !== document.body && width > 0 && bottom > 0 && top < innerHeight;
  return isSeen ? [part.localName, part.id, part.textContent.trim()] : null;
}"""


def focus(one: Person) -> list[str]:
    """What has the focus and is in sight: its kind, id and text."""
    found = one.tab.evaluate(FOCUS)
    assert found is not None, "the focus is nowhere"
    return list(found)


def arrive(one: Person, act: Callable[[], object]) -> list[str]:
    """Do what leads to another page, or to this one anew; where the focus is there."""
    one.tab.evaluate("document.documentElement.dataset.old = ''")
    act()
    one.tab.wait_for_selector("html[data-js][data-later=here]:not([data-old])", state="attached")
    found = focus(one)
    one.tab.dispatch_event("body", "pointermove")
    one.tab.wait_for_selector("html[data-later=here]", state="attached")
    return found


def test_the_focus_after_acts_on_a_record(server: Server, person: NewPerson) -> None:
    """Saved, taken back, deleted and there again: the heading is read; a short message that is closed gives the focus back."""
    ben = person()
    tab = ben.tab
    ben.go("/e/campaign/new")
    code = f"ZF{time.monotonic_ns()}"[:16]
    tab.fill("#f-code", code)
    tab.fill("#f-name", "Zz focus")
    assert arrive(ben, lambda: tab.keyboard.press("Control+s"))[::2] == ["h1", "Zz focus"]
    id = server.one("campaign", f"record.code == '{code}'")["id"]
    ben.go(f"/e/campaign/{id}/edit")
    tab.fill("#f-name", "Zz focus again")
    assert arrive(ben, lambda: tab.click("#save"))[::2] == ["h1", "Zz focus again"]
    assert arrive(ben, lambda: tab.keyboard.press("z"))[::2] == ["h1", "Zz focus"]
    menu = tab.locator("main .actions .menu > summary")
    menu.click()
    tab.keyboard.press("Escape")
    assert focus(ben)[0] == "summary"
    menu.click()
    assert arrive(ben, lambda: tab.locator("main .actions .menu button", has_text="Delete").click())[0] == "h1"
    assert arrive(ben, lambda: tab.locator("#toasts form button").press("Enter"))[0] == "h1"
    tab.locator("#list-q").focus()
    tab.locator("#toasts [data-dismiss]").press("Enter")
    assert focus(ben)[1] == "list-q"


def test_the_focus_after_a_step_that_asks(server: Server, person: NewPerson) -> None:
    """What asks gives the focus back when it is closed; taken, it leads to the heading."""
    donor = server.one("donor")["id"]
    gift = server.make("donation", donor=donor, amount="12.00", amount_currency="EUR", status="pledged")
    ben = person()
    tab = ben.tab
    ben.go(f"/e/donation/{gift}")
    tab.click("#do-receive")
    tab.locator("#asking[open] #f-method").wait_for()
    tab.keyboard.press("Escape")
    assert focus(ben)[1] == "do-receive"
    tab.click("#do-receive")
    tab.locator("#asking[open] #f-method").select_option("cash")
    assert arrive(ben, lambda: tab.locator("#asking #save").click())[0] == "h1"
    assert server.one("donation", f"record.id == '{gift}'")["status"] == "received"


def test_the_focus_after_acts_on_a_list(person: NewPerson) -> None:
    """Filters, columns, order, pages and many records: the focus is where it was, or on what is read first."""
    ben = person()
    tab = ben.tab
    ben.go("/e/donation")
    tab.click("#add-filter")
    tab.locator("#sheet .chooser-list button", has_text="Number").first.click()
    value = tab.locator("#sheet .condition-value input")
    value.fill("DN-2026")
    assert arrive(ben, lambda: value.press("Enter"))[1] == "add-filter"
    assert "filter=record.number" in ben.path()
    assert arrive(ben, lambda: tab.click("#tools .chip-x"))[0] == "h1"
    assert "filter=" not in ben.path()
    tab.click("#tools a[href*='/list/columns']")
    tab.locator("#sheet[open] [aria-label='Move Donor up']").click()
    tab.locator("#sheet a[href*='cols=donor']", has_text="Show the list").click()
    tab.wait_for_url("**/e/donation?cols=donor**")
    ben.tab.wait_for_selector("html[data-js][data-later=here]", state="attached")
    assert focus(ben)[1].startswith("tool-")
    tab.dispatch_event("body", "pointermove")
    tab.wait_for_selector("html[data-later=here]", state="attached")
    tab.click("#sort-amount")
    tab.wait_for_url("**sort=amount**")
    tab.locator("th[aria-sort]", has_text="Amount").wait_for()
    assert focus(ben)[1] == "sort-amount"
    ben.go("/e/donation")
    tab.locator("#results .tick input[name=selected]").nth(1).check()
    delete = tab.locator(".bulk button", has_text="Delete")
    delete.click()
    tab.locator("#sheet[open] #save").wait_for()
    tab.keyboard.press("Escape")
    assert focus(ben)[0] == "button"
    delete.click()
    assert arrive(ben, lambda: tab.locator("#sheet[open] #save").click())[0] in ("h1", "a")
    assert ben.toast() == "1 donation moved to the bin"
    assert arrive(ben, lambda: tab.locator("#toasts form button").click())[0] in ("h1", "a")
    assert ben.toast() == "Undone"
