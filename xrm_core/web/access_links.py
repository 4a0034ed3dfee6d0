"""Ways to the pages about access, for those who may open them: from the menu, from a record, from a user."""

from __future__ import annotations

from urllib.parse import urlencode

from ..language import _
from ..services import access_log
from ..services.work import Work
from . import viewing
from .models import Action

LOG, WHY, MAP = "/access/log", "/access/explain", "/access/map"


def links(work: Work, entity: str, id: str) -> tuple[Action, ...]:
    """What administrators are offered on a record: to ask who may do what with it; on a user, what he may do, and
    to send him the link to his first password."""
    if "admin" not in work.actor.roles or work.actor.scopes is not None:
        return ()
    asks = {"user": id} if entity == "user" else {"entity": entity, "id": id}
    invite = Action(
        label=_("Send an invitation"), href=f"/account/invite/{id}", method="post", icon="mail", id="invite"
    )
    return (
        *((invite, *viewing.links(work, id)) if entity == "user" else ()),
        Action(
            label=_("Explain access"), href=f"{WHY}?{urlencode(asks)}", icon="shield-question-mark", id="explain-access"
        ),
    )


def entries(work: Work) -> list[tuple[str, str, str]]:
    """What the menu offers to those who look after access: label, address, icon."""
    if not (access_log.READERS & work.actor.roles) or work.actor.scopes is not None:
        return []
    why = [(_("Explain access"), WHY, "shield-question-mark")] if "admin" in work.actor.roles else []
    return [*why, (_("Who does what"), MAP, "table"), (_("Access log"), LOG, "history")]
