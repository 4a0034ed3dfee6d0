"""The cookies of signing in: the session's, and the one that leads from the first to the second factor."""

from __future__ import annotations

from litestar.datastructures.cookie import Cookie

from ..services.accounts import SESSION_LASTS
from ..services.settings import Settings
from ..services.signing.entering import STEP_LASTS, Came
from ..services.signing.sessions import cookie_name, is_secure
from .asked import Asked


def session_cookie(settings: Settings, secret: str) -> Cookie:
    """The cookie of a session; with an empty secret the one that removes it."""
    return _cookie(settings, cookie_name(settings), secret, int(SESSION_LASTS.total_seconds()))


def step_cookie(settings: Settings, secret: str) -> Cookie:
    """The cookie between the two factors; with an empty secret the one that removes it."""
    return _cookie(settings, step_name(settings), secret, int(STEP_LASTS.total_seconds()))


def step_name(settings: Settings) -> str:
    """The name of the cookie between the two factors."""
    return "__Host-xrm_step" if is_secure(settings) else "xrm_step"


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
