"""Which screens of plugins a reader is offered: in the menu, in the palette, and at their address."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from ..errors import XrmError, in_log
from ..metamodel.catalog import Entity
from ..metamodel.text import as_text, say
from ..plugin.screens import Placed
from ..services.doors import let_in
from ..services.sight import is_open
from ..services.work import Work
from .models import Action, Link
from .offered import verdict

log = logging.getLogger("xrm.web")


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


def of_list(work: Work, entity: str, view: str) -> Iterator[tuple[str, str, str]]:
    """Title, address and icon of the screens for a whole list of an entity: those whose path ends in `{view}`."""
    for placed in work.host.screens:
        if placed.screen.entity == entity and placed.screen.path.endswith("/{view}") and is_offered(work, placed):
            yield title_of(work, placed), placed.address.replace("{view}", quote(view, safe="")), placed.screen.icon


def of_record(work: Work, entity: Entity, record: Mapping[str, Any]) -> Iterator[Action]:
    """The screens for a record, as buttons of its page. One of a plugin that fails is left out: the page is worth more."""
    for placed in work.host.screens:
        screen = placed.screen
        if screen.of is None or not is_offered(work, placed):
            continue
        if screen.entity == entity.name and not verdict(work, entity, screen.verb, str(record["id"])).allowed:
            continue
        try:
            brings = screen.of(entity, record, work.catalog)
        except Exception as fault:  # a stranger's code may raise anything
            log.warning("plugin %s: the screen %s is not offered: %s", placed.plugin, screen.path, in_log(fault))
            continue
        if brings is not None:
            name = screen.path.partition("/")[0]
            yield Action(label=title_of(work, placed), href=_with(placed, brings), icon=screen.icon, id=f"to-{name}")


def _with(placed: Placed, brings: Mapping[str, str]) -> str:
    """The address of a screen with what is brought along: in place of its names in braces, the rest as its query."""
    address, query = placed.address, {k: v for k, v in brings.items() if v}
    for name in [n for n in query if f"{{{n}}}" in address]:
        address = address.replace(f"{{{name}}}", quote(query.pop(name), safe=""))
    return f"{address}?{urlencode(query)}" if query else address


def link_to(work: Work, placed: Placed, path: str) -> Link:
    """An entry of a menu for a screen, marked where the page at `path` is it, or lies below it."""
    here = f"{path.split('?')[0]}/".startswith(f"{placed.address}/")
    return Link(
        label=title_of(work, placed), href=placed.address, icon=placed.screen.icon, current=here,
        counts=placed.screen.count is not None,
    )  # fmt: skip
