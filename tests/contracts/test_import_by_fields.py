"""Importing on the page by an entity's name: the columns are called as its fields, as the command line takes them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from litestar.testing import TestClient

from xrm_core.app import create_app
from xrm_core.metamodel.values import SYSTEM
from xrm_core.services import accounts
from xrm_core.services.jobs import Worker
from xrm_core.testing import temporary_organisation
from xrm_core.web.cells import capital

BOAT = """
entity: boat
plural: Boats
fields:
  name: {type: text, required: true}
  mark: {type: text, unique: true, label: Sail mark}
---
entity: oar
fields:
  length: {type: integer}
"""


class Desk:
    """The import page as somebody without scripts uses it."""

    def __init__(self, runtime: Any, client: TestClient[Any]) -> None:
        self.runtime, self.client = runtime, client
        self.worker = Worker(runtime)

    def send(self, name: str, body: bytes, **fields: str) -> Any:
        """Send a file; the page that follows, after the worker did what there was."""
        page = self.client.get("/import").text
        token = re.search(r'name="_csrf" value="([^"]*)"', page)[1]  # type: ignore[index]
        answer = self.client.post(
            "/import", data={"_csrf": token, **fields}, files={"file": (name, body)}, headers={"Sec-Fetch-Site": "same-origin"},
            follow_redirects=False,
        )  # fmt: skip
        while self.worker.run_once():
            pass
        return self.client.get(answer.headers["location"]) if answer.status_code == 303 else answer

    def go_on(self, page: Any) -> str:
        """Import what was checked; the report."""
        action = re.search(r'action="(/import/[^"]*/run)"', page.text)[1]  # type: ignore[index]
        token = re.search(r'name="_csrf" value="([^"]*)"', page.text)[1]  # type: ignore[index]
        self.client.post(action, data={"_csrf": token}, headers={"Sec-Fetch-Site": "same-origin"})
        while self.worker.run_once():
            pass
        return str(self.client.get(action.removesuffix("/run")).text)


@pytest.fixture
def desk(database_url: str) -> Iterator[Desk]:
    """Boats, without any mapping."""
    with temporary_organisation(metadata={"entities/boat.yaml": BOAT}, url=database_url) as runtime:
        with runtime.work(SYSTEM, "cli", write=True) as work:
            session = accounts.begin_session(work, accounts.first_administrator(work, "Ada", "ada@example.com"))
        with TestClient(create_app(runtime, worker=False, watch=False), base_url="http://127.0.0.1") as client:
            client.cookies.set("xrm_session", session)
            yield Desk(runtime, client)


def test_columns_called_as_fields(desk: Desk) -> None:
    """By name or by label, checked first, then in; what nothing tells apart is not offered."""
    offered = desk.client.get("/import").text
    assert 'value="boat"' in offered
    assert 'value="oar"' not in offered
    page = desk.send("list.csv", b"Name,Sail mark\nArk,A1\nBee,B2\n", mapping="_fields", entity="boat")
    assert "Import: Boats" in page.text
    report = desk.go_on(page)
    assert "Boats" in report
    with desk.runtime.work(SYSTEM, "cli") as work:
        assert [r["name"] for r in work.reader.find("boat", "true")] == ["Ark", "Bee"]


def test_what_is_missing_is_told(desk: Desk) -> None:
    """No entity, one that may not be, no column that is a field, no key among the columns."""
    for fields, body, said in (
        ({"mapping": "_fields"}, b"name\nx\n", "Choose whose fields"),
        ({"mapping": "_fields", "entity": "oar"}, b"length\n1\n", "Choose whose fields"),
        ({"mapping": "_fields", "entity": "boat"}, b"colour\nred\n", "no column of list.csv is a field of boat"),
        ({"mapping": "_fields", "entity": "boat"}, b"name\nArk\n", "Nothing tells the records of boat apart"),
    ):
        answer = desk.send("list.csv", body, **fields)
        assert answer.status_code == 422, said
        assert said.casefold() in answer.text.casefold(), said
    assert desk.send("list.csv", b"Name,Mark\nArk,A1\n", entity="boat").status_code == 200, (
        "the choice of an entity says enough"
    )


def test_messages_leave_names_of_files_alone(desk: Desk) -> None:
    """A sentence begins with a capital, the name of a file with what it begins with."""
    assert capital("people.csv is empty; send another") == "people.csv is empty; send another"
    assert capital("mein ordner.csv: nothing") == "Mein ordner.csv: nothing"
    assert capital("no column of a.csv is a field") == "No column of a.csv is a field"
    assert "list.csv" in desk.send("list.csv", b"", mapping="_fields", entity="boat").text
