"""Small values that every page is made of: links, actions, cells, pills. Plain, frozen, already formatted for the
reader.
"""

from __future__ import annotations

from typing import Literal

from markupsafe import Markup
from msgspec import Struct

Tone = Literal["neutral", "info", "ok", "warn", "bad", "accent"]
"""What a state means, in colour; always shown together with words."""

CellKind = Literal[
    "text", "title", "link", "number", "money", "percent", "date", "datetime", "pill", "tags", "boolean", "email",
    "phone", "url", "user", "rating", "colour", "progress", "file", "markdown", "json", "folded", "hidden", "empty",
]  # fmt: skip


class Link(Struct, frozen=True, kw_only=True):
    """A place to go: a menu entry, a crumb, a tab, a tile. `icon` is a Lucide name, `count` is already formatted; `counts`: it is
    asked for when the page is there."""

    label: str
    href: str
    icon: str = ""
    current: bool = False
    count: str = ""
    text: str = ""
    counts: bool = False


class Action(Struct, frozen=True, kw_only=True):
    """A button. `method="get"` makes a link to `href`; "post" makes a small form with `fields` as hidden inputs.

    `closed` is the reason why the action cannot be taken now: it is shown instead of the button's effect.
    `shortcut` is one key that works outside inputs. `confirm` is asked first, only for what cannot be undone.
    `asks`: the page of a link is a short form, which scripts open in a dialog. `apart`: a link for another tab.
    `id` must be stable when the button can be swapped by htmx; without it one is made from the label.
    """

    label: str
    href: str = ""
    method: Literal["get", "post"] = "get"
    style: Literal["default", "primary", "danger", "ghost"] = "default"
    icon: str = ""
    shortcut: str = ""
    closed: str = ""
    confirm: str = ""
    fields: tuple[tuple[str, str], ...] = ()
    id: str = ""
    text: str = ""
    asks: bool = False
    apart: bool = False
    sheet: bool = False
    """The page of a link is a sheet, which scripts open over the list."""


class Pill(Struct, frozen=True, kw_only=True):
    """A state in words with a colour."""

    label: str
    tone: Tone = "neutral"


class Cell(Struct, frozen=True, kw_only=True):
    """One value as a reader sees it, in a list, on a record, on a card.

    `text` is formatted for the reader's language. `iso` is the machine form of a date or time (ISO 8601).
    `items` are the parts of a multi-valued cell. `number` is the raw figure of rating (0 to 5) and progress (0 to 100).
    `html` is sanitised markup of a Markdown value and nothing else. Kind "hidden" says that the value exists but not
    for this reader; where access makes a value unknown, use "empty". Kind "folded" says `text`, and opens `items` as they are written.
    """

    kind: CellKind = "text"
    text: str = ""
    href: str = ""
    tone: Tone = "neutral"
    iso: str = ""
    icon: str = ""
    number: float = 0.0
    items: tuple[Cell, ...] = ()
    html: Markup | None = None
    hint: str = ""


class EmptyState(Struct, frozen=True, kw_only=True):
    """What is said where nothing is: what this is, why it is empty, what to do."""

    title: str
    text: str = ""
    icon: str = "inbox"
    actions: tuple[Action, ...] = ()


class Banner(Struct, frozen=True, kw_only=True):
    """A message across the page: a metadata error (`lines` name file, line, fault, way out), a conflict, a notice."""

    title: str
    tone: Tone = "info"
    text: str = ""
    lines: tuple[str, ...] = ()
    actions: tuple[Action, ...] = ()


class Toast(Struct, frozen=True, kw_only=True):
    """A short answer to what was just done, with the way back and the way to more about it if there is one."""

    text: str
    tone: Tone = "ok"
    undo: Action | None = None
    more: Link | None = None


class Stat(Struct, frozen=True, kw_only=True):
    """One figure with its name; `tone` and `note` say how it stands, `who` whose it is."""

    label: str
    value: str
    note: str = ""
    who: str = ""
    tone: Tone = "neutral"
    href: str = ""
    icon: str = ""
