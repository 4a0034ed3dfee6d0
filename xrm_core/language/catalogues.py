"""Catalogues of one language, read from `.po` files (GNU gettext) and laid over one another.

The files themselves are shipped and read; nothing is compiled, so an edited text is in force at the next start. Reading is left to
the first text that is asked for in a language: a start, and whoever speaks English, pays nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from msgspec import Struct, field

ENDING = ".po"


def _english(number: int) -> int:
    """The place of the form for a number where a catalogue does not say."""
    return 0 if number == 1 else 1


class Catalogue(Struct, frozen=True):
    """Texts of one language by their English originals. `forms` are texts with a number by their English singular, in the order
    of the language's plural forms; `form_of` tells which of them a number takes."""

    texts: Mapping[str, str] = field(default_factory=dict)
    forms: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    form_of: Callable[[int], int] = _english


def read(files: Sequence[Path]) -> Catalogue:
    """The catalogue of several files of one language: what an earlier file says is kept. Texts that are empty, unsure (fuzzy) or
    obsolete count as missing."""
    from babel.messages.pofile import read_po  # late: English readers never need it

    texts: dict[str, str] = {}
    forms: dict[str, tuple[str, ...]] = {}
    form_of: Callable[[int], int] = _english
    for n, path in enumerate(files):
        with path.open("rb") as file:
            made = read_po(file, charset="utf-8", abort_invalid=True)
        if n == 0:
            form_of = _plural_rule(made.plural_expr)
        for message in made:
            if not message.id or message.fuzzy:
                continue
            if isinstance(message.id, (tuple, list)):
                said = tuple(message.string or ())
                if said and all(said):
                    forms.setdefault(message.id[0], said)
            elif isinstance(message.string, str) and message.string:
                texts.setdefault(message.id, message.string)
    return Catalogue(texts, forms, form_of)


def coverage(language: str, folder: Path = Path(__file__).parent) -> tuple[int, int]:
    """How many of the texts of a folder's catalogue are there in a language, and how many there are in all."""
    from babel.messages.pofile import read_po

    files = sorted(folder.glob(f"*{ENDING}"))
    if not files:
        return 0, 0
    with files[0].open("rb") as file:
        all_ = sum(bool(message.id) for message in read_po(file, charset="utf-8"))
    if language == "en":
        return all_, all_
    path = next(
        (
            folder / f"{tag}{ENDING}"
            for tag in (language, language.split("-")[0])
            if (folder / f"{tag}{ENDING}").is_file()
        ),
        None,
    )
    if path is None:
        return 0, all_
    found = read([path])
    return len(found.texts) + len(found.forms), all_


def _plural_rule(expression: str) -> Callable[[int], int]:
    """The rule of a `Plural-Forms` header (GNU gettext manual, 11.2.6) as a function."""
    from gettext import c2py  # the standard library's own reader of that language

    rule: Callable[[int], int] = c2py(expression)
    return rule
