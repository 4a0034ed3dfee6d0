"""Random values: numbers at the edges, texts with every kind of trouble, dates where calendars turn."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import TypeVar
from uuid import UUID

Item = TypeVar("Item")

ZONES = [
    "UTC", "Europe/Rome", "America/New_York", "America/St_Johns", "Asia/Kathmandu", "Pacific/Apia", "Pacific/Kiritimati",
]  # fmt: skip
PIECES = [
    "", "a", "A", "ab", "b", "%", "_", "\\", "'", '"', "é", "É", "e\u0301", "ß", "İ", "ı", "Σ", "ς", "σ", "𝒳", "😀", " ",
    "\t", "\n", "\u00a0", "\u2003", "ﬁ", "ǅ", "ŉ", ".", "*", "[", "]", "^", "$", "0", "1", "42", "-", "/", "?", ":", "z",
    "Z", "\U0010ffff", "\ue000",
]  # fmt: skip
PATTERNS = [
    "a", "^a", "a$", "^$", "[a-z]+", "^[^a-c]*$", "\\d{1,2}", "a|É", "(ab)?b", "\\.", ".", "^.$", "\\w\\s?", "[\\]\\-%]",
    "a{2}", "(a|b)é", "😀", "\\\\", "[^\\w]", " $",
]  # fmt: skip
DATES = [
    date(1, 1, 1), date(9999, 12, 31), date(2024, 1, 31), date(2024, 2, 29), date(2023, 2, 28), date(1900, 2, 28),
    date(1582, 10, 10), date(2000, 12, 31), date(1969, 12, 31), date(1970, 1, 1), date(2024, 3, 31), date(2024, 10, 27),
    date(2025, 4, 5), date(2025, 4, 6), date(1, 1, 5), date(9999, 4, 6),
]  # fmt: skip
TIMES = [
    datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59, 999999), datetime(2024, 3, 31, 1), datetime(2100, 7, 1, 22),
    datetime(2024, 3, 31, 0, 59, 59, 999999), datetime(2011, 12, 30, 10), datetime(1969, 12, 31, 23, 59, 59, 999999),
    datetime(1970, 1, 1), datetime(1883, 11, 18, 17), datetime(2024, 10, 27, 0, 30),
]  # fmt: skip
SPANS = [0, 1, -1, 86400 * 10**6, -86400 * 10**6, 10**18 - 1, 1 - 10**18, 3600 * 10**6 - 1]
FIRST, LAST = date(1, 1, 1).toordinal(), date(9999, 12, 31).toordinal()
NEAR, FAR = date(1990, 1, 1).toordinal(), date(2030, 1, 1).toordinal()


def uuid(n: int) -> str:
    """The id of record n: sorted as n is."""
    return str(UUID(int=(n << 96) | (7 << 76) | (8 << 60) | n))


class Dice(Random):
    """A seeded source of values."""

    def pick(self, items: Sequence[Item]) -> Item:
        """One of them."""
        return items[self.randrange(len(items))]

    def one_in(self, n: int) -> bool:
        """Yes once in n times."""
        return self.randrange(n) == 0

    def text(self) -> str:
        """Up to four pieces, or any assigned characters."""
        if self.one_in(3):
            return "".join(chr(c) for c in (self.randrange(1, 0x2FFF) for _ in range(self.randrange(4))) if valid(c))
        return "".join(self.pick(PIECES) for _ in range(self.randrange(4)))

    def units(self, digits: int) -> int:
        """A whole number of so many digits: small, any, or an edge."""
        top = 10**digits - 1
        found = self.randrange(3)
        if found == 0:
            return self.randint(-min(20, top), min(20, top))
        if found == 1:
            return self.randint(-top, top)
        return self.pick([x for x in (0, 1, -1, top, -top, 5, -5, 15, 25, 10 ** (digits // 2)) if abs(x) <= top])

    def decimal(self, scale: int, digits: int) -> Decimal:
        """An exact number; never minus zero."""
        return Decimal(self.units(digits)).scaleb(-scale)

    def date(self) -> date:
        """An edge, a date of our time, or any."""
        found = self.randrange(3)
        if found == 0:
            return self.pick(DATES)
        return date.fromordinal(self.randint(NEAR, FAR) if found == 1 else self.randint(FIRST, LAST))

    def moment(self) -> datetime:
        """An edge, or any moment of a random date."""
        if self.one_in(3):
            return self.pick(TIMES).replace(tzinfo=UTC)
        start = datetime.combine(self.date(), datetime.min.time(), UTC)
        return start + timedelta(microseconds=self.randrange(86_400_000_000))

    def span(self) -> timedelta:
        """A duration."""
        return timedelta(microseconds=self.pick(SPANS) if self.one_in(2) else self.randint(-(10**13), 10**13))


def valid(code: int) -> bool:
    """Whether both sides know the character (assigned in Unicode 14, no surrogate)."""
    import unicodedata

    return unicodedata.category(chr(code)) not in ("Cn", "Cs")
