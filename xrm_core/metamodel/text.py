"""Translatable text: `Donor` or `{en: Donor, de: Spender}` in YAML, a mapping from language to text once compiled."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from ..language import spoken

Text = Mapping[str, str]


def as_text(value: str | Mapping[str, str] | None, default: str = "", language: str = "en") -> Text:
    """Compile what the author wrote; a bare string is in `language`. An absent value becomes `default`."""
    if value is None:
        value = default
    return MappingProxyType({language: value} if isinstance(value, str) else dict(value))


def say(text: Text, language: str = "en") -> str:
    """The text in `language` (a BCP 47 tag), else in its base language, else in English, else in the first one given."""
    for tag in (language, language.split("-")[0], "en"):
        if tag in text:
            return text[tag]
    return next(iter(text.values()), "")


def called(label: object) -> str:
    """What a label of the metadata, or a text that is in one language only, calls something, in the language that is spoken."""
    return say(label, spoken()) if isinstance(label, Mapping) else str(label or "")


def in_one_line(text: object, most: int) -> str:
    """A text in one line of at most `most` characters, without signs that control anything, as a header of a mail takes it; nothing
    for None."""
    return " ".join("".join(c if c.isprintable() else " " for c in str(text or "")).split())[:most]


def humanise(name: str) -> str:
    """A readable default for a name: `received_on` -> `Received on`."""
    words = name.replace("_", " ").strip()
    return words[:1].upper() + words[1:]
