"""The language of the pages: that of the user's account; before sign-in the one chosen here, else the one the browser asks for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import parse_qs

from ..language import best_of, is_known, languages, name_of, speak
from ..services.settings import Settings
from ..services.work import Work
from .asked import Asked
from .models import Option


def chosen_in(cookie: str) -> str:
    """The language that a reader's cookie names; '' where it names none that we speak."""
    found = parse_qs(cookie).get("language", [""])[0]
    return found if is_known(found) else ""


def before_sign_in(settings: Settings, cookie: str, headers: Mapping[str, str]) -> str:
    """The language for somebody who is not known yet."""
    return chosen_in(cookie) or best_of(headers.get("accept-language", "")) or settings.organisation.language


def speak_to(work: Work, asked: Asked, cookie: str) -> None:
    """Say texts in the language of whoever asks. Who is not signed in reads, in records too, what his browser asks for."""
    if work.actor.kind == "anonymous":
        work.actor = replace(work.actor, language=before_sign_in(work.settings, cookie, asked.headers))
    speak(work.actor.language)


def choices(language: str) -> tuple[Option, ...]:
    """The languages to choose from, each by its own name."""
    return tuple(Option(value=tag, label=name_of(tag), selected=tag == language) for tag in languages())
