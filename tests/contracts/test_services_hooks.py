"""Hooks of plugins around a save, on both databases: what they complete, refuse, ask for, break, and do after the commit."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contracts.shop import World
from xrm_core.errors import InvalidRecord, PluginError
from xrm_core.metamodel.values import Actor
from xrm_core.services import bulk, records
from xrm_core.services.jobs import Worker
from xrm_core.storage import outbox


def committed(shop: World) -> list[Any]:
    """What the plugin has been told after commits."""
    module = next(p.module for p in shop.runtime.host.plugins if p.name == "extras")
    assert module is not None
    found: list[Any] = module.COMMITTED
    return found


def drain(shop: World) -> None:
    """Do all jobs that are due."""
    worker = Worker(shop.runtime)
    while worker.run_once():
        pass


def state(shop: World) -> list[tuple[Any, ...]]:
    """How many rows there are everywhere that a save may write to."""
    with shop.work(write=False) as w:
        return [
            w.tx.ask(f'SELECT count(*) FROM "{table}"')[0]
            for table in ("client", "order", "xrm_history", "xrm_search", "xrm_outbox")
        ]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Explode", ("'extras'", "xrm_before_save", "plugin.py", "ValueError", "secret detail")),
        ("Misspelt", ("'extras'", "xrm_before_save", "nmae")),
        ("Clash", ("'seconds'", "'extras'", "checked", "by seconds", "by extras")),
        ("Loop", ("5 levels deep",)),
    ],
)
def test_a_broken_plugin_saves_nothing(shop: World, name: str, words: tuple[str, ...]) -> None:
    """A hook that raises, sets what is not there, contradicts another plugin or never ends: named with its reason, all undone."""
    before = state(shop)
    with pytest.raises(PluginError) as fault, shop.work() as w:
        records.create_record(w, "client", {"name": name})
    told = str(fault.value)
    assert all(word in told for word in words), told
    assert state(shop) == before


def test_a_broken_plugin_stops_a_bulk_write(shop: World) -> None:
    """An exception in a hook is no fault of one row: nothing of the whole is saved."""
    before = state(shop)
    with pytest.raises(PluginError), shop.work() as w:
        bulk.upsert_records(w, "client", [{"name": "Fine"}, {"name": "Explode"}, {"name": "Fine too"}])
    assert state(shop) == before


def test_objections_concern_their_row(shop: World) -> None:
    """A batch hook sees all changes at once and objects to one; the others are saved."""
    with shop.work() as w:
        said = bulk.upsert_records(w, "client", [{"name": "  Tidy   me "}, {"name": "Forbidden"}, {"name": "Also"}])
        assert [r.status for r in said] == ["created", "refused", "created"]
        assert said[1].problems[0].message == "That name is taken by history"
        assert records.read_record(w, "client", str(said[0].id))["name"] == "Tidy me"
    with shop.work() as w, pytest.raises(InvalidRecord) as fault:
        records.create_record(w, "client", {"name": "Forbidden"})
    assert fault.value.problems[0].field == "name"


def test_what_follows_is_part_of_the_save(shop: World) -> None:
    """Records that a hook asks for are saved with the one that called for them, through the same checks, or not at all."""
    with shop.work() as w:
        id = records.create_record(w, "client", {"name": "Greedy"})["id"]
        (order,) = w.reader.find("order", "record.client == given.c", {"c": id})
        assert str(order["total"]) == "10.00"
    before = state(shop)
    shop.undone(lambda w: records.create_record(w, "client", {"name": "Greedy"}))
    assert state(shop) == before


def test_what_a_hook_changes_is_answered(shop: World) -> None:
    """A record that is changed again by a hook comes back as it is stored."""
    with shop.work() as w:
        made = records.create_record(w, "client", {"name": "Counted"})
        assert (made["version"], made["why"]) == (2, "counted")
        assert dict(made) == dict(records.read_record(w, "client", made["id"]))
        assert made["updated_by"] == w.actor.id


def test_after_a_commit_plugins_are_told(shop: World) -> None:
    """Changes are told once they are committed, with who made them; those that were undone are not."""
    drain(shop)
    told = committed(shop)
    told.clear()
    with shop.work(actor=Actor(shop.admin, "Ada")) as w:
        id = records.create_record(w, "client", {"name": "Told"})["id"]
        assert told == []
    shop.undone(lambda w: records.create_record(w, "client", {"name": "Never"}))
    assert told == [], "nothing leaves before a worker takes it"
    drain(shop)
    assert told == [(id, "create", "Told", "Ada")]


def test_a_failing_effect_is_tried_again(shop: World) -> None:
    """What raises after a commit undoes nothing; it is kept with its reason, later tried again, and holds nobody else up."""
    drain(shop)
    told = committed(shop)
    with shop.work() as w:
        jammed = records.create_record(w, "client", {"name": "Jammed"})["id"]
    with shop.work() as w:
        fine = records.create_record(w, "client", {"name": "Fine"})["id"]
    drain(shop)
    assert any(t[0] == fine for t in told)
    with shop.work(write=False) as w:
        assert records.read_record(w, "client", jammed)["name"] == "Jammed"
        kept = [j for j in outbox.jobs(w.tx, "waiting") if j.error]
        assert any("out of paper" in str(j.error) and j.attempts >= 1 for j in kept)


def test_hooks_see_what_is_about_to_be(shop: World) -> None:
    """In one piece of work later saves see earlier ones, and what hooks read is in the same transaction."""
    with shop.work() as w:
        head = records.create_record(w, "client", {"name": "Head"})["id"]
        branch = records.create_record(w, "client", {"name": "Branch", "head": head})
        assert w.reader.get("client", branch["head"])["name"] == "Head"  # type: ignore[index]
        assert [c["id"] for c in w.reader.children("client", "branches", head)] == [branch["id"]]
