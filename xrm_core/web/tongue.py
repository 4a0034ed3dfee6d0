"""The language of the pages: that of the user's account; before sign-in the one chosen here, else the one the browser asks for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from litestar.datastructures.cookie import Cookie

from ..language import best_of, is_known, languages, name_of, speak
from ..services.accounts import choose_language
from ..services.settings import Settings
from ..services.signing.sessions import is_secure
from ..services.viewing import is_viewing
from ..services.work import Work
from .asked import Asked, Go
from .guards import own_path
from .models import Option

COOKIE = "xrm_language"
YEAR = 365 * 24 * 3600


def before_sign_in(settings: Settings, cookies: Mapping[str, str], headers: Mapping[str, str]) -> str:
    """The language for somebody who is not known yet."""
    chosen = cookies.get(COOKIE, "")
    if is_known(chosen):
        return chosen
    return best_of(headers.get("accept-language", "")) or settings.organisation.language


def speak_to(work: Work, asked: Asked) -> None:
    """Say texts in the language of whoever asks."""
    if work.actor.kind == "anonymous":
        work.actor = replace(work.actor, language=before_sign_in(work.settings, asked.cookies, asked.headers))
    speak(work.actor.language)


def choices(work: Work) -> tuple[Option, ...]:
    """The languages to choose from, each by its own name; none for who looks through somebody else's eyes."""
    if work.actor.deputy_for is not None or is_viewing(work):
        return ()
    return tuple(Option(value=tag, label=name_of(tag), selected=tag == work.language) for tag in languages())


def choose(work: Work, asked: Asked) -> Go:
    """POST /language: the language of the account from now on, and of this browser before the next sign-in."""
    wanted, there = asked.posted("language"), own_path(asked.posted("next", "/"))
    if not is_known(wanted):
        return Go(there)
    if work.actor.kind == "user" and choices(work) and wanted != work.language:
        choose_language(work, wanted)
    cookie = Cookie(
        key=COOKIE, value=wanted, path="/", max_age=YEAR, httponly=True, samesite="lax", secure=is_secure(work.settings)
    )
    return Go(there, cookies=(cookie,))
