"""Undo on pages: the door attaches the offer to whatever an act answered; the route takes an act back."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

from ..errors import XrmError
from ..language import _
from ..services import undoing
from ..services.undoing import Offer
from ..services.work import Work
from .addresses import entity_url
from .asked import Answer, Asked, Go, Sent, Shown
from .guards import own_path
from .models import Action


def undo(work: Work, asked: Asked) -> Go:
    """POST /undo/{id}: an act of the reader taken back; then the page that he was on, or, where that is gone, its list."""
    back = own_path(
        asked.posted("next") or urlsplit(asked.headers.get("referer", ""))._replace(scheme="", netloc="").geturl()
    )
    try:
        with work.tx.savepoint():
            done = undoing.undo(work, asked.path["id"])
    except XrmError as fault:
        work.forget()
        if fault.status not in (403, 409, 422):
            raise
        said = " ".join(dict.fromkeys(sentence(p.message) for p in fault.problems)) or sentence(fault.message)
        return Go(back, _("Not taken back. {reason}", reason=said), tone="warn")
    path = urlsplit(back).path
    for entity, id in done.gone:
        if f"{path}/".startswith(f"{entity_url(entity, id)}/"):
            back = entity_url(entity)
    return Go(back, _("Done again") if done.again else _("Undone"))


def last(work: Work, asked: Asked) -> Sent:
    """GET /undo: what the reader did last, with the way back, for a message that is gone; or that there is nothing to take back."""
    found = undoing.last(work)
    if found is None:
        text = _("There is nothing to take back. What you did can be taken back for ten minutes; later the history of a record brings former values back, and the bin whole records.")  # fmt: skip
        told = {"text": text, "tone": "info", "undo": "", "label": ""}
    else:
        told = {"text": found[1], "tone": "info", "undo": f"/undo/{found[0].id}", "label": label(found[0])}
    return Sent(json.dumps(told).encode(), "application/json")


def sentence(text: str) -> str:
    """A reason as a sentence."""
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else f"{text}."


def attach(work: Work, answer: Answer) -> Answer:
    """The answer of something that wrote, with the way back where there is one: in its note, or in the event that shows one."""
    if not isinstance(answer, Go) and answer.status >= 400:
        return answer
    found = undoing.offer(work)
    if found is None:
        return answer
    if isinstance(answer, Go):
        answer.toast = answer.toast or _("Saved")
        answer.undo = button(found)
    elif isinstance(answer, Shown) or answer.status != 204 or "HX-Trigger" in answer.headers:
        answer.headers["HX-Trigger"] = _with_undo(answer.headers.get("HX-Trigger", ""), found)
    return answer


def button(found: Offer) -> Action:
    """The button of an offer."""
    return Action(label=label(found), href=f"/undo/{found.id}", method="post", id="undo", shortcut="undo")


def label(found: Offer) -> str:
    """What the button says."""
    return _("Redo") if found.again else _("Undo")


def _with_undo(trigger: str, found: Offer) -> str:
    """The events of an answer, with a note that carries the way back."""
    try:
        events: Any = (
            json.loads(trigger) if trigger.startswith("{") else {name: None for name in trigger.split(", ") if name}
        )
    except ValueError:
        events = {}
    note = events.get("toast")
    note = note if isinstance(note, dict) else {"text": note or _("Saved"), "tone": "ok"}
    events["toast"] = {**note, "undo": f"/undo/{found.id}", "undo_label": label(found)}
    return json.dumps(events)
