"""Hooks meet many records at once, and each other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from tests.contracts.shop import plugin_folder
from xrm_core.errors import PluginError
from xrm_core.metamodel.values import SYSTEM, Query
from xrm_core.services import bulk, lists, records
from xrm_core.services.jobs import Worker
from xrm_core.services.runtime import Runtime
from xrm_core.testing import temporary_organisation

NORTH = '''
"""Counts its calls."""

from xrm_core.plugin import hook

CALLS = []


@hook("xrm_before_save", entity="boat", batch=True)
def complete(changes):
    """A grade for all."""
    CALLS.append(("before", len(changes)))
    return [{"grade": "north"} for _ in changes]


@hook("xrm_validate", entity="boat", batch=True)
def check(changes):
    """Nothing to say."""
    CALLS.append(("validate", len(changes)))
    return [[] for _ in changes]


@hook("xrm_after_save", entity="boat", batch=True)
def follow(changes):
    """Nothing to do."""
    CALLS.append(("after", len(changes)))
    return [[] for _ in changes]


@hook(entity="boat")
def xrm_after_commit(changes):
    """Told of all at once."""
    CALLS.append(("commit", len(changes)))
'''
SOUTH = '''
"""Agrees, or not."""

from xrm_core.plugin import hook


@hook(entity="boat")
def xrm_before_save(change):
    """Another grade for one name, the same for one, none for the others."""
    return {"Clash": {"grade": "south"}, "Agreed": {"grade": "north"}}.get(change.after["name"], {})
'''
METADATA = {
    "entities/boat.yaml": "entity: boat\nkeys: [[name]]\nfields:\n  name: {type: text, required: true}\n  grade: {type: text}\n"
}


@pytest.fixture
def runtime(database_url: str, tmp_path: Path) -> Iterator[Runtime]:
    """Two plugins with hooks on one entity, on either database."""
    folders = [plugin_folder(tmp_path, "north", NORTH), plugin_folder(tmp_path, "south", SOUTH)]
    with temporary_organisation(metadata=METADATA, folders=folders, url=database_url) as made:
        yield made


def module(runtime: Runtime) -> ModuleType:
    """The first plugin's module."""
    found = next(p.module for p in runtime.host.plugins if p.name == "north")
    assert found is not None
    return found


def test_many_records_are_one_call(runtime: Runtime) -> None:
    """Fifty rows: each hook is called once with all of them, and the work after the commit is one job."""
    with runtime.work(SYSTEM, "api", write=True) as work:
        results = bulk.upsert_records(work, "boat", [{"name": f"Boat {n}"} for n in range(50)], ["name"])
    assert {r.status for r in results} == {"created"}
    worker = Worker(runtime)
    assert worker.run_once()
    assert not worker.run_once()
    assert module(runtime).CALLS == [("before", 50), ("validate", 50), ("after", 50), ("commit", 50)]


def test_two_plugins_that_differ_save_nothing(runtime: Runtime) -> None:
    """The error names both plugins, the hook, the field and both values; nothing is stored, not even the row beside it."""
    for rows in ([{"name": "Clash"}], [{"name": "Fine"}, {"name": "Clash"}]):
        with pytest.raises(PluginError) as raised, runtime.work(SYSTEM, "api", write=True) as work:
            bulk.upsert_records(work, "boat", rows, ["name"])
        assert [p for p in ("'south'", "xrm_before_save", "grade", "'north'") if p not in raised.value.message] == []
        assert "nothing was saved" in str(raised.value.hint)
    with runtime.work(SYSTEM, "api") as work:
        assert lists.count_records(work, Query("boat")) == 0


def test_two_plugins_that_agree_are_fine(runtime: Runtime) -> None:
    """The same value from both is no clash."""
    with runtime.work(SYSTEM, "api", write=True) as work:
        assert records.create_record(work, "boat", {"name": "Agreed"})["grade"] == "north"
