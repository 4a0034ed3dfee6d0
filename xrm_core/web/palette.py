"""The command palette: what can be done and where one can go from here, and the records that match what is typed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from urllib.parse import urlencode, urlsplit

from ..errors import XrmError
from ..language import _
from ..metamodel.catalog import Entity
from ..metamodel.text import say
from ..services import desk, finding
from ..services.sight import is_open
from ..services.work import Work
from . import integrated, records, screens_offered
from .addresses import entity_url
from .asked import Asked, Shown
from .buttons import lifecycle_path
from .finding import searchable
from .menu import build_menu, creatable, places
from .models import Action, Command, CommandGroup, PalettePage
from .shell import own_links
from .shortcuts import caps, going

RECENT, EACH, MOST = 6, 5, 18
"""Records opened last; hits of one entity, and of all."""
RECORD = re.compile(r"/e/(?P<entity>[a-z][a-z0-9_]*)/(?P<id>[0-9a-f-]{36})(?:/|$)")


def palette(work: Work, asked: Asked) -> Shown:
    """GET /palette?at=: records opened last, what can be done with the record of the page `at`, what can be made, where to go."""
    at = urlsplit(asked.get("at")).path
    menu = build_menu(work, at)
    going_to = {one.href: one.caps for one in going(places(work, menu))}
    create = [Command(label=_("New: {name}", name=say(e.label, work.language)), href=entity_url(e.name, "new"), icon=e.icon or "plus") for e in creatable(work, menu)]  # fmt: skip
    go = [
        Command(label=link.label, href=link.href, icon=link.icon or "table-2", sub=group.label, keys=going_to.get(link.href, ()))
        for group in menu
        for link in group.items
    ]  # fmt: skip
    known = {one.href for one in go}
    go += [
        Command(label=link.label, href=link.href, icon=link.icon)
        for link in (screens_offered.link_to(work, one, at) for one in screens_offered.places(work))
        if link.href not in known
    ]
    found = RECORD.match(at)
    groups = (
        CommandGroup(
            name="recent", title=_("Opened last"), commands=tuple(_recent(work, found["id"] if found else ""))
        ),
        *([_of_record(work, found["entity"], found["id"])] if found else []),
        CommandGroup(name="create", title=_("Create"), commands=tuple(create)),
        CommandGroup(name="go", title=_("Go to"), commands=tuple(go)),
        CommandGroup(name="settings", title=_("Settings"), commands=tuple(_settings(at))),
    )
    return Shown("fragments/palette.html", PalettePage(groups=tuple(g for g in groups if g.commands)), "", bare=True)


def _recent(work: Work, here: str) -> Iterator[Command]:
    for one in desk.recent(work, RECENT, here):
        entity = work.entity(one.entity)
        yield Command(
            label=one.title, href=entity_url(entity.name, one.id), icon=entity.icon or "file", sub=say(entity.label, work.language)
        )  # fmt: skip


def _of_record(work: Work, name: str, id: str) -> CommandGroup:
    """What the header of a record's page offers, and the transitions of its lifecycle; nothing where there is no such record."""
    try:
        entity = work.entity(name)
        record = records.load(work, entity, id)
    except XrmError:
        return CommandGroup(name="actions", title="", commands=())
    header = integrated.header_of(work, entity, record) if entity.integrates else records.header(work, entity, record)
    path = lifecycle_path(work, entity, record)
    every = (*header.actions, *(path.transitions if path else ()), *header.more)
    return CommandGroup(name="actions", title=header.title, commands=tuple(_command(a) for a in {a.href + a.label: a for a in every}.values()))  # fmt: skip


def _command(action: Action) -> Command:
    return Command(
        label=action.label, href=action.href, icon=action.icon or "circle-dot", method=action.method, fields=action.fields, confirm=action.confirm,
        closed=action.closed, keys=caps(action.shortcut) if action.shortcut else (),
    )  # fmt: skip


def _settings(at: str) -> Iterator[Command]:
    looks = (
        (_("Light theme"), "theme", "light", "sun"),
        (_("Dark theme"), "theme", "dark", "moon"),
        (_("Theme of the system"), "theme", "system", "monitor"),
        (_("Comfortable rows"), "density", "comfortable", "rows-2"),
        (_("Compact rows"), "density", "compact", "rows-3"),
    )
    for label, name, value, icon in looks:
        yield Command(
            label=label, href="/preferences", icon=icon, method="post", fields=((name, value), ("next", at or "/"))
        )
    for link in own_links():
        yield Command(label=link.label, href=link.href, icon=link.icon)
    yield Command(label=_("Sign out"), href="/sign-out", icon="log-out", method="post")


def hits(work: Work, asked: Asked) -> Shown:
    """GET /palette/hits?q=: records that match, by entity. `#` in front looks for numbers and ids, `@` for people."""
    q = asked.get("q").strip()
    kind, text = (q[0], q[1:].strip()) if q[:1] in ("#", "@") else ("", q)
    groups: Sequence[CommandGroup] = ()
    if text and kind == "#":
        groups = tuple(_numbered(work, text))
    elif text:
        groups = tuple(_named(work, text, _is_somebody if kind == "@" else lambda __: True))
        groups = (*_lines(work, text), *groups) if not kind else groups
    if text and kind != "#":
        every = Command(
            label=_("Search everything for “{text}”", text=text),
            href="/search?" + urlencode({"q": text}),
            icon="search",
        )
        groups = (*groups, CommandGroup(name="search", title=_("Search"), commands=(every,)))
    return Shown("fragments/palette.html", PalettePage(groups=tuple(groups), q=q), "", bare=True)


def _lines(work: Work, text: str) -> Iterator[CommandGroup]:
    """Screens of plugins that can do something with the line as it was typed."""
    for placed in screens_offered.places(work):
        screen = placed.screen
        if screen.line and screen.takes is not None and screen.takes(text):
            link = screens_offered.link_to(work, placed, "")
            label = _("{action}: {text}", action=link.label, text=text)
            one = Command(label=label, href=f"{link.href}?{urlencode({screen.line: text})}", icon=link.icon)
            yield CommandGroup(name=f"line-{screen.path}", title=link.label, commands=(one,))


def _is_somebody(entity: Entity) -> bool:
    """People are the users, and whatever stands in relationships."""
    return entity.name == "user" or entity.integrates is not None


def _named(work: Work, text: str, wanted: Callable[[Entity], bool]) -> Iterator[CommandGroup]:
    """Records that hold the words, those of what integrates others first."""
    entities = [e for e in searchable(work) if wanted(e)]
    room = MOST
    for entity, rows, more in finding.found_in(work, text, entities, EACH):
        yield _group(work, entity, rows[:room], q=text if more else "")
        room -= len(rows)
        if room <= 0:
            return


def _group(work: Work, entity: Entity, rows: Sequence[finding.Hit], q: str = "") -> CommandGroup:
    """The hits of one entity; with the way to all of them, where there are more."""
    kind = say(entity.label, work.language)
    commands = [
        Command(label=hit.title, href=entity_url(entity.name, hit.id), icon=entity.icon or "file", sub=kind)
        for hit in rows
    ]
    if q:
        plural = say(entity.plural, work.language)
        href = entity_url(entity.name) + "?" + urlencode({"q": q})
        commands.append(Command(label=_("All {name} with “{text}”", name=plural, text=q), href=href, icon="list"))
    return CommandGroup(name="records", title=say(entity.plural, work.language), commands=tuple(commands))


def _numbered(work: Work, text: str) -> Iterator[CommandGroup]:
    """Records that bear the number, and the record with this id."""
    room = MOST
    for entity in work.catalog.entities.values():
        if room > 0 and entity.parent is None and not entity.retired and is_open(work, entity.name):
            rows = finding.numbered(work, entity, text, EACH)[:room]
            room -= len(rows)
            if rows:
                yield _group(work, entity, rows)
