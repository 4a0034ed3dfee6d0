"""What people of three departments do by keys alone, from finding to done: a gift is thanked and its receipt issued, a call is noted with who
owes an answer until when, a contract is made with a further supplier and its paper. Where the focus is, is seen at every step."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

from playwright.sync_api import expect

from xrm_core.metamodel.values import SYSTEM

from .conftest import NewPerson, Person, Server
from .test_keys import seen, tabs_to

AT = "@brightwater.example"


def user(server: Server, name: str) -> dict[str, Any]:
    """Somebody of the demo."""
    found: dict[str, Any] = server.one("user", f"record.email == '{name}{AT}'")
    return found


def anew(one: Person, act: Callable[[], object]) -> None:
    """Do what leads to another page, or to this one anew, and wait until one can go on there."""
    one.tab.evaluate("document.documentElement.dataset.old = ''")
    act()
    one.tab.wait_for_selector("html[data-js][data-later=here]:not([data-old])", state="attached")


def done(one: Person, act: Callable[[], object]) -> None:
    """Do what is answered by a record: its heading has the focus then, from which Tab goes on into the page."""
    anew(one, act)
    expect(one.tab.locator("main h1")).to_be_focused()


def palette(one: Person, words: str, wanted: str) -> None:
    """Open the palette, write, go down to a line and take it."""
    tab = one.tab
    tab.keyboard.press("Control+k")
    expect(tab.locator("#palette-q")).to_be_focused()
    tab.keyboard.type(words)
    line = tab.locator("#palette-list [role=option]", has_text=wanted).first
    line.wait_for()
    for _ in range(12):
        if line.get_attribute("aria-selected") == "true":
            break
        tab.keyboard.press("ArrowDown")
    expect(line).to_have_attribute("aria-selected", "true")
    expect(tab.locator("#palette-q")).to_be_focused()
    expect(tab.locator("#palette .palette-head")).not_to_have_css(
        "box-shadow", "none"
    )  # the ring is that of the whole head
    anew(one, lambda: tab.keyboard.press("Enter"))


def into(one: Person, selector: str, most: int) -> None:
    """From the top of a page past its menu by the link that skips it, and on by Tab."""
    one.tab.keyboard.press("Tab")
    expect(one.tab.locator(".skip")).to_be_focused()
    seen(one)
    one.tab.keyboard.press("Enter")
    expect(one.tab.locator("#main")).to_be_focused()
    tabs_to(one, selector, most)


def choose(one: Person, selector: str, words: str, wanted: str) -> None:
    """Write into a field of links that has the focus, and take what it offers."""
    tab = one.tab
    expect(tab.locator(selector)).to_be_focused()
    tab.keyboard.press("Control+a")
    tab.keyboard.type(words)
    tab.locator(f"{selector}-options [aria-selected=true]", has_text=wanted).wait_for()
    tab.keyboard.press("Enter")
    expect(tab.locator(selector)).to_have_value(re.compile(re.escape(wanted)))
    expect(tab.locator(selector)).to_be_focused()
    seen(one)


def test_a_gift_is_thanked_and_its_receipt_issued_by_keys(server: Server, person: NewPerson) -> None:
    """A fundraiser finds the gift by its donor and thanks; finance drafts the receipt by the palette and issues it with what is printed."""
    ben, name = user(server, "ben"), f"Zwanzig{time.monotonic_ns()}"
    party = server.make("party", kind="person", person_name_given="Zoe", person_name_family=name)
    donor = server.make("donor", party=party, owner=ben["id"], department=ben["department"])
    gift = server.make(
        "donation", donor=donor, amount="80.00", amount_currency="EUR", status="received", received_on="2026-02-03",
        method="transfer", thanks="due",
    )  # fmt: skip
    number = str(server.one("donation", f"record.id == '{gift}'")["number"])
    one = person(f"ben{AT}")
    one.go("/")
    palette(one, name, number)
    assert one.path() == f"/e/donation/{gift}"
    into(one, "#run-thank", 4)
    done(one, lambda: one.tab.keyboard.press("Enter"))
    assert server.one("donation", f"record.id == '{gift}'")["thanks"] == "thanked"
    assert one.tab.locator("#run-thank").count() == 0

    felix = person(f"felix{AT}")
    tab = felix.tab
    felix.go("/")
    palette(felix, name, number)
    palette(felix, "draft", "Draft a receipt")
    tab.wait_for_url("**/e/receipt/0*")
    expect(tab.locator("main h1")).to_be_focused()
    tabs_to(felix, "#do-issue", 6)
    tab.keyboard.press("Enter")
    expect(tab.locator("#asking #f-name_as_printed")).to_be_focused()
    seen(felix)
    expect(tab.locator(":focus")).to_have_value(f"Zoe {name}")  # as the donor is called
    tabs_to(felix, "#asking #f-address_as_printed", 2)
    tab.keyboard.type("Lindenweg 3\n20095 Hamburg")
    tabs_to(felix, "#asking #save", 2)
    done(felix, lambda: tab.keyboard.press("Enter"))
    receipt = server.one("receipt", f"record.party == '{party}'")
    assert (receipt["status"], receipt["name_as_printed"]) == ("issued", f"Zoe {name}")
    assert receipt["address_as_printed"].split() == ["Lindenweg", "3", "20095", "Hamburg"]
    assert str(receipt["number"]) in felix.text("main h1")
    assert number in felix.text("main")


def test_a_call_is_noted_with_who_owes_an_answer_until_when_by_keys(server: Server, person: NewPerson) -> None:
    """Somebody notes a call, says that it wants an answer, of whom and until when; it stands on the desk of who owes it, who opens it there."""
    ben, stamp = user(server, "ben"), time.monotonic_ns()
    email, subject = f"owing{stamp}{AT}", f"Zz which pumps {stamp}"
    owing = server.make(
        "user", name=f"Owing Person{stamp}", email=email, roles=["fundraiser"], department=ben["department"]
    )
    one = person(f"ben{AT}")
    tab = one.tab
    one.go("/")
    palette(one, "+communication", "ommunication")
    choose(one, "#f-party", "nordsee", "Nordsee Pumpen GmbH")
    tabs_to(one, "#f-direction", 3)
    with tab.expect_response(lambda answer: answer.request.method == "POST"):
        tab.keyboard.press("i")
    expect(tab.locator("#f-direction")).to_have_value("in")
    expect(tab.locator("#f-direction")).to_be_focused()
    tabs_to(one, "#f-channel", 1)
    expect(tab.locator("#f-channel")).to_have_value("phone")
    tabs_to(one, "#f-subject", 1)
    tab.keyboard.type(subject)
    tabs_to(one, "#f-answer_wanted", 8)
    tab.keyboard.press("ArrowDown")
    expect(tab.locator("#f-answer_wanted")).to_have_value("yes")
    done(one, lambda: tab.keyboard.press("Control+s"))
    assert one.tab.url.split("/e/")[1].startswith("communication/0")
    call = server.one("communication", f"record.subject == '{subject}'")
    owed = server.one("obligation", f"record.communication == '{call['id']}'")
    assert (owed["debtor"], owed["owner"]) == ("we", ben["id"])
    tabs_to(one, f"main a[href^='/e/obligation/{owed['id']}']", 60)
    anew(one, lambda: tab.keyboard.press("Enter"))
    anew(one, lambda: tab.keyboard.press("e"))
    tabs_to(one, "#f-owner", 8)
    choose(one, "#f-owner", f"person{stamp}", f"Owing Person{stamp}")
    tabs_to(one, "#f-due_at", 8)
    tab.keyboard.press("Control+a")
    tab.keyboard.type("4 Jan 2027 14:00")
    done(one, lambda: tab.keyboard.press("Control+s"))
    owed = server.one("obligation", f"record.id == '{owed['id']}'")
    assert owed["owner"] == owing
    assert owed["due_at"].strftime("%Y-%m-%d") == "2027-01-04"

    other = person(email)
    other.go("/")
    into(other, f"main a[href^='/e/obligation/{owed['id']}']", 12)
    anew(other, lambda: other.tab.keyboard.press("Enter"))
    assert "4 Jan 2027" in other.text()
    assert "Nordsee Pumpen GmbH" in other.text("main h1")


def test_a_contract_with_a_further_supplier_and_its_paper_is_made_by_keys(server: Server, person: NewPerson) -> None:
    """A buyer begins a contract by the palette, adds a row, takes a file and saves, without a step of the focus that is not seen."""
    stamp = time.monotonic_ns()
    with server.runtime.work(SYSTEM, "cli") as work:
        fit = "record.stage in ['qualified', 'preferred'] && record.department.code == 'procurement'"
        first, second = work.reader.find("supplier", fit, limit=2)
        names = [str(work.reader.get("party", each["party"])["name"]) for each in (first, second)]
    one = person(f"tomas{AT}")
    tab = one.tab
    one.go("/")
    palette(one, "+contract", "ontract")
    expect(tab.locator("#f-title")).to_be_focused()
    seen(one)
    tab.keyboard.type(f"Zz pipes {stamp}")
    tabs_to(one, "#f-supplier", 1)
    choose(one, "#f-supplier", names[0], names[0])
    tabs_to(one, "#f-starts_on", 12)
    tab.keyboard.type("1 Jan 2027")
    tabs_to(one, "#f-ends_on", 2)
    tab.keyboard.type("31 Dec 2028")
    tabs_to(one, "#f-suppliers-add", 12)
    tab.keyboard.press("Enter")
    tab.locator("#f-suppliers-0-supplier").wait_for()
    choose(one, "#f-suppliers-0-supplier", names[1], names[1])
    tabs_to(one, "#f-suppliers-0-lot", 4)
    tab.keyboard.type("Lot 2")
    tabs_to(one, "#f-suppliers-0-share", 1)
    tab.keyboard.type("40")
    tabs_to(one, "#f-file-file", 6)
    tab.locator(":focus").set_input_files(
        [{"name": "signed.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4\n%%EOF\n"}]
    )
    expect(tab.locator("#f-file-file")).to_be_focused()
    done(one, lambda: tab.keyboard.press("Control+s"))
    made = server.one("contract", f"record.title == 'Zz pipes {stamp}'")
    assert one.path() == f"/e/contract/{made['id']}"
    assert (made["supplier"], made["owner"], made["file"] is not None) == (
        first["id"],
        user(server, "tomas")["id"],
        True,
    )
    told = one.text()
    assert all(each in told for each in (names[1], "Lot 2", "40%", "signed.pdf"))


def test_the_line_one_went_to_stays_marked_when_further_hits_come(server: Server, person: NewPerson) -> None:
    """Somebody goes down among the hits while those for the last letters are on their way: they come, and Enter takes the same record."""
    name = f"Zz Stays {time.monotonic_ns()}"
    for n in range(3):
        server.make("party", kind="organisation", name=f"{name} {n}")
    one = person()
    tab = one.tab
    one.go("/")
    tab.keyboard.press("Control+k")
    tab.keyboard.type(name)
    lines = tab.locator("#palette-list [data-hits] [href^='/e/party/']", has_text=name)
    expect(lines).to_have_count(3)
    held = list[Any]()
    tab.route("**/palette/hits*", lambda route: held.append(route))
    with tab.expect_request("**/palette/hits*"):
        tab.keyboard.type(" ")
    tab.keyboard.press("ArrowDown")
    tab.keyboard.press("ArrowDown")
    expect(lines.nth(2)).to_have_attribute("aria-selected", "true")
    wanted = str(lines.nth(2).get_attribute("href"))
    tab.evaluate("document.querySelector('#palette-list [data-hits] [role=option]').dataset.old = ''")
    held[0].continue_()
    expect(tab.locator("#palette-list [data-old]")).to_have_count(0)
    expect(lines.nth(2)).to_have_attribute("aria-selected", "true")
    anew(one, lambda: tab.keyboard.press("Enter"))
    assert one.path() == wanted
