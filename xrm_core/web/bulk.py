"""Actions on the records ticked in a list: to the bin, out of it, through a transition; each record by itself, the refused ones named."""

from __future__ import annotations

from collections.abc import Callable

from ..errors import BadRequest, XrmError
from ..language import _
from ..metamodel.catalog import Entity
from ..metamodel.text import say
from ..services import deleting, records, transitions
from ..services.sight import is_open
from ..services.work import Work
from .asked import Asked, Go
from .cells import figure, in_sentence, title_of
from .guards import own_path
from .models import Action
from .shell import entity_url

MOST = 200
TRANSITIONS = 4
"""Transitions offered for several records at once."""


def bulk_actions(work: Work, entity: Entity) -> tuple[Action, ...]:
    """What a list offers for the records ticked: transitions that ask for nothing more, and the bin."""
    if entity.parent is not None or entity.append_only:
        return ()
    lifecycle = entity.lifecycle
    ways = (
        [
            t
            for t in lifecycle.transitions.values()
            if not t.automatic
            and not t.require
            and t.reason == "no"
            and transitions.may_make(work, t)
            and is_open(work, entity.name, t.name)
        ]
        if lifecycle
        else []
    )
    made = [
        Action(
            label=say(t.label, work.language),
            href=entity_url(entity.name, "bulk", t.name),
            method="post",
            icon="arrow-right",
        )
        for t in ways[:TRANSITIONS]
    ]
    if not is_open(work, entity.name, "delete"):
        return tuple(made)
    return (
        *made,
        Action(
            label=_("Delete"),
            href=entity_url(entity.name, "bulk", "delete"),
            method="post",
            icon="trash-2",
            style="danger",
        ),
    )


def bin_actions(work: Work, entity: Entity) -> tuple[Action, ...]:
    """What the bin offers for the records ticked."""
    if not is_open(work, entity.name, "restore"):
        return ()
    return (Action(label=_("Restore"), href=entity_url(entity.name, "bulk", "restore"), method="post", icon="undo-2"),)


def run_bulk(work: Work, asked: Asked) -> Go:
    """POST /e/{entity}/bulk/{name}: `selected` once for each record, `next` is the list to go back to."""
    entity, name = work.entity(asked.path["entity"]), asked.path["name"]
    act, word = _act(work, entity, name)
    ids = list(dict.fromkeys(asked.posted_all("selected")))
    back = own_path(asked.posted("next") or entity_url(entity.name))
    if not ids:
        return Go(back, _("Tick the records first"), tone="warn")
    if len(ids) > MOST:
        raise BadRequest(_("at most {most} records at once", most=MOST), code="too_many")
    done, refused = [], []
    for id in ids:
        title = title_of(work, entity.name, id) or id
        try:
            with work.tx.savepoint():
                act(id)
            done.append(id)
        except XrmError as fault:
            if fault.status >= 500:
                raise
            work.forget()
            refused.append(f"{title}: {fault.problems[0].message if fault.problems else fault.message}")
    return Go(
        back,
        _told(work, entity, word, len(done), refused),
        tone="warn" if refused else "ok",
    )


def _act(work: Work, entity: Entity, name: str) -> tuple[Callable[[str], object], str]:
    """What is done to each record, and how that is said. Raises BadRequest for what no list offers."""
    if name == "delete":
        return lambda one: deleting.delete_record(work, entity.name, one), _("moved to the bin")
    if name == "restore":
        return lambda one: deleting.restore_record(work, entity.name, one), "restored"
    transition = entity.lifecycle.transitions.get(name) if entity.lifecycle else None
    if transition is None:
        raise BadRequest(_("there is no {name!r} for several records", name=name), code="unknown_action")
    return lambda one: records.run_transition(
        work, entity.name, one, name
    ), f"done: {say(transition.label, work.language)}"


def _told(work: Work, entity: Entity, word: str, done: int, refused: list[str]) -> str:
    what = in_sentence(work, say(entity.label if done == 1 else entity.plural, work.language))
    parts = [f"{figure(work, done)} {what} {word}"] if done else []
    if refused:
        parts.append(f"{figure(work, len(refused))} refused. {refused[0]}" + (" …" if len(refused) > 1 else ""))
    return "; ".join(parts)
