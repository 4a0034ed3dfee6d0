"""Which language somebody reads: what he chose, what his browser asks for (RFC 9110, 12.5.4), and how it is written."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache

from .speech import SOURCE, known

RIGHT_TO_LEFT = frozenset({"ar", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"})
MAX_ASKED = 20


@lru_cache(maxsize=1)
def languages() -> tuple[str, ...]:
    """Languages in which the interface speaks, English first."""
    return (SOURCE, *sorted(known() - {SOURCE}))


def is_known(language: str) -> bool:
    """Does the interface speak it?"""
    return language in languages()


def base_of(language: str) -> str:
    """`de` of `de-AT`."""
    return language.replace("_", "-").split("-")[0].lower()


def direction(language: str) -> str:
    """`rtl` for languages written from right to left, else `ltr`: the value of an element's `dir`."""
    return "rtl" if base_of(language) in RIGHT_TO_LEFT else "ltr"


@lru_cache(maxsize=64)
def name_of(language: str) -> str:
    """A language by its own name: Deutsch, العربية."""
    from babel import Locale, UnknownLocaleError

    try:
        name = Locale.parse(language.replace("-", "_")).get_display_name()
    except (UnknownLocaleError, ValueError):
        return language
    return name[:1].upper() + name[1:] if name else language


@lru_cache(maxsize=512)
def _asked(header: str) -> tuple[str, ...]:
    """The tags of an `Accept-Language` header, the most wanted first; those of quality 0 are left out."""
    wanted: list[tuple[float, str]] = []
    for part in header[:1000].split(",")[:MAX_ASKED]:
        tag, _, quality = part.strip().partition(";")
        try:
            worth = float(quality.strip().removeprefix("q=")) if quality else 1.0
        except ValueError:
            continue
        if tag and 0 < worth <= 1:
            wanted.append((worth, tag.strip().lower()))
    return tuple(tag for _, tag in sorted(wanted, key=lambda pair: -pair[0]))


def best_of(header: str, among: Collection[str] = ()) -> str | None:
    """The language of those known (or of those `among`) that an `Accept-Language` header asks for first; None where it asks
    for none of them."""
    open_to = {tag.lower(): tag for tag in among or languages()}
    for tag in _asked(header):
        for candidate in (tag, base_of(tag)):
            if candidate in open_to:
                return open_to[candidate]
    return None
