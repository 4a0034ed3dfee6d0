"""Several names as one phrase of the language spoken."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from .speech import spoken


def joined(names: Sequence[str], style: Literal["and", "or"] = "and") -> str:
    """`a, b and c`, or `a, b or c`, by the rules of the language (CLDR list patterns)."""
    if len(names) < 2:
        return "".join(names)
    from babel import UnknownLocaleError
    from babel.lists import format_list

    language = "en-GB" if spoken() == "en" else spoken()  # no comma before the last one
    try:
        return format_list(names, "standard" if style == "and" else "or", locale=language.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return ", ".join(names)
