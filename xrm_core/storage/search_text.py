"""Texts as search compares them: folded, and cut into words, the same on both databases."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

MAX_WORDS, MAX_WORD, MAX_TEXT, MAX_TITLE = 8, 64, 20_000, 400
"""Words of a question; characters of a word, of all words of a record, and of a title that can be searched."""
RUNS = re.compile(r"[^\W_]+")
PLAIN = {n: c.lower() if (c := chr(n)).isalnum() else "\n" if c == "\n" else " " for n in range(128)}
"""For `str.translate` of ASCII texts of one line each: folded, with a space for each sign between words."""
MIN_PART = 3
"""Characters of a part of a title, at least: trigrams need three."""
UNSIGNED = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "æ": "ae", "œ": "oe", "þ": "th", "ı": "i"})


def fold(text: str) -> str:
    """The text without case and accents."""
    if text.isascii():
        return text.lower()
    plain = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    return plain.translate(UNSIGNED)


def words_of(text: str) -> list[str]:
    """The words of a folded text: runs of letters and digits."""
    found: list[str] = RUNS.findall(text)
    return found if len(text) <= MAX_WORD else [w[:MAX_WORD] for w in found]


@dataclass(frozen=True, slots=True)
class Words:
    """What is searched: words, all of which must be found, or the whole as a part of a title."""

    words: tuple[str, ...]
    part: str
    groups: tuple[tuple[int, ...], ...] = ()
    """Words by number that were written without a space between them, as those of a number (`DN-2026-00042`): they must stand in one
    entry. None within another."""
    hits: Mapping[str, str] | None = None
    """Records that may be hit, by entity, where few are: all that are hit are among them. Packed as the database takes a list."""
    is_exact: bool = False
    """Whether each entry of these is hit, as whoever sees everything sees it."""
    is_many: bool = False
    """Whether these are many: found for a list that has none of them where it begins."""

    @property
    def has_part(self) -> bool:
        """Whether the whole is long enough to be looked for inside of titles."""
        return len(self.part) >= MIN_PART

    @property
    def inner(self) -> tuple[str, ...]:
        """The words of the part but its first: they begin words wherever it stands, for signs are between them."""
        return tuple(words_of(self.part)[1:])

    @property
    def is_one(self) -> bool:
        """Whether one entry must hold all words."""
        return len(self.groups) < 2

    @property
    def shape(self) -> tuple[object, ...]:
        """What decides the text of the statement."""
        return len(self.words), self.groups, self.has_part, self.hits is not None, self.is_exact

    def found(self, hits: Mapping[str, str], *, exact: bool, many: bool = False) -> Words:
        """The same, knowing which records may be hit; `exact`: which are; `many`: and that these are many."""
        return replace(self, hits=hits, is_exact=exact, is_many=many)


def parse(q: str) -> Words | None:
    """The question of a person; None when there is nothing to search for."""
    text = fold(q.replace("\x00", " ").strip())[:MAX_TITLE]
    words = tuple(dict.fromkeys(words_of(text)))[:MAX_WORDS]
    return Words(words, text, _groups(text, words)) if words or len(text) >= MIN_PART else None


def _groups(text: str, words: Sequence[str]) -> tuple[tuple[int, ...], ...]:
    number = {word: n for n, word in enumerate(words)}
    pieces = ({number[word] for word in words_of(piece) if word in number} for piece in text.split())
    found = [piece for piece in pieces if piece]
    whole = [
        piece for n, piece in enumerate(found) if not any(piece < other for other in found) and piece not in found[:n]
    ]
    return tuple(tuple(sorted(piece)) for piece in whole)
