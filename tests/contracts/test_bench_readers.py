"""The reader of few records that the bench asks pages as."""

from __future__ import annotations

from litestar.testing import TestClient

from xrm_core.app import create_app
from xrm_core.cli.benching.readers import lists_of, reader_of_few
from xrm_core.metamodel.values import SYSTEM
from xrm_core.services import records
from xrm_core.testing import temporary_organisation

FILES = {
    "entities/all.yaml": """
entity: note
title: "{name}"
fields:
  name: {type: text}
  owner: {type: link, to: user}
---
entity: hidden
title: "{name}"
fields:
  name: {type: text}
""",
    "access/all.yaml": """
role: keeper
label: Keeper
---
grants:
  - {role: keeper, entity: note, verbs: [read], rows: "record.owner == actor.id"}
""",
}


def test_who_sees_few_sees_his_own_lists_alone() -> None:
    """He is no administrator: what nothing grants him is no page of his, and a list of what others own is empty."""
    with temporary_organisation(metadata=FILES) as runtime:
        with runtime.work(SYSTEM, "cli", write=True) as work:
            records.create_record(work, "note", {"name": "Somebody else's"})
        session, entities = reader_of_few(runtime)
        assert "note" in entities
        assert "hidden" not in entities
        pages = dict(lists_of(entities, runtime, {"note": 12, "user": 3}, 2, 10))
        assert pages == {"note": ["/e/note", "/e/note"]}
        client = TestClient(create_app(runtime), base_url="http://127.0.0.1", cookies={"xrm_session": session})
        page = client.get("/e/note")
        assert page.status_code == 200
        assert "Somebody else" not in page.text
        assert client.get("/e/hidden").status_code == 404
