"""What a page handler takes and gives: the request as plain values, and pages, redirects and downloads as answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from litestar.datastructures.cookie import Cookie
from msgspec import Struct, field

from ..errors import Conflict
from ..language import _
from ..metamodel.values import Actor
from ..plugin.contributions import PageSlot
from ..services.runtime import Runtime
from ..services.work import Work
from .models import Action, Link, Toast, Tone

MOST_DIGITS = 18
"""Of a number in an address or a form: what has more fits into no column."""


def whole_number(text: str) -> int | None:
    """The whole number that a text is, from 0 on; None where it is none, or larger than any of ours."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS else None


def version_told(text: str) -> int | None:
    """The version of a record that a button or a form names; None where it names none. Raises Conflict where it is no number: what is
    done then would be done to whatever is there now."""
    number = whole_number(text)
    if number is None and text:
        raise Conflict(
            _("it cannot be told which state of the record you saw"), code="bad_version", hint=_("load the page again, then repeat")
        )  # fmt: skip
    return number


class Upload(Struct, frozen=True):
    """A file that came with a form."""

    name: str
    media_type: str
    body: bytes


@dataclass(slots=True)
class Asked:
    """What was asked: path and query parameters, the form with its values in order, cookies, the note left for this page."""

    method: str
    url: str
    path: Mapping[str, Any]
    query: Sequence[tuple[str, str]]
    form: Sequence[tuple[str, Any]]
    headers: Mapping[str, str]
    cookies: Mapping[str, str]
    toast: Toast | None = None
    by_name: Mapping[str, Sequence[str]] | None = None
    client: str = ""
    """The address that it came from."""

    def get(self, name: str, default: str = "") -> str:
        """The first query parameter of that name."""
        return next((v for k, v in self.query if k == name), default)

    def all(self, name: str) -> list[str]:
        """All query parameters of that name that are not empty."""
        return [v for k, v in self.query if k == name and v]

    def has(self, name: str) -> bool:
        """Was there an input of that name in the form?"""
        return name in self._texts()

    def posted(self, name: str, default: str = "") -> str:
        """The first text of that name in the form."""
        return next(iter(self._texts().get(name, ())), default)

    def posted_all(self, name: str) -> list[str]:
        """All texts of that name in the form."""
        return list(self._texts().get(name, ()))

    def _texts(self) -> Mapping[str, Sequence[str]]:
        if self.by_name is None:
            found: dict[str, list[str]] = {}
            for name, value in self.form:
                if isinstance(value, str):
                    found.setdefault(name, []).append(value)
            self.by_name = found
        return self.by_name

    @property
    def by_htmx(self) -> bool:
        """Did htmx (or a script of ours) ask, and not a full page load?"""
        return self.headers.get("hx-request") == "true"

    @property
    def wants_problem(self) -> bool:
        """Would the client rather have a problem document than an error page?"""
        return "application/problem+json" in self.headers.get("accept", "")


class Slot(Struct, frozen=True):
    """A piece of a record page that a plugin adds: where it stands, and what the plugin answered."""

    plugin: str
    place: Literal["header", "overview", "aside"]
    piece: PageSlot


class Shown(Struct):
    """A page: its template, its model, and what the frame says. The door draws the slots into the model."""

    template: str
    page: Any
    title: str
    status: int = 200
    crumbs: tuple[Link, ...] = ()
    headers: dict[str, str] = field(default_factory=dict)
    bare: bool = False
    slots: tuple[Slot, ...] = ()


class Go(Struct):
    """Somewhere else, with a word on what was done and the way back."""

    url: str
    toast: str = ""
    cookies: tuple[Cookie, ...] = ()
    tone: Tone = "ok"
    undo: Action | None = None
    more: Link | None = None


class Sent(Struct):
    """Bytes as they are, or a file that is sent as it is read: a download."""

    body: Any
    media_type: str
    headers: dict[str, str] = field(default_factory=dict)
    status: int = 200


Answer = Shown | Go | Sent
Handler = Callable[[Work, Asked], Answer]
Apart = Callable[[Runtime, Actor, Asked], Answer]
"""A handler that opens its transactions itself."""
