"""Metadata that changes while the platform runs: new entities come into force, wrong files do not, risky ones wait."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from xrm_core.metamodel.values import SYSTEM, Query
from xrm_core.services import lists, organisation, records
from xrm_core.services.organisation import Watcher
from xrm_core.services.runtime import Runtime
from xrm_core.storage import migrate
from xrm_core.testing import temporary_organisation

BOAT = "entity: boat\nfields:\n  name: {type: text, required: true}\n"


@pytest.fixture
def runtime(database_url: str) -> Iterator[Runtime]:
    """An organisation with one entity, on either database."""
    with temporary_organisation(metadata={"entities/boat.yaml": BOAT}, url=database_url) as made:
        yield made


def write(runtime: Runtime, name: str, text: str) -> None:
    """Write a file of the organisation's layer."""
    (runtime.settings.metadata / "entities" / name).write_text(text, "utf-8")


def test_a_new_entity_is_served_without_a_restart(runtime: Runtime) -> None:
    """The watcher notices the file, makes the table and swaps the catalog; records of the old one stay."""
    watcher = Watcher(runtime)
    with runtime.work(SYSTEM, "cli", write=True) as work:
        records.create_record(work, "boat", {"name": "Ark"})
    assert not watcher.look()
    write(
        runtime,
        "oar.yaml",
        "entity: oar\nfields:\n  length: {type: integer}\n  boat: {type: link, to: boat, reverse: oars}\n",
    )
    assert watcher.look()
    with runtime.work(SYSTEM, "cli", write=True) as work:
        boat = lists.list_records(work, Query("boat", ("id", "name"))).rows[0]
        assert boat["name"] == "Ark"
        records.create_record(work, "oar", {"length": 3, "boat": boat["id"]})
        assert (
            lists.list_records(work, Query("oar", ("boat.name",), "record.length == 3")).rows[0]["boat.name"] == "Ark"
        )


def test_wrong_metadata_keeps_the_last_good_catalog(runtime: Runtime) -> None:
    """A fault is told, what was in force stays; when it is mended the fault is gone."""
    watcher, before = Watcher(runtime), runtime.catalog
    write(runtime, "bad.yaml", "entity: bad\nfields:\n  x: {type: nothing}\n")
    assert not watcher.look()
    assert runtime.catalog is before
    assert runtime.fault is not None
    assert "bad.yaml:3" in str(runtime.fault)
    write(runtime, "bad.yaml", "entity: bad\nfields:\n  x: {type: text}\n")
    assert watcher.look()
    assert runtime.fault is None
    assert "bad" in runtime.catalog.entities


def test_a_change_that_needs_a_decision_waits(runtime: Runtime) -> None:
    """A type changed under stored records does not come into force by itself; nothing is lost."""
    watcher = Watcher(runtime)
    with runtime.work(SYSTEM, "cli", write=True) as work:
        records.create_record(work, "boat", {"name": "Ark"})
    write(runtime, "boat.yaml", "entity: boat\nfields:\n  name: {type: integer, required: true}\n")
    assert not watcher.look()
    assert runtime.fault is not None
    with runtime.work(SYSTEM, "cli") as work:
        assert lists.list_records(work, Query("boat", ("name",))).rows[0]["name"] == "Ark"


def test_a_rename_keeps_the_data(runtime: Runtime) -> None:
    """`was:` carries values over, by plan or by the running server where that is safe."""
    from xrm_core.services.organisation import compile_organisation
    from xrm_core.storage import migrate

    with runtime.work(SYSTEM, "cli", write=True) as work:
        records.create_record(work, "boat", {"name": "Ark"})
    write(runtime, "boat.yaml", "entity: boat\nfields:\n  title: {type: text, required: true, was: name}\n")
    catalog = compile_organisation(runtime.settings, runtime.host)
    plan = migrate.plan(runtime.database, catalog)
    assert plan.steps
    migrate.apply(runtime.database, catalog, plan)
    runtime.swap(catalog)
    with runtime.work(SYSTEM, "cli") as work:
        assert lists.list_records(work, Query("boat", ("title",))).rows[0]["title"] == "Ark"


def test_a_change_that_waited_comes_into_force_when_it_was_applied(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`xrm apply` in another process is enough: the running server tries again and finds nothing left to decide."""
    monkeypatch.setattr(organisation, "RETRY_SECONDS", 0.0)
    watcher = Watcher(runtime)
    with runtime.work(SYSTEM, "cli", write=True) as work:
        records.create_record(work, "boat", {"name": "Ark"})
    write(runtime, "boat.yaml", BOAT + "  port: {type: text, required: true, default: Ararat}\n")
    assert not watcher.look()
    assert not watcher.look()
    assert "need a decision" in str(runtime.fault)
    catalog = organisation.compile_organisation(runtime.settings, runtime.host)
    migrate.apply(runtime.database, catalog, migrate.plan(runtime.database, catalog))
    assert watcher.look()
    assert runtime.fault is None
    assert not watcher.look()
    with runtime.work(SYSTEM, "cli") as work:
        assert lists.list_records(work, Query("boat", ("port",))).rows[0]["port"] == "Ararat"


def test_starts_at_once_wait_for_one_another(runtime: Runtime) -> None:
    """Servers that start with new metadata at the same time all start; the tables are made once."""
    for name in ("oar", "sail", "mast"):
        write(runtime, f"{name}.yaml", f"entity: {name}\nfields:\n  length: {{type: integer}}\n")
    with ThreadPoolExecutor(3) as pool:
        started = list(pool.map(lambda _: organisation.start_organisation(runtime.settings.root), range(3)))
    try:
        for one in started:
            with one.work(SYSTEM, "cli", write=True) as work:
                records.create_record(work, "oar", {"length": 3})
    finally:
        for one in started:
            one.database.dispose()
