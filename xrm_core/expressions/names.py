"""Other spellings of function names that are read, and the nearest name for an error."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from xrm_core.language import _

ALIASES = {
    "add_days": "addDays",
    "add_months": "addMonths",
    "add_years": "addYears",
    "days_between": "daysBetween",
    "fy_start": "fyStart",
    "year_start": "yearStart",
    "quarter_start": "quarterStart",
    "month_start": "monthStart",
    "week_start": "weekStart",
    "starts_with": "startsWith",
    "ends_with": "endsWith",
    "code_label": "codeLabel",
}
"""Spelling that is accepted -> the spelling that is printed."""


UNSAYABLE = frozenset({"true", "false", "null", "in"})
"""Words that are no name even after a dot, so nothing can bear them that an expression should read."""


def canonical(name: str) -> str:
    """The spelling of a function name that is printed."""
    return ALIASES.get(name, name)


def near(name: str, names: Iterable[str]) -> str | None:
    """A hint with the nearest of the valid names, or None."""
    known = list(names)
    found = difflib.get_close_matches(name, known, 1, 0.6) or [n for n in known if n.lower() == name.lower()][:1]
    return _("did you mean {near!r}?", near=found[0]) if found else None
