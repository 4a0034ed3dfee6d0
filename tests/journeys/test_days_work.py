"""What people do all day: from nobody to a thanked donor, an order with its sum, and finding what is where."""

from __future__ import annotations

import json

import httpx

from .conftest import NewPerson, Server


def test_from_nobody_to_a_gift_that_is_thanked(server: Server, person: NewPerson) -> None:
    """A person is entered, made a donor, gives, the gift is received today and thanked: each page offers the next step."""
    ben = person(signed_in=False)
    tab = ben.tab
    ben.sign_in()
    ben.go("/e/party/new")
    tab.select_option("#f-kind", "person")
    tab.wait_for_selector("#f-person_name_given")
    tab.get_by_label("Given name").fill("Clara")
    tab.get_by_label("Family name").fill("Zweig")
    tab.click("#save")
    tab.wait_for_url("**/e/party/0*")
    tab.click(".record-roles >> text=Make donor")
    tab.wait_for_url("**/e/donor/new?party=*")
    assert tab.input_value("#f-owner") == "Demo Administrator"
    tab.click("#f-department")
    tab.keyboard.type("Individual")
    tab.click(".options [role=option]:has-text('Individual giving')")
    tab.click("#save")
    tab.wait_for_url("**/e/donor/0*")
    tab.click("nav.tabs >> text=Money")
    tab.click(".nothing-yet >> text=Donations")
    tab.fill("#f-amount", "250")
    tab.click("#save")
    tab.wait_for_url("**/e/donation/0*")
    tab.click("#do-receive")
    assert tab.input_value("#f-received_on") != ""
    tab.select_option("#f-method", "cash")
    tab.click("#save")
    tab.wait_for_selector(".record-title:has-text('Received')")
    assert ben.toast() == "Donation: Received"
    tab.click("#run-thank, .actions >> text=Thanked")
    tab.wait_for_selector("dd:has-text('Thanked')")


def test_a_page_says_what_is_there_and_folds_what_is_not(server: Server, person: NewPerson) -> None:
    """Lists without a record are one line of buttons, sections without a value one line, tabs one line with the rest behind it."""
    ben = person()
    tab = ben.tab
    donor = server.one("donor")["id"]
    ben.go(f"/e/donor/{donor}?tab=1")
    assert (
        tab.locator("section.card[id^='related-'] table").count() == tab.locator("section.card[id^='related-']").count()
    )
    assert tab.locator(".nothing-yet a[href*='/new?donor=']").count() > 0
    assert tab.locator(".side-link[aria-current]").inner_text() == "All donors"
    ben.go("/e/donation")
    tops = tab.evaluate("[...document.querySelectorAll('.tabs-run > a')].map((a) => a.offsetTop)")
    assert len(set(tops)) == 1
    tab.click("nav.tabs summary")
    tab.click("nav.tabs .menu-item:has-text('Gifts in kind')")
    tab.wait_for_url("**view=in_kind_gifts*")
    assert tab.locator("nav.tabs [aria-current]").inner_text().strip() == "Gifts in kind"


def test_the_history_reads_like_the_record(server: Server, person: NewPerson) -> None:
    """Money with its currency, parts of an address by name, rows of a table without the record they belong to."""
    ben = person()
    tab = ben.tab
    order = server.one("order", "record.total > 1000")
    ben.go(f"/e/order/{order['id']}?tab=history")
    for summary in tab.locator(".history details summary").all():
        summary.click()
    told = ben.text(".history")
    assert "€" in told
    assert "(currency)" not in told
    assert "added to Lines" in told
    pumps = server.one("party", "record.name == 'Nordsee Pumpen GmbH'")["id"]
    ben.go(f"/e/party/{pumps}")
    assert tab.locator(".tl-title:has-text('Nordsee Pumpen')").count() == 0
    assert tab.locator("a[href^='tel:+']").first.inner_text().count(" ") >= 2


def test_cards_show_who_and_when(person: NewPerson) -> None:
    """A board names the owner of a contract and the day it ends, though its view names no owner."""
    ben = person()
    ben.go("/e/contract?view=contract_board")
    card = ben.tab.locator(".board-card").first
    assert card.locator(".board-foot .av").count() == 1
    assert card.locator(".board-foot time").count() == 1


def test_no_star_is_given_unasked(person: NewPerson) -> None:
    """A new record has no rating: its stars are empty until one is chosen, and then as many are full."""
    ben = person()
    tab = ben.tab
    full = "[...document.querySelectorAll('.rating label:not(.none) .icon')].filter((i) => getComputedStyle(i).fill !== 'none').length"
    ben.go("/e/investor/new")
    assert tab.evaluate(full) == 0
    tab.locator(".rating label").nth(2).click()
    assert tab.evaluate(full) == 3


def test_a_record_that_is_not_there_is_told_in_words(person: NewPerson) -> None:
    """The page of no record names no id and says where it may be."""
    ben = person()
    assert ben.go("/e/party/01a20358-0000-7000-8000-000000000000").status == 404
    assert "This party is not there, or not for you to see; it may lie in the bin." in ben.text()
    assert "01a20358" not in ben.text()


def test_hits_of_a_search_can_be_told_apart(person: NewPerson) -> None:
    """Parties come first, each with its town; what has no hit says so."""
    ben = person()
    ben.go("/search?q=pump")
    assert ben.tab.locator(".card-head h2").first.inner_text().startswith("Parties")
    assert "Zürich" in ben.tab.locator(".hit:has-text('Nordsee Pumpen')").first.inner_text()
    ben.go("/search?q=zzqqzz")
    assert "Nothing has “zzqqzz”" in ben.text()


def test_an_import_is_known_by_the_names_of_its_files(person: NewPerson) -> None:
    """Without a choice the names of the files decide; where a mapping takes every file of a kind, its columns do as well."""
    ben = person()
    tab = ben.tab
    grant = {
        "id": "360G-zz-1", "title": "Zz", "description": "Zz wells", "currency": "GBP", "amountAwarded": 5, "awardDate": "2026-01-31",
        "recipientOrganization": [{"id": "GB-CHC-1", "name": "Zz"}], "fundingOrganization": [{"id": "GB-CHC-2", "name": "Zy"}],
    }  # fmt: skip
    for rows, known in (([grant], "360Giving grants"), ([{"a": 1, "b": 2}], "")):
        ben.go("/import")
        buffer = json.dumps({"grants": rows}).encode()
        tab.set_input_files("#f-file", [{"name": "grants.json", "mimeType": "application/json", "buffer": buffer}])
        tab.click("#save")
        tab.wait_for_url("**/file*")
        assert known in ben.text("#f-of option:checked")
        assert ("360Giving grants" in "".join(tab.locator("optgroup[label='Fits best']").all_inner_texts())) is bool(
            known
        )
    ben.go("/import")
    card = b"BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Vera Karte\r\nN:Karte;Vera;;;\r\nEND:VCARD\r\n"
    tab.set_input_files("#f-file", [{"name": "friends.vcf", "mimeType": "text/vcard", "buffer": card}])
    tab.click("#save")
    tab.wait_for_url("**/file*")
    assert "Address book" in ben.text("#f-of option:checked")


def test_the_head_of_a_page_can_be_asked_for(server: Server) -> None:
    """HEAD answers as GET does, without the body, for pages, the API and files of the pages."""
    with httpx.Client(base_url=server.base, cookies={"xrm_session": server.session()}) as client:
        for path in ("/", "/e/party", "/sign-in", "/nowhere"):
            whole, head = client.get(path), client.head(path)
            assert (head.status_code, head.content) == (whole.status_code, b""), path
            assert head.headers["content-type"] == whole.headers["content-type"]
