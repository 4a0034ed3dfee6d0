"""Countries (ISO 3166-1), currencies (ISO 4217) and languages (BCP 47): codes from pycountry, names from Babel."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache

from xrm_core.language import _, joined
from xrm_core.metamodel.field_type import FieldFault

from .characters import shown
from .locales import locale_of

ALIASES = {
    "uk": "GB", "us": "US", "great britain": "GB", "britain": "GB", "england": "GB", "scotland": "GB", "wales": "GB",
    "northern ireland": "GB", "usa": "US", "u s a": "US", "u s": "US", "america": "US",
    "united states of america": "US", "russia": "RU", "ivory coast": "CI", "macedonia": "MK",
    "republic of macedonia": "MK", "fyrom": "MK", "palestinian territory": "PS", "palestinian territories": "PS",
    "palestine": "PS", "swaziland": "SZ", "czech republic": "CZ", "holland": "NL", "the netherlands": "NL",
    "burma": "MM", "myanmar": "MM", "cape verde": "CV", "east timor": "TL", "vatican": "VA", "holy see": "VA",
    "turkey": "TR", "south korea": "KR", "north korea": "KP", "laos": "LA", "vietnam": "VN", "syria": "SY",
    "iran": "IR", "bolivia": "BO", "venezuela": "VE", "tanzania": "TZ", "moldova": "MD", "brunei": "BN",
    "micronesia": "FM", "taiwan": "TW", "bosnia": "BA", "bosnia and herzegovina": "BA",
    "democratic republic of congo": "CD", "democratic republic of the congo": "CD", "dr congo": "CD", "drc": "CD",
    "congo kinshasa": "CD", "congo brazzaville": "CG", "republic of congo": "CG", "uae": "AE", "eire": "IE",
    "republic of ireland": "IE", "prc": "CN", "macau": "MO", "st lucia": "LC", "st kitts and nevis": "KN",
    "st vincent and the grenadines": "VC", "sao tome and principe": "ST", "reunion": "RE", "curacao": "CW",
    "falkland islands": "FK", "british virgin islands": "VG", "us virgin islands": "VI", "brd": "DE",
}  # fmt: skip
"""Names in use that neither pycountry nor Babel knows, or that they give only in another form; folded."""
AMBIGUOUS = {
    "congo": ("CD", "CG"),
    "korea": ("KR", "KP"),
    "guiana": ("GF", "GY"),
    "samoa islands": ("WS", "AS"),
    "virgin islands": ("VG", "VI"),
}
"""Names that mean several countries."""
WIDELY_READ = ("en", "de", "fr", "es", "it", "nl", "pt", "pl")
"""Languages in which names are looked for when the reader's language does not have them."""


@lru_cache(maxsize=1)
def countries() -> Mapping[str, str]:
    """English short names by two-letter code."""
    import pycountry  # here and below: a start asks for none of it

    return {c.alpha_2: c.name for c in sorted(pycountry.countries, key=lambda c: c.alpha_2)}


@lru_cache(maxsize=1)
def currencies() -> Mapping[str, str]:
    """English names of the currencies in use by three-letter code."""
    import pycountry

    return {c.alpha_3: c.name for c in sorted(pycountry.currencies, key=lambda c: c.alpha_3)}


@lru_cache(maxsize=1)
def languages() -> Mapping[str, str]:
    """The languages that are offered: those Babel has data for, by two- or three-letter code, with English names."""
    from babel import Locale, localedata

    names = Locale("en").languages
    codes = {tag.split("_")[0] for tag in localedata.locale_identifiers()}
    return {code: names[code] for code in sorted(codes) if code in names}


@lru_cache(maxsize=8192)
def country_name(code: str, language: str) -> str:
    """Name of a country in a language, else in English, else the code."""
    return str(locale_of(language).territories.get(code) or countries().get(code, code))


@lru_cache(maxsize=8192)
def currency_name(code: str, language: str) -> str:
    """Name of a currency in a language, else in English, else the code."""
    return str(locale_of(language).currencies.get(code) or currencies().get(code, code))


@lru_cache(maxsize=8192)
def language_name(tag: str, language: str) -> str:
    """Name of a language tag in a language: `de` -> German, `pt-BR` -> Portuguese (Brazil)."""
    from babel import Locale, UnknownLocaleError

    try:
        return Locale.parse(tag, sep="-").get_display_name(locale_of(language)) or tag
    except (UnknownLocaleError, ValueError):
        base = tag.split("-")[0]
        return str(locale_of(language).languages.get(base, tag))


def fold(text: str) -> str:
    """A name without case, accents and punctuation, for comparing."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    words = "".join(
        c if c.isalnum() else " " for c in plain.replace("&", " and ").replace("'", "").replace("’", "")
    ).split()
    words = [{"saint": "st", "sankt": "st"}.get(word, word) for word in words]
    return " ".join(words[1:] if len(words) > 1 and words[0] == "the" else words)


def read_country(text: str, language: str, part: str | None = None) -> str:
    """The two-letter code of a country given by code (2 or 3 letters) or by name. Raises FieldFault.

    Names are looked for in pycountry, in Babel's names of the reader's language and of English, in the list of other
    names in use, and then in the names of the widely read languages.
    """
    code = text.strip()
    if code.upper() in countries():
        return code.upper()
    name = fold(code)
    if all(len(word) == 1 for word in name.split()):  # U.S.A.
        name = name.replace(" ", "")
    if name in _own_names(language):
        return _own_names(language)[name]
    if name in AMBIGUOUS:
        both = joined([f"{country_name(c, language)} ({c})" for c in AMBIGUOUS[name]])
        raise FieldFault(
            _("{value} can mean {both}", value=shown(code), both=both),
            code="ambiguous",
            part=part,
            hint=_("write the two letters"),
        )
    for table in (_country_table(language), *(_country_table(other) for other in WIDELY_READ)):
        if name in table:
            return table[name]
    from difflib import get_close_matches

    near = get_close_matches(name, _country_table(language), 1, 0.8)
    hint = (
        _("did you mean {near}?", near=country_name(_country_table(language)[near[0]], language))
        if near
        else _("write two letters, as in GB")
    )
    raise FieldFault(
        _("{value} is not a country known here", value=shown(code)), code="not_a_country", part=part, hint=hint
    )


@lru_cache(maxsize=64)
def _own_names(language: str) -> dict[str, str]:
    return _names(locale_of(language).territories.items(), countries())


@lru_cache(maxsize=64)
def _country_table(language: str) -> dict[str, str]:
    import pycountry

    table: dict[str, str] = {}
    for country in pycountry.countries:
        given = [getattr(country, key, None) for key in ("alpha_3", "name", "official_name", "common_name")]
        table.update({fold(name): country.alpha_2 for name in given if name})
    table.update(_own_names(language))
    table.update({fold(name): code for name, code in ALIASES.items()})
    return table


def _names(items: Iterable[tuple[str, str]], known: Mapping[str, str]) -> dict[str, str]:
    return {fold(name): code for code, name in items if code in known}


def read_currency(text: str, language: str, part: str | None = None) -> str:
    """The three-letter code of a currency given by code or by name. Raises FieldFault."""
    code = text.strip()
    if code.upper() in currencies():
        return code.upper()
    found = _currency_table(language).get(fold(code)) or {"€": "EUR", "£": "GBP"}.get(code)
    if found:
        return found
    hint = _("write its three letters, as in EUR")
    raise FieldFault(
        _("{value} is not a currency of ISO 4217", value=shown(code)), code="not_a_currency", part=part, hint=hint
    )


@lru_cache(maxsize=64)
def _currency_table(language: str) -> dict[str, str]:
    table = {fold(name): code for code, name in currencies().items()}
    table.update(_names(locale_of("en").currencies.items(), currencies()))
    table.update(_names(locale_of(language).currencies.items(), currencies()))
    return table


def read_language(text: str, language: str) -> str:
    """The BCP 47 tag of a language given by tag (any well-formed one) or by name. Raises FieldFault."""
    given = text.strip()
    for table in (_language_table(language), _language_table("en")):
        if fold(given) in table:
            return table[fold(given)]
    return language_tag(given)


@lru_cache(maxsize=64)
def _language_table(language: str) -> dict[str, str]:
    table = {
        fold(locale_of(code).get_language_name() or code): code
        for code in languages()
        if code in ("de", "fr", "es", "it")
    }
    table.update(_names(locale_of(language).languages.items(), languages()))
    return table


def language_tag(text: str) -> str:
    """A tag in its usual spelling (RFC 5646, 2.1.1): `DE-at` -> `de-AT`, `zh_hant` -> `zh-Hant`. Raises FieldFault."""
    parts = text.strip().replace("_", "-").split("-")
    base = parts[0].lower()
    if not (2 <= len(base) <= 3 and base.isascii() and base.isalpha() and _is_language(base)):
        raise _no_language(text)
    tag = [base]
    for part in parts[1:]:
        if not (1 <= len(part) <= 8 and part.isascii() and part.isalnum()):
            raise _no_language(text)
        tag.append(
            part.title() if len(part) == 4 and part.isalpha() else part.upper() if len(part) == 2 else part.lower()
        )
    if len(tag) > 1 and len(tag[-1]) == 1:
        raise _no_language(text)
    return "-".join(tag)


@lru_cache(maxsize=1024)
def _is_language(code: str) -> bool:
    if code in languages():
        return True
    import pycountry

    if len(code) == 2:
        return pycountry.languages.get(alpha_2=code) is not None
    return pycountry.languages.get(alpha_3=code) is not None


def _no_language(text: str) -> FieldFault:
    return FieldFault(
        _("{value} is not a language", value=shown(text)),
        code="not_a_language",
        hint=_("write its tag, as in de or pt-BR"),
    )
