"""Ways across a board that actions of plugins open: an action that says which state it leads to is taken by moving the card there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..errors import InvalidRecord
from ..metamodel.catalog import Entity, View
from ..plugin.contributions import ActionSpec
from ..services.action_specs import action_of
from ..services.actions import run_action
from ..services.permits import opens_action
from ..services.records import read_record
from ..services.work import Work
from .offered import open_on, verdict
from .shell import entity_url

Open = Sequence[tuple[ActionSpec, frozenset[str]]]
"""Actions, each with the ids of the cards on which it is open."""


def ways_of(work: Work, entity: Entity, view: View) -> tuple[ActionSpec, ...]:
    """The actions that lead from column to column of a board by the lifecycle."""
    if entity.lifecycle is None or entity.lifecycle.field != view.by:
        return ()
    found = (spec for (name, __), spec in work.host.actions.items() if name == entity.name and spec.to)
    return tuple(spec for spec in found if opens_action(work, entity.name, spec.name, spec.effect))


def open_ways(work: Work, entity: Entity, view: View, ids: Iterable[str]) -> Open:
    """Which of them are open on which cards."""
    wanted = list(ids)
    return [(spec, open_on(work, entity, spec.name, wanted)) for spec in ways_of(work, entity, view)]


def targets(open: Open, id: str, state: str) -> tuple[str, ...]:
    """The states that a card may be moved to by an action."""
    found = (spec for spec, ids in open if state in spec.sources and id in ids)
    return tuple(dict.fromkeys(spec.to for spec in found if spec.to != state))


def take(work: Work, entity: Entity, view: View, id: str, to: str, version: int) -> str | None:
    """Move a card by the action that leads to a state. None where there is none; '' when it is done; else the address of its form,
    where it asks for something, or does not go through without. Raises as `run_action`."""
    specs = [spec for spec in ways_of(work, entity, view) if spec.to == to]
    if not specs:
        return None
    state = read_record(work, entity.name, id, (str(view.by),))[str(view.by)]
    fit = (s for s in specs if state in s.sources and verdict(work, entity, s.name, id).allowed)
    spec = next(fit, None)
    if spec is None:
        return None
    form, fields = (
        entity_url(entity.name, id, "run", spec.name),
        action_of(work.host, work.catalog, entity.name, spec.name).fields,
    )
    if any(field.required for field in fields):
        return form
    try:
        with work.tx.savepoint():
            run_action(work, entity.name, id, spec.name, {}, version)
    except InvalidRecord as fault:
        if not fields or fault.code == "action_closed":
            raise
        work.forget()
        return form
    return ""
