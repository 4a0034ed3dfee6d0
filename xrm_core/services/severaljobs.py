"""Acts on very many records, done by the worker in steps: they survive leaving the page, tell how far they are, and can be taken
back. How one stands is kept for the person who asked for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..errors import Conflict, NotFound, XrmError
from ..language import _, speaking
from ..metamodel.values import SYSTEM, Actor
from ..storage import outbox, personal
from ..storage.ids import new_id
from . import several, undoing
from .accounts import actor_by_id
from .several import Act, Outcome, Refusal
from .work import Work

if TYPE_CHECKING:
    from .runtime import Runtime

STEP = 200
"""Records of one transaction."""
KIND = "several"
SHOWN = 200
"""Refused records that are kept, to show."""
OVER = ("done", "failed", "undone")


def queue(work: Work, entity: str, ids: list[str], act: Act, title: str, back: str) -> str:
    """Have an act done by the worker; its id. `title` and `back` are for its page."""
    id, user = new_id(), str(work.actor.id)
    state = {
        "entity": entity, "act": act.name, "title": title, "back": back, "state": "waiting", "total": len(ids), "at": 0, "changed": 0,
        "unchanged": 0, "refused": 0, "examples": [], "acts": [], "error": "",
    }  # fmt: skip
    personal.put(work.tx, user, KIND, id, state, work.now)
    personal.shorten(work.tx, user, KIND, 50)
    payload = {
        "id": id,
        "actor": user,
        "acting": work.actor.deputy_for,
        "entity": entity,
        "ids": ids,
        "act": act.name,
        "values": dict(act.values),
    }
    outbox.put(work.tx, "several", payload, key=id)
    return id


def _kept(refused: Sequence[Refusal]) -> list[list[str]]:
    """Refusals as they are kept with the state of an act."""
    return [[one.id, one.reason, one.told, one.hint] for one in refused]


def report(work: Work, entity: str, act: Act, title: str, back: str, made: Outcome) -> str:
    """Keep what became of an act that was done at once, for whoever asked for it; its id."""
    id, user = new_id(), str(work.actor.id)
    total = made.changed + made.unchanged + len(made.refused)
    state = {
        "entity": entity, "act": act.name, "title": title, "back": back, "state": "done", "total": total, "at": total,
        "changed": made.changed, "unchanged": made.unchanged, "refused": len(made.refused), "examples": _kept(made.refused)[:SHOWN],
        "acts": [], "error": "",
    }  # fmt: skip
    personal.put(work.tx, user, KIND, id, state, work.now)
    personal.shorten(work.tx, user, KIND, 50)
    return id


def refusals(state: Mapping[str, Any]) -> list[Refusal]:
    """The refused records that are kept with the state of an act."""
    return [Refusal(*map(str, one)) for one in state["examples"]]


def state_of(work: Work, id: str) -> dict[str, Any]:
    """How an act of the actor stands. Raises NotFound."""
    found = personal.one(work.tx, str(work.actor.id), KIND, id) if work.actor.id else None
    if not isinstance(found, dict):
        raise NotFound(_("there is nothing of yours at this address"))
    return found


def queue_undo(work: Work, id: str) -> None:
    """Have an act taken back by the worker. Raises NotFound, Conflict."""
    state = state_of(work, id)
    if state["state"] != "done" or not state["acts"]:
        raise Conflict(_("this cannot be taken back now"), code="not_reversible")
    personal.put(work.tx, str(work.actor.id), KIND, id, {**state, "state": "undoing", "at": 0}, work.now)
    payload = {"id": id, "actor": work.actor.id, "acting": work.actor.deputy_for}
    outbox.put(work.tx, "several_undo", payload, key=f"undo:{id}")


def _actor(work: Work, payload: Mapping[str, Any]) -> Actor:
    return actor_by_id(work, payload["actor"], payload.get("acting"))


def carry_out(runtime: Runtime, payload: Mapping[str, Any]) -> None:
    """Do an act, step by step, from where it stands; each step with the rights that its person has then."""
    act = Act(payload["act"], payload["values"])
    try:
        while _step(runtime, payload, act):
            pass
    except XrmError as fault:
        if fault.status >= 500:
            raise
        _fail(runtime, payload, fault)


def _step(runtime: Runtime, payload: Mapping[str, Any], act: Act) -> bool:
    """The next records; False where none is left."""
    user, id = payload["actor"], payload["id"]
    with runtime.work(SYSTEM, "job", write=True) as work:
        work.actor = _actor(work, payload)
        state = personal.one(work.tx, user, KIND, id)
        if not isinstance(state, dict) or state["state"] in OVER:
            return False
        ids = payload["ids"][state["at"] : state["at"] + STEP]
        with speaking(work.actor.language):
            made = several.act_on(work, payload["entity"], ids, act)
            offered = undoing.offer(work)
        at = state["at"] + len(ids)
        state |= {
            "at": at, "changed": state["changed"] + made.changed, "unchanged": state["unchanged"] + made.unchanged,
            "refused": state["refused"] + len(made.refused), "examples": (state["examples"] + _kept(made.refused))[:SHOWN],
            "acts": [*state["acts"], *([offered.id] if offered else [])], "state": "running" if at < state["total"] else "done",
        }  # fmt: skip
        personal.put(work.tx, user, KIND, id, state, work.now)
        return bool(at < int(state["total"]))


def _fail(runtime: Runtime, payload: Mapping[str, Any], fault: XrmError) -> None:
    with runtime.work(SYSTEM, "job", write=True) as work:
        state = personal.one(work.tx, payload["actor"], KIND, payload["id"])
        if isinstance(state, dict):
            told = {**state, "state": "failed", "error": fault.message}
            personal.put(work.tx, payload["actor"], KIND, payload["id"], told, work.now)


def take_back(runtime: Runtime, payload: Mapping[str, Any]) -> None:
    """Undo an act, the last step first. What somebody changed since stays, and is counted."""
    user, id = payload["actor"], payload["id"]
    while True:
        with runtime.work(SYSTEM, "job", write=True) as work:
            work.actor = _actor(work, payload)
            state = personal.one(work.tx, user, KIND, id)
            if not isinstance(state, dict) or state["state"] != "undoing":
                return
            acts = list(state["acts"])
            if not acts:
                personal.put(work.tx, user, KIND, id, {**state, "state": "undone"}, work.now)
                return
            last = acts.pop()
            kept, back = list(state.get("kept", [])), int(state.get("back_count", 0))
            with speaking(work.actor.language):
                try:
                    with work.tx.savepoint():
                        back += undoing.undo(work, last).records
                except XrmError as fault:
                    if fault.status >= 500:
                        raise
                    work.forget()
                    kept.append(fault.problems[0].message if fault.problems else fault.message)
            personal.put(work.tx, user, KIND, id, {**state, "acts": acts, "kept": kept, "back_count": back}, work.now)


HANDLERS = {"several": carry_out, "several_undo": take_back}
