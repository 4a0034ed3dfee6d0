"""Forms: every widget, child rows, conditions, faults, and what keeps typed work safe."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

from .conftest import NewPerson, Person, Server

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)


def choose(one: Person, input: str, words: str) -> None:
    """Find a record in a lookup with the keyboard alone."""
    one.tab.locator(input).press_sequentially(words, delay=10)
    one.tab.wait_for_selector(f"{input}-options:not([hidden]) [role=option][data-value]")
    one.tab.wait_for_selector(f"{input}[aria-activedescendant]")
    one.tab.press(input, "Enter")


def saved(one: Person, entity: str) -> str:
    """Save with Ctrl-S; the id of the record whose page opens."""
    with one.tab.expect_navigation():
        one.tab.keyboard.press("Control+s")
    faults = one.tab.locator(".summary li").all_inner_texts()
    assert not faults, faults
    assert f"/e/{entity}/" in one.path()
    assert not one.path().endswith(("/new", "/edit"))
    return one.path().split("/")[3].split("?")[0]


def test_a_person_with_name_address_contact_and_picture(server: Server, person: NewPerson, tmp_path: Path) -> None:
    """A new person: the form follows the kind, a compound name and address, switches, tags and a picture are all stored."""
    ben, picture = person(), tmp_path / "face.png"
    picture.write_bytes(PNG)
    tab = ben.tab
    tab.goto(server.base + "/e/party/new", wait_until="commit")
    tab.wait_for_selector("#f-legal_name")
    tab.select_option("#f-kind", "person")  # perhaps before the form's script is there
    tab.wait_for_selector("#f-person_name_given")
    assert tab.locator("#f-legal_name").count() == 0
    tab.fill("#f-person_name_given", "Zoë")
    tab.fill("#f-person_name_family", "Quickstep")
    tab.fill("#f-born_on", "1980-02-29")
    tab.locator("#f-country").press_sequentially("irel")
    tab.wait_for_selector("#f-country-options [role=option]")
    tab.keyboard.press("Enter")
    assert tab.input_value("#f-country") == "Ireland"
    tab.fill("#f-website", "www.example.org")
    tab.locator("xrm-tags input[type=text]").first.press_sequentially("swimmer, board,")
    tab.set_input_files("#f-image-file", str(picture))
    tab.click("[role=tab]:has-text('Addresses')")
    tab.click("#f-contact_points-add")
    tab.wait_for_selector("#f-contact_points-0-value")
    assert tab.evaluate("document.activeElement.id") == "f-contact_points-0-kind"
    tab.fill("#f-contact_points-0-value", "zoe@example.org")
    tab.click("#f-addresses-add")
    tab.fill("#f-addresses-0-address_line1", "1 Quay Street")
    tab.fill("#f-addresses-0-address_locality", "Galway")
    tab.fill("#f-addresses-0-address_country", "ie")  # as it is typed: the server understands it
    tab.check("#f-addresses-0-primary")
    tab.click("#f-addresses-add")
    tab.wait_for_selector("#f-addresses-1-address_line1")
    assert tab.input_value("#f-addresses-0-address_line1") == "1 Quay Street"
    tab.click("#f-addresses-1-remove")
    tab.wait_for_selector("#f-addresses-1-address_line1", state="detached")
    id = saved(ben, "party")
    assert ben.text("h1") == "Zoë Quickstep"
    record = server.one("party", f"record.id == '{id}'")
    assert (record["born_on"].isoformat(), record["country"], sorted(record["tags"])) == (
        "1980-02-29",
        "IE",
        ["board", "swimmer"],
    )
    assert record["email"] == "zoe@example.org"
    assert record["image"]
    ben.go(f"/e/party/{id}/edit")
    assert "face.png" in ben.text("#f-image")
    assert tab.input_value("#f-person_name_given") == "Zoë"
    tab.click("[role=tab]:has-text('Addresses')")
    tab.locator("[name$='.address_line1']").fill("2 Quay Street")
    saved(ben, "party")
    ben.go(f"/e/party/{id}?tab=1")
    assert "2 Quay Street" in ben.text()
    assert "1 Quay Street" not in ben.text()


def test_a_donation_with_money_dates_and_an_allocation(server: Server, person: NewPerson) -> None:
    """A gift: the donor is found by keyboard, an amount in another currency, a row with a lookup; fields come and go by kind."""
    ben = person()
    tab = ben.tab
    ben.go("/e/donation/new")
    choose(ben, "#f-donor", "nordsee")
    assert tab.input_value("#f-donor") == "Nordsee Pumpen GmbH"
    tab.fill("#f-amount", "1,234.50")
    tab.select_option("#f-amount_currency", "EUR")
    tab.fill("#f-expected_on", "2027-01-31")
    assert tab.locator("#f-in_kind_kind").count() == 0
    tab.select_option("#f-kind", "in_kind")
    tab.wait_for_selector("#f-in_kind_kind")
    assert tab.input_value("#f-amount") == "1,234.50"
    assert tab.input_value("#f-donor") == "Nordsee Pumpen GmbH"
    tab.select_option("#f-kind", "cash")
    tab.wait_for_selector("#f-in_kind_kind", state="detached")
    tab.click("#f-allocations-add")
    tab.wait_for_selector("#f-allocations-0-fund")
    choose(ben, "#f-allocations-0-fund", server.one("fund")["name"])
    tab.fill("#f-allocations-0-percent", "40")
    id = saved(ben, "donation")
    assert str(server.one("donation", f"record.id == '{id}'")["amount"]) == "1234.50"
    assert "€1,234.50" in ben.text()
    ben.go(f"/e/donation/{id}/edit")
    assert tab.input_value("#f-amount") == "1234.50"
    tab.locator("[name^='allocations.'][name$='.percent']").fill("55.5")
    saved(ben, "donation")
    assert "55.5%" in ben.text()


def test_an_order_with_lines(server: Server, person: NewPerson) -> None:
    """An order: lines are added and removed, totals are worked out on saving, and one line changes without touching the other."""
    ben = person()
    tab = ben.tab
    ben.go("/e/order/new")
    choose(ben, "#f-customer", "albatros")
    for n, (name, quantity) in enumerate((("filter", "3"), ("kit", "2"), ("filter", "9"))):
        tab.click("#f-lines-add")
        tab.wait_for_selector(f"#f-lines-{n}-quantity")
        choose(ben, f"#f-lines-{n}-product", name)
        tab.fill(f"#f-lines-{n}-quantity", quantity)
        tab.fill(f"#f-lines-{n}-unit_price", "10")
    tab.click("#f-lines-2-remove")
    tab.wait_for_selector("#f-lines-2-quantity", state="detached")
    id = saved(ben, "order")
    record = server.one("order", f"record.id == '{id}'")
    assert record["net"] == 50
    ben.go(f"/e/order/{id}/edit")
    first = tab.locator("[name^='lines.'][name$='.quantity']").first
    assert first.input_value() == "3"
    first.fill("5")
    saved(ben, "order")
    assert server.one("order", f"record.id == '{id}'")["net"] == 70
    lines = ben.text("table.list")
    assert lines.count("10") >= 2


def test_a_contract_with_suppliers_and_a_file(server: Server, person: NewPerson, tmp_path: Path) -> None:
    """A contract: ties to several suppliers with what is said of each, a file under its name, conditions that ask for more."""
    paper = tmp_path / "Vertrag für Öl.pdf"
    paper.write_bytes(b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n")
    ben = person()
    tab = ben.tab
    ben.go("/e/contract/new")
    choose(ben, "#f-supplier", "nordsee")
    tab.fill("#f-title", "Pumps for the north")
    tab.fill("#f-starts_on", "2027-01-01")
    tab.fill("#f-ends_on", "2028-12-31")
    assert tab.locator("#f-options_left").count() == 0
    held: list[Any] = []
    tab.route(
        "**/e/contract/new",
        lambda asked: held.append(asked) if b"_refresh" in asked.request.post_data_buffer else asked.continue_(),
    )
    tab.select_option("#f-renewal", "by_option")  # what it asks for stays away; the rows bring it
    title = tab.query_selector("#f-title")
    tab.set_input_files("input[name=file]", str(paper))
    tab.click("#f-suppliers-add")
    tab.click("#f-suppliers-add")
    tab.wait_for_selector("#f-suppliers-1-lot")
    tab.wait_for_selector("#f-renew_months", state="attached")
    assert title.evaluate("title => title.isConnected"), "a field that is as it was is not drawn anew"
    for asked in held:
        with contextlib.suppress(Exception):  # nobody waits for it any more
            asked.continue_()
    tab.locator("#f-suppliers-0-supplier").press_sequentially("nordsee", delay=10)
    tab.press("#f-suppliers-0-supplier", "Enter")  # before the list is there
    tab.fill("#f-suppliers-0-lot", "Lot 1")
    tab.fill("#f-suppliers-0-share", "12.5")
    tab.wait_for_selector("[name='suppliers.0.supplier'][value]", state="attached")
    tab.click("#f-suppliers-1-remove")
    tab.fill("#f-suppliers-0-lot", "Lot 1 b")
    id = saved(ben, "contract")
    record = server.one("contract", f"record.id == '{id}'")
    assert server.one("contract_suppliers", f"record.contract == '{id}'")["lot"] == "Lot 1 b"
    ben.go(f"/e/contract/{id}/edit")
    assert "Vertrag für Öl.pdf" in ben.text("#f-file")
    answer = tab.request.get(f"{server.base}/file/{record['file']}")
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert answer.body().startswith(b"%PDF")


def test_an_opportunity_and_an_investor(server: Server, person: NewPerson) -> None:
    """A relationship made of metadata alone has the same form: rating, percent shown by its instrument, long text."""
    ben = person()
    tab = ben.tab
    ben.go("/e/opportunity/new")
    choose(ben, "#f-customer", "albatros")
    tab.fill("#f-name", "A very likely sale")
    tab.fill("#f-amount", "9900")
    tab.fill("#f-expected_on", "2027-03-31")
    id = saved(ben, "opportunity")
    assert server.one("opportunity", f"record.id == '{id}'")["name"] == "A very likely sale"

    ben.go("/e/investor/new")
    party = server.one("party", "record.name == 'Nordsee Pumpen GmbH'")["id"]
    ben.go(f"/e/investor/new?party={party}")
    assert tab.input_value("#f-party") == "Nordsee Pumpen GmbH"
    choose(ben, "#f-department", "major")
    assert tab.locator("#f-rate").count() == 0
    tab.select_option("#f-instrument", "loan")
    tab.wait_for_selector("#f-rate", state="attached")
    tab.locator(".rating label").nth(3).click()
    for n in range(tab.locator("[role=tab]").count()):
        tab.locator("[role=tab]").nth(n).click()
        for field, value in (("#f-rate", "2.5"), ("#f-notes", "They *like* wells.")):
            if tab.locator(field).is_visible():
                tab.fill(field, value)
    id = saved(ben, "investor")
    record = server.one("investor", f"record.id == '{id}'")
    assert (record["mission_fit"], str(record["rate"])) == (4, "2.5000")
    assert record["notes"] == "They *like* wells."


def test_faults_are_summed_up_and_lead_to_their_fields(person: NewPerson) -> None:
    """What is wrong stands in a summary that has the focus; each line leads to its field, in whatever tab; nothing typed is lost."""
    ben = person()
    tab = ben.tab
    ben.go("/e/donation/new")
    tab.fill("#f-amount", "twelve")
    held: list[Any] = []
    tab.route("**/e/donation/new", lambda asked: held.append(asked))
    tab.click("#save")
    tab.fill("#f-purpose", "For the <b>wells</b>")  # typed while it is sent
    held[0].continue_()
    tab.wait_for_selector(".summary")
    assert tab.evaluate("document.activeElement.classList.contains('summary')")
    assert tab.title().startswith(("Error", "• ", "New donation"))
    assert tab.input_value("#f-amount") == "twelve"
    assert tab.input_value("#f-purpose") == "For the <b>wells</b>"
    assert tab.get_attribute("#f-amount", "aria-invalid") == "true"
    assert "Amount: “twelve”" in ben.text(".summary")
    tab.click(".summary a[href='#f-amount']")
    assert tab.evaluate("document.activeElement.id") == "f-amount"


def test_leaving_with_changes_asks_first(person: NewPerson) -> None:
    """A changed form asks before it is left; an untouched or a saved one does not."""
    ben = person()
    tab = ben.tab
    asked: list[str] = []

    def answer(dialog: object) -> None:
        asked.append(dialog.type)  # type: ignore[attr-defined]
        dialog.accept()  # type: ignore[attr-defined]

    tab.on("dialog", answer)
    ben.go("/e/campaign/new")
    ben.go("/e/campaign")
    assert asked == []
    ben.go("/e/campaign/new")
    tab.fill("#f-name", "Zz unsaved")
    assert tab.locator("[data-changed-note]").is_visible()
    ben.go("/e/campaign")
    assert asked == ["beforeunload"]


def test_without_scripts_a_form_still_works(server: Server, person: NewPerson) -> None:
    """Words typed into a lookup are resolved by the server, rows are added by a round trip, and a wrong word says so."""
    ben = person(scripts=False)
    tab = ben.tab
    ben.go("/e/donation/new")
    tab.fill("#f-donor", "Nobody of that name")
    tab.fill("#f-amount", "5")
    tab.click("#save")
    assert "is not found" in ben.text(".summary")
    tab.fill("#f-donor", "nordsee pumpen gmbh")
    tab.click("#f-allocations-add")
    assert tab.input_value("#f-donor") == "nordsee pumpen gmbh"
    assert tab.locator("#f-allocations-0-fund").count() == 1
    tab.click("#f-allocations-0-remove")
    tab.click("#save")
    tab.wait_for_url("**/e/donation/0*")
    assert "Nordsee Pumpen GmbH" in ben.text("h1")
