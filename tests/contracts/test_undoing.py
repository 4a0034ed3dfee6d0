"""Undo on both databases: what one did is taken back as a whole, by oneself, for a while, and through the usual checks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.contracts.shop import World
from xrm_core.errors import Conflict, NotFound
from xrm_core.metamodel.values import Actor
from xrm_core.services import accounts, actions, deleting, records, undoing
from xrm_core.services.work import Work
from xrm_core.storage import history, query


def actor_of(world: World, user: str | None = None) -> Actor:
    """A user of the shop; the administrator unless said otherwise."""
    with world.work() as work:
        return accounts.actor_by_id(work, user or world.admin)


def act(world: Any, actor: Actor, do: Callable[[Work], Any], *, now: Any = None) -> tuple[undoing.Offer | None, Any]:
    """Do something as somebody, through the door of the pages; the offer to take it back, and what it answered."""
    with world.runtime.work(actor, "web", True, now) as work:
        made = do(work)
        return undoing.offer(work), made


def back(world: Any, actor: Actor, offer: undoing.Offer | None) -> undoing.Offer | None:
    """Take an act back; the offer to do it again."""
    assert offer is not None
    return act(world, actor, lambda work: undoing.undo(work, offer.id))[0]


def stored(world: World, entity: str, id: str) -> dict[str, Any]:
    """A record as it is stored, in the bin too; without what counts and stamps its writes."""
    with world.work(write=False) as work:
        found = dict(query.get(work.tx, work.catalog, entity, id, deleted=True) or {})
    return {k: v for k, v in found.items() if k not in ("version", "updated_at", "updated_by", "deleted_at")} | {
        "gone": found.get("deleted_at") is not None
    }


def rows(world: World, id: str) -> list[Any]:
    """The lines of a client."""
    with world.work(write=False) as work:
        return [
            (r["id"], r["product"], r["quantity"], r["position"])
            for r in query.referring(work.tx, work.catalog, "client_lines", "client", id)
        ]


def test_an_edit_with_rows_goes_back_and_forth(shop: World) -> None:
    """Values and rows of a table are as they were before, down to their ids; done again they are as they were after."""
    ada = actor_of(shop)
    nuts, bolts = (
        shop.make("product", code=f"NU{shop.names}1", name="Nuts"),
        shop.make("product", code=f"BO{shop.names}1", name="Bolts"),
    )
    id = shop.make("client", name=shop.name(), staff=3, lines=[{"product": nuts, "quantity": 1}])
    before, lines = stored(shop, "client", id), rows(shop, id)
    change = {
        "staff": 7,
        "note": "Tall",
        "lines": [{"product": bolts, "quantity": 4}, {"id": lines[0][0], "quantity": 2}],
    }
    offer, _ = act(shop, ada, lambda w: records.update_record(w, "client", id, change))
    after, more = stored(shop, "client", id), rows(shop, id)
    assert after["staff"] == 7
    assert len(more) == 2
    again = back(shop, ada, offer)
    assert (stored(shop, "client", id), rows(shop, id)) == (before, lines)
    assert again is not None
    assert again.again
    third = back(shop, ada, again)
    assert (stored(shop, "client", id), rows(shop, id)) == (after, more)
    assert third is not None
    assert not third.again
    with shop.work(write=False) as work:
        doors = [e.door for e in history.of(work.tx, work.catalog, "client", id) if e.record_id == id]
    assert doors == ["undo", "undo", "web", "api"]


def test_every_kind_of_act_goes_back(shop: World) -> None:
    """What was made lies in the bin, what was binned is back with all that went along, a transition is as if not made."""
    ada = actor_of(shop)
    offer, made = act(shop, ada, lambda w: records.create_record(w, "client", {"name": shop.name()}))
    again = back(shop, ada, offer)
    assert stored(shop, "client", made["id"])["gone"]
    back(shop, ada, again)
    assert not stored(shop, "client", made["id"])["gone"]
    remark = shop.make("remark", client=made["id"], text="Kept")
    branch = shop.make("client", name=shop.name(), head=made["id"])
    offer, _ = act(shop, ada, lambda w: deleting.delete_record(w, "client", made["id"]))
    assert stored(shop, "remark", remark)["gone"]
    assert stored(shop, "client", branch)["head"] is None
    again = back(shop, ada, offer)
    assert not stored(shop, "remark", remark)["gone"]
    assert stored(shop, "client", branch)["head"] == made["id"]
    assert not stored(shop, "client", made["id"])["gone"]
    before = stored(shop, "client", made["id"])
    offer, _ = act(shop, ada, lambda w: records.run_transition(w, "client", made["id"], "close", reason="done"))
    assert stored(shop, "client", made["id"])["closed_on"]
    back(shop, ada, offer)
    assert stored(shop, "client", made["id"]) == before
    del again


def test_what_hooks_and_actions_made_goes_along(shop: World) -> None:
    """An act is all that its transaction wrote, by whomever."""
    ada = actor_of(shop)
    offer, made = act(shop, ada, lambda w: records.create_record(w, "client", {"name": "Greedy"}))
    with shop.work(write=False) as work:
        (order,) = query.referring(work.tx, work.catalog, "order", "client", made["id"])
    back(shop, ada, offer)
    assert stored(shop, "order", order["id"])["gone"]
    assert stored(shop, "client", made["id"])["gone"]
    client = shop.make("client", name=shop.name())
    before = stored(shop, "client", client)
    offer, done = act(
        shop, ada, lambda w: actions.run_action(w, "client", client, "praise", {"total": "12", "word": "fine"})
    )
    assert stored(shop, "client", client)["why"] == "fine"
    back(shop, ada, offer)
    assert stored(shop, "client", client) == before
    assert stored(shop, "order", next(c.id for c in done.changes if c.entity == "order"))["gone"]


def test_somebody_who_was_quicker_is_named(shop: World) -> None:
    """Where the same value was changed since, nothing is taken back, and the refusal says what and by whom; other values do not matter."""
    ada, ben = actor_of(shop), actor_of(shop, _user(shop, "Ben"))
    name = shop.name()
    id = shop.make("client", name=name, staff=1)
    offer, _ = act(shop, ada, lambda w: records.update_record(w, "client", id, {"staff": 2, "note": "Two"}))
    act(shop, ben, lambda w: records.update_record(w, "client", id, {"staff": 3}))
    before = stored(shop, "client", id)
    with pytest.raises(Conflict, match=f"{name}: Ben changed Staff since"):
        back(shop, ada, offer)
    assert stored(shop, "client", id) == before
    act(shop, ben, lambda w: records.update_record(w, "client", id, {"staff": 2, "phone": "+353 1 234 5678"}))
    back(shop, ada, offer)
    now = stored(shop, "client", id)
    assert (now["staff"], now["note"]) == (1, None)
    assert now["phone"]


def test_what_others_use_by_now_stays(shop: World) -> None:
    """A new record that others changed, added to or point to is not taken away from them."""
    ada, ben = actor_of(shop), actor_of(shop, _user(shop, "Ben"))
    for touch, said in (
        (
            lambda w, one: records.create_record(w, "remark", {"client": one, "text": "Hello"}),
            "used by others by now: Remarks",
        ),
        (lambda w, one: records.update_record(w, "client", one, {"note": "Seen"}), "Ben changed Note since"),
    ):
        offer, made = act(shop, ada, lambda w: records.create_record(w, "client", {"name": shop.name()}))
        act(shop, ben, lambda w, touch=touch, one=made["id"]: touch(w, one))
        with pytest.raises(Conflict, match=said):
            back(shop, ada, offer)
        assert not stored(shop, "client", made["id"])["gone"]


def test_what_cannot_be_taken_back_is_not_offered(shop: World) -> None:
    """Entries that are never changed, unbroken numbers and what was purged: no offer; nothing written: no offer either."""
    ada = actor_of(shop)
    assert act(shop, ada, lambda w: records.create_record(w, "ledger", {"text": "In"}))[0] is None
    assert act(shop, ada, lambda w: records.read_record(w, "user", shop.admin))[0] is None
    gone = shop.make("client", name=shop.name())
    act(shop, ada, lambda w: deleting.delete_record(w, "client", gone))
    assert act(shop, ada, lambda w: deleting.purge_record(w, "client", gone))[0] is None


def test_only_once_only_by_oneself_and_only_for_a_while(shop: World) -> None:
    """Another person's act is not there; what was taken back is; after ten minutes it is too late."""
    ada, ben = actor_of(shop), actor_of(shop, _user(shop, "Ben"))
    id = shop.make("client", name=shop.name())
    offer, _ = act(shop, ada, lambda w: records.update_record(w, "client", id, {"staff": 5}))
    for other in ("nonsense", shop.admin):
        with pytest.raises(NotFound):
            back(shop, ada, undoing.Offer(other))
    with pytest.raises(NotFound):
        back(shop, ben, offer)
    assert offer is not None
    with shop.work() as work:
        late = work.now + undoing.KEPT + timedelta(seconds=1)
    with pytest.raises(Conflict, match="more than 10 minutes ago"):
        act(shop, ada, lambda w: undoing.undo(w, offer.id), now=late)
    back(shop, ada, offer)
    with pytest.raises(Conflict, match="already"):
        back(shop, ada, offer)


def _user(shop: World, name: str) -> str:
    with shop.work(write=False) as work:
        (found,) = query.find(
            work.tx, work.catalog, "user", "record.name == given.name", work.context(), 1, {"name": name}
        )
    return str(found["id"])
