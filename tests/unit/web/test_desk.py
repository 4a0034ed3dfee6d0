"""The start page: of a new organisation, and what is due on it."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit

from xrm_core.metamodel.values import SYSTEM, Actor
from xrm_core.services.records import create_record
from xrm_core.services.runtime import Runtime
from xrm_core.storage import outbox
from xrm_core.testing import temporary_organisation
from xrm_core.web.asked import Asked
from xrm_core.web.desk import start_page
from xrm_core.web.models.desk import DeskPage, HouseLine

METADATA = {
    "access/departments.yaml": "department: hall\nlabel: Hall\n",
    "access/roles.yaml": "role: admin\nlabel: Administrator\n---\nrole: clerk\nlabel: Clerk\n---\n"
    "grants:\n  - {role: clerk, entity: note, verbs: [read], rows: true, public: acknowledged}\n",
    "entities/note.yaml": "entity: note\nlabel: Note\ntitle: '{title}'\nfields:\n  title: {type: text, required: true}\n"
    "  answer_at: {type: datetime}\n",
    "views/note.yaml": "entity: note\nviews:\n  - {view: to_answer, columns: [title, answer_at], sort: [answer_at], due: answer_at, start: true,"
    " roles: [clerk]}\n  - {view: by_time, columns: [title, created_at], sort: [created_at], start: true, roles: [clerk]}\n",
}


def _steps(runtime: Runtime, actor: Actor) -> list[str]:
    """Where the first steps of a person lead."""
    with runtime.work(actor, "web") as work:
        page = start_page(work, Asked("GET", "/", {}, (), (), {}, {})).page
    assert isinstance(page, DeskPage)
    return [step.href for step in page.steps]


def test_first_steps_are_shown_to_whoever_can_take_them_until_they_are_taken() -> None:
    """A lone administrator is led to imports, colleagues and access; with a colleague there, only to what is still to do."""
    with temporary_organisation(metadata=METADATA) as runtime:
        with runtime.work(SYSTEM, "cli", write=True) as work:
            id = str(create_record(work, "user", {"name": "Ada", "email": "ada@example.org", "roles": ["admin"]})["id"])
        ada = Actor(id, name="Ada", roles=frozenset({"admin"}))
        assert _steps(runtime, ada) == ["/import", "/e/user/new", "/access/map"]
        with runtime.work(SYSTEM, "cli", write=True) as work:
            second = {"name": "Ben", "email": "ben@example.org", "roles": ["clerk"]}
            id = str(create_record(work, "user", second)["id"])
        assert _steps(runtime, ada) == ["/import"]
        assert _steps(runtime, Actor(id, name="Ben", roles=frozenset({"clerk"}))) == []
        with runtime.work(SYSTEM, "cli", write=True) as work:
            create_record(work, "note", {"title": "There is something now"})
        assert _steps(runtime, ada) == []


def test_who_looks_after_the_house_sees_how_it_stands() -> None:
    """An administrator is told of jobs that failed and of people who have no role, each with the way there; a role for a time is one;
    others are told nothing of it."""
    with temporary_organisation(metadata=METADATA) as runtime:
        with runtime.work(SYSTEM, "cli", write=True) as work:
            for name, roles in (("Ada", ["admin"]), ("Ben", ["clerk"])):
                create_record(work, "user", {"name": name, "email": f"{name}@example.org", "roles": roles})
        ada, ben = (
            Actor("1", name="Ada", roles=frozenset({"admin"})),
            Actor("2", name="Ben", roles=frozenset({"clerk"})),
        )
        assert {line.label: line.text for line in _house(runtime, ada)} == {
            "Jobs": "None failed", "Imports": "None stopped", "Users": "2 active"
        }  # fmt: skip
        assert _house(runtime, ben) == ()
        with runtime.work(SYSTEM, "cli", write=True) as work:
            for name in ("Cleo", "Dan"):
                id = str(create_record(work, "user", {"name": name, "email": f"{name}@example.org"})["id"])
            place = work.reader.find("department", "record.code == 'hall'")[0]["id"]
            create_record(work, "membership", {"user": id, "department": place, "role": "clerk", "since": work.today})
            job = outbox.put(work.tx, "mail", {})
            work.tx.do("UPDATE xrm_outbox SET state = 'dead' WHERE id = ?", (job,))
        told = {line.label: line.pill and (line.pill.label, line.pill.tone) for line in _house(runtime, ada)}
        assert told == {"Jobs": ("1 failed", "bad"), "Imports": None, "Users": ("1 without a role", "warn")}
        (users,) = (line for line in _house(runtime, ada) if line.label == "Users")
        assert job
        query = dict(parse_qsl(urlsplit(users.href).query))["filter"]
        with runtime.work(ada, "web") as work:
            assert [row["name"] for row in work.reader.find("user", query)] == ["Cleo"]


def _house(runtime: Runtime, actor: Actor) -> tuple[HouseLine, ...]:
    with runtime.work(actor, "web") as work:
        page = start_page(work, Asked("GET", "/", {}, (), (), {}, {})).page
    assert isinstance(page, DeskPage)
    return page.house


def test_what_is_due_by_the_hour_is_marked() -> None:
    """A list whose view says when its records are due tells how many are overdue, and how many today, to the minute; a moment that a
    list is merely sorted by tells nothing."""
    with temporary_organisation(metadata=METADATA) as runtime:
        with runtime.work(SYSTEM, "cli", write=True) as work:
            told = {"name": "Ben", "email": "ben@example.org", "roles": ["clerk"]}
            id = str(create_record(work, "user", told)["id"])
            noon = work.now.replace(hour=12, minute=0)
            for hours in (-30, -1, 1, 30):
                create_record(work, "note", {"title": f"{hours}", "answer_at": noon + timedelta(hours=hours)})
        with runtime.work(Actor(id, name="Ben", roles=frozenset({"clerk"})), "web") as work:
            work.now = noon
            page = start_page(work, Asked("GET", "/", {}, (), (), {}, {})).page
    assert isinstance(page, DeskPage)
    cards = {card.records.name: card for card in page.waits}
    assert [pill.label for pill in cards["to_answer"].pills] == ["2 overdue", "1 due today"]
    assert [row.cells[-1].tone for row in cards["to_answer"].records.rows] == ["warn", "warn", "info", "neutral"]
    assert cards["by_time"].pills == ()
