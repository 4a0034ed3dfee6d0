"""A new name for an entity, its fields, child tables, ties and codes: everything that is known of its records stays known."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from xrm_core.metamodel.values import SYSTEM, Query
from xrm_core.services import lists, past, records
from xrm_core.services.organisation import Watcher
from xrm_core.services.runtime import Runtime
from xrm_core.testing import temporary_organisation

BOAT = """
entity: boat
title: "{number} {name}"
search: [name]
fields:
  number: {type: sequence, pattern: "B-{n:03}"}
  name: {type: text, required: true}
  kind: {type: choice, values: {sail: Sail, row: Row}, default: sail}
  crew: {type: child_table, fields: {who: {type: text}, age: {type: integer}}}
  owners: {type: many_to_many, to: owner, fields: {share: {type: percent}}}
  size: {type: rollup, of: integer, over: crew, compute: count}
---
entity: owner
fields:
  name: {type: text}
  favourite: {type: link, to: [boat, owner], on_delete: empty}
  first: {type: link, to: boat, on_delete: empty}
"""
NEW = """
entity: vessel
was: boat
title: "{no} {name}"
search: [name]
fields:
  no: {type: sequence, pattern: "B-{n:03}", was: number}
  name: {type: text, required: true}
  kind: {type: choice, values: {sailing: {label: Sail, was: sail}, row: Row}, default: sailing}
  people: {type: child_table, was: crew, fields: {name: {type: text, was: who}, age: {type: integer}}}
  holders: {type: many_to_many, was: owners, to: owner, fields: {part: {type: percent, was: share}}}
  size: {type: rollup, of: integer, over: people, compute: count}
---
entity: owner
fields:
  name: {type: text}
  favourite: {type: link, to: [vessel, owner], on_delete: empty}
  first: {type: link, to: vessel, on_delete: empty}
"""


@pytest.fixture
def runtime(database_url: str) -> Iterator[Runtime]:
    """Boats with crews and owners, on either database."""
    with temporary_organisation(metadata={"entities/boat.yaml": BOAT}, url=database_url) as made:
        yield made


def test_everything_follows_a_new_name(runtime: Runtime) -> None:
    """Records, child rows, ties, codes, links with several targets, search, history and numbers go on under the new names,
    and a running server does it by itself."""
    watcher = Watcher(runtime)
    with runtime.work(SYSTEM, "cli", write=True) as work:
        owner = records.create_record(work, "owner", {"name": "Noah"})["id"]
        values = {"name": "Ark", "crew": [{"who": "Sem", "age": 3}], "owners": [{"owner": owner, "share": "50"}]}
        boat = records.create_record(work, "boat", values)["id"]
        records.create_record(work, "boat", {"name": "Raft"})
        links = {"favourite": boat, "favourite_entity": "boat", "first": boat}
        records.update_record(work, "owner", owner, links)
        records.update_record(work, "boat", boat, {"name": "Barge"})
    (runtime.settings.metadata / "entities" / "boat.yaml").write_text(NEW, "utf-8")
    assert watcher.look(), runtime.fault
    with runtime.work(SYSTEM, "cli", write=True) as work:
        stored = records.read_record(work, "vessel", boat, ("no", "name", "kind", "size"))
        assert [stored[k] for k in ("no", "name", "kind", "size")] == ["B-001", "Barge", "sailing", 1]
        assert [r["name"] for r in work.reader.children("vessel", "people", boat)] == ["Sem"]
        assert [(r["owner"], str(r["part"])) for r in work.reader.children("vessel", "holders", boat)] == [
            (owner, "50.0000")
        ]
        noah = records.read_record(work, "owner", owner)
        assert (noah["favourite"], noah["favourite_entity"], noah["first"]) == (boat, "vessel", boat)
        assert records.create_record(work, "vessel", {"name": "Third"})["no"] == "B-003"
        assert [r["name"] for r in lists.list_records(work, Query("vessel", ("name",), q="barge")).rows] == ["Barge"]
        told = past.history_of(work, "vessel", boat)
        assert {e.entity for e in told} == {"vessel", "vessel_people", "vessel_holders"}
        changed = next(e for e in told if e.action == "update")
        assert past.restore_values(work, "vessel", boat, changed.id, ["name"])["name"] == "Ark"
        row = next(e for e in told if e.entity == "vessel_people")
        assert row.changes["name"] == (None, "Sem"), "told under the field's present name"


def test_a_second_look_finds_nothing_to_do(runtime: Runtime) -> None:
    """`was` may stay where it is: what was renamed is not renamed again, and a new record counts on."""
    watcher = Watcher(runtime)
    file = runtime.settings.metadata / "entities" / "boat.yaml"
    file.write_text(NEW, "utf-8")
    assert watcher.look(), runtime.fault
    with runtime.work(SYSTEM, "cli", write=True) as work:
        assert records.create_record(work, "vessel", {"name": "One"})["no"] == "B-001"
    file.write_text(NEW.replace("age: {type: integer}", "age: {type: integer, label: Years}"), "utf-8")
    assert watcher.look(), runtime.fault
    with runtime.work(SYSTEM, "cli", write=True) as work:
        assert records.create_record(work, "vessel", {"name": "Two"})["no"] == "B-002"
