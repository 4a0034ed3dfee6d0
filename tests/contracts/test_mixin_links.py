"""Links to any entity with a mixin, also one that an organisation adds later: stored, found, shown, edited."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from litestar.testing import TestClient

from xrm_core.app import create_app
from xrm_core.errors import InvalidRecord
from xrm_core.metamodel.values import SYSTEM, Query
from xrm_core.services import accounts, lists, records
from xrm_core.services.organisation import Watcher
from xrm_core.services.runtime import Runtime
from xrm_core.testing import temporary_organisation

ENTITIES = """
mixin: subject
---
entity: boat
title: "{name}"
mixins: [subject]
fields:
  name: {type: text, required: true}
---
entity: rock
fields:
  name: {type: text}
---
entity: note
fields:
  text: {type: text, required: true}
  about: {type: link, to: {mixin: subject}, reverse: notes, on_delete: empty}
"""
PIER = 'entity: pier\ntitle: "{name}"\nmixins: [subject]\nfields:\n  name: {type: text, required: true}\n'


@pytest.fixture
def runtime(database_url: str) -> Iterator[Runtime]:
    """An organisation with such a link, on either database."""
    with temporary_organisation(metadata={"entities/all.yaml": ENTITIES}, url=database_url) as made:
        yield made


def test_a_link_to_a_mixin(runtime: Runtime) -> None:
    """It takes records of the mixin's entities alone, knows those that come later, and is read both ways."""
    watcher = Watcher(runtime)
    (runtime.settings.metadata / "entities" / "pier.yaml").write_text(PIER, "utf-8")
    assert watcher.look(), runtime.fault
    with runtime.work(SYSTEM, "api", write=True) as work:
        ids = {e: records.create_record(work, e, {"name": f"The {e}"})["id"] for e in ("boat", "pier", "rock")}
        notes = {
            e: records.create_record(work, "note", {"text": e, "about": ids[e], "about_entity": e})["id"]
            for e in ("boat", "pier")
        }
    with pytest.raises(InvalidRecord), runtime.work(SYSTEM, "api", write=True) as work:
        records.create_record(work, "note", {"text": "rock", "about": ids["rock"], "about_entity": "rock"})
    with runtime.work(SYSTEM, "api", write=True) as work:
        rows = lists.list_records(work, Query("note", ("about", "about_entity"), sort=("text",))).rows
        assert [(r["about"], r["about_entity"]) for r in rows] == [(ids["boat"], "boat"), (ids["pier"], "pier")]
        assert lists.count_records(work, Query("note", (), "record.about_entity == 'boat'")) == 1
        found = lists.list_records(work, Query("note", ("text",), f"record.about == '{ids['pier']}'")).rows
        assert [r["text"] for r in found] == ["pier"]
        assert [r["text"] for r in work.reader.children("pier", "notes", ids["pier"])] == ["pier"]
        changed = records.update_record(work, "note", notes["pier"], {"about": ids["boat"], "about_entity": "boat"})
        assert (changed["about"], changed["about_entity"]) == (ids["boat"], "boat")


def test_pages_of_a_link_to_a_mixin(runtime: Runtime) -> None:
    """The note's page leads to its subject, its form offers the subject, and the subject's page lists the note."""
    with runtime.work(SYSTEM, "api", write=True) as work:
        session = accounts.begin_session(work, accounts.first_administrator(work, "Ada", "ada@example.com"))
        boat = records.create_record(work, "boat", {"name": "Argo"})["id"]
        note = records.create_record(work, "note", {"text": "Leaks", "about": boat, "about_entity": "boat"})["id"]
    with TestClient(
        create_app(runtime, worker=False, watch=False), base_url="http://127.0.0.1", cookies={"xrm_session": session}
    ) as client:
        page = client.get(f"/e/note/{note}").text
        assert "Argo" in page
        assert f"/e/boat/{boat}" in page
        assert "Argo" in client.get(f"/e/note/{note}/edit").text
        assert "Argo" in client.get("/e/note").text
        assert f"/e/note/{note}" in client.get(f"/e/boat/{boat}", params={"tab": "1"}).text
