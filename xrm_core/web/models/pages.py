"""Single pages: sign-in, errors, start, search, a plain notice."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from xrm_core.web.models.forms import FormError, FormField
from xrm_core.web.models.panels import ChartPanel
from xrm_core.web.models.parts import Action, Banner, EmptyState, Link, Stat
from xrm_core.web.models.records import RelatedList


class SignInPage(Struct, frozen=True, kw_only=True):
    """Template `sign_in.html`. "ask" posts `fields` to `action`; "confirm" posts the one-time token kept in `hidden`
    (so that a mail scanner that opens the link does not use it up); "sent" and "refused" only say what happened. `passkey`
    is what the button says that asks the browser for a passkey; `told` is what was done before.
    """

    title: str
    step: Literal["ask", "confirm", "sent", "refused"]
    text: str = ""
    action: str = "/sign-in"
    fields: tuple[FormField, ...] = ()
    hidden: tuple[tuple[str, str], ...] = ()
    errors: tuple[FormError, ...] = ()
    submit_label: str = ""
    providers: tuple[Action, ...] = ()
    links: tuple[Link, ...] = ()
    passkey: str = ""
    told: Banner | None = None


class Typed(Struct, frozen=True, kw_only=True):
    """An input of a form that came to nothing: what it is called, and what was typed into it."""

    label: str
    text: str


class ErrorPage(Struct, frozen=True, kw_only=True):
    """Template `error.html`: what happened, what is kept, whom to ask, what to do, and an id to quote, which the log has. `lines` are
    details; `typed` is what was typed into the form that came to nothing, `again` sends it once more.
    """

    status: int
    title: str
    text: str
    kept: str = ""
    ask: str = ""
    lines: tuple[str, ...] = ()
    actions: tuple[Action, ...] = ()
    typed: tuple[Typed, ...] = ()
    again: Action | None = None
    reference: str = ""


class Tile(Struct, frozen=True, kw_only=True):
    """A way into a domain: its entities and views with counts."""

    title: str
    href: str
    icon: str
    text: str = ""
    links: tuple[Link, ...] = ()
    tone: int = 1


class StartPage(Struct, frozen=True, kw_only=True):
    """Template `start.html`: what waits for the reader, then the domains. `steps` are shown in an empty
    organisation.
    """

    title: str
    text: str = ""
    stats: tuple[Stat, ...] = ()
    tiles: tuple[Tile, ...] = ()
    lists: tuple[RelatedList, ...] = ()
    charts: tuple[ChartPanel, ...] = ()
    steps: tuple[Action, ...] = ()
    actions: tuple[Action, ...] = ()


class SearchHit(Struct, frozen=True, kw_only=True):
    """A record found; `text` is a line that shows why."""

    label: str
    href: str
    kind: str
    text: str = ""
    icon: str = "file"
    id: str = ""


class SearchGroup(Struct, frozen=True, kw_only=True):
    """The hits of one entity; `all_href` is its list, filtered by the same words."""

    label: str
    hits: tuple[SearchHit, ...]
    count: str = ""
    all_href: str = ""
    icon: str = "file"


class SearchPage(Struct, frozen=True, kw_only=True):
    """Template `search.html`."""

    title: str
    q: str
    groups: tuple[SearchGroup, ...]
    empty: EmptyState | None = None
    rest_href: str = ""
    """Where what was not looked through yet is found."""


class LookupResults(Struct, frozen=True, kw_only=True):
    """Template `fragments/lookup_options.html`: what `/lookup/{entity}?q=` answers; each hit needs its `id`."""

    q: str
    hits: tuple[SearchHit, ...]
    more: bool = False


class ConfirmPage(Struct, frozen=True, kw_only=True):
    """Template `confirm.html`: a question on a page of its own, for what cannot be undone and where scripts are
    absent.
    """

    title: str
    text: str
    action: Action
    cancel_href: str
    fields: tuple[FormField, ...] = ()
    banners: tuple[Banner, ...] = ()
    errors: tuple[FormError, ...] = ()
