"""Who is faster than the page: its scripts and its answers come late, while somebody types, presses Enter, Tab and Ctrl-S and clicks.

What was typed stays, nothing is chosen that nobody asked for, and an act happens once when its script is there."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from .conftest import NewPerson, Server

OLD = "Annual fund 2023"


class Held:
    """What a tab asked for and does not get before `let`."""

    def __init__(self, tab: Any, address: re.Pattern[str], method: str = "GET") -> None:
        self.asked: list[str] = []
        self._tab, self._method, self._waiting, self._is_open = tab, method, list[Any](), False
        tab.route(address, self._take)

    def _take(self, route: Any) -> None:
        if route.request.method == self._method:
            self.asked.append(route.request.url)
            if not self._is_open:
                self._waiting.append(route)
                return
        route.fallback()

    def wait(self) -> None:
        """Until it has been asked for."""
        for _ in range(100):
            if self.asked:
                return
            self._tab.wait_for_timeout(50)
        raise AssertionError("it was not asked for")

    def let(self) -> None:
        """Let it come, and what is asked for from now on."""
        self.wait()
        self._is_open = True
        for route in self._waiting:
            route.continue_()


def late(tab: Any, *names: str) -> Held:
    """Scripts that come late; `htmx` is the library."""
    either = "|".join(names)
    return Held(tab, re.compile(rf"/js/(later/)?({either})(-[0-9a-f]+)?\.js|/vendor/({either})"))


def slow(tab: Any, address: str, method: str = "GET") -> Held:
    """Answers that come late."""
    return Held(tab, re.compile(address), method)


def here(tab: Any) -> None:
    """Wait until all scripts are there."""
    tab.wait_for_selector("html[data-js][data-later=here]", state="attached")


def campaign(server: Server, code: str, **values: Any) -> str:
    """A campaign to act on."""
    return server.make("campaign", code=code, name=f"Zz {code.lower()}", **values)


def of(server: Server, id: str) -> dict[str, Any]:
    """A campaign as it is."""
    return server.one("campaign", f"record.id == '{id}'")


def parent_of(server: Server) -> str:
    """The id of the campaign that people look for."""
    return str(server.one("campaign", "record.code == 'AF2023'")["id"])


@pytest.mark.parametrize("names", [("lookup",), ("combobox",), ("form",), ("lookup", "form", "days")], ids="-".join)
def test_a_link_is_typed_and_taken_at_once(server: Server, person: NewPerson, names: tuple[str, ...]) -> None:
    """Words and Enter, before the script is there: the record is taken that they mean, and the form is not sent by that Enter."""
    id = campaign(server, f"ZL{len(names)}{names[0][:1].upper()}")
    tab = (ben := person()).tab
    held = late(tab, *names)
    ben.arrive(f"/e/campaign/{id}/edit")
    tab.locator("#f-parent").focus()
    tab.keyboard.type(OLD.lower())
    held.wait()
    tab.keyboard.press("Enter")
    held.let()
    expect(tab.locator("[name=parent]")).to_have_value(parent_of(server))
    assert OLD in tab.input_value("#f-parent")
    assert ben.path() == f"/e/campaign/{id}/edit"
    tab.keyboard.press("Control+s")
    tab.wait_for_url(f"**/e/campaign/{id}")
    assert of(server, id)["parent"] == parent_of(server)


def test_another_name_is_typed_over_a_link_and_left(server: Server, person: NewPerson) -> None:
    """Tab goes on before the script is there: no list opens behind somebody who types elsewhere, and the old record is not kept under the new name."""
    id = campaign(server, "ZOVER", parent=campaign(server, "ZMOTHER"))
    tab = (ben := person()).tab
    held = late(tab, "lookup")
    ben.arrive(f"/e/campaign/{id}/edit")
    tab.locator("#f-parent").select_text()
    tab.keyboard.type(OLD)
    tab.keyboard.press("Tab")
    tab.locator("#f-name").focus()
    held.let()
    here(tab)
    expect(tab.locator("[name=parent]")).to_have_value("")
    tab.wait_for_timeout(500)  # a list would open by now
    assert tab.locator("#f-parent-options").is_hidden()
    assert tab.evaluate("document.activeElement.id") == "f-name"
    tab.keyboard.press("Control+s")
    tab.wait_for_url(f"**/e/campaign/{id}")
    assert of(server, id)["parent"] == parent_of(server)


def test_a_choice_is_waited_for_before_the_form_goes(server: Server, person: NewPerson) -> None:
    """The answer of the search is late: Enter and Ctrl-S at once save what Enter asked for; an arrow and Enter take what the arrow means."""
    id = campaign(server, "ZWAIT")
    tab = (ben := person()).tab
    ben.go(f"/e/campaign/{id}/edit")
    held = slow(tab, r"/lookup/campaign/parent")
    posts = slow(tab, rf"/e/campaign/{id}/edit", "POST")
    tab.locator("#f-parent").focus()
    tab.keyboard.type(OLD)
    tab.keyboard.press("Enter")
    tab.keyboard.press("Control+s")
    held.wait()
    assert posts.asked == []
    held.let()
    posts.let()
    tab.wait_for_url(f"**/e/campaign/{id}")
    assert of(server, id)["parent"] == parent_of(server)
    other = campaign(server, "ZWAIT2")
    ben.go(f"/e/campaign/{other}/edit")
    held = slow(tab, r"/lookup/campaign/parent")
    tab.locator("#f-parent").focus()
    tab.keyboard.type(OLD)
    tab.keyboard.press("ArrowDown")
    tab.keyboard.press("Enter")
    tab.keyboard.press("Tab")
    held.let()
    expect(tab.locator("[name=parent]")).to_have_value(parent_of(server))
    assert tab.locator("#f-parent-options").is_hidden()


def test_what_was_chosen_stays_when_another_script_comes(server: Server, person: NewPerson) -> None:
    """A record is chosen while another part is on its way: its coming does not open the list again, with something else marked."""
    id = campaign(server, "ZCHOSEN")
    tab = (ben := person()).tab
    held = late(tab, "form")
    ben.arrive(f"/e/campaign/{id}/edit")
    tab.locator("#f-parent").focus()
    tab.keyboard.type(OLD)
    tab.locator("#f-parent-options [aria-selected=true]").filter(has_text=OLD).wait_for()
    tab.keyboard.press("Enter")
    expect(tab.locator("[name=parent]")).to_have_value(parent_of(server))
    held.let()
    here(tab)
    tab.wait_for_timeout(600)  # the list would open by now
    assert tab.locator("#f-parent-options").is_hidden()
    assert tab.locator("[name=parent]").input_value() == parent_of(server)


def test_tags_are_typed_before_their_script(server: Server, person: NewPerson) -> None:
    """The one that is being typed stays under the fingers; Enter ends it and sends no form."""
    id = str(server.one("party", "record.name == 'Nordsee Pumpen GmbH'")["id"])
    tab = (ben := person()).tab
    held = late(tab, "tags")
    tab.goto(f"{server.base}/e/party/{id}/edit")
    field = tab.locator("xrm-tags input").first
    field.focus()
    before = field.input_value()
    tab.keyboard.press("End")
    tab.keyboard.type(f"{', ' if before else ''}zzone, zztw")
    held.let()
    here(tab)
    tab.keyboard.type("o")
    tab.keyboard.press("Enter")
    chips = tab.locator("xrm-tags .chip")
    expect(chips.filter(has_text="zzone")).to_have_count(1)
    expect(chips.filter(has_text="zztwo")).to_have_count(1)
    assert ben.path() == f"/e/party/{id}/edit"


@pytest.mark.parametrize("names", [("cells",), ("sending",), ()], ids=lambda names: "-".join(names) or "answer")
def test_a_cell_is_opened_and_typed_in_at_once(server: Server, person: NewPerson, names: tuple[str, ...]) -> None:
    """F2, a name with the letters of shortcuts, Enter: all of it goes into the cell, none of it is a shortcut, and it is saved once."""
    code = f"ZCELL{len(names)}{''.join(names)[:1].upper()}"
    id = campaign(server, code)
    tab = (ben := person()).tab
    held = late(tab, *names) if names else slow(tab, rf"/e/campaign/{id}/field/name")
    posts = slow(tab, rf"/e/campaign/{id}/field/name", "POST")
    ben.arrive(f"/e/campaign?filter=record.code+%3D%3D+%27{code}%27&cols=code,name,goal")
    tab.locator(f"#r-{id} .row-link").focus()
    tab.keyboard.press("F2")
    tab.keyboard.type("Zz each new gift")
    tab.keyboard.press("Enter")
    held.let()
    posts.wait()
    tab.keyboard.press("Enter")
    tab.keyboard.type("more")  # what is being saved is typed in no more
    posts.let()
    expect(tab.locator(f"#r-{id}")).to_contain_text("Zz each new gift")
    assert of(server, id)["name"] == "Zz each new gift"
    assert len(posts.asked) == 1
    assert ben.path().startswith("/e/campaign?filter=")


def test_a_cell_pressed_twice_and_left_by_tab(server: Server, person: NewPerson) -> None:
    """The second press brings no second input over what was typed; after Tab what is typed goes into the next cell."""
    id = campaign(server, "ZTWICE")
    tab = (ben := person()).tab
    ben.go("/e/campaign?filter=record.code+%3D%3D+%27ZTWICE%27&cols=code,name,goal")
    held = slow(tab, rf"/e/campaign/{id}/field/name")
    tab.locator(f"#r-{id} td[data-edit=name]").dblclick(position={"x": 100, "y": 8})
    held.let()
    box = tab.locator(".cell-edit input:not([type=hidden])").first
    expect(box).to_be_focused()
    tab.keyboard.type("Zz typed")
    assert len(held.asked) == 1
    posts = slow(tab, rf"/e/campaign/{id}/field/name", "POST")
    nexts = slow(tab, rf"/e/campaign/{id}/field/goal")
    tab.keyboard.press("Tab")
    tab.keyboard.type("43")
    posts.let()
    nexts.wait()
    tab.keyboard.type("21")
    nexts.let()
    expect(box).to_have_value("4321")
    tab.keyboard.press("Enter")
    expect(tab.locator(f"#r-{id}")).to_contain_text("4,321")
    assert of(server, id)["name"] == "Zz typed"


@pytest.mark.parametrize("names", [("inline",), ()], ids=lambda names: "-".join(names) or "answer")
def test_a_value_is_opened_and_typed_in_at_once(server: Server, person: NewPerson, names: tuple[str, ...]) -> None:
    """On the page of a record: the pencil by Enter, then a text with the letters of shortcuts, then Enter twice."""
    id = campaign(server, f"ZVALUE{len(names)}")
    tab = (ben := person()).tab
    held = late(tab, *names) if names else slow(tab, rf"/e/campaign/{id}/field/name")
    posts = slow(tab, rf"/e/campaign/{id}/field/name", "POST")
    ben.arrive(f"/e/campaign/{id}")
    tab.locator("[data-edit$='/field/name'] .edit-mark").focus()
    tab.keyboard.press("Enter")
    tab.keyboard.type("Zz each echo")
    tab.keyboard.press("Enter")
    held.let()
    posts.wait()
    tab.keyboard.press("Enter")
    posts.let()
    tab.locator("h1", has_text="Zz each echo").wait_for()
    assert len(posts.asked) == 1


def test_the_palette_takes_what_was_typed_before_its_script(person: NewPerson) -> None:
    """Ctrl-K, words and Enter at once lead to what the words mean."""
    tab = (ben := person()).tab
    held = late(tab, "palette")
    ben.arrive("/e/campaign")
    tab.keyboard.press("Control+k")
    tab.keyboard.type("suppliers")
    tab.keyboard.press("Enter")
    held.let()
    tab.wait_for_url("**/e/supplier*")


def test_keys_after_one_that_leads_away_do_nothing_here(server: Server, person: NewPerson) -> None:
    """The next page is late: what is typed for it is no shortcut on this one."""
    id = campaign(server, "ZGONE")
    tab = (ben := person()).tab
    ben.go(f"/e/campaign/{id}")
    held = slow(tab, rf"/e/campaign/{id}/edit")
    tab.keyboard.press("e")
    held.wait()
    tab.keyboard.type("gd c")
    held.let()
    tab.wait_for_url(f"**/e/campaign/{id}/edit")
    assert [one for one in ben.asked if "/new" in one or "/dashboards" in one] == []


def test_a_sheet_takes_what_was_typed_before_it(server: Server, person: NewPerson) -> None:
    """F, the name of a field and its value at once; what is typed while a line is drawn anew stays; Escape before it comes keeps it away."""
    tab = (ben := person()).tab
    held = late(tab, "sheets")
    first = slow(tab, r"/e/campaign/list/filter")
    ben.arrive("/e/campaign")
    tab.keyboard.press("f")
    tab.keyboard.type("goal")
    tab.keyboard.press("Enter")
    held.let()
    tab.keyboard.press("Tab")
    tab.keyboard.type("50000")
    first.let()
    value = tab.locator("#sheet .condition-value input").first
    expect(value).to_have_value("50000")
    again = slow(tab, r"/e/campaign/list/filter")
    tab.locator("#sheet [data-redraw]").select_option(index=1)
    again.wait()
    value.fill("70000")
    with tab.expect_response(re.compile(r"/e/campaign/list/filter")):
        again.let()
    expect(tab.locator("#sheet [data-redraw] option").nth(1)).to_have_attribute("selected", "")
    expect(value).to_have_value("70000")
    tab.keyboard.press("Escape")
    tab.locator("#sheet:not([open])").wait_for(state="attached")
    last = slow(tab, r"/e/campaign/list/filter")
    tab.locator("#add-filter").focus()
    tab.keyboard.press("f")
    last.wait()
    tab.keyboard.press("Escape")
    with tab.expect_response(re.compile(r"/e/campaign/list/filter")):
        last.let()
    tab.wait_for_timeout(300)
    assert tab.locator("#sheet[open]").count() == 0


def test_a_row_is_added_and_typed_in_at_once(person: NewPerson) -> None:
    """A button for a row by Enter, then the words for its first input, while script and answer are late."""
    tab = (ben := person()).tab
    held = late(tab, "form")
    ben.arrive("/e/donation/new")
    answer = slow(tab, r"/e/donation/new", "POST")
    tab.locator("[name=_add]").first.focus()
    tab.keyboard.press("Enter")
    held.let()
    answer.wait()
    tab.keyboard.type("gecce")
    answer.let()
    expect(tab.locator("#f-allocations-0-fund")).to_have_value("gecce")
    expect(tab.locator("#f-allocations-0-fund")).to_be_focused()
    assert ben.path() == "/e/donation/new"


def test_typed_on_while_a_form_is_saved(server: Server, person: NewPerson) -> None:
    """The answer is late and good: what was typed after Ctrl-S is not lost; the form opens anew with it, and saves it."""
    id = campaign(server, "ZON")
    tab = (ben := person()).tab
    ben.go(f"/e/campaign/{id}/edit")
    posts = slow(tab, rf"/e/campaign/{id}/edit", "POST")
    tab.fill("#f-name", "Zz first")
    tab.keyboard.press("Control+s")
    posts.wait()
    tab.fill("#f-name", "Zz first and second")
    posts.let()
    tab.locator("#toasts .toast", has_text="typed meanwhile").wait_for()
    assert of(server, id)["name"] == "Zz first"
    assert tab.input_value("#f-name") == "Zz first and second"
    assert tab.evaluate("document.activeElement.id") == "f-name"
    tab.keyboard.press("Control+s")
    tab.keyboard.press("Control+s")
    tab.wait_for_url(f"**/e/campaign/{id}")
    assert of(server, id)["name"] == "Zz first and second"
    assert len(posts.asked) == 2


def test_a_button_pressed_twice_acts_once(server: Server, person: NewPerson) -> None:
    """Undo of a message, pressed twice while the answer is late, is undone, not refused."""
    id = campaign(server, "ZUNDO")
    tab = (ben := person()).tab
    ben.go(f"/e/campaign/{id}/edit")
    tab.fill("#f-name", "Zz to be undone")
    tab.click("#save")
    button = tab.locator("#toasts form button").first
    button.wait_for()
    posts = slow(tab, r"/undo/", "POST")
    button.evaluate("button => { button.click(); setTimeout(() => button.click(), 50); }")
    posts.wait()
    tab.wait_for_timeout(200)
    posts.let()
    tab.locator("#toasts .toast", has_text="Undone").wait_for()
    assert len(posts.asked) == 1
    assert of(server, id)["name"] == "Zz zundo"


def test_typed_before_any_script(server: Server, person: NewPerson) -> None:
    """What was typed before a script of ours ran counts as a change, and nobody leaves it unasked."""
    id = campaign(server, "ZBEFORE")
    tab = person().tab
    held = late(tab, "guard")
    tab.goto(f"{server.base}/e/campaign/{id}/edit", wait_until="commit")
    tab.locator("#f-name").fill("Zz typed before")
    held.let()
    here(tab)
    expect(tab.locator("[data-changed-note]")).to_be_visible()
    tab.keyboard.press("Control+s")
    tab.wait_for_url(f"**/e/campaign/{id}")
    assert of(server, id)["name"] == "Zz typed before"


def test_a_day_before_its_script(server: Server, person: NewPerson) -> None:
    """A day and Tab: it is read when the script is there, and saved."""
    id = campaign(server, "ZDAY")
    tab = (ben := person()).tab
    held = late(tab, "days")
    ben.arrive(f"/e/campaign/{id}/edit")
    day = tab.locator("#f-starts_on")
    day.fill("31.12.2031")
    tab.keyboard.press("Tab")
    held.let()
    expect(day).not_to_have_value("31.12.2031")
    assert "2031" in day.input_value()
    tab.keyboard.press("Control+s")
    tab.wait_for_url(f"**/e/campaign/{id}")
    assert str(of(server, id)["starts_on"]) == "2031-12-31"


def test_a_file_let_go_before_its_script(person: NewPerson) -> None:
    """A file dropped on its field is taken when the script is there, and takes nobody away."""
    tab = (ben := person()).tab
    held = late(tab, "form")
    ben.arrive("/e/contract/new")
    tab.dispatch_event("body", "pointermove")
    held.wait()
    tab.evaluate(
        """() => {
          const files = new DataTransfer();
          files.items.add(new File(["%PDF-1.4"], "early.pdf", { type: "application/pdf" }));
          const field = document.querySelector("fieldset.field:has(input[type=file]) legend");
          const drop = new DragEvent("drop", { dataTransfer: files, bubbles: true, cancelable: true });
          field.dispatchEvent(drop);
          document.body.dataset.kept = drop.defaultPrevented;
        }"""
    )
    assert tab.get_attribute("body", "data-kept") == "true"
    held.let()
    here(tab)
    assert tab.locator("input[type=file]").first.evaluate("input => input.files[0]?.name") == "early.pdf"


def test_a_search_typed_before_its_library(person: NewPerson) -> None:
    """What was typed into the search of a list is looked for when the library is there."""
    tab = (ben := person()).tab
    held = late(tab, "htmx")
    ben.arrive("/e/campaign")
    tab.locator("#list-q").focus()
    tab.keyboard.type("annual fund 2023")
    held.let()
    expect(tab.locator("#results .row-link")).to_have_count(1)
    assert tab.input_value("#list-q") == "annual fund 2023"


def test_all_rows_ticked_before_the_script_of_lists(person: NewPerson) -> None:
    """The tick in the head counts for the rows as soon as the script is there."""
    tab = (ben := person()).tab
    held = late(tab, "lists")
    tab.goto(f"{ben.server.base}/e/campaign")
    tab.wait_for_selector("html[data-js]", state="attached")
    head = tab.locator("#results [data-select-all]").first
    head.check()
    held.let()
    here(tab)
    assert tab.locator("#results .tick input[name=selected]:not(:checked)").count() == 0
    assert head.is_checked()
