"""Pages that a plugin adds: what it declares of one, what it is given to show or to do, and what it answers."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Protocol

from ..errors import Problem
from ..metamodel.catalog import Catalog, Entity
from ..metamodel.values import NewRecord, Page, Patch, Query, Record

PATH = re.compile(r"(?:[a-z][a-z0-9-]*|\{[a-z][a-z0-9_]*\})(?:/(?:[a-z0-9][a-z0-9-]*|\{[a-z][a-z0-9_]*\}))*").fullmatch
POLICY = re.compile(r"public|signed_in|role:[a-z][a-z0-9_]{0,62}").fullmatch
GIVEN = ("asked", "actor", "reader")


@dataclass(frozen=True, slots=True)
class Screen:
    """A page of the plugin at `/p/<plugin>/<path>`; a part of the path in braces (`inbox/{request}`) is given to the functions.

    `show(asked, actor, reader)` answers the values of `template`, a template of the plugin that extends `base.html` and finds
    them in `page`, or None: there is no such page. `act(asked, actor, reader)` answers `Answered` to a form sent to the same
    address. Both leave out arguments that they do not need, and change nothing themselves. `policy`: `signed_in`, `role:NAME`,
    or `public`: anybody, signed in or not, is nobody there; the reader then sees everything and changes are the platform's own,
    as in a hook, so the screen itself asks for a secret in the address. `entity`: the screen is there for those on some of whose records `verb`
    is open. `menu` names the group of the menu in which it stands; `count(actor, reader)` is the number beside it. `line` names a
    part of its query: what is typed into the palette is offered to the screen as that, where `takes(text)` holds. A path that ends in
    `/{view}` is offered with each list of the entity, with the name of its view or the id of a saved one. `of(entity, record, catalog)`
    offers the screen as a button of a record's page: it answers what the address brings along, or None where it has nothing to do
    with the record, which holds what the reader may see of it.
    """

    path: str
    title: str | Mapping[str, str]
    template: str
    show: Callable[..., Mapping[str, Any] | Download | None]
    act: Callable[..., Answered] | None = None
    icon: str = "app-window"
    policy: str = "signed_in"
    entity: str | None = None
    verb: str = "read"
    menu: str = ""
    count: Callable[..., int] | None = None
    line: str = ""
    takes: Callable[[str], bool] | None = None
    of: Callable[[Entity, Record, Catalog], Mapping[str, str] | None] | None = None


@dataclass(frozen=True, slots=True)
class ScreenAsked:
    """What was asked of a screen: the parts of its address by name, and the texts of each name in the query and in the form sent.
    `problems`: why what was sent was not done, when the screen is shown again because of it."""

    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, Sequence[str]] = field(default_factory=dict)
    form: Mapping[str, Sequence[str]] = field(default_factory=dict)
    problems: Sequence[Problem] = ()

    def get(self, name: str, default: str = "") -> str:
        """A part of the address by its name, else the first text of that name in the query."""
        return self.path.get(name) or next(iter(self.query.get(name, ())), default)

    def posted(self, name: str, default: str = "") -> str:
        """The first text of that name in the form."""
        return next(iter(self.form.get(name, ())), default)


@dataclass(frozen=True, slots=True)
class Download:
    """What `show` may answer in place of values: bytes as they are. `name`: a file to be kept; '': to be read at once, by a
    calendar or a browser."""

    body: bytes
    media_type: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Run:
    """A change asked for by a screen: an action of a plugin, or a transition of its lifecycle, run on a record. Without `values`
    it takes the inputs of `ScreenReader.offer` that came with the form, and the version. `version`: the one that the actor saw."""

    entity: str
    id: str
    name: str
    values: Mapping[str, Any] | None = None
    version: int | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Answered:
    """What a screen did with a form. `changes` are saved together or not at all, with the rights of the actor; what refuses them
    is shown in place, as `problems` of its own are. `texts`: values of new records and patches are texts of a form, in the
    reader's notation. `go`: where to then, an address of the platform (`/e/...`) or a path below the plugin's own (`inbox`);
    '' is the screen itself. `{new}` in it, and as the id of a `Run`, is the first new record. `toast` says what was done; the way back is offered beside it. `stay`: the screen is shown in answer
    itself, for programs that follow no address (RFC 8058)."""

    changes: Sequence[NewRecord | Patch | Run] = ()
    toast: str = ""
    go: str = ""
    problems: Sequence[Problem] = ()
    texts: bool = False
    stay: bool = False


class Offered(Protocol):
    """An action or transition as a reader is offered it on a record; `reason` says why it is closed. The macro
    `asks` of `macros/screens.html` draws what it asks for."""

    name: str
    label: str
    allowed: bool
    reason: str
    fields: Sequence[Any]


class ScreenReader(Protocol):
    """What a screen may read: all that the actor may, and nothing else. What he may not see does not exist, and is None in what
    he sees otherwise. Columns are paths, as in `Query` (`party.display`); a field's name brings all that it takes to show it."""

    def get(self, entity: str, id: str, columns: Sequence[str] = ()) -> Record | None:
        """A record, or None where there is none for the actor; its stored columns where none are named."""

    def page(self, query: Query) -> Page:
        """A page of records. Raises BadRequest for what does not exist."""

    def find(self, query: Query, values: Mapping[str, Any]) -> Sequence[Record]:
        """The rows of the first page; `given.name` in the filter stands for `values`."""

    def count(self, query: Query, values: Mapping[str, Any] | None = None) -> int:
        """How many records there are."""

    def total(
        self, query: Query, by: str, sum: str | None = None, values: Mapping[str, Any] | None = None
    ) -> Mapping[Any, tuple[int, Any]]:
        """Value of the path `by` -> how many records have it, and the sum of the path `sum`."""

    def children(
        self, entity: str, field: str, ids: Sequence[str], columns: Sequence[str] = ()
    ) -> Mapping[str, Sequence[Record]]:
        """Id -> rows of a child table, many-to-many field or reverse link, as far as they are seen; one question for all."""

    def may(self, entity: str, verb: str = "read", id: str | None = None) -> bool:
        """Is the verb open on some record of the entity, or on this one?"""

    def reads(self, entity: str, path: str) -> bool:
        """Does a field, or a path through links, exist for the actor?"""

    def cell(self, entity: str, record: Record, path: str) -> Any:
        """The value of a path in a row that was asked for it, to be drawn by the macro `cell` of `macros/ui.html`."""

    def text(self, entity: str, record: Record, path: str) -> str:
        """The same as a text in the reader's language; '' where there is none."""

    def shown(self, value: Any) -> str:
        """A number, date or moment as the reader writes it."""

    def label(self, entity: str, path: str = "") -> str:
        """What an entity, or a field of it, is called."""

    def offer(self, entity: str, id: str, name: str) -> Offered | None:
        """An action or transition on a record, with its inputs; None where it is not for the actor."""

    def ask(self, entity: str, id: str, name: str, values: Mapping[str, Any] | None = None) -> Any:
        """What an action that only reads (`effect="read"`) answers about a record; None where it is not for the actor, or not now."""

    def inputs(self, entity: str, names: Sequence[str], given: Mapping[str, str] | None = None) -> Sequence[Any]:
        """Inputs for fields of a new record, as far as they are the actor's to fill, with what is `given` or was sent in them; the
        macro `inputs` of `macros/screens.html` draws them. What is wrong with a field stands beside it."""

    def taken(self, entity: str, names: Sequence[str]) -> tuple[Mapping[str, Any], Sequence[Problem]]:
        """What such inputs hold, by column, as texts for a new record; and what was wrong with them."""

    def asks(self, fields: Mapping[str, Mapping[str, Any]], prefix: str = "") -> Sequence[Any]:
        """Inputs of what the screen itself asks for, each written as a field of an entity (`{"type": "date", "label": ..}`) and named
        `prefix` and its name; with what was sent in them, and what a problem of that name says. Drawn like those of `inputs`."""

    def answers(
        self, fields: Mapping[str, Mapping[str, Any]], prefix: str = ""
    ) -> tuple[Mapping[str, Any], Sequence[Problem]]:
        """What such inputs hold by column, read as their types say (a date typed as "tomorrow" is a date); and what could not be."""

    def codes(self, codes: str) -> Mapping[str, Mapping[str, Any]]:
        """All codes of a list with their attributes, and their `label` and `help` in the reader's language; empty if there is no such list."""

    def url(self, entity: str, id: str = "") -> str:
        """The address of a list, or of a record."""

    def here(self, path: str, **query: str) -> str:
        """The address of a screen of the plugin."""

    def targets(self, entity: str, field: str) -> Sequence[str]:
        """The entities that a link may point to, by name, as far as records of them are open to the actor; none where the link is not."""

    def listed(self, view: str) -> tuple[str, Sequence[str]] | None:
        """(entity, ids) of the records of a list, by the name of its view or the id of a saved one, 10,000 at most; None where
        there is none for the actor."""

    def fault_in(self, entity: str, expression: str) -> Problem | None:
        """What is wrong with an expression that is to give a number for records of the entity, see `Reader.fault_in`."""

    def worked_out(self, entity: str, id: str, expression: str) -> Decimal | None:
        """The number that such an expression gives for a record, over what the actor sees."""

    def as_user(self, user: str) -> ScreenReader | None:
        """The same with the rights of the user of that id, for a public screen whose address belongs to him; None where he is not
        active any more."""

    def sign(self, text: str) -> str:
        """The text with a signature of the organisation's key, for an address that is a secret."""

    def signed(self, token: str) -> str | None:
        """The text that `sign` was given; None where the signature does not fit."""

    def address(self, path: str) -> str:
        """The address of a path (`/p/...`) for people outside, below the configured base."""

    @property
    def today(self) -> Any:
        """The date in the organisation's time zone."""

    @property
    def now(self) -> Any:
        """The moment, in UTC."""

    @property
    def settings(self) -> Mapping[str, Any]:
        """The organisation's settings (currency, fiscal_year_start, ...)."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A screen with the plugin that it comes from."""

    plugin: str
    screen: Screen

    @property
    def address(self) -> str:
        """Its path below the root, with what stands in braces."""
        return f"{PREFIX}/{self.plugin}/{self.screen.path}"

    @property
    def is_place(self) -> bool:
        """Can one go there without more? A screen of something named in its address is reached from others."""
        return "{" not in self.screen.path and self.screen.policy != "public"


PREFIX = "/p"


def fault_of(screen: object) -> str:
    """What is wrong with a screen as it was declared; '' where nothing is."""
    if not isinstance(screen, Screen):
        return f"xrm_screens answers a {type(screen).__name__}, not a Screen"
    if PATH(screen.path) is None:
        return f"the screen {screen.path!r} has no path like 'inbox' or 'inbox/{{request}}'"
    if POLICY(screen.policy) is None:
        return f"the screen {screen.path!r} has the policy {screen.policy!r}; it is signed_in, public or role:NAME"
    for name, function in (("show", screen.show), ("act", screen.act), ("count", screen.count)):
        if function is not None and (said := _function_fault(function)):
            return f"the screen {screen.path!r}: {name} {said}"
    return ""


def _function_fault(function: Callable[..., Any]) -> str:
    if inspect.iscoroutinefunction(function):
        return "is a coroutine; functions of screens are plain"
    unknown = [a for a in inspect.signature(function).parameters if a not in GIVEN]
    return f"asks for {', '.join(unknown)}; it is given {', '.join(GIVEN)}" if unknown else ""
