"""What the rules of outcomes say to people, in their language."""

from __future__ import annotations

from collections.abc import Mapping

from xrm_core.plugin import say

PHRASES: Mapping[str, Mapping[str, str]] = {
    "other_kind": {
        "en": "The type “{type}” is for another kind of relationship. Choose a type that fits, or none.",
        "de": "Die Art „{type}“ ist für eine andere Beziehung gedacht. Eine passende wählen oder keine.",
    },
    "closed": {
        "en": "The outcome is {status}: readings are taken while it is agreed.",
        "de": "Das Ergebnis ist {status}: gemessen wird, solange es vereinbart ist.",
    },
    "fell": {
        "en": "Health fell to “{band}”: look at {parts}",
        "de": "Zustand fiel auf „{band}“: auf {parts} achten",
    },
}


def tell(phrase: str, language: str, **values: object) -> str:
    """A phrase in the language, or in English where there is none, with its values filled in."""
    return say(PHRASES[phrase], language).format(**values)


def label(text: object, language: str) -> str:
    """A label of metadata in the language: a mapping from languages, or one text."""
    if isinstance(text, Mapping):
        return str(text.get(language.partition("-")[0]) or text.get("en") or next(iter(text.values()), ""))
    return str(text or "")
