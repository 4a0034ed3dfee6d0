"""Hooks that answer what they may not, or want to end the process: the plugin is named, nothing is saved, the rest goes on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from xrm_core.errors import PluginError
from xrm_core.metamodel.values import SYSTEM, Query
from xrm_core.services import lists, records
from xrm_core.services.runtime import Runtime
from xrm_core.testing import temporary_organisation

CODE = """
from xrm_core.plugin import Change, NewRecord, Patch, hook


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
"""


@pytest.fixture
def runtime(tmp_path: Path) -> Iterator[Runtime]:
    """An organisation with a plugin that answers wrongly on demand."""
    folder = tmp_path / "wrong"
    (folder / "entities").mkdir(parents=True)
    (folder / "plugin.yaml").write_text("name: wrong\ntitle: Wrong\nversion: '1'\n", "utf-8")
    (folder / "entities" / "thing.yaml").write_text(
        "entity: thing\nfields:\n  name: {type: text, required: true}\n  parts: {type: child_table, fields: {n: {type: integer}}}\n",
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
