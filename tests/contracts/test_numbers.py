"""Numbers that the platform gives: how they are written, where each count begins, and what an import brings along."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest

from xrm_core.errors import InvalidRecord, XrmError
from xrm_core.metamodel.values import SYSTEM, Query
from xrm_core.services import records
from xrm_core.services.bulk import upsert_records
from xrm_core.services.lists import list_records
from xrm_core.services.numbering import number_records, sequence_of, unnumbered
from xrm_core.services.organisation import Watcher, compile_organisation
from xrm_core.services.past import history_of
from xrm_core.services.runtime import Runtime
from xrm_core.storage import migrate
from xrm_core.testing import temporary_organisation

ENTITIES = """
entity: slip
keys: [[number], [serial]]
fields:
  series: {type: text, default: A}
  number: {type: sequence, pattern: "{series}{yy}-{month}/{day}-{n:03}", per: [series, year]}
  serial: {type: sequence, pattern: "S{n}", start: 100, gapless: true}
  short: {type: text, max: 3}
"""
MARCH, APRIL, NEXT = (datetime(*day, 12, tzinfo=UTC) for day in ((2026, 3, 4), (2026, 4, 1), (2027, 1, 2)))


@pytest.fixture
def runtime(database_url: str) -> Iterator[Runtime]:
    """An organisation with slips, on either database."""
    with temporary_organisation(metadata={"entities/slip.yaml": ENTITIES}, url=database_url) as made:
        yield made


def slip(runtime: Runtime, now: datetime = MARCH, door: str = "api", **values: Any) -> tuple[str, str]:
    """The two numbers of a new slip."""
    with runtime.work(SYSTEM, door, write=True, now=now) as work:
        made = records.create_record(work, "slip", values)
    return str(made["number"]), str(made["serial"])


def test_dates_and_counts(runtime: Runtime) -> None:
    """Places for dates are filled, each series counts by itself and afresh each year, a count begins where it is told to."""
    assert slip(runtime) == ("A26-03/04-001", "S100")
    assert slip(runtime, APRIL) == ("A26-04/01-002", "S101")
    assert slip(runtime, series="B") == ("B26-03/04-001", "S102")
    assert slip(runtime, NEXT) == ("A27-01/02-001", "S103")


def test_a_refused_record_gives_its_gapless_number_back(runtime: Runtime) -> None:
    """The next record gets it."""
    with pytest.raises(InvalidRecord):
        slip(runtime, short="too long")
    assert slip(runtime)[1] == "S100"
    with runtime.work(SYSTEM, "api", write=True) as work:
        results = upsert_records(work, "slip", [{"short": "a"}, {"short": "long"}, {"short": "b"}])
        assert [r.status for r in results] == ["created", "refused", "created"]
    assert slip(runtime)[1] == "S103"


def test_numbers_from_outside_are_not_given_again(runtime: Runtime) -> None:
    """Records that bring numbers along keep them, and the counts go on behind them."""
    assert slip(runtime, door="import", number="A26-03/04-007", serial="S120") == ("A26-03/04-007", "S120")
    assert slip(runtime, door="import", number="A19-01/01-999", serial="old 7") == ("A19-01/01-999", "old 7")
    assert slip(runtime, door="import") == ("A26-03/04-008", "S121")


def test_work_that_will_be_undone_moves_no_counter(runtime: Runtime) -> None:
    """A trial numbers its records by itself: no counter moves on either database, and the next slip gets the next number."""
    assert slip(runtime) == ("A26-03/04-001", "S100")
    with runtime.work(SYSTEM, "import", write=True, now=MARCH) as work:
        before = work.tx.rows("SELECT name, key, value FROM xrm_sequence ORDER BY name, key")
    with suppress(ZeroDivisionError), runtime.work(SYSTEM, "import", write=True, now=MARCH) as work:
        work.tx.trial = {}
        tried = {str(records.create_record(work, "slip", {})["number"]) for _ in range(3)}
        raise ZeroDivisionError
    assert len(tried) == 3
    assert all(number not in tried for number in ("A26-03/04-001", "A26-03/04-002"))
    with runtime.work(SYSTEM, "import", write=True, now=MARCH) as work:
        assert work.tx.rows("SELECT name, key, value FROM xrm_sequence ORDER BY name, key") == before
    assert slip(runtime) == ("A26-03/04-002", "S101")


def test_records_made_before_their_sequence_get_numbers(runtime: Runtime) -> None:
    """In the order in which they were made, with the days of their making; a plan says that they lack one. What the rules of
    today refuse is told, and leaves no gap; new records go on behind them."""
    watcher = Watcher(runtime)
    for now, short in ((APRIL, "b"), (MARCH, "a"), (NEXT, "c"), (MARCH, "old"), (APRIL, None)):
        slip(runtime, now, short=short)
    file = runtime.settings.metadata / "entities/slip.yaml"
    late = '  late: {type: sequence, pattern: "L{yy}-{n}", gapless: true}\nrules:\n  - {check: "record.short != \'old\'", message: Too old}\n'
    file.write_text(file.read_text("utf-8") + late, "utf-8")
    assert migrate.plan(runtime.database, compile_organisation(runtime.settings, runtime.host)).notes == (
        "no number yet: slip.late of 5 records; to give them: xrm number slip.late",
    )
    assert watcher.look()
    with runtime.work(SYSTEM, "cli", now=NEXT) as work:
        late_number = sequence_of(work, "slip", "late")
        ids = unnumbered(work, late_number)
        assert unnumbered(work, late_number, "record.short == 'c'") == ids[-1:]
        for wrong, code in (("short", "no_sequence"), ("lat", "unknown_field")):
            with pytest.raises(XrmError) as fault:
                sequence_of(work, "slip", wrong)
            assert fault.value.code == code
    made = number_records(runtime, late_number, ids)
    assert (made.given, [why for _, why in made.refused]) == (4, ["Too old"])
    assert number_records(runtime, late_number, ids).given == 0
    with runtime.work(SYSTEM, "cli", write=True, now=NEXT) as work:
        rows = list_records(work, Query("slip", ("short", "late"), sort=("created_at", "id"))).rows
        assert [(r["short"], r["late"]) for r in rows] == [
            ("a", "L26-1"), ("old", None), ("b", "L26-2"), (None, "L26-3"), ("c", "L27-1"),
        ]  # fmt: skip
        assert records.create_record(work, "slip", {})["late"] == "L27-2"
        assert [e.changes["late"] for e in history_of(work, "slip", ids[0]) if "late" in e.changes] == [(None, "L26-1")]
