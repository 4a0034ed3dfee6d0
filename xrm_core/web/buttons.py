"""What a record offers as buttons: the transitions of its lifecycle with its way through it, the actions of plugins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..compiler import compiled
from ..language import _
from ..metamodel.catalog import CodeValue, Entity
from ..metamodel.text import say
from ..services import actions, transitions
from ..services.actions import ActionOffer
from ..services.sight import reads, reads_text
from ..services.work import Work
from .act_icons import action_icon, transition_icon
from .models import Action, LifecyclePath, PathStep
from .offered import verdict, whole
from .shell import entity_url


def transition_action(base: str, offer: transitions.Offer, version: object, icon: str = "") -> Action:
    """The button of a transition: at once, by way of a form where it asks for something, or closed with the reason."""
    asks = bool(offer.require) or offer.asks_reason != "no"
    if asks and offer.allowed:
        return Action(label=offer.label, href=f"{base}/do/{offer.name}", id=f"do-{offer.name}", asks=True, icon=icon)
    fields = (("_version", str(version)),)
    return Action(
        label=offer.label,
        href=f"{base}/do/{offer.name}",
        method="post",
        closed=offer.reason,
        id=f"do-{offer.name}",
        fields=fields,
        icon=icon,
    )


def plugin_action(base: str, offer: ActionOffer, version: object, icon: str) -> Action:
    """The button of a plugin's action."""
    common: dict[str, Any] = {
        "label": offer.label,
        "href": f"{base}/run/{offer.name}",
        "id": f"run-{offer.name}",
        "icon": icon,
        "closed": offer.reason,
    }
    if offer.screen and offer.allowed:
        return Action(**{**common, "href": offer.screen})
    if offer.fields and offer.allowed:
        return Action(**common, asks=offer.effect != "read")
    return Action(**common, method="post", fields=(("_version", str(version)),))


def actions_of(work: Work, entity: Entity, record: Mapping[str, Any]) -> tuple[Action, ...]:
    """The actions of plugins on a record, those that are open first."""
    base = entity_url(entity.name, str(record["id"]))
    offers = sorted(actions.actions_of(work, entity.name, whole(entity, record)), key=lambda o: not o.allowed)
    found = (o for o in offers if o.effect == "read" or verdict(work, entity, o.name, str(record["id"])).allowed)
    return tuple(
        plugin_action(base, offer, record["version"], action_icon(work, entity, offer.name)) for offer in found
    )


def offers_of(work: Work, entity: Entity, record: Mapping[str, Any]) -> list[transitions.Offer]:
    """The transitions that are the reader's to make, open or closed by the state of things; those that are open first."""
    known = entity.lifecycle.transitions if entity.lifecycle is not None else {}
    id = str(record["id"])
    found = [
        o for o in transitions.transitions_of(work, entity.name, whole(entity, record))
        if transitions.may_make(work, known[o.name]) and verdict(work, entity, o.name, id).allowed
    ]  # fmt: skip
    told = [
        o
        if o.allowed or reads_text(work, entity.name, known[o.name].when, old=True)
        else replace(o, reason=_("not possible now"))
        for o in found
    ]
    return sorted(told, key=lambda o: not o.allowed)


def main_way(states: Sequence[str], codes: Mapping[str, CodeValue]) -> tuple[str, ...]:
    """The states that lead to the good end: up to the last one marked as good. What stands behind it is a way out."""
    good = [n for n, state in enumerate(states) if codes[state].colour == "ok"]
    ahead = states[: good[-1] + 1] if good else states
    return tuple(s for s in ahead if codes[s].colour != "bad")


def shows_state(work: Work, entity: Entity, record: Mapping[str, Any]) -> bool:
    """Whether the state of a record says something: the condition of its field, where there is one (a call has no states of mail)."""
    condition = entity.fields[entity.lifecycle.field].visible_when if entity.lifecycle is not None else None
    if condition is None:
        return True
    return bool(compiled(work.catalog, entity.name, condition, "bool").python(work.context(whole(entity, record))))


def lifecycle_path(work: Work, entity: Entity, record: Mapping[str, Any]) -> LifecyclePath | None:
    """The way of a record through its states, and the transitions that leave the present one."""
    lifecycle = entity.lifecycle
    if lifecycle is None or not reads(work, entity, lifecycle.field) or record.get(lifecycle.field) is None:
        return None
    codes = work.catalog.codes[str(entity.fields[lifecycle.field].columns[0].kind.codes)].values
    state = str(record.get(lifecycle.field))
    way = main_way(lifecycle.states, codes)
    at = way.index(state) if state in way else -1
    shown = way if at >= 0 or state not in codes else (*way, state)
    steps = tuple(
        PathStep(
            label=say(codes[code].label, work.language), tone=codes[code].colour or "accent",  # type: ignore[arg-type]  # colours are tones
            standing="current" if code == state else "done" if n < at else "ahead",
        )
        for n, code in enumerate(shown)
    )  # fmt: skip
    base = entity_url(entity.name, str(record["id"]))
    made = tuple(
        transition_action(base, offer, record["version"], transition_icon(entity, offer.name, codes))
        for offer in offers_of(work, entity, record)
    )
    return LifecyclePath(
        label=say(entity.fields[lifecycle.field].label, work.language),
        steps=steps if len(steps) > 1 and shows_state(work, entity, record) else (),
        transitions=made,
    )
