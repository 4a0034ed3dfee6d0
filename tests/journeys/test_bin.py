"""Nothing is lost: the bin, and former values."""

from __future__ import annotations

from secrets import token_hex

from .conftest import NewPerson, Server


def test_a_record_goes_to_the_bin_and_is_restored(server: Server, person: NewPerson) -> None:
    """Deleting leads back to the list; the bin names the record, and restoring it opens it again."""
    id = server.make("campaign", code="ZBIN", name="Zz Bin")
    ben = person()
    tab = ben.tab
    ben.go(f"/e/campaign/{id}")
    tab.click("[aria-label='More actions']")
    tab.click("button:has-text('Delete')")
    assert ben.toast() == "Campaign moved to the bin"
    assert ben.go(f"/e/campaign/{id}").status == 404
    ben.go("/e/campaign/bin")
    assert "Zz Bin" in ben.text("table.list")
    row = tab.locator("table.list tbody tr", has_text="Zz Bin").inner_text()
    assert "Demo Administrator" in row
    assert "the system" not in row
    tab.click(f"#restore-{id}")
    tab.wait_for_url(f"**/e/campaign/{id}")
    assert ben.toast() == "Campaign restored"
    assert "by Demo Administrator" in ben.text("main .record-head, main header, main")


def test_a_former_value_is_brought_back(server: Server, person: NewPerson) -> None:
    """The history shows what was and what became of it; one click brings the former value back, as a change of its own."""
    id = server.make("campaign", code="ZHIST", name="Zz before")
    ben = person()
    tab = ben.tab
    ben.go(f"/e/campaign/{id}/edit")
    tab.fill("#f-name", "Zz after")
    tab.keyboard.press("Control+s")
    tab.wait_for_url(f"**/e/campaign/{id}")
    assert "saved" in ben.toast()
    ben.go(f"/e/campaign/{id}?tab=history")
    row = tab.locator(".history-changes tr", has_text="Zz before").first
    assert "Zz after" in row.inner_text()
    row.locator("button:has-text('Restore')").click()
    assert ben.toast() == "Value restored"
    ben.go(f"/e/campaign/{id}")
    assert ben.text("h1") == "Zz before"


def test_a_save_can_be_undone_from_its_note(server: Server, person: NewPerson) -> None:
    """The note after saving takes the change back, by its button or by a key; the note of that does it again."""
    id = server.make("campaign", code="ZZNOTE", name="Zz kept")
    ben = person()
    ben.go(f"/e/campaign/{id}/edit")
    ben.tab.fill("#f-name", "Zz slip")
    ben.tab.click("#save")
    ben.tab.click("#toasts button:has-text('Undo')")
    ben.tab.wait_for_selector("#toasts .toast:has-text('Undone')")
    assert ben.text("h1") == "Zz kept"
    ben.tab.keyboard.press("z")
    ben.tab.wait_for_selector("#toasts .toast:has-text('Done again')")
    assert ben.text("h1") == "Zz slip"


def test_undo_by_its_key_when_the_note_is_gone(server: Server, person: NewPerson) -> None:
    """On the page that told of an act the key takes it back, gone note or not; elsewhere the note comes again first, and says what it
    was; where there is nothing to take back, it is said."""
    own = token_hex(4)
    server.make("user", name="Zz Undoer", email=f"{own}@brightwater.example", roles=["admin"])
    id = server.make("campaign", code=own, name="Zz stays")
    ben = person(f"{own}@brightwater.example")
    tab = ben.tab
    ben.go("/e/campaign")
    tab.keyboard.press("z")
    assert ben.toast().startswith("There is nothing to take back.")
    ben.go(f"/e/campaign/{id}/edit")
    tab.fill("#f-name", "Zz slipped")
    tab.click("#save")
    tab.wait_for_selector("#toasts .toast:has-text('saved')")
    tab.click("#toasts [data-dismiss]")
    tab.locator("#toasts .toast").wait_for(state="detached")
    tab.keyboard.press("z")
    tab.wait_for_selector("#toasts .toast:has-text('Undone')")
    assert ben.text("h1") == "Zz stays"
    ben.go("/e/donor")
    tab.keyboard.press("z")
    assert ben.toast() == "You took back what you did to Zz stays."
    tab.keyboard.press("z")
    tab.wait_for_selector("#toasts .toast:has-text('Done again')")
    assert ben.path() == "/e/donor"
    assert server.one("campaign", f"record.code == '{own}'")["name"] == "Zz slipped"
