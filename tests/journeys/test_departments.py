"""The same organisation for different people: one party as fundraising, finance, procurement and sales see it; the focus of a
department; what is not for somebody leaves no trace in his pages."""

from __future__ import annotations

import re

import pytest

from xrm_core.metamodel.values import SYSTEM
from xrm_core.services.records import update_record

from .conftest import NewPerson, Server

PARTY = "record.name == 'Nordsee Pumpen GmbH'"
"""Supplier, customer and donor at once."""
FUNDRAISER, FINANCE, BUYER, SALES, MANAGER = (
    f"{name}@brightwater.example" for name in ("ines", "felix", "tomas", "samir", "ruth")
)


def tabs(text: str) -> set[str]:
    """The words of a bar of tabs."""
    return {line.strip() for line in text.splitlines() if line.strip()}


def traces(page: str) -> str:
    """A page with everything that a reader of its source finds, without the styles and pictures."""
    return re.sub(r"(?s)<svg.*?</svg>", "", page)


@pytest.mark.parametrize(
    ("email", "kinds", "shown", "absent"),
    [
        (FINANCE, {"Customer", "Donor", "Supplier"}, ["Bank accounts", "Money by year", "Credit limit"], ["Interests"]),
        (BUYER, {"Supplier"}, ["Contracts", "Certificates", "Spend by year", "Score"], ["Donations", "Bank accounts", "Orders by year", "Invoices"]),
        (SALES, {"Customer"}, ["Orders by year", "Credit limit"], ["Donations", "Contracts", "Spend", "Bank accounts"]),
    ],
)  # fmt: skip
def test_one_party_for_each_reader(
    server: Server, person: NewPerson, email: str, kinds: set[str], shown: list[str], absent: list[str]
) -> None:
    """Each department sees the relationships, money and lists that are its own, and nothing of the others' in the source."""
    id = server.one("party", PARTY)["id"]
    one = person(email)
    one.go(f"/e/party/{id}")
    assert kinds == {"Customer", "Donor", "Supplier"} & tabs(one.text("nav.tabs, .tabs"))
    text, source = one.text(), traces(one.tab.content())
    assert [word for word in shown if word not in text] == []
    assert [word for word in absent if word in source] == []


def test_notes_stay_with_their_department(server: Server, person: NewPerson) -> None:
    """Fundraising reads the notes on its donors; finance sees the gifts and no notes; a buyer finds no donor at all."""
    donor, said = server.one("donor", "record.owner.email == 'ines@brightwater.example'"), "Wells in the dry north"
    with server.runtime.work(SYSTEM, "cli", write=True) as work:
        update_record(work, "donor", donor["id"], {"motivation": said})
    address = f"/e/donor/{donor['id']}"
    ines, felix, tomas = person(FUNDRAISER), person(FINANCE), person(BUYER)
    ines.go(address + "?tab=2")
    assert said in ines.text()
    for page in ("", "?tab=1", "?tab=2", "?tab=history"):
        felix.go(address + page)
        assert said not in felix.tab.content()
    felix.go(address)
    assert "Money received" in felix.text()
    answer = tomas.go(address)
    assert answer.status == 404
    assert "Back to the start" in tomas.text()
    assert str(donor["number"]) not in tomas.tab.content()


def test_prices_are_not_for_sales(server: Server, person: NewPerson) -> None:
    """What we pay for a product is not in the lists, forms and exports of those who sell it."""
    product = server.one("product", "record.cost != null")
    samir = person(SALES)
    samir.go(f"/e/product/{product['id']}")
    assert "List price" in samir.text()
    assert not {"Cost", "Margin"} & tabs(samir.text())
    unknown, hidden = (samir.tab.request.get(server.base + f"/e/product?sort={name}") for name in ("nothing", "cost"))
    assert unknown.status == hidden.status == 400
    assert "cost" not in samir.tab.request.get(server.base + "/e/product/export?format=csv").text().splitlines()[
        0
    ].split(",")


def test_menu_and_start_of_a_department(person: NewPerson) -> None:
    """The own domain stands first, what is closed is not there, and the start page begins with what waits."""
    tomas, ines, ruth = person(BUYER), person(FUNDRAISER), person(MANAGER)
    for one, first, start in (
        (tomas, "Suppliers", "Certificates"),
        (ines, "Donors", "next steps"),
        (ruth, "Investors", "reports due"),
    ):
        one.go("/")
        groups = [
            line
            for line in one.text("nav.side").splitlines()
            if line in ("Suppliers", "Donors", "Customers", "Investors", "Parties")
        ]
        assert groups[0] == first, groups
        assert start in one.text()
    assert "Donors" not in tabs(tomas.text("nav.side"))
    assert "Jobs" not in tabs(tomas.text("nav.side"))


def test_buttons_are_open_ones(server: Server, person: NewPerson) -> None:
    """A fundraiser does not delete, a buyer does not import gifts, and an address of a closed page is answered in a sentence."""
    ines, tomas = person(FUNDRAISER), person(BUYER)
    mine = server.one("donor", "record.owner.email == 'ines@brightwater.example'")
    ines.go(f"/e/donor/{mine['id']}")
    assert ines.tab.locator("a.btn", has_text="Edit").count() == 1
    assert ines.tab.locator("form[action$='/delete']").count() == 0
    ines.go("/e/supplier")
    assert "404" in ines.text()
    tomas.go("/import")
    assert "Donations" not in tomas.text()
    tomas.go("/search?q=DN-2025")
    assert "DN-2025-0" not in traces(tomas.tab.content())


def test_somebody_in_two_departments_switches(server: Server, person: NewPerson) -> None:
    """Lena sells and helps the service desk: her menu lets her choose; the choice is kept and changes the layout alone."""
    lena = person("lena@brightwater.example")
    lena.go("/")
    assert "Sales" in lena.text(".head-text")
    lena.tab.click("header details.menu >> nth=-1")
    lena.tab.click("#focus-service")
    lena.tab.wait_for_selector(".head-text:has-text('Service')")
    lena.go("/e/customer")
    lena.go("/")
    assert "Service" in lena.text(".head-text")
    assert server.one("user", "record.email == 'lena@brightwater.example'")["roles"] == ["sales"]


@pytest.mark.parametrize(("email", "path", "width", "dark"), [
    (FINANCE, "/", 390, True), (BUYER, "/e/supplier", 390, False), (SALES, "/e/opportunity?view=opportunity_board", 1366, True),
    (MANAGER, "/", 1366, False), (FUNDRAISER, "/e/donor?view=my_donors", 390, True),
])  # fmt: skip
def test_no_page_scrolls_sideways(person: NewPerson, email: str, path: str, width: int, dark: bool) -> None:
    """Pages that had columns and cards taken out still fit, in light and dark, wide and narrow."""
    one = person(email, width=width, dark=dark)
    one.go(path)
    assert one.tab.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert one.tab.locator("main h1").count() == 1
