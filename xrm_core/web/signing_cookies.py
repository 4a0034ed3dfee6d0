"""The cookies of signing in: the session's, the one that leads from the first to the second factor, and the page that was asked for."""

from __future__ import annotations

from urllib.parse import quote, unquote, urlsplit

from litestar.datastructures.cookie import Cookie

from ..services.accounts import SESSION_LASTS
from ..services.settings import Settings
from ..services.signing.entering import STEP_LASTS, Came
from ..services.signing.sessions import cookie_name, is_secure
from .asked import Asked
from .guards import own_path

NEXT_LASTS = 900
"""Seconds for which the page is remembered that somebody wanted before he signed in."""
LONGEST_NEXT = 1500
"""Characters of its address: longer ones are not remembered."""


def session_cookie(settings: Settings, secret: str) -> Cookie:
    """The cookie of a session; with an empty secret the one that removes it."""
    return _cookie(settings, cookie_name(settings), secret, int(SESSION_LASTS.total_seconds()))


def step_cookie(settings: Settings, secret: str) -> Cookie:
    """The cookie between the two factors; with an empty secret the one that removes it."""
    return _cookie(settings, step_name(settings), secret, int(STEP_LASTS.total_seconds()))


def step_name(settings: Settings) -> str:
    """The name of the cookie between the two factors."""
    return "__Host-xrm_step" if is_secure(settings) else "xrm_step"


def next_name(settings: Settings) -> str:
    """The name of the cookie with the page that somebody wanted before he signed in."""
    return "__Host-xrm_next" if is_secure(settings) else "xrm_next"


def next_cookie(settings: Settings, url: str) -> Cookie:
    """The cookie with the page that somebody wanted before he signed in; with an empty address the one that removes it."""
    return _cookie(settings, next_name(settings), quote(url, safe=""), NEXT_LASTS)


def wanted(asked: Asked) -> str:
    """The page to come back to after the sign-in: the one asked for, or the one that a piece was asked for from; '' where it was
    neither a page nor an address of ours."""
    if asked.by_htmx:
        at = urlsplit(asked.headers.get("hx-current-url", ""))
        url = f"{at.path}?{at.query}" if at.query else at.path
    else:
        is_page = asked.method == "GET" and asked.headers.get("sec-fetch-dest", "document") == "document"
        url = asked.url if is_page else ""
    return url if url != "/" and len(url) <= LONGEST_NEXT and own_path(url) == url else ""


def next_of(settings: Settings, asked: Asked) -> str:
    """The page that a request wanted before the sign-in, else the start page. Anybody can write a cookie: it is one of ours, or it
    does not count."""
    url = own_path(unquote(asked.cookies.get(next_name(settings), ""))[:LONGEST_NEXT])
    return quote(url, safe="/?#:;=&%@!$'()*+,~")


def _cookie(settings: Settings, name: str, value: str, lasts: int) -> Cookie:
    secure = is_secure(settings)
    return Cookie(
        key=name, value=value, path="/", httponly=True, samesite="lax", secure=secure, max_age=lasts if value else 0
    )


def session_of(settings: Settings, asked: Asked) -> str:
    """The secret of the session that a request came with."""
    return asked.cookies.get(cookie_name(settings), "")


def step_of(settings: Settings, asked: Asked) -> str:
    """The secret of the step that a request came with."""
    return asked.cookies.get(step_name(settings), "")


def came(settings: Settings, asked: Asked) -> Came:
    """What is known of who asks."""
    return Came(asked.headers.get("user-agent", ""), session_of(settings, asked))
