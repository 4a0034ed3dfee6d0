"""Codes of lists that name codes of other lists, and computed values that are codes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from xrm_core.errors import ExpressionFault, MetadataError
from xrm_core.metamodel.values import SYSTEM, Actor, Query
from xrm_core.services import lists, records
from xrm_core.services.runtime import Runtime
from xrm_core.testing import temporary_organisation

FILES = {
    "codes/lists.yaml": """
codes: phase
attributes: {weight: integer}
values: {early: {label: {en: Early, de: Früh}, weight: 1}, late: {label: {en: Late, de: Am Ende}, weight: 2}}
---
codes: pace
attributes: {phase: codes, other: codes:phase}
values: {slow: {phase: late}, fast: {phase: early, other: late}, odd: }
""",
    "entities/run.yaml": """
entity: run
title: "{name} {phase}"
fields:
  name: {type: text, required: true}
  pace: {type: choice, codes: pace}
  weight: {type: formula, of: integer, is: "code(code(record.pace).phase).weight"}
  told: {type: formula, of: text, is: "codeLabel(code(record.pace).other)"}
  shown: {type: formula, of: text, is: "codeLabel(record.phase)"}
  fixed: {type: formula, of: text, is: "code(record.phase).label"}
  deep: {type: formula, of: text, is: "codeLabel(record.phase)%s"}
  phase: {type: formula, of: choice, codes: phase, is: "code(record.pace).phase"}
  guess: {type: formula, of: choice, codes: phase, is: "coalesce(code(record.pace).phase, record.name == 'x' ? 'late' : 'early')"}
  heavy: {type: formula, of: boolean, is: "code(record.guess).weight > 1"}
  at_first: {type: formula, of: boolean, is: "code(record.pace).phase == 'early'"}
"""
    % (".trim()" * 14),
}


@pytest.fixture
def runtime(database_url: str) -> Iterator[Runtime]:
    """An organisation with runs, on either database."""
    with temporary_organisation(metadata=FILES, url=database_url) as made:
        with made.work(SYSTEM, "api", write=True) as work:
            for name, pace in (("a", "slow"), ("b", "fast"), ("c", "odd"), ("d", None)):
                records.create_record(work, "run", {"name": name, "pace": pace})
        yield made


def column(runtime: Runtime, *names: str, filter: str | None = None) -> list[tuple[Any, ...]]:
    """These fields of all runs as the database gives them, which is as Python gives them."""
    with runtime.work(SYSTEM, "api") as work:
        rows = lists.list_records(work, Query("run", ("id", *names), filter, sort=("name",))).rows
        for row in rows:
            record = work.load("run", str(row["id"])) or {}
            for name in names:
                assert work.reader.value("run", record, name) == row[name]
    return [tuple(row[name] for name in names) for row in rows]


def test_an_attribute_that_is_a_code_has_attributes(runtime: Runtime) -> None:
    """`code(code(record.pace).phase).weight` goes through both lists, on both databases and in Python."""
    assert column(runtime, "weight", "told", "at_first") == [
        (2, None, False), (1, "Late", True), (None, None, False), (None, None, False),
    ]  # fmt: skip
    assert column(runtime, "name", filter="code(code(record.pace).phase).weight > 1") == [("a",)]


def test_a_computed_code_is_a_choice(runtime: Runtime) -> None:
    """It shows its label in the reader's language, is filtered by its codes, which are checked, and has their attributes."""
    field = runtime.catalog.entity("run").fields["phase"]
    assert field.columns[0].kind.codes == "phase"
    assert set(field.type.operators(field)) >= {"eq", "in", "empty"}
    assert field.type.schema(field)["phase"]["x-codes"] == "phase"
    with runtime.work(Actor(None, "Eva", language="de"), "api") as work:
        assert field.type.text({"phase": "early"}, field, work.env) == "Früh"
    assert column(runtime, "phase", "guess", "heavy") == [
        ("late", "late", True),
        ("early", "early", False),
        (None, "early", False),
        (None, "early", False),
    ]
    assert column(runtime, "name", filter="record.phase in ['late'] || record.guess == 'late'") == [("a",)]
    for filter in ("record.phase == 'erly'", "record.guess == 'erly'"):
        with pytest.raises(ExpressionFault, match="'erly'"):
            column(runtime, "name", filter=filter)


@pytest.mark.parametrize(
    ("formula", "said"),
    [
        ("of: choice, codes: phase, is: \"record.name == 'x' ? 'early' : 'lat'\"", "'lat' is no code of phase"),
        ("of: choice, codes: phase, is: record.pace", "the field is a code of phase, the formula gives one of pace"),
        ("of: text, codes: phase, is: record.name", "codes does not go with of: text"),
    ],
)
def test_a_computed_code_must_be_of_the_list(formula: str, said: str) -> None:
    """A formula that could give something else is an error of the metadata."""
    wrong = {**FILES, "entities/wrong.yaml": f"extend: run\nfields:\n  wrong: {{type: formula, {formula}}}\n"}
    with pytest.raises(MetadataError) as refused, temporary_organisation(metadata=wrong):
        pass
    assert any(said in problem.message for problem in refused.value.problems)


def test_a_misspelt_code_behind_an_attribute_is_an_error(runtime: Runtime) -> None:
    """The attribute knows its codes, as the field does."""
    with pytest.raises(ExpressionFault, match="'erly'"):
        column(runtime, "name", filter="code(record.pace).phase == 'erly'")
    with pytest.raises(ExpressionFault, match="no attribute 'wait'"):
        column(runtime, "name", filter="code(code(record.pace).phase).wait > 1")


def test_a_label_in_a_computed_text_is_in_the_readers_language(runtime: Runtime) -> None:
    """`codeLabel`, and so a title with a choice in it, speaks the reader's language: shown, sorted, filtered, through a link and
    where SQLite has the text worked out by a function; `code(…).label` is the same for everybody."""

    def read(language: str, *names: str, filter: str | None = None, sort: str = "name") -> list[tuple[Any, ...]]:
        with runtime.work(Actor(None, "Eva", language=language, kind="system"), "api") as work:
            rows = lists.list_records(work, Query("run", ("id", *names), filter, sort=(sort,))).rows
            for row in rows:
                record = work.load("run", str(row["id"])) or {}
                assert [work.reader.value("run", record, name) for name in names] == [row[name] for name in names]
            return [tuple(row[name] for name in names) for row in rows]

    for language, early in (("de", "Früh"), ("en", "Early"), ("de-AT", "Früh"), ("ar", "Early")):
        assert read(language, "name", "display", "fixed", filter=f"record.display == 'b {early}'") == [
            ("b", f"b {early}", "Early")
        ]
        assert read(language, "deep", filter="record.name == 'b'") == [(early,)]
    assert read("de", "name", filter="record.phase != null", sort="shown") == [("a",), ("b",)]
    assert read("en", "name", filter="record.phase != null", sort="display") == [("a",), ("b",)]
    assert read("en", "name", filter="record.phase != null", sort="-shown") == [("a",), ("b",)]
