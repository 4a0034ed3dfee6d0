"""The menu: groups of the metadata, what plugins and tools add, where the reader is in it, and the counts beside it."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

from msgspec.structs import replace

from ..language import _
from ..metamodel.catalog import Entity, MenuItem
from ..metamodel.text import say
from ..plugin.screens import PREFIX, Placed
from ..services.sight import is_open
from ..services.work import Work
from . import access_links, focus, screens_offered
from .addresses import entity_url, view_url
from .models import Link, MenuGroup
from .offered import imports_any, list_of, offered
from .whose_dashboards import offered_dashboards


def _item(work: Work, item: MenuItem, path: str) -> Link | None:
    catalog = work.catalog
    if item.view is not None and item.view in catalog.views:
        if offered(work, catalog.views[item.view]) is None:
            return None
        href = view_url(catalog, item.view)
    elif item.entity is not None and item.entity in catalog.entities:
        if not is_open(work, item.entity):
            return None
        href = entity_url(item.entity)
    elif item.page is not None:
        screen = screens_offered.screen_at(work, item.page)
        if screen is not None:
            return _to_screen(work, item, screen, path)
        href = item.page
    else:
        return None
    return Link(
        label=say(item.label, work.language),
        href=href,
        icon=item.icon,
        current=is_here(path, href, _default_view(work, path)),
        counts=item.count and item.page is None,
    )


def _to_screen(work: Work, item: MenuItem, screen: Placed, path: str) -> Link | None:
    """An entry of the metadata for a screen of a plugin, under the label that the metadata gives it."""
    if not screens_offered.is_offered(work, screen):
        return None
    made = screens_offered.link_to(work, screen, path)
    return replace(made, label=say(item.label, work.language) or made.label, counts=made.counts and item.count)


def _default_view(work: Work, path: str) -> str:
    """The view that a list shows when its address names none."""
    parts = urlsplit(path).path.split("/")
    if len(parts) != 3 or parts[1] != "e":
        return ""
    found = list_of(work, parts[2]) if is_open(work, parts[2]) else None
    return found.name if found is not None else ""


def is_here(path: str, href: str, default_view: str = "") -> bool:
    """Does a menu entry lead to the page at hand? Filters, sorting and search change nothing; the view counts."""
    here, there = urlsplit(path), urlsplit(href)
    if here.path != there.path:
        return False
    wanted = parse_qs(there.query).get("view", [""])[0]
    shown = parse_qs(here.query).get("view", [""])[0]
    return (shown or default_view) == wanted if wanted else not shown or shown == default_view


def build_menu(work: Work, path: str) -> tuple[MenuGroup, ...]:
    """The menu: the start page, the groups of the metadata, what plugins add, what administrators need."""
    first = [Link(label=_("Start"), href="/", icon="house", current=path == "/")]
    if offered_dashboards(work):
        here = path.split("?")[0].startswith("/dashboards")
        first.append(Link(label=_("Dashboards"), href="/dashboards", icon="layout-dashboard", current=here))
    groups = [MenuGroup(label="", items=tuple(first))]
    added: dict[str, list[Link]] = {}
    for _plugin, entries in work.host.answers("xrm_menu", actor=work.actor, catalog=work.catalog):
        for entry in entries:
            if _is_shut(work, entry.href):
                continue
            count = "" if entry.badge is None else str(entry.badge)
            added.setdefault(entry.group, []).append(
                Link(label=entry.label, href=entry.href, icon=entry.icon, count=count)
            )
    screens: dict[str, list[Link]] = {}
    written = {item.page for group in work.catalog.menu for item in group.items}
    for placed in screens_offered.places(work):
        if placed.screen.menu and placed.address not in written:
            screens.setdefault(placed.screen.menu, []).append(screens_offered.link_to(work, placed, path))
    for group in focus.first(work, work.catalog.menu):
        items = screens.pop(group.name, [])
        items += [
            link
            for item in group.items
            if focus.is_offered(work, item) and (link := _item(work, item, path)) is not None
        ]
        items += added.pop(group.name, [])
        if items:
            groups.append(MenuGroup(label=say(group.label, work.language), items=tuple(items)))
    for name, items in (*screens.items(), *added.items()):
        groups.append(MenuGroup(label=name, items=tuple(items)))
    tools = [(_("Import"), "/import", "file-up")] if imports_any(work) else []
    tools += [(_("Jobs"), "/jobs", "list-checks")] if work.access.is_unlimited else []
    tools += access_links.entries(work)
    if tools:
        groups.append(
            MenuGroup(
                label=_("Tools"),
                items=tuple(
                    Link(label=n, href=h, icon=i, current=f"{path.split('?')[0]}/".startswith(f"{h}/"))
                    for n, h, i in tools
                ),
            )
        )
    return nearest(tuple(groups), path, _default_view(work, "/".join(path.split("?")[0].split("/")[:3])))


def _is_shut(work: Work, href: str) -> bool:
    """Does an address lead to an entity of which the reader reads nothing?"""
    parts = urlsplit(href).path.split("/")
    return parts[1:2] == ["e"] and len(parts) > 2 and not is_open(work, parts[2])


def nearest(groups: tuple[MenuGroup, ...], path: str, default_view: str = "") -> tuple[MenuGroup, ...]:
    """The menu with one entry marked: where none is the page itself, the list of the same entity, else the first that leads there."""
    if any(link.current for group in groups for link in group.items):
        return once(groups)
    entity = path.split("?")[0].split("/")[:3]
    if len(entity) < 3:
        return groups
    places = [
        (n, k)
        for n, group in enumerate(groups)
        for k, link in enumerate(group.items)
        if link.href.split("?")[0].split("/") == entity
    ]
    whole = [(n, k) for n, k in places if is_here("/".join(entity), groups[n].items[k].href, default_view)]
    for n, k in (whole or places)[:1]:
        items = groups[n].items
        marked = (*items[:k], replace(items[k], current=True), *items[k + 1 :])
        return (*groups[:n], replace(groups[n], items=marked), *groups[n + 1 :])
    return groups


def once(groups: tuple[MenuGroup, ...]) -> tuple[MenuGroup, ...]:
    """The menu with its first mark only: a view and its entity may both stand in it."""
    made, seen = [], False
    for group in groups:
        items = []
        for link in group.items:
            items.append(replace(link, current=link.current and not seen))
            seen = seen or link.current
        made.append(replace(group, items=tuple(items)))
    return tuple(made)


def places(work: Work, menu: tuple[MenuGroup, ...]) -> list[Link]:
    """One entry for each group of the menu: what stands for it at the foot of a small screen, and behind the key `g`."""
    return [item for group in menu if (item := _first(work, group)) is not None]


def _first(work: Work, group: MenuGroup) -> Link | None:
    """The entry that stands for a group where there is room for one: a whole list, else the first of its lists."""
    if group.items and group.items[0].href.startswith(f"{PREFIX}/"):
        return group.items[0]
    lists = [item for item in group.items if item.href.startswith("/e/")]
    whole = (i for i in lists if is_here(p := i.href.split("?")[0], i.href, _default_view(work, p)))
    return next(whole, lists[0] if lists else None)


def creatable(work: Work, menu: tuple[MenuGroup, ...]) -> list[Entity]:
    """Entities of the menu, in its order."""
    hrefs = [item.href.split("?")[0] for group in menu for item in group.items]
    names = dict.fromkeys(h.removeprefix("/e/") for h in hrefs if h.startswith("/e/"))
    return [
        work.catalog.entities[n]
        for n in names
        if n in work.catalog.entities and work.catalog.entities[n].parent is None and is_open(work, n, "create")
    ]
