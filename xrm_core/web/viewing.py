"""View as: the button on a user's page, the notice on every page, the way back; nothing is written meanwhile."""

from __future__ import annotations

from ..errors import Refused
from ..language import _
from ..services import accounts, viewing
from ..services.work import Work
from .asked import Asked, Go
from .models import Action, Banner
from .signing_cookies import session_of

BEGIN, END = "/access/view-as", "/access/view-as/end"
OPEN = frozenset({END, "/sign-out", "/preferences"})
"""Addresses that take something while one views as somebody else: the ways out, and how one's own browser shows pages."""


def begin(work: Work, asked: Asked) -> Go:
    """POST /access/view-as: the pages as the user `user` sees them."""
    viewing.begin(work, accounts.hash_of(session_of(work.settings, asked)), asked.posted("user"))
    return Go("/")


def end(work: Work, asked: Asked) -> Go:
    """POST /access/view-as/end: as oneself again, back on the page of that user."""
    user = viewing.end(work, accounts.hash_of(session_of(work.settings, asked)))
    return Go(f"/e/user/{user}" if user else "/")


def notice(work: Work) -> tuple[Banner, ...]:
    """What every page says meanwhile."""
    if not viewing.is_viewing(work):
        return ()
    name = work.facts[viewing.FACT][1]
    back = Action(label=_("Stop viewing"), href=END, method="post", icon="undo-2", id="stop-viewing")
    text = _("You see what they see, and change nothing. The log of access tells of it.")
    return (Banner(title=_("You view the pages as {name}", name=name), tone="warn", text=text, actions=(back,)),)


def links(work: Work, user: str) -> tuple[Action, ...]:
    """The button on a user's page."""
    if not viewing.may_view_as(work, user):
        return ()
    return (
        Action(
            label=_("View as this user"), href=BEGIN, method="post", icon="eye", id="view-as", fields=(("user", user),)
        ),
    )


def refuse_writes(work: Work, asked: Asked) -> None:
    """Raise Refused for what would change something, but for the ways out."""
    if viewing.is_viewing(work) and asked.method not in ("GET", "HEAD") and asked.url.partition("?")[0] not in OPEN:
        raise Refused(
            _("nothing is changed while you view the pages as somebody else"),
            code="viewing",
            hint=_("stop viewing first"),
        )
