"""Exports of lists: their filter, order, groups and ticked records; typed sheets; large ones as jobs; and that an import takes them back."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from decimal import Decimal
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from xrm_core.app import worker_of
from xrm_core.metamodel.values import SYSTEM, Query
from xrm_core.services import exporting, exportjobs, imports
from xrm_core.services.bulk import upsert_records
from xrm_core.services.lists import list_records
from xrm_core.services.records import update_record
from xrm_core.testing import temporary_organisation
from xrm_core.web import bulk, door, exports

from .test_import_wizard import Desk, desk_of

EVERYTHING = """
entity: thing
plural: Things
fields:
  source: {type: text, max: 40}
  source_key: {type: text, max: 120}
  name: {type: text}
  notes: {type: long_text}
  whole: {type: integer}
  part: {type: decimal, scale: 4}
  price: {type: money}
  rate: {type: percent}
  done: {type: boolean}
  day: {type: date}
  at: {type: datetime}
  takes: {type: duration}
  mail: {type: email}
  call: {type: phone}
  site: {type: url}
  place: {type: address}
  who: {type: person_name}
  kind: {type: choice, values: {a: Alpha, b: Beta}}
  kinds: {type: multi_choice, values: {x: Ex, y: Why}}
  marks: {type: tags}
  data: {type: json}
  spot: {type: location}
  hue: {type: colour}
  stars: {type: rating}
  land: {type: country}
  tongue: {type: language}
  coin: {type: currency}
  zone: {type: time_zone}
keys: [[source, source_key]]
"""
FULL: dict[str, Any] = {
    "name": "=1+1", "notes": "two\nlines, \"quoted\"; 'and'", "whole": 42, "part": "-12345.6789", "price": "1234.50", "price_currency": "GBP", "rate": "12.5",
    "done": True, "day": "1999-12-31", "at": "2026-01-31T10:00:05Z", "takes": "PT1H30M", "mail": "a@example.com", "call": "+442079460123",
    "site": "https://example.com/?a=b", "place_line1": "-1 High St", "place_locality": "Łódź", "place_country": "PL", "who_given": "@Ann", "who_family": "O'Neil",
    "kind": "b", "kinds": ["x", "y"], "marks": ["+a", "b, c", "'d"], "data": {"a": [1, "=x", None]}, "spot_lat": "51.501000", "spot_lon": "-0.141000",
    "hue": "#3b5bdb", "stars": 4, "land": "DE", "tongue": "de", "coin": "EUR", "zone": "Europe/Berlin",
}  # fmt: skip
ODD: dict[str, Any] = {
    "name": "'=x",
    "part": "0.0001",
    "price": "-0.01",
    "price_currency": "JPY",
    "at": "2026-01-31T10:00:05.123456Z",
    "marks": ["=a"],
}
ROWS = [{**FULL, "source_key": "full"}, {"source_key": "empty"}, {**ODD, "source_key": "odd"}]


@pytest.fixture
def desk(database_url: str) -> Iterator[Desk]:
    """Things with a field of each type."""
    with temporary_organisation(metadata={"entities/thing.yaml": EVERYTHING}, url=database_url) as runtime:
        with runtime.work(SYSTEM, "import", write=True) as work:
            made = upsert_records(work, "thing", [{"source": "t", **row} for row in ROWS])
            assert {r.status for r in made} == {"created"}, [r.problems for r in made]
        yield from desk_of(runtime)


def stored(desk: Desk) -> list[dict[str, Any]]:
    """All that is stored, but for what the platform keeps."""
    with desk.runtime.work(SYSTEM, "api") as work:
        columns = tuple(
            c
            for c in work.entity("thing").columns
            if c not in ("id", "version", "created_at", "updated_at", "created_by", "updated_by")
        )
        return [dict(row) for row in list_records(work, Query("thing", columns, sort=("source_key",), limit=500)).rows]


@pytest.mark.parametrize("kind", exporting.KINDS)
def test_every_type_comes_back_exactly(desk: Desk, kind: str, tmp_path: Path) -> None:
    """An export of a field of each type, read by an import that knows only the columns' names, makes the same records."""
    before = stored(desk)
    with desk.runtime.work(SYSTEM, "api", write=True) as work:
        path = tmp_path / f"things.{kind}"
        path.write_bytes(exporting.export(work, Query("thing", (), sort=("source_key",)), kind, bom=True).body)
        work.tx.run("DELETE FROM thing")
    mapping = imports.mapping_for(desk.runtime.catalog, "thing", [imports.Source(path, path.name)])
    told = imports.import_files(desk.runtime, SYSTEM, mapping, [imports.Source(path, path.name)])
    assert told.counts["created"] == 3, [str(r) for r in told.refusals]
    strip = [{k: v for k, v in row.items() if not k.endswith(("_at", "_by"))} for row in before]
    assert [{k: v for k, v in row.items() if not k.endswith(("_at", "_by"))} for row in stored(desk)] == strip


def test_a_sheet_has_types(desk: Desk) -> None:
    """Numbers, dates and times are what they are, amounts show their currency, texts are texts, the heading stays in view."""
    with desk.runtime.work(SYSTEM, "api") as work:
        names = ("name", "whole", "price", "price_currency", "day", "at", "done", "rate")
        body = exporting.export(work, Query("thing", names, sort=("-source_key",)), "xlsx").body
    sheet = load_workbook(io.BytesIO(body)).active
    assert sheet is not None
    assert sheet.freeze_panes == "A2"
    head, _odd, full = list(sheet.iter_rows())[:3]
    assert all(cell.font.bold for cell in head)
    assert (full[0].data_type, full[0].value) == ("s", "=1+1")
    assert full[1].value == 42
    assert (Decimal(str(full[2].value)), full[2].number_format) == (Decimal("1234.5"), "#,##0.00 [$GBP]")
    assert (full[4].is_date, full[5].is_date, full[6].value) == (True, True, True)
    assert full[5].value.isoformat() == "2026-01-31T10:00:05"


def test_a_list_as_it_stands(desk: Desk) -> None:
    """Filter, order, columns and groups of the address; CSV for spreadsheets begins with a mark; ticked records alone."""
    answer = desk.client.get(
        "/e/thing/export?cols=name,whole&filter=record.source_key != 'empty'&sort=-name&group=kind&format=csv"
    )
    assert answer.content.startswith(b"\xef\xbb\xbf")
    assert "thing.csv" in answer.headers["content-disposition"]
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows[0] == ["kind", "name", "whole"]
    assert sorted(row[1] for row in rows[1:]) == ["''=x", "'=1+1"]
    assert not desk.client.get("/e/thing/export?cols=name&bom=0").content.startswith(b"\xef\xbb\xbf")
    with desk.runtime.work(SYSTEM, "api") as work:
        (one,) = list_records(work, Query("thing", ("id",), "record.source_key == 'odd'")).rows
    told = desk.raw("/e/thing/export?cols=source_key&format=json", selected=str(one["id"]))
    assert told.json() == [{"source_key": "odd"}]


def test_the_bar_asks_for_the_form_of_the_file(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """For ticked records each form is a button that sends them, few or many; all of the list, where they are more than a few, are led to the job."""
    with desk.runtime.work(SYSTEM, "api") as work:
        (one,) = list_records(work, Query("thing", ("id",), "record.source_key == 'odd'")).rows
    told = desk.raw("/e/thing/bulk/export", selected=str(one["id"]), cols="source_key").text
    found = [unescape(href) for href in re.findall(r'formaction="(/e/thing/export[^"]+)"', told)]
    assert [href.rpartition("format=")[2] for href in found] == ["csv", "xlsx", "csv", "xlsx", "json"]
    for few in (80, 0):
        monkeypatch.setattr(exports, "FEW", few)
        assert desk.raw(found[4], selected=re.findall(r'name="selected" value="([^"]+)"', told)).json() == [
            {"source_key": "odd"}
        ]
    monkeypatch.setattr(bulk, "DIRECT", 2)
    _shown, later = re.findall(
        r'href="(/e/thing/export[^"]+format=csv[^"]*)"', desk.raw("/e/thing/bulk/export", all="true").text
    )
    assert "Write the file" in desk.get(unescape(later))


def test_a_large_export_is_a_job(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is offered, written by the worker, told of, and sent to whoever asked for it and nobody else."""
    monkeypatch.setattr(exportjobs, "LARGE", 2)
    assert "Write the file" in desk.get("/e/thing/export?format=ndjson&cols=source_key")
    page = desk.post("/e/thing/export?format=ndjson&cols=source_key", whole="true")
    assert desk.at.startswith("/exports/")
    assert "Download thing.ndjson" in page
    monkeypatch.setattr(door, "PIECE", 7)  # it is sent as it is read
    with desk.client.stream("GET", desk.at + "/file") as sent:
        assert sent.status_code == 200
        assert "content-length" not in sent.headers
        sent.read()
    assert sent.headers["content-disposition"] == 'attachment; filename="thing.ndjson"'
    assert len(sent.content.splitlines()) == 3
    with desk.runtime.work(SYSTEM, "cli", write=True) as work:
        from xrm_core.services import accounts
        from xrm_core.services.records import create_record

        other = create_record(
            work, "user", {"name": "Bo", "email": "bo@example.com", "roles": ["admin"], "status": "active"}
        )["id"]
        session = accounts.begin_session(work, other)
    desk.client.cookies.set("xrm_session", session)
    assert desk.client.get(desk.at).status_code == 404
    assert desk.client.get(desk.at + "/file").status_code == 404


def test_a_list_as_it_is_shown(desk: Desk) -> None:
    """Headings, labels, dates and numbers as the page has them, in the reader's language; amounts and dates of a sheet stay what they
    are. Nothing of it begins a formula but what a number begins with."""
    there = "/e/thing/export?cols=name,whole,price,kind,done,day,at&sort=-source_key&shown=1&format="
    rows = list(csv.reader(io.StringIO(desk.client.get(f"{there}csv").content.decode("utf-8-sig"))))
    assert rows[0] == ["Name", "Whole", "Price", "Kind", "Done", "Day", "At"]
    full = next(row for row in rows if row[0] == "'=1+1")
    assert full[1:5] == ["42", "£1,234.50", "Beta", "Yes"]
    assert "T" not in full[6]
    assert full[5] == "31 Dec 1999"
    with desk.runtime.work(SYSTEM, "cli", write=True) as work:
        (ada,) = list_records(work, Query("user", ("id",))).rows
        update_record(work, "user", str(ada["id"]), {"language": "de"})
    german = list(csv.reader(io.StringIO(desk.client.get(f"{there}csv").content.decode("utf-8-sig")), delimiter=";"))
    assert next(row for row in german if row[0] == "'=1+1")[5] == "31.12.1999"
    sheet = load_workbook(io.BytesIO(desk.client.get(f"{there}xlsx").content)).active
    assert sheet is not None
    head, *others = list(sheet.iter_rows())
    assert [cell.value for cell in head] == ["Name", "Whole", "Price", "Kind", "Done", "Day", "At"]
    cells = next(row for row in others if row[0].value == "=1+1")
    assert cells[0].data_type == "s"
    assert (cells[1].value, Decimal(str(cells[2].value))) == (42, Decimal("1234.5"))
    assert cells[2].number_format == "#,##0.00 [$GBP]"
    assert cells[3].value == "Beta"
    assert (cells[5].is_date, cells[6].is_date) == (True, True)
    exact = desk.client.get(f"{there}json").json()
    assert exact[0].keys() >= {"price_currency"}, "JSON is exact, whatever the address says"


def test_one_sheet_offers_both_forms(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The menu has one entry; its sheet says how many records of which list become a file, as shown or exact; large ones are led to the job."""
    page = desk.get("/e/thing?filter=record.source_key == 'odd'&cols=name,kind")
    (entry,) = re.findall(r'href="(/e/thing/list/export[^"]*)"', page)
    sheet = desk.get(entry)
    assert "Export 1 thing" in sheet
    links = re.findall(r'<a class="menu-item" href="(/e/thing/export[^"]+)"[^>]* download', sheet)
    assert [("shown=1" in one, one.rpartition("format=")[2]) for one in links] == [
        (True, "csv"), (True, "xlsx"), (False, "csv"), (False, "xlsx"), (False, "json"),
    ]  # fmt: skip
    rows = list(csv.reader(io.StringIO(desk.client.get(links[0]).content.decode("utf-8-sig"))))
    assert [len(rows), rows[0]] == [2, ["Name", "Kind"]]
    monkeypatch.setattr(exportjobs, "LARGE", 2)
    sheet = desk.get("/e/thing/list/export?cols=name,kind")
    assert "in the background" in sheet
    assert " download" not in sheet.split('id="sheet-title"', 1)[1].split("</section>")[0]


def test_a_large_export_as_shown_is_a_job(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker draws it in the language of whoever asked."""
    monkeypatch.setattr(exportjobs, "LARGE", 2)
    desk.worker = worker_of(desk.runtime)
    page = desk.post("/e/thing/export?shown=1&format=csv&cols=name,kind", whole="true")
    assert "Download thing.csv" in page
    body = desk.client.get(f"{desk.at}/file").content.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(body)))
    assert rows[0] == ["Name", "Kind"]
    assert ["'=1+1", "Beta"] in rows
