"""What stands between a page and a stranger: the token of forms, the origin of a request, notes kept for the next page."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from litestar.datastructures.cookie import Cookie
from markupsafe import Markup

from .models import Action, Link, Toast

CSRF_FIELD = "_csrf"
FLASH_COOKIE = "xrm_flash"
LONGEST_NOTE = 700
SECRET = re.compile(r"[^/]{40,}")
"""A part of an address that no name and no id is as long as."""
SAFE = frozenset({"GET", "HEAD"})
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
    "Vary": "HX-Request",
}
"""Sent with every page: nothing runs but our own scripts, nobody frames us, nothing is kept by caches."""


def csrf_token(secret: str) -> str:
    """The token that forms of a session carry: bound to the session, worthless without its cookie."""
    return hmac.new(secret.encode(), b"xrm form", hashlib.sha256).hexdigest()


def csrf_field(secret: str) -> Markup:
    """The hidden input with the token."""
    return Markup('<input type="hidden" name="{}" value="{}">').format(CSRF_FIELD, csrf_token(secret))


def is_token(given: str, secret: str) -> bool:
    """Is this the token of the session?"""
    return bool(secret) and hmac.compare_digest(given.encode(), csrf_token(secret).encode())


def is_foreign(headers: Mapping[str, str]) -> bool:
    """Does a browser say that another site sent this? (Fetch metadata; else the Origin header against the Host header.)"""
    site = headers.get("sec-fetch-site", "")
    if site:
        return site not in ("same-origin", "none")
    origin = headers.get("origin", "")
    return bool(origin) and urlsplit(origin).netloc != headers.get("host", "")


def told_path(url: str) -> str:
    """The path of an address as logs may keep it: what is as long as a secret (of a sign-in link, of a feed) stands as dots."""
    return SECRET.sub("…", url.partition("?")[0])[:200]


def own_path(text: str) -> str:
    """An address of our own to go back to; anything else is the start page (no open redirects)."""
    parts = urlsplit(text)
    safe = (
        text.startswith("/")
        and not text.startswith("//")
        and "\\" not in text
        and not parts.scheme
        and not parts.netloc
        and text.isprintable()
    )
    return text if safe else "/"


def flash(toast: Toast, secure: bool = False) -> Cookie:
    """A note for the next page, kept by the browser: its text, its tone, and the way back if there is one."""
    kept: dict[str, object] = {"text": toast.text[:LONGEST_NOTE], "tone": toast.tone}
    if toast.undo is not None:
        kept["undo"] = [toast.undo.label, toast.undo.href, [list(pair) for pair in toast.undo.fields]]
    if toast.more is not None:
        kept["more"] = [toast.more.label, toast.more.href]
    value = quote(json.dumps(kept, ensure_ascii=False))
    return Cookie(key=FLASH_COOKIE, value=value, path="/", max_age=60, httponly=True, samesite="lax", secure=secure)


def _told_more(kept: Any) -> Link | None:
    """The link of a note: to what became of an act, nowhere else."""
    if kept is None:
        return None
    label, href = kept
    is_ours = own_path(href) == href and href.startswith("/several/")
    return Link(label=str(label), href=href) if is_ours else None


def unflash(cookie: str) -> Toast | None:
    """The note that came with a request. What is no note of ours is dropped: anybody can write a cookie."""
    if not cookie:
        return None
    try:
        kept = json.loads(unquote(cookie))
        text, tone, undo = kept["text"], kept["tone"], kept.get("undo")
        if not isinstance(text, str) or tone not in ("ok", "info", "warn", "bad"):
            return None
        back = None
        if undo is not None:
            label, href, fields = undo
            pairs = tuple((str(name), str(value)) for name, value in fields)
            if own_path(href) == href and href.startswith("/undo/"):
                back = Action(label=str(label), href=href, method="post", id="undo", shortcut="undo", fields=pairs)
        return Toast(text=text, tone=tone, undo=back, more=_told_more(kept.get("more")))
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
