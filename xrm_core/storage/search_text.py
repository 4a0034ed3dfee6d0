"""Texts as search compares them: folded, and cut into words, the same on both databases."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
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
    """What is searched: words, all of which must be found, or the whole as a part of a title. `many`: it is found in so many
    records that they are better looked through in the order of the list than collected."""

    words: tuple[str, ...]
    part: str
    many: bool = True
    hits: Mapping[str, str] | None = None
    """Records that may be hit, by entity, where few are: all that are hit are among them. Packed as the database takes a list."""

    @property
    def has_part(self) -> bool:
        """Whether the whole is long enough to be looked for inside of titles."""
        return len(self.part) >= MIN_PART

    @property
    def inner(self) -> tuple[str, ...]:
        """The words of the part but its first: they begin words wherever it stands, for signs are between them."""
        return tuple(words_of(self.part)[1:])

    @property
    def shape(self) -> tuple[int, bool, bool]:
        """What decides the text of the statement."""
        return len(self.words), self.has_part, self.hits is not None

    def found(self, hits: Mapping[str, str]) -> Words:
        """The same, knowing which records may be hit."""
        return replace(self, many=False, hits=hits)


def parse(q: str) -> Words | None:
    """The question of a person; None when there is nothing to search for."""
    text = fold(q.replace("\x00", " ").strip())[:MAX_TITLE]
    words = tuple(dict.fromkeys(words_of(text)))[:MAX_WORDS]
    return Words(words, text) if words or len(text) >= MIN_PART else None
