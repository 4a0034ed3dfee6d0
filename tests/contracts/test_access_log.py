"""The log of access on both databases: what is told, in which transaction, who reads it, and that nobody changes it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from xrm_core.errors import NotFound, Refused, XrmError
from xrm_core.metamodel.values import SYSTEM, Actor, Query
from xrm_core.services import access_log, exporting, lists, past, records
from xrm_core.services.runtime import Runtime
from xrm_core.storage import access_log as storage
from xrm_core.storage.access_log import Event, Wanted
from xrm_core.storage.faults import DriverFault
from xrm_core.storage.ids import new_id
from xrm_core.testing import temporary_organisation

ENTITIES = """
entity: person
label: Person
fields:
  name: {type: text, required: true}
  born_on: {type: date, class: personal}
  iban: {type: text, class: bank}
---
entity: visit
label: Visit
fields:
  person: {type: link, to: person, required: true}
  text: {type: text}
"""
ACCESS = """
role: nurse
label: Nurse
---
role: auditor
label: Auditor
---
classes:
  personal: {label: Personal, read_logged: true}
  bank: {label: Bank}
needs:
  personal: {nurse: R}
  bank: {nurse: R}
---
grants:
  - {role: nurse, entity: person, verbs: [read, export]}
  - {role: nurse, entity: visit, verbs: [read]}
"""


@pytest.fixture
def world(database_url: str) -> Iterator[Runtime]:
    """Two persons, one with a birthday."""
    metadata = {"entities/e.yaml": ENTITIES, "access/a.yaml": ACCESS}
    with temporary_organisation(metadata=metadata, url=database_url) as runtime:
        with runtime.work(SYSTEM, "sample", write=True) as work:
            for name, born in (("Ann", "1980-05-01"), ("Bob", None)):
                records.create_record(work, "person", {"name": name, "born_on": born, "iban": "DE1"})
        yield runtime


def nurse() -> Actor:
    """One who reads persons."""
    return Actor(new_id(), "Nora", frozenset({"nurse"}))


def told(runtime: Runtime, *kinds: str) -> list[Event]:
    """What the log holds of these kinds, the oldest first."""
    with runtime.work(SYSTEM, "cli") as work:
        return list(reversed(storage.page(work.tx, Wanted(kinds=kinds), 500)))


def person(runtime: Runtime, name: str) -> str:
    """The id of a person."""
    with runtime.work(SYSTEM, "cli") as work:
        return str(lists.list_records(work, Query("person", ("id",), f"record.name == '{name}'")).rows[0]["id"])


def test_rows_are_never_changed(world: Runtime) -> None:
    """The database refuses to change or remove a row, whoever asks."""
    with world.work(SYSTEM, "cli", write=True) as work:
        access_log.note(work, "sign_in", "user", new_id())
    for statement in (
        "UPDATE xrm_access_log SET kind = 'read'", "DELETE FROM xrm_access_log", "UPDATE xrm_access_log SET detail = NULL",
    ):  # fmt: skip
        with pytest.raises(DriverFault), world.database.write() as tx:
            tx.do(statement)
    assert [e.kind for e in told(world, "sign_in")] == ["sign_in"]


def test_retention_removes_only_what_is_older(world: Runtime) -> None:
    """`forget` takes what is older than its day, leaves the rest, and opens nothing for later."""
    now = datetime.now(UTC)
    with world.database.write() as tx:
        for days in (400, 2):
            storage.add(tx, [Event(now - timedelta(days=days), None, "x", "sign_out", "web")])
    with world.database.write() as tx:
        assert storage.forget(tx, now - timedelta(days=365)) == 1
    assert len(told(world, "sign_out")) == 1
    with pytest.raises(DriverFault), world.database.write() as tx:
        tx.do("DELETE FROM xrm_access_log")


def test_a_note_shares_the_fate_of_the_write(world: Runtime) -> None:
    """What tells of a write that fails is not told; a note beside a question is told at once."""
    with suppress(ZeroDivisionError), world.work(nurse(), "web", write=True) as work:
        access_log.note(work, "sign_out")
        raise ZeroDivisionError
    assert not told(world, "sign_out")
    with suppress(ZeroDivisionError), world.work(nurse(), "web") as work:
        access_log.note(work, "view_as", "user", detail={"of": "Ben"})
        raise ZeroDivisionError
    assert [e.detail["of"] for e in told(world, "view_as")] == ["Ben"]


def test_reads_of_logged_classes_are_told(world: Runtime) -> None:
    """One record with a birthday is told with its field; one without, a class that asks for nothing, and the system are not."""
    ann, bob, actor = person(world, "Ann"), person(world, "Bob"), nurse()
    with world.work(actor, "api") as work:
        records.read_record(work, "person", ann)
        records.read_record(work, "person", ann)
        records.read_record(work, "person", bob)
        records.read_record(work, "person", ann, ("name", "iban"))
    with world.work(SYSTEM, "cli") as work:
        records.read_record(work, "person", ann)
    (event,) = told(world, "read")
    assert (event.entity, event.record_id, event.actor_id, event.door) == ("person", ann, actor.id, "api")
    assert (event.detail["fields"], event.detail["classes"]) == (["born_on"], ["personal"])


def test_history_is_a_look_too(world: Runtime) -> None:
    """The history of a record tells of its birthday as the record does."""
    actor = nurse()
    for name in ("Ann", "Bob"):
        with world.work(actor, "web") as work:
            assert past.history_of(work, "person", person(world, name))
    assert [(e.record_id, e.detail["fields"]) for e in told(world, "read")] == [(person(world, "Ann"), ["born_on"])]


def test_lists_are_told_once_with_their_records(world: Runtime) -> None:
    """A list that shows the class, straight or through a link, is one row; one that does not is none."""
    with world.work(SYSTEM, "sample", write=True) as work:
        records.create_record(work, "visit", {"person": person(world, "Ann"), "text": "hello"})
    with world.work(nurse(), "web") as work:
        lists.list_records(work, Query("person", ("id", "name", "born_on")))
        lists.list_records(work, Query("person", ("id", "name")))
        lists.list_records(work, Query("visit", ("id", "person.born_on")))
    events = told(world, "read")
    assert [(e.entity, e.detail["fields"], e.detail["records"]) for e in events] == [
        ("person", ["born_on"], 2), ("visit", ["person.born_on"], 1),
    ]  # fmt: skip
    assert len(events[0].detail["ids"]) == 2


def test_exports_are_told_before_the_first_row(world: Runtime) -> None:
    """An export is told with its columns, also where the reader goes away in the middle; its pages are no further looks."""
    with suppress(ZeroDivisionError), world.work(nurse(), "api") as work:
        made = exporting.export(work, Query("person", ("name", "born_on"), "record.name != 'X'"), "ndjson")
        assert told(world, "export")
        assert next(made.chunks)
        raise ZeroDivisionError
    (event,) = told(world, "export")
    assert (event.entity, event.detail["format"], event.detail["logged"]) == ("person", "ndjson", ["born_on"])
    assert event.detail["filter"] == "record.name != 'X'"
    assert not told(world, "read")


def test_users_and_rights_are_told(world: Runtime) -> None:
    """A new user, a change of his name, and one of his roles are told, with what changed from what."""
    with world.work(SYSTEM, "cli", write=True) as work:
        user = records.create_record(work, "user", {"name": "Ben", "email": "ben@example.org", "roles": ["nurse"]})
        records.update_record(work, "user", user["id"], {"name": "Benno"})
        records.update_record(work, "user", user["id"], {"roles": ["nurse", "auditor"]})
    named = told(world, "user_changed")
    assert [e.detail["changes"].get("name") for e in named] == [["Ben", "Benno"]]
    given = told(world, "grant_changed")
    assert [e.detail["changes"]["roles"] for e in given if e.entity == "user"] == [
        [None, ["nurse"]], [["nurse"], ["nurse", "auditor"]],
    ]  # fmt: skip


def ask(runtime: Runtime, actor: Actor, entity: str, id: str) -> None:
    """A read as the doors do it: what is refused is told after its transaction is over."""
    try:
        with runtime.work(actor, "api") as work:
            records.read_record(work, entity, id)
    except XrmError as fault:
        access_log.refused(runtime, actor, "api", fault, entity=entity, record=id)


def test_refusals_are_told_without_a_flood(world: Runtime) -> None:
    """A closed record is told as one that exists, a missing one as none; the same is told once, a flood only in part."""
    stranger, ann, none = Actor(new_id(), "Sam"), person(world, "Ann"), new_id()
    for id in (ann, ann, none):
        ask(world, stranger, "person", id)
    assert [(e.record_id, e.detail["exists"]) for e in told(world, "refused")] == [(ann, True), (none, False)]
    for _ in range(60):
        ask(world, stranger, "person", new_id())
    events = told(world, "refused")
    assert len(events) == access_log.FLOOD
    assert "flood" in events[-1].detail


def test_only_refusals_are_refusals(world: Runtime) -> None:
    """What is wrong with a question is not told, nor what somebody unknown asks for."""
    access_log.refused(world, nurse(), "api", NotFound("no page"), entity="no_such_entity")
    access_log.refused(world, Actor(None, "anonymous", kind="anonymous"), "api", Refused("no"), entity="person")
    assert not told(world, "refused")


def test_the_log_is_for_auditors(world: Runtime) -> None:
    """Auditors and administrators read it; others, and tokens with scopes, do not."""
    for roles in ({"admin"}, {"auditor"}):
        with world.work(Actor(new_id(), "A", frozenset(roles)), "web") as work:
            access_log.read(work, Wanted())
            work.actor = replace(work.actor, scopes=("read",))
            with pytest.raises(Refused):
                access_log.read(work, Wanted())
    with world.work(nurse(), "web") as work, pytest.raises(Refused):
        access_log.read(work, Wanted())


def test_pages_and_filters(world: Runtime) -> None:
    """Rows come newest first, by who, kind, entity, record and time; pages go on by key."""
    ann, ben, record = nurse(), replace(nurse(), name="100% Ben"), new_id()
    start = datetime.now(UTC)
    with world.work(ann, "web", write=True) as work:
        for n in range(5):
            access_log.note(work, "export", "person", None, {"n": n})
    with world.work(replace(ben, deputy_for=ann.id), "web", write=True) as work:
        access_log.note(work, "view_as", "user", record)

    def asked(limit: int = 50, before: str | None = None, **wanted: object) -> list[Event]:
        with world.work(SYSTEM, "cli") as work:
            return access_log.read(work, Wanted(**wanted), limit, before)  # type: ignore[arg-type]  # as the test says

    first = asked(3, kinds=("export",))
    assert [e.detail["n"] for e in first] == [4, 3, 2]
    assert [e.detail["n"] for e in asked(3, first[-1].id, kinds=("export",))] == [1, 0]
    assert {e.kind for e in asked(who=str(ann.id))} == {"export", "view_as"}
    assert [e.kind for e in asked(who="100% b")] == ["view_as"]
    assert not asked(who="1_0")
    with world.work(replace(nurse(), name="José Müller"), "web", write=True) as work:
        access_log.note(work, "sign_out")
    for part in ("jose", "José", "JOSÉ M", "muller", "Jose\u0301"):
        assert [e.actor_name for e in asked(who=part)] == ["José Müller"], part
    assert not asked(who="jose", kinds=("export",))
    with world.work(SYSTEM, "cli") as work:
        assert len(list(storage.every(work.tx, Wanted(who="jose")))) == 1
    assert not asked(who="Nora\0")
    assert not asked(entity="\0")
    assert [e.kind for e in asked(record_id=record)] == ["view_as"]
    assert len(asked(entity="person", since=start)) == 5
    assert not asked(until=start, who="Nora")
    assert not asked(record_id="nonsense")
    with world.work(SYSTEM, "cli") as work:
        assert len(list(storage.every(work.tx, Wanted(kinds=("export",)), step=2))) == 5
