"""What was typed stays: when the connection goes before the scripts have come, and when a draft is offered while one types on."""

from __future__ import annotations

from xrm_core.metamodel.values import SYSTEM
from xrm_core.services.records import update_record

from .conftest import SECOND, NewPerson, Person, Server

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


def drop(one: Person, on: str, *files: tuple[str, str, int]) -> bool:
    """Let files (name, kind, bytes) fall on a part of the page; is the browser kept from opening them?"""
    script = """([on, files]) => {
      const held = new DataTransfer();
      for (const [name, type, size] of files) held.items.add(new File([new Uint8Array(size)], name, { type }));
      const event = (kind) => new DragEvent(kind, { bubbles: true, cancelable: true, dataTransfer: held });
      const part = document.querySelector(on);
      part.dispatchEvent(event("dragover"));
      return !part.dispatchEvent(event("drop"));
    }"""
    return bool(one.tab.evaluate(script, [on, [list(file) for file in files]]))


def test_files_that_are_dropped(person: NewPerson) -> None:
    """One is taken, and said to be the one; what is empty, too large or of another kind is refused by its name; one that falls beside
    the field takes nobody away from the form."""
    ben = person()
    tab = ben.tab
    ben.go("/e/party/new")
    wrong = tab.locator("#f-image .file-wrong")
    for file, told in (
        (("empty.png", "image/png", 0), "empty.png: This file is empty."),
        (("<b>huge</b>.png", "image/png", 63 * 2**20), "<b>huge</b>.png: This file is too large."),
        (("run.exe", "application/x-msdownload", 9), "run.exe: Files of this kind are not taken here."),
    ):
        assert drop(ben, "#f-image", file)
        assert wrong.all_inner_texts() == [told]
        assert tab.input_value("#f-image-file") == ""
    assert drop(ben, "#f-image", ("a.png", "image/png", 9), ("b.png", "image/png", 9))
    assert wrong.all_inner_texts() == ["a.png: One file goes here; this one was taken."]
    assert tab.input_value("#f-image-file").endswith("a.png")
    assert drop(ben, "h1", ("a.png", "image/png", 9))


def test_a_form_that_waits_is_not_left_unasked(person: NewPerson) -> None:
    """While a record is made for a link, the form that asked for it waits: leaving asks first, and going back finds it as it was."""
    ben = person()
    tab = ben.tab
    ben.go("/e/donation/new")
    tab.fill("#f-amount", "77")
    tab.click("#f-donor")
    tab.locator("#f-donor-options a.option-link").click()
    tab.locator("h1", has_text="New donor").wait_for()
    tab.locator("nav.side a", has_text="Dashboards").click()
    tab.locator("#leave[open]").wait_for()
    tab.click("#leave button[value=stay]")
    assert ben.text("h1") == "New donor"
    tab.locator("#form [name=_then][value=back]").click()
    tab.locator("h1", has_text="New donation").wait_for()
    assert tab.input_value("#f-amount") == "77"


def test_a_part_that_cannot_be_fetched_says_why(person: NewPerson) -> None:
    """A piece of a page that is not there: heading, reason and id in the reader's words, not the words of the protocol."""
    ben = person()
    tab = ben.tab
    ben.go("/e/donation")
    script = """() => {
      const button = Object.assign(document.createElement("button"), { id: "piece", textContent: "Fetch" });
      button.setAttribute("hx-get", "/access/nowhere");
      document.querySelector("main").append(button);
      window.htmx.process(button);
    }"""
    tab.evaluate(script)
    tab.click("#piece")
    told = ben.toast()
    assert told.startswith("Not found · There is no page at this address.")
    assert len(told.rsplit(" · ", 1)[1]) == 12
    ben.faults.clear()


def test_a_new_record_is_offered_again_after_a_crash(server: Server, person: NewPerson) -> None:
    """All that was typed and chosen in an unsaved new form comes back in a new tab: rows, links and fields that depend on others; not what
    is kept apart, not for somebody else, not after the sign-out, and not once it is saved."""
    server.make("user", name="Cara Crash", email="cara@brightwater.example", roles=["admin"])
    cara = person("cara@brightwater.example")
    tab = cara.tab

    def crash() -> None:
        """The tab goes at once, with nothing asked."""
        tab.wait_for_timeout(500)
        cara.tab.close(run_before_unload=False)
        cara.tab = tab.context.new_page()

    cara.go("/e/campaign/new")
    tab.fill("#f-code", "ZCRASH")
    tab.fill("#f-name", "Zz crashed")
    tab.locator("#f-parent").press_sequentially("annual fund 2023")
    tab.locator("#f-parent-options [aria-selected=true]").filter(has_text="Annual fund 2023").wait_for()
    tab.keyboard.press("Enter")
    crash()
    tab = cara.tab
    cara.go("/e/campaign/new")
    tab.locator(".draft-note").wait_for()
    assert tab.input_value("#f-name") == ""
    tab.click("[data-draft=take]")
    tab.locator(".draft-note").wait_for(state="detached")
    assert (tab.input_value("#f-code"), tab.input_value("#f-name")) == ("ZCRASH", "Zz crashed")
    parent = server.one("campaign", "record.code == 'AF2023'")["id"]
    assert tab.input_value("[name=parent]") == parent
    crash()
    tab = cara.tab
    cara.go("/e/campaign/new")
    tab.click("[data-draft=take]")
    tab.locator(".draft-note").wait_for(state="detached")
    with tab.expect_navigation():
        tab.keyboard.press("Control+s")
    record = server.one("campaign", "record.code == 'ZCRASH'")
    assert (record["name"], record["parent"]) == ("Zz crashed", parent)
    cara.go("/e/campaign/new")
    assert tab.locator(".draft-note").count() == 0

    cara.go("/e/party/new")
    tab.select_option("#f-kind", "person")
    tab.wait_for_selector("#f-person_name_given")
    born = tab.locator("[data-unkept] input:not([type=hidden])").first
    assert born.count() == 1
    born.fill("1980-02-29")
    tab.fill("#f-website", "https://crash.example")
    tab.wait_for_timeout(500)
    kept = str(
        tab.evaluate("JSON.stringify(Object.entries(localStorage).filter(([key]) => key.startsWith('xrm-new:')))")
    )
    assert "crash.example" in kept
    assert "1980" not in kept
    names = tab.locator("[data-unkept] [name]").evaluate_all("all => all.map((one) => one.name)")
    assert names
    assert all(f'\\"{name}\\"' not in kept for name in names)
    tab.on("dialog", lambda dialog: dialog.accept())
    tab.context.clear_cookies()
    tab.context.add_cookies([{"name": "xrm_session", "value": server.session(SECOND), "url": server.base}])
    cara.go("/e/party/new")
    assert tab.locator(".draft-note").count() == 0
    assert tab.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('xrm-new:')).length") == 0
    tab.fill("#f-website", "https://second.example")
    tab.wait_for_timeout(500)
    cara.go("/account")
    assert tab.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('xrm-new:')).length") == 1
    tab.locator("header.top details.menu summary").last.click()
    with tab.expect_navigation():
        tab.locator("form[action$='/sign-out'] button").first.click()
    assert tab.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('xrm-new:')).length") == 0


def test_a_long_text_of_a_page_is_offered_again(server: Server, person: NewPerson) -> None:
    """A long text typed where it stands and given back by Escape, or lost with the tab, is offered when it is opened next; saved, it is not."""
    id = server.one("investor")["id"]
    with server.runtime.work(SYSTEM, "cli", write=True) as work:
        update_record(work, "investor", id, {"notes": "What it was"})
    tab = (ben := person()).tab
    tab.on("dialog", lambda dialog: dialog.accept())

    def edit() -> None:
        """Open the long text of the page."""
        ben.go(f"/e/investor/{id}")
        ben.go(tab.locator("main .tabs a", has_text="Care").first.evaluate("link => link.pathname + link.search"))
        tab.locator("[data-edit$='/field/notes'] .edit-mark").focus()
        tab.keyboard.press("Enter")
        tab.locator(".inline-edit textarea").wait_for()

    edit()
    tab.keyboard.type("A text that took long")
    edit()
    tab.locator(".inline-edit .draft-note").wait_for()
    tab.click("[data-draft=take]")
    assert tab.locator(".inline-edit textarea").input_value() == "A text that took long"
    tab.keyboard.press("Control+Enter")
    tab.locator("[data-edit$='/field/notes']", has_text="A text that took long").wait_for()
    edit()
    assert tab.locator(".inline-edit .draft-note").count() == 0
