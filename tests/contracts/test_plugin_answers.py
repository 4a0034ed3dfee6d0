"""Hooks that answer what they may not, or want to end the process: the plugin is named, nothing is saved, the rest goes on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from xrm_core.errors import PluginError
from xrm_core.metamodel.values import SYSTEM, Query
from xrm_core.services import actions, lists, records, schedules
from xrm_core.services.runtime import Runtime
from xrm_core.testing import temporary_organisation

CODE = """
from xrm_core.plugin import ActionSpec, Change, NewRecord, Patch, Schedule, hook


@hook(entity="thing")
def xrm_before_save(change: Change):
    return {"list": ["name"], "rows": {"parts": 5}, "row": {"parts": [5]}}.get(change.after["name"])


@hook("xrm_before_save", entity="thing", batch=True)
def many(changes):
    return {"one": 1}.get(changes[0].after["name"], [None] * len(changes))


@hook("xrm_after_save", entity="thing")
def follow(change: Change):
    if change.after["name"] == "ghost":
        return [Patch("thing", "0190163d-8694-739b-aea5-966c26f8ad91", {"name": "x"})]
    if change.after["name"] == "rewrite":
        return [Patch("entry", change.after["entry"], {"name": "x"})]
    if change.after["name"] == "nowhere":
        return [NewRecord("thnig", {"name": "x"})]
    return [NewRecord("thing", {"name": "endless"})] if change.after["name"] == "endless" else []


@hook(entity="thing")
def xrm_after_save(change: Change):
    return {"number": [42], "mapping": {"name": "x"}, "text": "Thing"}.get(change.after["name"], [])


@hook(entity="thing")
def xrm_validate(change: Change):
    if change.after["name"] == "exit":
        raise SystemExit(3)
    return ["too short"] if change.after["name"] == "plain" else None


def rewrite(record, values, actor, reader):
    return [Patch("entry", record["entry"], {"name": "y"})]


@hook
def xrm_actions():
    return [ActionSpec("rewrite", "thing", "Rewrite", run=rewrite)]


@hook
def xrm_schedule():
    def run(reader, today):
        return [Patch("entry", r["id"], {"name": "z"}) for r in reader.find("entry", "true")]

    return [Schedule("rewrite", "daily", run)]
"""


@pytest.fixture
def runtime(tmp_path: Path) -> Iterator[Runtime]:
    """An organisation with a plugin that answers wrongly on demand."""
    folder = tmp_path / "wrong"
    (folder / "entities").mkdir(parents=True)
    (folder / "plugin.yaml").write_text("name: wrong\ntitle: Wrong\nversion: '1'\n", "utf-8")
    (folder / "entities" / "thing.yaml").write_text(
        "entity: thing\nfields:\n  name: {type: text, required: true}\n  entry: {type: link, to: entry}\n"
        "  parts: {type: child_table, fields: {n: {type: integer}}}\n---\nentity: entry\nappend_only: true\nfields:\n  name: {type: text}\n",
        "utf-8",
    )
    (folder / "plugin.py").write_text(CODE, "utf-8")
    with temporary_organisation(folders=[folder]) as made:
        yield made


@pytest.mark.parametrize(
    "name", ["number", "mapping", "text", "plain", "exit", "list", "rows", "row", "one", "ghost", "nowhere", "endless"]
)
def test_a_wrong_answer_names_the_plugin(runtime: Runtime, name: str) -> None:
    """The error says plugin and hook; the record is not there, and the next one is saved."""
    with (
        pytest.raises(PluginError, match=r"'wrong'.*xrm_(before_save|after_save|validate)"),
        runtime.work(SYSTEM, "api", write=True) as work,
    ):
        records.create_record(work, "thing", {"name": name})
    with runtime.work(SYSTEM, "api", write=True) as work:
        records.create_record(work, "thing", {"name": "fine"})
        assert [r["name"] for r in lists.list_records(work, Query("thing", ("name",))).rows] == ["fine"]


def test_what_is_only_added_to_is_not_changed_by_plugins_either(runtime: Runtime) -> None:
    """A hook, an action and a schedule that ask for a change of an append-only record are refused: plugin, hook, reason."""
    reason = "it asks for a change of a entry, which nobody may change once it is written"
    with runtime.work(SYSTEM, "api", write=True) as work:
        entry = records.create_record(work, "entry", {"name": "as written"})["id"]
        thing = records.create_record(work, "thing", {"name": "fine", "entry": entry})["id"]
    tries = {
        "xrm_after_save": lambda work: records.create_record(work, "thing", {"name": "rewrite", "entry": entry}),
        "xrm_actions:rewrite": lambda work: actions.run_action(work, "thing", thing, "rewrite"),
    }
    for hook, do in tries.items():
        with pytest.raises(PluginError) as caught, runtime.work(SYSTEM, "api", write=True) as work:
            do(work)
        fault = caught.value
        assert (fault.plugin, fault.hook, fault.reason) == ("wrong", hook, reason)
        assert "'wrong'" in fault.message
    with pytest.raises(schedules.PartlyDone, match=r"'wrong', hook xrm_schedule:rewrite.*nobody may change"):
        schedules.carry_out_schedule(runtime, {"name": "rewrite"})
    with runtime.work(SYSTEM, "api") as work:
        stored = records.read_record(work, "entry", entry)
        assert (stored["name"], stored["version"]) == ("as written", 1)
