"""Countries, languages, currencies and time zones in inputs: one types a name, and the few that fit are offered.

A list of all of them would weigh as much as the rest of a form and is no pleasure to scroll; what is typed is understood by the
server, so that it works without scripts too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import lru_cache

from ..errors import NotFound
from ..fields.standards import (
    countries,
    country_name,
    currencies,
    currency_name,
    fold,
    language_name,
    languages,
    read_country,
)
from ..fields.time_zone import time_zones
from ..language import _
from ..metamodel.catalog import Field
from ..metamodel.field_type import FieldFault
from ..services.work import Work
from .asked import Asked, Shown
from .models import Lookup, LookupResults, SearchHit

SOURCES = ("countries", "languages", "currencies", "time_zones")
MOST = 40
"""So many are offered at once."""
SHORTEST = 3
"""So many letters may stand for the only name that begins with them."""


def source_of(field: Field, column: str) -> str:
    """The standard that the names of a column come from; empty for others and where metadata allows only some."""
    if field.type.name in ("address", "country") and (field.type.name == "country" or column.endswith("_country")):
        props = field.type.widget(field).props
        return "" if props.get("only") else "countries"
    props = field.type.widget(field).props if field.columns and field.columns[0].name == column else {}
    source = str(props.get("source") or "")
    return source if source in SOURCES and not props.get("only") else ""


@lru_cache(maxsize=64)
def named(source: str, language: str) -> Mapping[str, str]:
    """Names by code, in the order of the names."""
    if source == "countries":
        pairs = [(code, country_name(code, language)) for code in countries()]
    elif source == "currencies":
        pairs = [(code, f"{code} – {currency_name(code, language)}") for code in currencies()]
    elif source == "languages":
        pairs = [(code, language_name(code, language)) for code in languages()]
    else:
        pairs = [(zone, zone) for zone in time_zones()]
    return dict(sorted(pairs, key=lambda pair: fold(pair[1]) or pair[1]))


@lru_cache(maxsize=64)
def _codes(source: str, language: str) -> Mapping[str, str]:
    return {_folded(name): code for code, name in named(source, language).items()}


def _folded(name: str) -> str:
    return fold(name) or name.casefold()


def name_of(source: str, code: str, language: str) -> str:
    """What an input shows for a code; what is none stays as it is."""
    name = named(source, language).get(code)
    if name is None and source == "languages" and code:
        name = language_name(code, language)
        return name if code_of(source, name, language) == code else code
    return code if name is None else name


def code_of(source: str, words: str, language: str) -> str:
    """The code that typed words mean: a code, a name, or the beginning of a single name. Other words stay, for whoever checks them."""
    words = words.strip()
    known = named(source, language)
    table, folded = _codes(source, language), _folded(words)
    if words in known or not words:
        return words
    if folded in table:
        return table[folded]
    for code in (words.upper(), words.lower()):
        if code in known:
            return code
    begun = {code for name, code in table.items() if name.startswith(folded)} if len(folded) >= SHORTEST else set()
    return begun.pop() if len(begun) == 1 else words


def lookup_of(source: str, code: str, language: str) -> Lookup:
    """Where the names that fit are found; the name of what is chosen."""
    return Lookup(url=f"/names/{source}", label=name_of(source, code, language))


def fitting(source: str, q: str, language: str, first: Sequence[str] = ()) -> list[str]:
    """The codes that words may mean, the likeliest first; with no words all of them behind `first`."""
    known, folded = named(source, language), _folded(q.strip())
    if not folded:
        return list(dict.fromkeys([*(code for code in first if code in known), *known]))
    exact = {code_of(source, q, language)} & set(known)
    if source == "countries":
        with suppress(FieldFault):
            exact.add(read_country(q, language))
    ranks: dict[str, int] = {}
    for code, name in known.items():
        words = _folded(name)
        if code in exact:
            ranks[code] = 0
        elif words.startswith(folded):
            ranks[code] = 1
        elif f" {folded}" in words:
            ranks[code] = 2
        elif folded in words:
            ranks[code] = 3
    return sorted(ranks, key=lambda code: ranks[code])


def names(work: Work, asked: Asked) -> Shown:
    """GET /names/{source}?q=: the names of a standard that fit. Raises NotFound for an unknown standard."""
    source = str(asked.path["source"])
    if source not in SOURCES:
        raise NotFound(_("there is no list of that name"), code="unknown_list")
    q, language = asked.get("q"), work.language
    codes = fitting(source, q, language, _at_hand(work, source))
    known = named(source, language)
    hits = tuple(
        SearchHit(
            id=known[code], label=known[code], href="", kind="", text=code if source == "countries" else "", icon=""
        )
        for code in codes[:MOST]
    )
    page = LookupResults(q=q, hits=hits, more=len(codes) > MOST)
    return Shown("fragments/lookup_options.html", page, "", bare=True)


def _at_hand(work: Work, source: str) -> tuple[str, ...]:
    """What this organisation itself has: it is meant most often."""
    own = work.settings.organisation
    return {
        "countries": (own.country or "",), "currencies": (own.currency, "EUR", "USD", "GBP", "CHF"), "time_zones": (own.time_zone, "UTC"),
        "languages": (work.language.split("-")[0], own.language.split("-")[0], "en"),
    }[source]  # fmt: skip
