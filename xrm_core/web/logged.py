"""What a row of the log of access says in detail, in the reader's language; programs and the command line have
`access_log.summary`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..language import N_, _, ngettext
from ..metamodel.catalog import Entity
from ..metamodel.text import say
from ..services.work import Work
from ..storage.access_log import Event
from .cells import codes_of

LONGEST = 80
ACTIONS = {
    "create": N_("added"), "update": N_("changed"), "delete": N_("moved to the bin"), "restore": N_("brought back"),
    "purge": N_("purged"), "begin": N_("begun"), "end": N_("ended"),
}  # fmt: skip
NAMES = {
    "method": N_("Way"), "reason": N_("Reason"), "format": N_("Format"), "columns": N_("Columns"), "logged": N_("Columns that are logged"),
    "action": N_("Action"), "user": N_("User"), "filter": N_("Filter"), "q": N_("Search"), "ticked": N_("Chosen records"), "rows": N_("Rows"),
    "before": N_("Before"), "what": N_("Change"), "name": N_("Name"), "of": N_("Of"), "command": N_("Command"),
}  # fmt: skip
"""What details are called; others keep their name."""
VALUES = {
    "link": N_("sign-in link"), "password": N_("password"), "passkey": N_("passkey"), "invited": N_("invited"), "token made": N_("token made"),
    "token revoked": N_("token revoked"), "factor removed": N_("second factor removed"), "factors reset": N_("second factors reset"),
    "recovery codes renewed": N_("recovery codes renewed"), "passkey added": N_("passkey added"), "totp added": N_("authenticator app added"),
}  # fmt: skip
"""What ways to sign in and changes of accounts are called."""


def actor_text(event: Event) -> str:
    """Who did it, and from which address."""
    name = _("System") if event.actor_name == "system" else event.actor_name
    return f"{name} · {event.client}" if event.client else name


def detail_text(work: Work, event: Event) -> str:
    """A row's detail on one line."""
    told, entity = dict(event.detail), work.catalog.entities.get(event.entity or "")
    if event.kind == "read":
        fields, n = ", ".join(_label(work, entity, name) for name in told.get("fields", ())), told.get("records", 1)
        return ngettext("{fields} of {n} record", "{fields} of {n} records", n, fields=fields)
    if event.kind == "refused":
        return str(told.get("message", ""))
    if event.kind in ("user_changed", "grant_changed") and "changes" in told:
        action = str(told.get("action", ""))
        changes = "; ".join(_change(work, entity, name, *pair) for name, pair in told["changes"].items())
        return ": ".join(part for part in (_(ACTIONS[action]) if action in ACTIONS else action, changes) if part)
    return "; ".join(_detail(name, value) for name, value in told.items())


def _detail(name: str, value: Any) -> str:
    words: Mapping[str, str] = ACTIONS if name == "action" else VALUES if name in ("method", "what") else {}
    text = _(words[value]) if isinstance(value, str) and value in words else _short(value)
    return _("{name}: {value}", name=_(NAMES[name]) if name in NAMES else name, value=text)


def _change(work: Work, entity: Entity | None, name: str, was: Any, now: Any) -> str:
    sides = [_value(work, entity, name, value) for value in (was, now)]
    said = (
        _("{value} is new", value=sides[1])
        if was is None
        else _("{before} became {after}", before=sides[0], after=sides[1])
    )
    return _("{name}: {value}", name=_label(work, entity, name), value=said)


def _label(work: Work, entity: Entity | None, name: str) -> str:
    """What a column is called."""
    field = entity.fields.get(entity.field_of_column.get(name, name)) if entity is not None else None
    return say(field.label, work.language) if field is not None else name


def _value(work: Work, entity: Entity | None, name: str, value: Any) -> str:
    field = entity.fields.get(entity.field_of_column.get(name, name)) if entity is not None else None
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    codes = codes_of(work, field) if field is not None else {}
    if isinstance(value, list):
        return _short([say(codes[v].label, work.language) if v in codes else v for v in value])
    return say(codes[value].label, work.language) if isinstance(value, str) and value in codes else _short(value)


def _short(value: Any) -> str:
    text = ", ".join(map(str, value)) if isinstance(value, list) else _("nothing") if value is None else str(value)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
