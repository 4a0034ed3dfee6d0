"""The frame around every page: menu, top bar, crumbs, messages."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from xrm_core.web.models.forms import Option
from xrm_core.web.models.parts import Action, Banner, Link, Toast


class MenuGroup(Struct, frozen=True, kw_only=True):
    """The entries of one domain under one heading; a group without a label comes first."""

    label: str
    items: tuple[Link, ...]


class UserBox(Struct, frozen=True, kw_only=True):
    """Who is signed in; `links` are further entries of the user's menu, `actions` such that do something: to act in the
    place of somebody who is away, and as oneself again."""

    name: str
    email: str = ""
    role: str = ""
    links: tuple[Link, ...] = ()
    actions: tuple[Action, ...] = ()


class Shell(Struct, frozen=True, kw_only=True):
    """What each page template finds as `shell`.

    `path` is the address of this page (own, relative), to which the preference form returns; `read_at` the moment when it was
    drawn, which stands on paper. `dock` are at most four
    entries for the bar at the foot of a small screen. `create` are the entries of "New", `go` the places that get a
    shortcut of two keys. `unread` is how many notices the reader has not read. `theme` and `density` come
    from the reader's cookie, so the server draws the page right the first time; the form posts them to
    `preferences_url` as `theme` or `density` with `next`. `focuses` are the departments of a reader who works in several:
    the one chosen orders menu, lists and forms; it is posted there as `focus`. `languages` are those to choose from, posted to
    `language_url` as `language` with `next`.
    """

    app_name: str
    title: str
    path: str = "/"
    read_at: str = ""
    lang: str = "en"
    dir: Literal["ltr", "rtl"] = "ltr"
    theme: Literal["system", "light", "dark"] = "system"
    density: Literal["comfortable", "compact"] = "comfortable"
    user: UserBox | None = None
    focuses: tuple[Option, ...] = ()
    languages: tuple[Option, ...] = ()
    menu: tuple[MenuGroup, ...] = ()
    dock: tuple[Link, ...] = ()
    create: tuple[Link, ...] = ()
    go: tuple[Link, ...] = ()
    crumbs: tuple[Link, ...] = ()
    unread: int = 0
    toasts: tuple[Toast, ...] = ()
    banners: tuple[Banner, ...] = ()
    q: str = ""
    search_url: str = "/search"
    notices_url: str = "/notifications"
    preferences_url: str = "/preferences"
    language_url: str = "/language"
    sign_out_url: str = "/sign-out"
    home_url: str = "/"
