"""Transitions of lifecycles and actions of plugins through the API, on both databases."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.contracts.shop import World, plugin_folder
from xrm_core.errors import InvalidRecord, PluginError
from xrm_core.metamodel.values import SYSTEM
from xrm_core.services import actions, records
from xrm_core.testing import temporary_organisation

WRONG = """
from xrm_core.plugin import ActionSpec, hook


def nothing(record, values, actor, reader):
    return []


@hook
def xrm_actions():
    return [
        ActionSpec("fly", "bird", "Fly", run=nothing),
        ActionSpec("history", "thing", "History", run=nothing),
        ActionSpec("keep", "thing", "Keep", run=nothing, when="record.nmae == 'a'"),
        ActionSpec("mark", "thing", "Mark", run=nothing, fields={"a": {"type": "txet"}}),
        ActionSpec("pick", "thing", "Pick", run=nothing, fields={"a": {"type": "choice", "codes": "nowhere"}}),
        ActionSpec("use", "thing", "Use", run=nothing),
    ]
"""
THING = """
entity: thing
fields:
  name: {type: text}
  state: {type: choice, values: [fresh, used], default: fresh}
lifecycle:
  field: state
  transitions: {use: {from: [fresh], to: used}}
"""


def do(shop: World, client: dict[str, Any], name: str, token: str | None = None, **values: Any) -> Any:
    """The answer to an action."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return shop.api.post(f"/api/client/{client['id']}/{name}", json=values, headers=headers)


def test_transitions_are_offered_and_made(shop: World) -> None:
    """What the lifecycle allows is listed with what it needs; a transition sets state and fields, and is in the history."""
    client = shop.client()
    offers = {o["name"]: o for o in shop.api.get(f"/api/client/{client['id']}/transitions").json()["items"]}
    assert (offers["activate"]["allowed"], offers["activate"]["require"], offers["close"]["asks_reason"]) == (
        True,
        ["email"],
        "required",
    )
    assert "reopen" not in offers
    assert do(shop, client, "activate").json()["errors"][0]["field"] == "email"
    active = do(shop, client, "activate", email="t1@example.com")
    assert (active.status_code, active.json()["stage"], active.headers["etag"]) == (200, "active", '"2"')
    assert do(shop, client, "close").json()["errors"][0]["field"] == "reason"
    closed = do(shop, client, "close", reason="moved away").json()
    assert (closed["stage"], closed["closed_on"] is not None) == ("closed", True)
    entry = shop.api.get(f"/api/client/{client['id']}/history?limit=1").json()["items"][0]
    assert (entry["transition"], entry["reason"]) == ("close", "moved away")
    assert do(shop, client, "close", reason="again").status_code == 422


def test_transitions_ask_for_roles(shop: World) -> None:
    """Somebody without the role is refused, and the offer says why."""
    client = shop.client(email="r@example.com")
    do(shop, client, "close", reason="x")
    refused = do(shop, client, "reopen", shop.plain, closed_on=None)
    assert (refused.status_code, refused.json()["code"]) == (403, "transition_refused")
    (offer,) = shop.api.get(
        f"/api/client/{client['id']}/transitions", headers={"Authorization": f"Bearer {shop.plain}"}
    ).json()["items"]
    assert (offer["allowed"], "Manager" in offer["reason"]) == (False, True)
    assert do(shop, client, "reopen", closed_on=None).json()["stage"] == "active"


def test_guards_say_what_they_want(shop: World) -> None:
    """A guard that does not hold is told in its own words; a state set by PATCH goes the same way."""
    nobody = shop.client(name="Nobody", email="n@example.com")
    assert do(shop, nobody, "activate").json()["errors"][0]["message"] == "Nobody cannot be a client"
    assert shop.api.patch(f"/api/client/{nobody['id']}", json={"stage": "active"}).status_code == 422
    jump = shop.api.post("/api/client", json={"name": "Jump", "stage": "closed"})
    assert jump.json()["errors"][0]["code"] == "state"
    somebody = shop.client(email="s@example.com")
    assert shop.api.patch(f"/api/client/{somebody['id']}", json={"stage": "active"}).json()["stage"] == "active"


def test_an_action_changes_and_creates(shop: World) -> None:
    """What an action asks for is saved in one transaction; the answer has the record as it is now, and what else came of it."""
    client = shop.client()
    done = do(shop, client, "praise", total="12.50")
    assert done.status_code == 200, done.text
    assert (done.json()["record"]["why"], done.headers["etag"]) == ("good", '"2"')
    order, self = done.json()["changes"]
    assert (order["entity"], order["action"], self) == (
        "order",
        "create",
        {"entity": "client", "id": client["id"], "action": "update"},
    )
    assert shop.api.get(f"/api/order/{order['id']}").json()["total"] == "12.50"
    assert shop.api.get(f"/api/client/{client['id']}/history?limit=1").json()["items"][0]["reason"] == "Praise"
    assert do(shop, client, "weigh").json()["result"] == {"orders": 1}


def test_what_an_action_asks_for_is_checked(shop: World) -> None:
    """Values are typed as the action's fields say; each fault is told by its field, and nothing is done."""
    client = shop.client()
    for values, found in (
        ({}, {"total": "required"}), ({"total": "x"}, {"total": "not_a_number"}), ({"total": "-1"}, {"total": "too_small"}),
        ({"total": "1", "word": "y" * 21, "more": 1}, {"word": "too_long", "more": "unknown_field"}),
    ):  # fmt: skip
        answer = do(shop, client, "praise", **values)
        assert answer.status_code == 422
        assert {e["field"]: e["code"] for e in answer.json()["errors"]} == found
    assert shop.api.get(f"/api/client/{client['id']}").json()["version"] == 1


def test_a_closed_action_says_why(shop: World) -> None:
    """An action whose condition does not hold is offered as closed, and refused when it is called."""
    client = shop.client()
    do(shop, client, "close", reason="x")
    offers = {o["name"]: o for o in shop.api.get(f"/api/client/{client['id']}/actions").json()["items"]}
    assert (offers["praise"]["allowed"], offers["weigh"]["allowed"], offers["weigh"]["effect"]) == (False, True, "read")
    assert "does not hold" in offers["praise"]["reason"]
    refused = do(shop, client, "praise", total="1")
    assert (refused.status_code, refused.json()["code"]) == (422, "action_closed")


def test_a_failing_action_saves_nothing(shop: World) -> None:
    """An action that raises is a fault of its plugin: named, in the log, without its words, and nothing is saved."""
    client, before = shop.client(), shop.count("order")
    failed = do(shop, client, "praise", total="13")
    assert (failed.status_code, failed.json()["code"]) == (500, "plugin_failed")
    assert "extras" in failed.json()["detail"]
    assert "it raised " in failed.json()["detail"]
    assert "unlucky" not in failed.text
    assert shop.count("order") == before
    with pytest.raises(PluginError, match=r"'extras'.*praise.*unlucky"), shop.work() as w:
        actions.run_action(w, "client", client["id"], "praise", {"total": 13})


def test_actions_read_texts_of_forms(shop: World) -> None:
    """The pages give texts as people write them; the offer has typed fields for the form."""
    client = shop.client()
    with shop.work() as w:
        offer = next(
            o
            for o in actions.actions_of(w, "client", records.read_record(w, "client", client["id"]))
            if o.name == "praise"
        )
        assert [(f.name, f.type.name, f.required) for f in offer.fields] == [
            ("total", "decimal", True),
            ("word", "text", False),
        ]
        done = actions.run_action(w, "client", client["id"], "praise", {"total": "1,234.50", "word": ""}, texts=True)
        assert str(records.read_record(w, "order", done.changes[0].id)["total"]) == "1234.50"
        with pytest.raises(InvalidRecord):
            actions.run_action(w, "client", client["id"], "praise", {"total": " "}, texts=True)


def test_unsound_actions_stop_the_start(tmp_path: Path) -> None:
    """Each action that cannot work is named with its plugin when the organisation is opened, all at once."""
    folder = plugin_folder(tmp_path, "wrong", WRONG, {"entities/thing.yaml": THING})
    with pytest.raises(PluginError) as caught, temporary_organisation(folders=[folder]):
        pass
    said = [p.message for p in caught.value.problems]
    assert len(said) == 6
    for word in ("no such entity", "name is taken", "nmae", "txet", "nowhere", "transition"):
        assert any(word in s and "'wrong'" in s for s in said), word


def test_system_may_run_actions(shop: World) -> None:
    """Jobs run actions too, and the history says so."""
    client = shop.client()
    with shop.runtime.work(SYSTEM, "job", write=True) as w:
        assert actions.run_action(w, "client", client["id"], "praise", {"total": 1}).record["version"] == 2
    entry = shop.api.get(f"/api/client/{client['id']}/history?limit=1").json()["items"][0]
    assert (entry["actor_name"], entry["door"]) == ("system", "job")
