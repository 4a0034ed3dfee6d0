"""Reading numbers and dates as files write them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache

from msgspec import Struct

from ....language import _, joined

POINTS = {"en": (",", "."), "de": (".", ","), "fr": (" ", ",")}
SAMPLES = {"en": "1,234.50", "de": "1.234,50", "fr": "1 234,50"}
GROUPED = {
    style: re.compile(
        rf"[+-]?(?:\d+|\d{{1,3}}(?:{re.escape(group)}\d{{3}})+)(?:{re.escape(point)}\d*)?|[+-]?{re.escape(point)}\d+"
    )
    for style, (group, point) in POINTS.items()
}
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
TOKENS = {
    "yyyy": r"(?P<y>\d{4})", "yy": r"(?P<yy>\d{2})", "mmm": r"(?P<name>[A-Za-z]{3})[a-z]*\.?", "mm": r"(?P<m>\d{1,2})",
    "dd": r"(?P<d>\d{1,2})", "hh": r"(?P<h>\d{1,2})", "mi": r"(?P<mi>\d{2})", "ss": r"(?P<s>\d{2})(?:[.,]\d+)?",
}  # fmt: skip
PLAIN = re.compile(r"-?[0-9]{1,30}(?:\.[0-9]{1,30})?")
NUMERALS = "0123456789.-"
ISO = re.compile(r"\d{4}-\d\d-\d\d")
SERIAL = "serial"
"""The form of a date that a spreadsheet shows as a number: days since the end of 1899, five digits (1927 to 2173), the time
behind the point."""
SERIALS = re.compile(r"\d{5}(?:\.\d+)?")
DAY_ZERO = datetime(1899, 12, 30, tzinfo=UTC)


class ValueFault(Exception):
    """A value cannot be taken; the message says why, in the words of the file."""


def read_number(text: str, style: str = "en") -> Decimal:
    """An exact number from `£5,000.00`, `(12.5)`, `1.234,50 €`, `6.75%`; `style` says which mark is the point.

    Raises ValueFault.
    """
    if PLAIN.fullmatch(text) and (style == "en" or "." not in text):
        return Decimal(text)
    bare = re.sub(r"[£$€¥%]|[A-Z]{3}(?![A-Za-z])|\s|[\u00a0\u202f']", "" if style != "fr" else " ", text).strip()
    if style == "fr":
        bare = re.sub(r"\s+", " ", bare)
    negative = bare.startswith("(") and bare.endswith(")")
    bare = bare[1:-1] if negative else bare
    if bare.endswith("-"):
        negative, bare = True, bare[:-1]
    if not GROUPED[style].fullmatch(bare):
        raise ValueFault(
            _("{text!r} is no number; written like {samples}, it can be read", text=text, samples=SAMPLES[style])
        )
    group, point = POINTS[style]
    number = Decimal(bare.replace(group, "").replace(point, "."))
    return -number if negative else number


class NumberReader(Struct, frozen=True):
    """`read_number` for a column of texts; `whole`: most of them are no more than digits, and become integers."""

    style: str = "en"
    whole: bool = False

    def __call__(self, text: str) -> Decimal | int:
        """One number. Raises ValueFault."""
        if self.whole and len(text) < 19 and text.isascii() and text.isdigit():
            return int(text)
        return read_number(text, self.style)

    def many(self, texts: Sequence[str]) -> list[Decimal] | list[int] | None:
        """All of them; None where they are not just digits with a sign and a point."""
        together = "".join(texts)
        if self.whole:
            return (
                list(map(int, texts))
                if together.isascii() and together.isdigit() and max(map(len, texts)) < 19
                else None
            )
        if together.strip(NUMERALS) or (self.style != "en" and "." in together):
            return None
        try:
            return list(map(Decimal, texts))
        except ArithmeticError:
            return None


class DateReader:
    """Reads dates of these forms (`dd/mm/yyyy`, `mm/yyyy`: the first of the month), and ISO always."""

    def __init__(self, formats: Sequence[str]) -> None:
        read = moment_reader(formats)

        @lru_cache(maxsize=20_000)
        def one(text: str) -> date:
            if ISO.match(text):
                try:
                    return date.fromisoformat(text[:10])
                except ValueError:
                    raise ValueFault(_("{text!r} is no date", text=text)) from None
            return read(text).date()

        self.one = one

    def __call__(self, text: str) -> date:
        """One date. Raises ValueFault."""
        return self.one(text)

    def many(self, texts: Sequence[str]) -> list[date] | None:
        """All of them; None where they are not all written `yyyy-mm-dd`."""
        together = "".join(texts)
        if set(map(len, texts)) != {10} or together[4::10].strip("-") or together[7::10].strip("-"):
            return None
        try:
            return list(map(date.fromisoformat, texts))
        except ValueError:
            return None


def moment_reader(formats: Sequence[str]) -> Callable[[str], datetime]:
    """Reads dates with or without a time; what says no zone is taken as UTC. It raises ValueFault."""
    patterns = [
        re.compile(pattern_of(form) + r"(?:[ T]\d{1,2}:\d\d(?::\d\d)?)?" * ("hh" not in form))
        for form in formats
        if form != SERIAL
    ]
    counted = SERIAL in formats

    @lru_cache(maxsize=20_000)
    def read(text: str) -> datetime:
        if ISO.match(text):
            try:
                found = datetime.fromisoformat(text)
                return found if found.tzinfo else found.replace(tzinfo=UTC)
            except ValueError:
                raise ValueFault(_("{text!r} is no date", text=text)) from None
        for pattern in patterns:
            match = pattern.fullmatch(text)
            if match:
                return _moment(match, text)
        if counted and SERIALS.fullmatch(text):
            return DAY_ZERO + timedelta(seconds=round(float(text) * 86_400))
        forms = joined([*(form for form in formats if form != SERIAL), "yyyy-mm-dd"], "or")
        raise ValueFault(_("{text!r} is no date of the form {forms}", text=text, forms=forms))

    return read


def pattern_of(form: str) -> str:
    """The regular expression of a date form."""
    return "".join(TOKENS.get(part, re.escape(part)) for part in re.split(r"(yyyy|yy|mmm|mm|dd|hh|mi|ss)", form))


def _moment(match: re.Match[str], text: str) -> datetime:
    parts = match.groupdict()
    year = int(parts["y"]) if parts.get("y") else 0
    if parts.get("yy"):
        year = int(parts["yy"]) + (1900 if int(parts["yy"]) >= 50 else 2000)
    month = int(parts["m"]) if parts.get("m") else 1
    if parts.get("name"):
        name = parts["name"].lower()
        month = MONTHS.index(name) + 1 if name in MONTHS else 0
    try:
        return datetime(
            year, month, int(parts.get("d") or 1), int(parts.get("h") or 0), int(parts.get("mi") or 0),
            int(parts.get("s") or 0), tzinfo=UTC,
        )  # fmt: skip
    except ValueError:
        raise ValueFault(_("{text!r} is no date", text=text)) from None
