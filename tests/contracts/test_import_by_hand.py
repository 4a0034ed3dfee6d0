"""The hand-written import that ours is measured against has the same duties: the same rows, history and search entries."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from xrm_core.cli.benching.by_hand import import_by_hand
from xrm_core.cli.benching.imports import import_clients
from xrm_core.cli.benching.organisation import csv_lines, make_organisation
from xrm_core.services.runtime import Runtime

KEPT = (
    "SELECT * FROM client ORDER BY number",
    "SELECT door, entity, parent_entity, parent_id, actor_id, actor_name, version, action, transition, reason, changes FROM xrm_history"
    " WHERE entity = 'client' ORDER BY id",
    "SELECT s.entity, s.title, s.body, c.number FROM xrm_search s JOIN client c ON c.id = s.record_id ORDER BY c.number",
)
MORE = (
    'X-1," Ann, Bob & Co ",person,,,,,,,,,,,,,,\n',
    "X-2,Zoë Å,household,inactive,zoe@example.org,+43 1,de,AT,Wien,2020-02-29,0,USD,0,-1.5,yes,5, a note \n",
    "X-3,Zoë Zoë,organisation,active,,,,,,,5,,,,no,,\n",
)
FAULTY = (
    "X-4,,person,,,,,,,,,,,,,,\n",
    "X-5,Five,firm,,,,,,,,,,,,,,\n",
    "X-6,Six,person,,six,,,,,,,,,,,,\n",
    "X-7,Seven,person,,,,,,,2020-02-30,,,,,,,\n",
    "X-8,Eight,person,,,,,,,,-1,,,,,,\n",
    "X-9,Nine,person,,,,,,,,,,,,perhaps,9,\n",
    "X-1,Again,person,,,,,,,,,,,,,,\n",
)


@pytest.fixture
def bench(tmp_path: Path, database_url: str) -> Any:
    """The bench's organisation, empty."""
    runtime = make_organisation(tmp_path, database_url)
    yield runtime
    runtime.database.dispose()


def kept(runtime: Runtime) -> list[list[tuple[Any, ...]]]:
    """What is stored of the clients, without what differs between any two imports."""
    with runtime.database.read() as tx:
        columns = [column.name for column in runtime.catalog.entity("client").columns.values()]
        fields = ", ".join(column for column in columns if column not in ("id", "created_at", "updated_at"))
        return [tx.rows(sql.replace("*", fields)) for sql in KEPT]


def test_the_import_by_hand_stores_what_ours_stores(bench: Runtime, tmp_path: Path) -> None:
    """Rows, history and search entries are the same, values left out and values of other scripts too."""
    path = tmp_path / "clients.csv"
    path.write_text("".join([*csv_lines(30, 0), *MORE]), "utf-8")
    assert import_by_hand(bench.database, path) == (33, [])
    by_hand = kept(bench)
    with bench.database.write() as tx:
        for table in ("client", "xrm_history", "xrm_search"):
            tx.ddl(f"DELETE FROM {table}")
    assert import_clients(bench, path)["created"] == 33
    assert kept(bench) == by_hand
    assert len(by_hand[1]) == len(by_hand[2]) == 33


def test_the_import_by_hand_tells_faults_and_what_is_there(bench: Runtime, tmp_path: Path) -> None:
    """A row with a fault is told with its line and left out, as one whose number is taken is, and ours refuses the same."""
    path = tmp_path / "clients.csv"
    path.write_text("".join([*csv_lines(2, 0), *MORE, *FAULTY]), "utf-8")
    written, faults = import_by_hand(bench.database, path)
    assert written == 5
    assert [fault.partition(":")[0] for fault in faults] == [f"line {line}" for line in range(7, 14)]
    assert (
        import_clients(bench, path)["refused"] == len(FAULTY) - 1
    )  # the row of a number that is there would update it
    again = import_by_hand(bench.database, path)
    assert again[0] == 0
    assert len(again[1]) == len(FAULTY) + 5
