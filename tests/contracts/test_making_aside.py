"""A record that a form lacks is made aside, without scripts: the form comes back with it, and with all that was typed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
from litestar.testing import TestClient

from xrm_core.app import create_app
from xrm_core.metamodel.values import SYSTEM
from xrm_core.services import accounts, records
from xrm_core.testing import temporary_organisation

BOAT = """
entity: port
title: "{name}"
fields:
  name: {type: text, required: true}
  harbour_of: {type: link, to: town}
---
entity: town
title: "{name}"
fields:
  name: {type: text, required: true}
---
entity: boat
title: "{name}"
fields:
  name: {type: text, required: true}
  note: {type: long_text}
  port: {type: link, to: port, required: true}
  either: {type: link, to: [port, town]}
  calls:
    type: child_table
    fields:
      port: {type: link, to: port}
      days: {type: integer}
"""


@pytest.fixture
def browser(database_url: str) -> Iterator[Any]:
    """Pages without scripts: `browser(path)` reads one, `browser(path, {...})` sends its form with what is typed."""
    with temporary_organisation(metadata={"entities/boat.yaml": BOAT}, url=database_url) as runtime:
        with runtime.work(SYSTEM, "cli", write=True) as work:
            session = accounts.begin_session(work, accounts.first_administrator(work, "Ada", "ada@example.com"))
        with TestClient(create_app(runtime, worker=False, watch=False), base_url="http://127.0.0.1") as client:
            client.cookies.set("xrm_session", session)
            yield Browser(client, runtime)


class Browser:
    """A reader without scripts: the page at hand, its inputs, buttons that send them."""

    def __init__(self, client: TestClient[Any], runtime: Any) -> None:
        self.client, self.runtime, self.page, self.status = client, runtime, "", 0

    def open(self, path: str) -> None:
        """Open a page."""
        self._take(self.client.get(path))

    def send(self, button: tuple[str, str], **typed: str) -> None:
        """Send the form of the page with a button."""
        form = self.page[
            self.page.index('<form id="form"') : self.page.index("</form>", self.page.index('<form id="form"'))
        ]
        action = unescape(re.search(r'action="([^"]*)"', form)[1])  # type: ignore[index]
        inputs = self.inputs(form) | {k.replace("__0__", ".0."): v for k, v in typed.items()}
        sent = {**inputs, button[0]: button[1]}
        self._take(
            self.client.post(action, data=sent, headers={"Sec-Fetch-Site": "same-origin"}, follow_redirects=True)
        )

    def inputs(self, form: str = "") -> dict[str, str]:
        """Names and values of the inputs of the page."""
        found = {}
        for tag in re.findall(r"<input[^>]*>", form or self.page):
            name, value = re.search(r' name="([^"]*)"', tag), re.search(r' value="([^"]*)"', tag)
            if name and 'type="checkbox"' not in tag:
                found[unescape(name[1])] = unescape(value[1]) if value else ""
        for name, text in re.findall(r'<textarea[^>]* name="([^"]*)"[^>]*>([^<]*)</textarea>', form or self.page):
            found[name] = unescape(text).removeprefix("\n")
        return found

    def _take(self, answer: Any) -> None:
        self.page, self.status = answer.text, answer.status_code


def test_a_record_for_a_link_is_made_and_the_form_comes_back(browser: Browser) -> None:
    """The words looked for begin the new record; a fault of it is told first; the form then has all that was typed."""
    browser.open("/e/boat/new")
    browser.send(("_create", "port"), name="Ark", note="two\nlines & more", port__text="Corck")
    assert browser.status == 200
    assert "New port" in browser.page
    assert browser.inputs()["name"] == "Corck"
    browser.send(("_then", "open"), name="")
    assert browser.status == 422
    assert "Name is required" in browser.page
    browser.send(("_then", "open"), name="Cork")
    assert "New boat" in browser.page
    inputs = browser.inputs()
    assert (inputs["name"], inputs["note"], inputs["port__text"]) == ("Ark", "two\nlines & more", "Cork")
    browser.send(("_then", "open"))
    with browser.runtime.work(SYSTEM, "cli") as work:
        (boat,), (port,) = work.reader.find("boat", "true"), work.reader.find("port", "true")
    assert (boat["name"], boat["port"], boat["note"]) == ("Ark", port["id"], "two\nlines & more")


def test_one_is_made_aside_of_another_and_one_is_not_made_after_all(browser: Browser) -> None:
    """Two deep and back again, for a row of a table, on the form of a stored record; whoever turns back gets his form too."""
    with browser.runtime.work(SYSTEM, "cli", write=True) as work:
        port = records.create_record(work, "port", {"name": "Cork"})["id"]
        boat = records.create_record(work, "boat", {"name": "Ark", "port": port, "calls": [{"days": 3}]})["id"]
        row = work.reader.children("boat", "calls", boat)[0]["id"]
    browser.open(f"/e/boat/{boat}/edit")
    browser.send(("_create", f"calls.{row}.port"), name="Ark II")
    browser.send(("_create", "harbour_of"), name="Kinsale", harbour_of__text="Kin")
    assert browser.inputs()["name"] == "Kin"
    browser.send(("_then", "open"), name="Kinsale Town")
    assert browser.inputs()["harbour_of__text"] == "Kinsale Town"
    assert browser.inputs()["name"] == "Kinsale"
    browser.send(("_then", "open"))
    inputs = browser.inputs()
    assert (inputs["name"], inputs[f"calls.{row}.port__text"], inputs["_version"]) == ("Ark II", "Kinsale", "1")
    browser.send(("_create", "port"))
    browser.send(("_then", "back"), name="Never made")
    assert browser.inputs()["name"] == "Ark II"
    browser.send(("_then", "open"))
    with browser.runtime.work(SYSTEM, "cli") as work:
        stored = work.reader.get("boat", boat)
        called = work.reader.children("boat", "calls", boat)[0]["port"]
        assert stored["name"] == "Ark II"
        assert work.reader.get("port", called)["name"] == "Kinsale"
        assert [p["name"] for p in work.reader.find("port", "true")] == ["Cork", "Kinsale"]


def test_only_links_of_forms_can_be_left_for(browser: Browser) -> None:
    """No button where a link may point to several entities; foreign addresses and inputs that are no links are refused."""
    browser.open("/e/boat/new")
    assert re.findall(r'name="_create" value="([^"]*)"', browser.page) == ["port"]
    page = browser.page
    browser.send(("_create", "name"))
    assert browser.status == 404
    browser.page = page
    browser.send(("_then", "back"), _outer="a=1", _outer_at="https://evil.example/e/boat/new", _outer_input="port")
    assert browser.status == 400


def test_the_next_record_begins_where_the_first_did(browser: Browser) -> None:
    """ "Save and add another" keeps the link that the address gave, as it was saved, also past a refusal; not the name."""
    browser.open("/e/town/new")
    browser.send(("_then", "open"), name="Cove")
    with browser.runtime.work(SYSTEM, "cli") as work:
        town = work.reader.find("town", "record.name == 'Cove'")[0]["id"]
    browser.open(f"/e/port/new?harbour_of={town}&name=North")
    assert browser.inputs()["name"] == "North"
    browser.send(("_then", "new"), name="")
    assert browser.status == 422
    browser.send(("_then", "new"), name="North")
    assert (browser.inputs()["harbour_of"], browser.inputs()["name"]) == (str(town), "")
    browser.send(("_then", "new"), name="South")
    with browser.runtime.work(SYSTEM, "cli") as work:
        assert len(work.reader.find("port", "record.harbour_of == given.t", {"t": str(town)})) == 2


def test_scripts_get_the_record_itself(browser: Browser) -> None:
    """Asked with `_pick` the form answers the id and title, and keeps asking so when it is refused."""
    browser.open("/e/port/new?_pick=1&name=Cork")
    assert browser.inputs()["_pick"] == "1"
    assert "Save and add another" not in browser.page
    browser.send(("_then", "open"), name="")
    assert (browser.status, browser.inputs()["_pick"]) == (422, "1")
    browser.send(("_then", "open"), name="Cork")
    with browser.runtime.work(SYSTEM, "cli") as work:
        (port,) = work.reader.find("port", "true")
    assert browser.page == f'{{"value": "{port["id"]}", "label": "Cork"}}'
