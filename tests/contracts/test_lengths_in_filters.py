"""Lengths of time in conditions: typed as people write them, kept as the expression language has them, told in words."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from xrm_core.language import speaking
from xrm_core.metamodel.values import SYSTEM, Query
from xrm_core.services.lists import list_records
from xrm_core.services.records import create_record
from xrm_core.services.runtime import Runtime
from xrm_core.services.work import Work
from xrm_core.testing import temporary_organisation
from xrm_core.web import filtering
from xrm_core.web.conditions import Condition, write_item
from xrm_core.web.inputs import texts_of

VISIT = """
entity: visit
title: "{name}"
fields:
  name: {type: text, required: true}
  took: {type: duration, label: {en: Took, de: Dauer}}
"""
LENGTHS = {"short": timedelta(minutes=20), "long": timedelta(hours=3), "endless": timedelta(days=2)}


@pytest.fixture
def runtime(database_url: str) -> Iterator[Runtime]:
    """Visits of three lengths."""
    with temporary_organisation(metadata={"entities/visit.yaml": VISIT}, url=database_url) as made:
        with made.work(SYSTEM, "cli", write=True) as work:
            for name, took in LENGTHS.items():
                create_record(work, "visit", {"name": name, "took": took})
        yield made


def asked(work: Work, op: str, *typed: str) -> str:
    """The expression of a condition as somebody types it."""
    found = filtering.target(work, work.entity("visit"), "took")
    assert found is not None
    given = {"value": typed[:1], "to": typed[1:]}
    values = filtering.read_values(work, found, op, given)
    return write_item(Condition("took", op, values), lambda path: "duration")


@pytest.mark.parametrize(
    ("op", "typed", "names"),
    [
        ("gt", ("1 hour",), ["endless", "long"]), ("le", ("20 Min.",), ["short"]), ("eq", ("2 أيام",), ["endless"]),
        ("between", ("0:30", "PT4H"), ["long"]),
    ],
)  # fmt: skip
def test_a_length_is_asked_for_as_people_write_it(
    runtime: Runtime, op: str, typed: tuple[str, ...], names: list[str]
) -> None:
    """Units of three languages, a clock and the form of files: each makes a condition that the database answers."""
    with runtime.work(SYSTEM, "web") as work:
        text = asked(work, op, *typed)
        rows = list_records(work, Query("visit", ("name",), text, ("name",))).rows
        assert [row["name"] for row in rows] == names


def test_a_length_is_told_in_words(runtime: Runtime) -> None:
    """On chips, in sentences of several conditions, and in inputs of filters and of forms."""
    with runtime.work(SYSTEM, "web") as work:
        entity, found = work.entity("visit"), filtering.target(work, work.entity("visit"), "took")
        assert found is not None
        one = asked(work, "gt", "1 hour")
        assert filtering.chip_of(work, entity, one) == ("Took", "is more than 1 hour")
        both = f"{one} && record.took + duration('30m') < duration('1d2h')"
        assert "Took plus 30 minutes is less than 1 day and 2 hours" in filtering.chip_of(work, entity, both)[1]
        value = filtering.inputs_of(work, found, "gt", ("1h30m",), "c.")[0].value
        assert value == "1 h 30 min"
        assert texts_of(work, entity.fields["took"], {"took": timedelta(hours=26)}) == {"took": "1 d 2 h"}


def test_a_length_is_told_in_german(runtime: Runtime) -> None:
    """The same in another language."""
    with runtime.work(SYSTEM, "web") as work, speaking("de"):
        told = filtering.in_words(work, work.entity("visit"), "record.took > duration('1h')")
        assert told == "Dauer ist größer als 1 Stunde"
