"""Dates and numbers in titles, as the one who reads writes them: on both databases and in Python alike."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from xrm_core.expressions.spoken import ISO, date_form, written_date
from xrm_core.fields.locales import show_date
from xrm_core.metamodel.values import SYSTEM, Actor, Query
from xrm_core.services import exporting, lists, records
from xrm_core.services.runtime import Runtime
from xrm_core.testing import temporary_organisation

FILES = {
    "entities/pledge.yaml": """
entity: pledge
title: "{name} {on} {amount}"
fields:
  name: {type: text, required: true}
  on: {type: date}
  amount: {type: decimal, scale: 4}
  many: {type: integer}
  shown: {type: formula, of: text, is: "written(record.many)"}
  deep: {type: formula, of: text, is: "written(record.on)%s"}
---
entity: note
title: "{pledge}: {created_at}"
fields: {pledge: {type: link, to: pledge, required: true}}
"""
    % (".trim()" * 14)
}
DAYS = [date(2026, month, 1) + timedelta(month) for month in range(1, 13)]
AMOUNTS = ("-1234567.5", "0", "-0.25", "12.3456", "99999999999999.9999", "1000", "-1", "0.1", "5", "6", "7", "8")
LANGUAGES = ("en", "de", "ar", "fr", "de-AT", "fa", "la", "hi", "pt", "cy")


@pytest.fixture
def runtime(database_url: str) -> Iterator[Runtime]:
    """An organisation with pledges, on either database."""
    with temporary_organisation(metadata=FILES, url=database_url) as made:
        with made.work(SYSTEM, "api", write=True) as work:
            for n, (day, amount) in enumerate(zip(DAYS, AMOUNTS, strict=True)):
                values = {"name": f"p{n:02}", "on": day.isoformat(), "amount": amount, "many": n * 100_000 - 1}
                records.create_record(work, "pledge", values)
            last = records.create_record(work, "pledge", {"name": "z"})["id"]
            records.create_record(work, "note", {"pledge": last})
        yield made


@pytest.mark.parametrize("language", LANGUAGES)
def test_titles_are_written_alike_everywhere(runtime: Runtime, language: str) -> None:
    """What the database writes is what Python writes, which is what the fields show; empty ones leave nothing."""
    with runtime.work(Actor(None, "Eva", language=language, kind="system"), "api") as work:
        names = ("id", "display", "shown", "deep")
        rows = lists.list_records(work, Query("pledge", names, sort=("name",))).rows
        for row in rows:
            record = work.load("pledge", str(row["id"])) or {}
            assert [work.reader.value("pledge", record, name) for name in names] == [row[name] for name in names]
        assert rows[-1]["display"] == "z"
        said = [row["deep"] for row in rows[:-1]]
    if date_form(language, "dmy") is not ISO:
        assert said == [show_date(day, language) for day in DAYS]


def test_the_reader_decides_and_exports_are_exact(runtime: Runtime) -> None:
    """German, English and Arabic readers each have their own; a file for programs has ISO dates and plain numbers."""

    def read(language: str, filter: str | None = None) -> list[Any]:
        with runtime.work(Actor(None, "Eva", language=language, kind="system"), "api") as work:
            return [
                r["display"] for r in lists.list_records(work, Query("pledge", ("display",), filter, ("name",))).rows
            ]

    assert read("en")[0] == "p00 2 Jan 2026 -1,234,567.50"
    assert read("de")[0] == "p00 02.01.2026 -1.234.567,50"
    assert read("ar")[0] == "p00 02\u200f/01\u200f/2026 \u200e-1,234,567.50"
    assert read("de", "record.display == 'p03 05.04.2026 12,3456'") == ["p03 05.04.2026 12,3456"]
    with runtime.work(Actor(None, "Eva", language="de", kind="system"), "api") as work:
        query = Query("pledge", ("display",), sort=("name",))
        assert json.loads(exporting.export(work, query, "json").body)[0]["display"] == "p00 2026-01-02 -1234567.50"
    with runtime.work(Actor(None, "Eva", language="de", kind="system"), "api") as work:
        note = lists.list_records(work, Query("note", ("display", "created_at"))).rows[0]
        assert note["display"] == f"z: {note['created_at']:%d.%m.%Y}"


def test_a_language_whose_dates_the_database_cannot_write_has_iso_dates() -> None:
    """Nowhere else than in the database would be a difference."""
    assert written_date(date(2026, 1, 2), "la", "dmy") == "2026-01-02"
