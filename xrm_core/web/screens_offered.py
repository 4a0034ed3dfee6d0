"""Which screens of plugins a reader is offered: in the menu, in the palette, and at their address."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from ..errors import XrmError
from ..metamodel.text import as_text, say
from ..plugin.screens import Placed
from ..services.doors import let_in
from ..services.sight import is_open
from ..services.work import Work
from .models import Link


def is_offered(work: Work, placed: Placed) -> bool:
    """May the reader come in, and is the verb of the screen open to him on some record?"""
    screen = placed.screen
    try:
        let_in(screen.policy, work.actor)
    except XrmError:
        return False
    return screen.entity is None or is_open(work, screen.entity, screen.verb)


def title_of(work: Work, placed: Placed) -> str:
    """What the screen is called, in the reader's language."""
    title = placed.screen.title
    return say(as_text(title if isinstance(title, str) else dict(title), "", "en"), work.language)


def screen_at(work: Work, href: str) -> Placed | None:
    """The screen at an address that names no record."""
    path = urlsplit(href).path
    return next((one for one in work.host.screens if one.address == path), None)


def places(work: Work) -> Iterator[Placed]:
    """The screens that the reader can go to."""
    return (one for one in work.host.screens if one.is_place and is_offered(work, one))


def link_to(work: Work, placed: Placed, path: str) -> Link:
    """An entry of a menu for a screen, marked where the page at `path` is it, or lies below it."""
    here = f"{path.split('?')[0]}/".startswith(f"{placed.address}/")
    return Link(
        label=title_of(work, placed), href=placed.address, icon=placed.screen.icon, current=here,
        counts=placed.screen.count is not None,
    )  # fmt: skip
