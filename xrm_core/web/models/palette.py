"""The command palette: groups of places, records and things to do; and the notices of a reader."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from xrm_core.web.models.parts import Action, EmptyState, Link, Tone


class Command(Struct, frozen=True, kw_only=True):
    """One line of the palette. `method="post"` posts `fields` to `href`; `closed` is the reason why it cannot be done now.
    `keys` are the keys that do the same, as they are shown; `words` is more text that finds it."""

    label: str
    href: str
    icon: str = "arrow-right"
    sub: str = ""
    method: Literal["get", "post"] = "get"
    fields: tuple[tuple[str, str], ...] = ()
    confirm: str = ""
    closed: str = ""
    keys: tuple[str, ...] = ()
    words: str = ""


class CommandGroup(Struct, frozen=True, kw_only=True):
    """Commands under one heading. `name` tells scripts which of them a prefix asks for."""

    name: str
    title: str
    commands: tuple[Command, ...]


class PalettePage(Struct, frozen=True, kw_only=True):
    """Template `fragments/palette.html`: what the palette holds before anything is typed, or the records found for `q`."""

    groups: tuple[CommandGroup, ...]
    q: str = ""


class NoticeRow(Struct, frozen=True, kw_only=True):
    """What a reader is told: a sentence, the title of the record it is about, when, and where it leads."""

    id: str
    text: str
    href: str
    when: str
    iso: str
    icon: str = "bell"
    tone: Tone = "neutral"
    is_read: bool = False
    title: str = ""


class NoticeDay(Struct, frozen=True, kw_only=True):
    """The notices of one day."""

    title: str
    rows: tuple[NoticeRow, ...]


class NoticesPage(Struct, frozen=True, kw_only=True):
    """Template `notices.html`: what the reader is told, by day, the newest first."""

    title: str
    tabs: tuple[Link, ...]
    days: tuple[NoticeDay, ...]
    empty: EmptyState
    actions: tuple[Action, ...] = ()
    older: str = ""
