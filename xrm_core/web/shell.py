"""The frame around pages, filled: menu from the catalog and plugins, the reader's looks, what is wrong with the metadata."""

from __future__ import annotations

from typing import Literal, cast
from urllib.parse import parse_qs

from ..language import _, direction, ngettext
from ..metamodel.text import say
from ..metamodel.values import Actor
from ..services import notices
from ..services.runtime import Runtime
from ..services.work import Work
from . import focus, standing_in, tongue
from .addresses import entity_url, view_url
from .cells import moment
from .menu import build_menu, creatable, places
from .models import Banner, Link, Option, Shell, Toast, UserBox

MAX_CREATE = 12


def own_links() -> tuple[Link, ...]:
    """Entries of the menu behind the reader's name."""
    return (Link(label=_("Your account"), href="/account", icon="user-cog"),)


def looks(cookie: str) -> tuple[str, str]:
    """Theme and density out of the reader's cookie."""
    given = parse_qs(cookie)
    theme = given.get("theme", ["system"])[0]
    density = given.get("density", ["comfortable"])[0]
    return theme if theme in ("system", "light", "dark") else "system", density if density in (
        "comfortable",
        "compact",
    ) else "comfortable"


def build_shell(
    runtime: Runtime,
    work: Work,
    path: str,
    title: str,
    crumbs: tuple[Link, ...] = (),
    toasts: tuple[Toast, ...] = (),
    cookie: str = "",
) -> Shell:
    """The frame for one page and reader."""
    theme, density = looks(cookie)
    name = runtime.settings.organisation.name
    common = {"app_name": name, "title": title, "path": path, "lang": work.language, "toasts": toasts}
    looks_of = {
        "dir": cast("Literal['ltr', 'rtl']", direction(work.language)),
        "languages": tongue.choices(work),
        "theme": cast("Literal['system', 'light', 'dark']", theme),
        "density": cast("Literal['comfortable', 'compact']", density),
    }
    if work.actor.kind == "anonymous" or work.actor.owes_factor:
        return Shell(**common, **looks_of)  # type: ignore[arg-type]  # built above with the right types
    menu = build_menu(work, path)
    plain = places(work, menu)
    create = tuple(
        Link(label=say(e.label, work.language), href=entity_url(e.name, "new"), icon=e.icon)
        for e in creatable(work, menu)
    )
    here, units = focus.department(work), focus.choices(work)
    focuses = tuple(
        Option(value=d, label=focus.label(work, d), selected=d == here) for d in (units if len(units) > 1 else ())
    )
    return Shell(
        **common, **looks_of, focuses=focuses,  # type: ignore[arg-type]  # built above with the right types
        read_at=moment(work, work.now).text, user=UserBox(name=work.actor.name, role=_roles(work), links=own_links(), actions=standing_in.entries(work)),
        menu=menu, dock=(menu[0].items[0], *plain[:3]), create=create[:MAX_CREATE], go=tuple(plain), crumbs=crumbs, unread=notices.unread(work),
        banners=(*standing_in.notice(work), *_banners(runtime, work.actor)),
    )  # fmt: skip


def _roles(work: Work) -> str:
    """The reader's roles as people call them."""
    codes = work.catalog.codes.get("user_role")
    known = codes.values if codes is not None else {}
    return ", ".join(
        say(known[role].label, work.language) if role in known else role for role in sorted(work.actor.roles)
    )


MENDERS = frozenset({"admin", "implementer"})
"""Roles whose holders are told what is wrong with metadata, and where: others can do nothing about it."""


def _banners(runtime: Runtime, actor: Actor) -> tuple[Banner, ...]:
    fault = runtime.fault
    if fault is None or not MENDERS & actor.roles:
        return ()
    here = f"{runtime.settings.root}/"  # where on the machine it lies is no reader's business
    lines = tuple(str(p).replace(here, "") for p in fault.problems[:8])
    more = len(fault.problems) - len(lines)
    text = _("The metadata in force before stays in force.")
    if more > 0:
        text += " " + ngettext("{n} more fault is in the log.", "{n} more faults are in the log.", more)
    title = _("New metadata is not in force: {fault}", fault=fault.message)
    return (Banner(title=title, tone="bad", text=text, lines=lines),)


__all__ = ["build_shell", "entity_url", "looks", "own_links", "view_url"]
