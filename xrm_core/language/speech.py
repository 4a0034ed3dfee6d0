"""The functions that texts go through. Doors say which language is spoken; everything below them only says `_("...")`."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

from .catalogues import ENDING, Catalogue, read

SOURCE = "en"
"""The language that texts are written in."""
OWN = Path(__file__).parent

_language: ContextVar[str] = ContextVar("language", default=SOURCE)
_said: ContextVar[deque[tuple[str, str, dict[str, object]]] | None] = ContextVar("said", default=None)
"""The last texts that were said in another language than that of the source: as it was said, the original, the values."""
REMEMBERED = 32
_folders: list[Path] = [OWN]
_read: dict[str, Catalogue | None] = {}


def _(message: str, /, **values: object) -> str:
    """A text in the language spoken, with its named places filled in: `_("{name} was saved", name=title)`. A text without a
    translation stays English. Write whole sentences; never call it at import (see `N_`)."""
    said = _catalogue(_language.get())
    if said is None:
        return _filled(message, message, values) if values else message
    text = said.texts.get(message, message)
    if values:
        text = _filled(text, message, values)
    _remember(text, message, values)
    return text


def ngettext(one: str, many: str, n: int, /, **values: object) -> str:
    """A text with a number in it, in the form that the language has for `n`; `{n}` stands for it unless `values` say
    otherwise (a number as the reader writes it)."""
    original = one if n == 1 else many
    text, said = original, _catalogue(_language.get())
    if said is not None and (forms := said.forms.get(one)):
        place = said.form_of(abs(n))
        text = forms[place] if place < len(forms) else forms[-1]
    values.setdefault("n", n)
    text = _filled(text, original, values)
    if said is not None:
        _remember(text, original, values)
    return text


def original_of(text: str) -> str:
    """A text that was just said, in the language of the source: for the log, which whoever looks after the system reads. A text that
    was not said by `_` or `ngettext`, or long ago, stays as it is."""
    said = _said.get()
    for spoken_as, original, values in reversed(said or ()):
        if spoken_as == text:
            known = {k: original_of(v) if isinstance(v, str) and v != text else v for k, v in values.items()}
            with speaking(SOURCE):
                return _filled(original, original, known) if values else original
    return text


def _remember(text: str, original: str, values: dict[str, object]) -> None:
    said = _said.get()
    if said is None:
        said = deque(maxlen=REMEMBERED)
        _said.set(said)
    said.append((text, original, values))


def N_(message: str, /) -> str:
    """Mark a constant for translation without translating it: say `_(CONSTANT)` where it is shown."""
    return message


def _filled(text: str, original: str, values: dict[str, object]) -> str:
    """The places filled in. A translation that names others than the original is not worth a failed page."""
    if ":,}" in original:
        values = {name: _Grouped(value) if type(value) is int else value for name, value in values.items()}
    try:
        return text.format_map(values)
    except (KeyError, IndexError, ValueError):
        return original.format_map(values)


class _Grouped(int):
    """A whole number whose thousands `{n:,}` parts as the language that is spoken does."""

    def __format__(self, spec: str, /) -> str:
        if spec != ",":
            return super().__format__(spec)
        from babel.numbers import format_decimal

        return format_decimal(int(self), locale=_language.get().replace("-", "_"))


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Say texts in a language (a BCP 47 tag) within the block."""
    before = _language.set(language)
    try:
        yield
    finally:
        _language.reset(before)


def speak(language: str) -> None:
    """Say texts in a language from here on, in this request (each has a context of its own). Doors call it."""
    _language.set(language)


def spoken() -> str:
    """The language in which texts are said now."""
    return _language.get()


def add_texts(folder: Path) -> None:
    """Texts of a plugin: `<language>.po` in a folder of its own. What the platform says itself goes first."""
    if folder not in _folders and folder.is_dir():
        _folders.append(folder)
        _read.clear()


def known() -> frozenset[str]:
    """Languages of which there is a catalogue, and the language of the source."""
    return frozenset({SOURCE, *(path.stem for path in OWN.glob(f"*{ENDING}"))})


def _catalogue(language: str) -> Catalogue | None:
    """The catalogue of a language or of its base language; None where texts stay as they are."""
    if language == SOURCE:
        return None
    try:
        return _read[language]
    except KeyError:
        _read[language] = found = _find(language)
        return found


def _find(language: str) -> Catalogue | None:
    base = language.replace("_", "-").split("-")[0].lower()
    if base == SOURCE:
        return None
    for name in dict.fromkeys((language, base)):
        files = [path for folder in _folders if (path := folder / f"{name}{ENDING}").is_file()]
        if files and name.replace("-", "").isalnum():
            return read(files)
    return None
