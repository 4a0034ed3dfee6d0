"""Two imports of one set at once: every row gets in through one of them, and neither refuses it."""

from __future__ import annotations

from threading import Barrier, Thread
from typing import Any

import pytest

from xrm_core.metamodel.values import SYSTEM
from xrm_core.services import imports
from xrm_core.services.deleting import delete_record, purge_record
from xrm_core.services.importing.lookups import Lookups
from xrm_core.services.records import update_record

PEOPLE: dict[str, Any] = {
    "file": "people.csv",
    "targets": [{"entity": "person", "fields": {"source_key": "No", "name": "Name", "email": "E-mail?"}}],
}
CLUBS: dict[str, Any] = {
    "file": "clubs.csv",
    "targets": [
        {"entity": "club", "main": True, "fields": {"source_key": "Code", "name": "Name"}},
        {"entity": "club_rooms", "when": "Room", "key": ["label"],
         "fields": {"club": {"target": "club"}, "label": "Room", "seats": "Seats"}},
    ],
}  # fmt: skip


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Has something done by somebody else right after an import has looked for its records the first time."""

    def arrange(act: Any) -> list[bool]:
        find, done = Lookups.find, [False]

        def found(self: Lookups, *asked: Any) -> Any:
            answer = find(self, *asked)
            if not done[0]:
                done[0] = True
                act()
            return answer

        monkeypatch.setattr(Lookups, "find", found)
        return done

    return arrange


def at_work(act: Any) -> Any:
    """The same in a thread of its own, as another process would do it."""

    def run() -> None:
        thread = Thread(target=act)
        thread.start()
        thread.join()

    return run


def test_the_other_was_quicker_with_all_rows(desk: Any, runtime: Any, meanwhile: Any, request: Any) -> None:
    """What was not there when it was looked for is there when it is written: the rows count as unchanged, none is refused.
    On SQLite a second writer waits, so the other import comes first."""
    rows = desk.file("people.csv", "No,Name,E-mail\n" + "".join(f"{n},P {n},p{n}@x.example\n" for n in range(40)))
    mapping = desk.mapping(PEOPLE)
    told: list[Any] = []
    if runtime.database.dialect == "sqlite":
        told.append(desk.bring(mapping, rows))
    else:
        meanwhile(at_work(lambda: told.append(desk.bring(mapping, rows))))
    mine = desk.bring(mapping, rows)
    assert (told[0].counts["created"], told[0].counts["refused"]) == (40, 0)
    assert (mine.counts["unchanged"], mine.counts["refused"], mine.rows) == (40, 0, 40)
    assert desk.all("person", "version") == [(1,)] * 40


def test_child_rows_of_the_other_are_seen(desk: Any, runtime: Any, meanwhile: Any) -> None:
    """A record that somebody changed between finding and writing gets the row's child rows beside those it has by then."""
    desk.bring(desk.mapping(CLUBS), desk.file("clubs.csv", "Code,Name,Room,Seats\nA,Alpha,Hall,10\n"))
    ((id,),) = desk.all("club", "id")

    def change() -> None:
        with runtime.work(SYSTEM, "web", write=True) as work:
            update_record(work, "club", id, {"fee": "7"})

    if runtime.database.dialect == "sqlite":
        change()
    else:
        meanwhile(at_work(change))
    told = desk.bring(desk.mapping(CLUBS), desk.file("clubs.csv", "Code,Name,Room,Seats\nA,Omega,Den,2\n"))
    assert (told.counts["updated"], told.counts["refused"]) == (1, 0)
    assert [(str(fee), name) for name, fee in desk.all("club", "name", "fee")] == [("7.00", "Omega")]
    assert desk.all("club_rooms", "label") == [("Hall",), ("Den",)]


def test_a_record_that_was_purged_since_it_was_found_is_made_again(desk: Any, runtime: Any) -> None:
    """What an earlier chunk remembers of a record is looked up anew where the record is gone."""
    rows = "No,Name\n1,Ann\n2,Bob\n" + "1,Anna\n3,Cid\n"
    id = imports.start_import(runtime, SYSTEM, desk.mapping(PEOPLE), [desk.file("people.csv", rows)])

    def purge(tally: Any) -> None:
        if tally.position == 2:
            ann = next(i for i, name in desk.all("person", "id", "name") if name == "Ann")
            with runtime.work(SYSTEM, "cli", write=True) as work:
                delete_record(work, "person", ann)
                purge_record(work, "person", ann)

    told = imports.run_import(runtime, SYSTEM, id, progress=purge, chunk=2)
    assert (told.counts["created"], told.counts["refused"]) == (4, 0)
    assert sorted(desk.all("person", "name")) == [("Anna",), ("Bob",), ("Cid",)]


def test_what_is_in_use_for_good_is_refused_once(desk: Any, runtime: Any, monkeypatch: Any) -> None:
    """A value that another record holds is refused as before, and the chunk is not done again for it."""
    desk.bring(desk.mapping(PEOPLE), desk.file("people.csv", "No,Name,E-mail\n1,Ann,a@x.example\n"))
    waits: list[float] = []
    monkeypatch.setattr("xrm_core.services.importing.chunk.time.sleep", waits.append)
    told = desk.bring(desk.mapping(PEOPLE), desk.file("people.csv", "No,Name,E-mail\n2,Bob,a@x.example\n3,Cid,\n"))
    assert (told.counts["created"], told.counts["refused"], waits) == (1, 1, [])
    assert told.refusals[0].problems[0].code == "not_unique"


def test_many_chunks_of_two_imports_side_by_side(desk: Any, runtime: Any) -> None:
    """Rows in opposite orders, so that the two also wait for each other: all get in, none twice, none refused."""
    lines = [f"{n},P {n},p{n}@x.example\n" for n in range(200)]
    mapping, start = desk.mapping(PEOPLE), Barrier(2)
    told: list[Any] = []

    def bring(name: str, text: str) -> None:
        source = desk.file(name, "No,Name,E-mail\n" + text)
        id = imports.start_import(runtime, SYSTEM, mapping, [imports.Source(source.path, "people.csv")])
        start.wait()
        told.append(imports.run_import(runtime, SYSTEM, id, chunk=25))

    threads = [
        Thread(target=bring, args=("one.csv", "".join(lines))),
        Thread(target=bring, args=("other.csv", "".join(reversed(lines)))),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [t.counts["refused"] for t in told] == [0, 0]
    assert sum(t.counts["created"] for t in told) == 200
    assert all(t.rows == 200 for t in told)
    assert desk.all("person", "version") == [(1,)] * 200
