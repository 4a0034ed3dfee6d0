"""Errands of plugins: asked for in a save, run by the worker after the commit, with transactions of their own; and their commands."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from xrm_core.errors import PluginError
from xrm_core.metamodel.values import SYSTEM, Query
from xrm_core.services import errandjobs, lists, records
from xrm_core.services.jobs import Worker
from xrm_core.services.runtime import Runtime
from xrm_core.testing import temporary_organisation

CODE = '''
"""A parcel is sent by an errand."""

from xrm_core.plugin import Errand, Later, NewRecord, Patch, hook


def carry(office, given):
    """Take a parcel along; a heavy one fails after it was lifted."""
    with office.alone("van") as mine, office.alone("van") as again:
        assert mine and again, "a process holds its own lock"
    with office.open(write=True) as desk:
        parcel = desk.reader.get("parcel", given["id"])
        label = desk.keep_file("parcel", "label", "label.txt", "text/plain", b"to " + parcel["name"].encode())
        desk.save([Patch("parcel", given["id"], {"carried": (parcel["carried"] or 0) + 1, "label": label})])
        if parcel["name"] == "heavy":
            raise ValueError("too heavy")
    with office.open(write=True) as desk:
        parcel = desk.reader.get("parcel", given["id"])
        assert desk.file(parcel["label"]) == ("label.txt", "text/plain", b"to " + parcel["name"].encode())
        if parcel["name"] == "twice" and parcel["carried"] == 1:
            desk.later(Later("carry", given, key="twice again"))
        desk.save([NewRecord("parcel", {"name": f"receipt of {parcel['name']}"})])


@hook
def xrm_errands():
    """One asked for, one of each minute."""
    return [Errand("carry", carry), Errand("look", lambda office, given: None, every="minutely", needed=lambda office: True)]


@hook("xrm_after_save", entity="parcel")
def ask(change):
    """Each parcel that is new is carried, receipts stay."""
    if change.action != "create" or change.after["name"].startswith("receipt"):
        return []
    name = "nobody" if change.after["name"] == "lost" else "carry"
    return [Later(name, {"id": change.id}, key=change.id, seconds=3600 if change.after["name"] == "slow" else 0)]
'''
ENTITIES = """
entity: parcel
fields:
  name: {type: text, required: true}
  carried: {type: integer}
  label: {type: file}
"""


@pytest.fixture
def runtime(tmp_path: Path, database_url: str) -> Iterator[Runtime]:
    """An organisation with the plugin, on either database."""
    root = tmp_path / "post"
    files = {
        "plugin.yaml": "name: post\ntitle: Post\nversion: 0.1.0\n",
        "plugin.py": CODE,
        "entities/parcel.yaml": ENTITIES,
    }
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, "utf-8")
    with temporary_organisation(folders=[root], url=database_url) as made:
        yield made


def parcels(runtime: Runtime) -> list[tuple[str, int | None]]:
    """Names of parcels and how often each was carried."""
    with runtime.work(SYSTEM, "api") as work:
        rows = lists.list_records(work, Query("parcel", ("name", "carried"), sort=("name",))).rows
    return [(row["name"], row["carried"]) for row in rows]


def add(runtime: Runtime, name: str) -> dict[str, Any]:
    """A parcel."""
    with runtime.work(SYSTEM, "api", write=True) as work:
        return dict(records.create_record(work, "parcel", {"name": name}))


def undone(runtime: Runtime) -> None:
    """A parcel that is rolled back with the one after it."""
    with runtime.work(SYSTEM, "api", write=True) as work:
        records.create_record(work, "parcel", {"name": "undone"})
        records.create_record(work, "parcel", {"name": "lost"})


def work_through(runtime: Runtime) -> None:
    """Do what is due."""
    worker = Worker(runtime)
    while worker.run_once():
        pass


def test_an_errand_runs_after_the_commit_of_its_save(runtime: Runtime) -> None:
    """It changes records, keeps files and asks for further errands; what is for later waits; what is rolled back never runs."""
    with pytest.raises(PluginError):
        undone(runtime)
    for name in ("book", "twice", "slow"):
        add(runtime, name)
    work_through(runtime)
    assert parcels(runtime) == [
        ("book", 1), ("receipt of book", None), ("receipt of twice", None), ("receipt of twice", None), ("slow", None), ("twice", 2),
    ]  # fmt: skip


def test_an_errand_that_raises_leaves_nothing_and_is_tried_again(runtime: Runtime) -> None:
    """Its transaction is undone, the fault names plugin and errand, and it waits for its next try."""
    heavy = add(runtime, "heavy")
    with pytest.raises(PluginError) as told:
        errandjobs.run_errand(runtime, {"name": "carry", "given": {"id": heavy["id"]}})
    for part in ("'post'", "xrm_errands:carry", "too heavy"):
        assert part in told.value.message
    work_through(runtime)
    assert parcels(runtime) == [("heavy", None)]
    errandjobs.run_errand(runtime, {"name": "of a plugin that is gone", "given": {}})


def test_an_errand_that_no_plugin_brings_refuses_the_save(runtime: Runtime) -> None:
    """The save names what is missing, and nothing is saved."""
    with pytest.raises(PluginError, match="nobody"):
        add(runtime, "lost")
    assert parcels(runtime) == []


def test_each_minute_once_among_all_processes(runtime: Runtime) -> None:
    """A tick is put down once a minute."""
    at = datetime(2026, 11, 20, 10, 0, 30, tzinfo=UTC)
    first, second = errandjobs.Minutes(runtime), errandjobs.Minutes(runtime)
    assert first.tick(at) == 1
    assert first.tick(at + timedelta(seconds=10)) == 0
    assert second.tick(at) == 0
    assert second.tick(at + timedelta(minutes=1)) == 1


def test_the_command_of_mail_opens_the_organisation(tmp_path: Path) -> None:
    """`xrm mail fetch` says so where there is nothing to read, and finds its way to the folder by itself."""
    from xrm_core.app import create_app
    from xrm_core.cli.commands import xrm

    done = CliRunner().invoke(xrm, ["init", str(tmp_path / "new")], obj=create_app)
    assert done.exit_code == 0, done.output
    told = CliRunner().invoke(xrm, ["mail", "fetch", "--root", str(tmp_path / "new")], obj=create_app)
    assert told.exit_code == 0, told.output
    assert "no mailbox" in told.output
