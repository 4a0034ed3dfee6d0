"""Standing in for somebody who is away: the entries of the user's menu, the notice on every page, and the switch itself."""

from __future__ import annotations

from ..language import _
from ..services import accounts
from ..services.viewing import is_viewing
from ..services.work import Work
from . import viewing
from .asked import Asked, Go
from .models import Action, Banner
from .signing_cookies import session_of

ADDRESS = "/acting"


def act_for(work: Work, asked: Asked) -> Go:
    """POST /acting: in the place of the user `for` from the next page on; as oneself where that is empty."""
    accounts.act_for(work, session_of(work.settings, asked), asked.posted("for") or None)
    return Go("/")


def entries(work: Work) -> tuple[Action, ...]:
    """What the user's menu offers: whom he may stand in for today, or the way back."""
    if is_viewing(work):
        return ()
    if work.actor.deputy_for is not None:
        return (_back(work),)
    return tuple(
        Action(
            label=_("Act for {name}", name=name),
            href=ADDRESS,
            method="post",
            icon="user-check",
            id=f"act-for-{id}",
            fields=(("for", id),),
        )
        for id, name in work.facts.get(accounts.STANDS_IN, ())
    )


def notice(work: Work) -> tuple[Banner, ...]:
    """What every page says while somebody acts in another's place."""
    if work.actor.deputy_for is None or is_viewing(work):
        return viewing.notice(work)
    text = _("You see and do what they may. The history names you both.")
    return (Banner(title=_("You act in the place of {name}", name=_name(work)), text=text, actions=(_back(work),)),)


def _back(work: Work) -> Action:
    return Action(
        label=_("Act as yourself again"),
        href=ADDRESS,
        method="post",
        icon="undo-2",
        id="act-as-self",
        fields=(("for", ""),),
    )


def _name(work: Work) -> str:
    """The name of the one who is away."""
    return next(
        (name for id, name in work.facts.get(accounts.STANDS_IN, ()) if id == work.actor.deputy_for), work.actor.name
    )
