"""Two people at one record: nobody's work is lost."""

from __future__ import annotations

from .conftest import NewPerson, Server


def test_changes_to_different_fields_are_joined(server: Server, person: NewPerson) -> None:
    """Both save without a question, both changes are there, and the second is told."""
    id = server.make("campaign", code="ZTWO", name="Zz two")
    ben, mei = person(), person("second@brightwater.example")
    for one in (ben, mei):
        one.go(f"/e/campaign/{id}/edit")
    ben.tab.fill("#f-name", "Zz two, by Ben")
    ben.tab.click("#save")
    ben.tab.wait_for_url(f"**/e/campaign/{id}")
    mei.tab.fill("#f-code", "ZTWO2")
    mei.tab.click("#save")
    mei.tab.wait_for_url(f"**/e/campaign/{id}")
    assert "joined" in mei.toast()
    record = server.one("campaign", f"record.id == '{id}'")
    assert (record["name"], record["code"]) == ("Zz two, by Ben", "ZTWO2")


def test_changes_to_the_same_field_are_chosen_between(server: Server, person: NewPerson) -> None:
    """The second sees both values and who was quicker; what is chosen is saved, what was typed elsewhere stays."""
    id = server.make("campaign", code="ZSAME", name="Zz same")
    ben, mei = person(signed_in=False), person("second@brightwater.example")
    ben.sign_in()
    for one in (ben, mei):
        one.go(f"/e/campaign/{id}/edit")
    ben.tab.fill("#f-name", "Zz Ben's")
    ben.tab.click("#save")
    ben.tab.wait_for_url(f"**/e/campaign/{id}")
    mei.tab.fill("#f-name", "Zz Mei's")
    mei.tab.fill("#f-code", "ZSAME2")
    mei.tab.click("#save")
    mei.tab.wait_for_selector(".conflict")
    shown = mei.text(".conflict-card")
    assert "Demo Administrator changed this meanwhile" in shown
    assert all(text in shown for text in ("Zz Ben's", "Zz Mei's", "Zz same"))
    assert mei.tab.input_value("#f-code") == "ZSAME2"
    mei.tab.check("input[name='_keep.name'][value=theirs]")
    mei.tab.click("#save")
    mei.tab.wait_for_url(f"**/e/campaign/{id}")
    record = server.one("campaign", f"record.id == '{id}'")
    assert (record["name"], record["code"]) == ("Zz Ben's", "ZSAME2")


def test_a_choice_counts_only_for_what_was_seen(server: Server, person: NewPerson) -> None:
    """Who chose 'mine' over a value, while a third value came, is asked again; going back to what both found is a choice too."""
    id = server.make("campaign", code="ZTHIRD", name="Zz one")
    ben, mei = person(), person("second@brightwater.example")
    for one in (ben, mei):
        one.go(f"/e/campaign/{id}/edit")
    for name in ("Zz second", "Zz third"):
        ben.go(f"/e/campaign/{id}/edit")
        ben.tab.fill("#f-name", name)
        ben.tab.click("#save")
        ben.tab.wait_for_url(f"**/e/campaign/{id}")
        mei.tab.fill("#f-name", "Zz Mei's")
        mei.tab.click("#save")
        mei.tab.wait_for_selector(f".conflict:has-text('{name}')")
    mei.tab.check("input[name='_keep.name'][value=original]")
    mei.tab.click("#save")
    mei.tab.wait_for_url(f"**/e/campaign/{id}")
    assert server.one("campaign", f"record.id == '{id}'")["name"] == "Zz one"


def test_rows_changed_by_both_are_chosen_between(server: Server, person: NewPerson) -> None:
    """A child table counts as one value: rows of one are not lost under rows of the other."""
    party = server.one("customer")["id"]
    product = server.one("product")["id"]
    line = {"product": product, "quantity": "1", "unit_price": "10"}
    id = server.make("order", customer=party, lines=[line])
    ben, mei = person(), person("second@brightwater.example")
    for one in (ben, mei):
        one.go(f"/e/order/{id}/edit")
    quantity = "[name^='lines.'][name$='.quantity']"
    ben.tab.locator(quantity).fill("2")
    ben.tab.click("#save")
    ben.tab.wait_for_url(f"**/e/order/{id}")
    mei.tab.fill("#f-customer_ref", "MEI 1")
    mei.tab.click("#save")
    mei.tab.wait_for_url(f"**/e/order/{id}")
    assert (
        server.one("order", f"record.id == '{id}'")["net"],
        server.one("order", f"record.id == '{id}'")["customer_ref"],
    ) == (20, "MEI 1")
    for one in (ben, mei):
        one.go(f"/e/order/{id}/edit")
    ben.tab.locator(quantity).fill("3")
    ben.tab.click("#save")
    ben.tab.wait_for_url(f"**/e/order/{id}")
    mei.tab.locator(quantity).fill("4")
    mei.tab.click("#save")
    mei.tab.wait_for_selector(".conflict")
    mei.tab.click("#save")
    mei.tab.wait_for_url(f"**/e/order/{id}")
    assert server.one("order", f"record.id == '{id}'")["net"] == 40
