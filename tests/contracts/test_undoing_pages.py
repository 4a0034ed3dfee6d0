"""Undo on pages, without scripts: whatever wrote carries the way back in its note; one form takes it back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import unquote

import pytest
from litestar.testing import TestClient

from xrm_core.app import create_app
from xrm_core.metamodel.values import SYSTEM
from xrm_core.services import accounts, records
from xrm_core.storage.values import utc_text
from xrm_core.testing import temporary_organisation

PORT = """
entity: port
title: "{name}"
fields:
  name: {type: text, required: true}
  depth: {type: integer}
"""


class Reader:
    """Somebody who reads pages and sends their forms."""

    def __init__(self, client: TestClient[Any], session: str) -> None:
        self.client, self.session = client, session

    def send(self, path: str, **values: str) -> Any:
        """Send a form with its token; the answer as it came."""
        from xrm_core.web.guards import csrf_token

        headers = {
            "Sec-Fetch-Site": "same-origin",
            "Cookie": f"xrm_session={self.session}",
            "Referer": "http://127.0.0.1/e/port",
        }
        return self.client.post(
            path, data={"_csrf": csrf_token(self.session), **values}, headers=headers, follow_redirects=False
        )


def note(answer: Any) -> dict[str, Any]:
    """The note that an answer leaves for the next page."""
    (cookie,) = [c for c in answer.headers.get_list("set-cookie") if c.startswith("xrm_flash=")]
    return dict(json.loads(unquote(cookie.split(";")[0].removeprefix("xrm_flash=").strip('"'))))


@pytest.fixture
def ports(database_url: str) -> Iterator[tuple[Any, Reader, Reader]]:
    """An organisation of ports, and two people."""
    with temporary_organisation(metadata={"entities/port.yaml": PORT}, url=database_url) as runtime:
        with runtime.work(SYSTEM, "cli", write=True) as work:
            ada = accounts.begin_session(work, accounts.first_administrator(work, "Ada", "ada@example.com"))
            other = records.create_record(work, "user", {"name": "Bo", "email": "bo@example.com", "roles": ["admin"]})
            bo = accounts.begin_session(work, str(other["id"]))
        with TestClient(create_app(runtime, worker=False, watch=False), base_url="http://127.0.0.1") as client:
            yield runtime, Reader(client, ada), Reader(client, bo)


def test_every_write_carries_its_way_back(ports: tuple[Any, Reader, Reader]) -> None:
    """A form, and the undo itself: its note offers to do it again. Another person finds nothing there."""
    runtime, ada, bo = ports
    made = ada.send("/e/port/new", name="Cork", _fields="name,depth")
    assert made.status_code == 303
    label, href, _ = note(made)["undo"]
    assert (label, href[:6]) == ("Undo", "/undo/")
    assert bo.send(href).status_code == 404
    done = ada.send(href)
    assert (done.status_code, note(done)["text"]) == (303, "Undone")
    with runtime.work(SYSTEM, "cli") as work:
        assert list(work.reader.find("port", "true")) == []
    label, href, _ = note(done)["undo"]
    assert label == "Redo"
    assert note(ada.send(href))["text"] == "Done again"
    with runtime.work(SYSTEM, "cli") as work:
        assert [p["name"] for p in work.reader.find("port", "true")] == ["Cork"]


def test_a_refused_undo_says_why_and_leads_back(ports: tuple[Any, Reader, Reader]) -> None:
    """Who changed what meanwhile; nothing is half taken back. A form that is refused offers nothing."""
    runtime, ada, bo = ports
    made = ada.send("/e/port/new", name="Cork", _fields="name,depth")
    port = made.headers["location"].rsplit("/", 1)[1]
    edited = ada.send(f"/e/port/{port}/edit", name="Cobh", depth="9", _version="1", _fields="name,depth")
    bo.send(f"/e/port/{port}/edit", name="Cobh", depth="11", _version="2", _fields="name,depth")
    refused = ada.send(note(edited)["undo"][1])
    assert (refused.status_code, refused.headers["location"]) == (303, "/e/port")
    assert note(refused)["text"] == "Not taken back. Cobh: Bo changed Depth since."
    assert "undo" not in note(refused)
    with runtime.work(SYSTEM, "cli") as work:
        assert (work.reader.get("port", port) or {})["name"] == "Cobh"
    wrong = ada.send("/e/port/new", name="", _fields="name,depth")
    assert wrong.status_code == 422
    assert "/undo/" not in wrong.text


def test_what_was_done_last_is_told_while_it_can_be_taken_back(ports: tuple[Any, Reader, Reader]) -> None:
    """The note is gone: the last act of oneself is named with its way back, none of another person, and none that is too old."""
    runtime, ada, bo = ports

    def last(one: Reader) -> dict[str, str]:
        answer = one.client.get("/undo", headers={"Cookie": f"xrm_session={one.session}"})
        assert answer.status_code == 200
        return dict(answer.json())

    assert (last(ada)["undo"], last(ada)["text"][:32]) == ("", "There is nothing to take back. W")
    made = ada.send("/e/port/new", name="Cork <b>", _fields="name,depth")
    port = made.headers["location"].rsplit("/", 1)[1]
    assert last(ada)["text"] == "You made Cork <b>, or brought it back."
    edited = ada.send(f"/e/port/{port}/edit", name="Cobh", depth="9", _version="1", _fields="name,depth")
    assert last(ada) == {"text": "You changed Cobh.", "tone": "info", "undo": note(edited)["undo"][1], "label": "Undo"}
    assert last(bo)["undo"] == ""
    undone = ada.send(last(ada)["undo"])
    assert note(undone)["text"] == "Undone"
    assert (last(ada)["text"], last(ada)["label"]) == ("You took back what you did to Cork <b>.", "Redo")
    gone = ada.send(f"/e/port/{port}/delete")
    assert last(ada) == {
        "text": "You moved Cork <b> to the bin.", "tone": "info", "undo": note(gone)["undo"][1], "label": "Undo",
    }  # fmt: skip
    with runtime.work(SYSTEM, "cli", write=True) as work:
        work.tx.do("UPDATE xrm_act SET at = ?", (_long_ago(work),))
    assert last(ada)["undo"] == ""


def _long_ago(work: Any) -> Any:
    moment = work.now - timedelta(minutes=11)
    return utc_text(moment) if work.tx.dialect == "sqlite" else moment
