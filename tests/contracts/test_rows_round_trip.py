"""Child rows and ties go out as CSV and come back as the same rows of another record, on both databases."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from xrm_core.metamodel.imports import ImportDef
from xrm_core.metamodel.values import SYSTEM, Query
from xrm_core.services import imports, records
from xrm_core.services.exporting import export
from xrm_core.services.runtime import Runtime
from xrm_core.testing import temporary_organisation

ENTITIES = """
entity: box
keys: [[code]]
fields:
  code: {type: text, required: true}
  lines:
    type: child_table
    keys: [[box, no]]
    fields:
      no: {type: integer, required: true}
      price: {type: money}
      kinds: {type: multi_choice, values: {soft: "Soft, warm", hard: Hard}}
      note: {type: long_text}
      due: {type: datetime}
      home: {type: address}
      maker: {type: link, to: maker}
  makers: {type: many_to_many, to: maker, fields: {share: {type: percent}, since: {type: date}}}
---
entity: maker
keys: [[name]]
fields:
  name: {type: text, required: true}
"""
LINES = [
    {
        "no": 1, "price": "12.30", "price_currency": "USD", "kinds": ["soft", "hard"], "note": 'two\nlines, "quoted"; =1+1',
        "due": "2026-03-04T05:06:07.000000Z", "home_line1": "=A1", "home_country": "IT", "maker": "Öl & Söhne",
    },
    {"no": 2, "price": "-0.01", "price_currency": "EUR", "note": "  kept  "},
]  # fmt: skip
TIES = [
    {"maker": "Öl & Söhne", "share": "33.3300", "since": "2020-02-29"},
    {"maker": "Nil", "share": None, "since": None},
]
LINE_COLUMNS = (
    "no", "price", "price_currency", "kinds", "note", "due", "home_line1", "home_country", "maker.name",
)  # fmt: skip
TIE_COLUMNS = ("maker.name", "share", "since")


@pytest.fixture
def runtime(database_url: str) -> Iterator[Runtime]:
    """Boxes with lines and makers, on either database."""
    with temporary_organisation(metadata={"entities/box.yaml": ENTITIES}, url=database_url) as made:
        yield made


def out(runtime: Runtime, entity: str, columns: tuple[str, ...], box: str) -> list[dict[str, str]]:
    """The rows of a box as a CSV has them, in a fixed order."""
    query = Query(entity, ("box.code", *columns), f"record.box.code == '{box}'", sort=(columns[0],))
    with runtime.work(SYSTEM, "api") as work:
        text = export(work, query).body.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


@pytest.mark.parametrize(
    ("entity", "columns", "key"),
    [("box_lines", LINE_COLUMNS, ["box", "no"]), ("box_makers", TIE_COLUMNS, ["box", "maker"])],
)
def test_rows_come_back(
    runtime: Runtime, tmp_path: Path, entity: str, columns: tuple[str, ...], key: list[str]
) -> None:
    """Export the rows of one box, import them for another one, and again: equal rows, then nothing to do."""
    with runtime.work(SYSTEM, "api", write=True) as work:
        makers = {n: records.create_record(work, "maker", {"name": n})["id"] for n in ("Öl & Söhne", "Nil")}

        def linked(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
            return [{**r, "maker": makers[r["maker"]]} if r.get("maker") else r for r in rows]

        records.create_record(work, "box", {"code": "A", "lines": linked(LINES), "makers": linked(TIES)})
        records.create_record(work, "box", {"code": "B"})
    rows = out(runtime, entity, columns, "A")
    assert len(rows) == 2
    file = tmp_path / "rows.csv"
    with file.open("w", newline="", encoding="utf-8") as sink:
        writer = csv.DictWriter(sink, rows[0])
        writer.writeheader()
        writer.writerows({**row, "box.code": "B"} for row in rows)
    fields: dict[str, Any] = {c: c for c in columns if "." not in c}
    fields |= {"maker": {"column": "maker.name", "link": "maker", "by": {"name": {"column": "maker.name"}}}}
    fields |= {"box": {"link": "box", "by": {"code": {"column": "box.code"}}}}
    fields["maker"].pop("column")
    target = {"entity": entity, "key": key, "fields": fields}
    mapping = ImportDef.model_validate({"import": "rows", "files": [{"file": "rows.csv", "targets": [target]}]})
    source = imports.Source(file, "rows.csv")
    first = imports.import_files(runtime, SYSTEM, mapping, [source])
    assert first.counts["created"] == 2, first
    assert [{**r, "box.code": "A"} for r in out(runtime, entity, columns, "B")] == rows
    again = imports.import_files(runtime, SYSTEM, mapping, [source])
    assert (again.counts["unchanged"], again.counts.get("created", 0)) == (2, 0), again
