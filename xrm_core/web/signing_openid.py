"""Signing in at a provider elsewhere: there, and back."""

from __future__ import annotations

from litestar.datastructures.cookie import Cookie

from ..errors import XrmError
from ..language import _
from ..metamodel.values import Actor
from ..services.egress import Unreachable
from ..services.runtime import Runtime
from ..services.settings import Settings
from ..services.signing import openid
from ..services.signing.sessions import is_secure
from .asked import Asked, Go, Shown
from .models import Link, SignInPage
from .signing import go_on
from .signing_cookies import came


def cookie_name(settings: Settings) -> str:
    """The name of the cookie that holds what is remembered meanwhile."""
    return "__Host-xrm_openid" if is_secure(settings) else "xrm_openid"


def _cookie(settings: Settings, value: str) -> Cookie:
    return Cookie(
        key=cookie_name(settings), value=value, path="/", httponly=True, samesite="lax", secure=is_secure(settings),
        max_age=openid.LASTS if value else 0,
    )  # fmt: skip


def begin(runtime: Runtime, _: Actor, asked: Asked) -> Go | Shown:
    """GET /sign-in/with/{name}: to the provider. Nothing is changed here: what must be remembered is in a sealed cookie."""
    try:
        begun = openid.begin(runtime.settings, str(asked.path["name"]))
    except Unreachable as fault:
        return _failed(fault)
    return Go(begun.url, cookies=(_cookie(runtime.settings, begun.cookie),))


def finish(runtime: Runtime, _: Actor, asked: Asked) -> Go | Shown:
    """GET /sign-in/with/{name}/back: what the provider says."""
    settings, given = runtime.settings, {k: asked.get(k)[:4000] for k in ("code", "state", "iss") if asked.get(k)}
    cookie = asked.cookies.get(cookie_name(settings), "")
    try:
        entered = openid.finish(runtime, str(asked.path["name"]), given, cookie, came(settings, asked))
    except (openid.NotLetIn, Unreachable) as fault:
        return _failed(fault)
    gone = go_on(settings, entered, asked)
    return Go(gone.url, cookies=(*gone.cookies, _cookie(settings, "")))


def _failed(fault: XrmError) -> Shown:
    text = f"{fault.message[:1].upper()}{fault.message[1:]}."
    page = SignInPage(
        title=_("Not signed in"),
        step="refused",
        text=text,
        links=(Link(label=_("Back to the sign-in"), href="/sign-in"),),
    )
    return Shown("sign_in.html", page, page.title, fault.status)
