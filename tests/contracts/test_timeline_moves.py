"""Bars of a timeline moved, and their ends; a move that makes no sense is refused with its reason, and one is taken back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from litestar.testing import TestClient

from xrm_core.app import create_app
from xrm_core.metamodel.values import SYSTEM
from xrm_core.services import accounts, records
from xrm_core.testing import temporary_organisation

SHOW = """
entity: show
title: "{name}"
fields:
  name: {type: text, required: true}
  begins: {type: datetime, required: true}
  ends: {type: datetime}
---
"""
VIEW = "view: shows\nentity: show\nkind: timeline\nlabel: Shows\nby: begins\nuntil: ends\n"


class Stage:
    """The pages of a timeline, and what is stored."""

    def __init__(self, runtime: Any, client: TestClient[Any]) -> None:
        self.runtime, self.client = runtime, client
        with runtime.work(SYSTEM, "cli", write=True) as work:
            ada = accounts.first_administrator(work, "Ada", "ada@example.com")
            client.cookies.set("xrm_session", accounts.begin_session(work, ada))
            values = {"name": "Hamlet", "begins": "2026-03-02T18:00:00Z", "ends": "2026-03-09T18:30:00Z"}
            self.id = str(records.create_record(work, "show", values)["id"])

    def days(self) -> tuple[str, str]:
        """The first day and the end of the show as stored."""
        with self.runtime.work(SYSTEM, "cli") as work:
            row = records.read_record(work, "show", self.id, ("begins", "ends"))
        return row["begins"].isoformat()[:10], row["ends"].isoformat()[:16]

    def move(self, **posted: str) -> Any:
        """A move as scripts send it."""
        page = self.client.get("/e/show?view=shows&on=2026-03-01").text
        bar = re.search(r'data-bar="([^"]+)" data-is="(\d+)"', page)
        token = re.search(r'name="_csrf" value="([^"]+)"', page)
        assert bar is not None
        assert token is not None
        sent = {"_csrf": token[1], "id": bar[1], "version": bar[2], **posted}
        headers = {"Accept": "text/html, application/problem+json", "HX-Request": "true"}
        return self.client.post("/e/show/move?view=shows", data=sent, headers=headers)


@pytest.fixture
def stage() -> Iterator[Stage]:
    """A stage with one show."""
    files = {"entities/show.yaml": SHOW.removesuffix("---\n"), "views/show.yaml": VIEW}
    with (
        temporary_organisation(metadata=files) as runtime,
        TestClient(create_app(runtime, worker=False, watch=False), base_url="http://127.0.0.1") as client,
    ):
        yield Stage(runtime, client)


def test_a_bar_and_its_ends_are_moved(stage: Stage) -> None:
    """The whole keeps its length, an end moves alone, a moment keeps its time of day; the way back takes a move back."""
    stage.move(on="2026-03-04")
    assert stage.days() == ("2026-03-04", "2026-03-11T18:30")
    stage.move(on="2026-03-01", edge="first")
    assert stage.days() == ("2026-03-01", "2026-03-11T18:30")
    told = stage.move(until="2026-03-20")
    assert stage.days() == ("2026-03-01", "2026-03-20T18:30")
    assert "now until" in told.text
    undo = re.search(r'action="(/undo/[^"]+)"', told.text)
    assert undo is not None
    token = re.search(r'name="_csrf" value="([^"]+)"', told.text)
    assert token is not None
    stage.client.post(undo[1], data={"_csrf": token[1]})
    assert stage.days() == ("2026-03-01", "2026-03-11T18:30")


def test_a_move_that_makes_no_sense_is_refused(stage: Stage) -> None:
    """It says why, and nothing has changed; the table has the form that does the same without pointing."""
    before = stage.days()
    told = stage.move(until="2026-02-01")
    assert (told.status_code, told.json()["detail"]) == (422, "It would end before it begins.")
    assert stage.move(until="soon").status_code == 400
    assert stage.days() == before
    assert 'name="until"' in stage.client.get("/e/show?view=shows&on=2026-03-01").text
