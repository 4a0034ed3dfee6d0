"""Without scripts: requests are decided, a file is imported and taken back, and the look is chosen, by forms and links alone."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from secrets import token_hex

import pytest

from xrm_core.metamodel.values import SYSTEM
from xrm_core.services.actions import run_action

from .conftest import NewPerson, Person, Server
from .test_requests import asked

ON_ITS_WAY = 60.0
"""Seconds that a job may take before the page that tells of it is opened once more in vain."""


@pytest.fixture
def doer(server: Server) -> Iterator[str]:
    """Somebody who does checks of addresses, and whose requests are declined at the end; the e-mail address."""
    email = f"zz-{token_hex(4)}@brightwater.example"
    model = server.one("user", "record.email == 'dana@brightwater.example'")
    id = server.make(
        "user", name="Zz Plain", email=email, roles=list(model["roles"]), department=model["department"], language="en"
    )
    yield email
    left = f"record.doer == '{id}' && record.status in ['undecided', 'doing', 'planned']"
    with server.runtime.work(SYSTEM, "api", write=True) as work:
        for request in work.reader.find("request", left, limit=100):
            run_action(work, "request", str(request["id"]), "decline", {"reason": "duplicate"})


def status(server: Server, id: str) -> str:
    """How a request stands."""
    return str(server.one("request", f"record.id == '{id}'")["status"])


def until(one: Person, selector: str) -> None:
    """Open the page anew until something is there, as whoever waits for a job without scripts does."""
    end = time.monotonic() + ON_ITS_WAY
    while not one.tab.locator(selector).count() and time.monotonic() < end:
        one.tab.reload()
    assert one.tab.locator(selector).count()


def test_requests_are_decided_by_forms(server: Server, person: NewPerson, doer: str) -> None:
    """Done now and taken back by the note; declined, where a reason that is missing is told; handed on to somebody by name."""
    first, second = asked(server, doer, "Zz plain first", "Zz plain second")
    dana = person(doer, scripts=False)
    tab = dana.tab
    dana.go(f"/p/requests/inbox/{first}")
    tab.click("#decide-do_now")
    tab.click("#go-do_now")
    assert dana.toast().endswith("Do now")
    assert status(server, first) == "doing"
    tab.locator("#toasts form button").click()
    assert dana.toast() == "Undone"
    assert status(server, first) == "undecided"
    dana.go(f"/p/requests/inbox/{first}")
    tab.click("#decide-decline")
    tab.click("#go-decline")
    assert "Reason is required" in dana.text(".summary")
    tab.select_option("#f-decline-reason", "duplicate")
    tab.click("#go-decline")
    assert dana.toast().endswith("Decline")
    assert status(server, first) == "declined"
    dana.go(f"/p/requests/inbox/{second}")
    tab.click("#decide-hand_on")
    tab.fill("#f-hand_on-to_user", "Dana Kowalski")
    tab.select_option("#f-hand_on-reason", index=1)
    tab.click("#go-hand_on")
    assert dana.toast().endswith("Hand on")
    given = server.one("request", f"record.id == '{second}'")
    assert given["doer"] == server.one("user", "record.email == 'dana@brightwater.example'")["id"]
    with server.runtime.work(SYSTEM, "api", write=True) as work:
        run_action(work, "request", second, "decline", {"reason": "duplicate"})


def test_a_file_is_imported_and_taken_back(server: Server, person: NewPerson, tmp_path: Path) -> None:
    """From the file through its columns and the check to the report, and Undo; each page leads to the next."""
    key = token_hex(4)
    table = tmp_path / "plain.csv"
    table.write_text(f"Name,Town\nZz Plain {key} one,Bonn\nZz Plain {key} two,Ulm\n", "utf-8")
    ben = person(scripts=False)
    tab = ben.tab
    ben.go("/import")
    tab.set_input_files("#f-file", str(table))
    tab.click("#save")
    tab.select_option("#f-of", "e:party")
    for step in ("mapping", "check"):
        tab.click("#save")
        assert ben.path().endswith(step)
    until(ben, "main #save")
    tab.click("#save")
    until(ben, "#undo-import")
    known = f"record.name.startsWith('Zz Plain {key}')"
    with server.runtime.work(SYSTEM, "cli") as work:
        assert len(work.reader.find("party", known, limit=5)) == 2
    tab.click("#undo-import")
    until(ben, "#report .pill:has-text('Undone')")
    with server.runtime.work(SYSTEM, "cli") as work:
        assert not work.reader.find("party", known, limit=5)


def test_language_theme_and_density_are_chosen(person: NewPerson, doer: str) -> None:
    """Each from the menu behind the name, and the page that one was on comes back in it."""
    one = person(doer, scripts=False)
    tab, html = one.tab, one.tab.locator("html")
    one.go("/e/party?view=persons")
    for name, value, told in (("theme", "dark", "data-theme"), ("density", "compact", "data-density"), ("language", "de", "lang")):  # fmt: skip
        tab.locator("header.top summary").last.click()
        tab.click(f"header.top button[name={name}][value={value}]")
        assert one.path() == "/e/party?view=persons"
        assert html.get_attribute(told) == value
    assert one.text("h1").startswith("Parteien")
