"""Running imports: what becomes of rows, and that a refused row leaves nothing behind."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from xrm_core.errors import Conflict, ImportFault, NotFound
from xrm_core.metamodel.values import SYSTEM, Actor, Query
from xrm_core.services import imports
from xrm_core.services.lists import count_records
from xrm_core.services.records import read_record, update_record

PEOPLE: dict[str, Any] = {
    "file": "people.csv",
    "targets": [
        {"entity": "person", "fields": {"source_key": "No", "name": "Name", "email": "E-mail?"}},
    ],
}
CLUBS: dict[str, Any] = {
    "file": "clubs.csv",
    "dates": ["dd/mm/yyyy"],
    "targets": [
        {
            "entity": "club", "main": True,
            "fields": {"source_key": "Code", "name": "Name", "founded_on": "Founded", "fee": "Fee"},
        },
        {"entity": "club_rooms", "when": "Room", "key": ["label"], "fold": ["label"],
         "fields": {"club": {"target": "club"}, "label": "Room", "seats": "Seats"}},
    ],
}  # fmt: skip
CLUB_ROWS = 'Code,Name,Founded,Fee,Room,Seats\nA,Alpha,01/02/1999,"£1,200.50",Hall,10\nB,Beta,,3,,\n'


def test_rows_become_records_and_a_second_time_nothing(desk: Any) -> None:
    """Dates, numbers and child rows are read; importing again is unchanged; one cell changed updates one record."""
    mapping = desk.mapping(CLUBS)
    told = desk.bring(mapping, desk.file("clubs.csv", CLUB_ROWS))
    assert told.counts == {"created": 2, "updated": 0, "unchanged": 0, "refused": 0, "left_out": 0}
    assert desk.all("club", "name", "founded_on", "fee", "open") == [
        ("Alpha", date(1999, 2, 1), Decimal("1200.50"), True), ("Beta", None, Decimal("3.00"), True),
    ]  # fmt: skip
    assert desk.all("club_rooms", "label", "seats", "position") == [("Hall", 10, 0)]
    versions = desk.all("club", "version")
    again = desk.bring(mapping, desk.file("clubs.csv", CLUB_ROWS))
    assert again.counts["unchanged"] == 2
    assert desk.all("club", "version") == versions
    changed = desk.bring(mapping, desk.file("clubs.csv", CLUB_ROWS.replace("Beta", "Gamma")))
    assert (changed.counts["updated"], changed.counts["unchanged"]) == (1, 1)


def test_a_child_row_is_not_doubled_and_others_stay(desk: Any) -> None:
    """The same room written otherwise is the same; a new one is added to those there are."""
    desk.bring(desk.mapping(CLUBS), desk.file("clubs.csv", CLUB_ROWS))
    rooms = {
        "file": "rooms.csv",
        "targets": [
            {"entity": "club_rooms", "key": ["label"], "fold": ["label"],
             "fields": {"club": {"link": "club", "key": "Club"}, "label": "Room", "seats": "Seats"}},
        ],
    }  # fmt: skip
    told = desk.bring(
        desk.mapping(rooms), desk.file("rooms.csv", "Club,Room,Seats\nA, HALL ,10\nA,Attic,4\nA,attic,5\n")
    )
    assert told.targets == {"rooms.club_rooms": {"unchanged": 1, "created": 1, "updated": 1}}
    assert desk.all("club_rooms", "label", "seats") == [("Hall", 10), ("Attic", 5)]


def test_a_refused_row_leaves_nothing_of_itself(desk: Any) -> None:
    """When the second record of a row is refused, the first is not there either; the rows around it are."""
    both = {
        "file": "both.csv",
        "targets": [
            {"entity": "club", "fields": {"source_key": "Club", "name": "Club"}},
            {
                "entity": "person",
                "main": True,
                "fields": {"source_key": "No", "name": "Name", "club": {"target": "club"}},
            },
        ],
    }
    told = desk.bring(desk.mapping(both), desk.file("both.csv", "Club,No,Name\nA,1,Ann\nB,2,\nC,3,Cid\n"))
    assert [(r.line, str(r.problems[0])) for r in told.refusals] == [(3, "name: Name is required")]
    assert desk.all("club", "name") == [("A",), ("C",)]
    assert told.counts == {"created": 2, "updated": 0, "unchanged": 0, "refused": 1, "left_out": 0}


def test_links_are_found_across_files_or_refused_or_listed(desk: Any) -> None:
    """A link to nothing refuses the row, or is left empty and listed, as the mapping says."""
    mapping = desk.mapping(
        CLUBS,
        {
            "file": "people.csv",
            "targets": [
                {"entity": "person", "fields": {
                    "source_key": "No", "name": "Name", "club": {"link": "club", "key": "Club", "on_missing": "empty"},
                    "leader": {"link": "person", "by": {"email": "Leader"}},
                }},
            ],
        },
    )  # fmt: skip
    people = desk.file("people.csv", "No,Name,Club,Leader\n1,Ann,A,\n2,Bob,Z,\n3,Cid,B,who@example.org\n")
    told = desk.bring(mapping, desk.file("clubs.csv", CLUB_ROWS), people)
    assert [str(r) for r in told.refusals] == ["people.csv:4: leader: there is no person 'who@example.org'"]
    assert told.notes["club left empty: there is no club 'test, Z'"].places == ["people.csv:3"]
    assert [name for name, club in desk.all("person", "name", "club") if club] == ["Ann"]


def test_a_second_pass_links_records_of_one_file(desk: Any) -> None:
    """Who leads whom may stand in any order."""
    spec = {
        "file": "people.csv",
        "targets": [
            {"entity": "person", "main": True, "fields": {"source_key": "No", "name": "Name"}},
            {"entity": "tie", "pass": 2, "when": "Leader", "key": ["one", "other"],
             "fields": {"one": {"target": "person"}, "other": {"link": "person", "key": "Leader"}}},
        ],
    }  # fmt: skip
    told = desk.bring(desk.mapping(spec), desk.file("people.csv", "No,Name,Leader\n1,Ann,3\n2,Bob,1\n3,Cid,\n"))
    assert (told.rows, told.counts["created"], told.targets["people.tie"]) == (3, 3, {"created": 2})
    assert desk.all("tie", "one.name", "other.name") == [("Ann", "Cid"), ("Bob", "Ann")]


def test_a_tie_told_from_either_end_is_one(desk: Any) -> None:
    """The other end's row is unchanged and says so."""
    desk.bring(desk.mapping(PEOPLE), desk.file("people.csv", "No,Name\n1,Ann\n2,Bob\n"))
    ties = {
        "file": "ties.csv",
        "targets": [
            {"entity": "tie", "key": ["one", "other"], "unordered": ["one", "other"],
             "fields": {"one": {"link": "person", "key": "A"}, "other": {"link": "person", "key": "B"}}},
        ],
    }  # fmt: skip
    told = desk.bring(desk.mapping(ties), desk.file("ties.csv", "A,B\n1,2\n2,1\n"))
    assert (told.counts["created"], told.counts["unchanged"]) == (1, 1)
    assert told.notes["same tie, other end"].count == 1


def test_fields_of_first_sight_kept_records_and_added_tags(desk: Any) -> None:
    """`create` is for new records only, `existing: keep` never changes one, `add` only adds to a list."""
    spec = {
        "file": "clubs.csv",
        "targets": [
            {"entity": "club", "existing": "keep", "fields": {"source_key": "Code", "name": "Name"},
             "create": {"fee": "Fee"}, "add": {"tags": {"columns": ["Tag"]}}},
        ],
    }  # fmt: skip
    rows = "Code,Name,Fee,Tag\nA,Alpha,1,x\nA,Other,2,y\nA,Third,3,x\n"
    told = desk.bring(desk.mapping(spec), desk.file("clubs.csv", rows))
    assert desk.all("club", "name", "fee", "tags") == [("Alpha", Decimal("1.00"), ["x", "y"])]
    assert (told.counts["created"], told.counts["updated"], told.counts["unchanged"]) == (1, 1, 1)


def test_a_unique_value_used_twice_refuses_only_that_row(desk: Any) -> None:
    """What the database objects to is told at the row."""
    rows = "No,Name,E-mail\n1,Ann,a@example.org\n2,Bob,a@example.org\n3,Cid,c@example.org\n"
    told = desk.bring(desk.mapping(PEOPLE), desk.file("people.csv", rows))
    assert (told.counts["created"], told.counts["refused"]) == (2, 1)
    assert told.refusals[0].line == 3


def test_trying_out_tells_everything_and_keeps_nothing(desk: Any, runtime: Any) -> None:
    """A try counts as the import would, links across files included, and leaves the database as it was."""
    told = imports.try_import(runtime, SYSTEM, desk.mapping(CLUBS), [desk.file("clubs.csv", CLUB_ROWS)])
    assert (told.counts["created"], told.targets["clubs.club_rooms"]) == (2, {"created": 1})
    assert desk.all("club", "name", deleted="any") == []
    with runtime.work(SYSTEM, "test") as work:
        assert work.tx.rows("SELECT count(*) FROM xrm_history WHERE door = 'import'") == [(0,)]
        assert imports.imports_of(work) == []


def test_a_killed_import_goes_on_where_it_was(desk: Any, runtime: Any) -> None:
    """A crash between chunks loses nothing and doubles nothing; the counts in the end are those of one run."""
    rows = "No,Name\n" + "".join(f"{n},Person {n}\n" for n in range(50))
    id = imports.start_import(runtime, SYSTEM, desk.mapping(PEOPLE), [desk.file("people.csv", rows)])

    class Killed(BaseException):
        """Stands for a process that ends at once."""

    def kill(tally: Any) -> None:
        if tally.position >= 20:
            raise Killed

    with pytest.raises(Killed):
        imports.run_import(runtime, SYSTEM, id, progress=kill, chunk=10)
    assert len(desk.all("person", "id")) == 20
    told = imports.run_import(runtime, SYSTEM, id, chunk=10)
    assert (told.state, told.rows, told.counts["created"]) == ("done", 50, 50)
    assert len(desk.all("person", "id")) == 50
    with pytest.raises(Conflict, match="is done already"):
        imports.run_import(runtime, SYSTEM, id)


def test_a_file_that_changed_meanwhile_is_not_carried_on(desk: Any, runtime: Any) -> None:
    """Going on with other content would mix two files."""
    id = imports.start_import(runtime, SYSTEM, desk.mapping(PEOPLE), [desk.file("people.csv", "No,Name\n1,Ann\n")])
    desk.file("people.csv", "No,Name\n1,Bob\n")
    with pytest.raises(ImportFault, match=r"people\.csv is no longer what it was"):
        imports.run_import(runtime, SYSTEM, id)


def test_cancelling_stops_after_the_chunk(desk: Any, runtime: Any) -> None:
    """What is in stays; the state says cancelled."""
    rows = "No,Name\n" + "".join(f"{n},Person {n}\n" for n in range(30))
    id = imports.start_import(runtime, SYSTEM, desk.mapping(PEOPLE), [desk.file("people.csv", rows)])

    def stop(tally: Any) -> None:
        if tally.position == 10:
            with runtime.work(SYSTEM, "test", write=True) as work:
                imports.cancel_import(work, id)

    told = imports.run_import(runtime, SYSTEM, id, progress=stop, chunk=10)
    assert (told.state, len(desk.all("person", "id"))) == ("cancelled", 10)


def test_refused_rows_come_back_to_be_mended(desk: Any, runtime: Any) -> None:
    """The error file has the reason and the original cells; mended in place, it is imported as it is."""
    source = desk.file("people.csv", "No,Name\n1,Ann\n2,\n3,Cid,extra\n")
    told = desk.bring(desk.mapping(PEOPLE), source)
    folder = desk.folder / "errors"
    folder.mkdir()
    with runtime.work(SYSTEM, "test") as work:
        (written,) = imports.write_errors(work, told.id, folder)
    assert written.read_text("utf-8").splitlines() == [
        "import_error,No,Name",
        "line 3: name: Name is required,2,",
        "line 4: 3 values for 2 columns; a comma inside a value is not quoted: put that value in double quotes,3,Cid,extra",
    ]
    written.write_text(written.read_text("utf-8").replace(",2,", ",2,Bob").replace("Cid,extra", '"Cid,extra"'), "utf-8")
    again = desk.bring(desk.mapping(PEOPLE), imports.Source(written, "people.csv"))
    assert again.counts["created"] == 2
    assert [name for (name,) in desk.all("person", "name")] == ["Ann", "Bob", "Cid,extra"]


def test_an_import_is_taken_back_whole(desk: Any, runtime: Any) -> None:
    """Created records go to the bin, changed ones get their former values; what somebody changed since stays and is listed."""
    desk.bring(desk.mapping(CLUBS), desk.file("clubs.csv", CLUB_ROWS))
    changes = (
        CLUB_ROWS.replace("Alpha", "Omega").replace("Hall,10", "Hall,12") + "C,Chi,,1,Den,3\nD,Delta,,2,,\nE,Eta,,2,,\n"
    )
    told = desk.bring(desk.mapping(CLUBS), desk.file("clubs.csv", changes))
    ids = dict(desk.all("club", "name", "id"))
    with runtime.work(SYSTEM, "web", write=True) as work:
        update_record(work, "club", ids["Delta"], {"fee": "99"})
    undone = imports.undo_import(runtime, SYSTEM, told.id)
    assert desk.all("club", "name") == [("Alpha",), ("Beta",), ("Delta",)]
    assert desk.all("club_rooms", "label", "seats") == [("Hall", 10)]
    assert undone.left == [("club", ids["Delta"], "it was changed since")]
    with runtime.work(SYSTEM, "test") as work:
        assert imports.import_of(work, told.id).state == "undone"
    with pytest.raises(Conflict, match="has been undone"):
        imports.undo_import(runtime, SYSTEM, told.id)


def test_undo_keeps_a_value_that_was_changed_since(desk: Any, runtime: Any) -> None:
    """Of a changed record only the columns that still hold the import's values go back."""
    desk.bring(desk.mapping(CLUBS), desk.file("clubs.csv", CLUB_ROWS))
    told = desk.bring(
        desk.mapping(CLUBS), desk.file("clubs.csv", CLUB_ROWS.replace("Beta", "Gamma").replace(",3,", ",4,"))
    )
    id = dict(desk.all("club", "name", "id"))["Gamma"]
    with runtime.work(SYSTEM, "web", write=True) as work:
        update_record(work, "club", id, {"name": "Mine"})
    undone = imports.undo_import(runtime, SYSTEM, told.id)
    assert (undone.restored, undone.left) == (1, [("club", id, "changed since: name")])
    with runtime.work(SYSTEM, "test") as work:
        record = read_record(work, "club", id)
        assert (record["name"], record["fee"]) == ("Mine", Decimal("3.00"))


def test_the_faults_of_a_set_are_told_before_anything_is_done(desk: Any, runtime: Any) -> None:
    """Missing files, unknown columns and mappings are named with the nearest that exists."""
    with pytest.raises(ImportFault, match=r"the set test lacks clubs\.csv; given: other\.csv"):
        desk.bring(desk.mapping(CLUBS), desk.file("other.csv", "a\n1\n"))
    with pytest.raises(ImportFault, match="has no column 'Name'; did you mean 'Names'"):
        desk.bring(desk.mapping(PEOPLE), desk.file("people.csv", "No,Names\n1,x\n"))
    with pytest.raises(NotFound, match="there is no import mapping 'nothing'"):
        imports.mapping_of(runtime, "nothing")
    wrong = {"file": "a.csv", "targets": [{"entity": "person", "fields": {"source_key": "a", "nam": "a"}}]}
    with pytest.raises(ImportFault, match="person has no field 'nam'; did you mean 'name'"):
        desk.bring(desk.mapping(wrong), desk.file("a.csv", "a\n1\n"))


def test_an_import_is_seen_by_who_made_it(desk: Any, runtime: Any) -> None:
    """Another person's import is not there."""
    told = desk.bring(desk.mapping(PEOPLE), desk.file("people.csv", "No,Name\n1,Ann\n"))
    stranger = Actor("0190163d-8694-739b-aea5-966c26f8ad91", "Eve")
    with runtime.work(stranger, "test") as work:
        assert imports.imports_of(work) == []
        with pytest.raises(NotFound):
            imports.import_of(work, told.id)
    with runtime.work(SYSTEM, "test") as work:
        assert count_records(work, Query("person", ("id",))) == 1


def test_a_mapping_is_suggested_by_names_and_labels(desk: Any, runtime: Any) -> None:
    """Columns named as fields or labels are taken, with the first key that they fill; without a key it is refused."""
    source = desk.file("any.csv", "NAME,email,Shoe size\nAnn,a@example.org,43\n")
    mapping = imports.suggest_mapping(runtime.catalog, "person", ["NAME", "email", "Shoe size"], "any.csv")
    assert mapping.files[0].targets[0].key == ["email"]
    told = desk.bring(mapping, source)
    assert told.counts["created"] == 1
    assert desk.bring(mapping, source).counts["unchanged"] == 1
    assert desk.all("person", "name", "email") == [("Ann", "a@example.org")]


def test_a_mapping_without_a_key_is_refused(runtime: Any) -> None:
    """With the keys that there are."""
    with pytest.raises(
        ImportFault,
        match="nothing tells the records of person apart; the file needs the columns of one of its keys: source",
    ):
        imports.suggest_mapping(runtime.catalog, "person", ["Name"])
    with pytest.raises(ImportFault, match=r"no column of x\.csv is a field of person"):
        imports.suggest_mapping(runtime.catalog, "person", ["Shoe size"], "x.csv")


MEMBERS: dict[str, Any] = {
    "file": "members.csv",
    "join": {"club": {"file": "clubs.csv", "on": {"Club": "Code"}}},
    "targets": [{"entity": "person", "fields": {"source_key": "No", "name": {"template": "{Name} ({club.Name})"}}}],
}


def test_mended_rows_are_imported_alone_and_looked_up_in_the_files_of_before(
    desk: Any, runtime: Any, tmp_path: Any
) -> None:
    """A file of refused rows whose mapping joins another file needs only itself: that file is known from the import before."""
    mapping = desk.mapping({**CLUBS, "targets": CLUBS["targets"][:1]}, MEMBERS)
    clubs = desk.file("clubs.csv", CLUB_ROWS)
    told = desk.bring(mapping, clubs, desk.file("members.csv", "No,Name,Club\n1,Ann,A\n2,Bob,B,x\n"))
    assert told.counts["refused"] == 1
    with runtime.work(SYSTEM, "test") as work:
        (path,) = imports.write_errors(work, told.id, tmp_path)
    path.write_text(path.read_text().replace("Bob,B,x", "Bob,B"))
    tried = imports.try_import(runtime, SYSTEM, mapping, [imports.Source(path, path.name)], partial=True)
    assert tried.refusals == []
    mended = desk.bring(mapping, imports.Source(path, path.name), partial=True)
    assert tried.counts == mended.counts == {"created": 1, "updated": 0, "unchanged": 0, "refused": 0, "left_out": 0}
    assert ("Bob (Beta)",) in desk.all("person", "name")
    assert "clubs.csv: looked up in the file of the import before" in mended.notes
    assert "clubs.csv" not in mended.files
    clubs.path.write_text(CLUB_ROWS + "C,Gamma,,,,\n")
    with pytest.raises(ImportFault, match=r"lacks clubs\.csv") as fault:
        desk.bring(mapping, imports.Source(path, path.name), partial=True)
    assert "beside it" in str(fault.value.hint)


def test_columns_of_a_later_pass_are_not_called_unused(desk: Any) -> None:
    """Only columns that no pass reads are told as not taken."""
    people = {
        "file": "people.csv",
        "targets": [
            {"entity": "person", "fields": {"source_key": "No", "name": "Name"}},
            {"entity": "person", "target": "led", "pass": 2, "when": "Boss",
             "fields": {"source_key": "No", "leader": {"link": "person", "key": {"column": "Boss"}}}},
        ],
    }  # fmt: skip
    told = desk.bring(desk.mapping(people), desk.file("people.csv", "No,Name,Boss,Shoe\n1,Ann,2,40\n2,Bob,,41\n"))
    assert "people.csv: columns not taken: Shoe" in told.notes


def test_an_import_whose_process_died_can_be_stopped_and_taken_back(desk: Any, runtime: Any) -> None:
    """One that still says running is asked to stop; asked again it counts as stopped, and can be undone."""
    id = imports.start_import(
        runtime, SYSTEM, desk.mapping(PEOPLE), [desk.file("people.csv", "No,Name\n1,Ann\n2,Bob\n")]
    )
    with pytest.raises(KeyboardInterrupt):
        imports.run_import(runtime, SYSTEM, id, chunk=1, progress=_die)
    with pytest.raises(Conflict, match="still running") as fault:
        imports.undo_import(runtime, SYSTEM, id)
    assert "xrm import cancel" in str(fault.value.hint)
    for state in ("cancelling", "cancelled"):
        with runtime.work(SYSTEM, "test", write=True) as work:
            imports.cancel_import(work, id)
            assert imports.import_of(work, id).state == state
    assert imports.undo_import(runtime, SYSTEM, id).binned == 1
    with pytest.raises(Conflict, match="has been undone"):
        imports.undo_import(runtime, SYSTEM, id)


def _die(tally: Any) -> None:
    raise KeyboardInterrupt


def test_a_table_of_an_entitys_fields_needs_no_mapping(desk: Any, runtime: Any) -> None:
    """Its columns say what they are; a table of other columns is refused with the names there are."""
    file = desk.file("any.csv", "E-mail,Name\na@example.org,Ann\n".replace("E-mail", "email"))
    mapping = imports.mapping_for(runtime.catalog, "person", [file])
    assert desk.bring(mapping, file).counts["created"] == 1
    assert desk.bring(mapping, file).counts["unchanged"] == 1
    with pytest.raises(ImportFault, match="no column of"):
        imports.mapping_for(runtime.catalog, "person", [desk.file("other.csv", "x,y\n1,2\n")])


def test_a_link_that_fits_several_records_is_refused(desk: Any) -> None:
    """By a column that is no key: one record with the value is linked, of two neither; both are named. In the next file, when
    one of them is called otherwise, the link is found."""
    by_name = {
        "file": "people.csv",
        "targets": [
            {"entity": "person", "fields": {"source_key": "No", "name": "Name", "club": {"link": "club", "by": {"name": "Club"}, "on_missing": "empty"}}},
        ],
    }  # fmt: skip
    clubs = {"file": "clubs.csv", "targets": [{"entity": "club", "fields": {"source_key": "Code", "name": "Name"}}]}
    desk.bring(desk.mapping(clubs), desk.file("clubs.csv", "Code,Name\nA,Alpha\nB,Alpha\nC,Gamma\n"))
    people = desk.file("people.csv", "No,Name,Club\n1,Ann,Gamma\n2,Bob,Alpha\n3,Cem,Nowhere\n")
    told = desk.bring(desk.mapping(by_name), people)
    assert (told.counts["created"], told.counts["refused"]) == (2, 1)
    (refusal,) = told.refusals
    (problem,) = refusal.problems
    assert problem.code == "ambiguous_link"
    first, second, _ = (id for (id,) in desk.all("club", "id"))
    assert all(f"Alpha ({id})" in problem.message for id in (first, second))
    with desk.runtime.work(SYSTEM, "cli", write=True) as work:
        update_record(work, "club", second, {"name": "Beta"})
    assert desk.bring(desk.mapping(by_name), people).counts["created"] == 1
    assert desk.all("person", "name", "club")[-1] == ("Bob", first)
