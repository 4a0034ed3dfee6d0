"""A plugin as a stranger would write it, dropped in as a folder: every hook does what its specification says."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient

from tests.contracts.isbn import ISBN
from xrm_core.app import create_app
from xrm_core.errors import InvalidRecord, NotFound, PluginError
from xrm_core.metamodel.values import SYSTEM, Actor, Query
from xrm_core.services import lists, records
from xrm_core.services.jobs import Worker
from xrm_core.services.runtime import Runtime
from xrm_core.testing import temporary_organisation

CODE = (
    '''
"""Hooks of every kind."""

from pathlib import Path

import click
from litestar import get

from xrm_core.plugin import (
    TEXT, ActionSpec, Actor, Change, FunctionSpec, MenuEntry, NewRecord, PageSlot, Patch, Problem, ValueType, Widget, T, FieldFault, hook,
)

SEEN = Path(__file__).parent / "seen.txt"


'''
    + ISBN
    + '''

@hook
def xrm_metadata():
    """A second folder."""
    return [Path(__file__).parent / "more"]


@hook
def xrm_functions():
    """turned(text): backwards, known to PostgreSQL under another name."""
    return [FunctionSpec("turned", (TEXT,), TEXT, lambda text: text[::-1], postgresql="reverse")]


@hook
def xrm_actions():
    """Lend a book."""
    return [ActionSpec("lend", "book", "Lend", run=lambda record, values, actor, reader: [Patch("book", record["id"], {"note": "lent"})])]


@hook
def xrm_templates():
    """Own templates."""
    return [Path(__file__).parent / "templates"]


@hook
def xrm_widgets():
    """An input for ISBN."""
    return {"isbn": "isbn.html"}


@hook
def xrm_routes():
    """A page of its own."""

    @get("/shelf", opt={"policy": "public"}, sync_to_thread=False)
    def shelf() -> str:
        return "a shelf"

    return [shelf]


@hook
def xrm_commands():
    """A command of its own."""

    @click.command("shelve")
    def shelve() -> None:
        """Put books back."""
        click.echo("shelved")

    return [shelve]


@hook
def xrm_started(catalog):
    """There must be books."""
    if "book" not in catalog.entities:
        raise ValueError("needs books")


@hook
def xrm_authenticate(request):
    """A badge in a header."""
    badge = request["headers"].get("x-badge")
    return Actor(None, f"badge {badge}", frozenset({"reader"})) if badge else None


@hook
def xrm_row_scope(entity, actor):
    """Readers do not see secret books."""
    return "!record.secret" if entity == "book" and "reader" in actor.roles else None


@hook(entity="book")
def xrm_before_save(change):
    """Titles are tidy."""
    return {"title": " ".join(change.after["title"].split())} if change.after["title"] else {}


@hook(entity="book")
def xrm_validate(change):
    """No book is called nothing; one title explodes."""
    if change.after["title"] == "explode":
        raise RuntimeError("pages fell out")
    return [Problem("Call it something else.", field="title")] if change.after["title"] == "nothing" else []


@hook(entity="book")
def xrm_after_save(change):
    """Each new book gets a card."""
    return [NewRecord("card", {"book": change.id})] if change.action == "create" else []


@hook(entity="book")
def xrm_after_commit(changes):
    """Note what was committed; one title never works."""
    if any(c.after["title"] == "jammed" for c in changes):
        raise OSError("the printer is out of paper")
    with SEEN.open("a") as out:
        out.writelines(c.after["title"] + "\\n" for c in changes)


@hook
def xrm_menu(actor, catalog):
    """An entry with a count."""
    return [MenuEntry("library", "Shelf", "/shelf", badge=3)]


@hook
def xrm_page_slot(slot, entity, record, actor):
    """A note beside a book."""
    return PageSlot("shelf_slot.html", {"title": record["title"]}) if entity.name == "book" and slot == "aside" else None
'''
)
ENTITIES = """
entity: book
fields:
  title: {type: text, required: true, max: 80}
  isbn: {type: isbn}
  secret: {type: boolean, default: false, required: true}
  note: {type: text}
  short: {type: formula, of: text, is: "turned(record.title)"}
---
entity: card
fields:
  book: {type: link, to: book, required: true, on_delete: cascade}
"""

ACCESS = """
role: reader
label: Reader
---
grants:
  - {role: reader, entity: book, verbs: [read, update]}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The plugin's folder."""
    root = tmp_path / "library"
    for name, text in {
        "plugin.yaml": "name: library\ntitle: Library\nversion: 0.1.0\n", "plugin.py": CODE, "entities/book.yaml": ENTITIES,
        "access/reader.yaml": ACCESS, "more/entities/shelf.yaml": "entity: shelf\nfields:\n  name: {type: text, required: true}\n",
        "templates/isbn.html": "<input>", "templates/shelf_slot.html": "<p class='slot'>On the shelf: {{ title }}</p>",
    }.items():  # fmt: skip
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, "utf-8")
    return root


@pytest.fixture
def runtime(folder: Path, database_url: str) -> Iterator[Runtime]:
    """An organisation with the plugin, on either database."""
    with temporary_organisation(folders=[folder], url=database_url) as made:
        yield made


def create(runtime: Runtime, **values: Any) -> dict[str, Any]:
    """A book, made by the system."""
    with runtime.work(SYSTEM, "api", write=True) as work:
        return dict(records.create_record(work, "book", values))


def count(runtime: Runtime, entity: str) -> int:
    """How many records there are."""
    with runtime.work(SYSTEM, "cli") as work:
        return lists.count_records(work, Query(entity))


def test_a_save_runs_through_all_hooks(runtime: Runtime) -> None:
    """Tidied before, followed by a card, told after the commit."""
    book = create(runtime, title="  two   towers ", isbn="978-0-261-10236-1")
    assert book["title"] == "two towers"
    assert book["isbn"] == "9780261102361"
    assert count(runtime, "card") == 1
    worker = Worker(runtime)
    while worker.run_once():
        pass
    module = next(p.module for p in runtime.host.plugins if p.name == "library")
    assert module is not None
    assert module.SEEN.read_text() == "two towers\n"


def test_problems_and_exceptions_save_nothing(runtime: Runtime) -> None:
    """An objection names the field; an exception names plugin, hook and reason; neither leaves anything behind."""
    with pytest.raises(InvalidRecord) as objected:
        create(runtime, title="nothing")
    assert [p.field for p in objected.value.problems] == ["title"]
    with pytest.raises(PluginError) as raised:
        create(runtime, title="explode")
    for part in ("'library'", "xrm_validate", "pages fell out"):
        assert part in raised.value.message
    assert count(runtime, "book") == count(runtime, "card") == 0


def test_a_type_and_a_function_from_outside(runtime: Runtime) -> None:
    """The plugin's type refuses and stores, its function is computed in lists and filters on both databases."""
    with pytest.raises(InvalidRecord) as refused:
        create(runtime, title="x", isbn="123")
    assert refused.value.problems[0].code == "isbn"
    create(runtime, title="emma")
    create(runtime, title="dune")
    with runtime.work(SYSTEM, "api") as work:
        rows = lists.list_records(work, Query("book", ("short",), "record.short == 'amme'")).rows
    assert [r["short"] for r in rows] == ["amme"]


def test_rows_are_narrowed_on_every_way(runtime: Runtime) -> None:
    """A reader neither lists, counts, reads nor changes a secret book."""
    open_book, secret = create(runtime, title="open"), create(runtime, title="hidden", secret=True)
    reader = Actor(None, "reader", frozenset({"reader"}))
    with runtime.work(reader, "api", write=True) as work:
        assert [r["title"] for r in lists.list_records(work, Query("book", ("title",))).rows] == ["open"]
        assert lists.count_records(work, Query("book")) == 1
        assert records.read_record(work, "book", open_book["id"])["title"] == "open"
        with pytest.raises(NotFound):
            records.read_record(work, "book", secret["id"])
        with pytest.raises(NotFound):
            records.update_record(work, "book", secret["id"], {"title": "mine"})


def test_failing_work_after_the_commit_becomes_a_dead_letter(runtime: Runtime) -> None:
    """The save stays; the job is tried again and ends among the dead letters."""
    create(runtime, title="jammed")
    worker = Worker(runtime)
    assert worker.run_once()
    assert count(runtime, "book") == 1
    assert not worker.run_once(), "it is tried again later, not at once"


def test_metadata_menu_and_start(runtime: Runtime) -> None:
    """The second folder is read, the menu has the entry, `xrm_started` may object."""
    assert "shelf" in runtime.catalog.entities
    entries = [e for _, given in runtime.host.answers("xrm_menu", actor=SYSTEM, catalog=runtime.catalog) for e in given]
    assert [(e.label, e.badge) for e in entries] == [("Shelf", 3)]
    with pytest.raises(PluginError, match="needs books"):
        runtime.host.started(type(runtime.catalog)("none", {}))


def test_routes_badges_and_slots_in_the_web_server(runtime: Runtime) -> None:
    """The plugin's route answers, its badge signs in to the pages, and a route without a policy stops the start."""
    book = create(runtime, title="open")
    app = create_app(runtime, worker=False, watch=False)
    with TestClient(app, base_url="http://127.0.0.1") as client:
        assert client.get("/shelf").text == "a shelf"
        assert client.get(f"/e/book/{book['id']}", follow_redirects=False).status_code == 303
        page = client.get(f"/e/book/{book['id']}", headers={"X-Badge": "7"})
        assert page.status_code == 200
        assert "open" in page.text
    module = next(p.module for p in runtime.host.plugins if p.name == "library")
    assert module is not None
    handler = module.xrm_routes()[0]
    handler.opt.pop("policy")
    assert asyncio.iscoroutinefunction(handler.fn) is False
