"""Many rows at once open no door that is shut for one: each row is refused by itself, and the others get in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from xrm_core.errors import Refused
from xrm_core.metamodel.values import SYSTEM, Actor
from xrm_core.services import records
from xrm_core.services.bulk import RowResult, upsert_records
from xrm_core.services.runtime import Runtime
from xrm_core.testing import temporary_organisation

ENTITIES = """
entity: entry
append_only: true
keys: [[code]]
fields:
  code: {type: text, required: true}
  text: {type: text}
---
entity: task
keys: [[code]]
fields:
  code: {type: text, required: true}
  text: {type: text}
  secret: {type: text, read_only: true}
  state: {type: choice, values: {new: New, open: Open, done: Done}, default: new, required: true}
lifecycle:
  field: state
  create_in: [new]
  transitions:
    start: {from: [new], to: open}
    finish: {from: [open], to: done, may: [boss]}
"""
ROLES = """
role: boss
label: Boss
---
role: clerk
label: Clerk
---
grants:
  - {role: clerk, entity: entry, verbs: [read, create, update]}
  - {role: clerk, entity: task, verbs: [read, create, update]}
  - {role: boss, entity: task, verbs: [read, create, update]}
"""
CLERK = Actor(None, "Clerk", frozenset({"clerk"}))


@pytest.fixture
def runtime(database_url: str) -> Iterator[Runtime]:
    """An organisation with entries that stay as they are and tasks that move, on either database."""
    files = {"entities/all.yaml": ENTITIES, "access/roles.yaml": ROLES}
    with temporary_organisation(metadata=files, url=database_url) as made:
        yield made


def upsert(
    runtime: Runtime, entity: str, *rows: Mapping[str, Any], door: str = "api", actor: Actor = CLERK
) -> list[RowResult]:
    """Rows by their code."""
    with runtime.work(actor, door, write=True) as work:
        return upsert_records(work, entity, rows, ("code",))


def told(results: list[RowResult]) -> list[tuple[str, list[str]]]:
    """What became of each row, and why."""
    return [(r.status, [p.code for p in r.problems]) for r in results]


@pytest.mark.parametrize("door", ["api", "import"])
def test_what_is_only_added_is_not_changed_by_key_or_id(runtime: Runtime, door: str) -> None:
    """A row that finds an entry is refused and leaves it as it was; new entries of the same call get in."""
    first = upsert(runtime, "entry", {"code": "a", "text": "one"}, door=door)
    again = upsert(
        runtime, "entry", {"code": "a", "text": "two"}, {"code": "b"}, {"id": first[0].id, "text": "three"}, door=door
    )
    assert told(again) == [("refused", ["append_only"]), ("created", []), ("refused", ["append_only"])]
    with runtime.work(SYSTEM, "api", write=True) as work:
        assert records.read_record(work, "entry", str(first[0].id))["text"] == "one"
        with pytest.raises(Refused):
            records.update_record(work, "entry", str(first[0].id), {"text": "four"})


def test_states_and_roles_hold_row_by_row(runtime: Runtime) -> None:
    """A state nobody is born in, a transition of another role, a field nobody types: the row is refused, the next one gets in."""
    assert told(upsert(runtime, "task", {"code": "a"}, {"code": "b", "state": "open"}, {"code": "c", "secret": "x"})) == [
        ("created", []), ("refused", ["state"]), ("refused", ["read_only"]),
    ]  # fmt: skip
    assert told(upsert(runtime, "task", {"code": "a", "state": "open"})) == [("updated", [])]
    done = upsert(runtime, "task", {"code": "a", "state": "done"}, {"code": "d"})
    assert told(done) == [("refused", ["transition_refused"]), ("created", [])]
    boss = Actor(None, "Boss", frozenset({"boss"}))
    assert told(upsert(runtime, "task", {"code": "a", "state": "done"}, actor=boss)) == [("updated", [])]


def test_an_import_tells_what_happened_elsewhere(runtime: Runtime) -> None:
    """By one who may do everything it brings records in any state and fields that nobody types; values are checked all the same."""
    rows = ({"code": "a", "state": "done", "secret": "x"}, {"code": "b", "state": "gone"})
    found = upsert(runtime, "task", *rows, door="import", actor=SYSTEM)
    assert told(found) == [("created", []), ("refused", ["unknown_code"])]


def test_an_import_is_no_way_around_a_lifecycle(runtime: Runtime) -> None:
    """By anybody else it meets states, roles of transitions and read-only fields as every other write: new and stored records
    alike; what is as it was may be named."""
    born = ({"code": "a", "state": "done"}, {"code": "b", "secret": "x"}, {"code": "c", "state": "new"})
    assert told(upsert(runtime, "task", *born, door="import")) == [
        ("refused", ["state"]), ("refused", ["read_only"]), ("created", []),
    ]  # fmt: skip
    assert told(upsert(runtime, "task", {"code": "c", "state": "done"}, door="import")) == [("refused", ["transition"])]
    assert told(upsert(runtime, "task", {"code": "c", "state": "open"}, door="import")) == [("updated", [])]
    moved = upsert(runtime, "task", {"code": "c", "state": "done"}, door="import")
    assert told(moved) == [("refused", ["transition_refused"])]
    upsert(runtime, "task", {"code": "c", "secret": "kept"}, door="import", actor=SYSTEM)
    changed = upsert(runtime, "task", {"code": "c", "secret": "mine"}, door="import")
    assert told(changed) == [("refused", ["read_only"])]
    same = {"code": "c", "secret": "kept", "state": "open", "text": "seen"}
    assert told(upsert(runtime, "task", same, door="import")) == [("updated", [])]
