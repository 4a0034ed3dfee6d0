"""How alike two records are, said of their facts alone: names by their words, numbers and ways to reach by being equal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Literal, TypeAlias

from ..metamodel.definitions import SimilarDef
from ..storage.search_text import fold, words_of

Grade = Literal["certain", "probable", "possible"]
GRADES: tuple[Grade, ...] = ("certain", "probable", "possible")
SAME_NAME, PROBABLE, POSSIBLE = 97.0, 92.0, 85.0
"""Likeness of names in per cent (rapidfuzz, on folded words) from which they are the same, or likely, or possibly the same."""
WORDS, LETTERS = 2, 8
"""A name that is a part of the other counts by itself only where it has so many words and letters."""
Facts: TypeAlias = Mapping[str, frozenset[str]]
"""Path -> the values there, as they are compared. What the reader may not see is not among them."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """How sure one can be, how alike the names are (per cent), and the paths at which values are equal."""

    grade: Grade
    score: int
    equal: tuple[str, ...] = ()

    @property
    def rank(self) -> tuple[int, int, int]:
        """Its place among others: the surest comes first."""
        return (GRADES.index(self.grade), -len(self.equal), -self.score)


def even(value: Any) -> str:
    """A value as it is compared: without case, accents, and spaces around."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    return " ".join(fold(str(value)).split())


def facts(pairs: Iterable[tuple[str, Any]]) -> Facts:
    """Facts out of paths and values; empty values are none."""
    found: dict[str, set[str]] = {}
    for path, value in pairs:
        if value not in (None, "") and (text := even(value)):
            found.setdefault(path, set()).add(text)
    return {path: frozenset(values) for path, values in found.items()}


def names_of(similar: SimilarDef, of: Facts) -> frozenset[str]:
    """The names among the facts, as words in a row: signs between them do not count."""
    texts = (_in_words(text) for path in similar.like for text in of.get(path, ()))
    return frozenset(text for text in texts if text)


@lru_cache(4096)
def _in_words(text: str) -> str:
    return " ".join(words_of(text))


def likeness(similar: SimilarDef, a: Facts, b: Facts) -> Likeness | None:
    """How alike two records are; None: they are not taken for one."""
    sure = _equal(similar.sure, a, b)
    same = _equal(similar.same, a, b)
    near = _equal(similar.near, a, b)
    whole, part, alone = _names(names_of(similar, a), names_of(similar, b))
    grade: Grade | None = None
    if sure or (same and whole >= SAME_NAME):
        grade = "certain"
    elif (same and part >= POSSIBLE) or (near and part >= PROBABLE):
        grade = "probable"
    elif same or (near and part >= POSSIBLE) or alone:
        grade = "possible"
    return Likeness(grade, round(max(whole, part)), (*sure, *same, *near)) if grade is not None else None


def _equal(paths: Iterable[str], a: Facts, b: Facts) -> tuple[str, ...]:
    return tuple(path for path in paths if not a.get(path, frozenset()).isdisjoint(b.get(path, ())))


def _names(a: frozenset[str], b: frozenset[str]) -> tuple[float, float, bool]:
    """The best of all pairs of names: as wholes, where one may be a part of the other, and whether that says enough by itself."""
    from rapidfuzz import fuzz  # not before it is needed: starts count

    whole = part = 0.0
    alone = False
    for one in a:
        for other in b:
            here = fuzz.token_sort_ratio(one, other)
            inner = fuzz.token_set_ratio(one, other)
            short = min(one, other, key=len)
            large = len(short) >= LETTERS and len(short.split()) >= WORDS
            whole, part = max(whole, here), max(part, inner)
            alone = alone or here >= PROBABLE or (large and inner >= SAME_NAME)
    return whole, part, alone
