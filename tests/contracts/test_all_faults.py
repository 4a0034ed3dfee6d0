"""All faults of a record come at once: values that cannot be, what is missing, links that lead nowhere, in rows too."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient

from tests.contracts.shop import plugin_folder
from xrm_core.app import create_app
from xrm_core.errors import InvalidRecord, Problem
from xrm_core.metamodel.imports import ImportDef
from xrm_core.metamodel.values import SYSTEM
from xrm_core.services import accounts, imports, records
from xrm_core.services.bulk import upsert_records
from xrm_core.services.runtime import Runtime
from xrm_core.testing import temporary_organisation

BOAT = """
entity: port
fields:
  name: {type: text, required: true}
---
entity: boat
fields:
  name: {type: text, required: true}
  mark: {type: text, required: true}
  length: {type: decimal, scale: 2, required: true}
  built_on: {type: date, required: true}
  scrapped_on: {type: date}
  why: {type: text, required_when: "record.name != 'Ark'"}
  price: {type: money, required: true}
  port: {type: link, to: port, required: true}
  crew:
    type: child_table
    fields:
      name: {type: text, required: true}
      age: {type: integer, required: true}
rules:
  - {check: "record.scrapped_on == null || record.scrapped_on >= record.built_on", field: scrapped_on, message: Scrapped before it was built}
"""
PLUGIN = '''
"""Gives boats a mark; stumbles over boats without a name when told to."""

from xrm_core.plugin import hook


@hook(entity="boat")
def xrm_before_save(change):
    """The mark is the first letter."""
    if change.after["why"] == "stumble":
        return {"mark": change.after["name"].upper()}
    return {"mark": (change.after["name"] or "?")[0]}
'''
BAD = {
    "length": "long",
    "built_on": "someday",
    "port": "00000000-0000-7000-8000-000000000000",
    "crew": [{"age": "old"}, {"name": "Bo"}],
}
TOLD = {
    "length": "invalid", "built_on": "invalid", "name": "required", "why": "required", "price": "required", "port": "link",
    "crew[0].age": "invalid", "crew[0].name": "required", "crew[1].age": "required",
}  # fmt: skip


@pytest.fixture
def runtime(database_url: str, tmp_path: Path) -> Iterator[Runtime]:
    """Boats with a plugin, on either database."""
    folders = [plugin_folder(tmp_path, "marks", PLUGIN)]
    with temporary_organisation(metadata={"entities/boat.yaml": BOAT}, folders=folders, url=database_url) as made:
        yield made


def told(problems: Any) -> dict[str, str]:
    """Codes by field; faults of reading count as one kind. No field is told twice of the same."""
    pairs = [(p.field, p.code) if isinstance(p, Problem) else (p["field"], p["code"]) for p in problems]
    assert len(pairs) == len(set(pairs)), pairs
    return {f: c if c in ("required", "link", "rule") else "invalid" for f, c in pairs}


def test_a_record_is_told_all_of_it(runtime: Runtime) -> None:
    """Not the types first and the rest after these are mended; what the plugin fills in is not missing."""
    with runtime.work(SYSTEM, "api", write=True) as work:
        with pytest.raises(InvalidRecord) as caught:
            records.create_record(work, "boat", BAD)
        assert told(caught.value.problems) == TOLD
        with pytest.raises(InvalidRecord) as caught:
            records.create_record(work, "boat", {"why": "stumble", "length": "x"})
        assert told(caught.value.problems) == {"length": "invalid"}, "a plugin that stumbles does not hide the fault"


def test_a_change_is_told_all_of_it(runtime: Runtime) -> None:
    """Stored values count, and a rule over a value that is refused is not asked."""
    with runtime.work(SYSTEM, "api", write=True) as work:
        port = records.create_record(work, "port", {"name": "Cork"})["id"]
        values = {
            "length": "9.5",
            "built_on": "2020-01-01",
            "price": "5",
            "port": port,
            "crew": [{"name": "Al", "age": 30}],
        }
        boat = records.create_record(work, "boat", {"name": "Ark", **values})
        with pytest.raises(InvalidRecord) as caught:
            records.update_record(
                work, "boat", boat["id"], {"length": "x", "name": None, "scrapped_on": "2019-01-01", "crew": []}
            )
        assert told(caught.value.problems) == {"length": "invalid", "name": "required", "why": "required"}
        assert records.read_record(work, "boat", boat["id"])["version"] == 1


def test_rows_of_a_bulk_and_of_an_import(runtime: Runtime, tmp_path: Path) -> None:
    """Each refused row is told all of it, and the good ones get in."""
    with runtime.work(SYSTEM, "api", write=True) as work:
        port = records.create_record(work, "port", {"name": "Cork"})["id"]
        good = {"name": "Ark", "length": "9.5", "built_on": "2020-01-01", "price": "5", "port": port}
        results = upsert_records(work, "boat", [BAD, good, *[BAD] * 25])
        assert [r.status for r in results] == ["refused", "created"] + ["refused"] * 25
        assert all(told(r.problems) == TOLD for r in results if r.status == "refused")
    path = tmp_path / "boats.csv"
    path.write_text(
        "Name,Length,Built,Port\nBig,long,someday,Cork\nFar,9,someday,Nowhere\nArk,9,someday,Cork\nNew,9,2020-01-01,Nowhere\n"
    )
    fields = {
        "name": "Name",
        "length": "Length",
        "built_on": "Built",
        "port": {"link": "port", "by": {"name": "Port"}},
    }
    mapping = ImportDef.model_validate(
        {
            "import": "boats",
            "files": [{"file": "boats.csv", "targets": [{"entity": "boat", "key": ["name"], "fields": fields}]}],
        }
    )
    tally = imports.import_files(runtime, SYSTEM, mapping, [imports.Source(path, "boats.csv")])
    missing = {"why": "required", "price": "required"}
    assert [told(r.problems) for r in tally.refusals] == [
        {"length": "invalid", "built_on": "invalid", **missing},
        {"built_on": "invalid", **missing},
        {"built_on": "invalid"},
        {"port": "invalid", **missing},
    ]


def test_a_page_marks_all_inputs(runtime: Runtime) -> None:
    """Words that name no record, values that cannot be and what is missing are marked on one page."""
    with runtime.work(SYSTEM, "cli", write=True) as work:
        session = accounts.begin_session(work, accounts.first_administrator(work, "Ada", "ada@example.com"))
    with TestClient(create_app(runtime, worker=False, watch=False), base_url="http://127.0.0.1") as client:
        client.cookies.set("xrm_session", session)
        page = client.get("/e/boat/new").text
        token = page.split('name="_csrf" value="')[1].split('"')[0]
        drawn = page.split('name="_fields" value="')[1].split('"')[0]
        sent = {"_csrf": token, "_fields": drawn, "length": "long", "port__text": "Nowhere", "crew.0.age": "old"}
        answer = client.post("/e/boat/new", data=sent, headers={"Sec-Fetch-Site": "same-origin"})
        assert answer.status_code == 422
        for said in (
            "Name is required",
            "Built on is required",
            "Price is required",
            "is not found",
            "Why is required",
        ):
            assert said in answer.text, said
        assert "Port is required" not in answer.text
