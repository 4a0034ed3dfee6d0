"""What the first line of a reply says: one of the five verbs, in any language that the platform speaks. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

VERBS: Mapping[str, tuple[str, ...]] = {
    "do_now": ("do now", "do it now", "jetzt tun", "jetzt machen", "sofort tun", "نفذ الآن", "أنفذ الآن", "سأنفذ الآن"),
    "plan": ("plan for", "plan", "planen für", "planen am", "planen", "خطط ليوم", "خطط", "أخطط ليوم"),
    "decline": ("decline", "ablehnen", "abgelehnt", "ارفض", "أرفض", "رفض"),
    "hand_on": (
        "hand on to", "hand on", "hand over to", "weitergeben an", "weitergeben", "weiterleiten an", "حول إلى", "أحول إلى", "تحويل إلى",
    ),
    "ask_back": ("ask back", "rückfragen", "rückfrage", "rueckfrage", "zurückfragen", "استفسر", "أستفسر", "استفسار"),
}  # fmt: skip
"""How each verb is written; the first of each language is what the mail says."""
BECAUSE = ("because", "weil", "denn", "لأن", "لان")
DAYS: Mapping[str, int] = {"today": 0, "heute": 0, "اليوم": 0, "tomorrow": 1, "morgen": 1, "غدا": 1}
WEEKDAYS = (
    ("monday", "montag", "الاثنين"), ("tuesday", "dienstag", "الثلاثاء"), ("wednesday", "mittwoch", "الأربعاء"), ("thursday", "donnerstag", "الخميس"),
    ("friday", "freitag", "الجمعة"), ("saturday", "samstag", "السبت"), ("sunday", "sonntag", "الأحد"),
)  # fmt: skip
BEFORE_DAYS = ("on", "for", "to", "am", "auf", "für", "den", "في", "ليوم", "يوم")
ISO, DOTTED = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})"), re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})?")
LONGEST = 500


@dataclass(frozen=True, slots=True)
class Said:
    """A verb, the day that a plan names, and what else the line says."""

    verb: str
    rest: str = ""
    day: date | None = None


def first_line(text: str) -> str:
    """The first line that somebody wrote himself, without marks of direction."""
    for line in text.splitlines():
        plain = "".join(c for c in line if unicodedata.category(c) not in ("Cf", "Cc")).strip()
        if plain and not plain.startswith(">"):
            return plain[:LONGEST]
    return ""


def written(text: str) -> str:
    """What somebody wrote, without what he quoted."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith(">")]
    return "\n".join(lines).strip()[:2000]


def folded(word: str) -> str:
    """A word without case, accents of Arabic, and the signs around it."""
    plain = unicodedata.normalize("NFKC", word).casefold()
    bare = "".join(c for c in plain if not (unicodedata.category(c) == "Mn" and "\u064b" <= c <= "\u0652"))
    return bare.strip(".,:;!?-–—\"'„“”«»()")


def read(text: str, today: date) -> Said | None:
    """What a reply decides; None where its first line begins with no verb, or lacks what the verb takes."""
    words = first_line(text).split()
    plain = [folded(word) for word in words]
    ways = sorted(((way.split(), verb) for verb, all in VERBS.items() for way in all), key=lambda one: -len(one[0]))
    for way, verb in ways:
        if plain[: len(way)] == [folded(one) for one in way]:
            return _said(verb, words[len(way) :], today)
    return None


def _said(verb: str, words: list[str], today: date) -> Said | None:
    words = words[1:] if words and not folded(words[0]) else words  # a dash or colon of its own
    if verb == "do_now":
        why = _without_because(words)
        return Said(verb, " ".join(why)) if not words or len(why) < len(words) else None
    if verb == "plan":
        words = words[1:] if words and folded(words[0]) in BEFORE_DAYS else words
        day = day_of(words[0], today) if words else None
        return None if day is None else Said(verb, " ".join(_without_because(words[1:])), day)
    rest = " ".join(_without_because(words) if verb == "decline" else words)
    return Said(verb, rest) if rest else None


def _without_because(words: list[str]) -> list[str]:
    return words[1:] if words and folded(words[0]) in BECAUSE else words


def day_of(word: str, today: date) -> date | None:
    """The day that a word names: 2026-12-01, 1.12.2026, 1.12., tomorrow, Friday. A day without a year, and one of the week, is
    the next such."""
    plain = folded(word)
    if plain in DAYS:
        return today + timedelta(days=DAYS[plain])
    for n, names in enumerate(WEEKDAYS):
        if plain in {folded(name) for name in names}:
            return today + timedelta(days=(n - today.weekday() - 1) % 7 + 1)
    try:
        if found := ISO.fullmatch(plain):
            return date(*(int(part) for part in found.groups()))
        if found := DOTTED.fullmatch(plain if plain.count(".") > 1 else f"{plain}."):
            day, month, year = found.groups()
            if year:
                return date(int(year), int(month), int(day))
            near = date(today.year, int(month), int(day))
            return near if near >= today else near.replace(year=today.year + 1)
    except ValueError:
        return None
    return None


def code_in(rest: str, codes: Mapping[str, Iterable[str]]) -> str | None:
    """The code whose name, in any language, a text is; `codes` are the names of each."""
    plain = " ".join(folded(word) for word in rest.split())
    return next(
        (code for code, names in codes.items() if plain in {" ".join(map(folded, n.split())) for n in names}), None
    )


def person_in(rest: str, people: Iterable[tuple[str, str, str]]) -> tuple[list[str], str]:
    """Whom a text begins with, and what else it says. `people` are id, name and address; somebody is named by his address, his
    whole name or a first name. Several where a name is theirs; nobody where it is no one's."""
    words = rest.split()
    known = list(people)
    for n in range(len(words), 0, -1):
        plain = " ".join(folded(word) for word in words[:n])
        found = [id for id, name, address in known if plain in _names(name, address)]
        if found:
            return found, " ".join(_without_because(words[n:]))
    return [], ""


def _names(name: str, address: str) -> set[str]:
    whole = [folded(word) for word in name.split()]
    return {" ".join(whole), *whole[:1], folded(address), folded(address.partition("@")[0])} - {""}
