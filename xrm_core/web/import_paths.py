"""Paths of nested data in words: `emails[0].home` is *Email 1: home*, as people read it who never saw the file."""

from __future__ import annotations

import re

from ..language import N_, _
from ..metamodel.text import humanise

WORDS = {
    "fn": N_("Name"), "given": N_("Given name"), "family": N_("Family name"), "middle": N_("Middle name"), "prefix": N_("Title before the name"),
    "suffix": N_("Title after the name"), "org": N_("Organisation"), "unit": N_("Unit"), "title": N_("Position"), "kind": N_("Kind"),
    "birthday": N_("Birthday"), "note": N_("Note"), "emails": N_("Email"), "phones": N_("Phone"), "addresses": N_("Address"),
    "urls": N_("Website"), "categories": N_("Categories"), "home": N_("private"), "work": N_("at work"), "preferred": N_("preferred"),
    "street": N_("Street"), "locality": N_("Town"), "region": N_("Region"), "postcode": N_("Postcode"), "country": N_("Country"),
}  # fmt: skip
"""Names of cards of address books; names of other data are told by their own words."""
ITEM = re.compile(r"(.+)\[(\d+)\]")


def said_path(path: str) -> str:
    """A path in words; the name of a plain column as it is, but for those of cards."""
    parts = [part for part in path.split(".") if part]
    if len(parts) > 1 and parts[-1] == "value":
        parts.pop()
    told = [_part(part) for part in parts]
    return ": ".join([*told[:1], *(text[:1].lower() + text[1:] if text.isascii() else text for text in told[1:])])


def _part(part: str) -> str:
    item = ITEM.fullmatch(part)
    name = item[1] if item else part
    words = _(WORDS[name]) if name in WORDS else humanise(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name))
    return f"{words} {int(item[2]) + 1}" if item else words


def said_value(text: str) -> str:
    """Yes and no in words."""
    return _("Yes") if text == "True" else _("No") if text == "False" else text
