"""Rules, defaults and conditions that count child rows hold for a record that is only being made, too."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from xrm_core.errors import InvalidRecord
from xrm_core.metamodel.values import SYSTEM, Record
from xrm_core.services import records
from xrm_core.services.runtime import Runtime
from xrm_core.testing import temporary_organisation

ENTITIES = """
entity: workshop
fields:
  name: {type: text, required: true}
  places: {type: integer, default: 2}
  guests: {type: child_table, fields: {name: {type: text, required: true}}}
  taken: {type: rollup, of: integer, is: "record.guests.count(g)"}
  left: {type: formula, of: integer, is: "record.places - record.taken"}
  before: {type: integer, default: "= record.guests.count(g)"}
rules:
  - {check: "record.left >= 0", message: There are more guests than places.}
"""


@pytest.fixture
def runtime(database_url: str) -> Iterator[Runtime]:
    """An organisation with workshops, on either database."""
    with temporary_organisation(metadata={"entities/workshop.yaml": ENTITIES}, url=database_url) as made:
        yield made


def create(runtime: Runtime, *guests: str) -> Record:
    """A workshop with guests."""
    values = {"name": "Knots"} | ({"guests": [{"name": name} for name in guests]} if guests else {})
    with runtime.work(SYSTEM, "api", write=True) as work:
        return records.create_record(work, "workshop", values)


def test_a_new_record_without_rows_has_none(runtime: Runtime) -> None:
    """A rule that counts rows is asked of a new record that has none, and of one that is made with its rows."""
    assert create(runtime)["before"] == 0
    assert create(runtime, "Ada", "Ben")["name"] == "Knots"
    with pytest.raises(InvalidRecord, match="more guests than places"):
        create(runtime, "Ada", "Ben", "Cleo")


def test_rows_of_a_record_made_in_the_same_work_are_read(runtime: Runtime) -> None:
    """What is made and changed in one transaction is counted as it is then."""
    with runtime.work(SYSTEM, "api", write=True) as work:
        id = records.create_record(work, "workshop", {"name": "Knots", "guests": [{"name": "Ada"}]})["id"]
        assert len(work.reader.children("workshop", "guests", id)) == 1
        with pytest.raises(InvalidRecord, match="more guests than places"):
            records.update_record(work, "workshop", id, {"places": 0})


def test_refused_rows_are_forgotten(runtime: Runtime) -> None:
    """Where a save is refused and the work goes on, its rows count no longer."""
    with runtime.work(SYSTEM, "api", write=True) as work:
        id = records.create_record(work, "workshop", {"name": "Knots", "guests": [{"name": "Ada"}]})["id"]
        with pytest.raises(InvalidRecord):
            records.update_record(work, "workshop", id, {"guests": [{"name": n} for n in ("Ada", "Ben", "Cleo")]})
        assert [g["name"] for g in work.reader.children("workshop", "guests", id)] == ["Ada"]
        assert records.update_record(work, "workshop", id, {"name": "Bends"})["name"] == "Bends"
