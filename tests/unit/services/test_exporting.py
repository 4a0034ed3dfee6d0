"""Exports: formats, formulas, and that an import takes an export back exactly."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from xrm_core.errors import BadRequest
from xrm_core.metamodel.imports import ImportDef
from xrm_core.metamodel.values import SYSTEM, Query
from xrm_core.services import imports
from xrm_core.services.exporting import PAGE, duration, export
from xrm_core.services.importing.readers.formulas import neutralise, restore
from xrm_core.services.organisation import bring_up, open_organisation
from xrm_core.services.records import create_record
from xrm_core.services.runtime import Runtime

METADATA = """
entity: thing
fields:
  source: {type: text, max: 40}
  source_key: {type: text, max: 120}
  name: {type: text, max: 100}
  amount: {type: decimal, scale: 2}
  day: {type: date}
  done: {type: boolean}
  tags: {type: tags}
keys: [[source, source_key]]
"""
NASTY = ["=1+1", "+49 1", "-5", "@home", "'=x", "''@y", "it's", 'a "b", c', "ü\u00a0x", "=cmd|' /C calc'!A0"]


@pytest.fixture
def runtime(tmp_path: Path) -> Iterator[Runtime]:
    """An organisation with one entity."""
    (tmp_path / "metadata" / "entities").mkdir(parents=True)
    (tmp_path / "metadata" / "entities" / "thing.yaml").write_text(METADATA)
    (tmp_path / "xrm.toml").write_text('[organisation]\nname = "Small"\n[plugins]\nuse = []\n')
    made = open_organisation(tmp_path)
    bring_up(made)
    yield made
    made.database.dispose()


def fill(runtime: Runtime) -> None:
    """Records with texts that a spreadsheet would take for formulas."""
    with runtime.work(SYSTEM, "api", write=True) as work:
        for n, name in enumerate(NASTY):
            values = {
                "name": name,
                "amount": str(n - 3),
                "day": "2024-02-29",
                "done": n % 2 == 0,
                "tags": ["a", "=b", "x, y"],
            }
            create_record(work, "thing", {**values, "source": "t", "source_key": str(n)})


COLUMNS = ("source_key", "name", "amount", "day", "done", "tags")


def made(runtime: Runtime, kind: str) -> bytes:
    """An export of all things."""
    with runtime.work(SYSTEM, "api") as work:
        return export(work, Query("thing", COLUMNS, sort=("source_key",)), kind).body


def test_csv_has_no_formulas_and_comes_back_exactly(runtime: Runtime, tmp_path: Path) -> None:
    """No text cell begins with a character that a spreadsheet calculates with; imported, every value is as it was."""
    fill(runtime)
    content = made(runtime, "csv")
    rows = list(csv.DictReader(io.StringIO(content.decode(), newline="")))
    assert not [row for row in rows if row["name"][:1] in "=+-@" or row["tags"][:1] in "=+-@"]
    assert rows[0]["amount"] == "-3.00"
    before = [tuple(row[c] for c in COLUMNS) for row in everything(runtime)]
    with runtime.work(SYSTEM, "api", write=True) as work:
        work.tx.run("DELETE FROM thing")
    (tmp_path / "t.csv").write_bytes(content)
    fields: dict[str, Any] = {name: name for name in COLUMNS}
    mapping = ImportDef.model_validate(
        {"import": "t", "files": [{"file": "t.csv", "targets": [{"entity": "thing", "fields": fields}]}]}
    )
    told = imports.import_files(runtime, SYSTEM, mapping, [imports.Source(tmp_path / "t.csv", "t.csv")])
    assert told.counts["created"] == len(NASTY)
    assert [tuple(row[c] for c in COLUMNS) for row in everything(runtime)] == before


def everything(runtime: Runtime) -> list[dict[str, Any]]:
    """All things by key."""
    from xrm_core.services.lists import list_records

    with runtime.work(SYSTEM, "api") as work:
        return [dict(row) for row in list_records(work, Query("thing", COLUMNS, sort=("source_key",), limit=500)).rows]


def test_json_and_lines_and_sheets(runtime: Runtime) -> None:
    """The same values in JSON, line by line, and as a sheet whose texts are texts."""
    fill(runtime)
    records = json.loads(made(runtime, "json"))
    assert [record["name"] for record in records] == NASTY
    assert records[0] == {
        "source_key": "0",
        "name": "=1+1",
        "amount": "-3.00",
        "day": "2024-02-29",
        "done": True,
        "tags": ["a", "=b", "x, y"],
    }
    assert [json.loads(line) for line in made(runtime, "ndjson").splitlines()] == records
    sheet = load_workbook(io.BytesIO(made(runtime, "xlsx"))).active
    assert sheet is not None
    cells = list(sheet.iter_rows(values_only=False))
    assert [cell.value for cell in cells[0]] == list(COLUMNS)
    assert [row[1].value for row in cells[1:]] == NASTY
    assert {row[1].data_type for row in cells[1:]} == {"s"}
    assert (cells[1][2].value, cells[1][3].value.date()) == (-3, date(2024, 2, 29))


def test_exports_go_on_past_a_page(runtime: Runtime) -> None:
    """Every record once, however many pages that takes; an empty list is still a file."""
    assert json.loads(made(runtime, "json")) == []
    with runtime.work(SYSTEM, "import", write=True) as work:
        from xrm_core.services.bulk import upsert_records

        rows = [{"name": f"n{n}", "source": "t", "source_key": f"{n:05}"} for n in range(PAGE * 2 + 1)]
        upsert_records(work, "thing", rows)
    keys = [json.loads(line)["source_key"] for line in made(runtime, "ndjson").splitlines()]
    assert keys == [f"{n:05}" for n in range(PAGE * 2 + 1)]


def test_an_unknown_kind_is_refused(runtime: Runtime) -> None:
    """With the kinds there are."""
    with (
        runtime.work(SYSTEM, "api") as work,
        pytest.raises(BadRequest, match="no export as 'pdf'; one of csv, xlsx, json, ndjson"),
    ):
        export(work, Query("thing"), "pdf")


@given(st.text())
def test_every_text_is_restored(text: str) -> None:
    """Neutralising can be undone, whatever the text."""
    assert restore(neutralise(text)) == text
    assert not neutralise(text).startswith(tuple("=+-@\t\r"))


def test_lengths_of_time_are_iso() -> None:
    """ISO 8601, exact to the microsecond."""
    assert [duration(timedelta(hours=30, minutes=1)), duration(timedelta(seconds=1, microseconds=500)), duration(timedelta())] == [
        "PT30H1M", "PT1.0005S", "PT0S",
    ]  # fmt: skip
    assert duration(-timedelta(minutes=2)) == "-PT2M"
