"""Texts in the reader's language: English in the source, other languages from gettext catalogues. Whoever speaks is a context variable."""

from .choosing import best_of, direction, is_known, languages, name_of
from .joining import joined
from .speech import N_, SOURCE, _, add_texts, ngettext, original_of, speak, speaking, spoken

__all__ = [
    "N_",
    "SOURCE",
    "_",
    "add_texts",
    "best_of",
    "direction",
    "is_known",
    "joined",
    "languages",
    "name_of",
    "ngettext",
    "original_of",
    "speak",
    "speaking",
    "spoken",
]
