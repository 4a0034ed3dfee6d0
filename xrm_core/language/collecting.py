"""Texts of a package, collected from its Python and its templates, and its catalogues brought up to them. For who works on texts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po
from msgspec import Struct

from .catalogues import ENDING

KEYWORDS: Mapping[str, Any] = {"_": None, "N_": None, "ngettext": (1, 2)}
METHODS = [("**.py", "python"), ("**.html", "jinja2.ext:babel_extract")]
PLURAL_FORMS = {
    "ar": "nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 ? 4 : 5);",
    "de": "nplurals=2; plural=(n != 1);",
}
"""Rules of the CLDR in gettext's words, forms in the usual order: zero, one, two, few, many, other."""
PLACE = re.compile(r"(?<!\{)\{([a-z_][a-z0-9_]*)[^{}]*\}")
Id = str | tuple[str, str]


class Message(Struct, frozen=True):
    """A text of the source: itself, or singular and plural, and the files that say it."""

    id: Id
    files: tuple[str, ...]


def collect(package: Path) -> list[Message]:
    """Every text of a package (a folder), by the first file that says it."""
    found: dict[Id, list[str]] = {}
    drawn = extract_from_dir(str(package), METHODS, keywords=KEYWORDS, directory_filter=_is_source)
    for name, _line, message, _comments, _context in sorted(drawn, key=lambda one: (one[0], one[1])):
        id: Id = (message[0], message[1]) if isinstance(message, tuple) else message
        files = found.setdefault(id, [])
        if name not in files:
            files.append(name)
    return [Message(id, tuple(files)) for id, files in found.items()]


def _is_source(folder: str) -> bool:
    return Path(folder).name not in {"__pycache__", "static", "tests"}


def catalogue_path(package: Path, language: str) -> Path:
    """Where a package keeps its texts in a language."""
    return package / "language" / f"{language}{ENDING}"


def stored(package: Path, language: str) -> Catalog:
    """The catalogue as it is on disk; an empty one where there is none."""
    path = catalogue_path(package, language)
    if not path.exists():
        return Catalog(locale=language)
    with path.open("rb") as file:
        return read_po(file, locale=language, charset="utf-8", abort_invalid=True)


def update(package: Path, language: str, given: Mapping[Id, Any] | None = None) -> list[Id]:
    """Bring a package's catalogue up to its texts: new ones come empty (or as `given`), those that nobody says any more go.
    Returns what is missing. Other translations stay as they are."""
    before, made = stored(package, language), Catalog(locale=language)
    said = {_key(m.id): m.string for m in before if m.id and not m.fuzzy and m.string and all(m.string)}
    missing: list[Id] = []
    for message in collect(package):
        text = said.get(message.id) or (given or {}).get(message.id) or ""
        if not (all(text) and text):
            missing.append(message.id)
        made.add(message.id, text, locations=[(name, 0) for name in message.files])
    write(made, catalogue_path(package, language), language)
    return missing


def _key(id: Any) -> Id:
    return (id[0], id[1]) if isinstance(id, (tuple, list)) else id


def write(made: Catalog, path: Path, language: str) -> None:
    """Write a catalogue so that equal texts make equal files: no dates, no line numbers."""
    body = BytesIO()
    write_po(body, made, width=120, omit_header=True, include_lineno=False, ignore_obsolete=True)
    head = (
        'msgid ""\nmsgstr ""\n'
        f'"Language: {language}\\n"\n"MIME-Version: 1.0\\n"\n"Content-Type: text/plain; charset=utf-8\\n"\n'
        f'"Content-Transfer-Encoding: 8bit\\n"\n"Plural-Forms: {PLURAL_FORMS[language]}\\n"\n\n'
    )
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(head.encode() + body.getvalue().rstrip() + b"\n")


def faults(package: Path, language: str) -> Iterator[str]:
    """What is wrong with a package's catalogue, a sentence each: missing, unsure and obsolete texts, and named places that
    differ from the original's."""
    ours = {message.id: message for message in collect(package)}
    seen: set[Id] = set()
    for message in stored(package, language):
        if not message.id:
            continue
        id = _key(message.id)
        seen.add(id)
        texts = [message.string or ""] if isinstance(message.string, str | None) else list(message.string)
        if id not in ours:
            yield f"{language}: nobody says this any more: {id!r}"
        elif message.fuzzy:
            yield f"{language}: unsure: {id!r}"
        elif not all(texts):
            yield f"{language}: missing: {id!r} ({', '.join(ours[id].files)})"
        else:
            yield from (f"{language}: other places than in {id!r}: {text!r}" for text in texts if not _fits(id, text))
    yield from (f"{language}: missing: {id!r} ({', '.join(m.files)})" for id, m in ours.items() if id not in seen)


def _fits(id: Id, text: str) -> bool:
    """Has a translation the named places of its original? A form of a plural may leave out the number."""
    if isinstance(id, str):
        return places(text) == places(id)
    return places(text) <= places(id[1]) | {"n"} and places(text) | {"n"} >= places(id[0]) | {"n"}


def places(text: str) -> set[str]:
    """The names in braces of a text."""
    return set(PLACE.findall(text))
