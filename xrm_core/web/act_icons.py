"""Icons of what can be done with a record: of an action what its plugin names or what it makes, of a transition what it does."""

from __future__ import annotations

from collections.abc import Mapping

from ..metamodel.catalog import CodeValue, Entity
from ..services.work import Work

VERBS = {
    "accept": "circle-check", "achieve": "trophy", "agree": "handshake", "answer": "reply", "assign": "user-check", "award": "trophy",
    "block": "ban", "cancel": "ban", "change": "pencil", "close": "archive", "confirm": "circle-check", "contact": "phone",
    "decline": "circle-x", "dismiss": "mail-x", "draft": "file-pen", "drop": "archive", "end": "archive", "expire": "calendar-x",
    "fail": "circle-x", "fulfil": "circle-check", "invest": "coins", "invoice": "receipt", "issue": "stamp", "lose": "circle-x", "merge": "merge",
    "pause": "pause", "pay": "banknote", "publish": "book-open-check", "qualify": "badge-check", "reactivate": "play",
    "receive": "banknote", "refund": "undo-2", "refuse": "circle-x", "reject": "circle-x", "renew": "repeat", "reopen": "rotate-ccw",
    "resume": "play", "retire": "archive", "return": "undo-2", "review": "search-check", "schedule": "calendar-clock", "send": "send",
    "ship": "truck", "sign": "signature", "start": "play", "stop": "octagon-x", "submit": "send", "suspend": "pause", "terminate": "octagon-x",
    "unblock": "lock-open", "unmerge": "split", "verify": "badge-check", "void": "ban", "wake": "play", "win": "trophy",
    "withdraw": "undo-2", "write_off": "eraser",
}  # fmt: skip
"""By the name of a transition, or its first word."""
TONES = {"ok": "circle-check", "bad": "circle-x"}
ONWARD, BACK, READS, RUNS = "circle-dot", "undo-2", "eye", "play"


def transition_icon(entity: Entity, name: str, codes: Mapping[str, CodeValue]) -> str:
    """The icon of a transition: by its verb, else by the state that it leads to, and whether that lies behind."""
    lifecycle = entity.lifecycle
    if lifecycle is None or name not in lifecycle.transitions:
        return ONWARD
    known = VERBS.get(name, VERBS.get(name.partition("_")[0]))
    if known is not None:
        return known
    found = lifecycle.transitions[name]
    states = list(lifecycle.states)
    colour = codes[found.target].colour if found.target in codes else None
    if colour in TONES:
        return TONES[colour]
    at = states.index(found.target) if found.target in states else len(states)
    return BACK if found.sources and all(s in states and states.index(s) > at for s in found.sources) else ONWARD


def codes_of(work: Work, entity: Entity) -> Mapping[str, CodeValue]:
    """The states of an entity with their colours; none where it has no lifecycle."""
    if entity.lifecycle is None:
        return {}
    return work.catalog.codes[str(entity.fields[entity.lifecycle.field].columns[0].kind.codes)].values


def action_icon(work: Work, entity: Entity, name: str) -> str:
    """The icon of a plugin's action: the one that it names, else of the entity that it makes, else by whether it only reads."""
    spec = work.host.actions.get((entity.name, name))
    if spec is None:
        return RUNS
    made = work.catalog.entities.get(spec.makes)
    return spec.icon or (made.icon if made is not None else "") or (READS if spec.effect == "read" else RUNS)
