"""Names: composing and taking apart a person's name, and the folded forms that names are compared in."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

PARTS = ("prefix", "given", "middle", "family", "suffix")
FAMILY_FIRST = frozenset({"hu", "ja", "ko", "vi", "zh"})
"""Languages that write the family name first."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


PREFIXES = _words(
    "mr mrs ms miss mx dr prof sir dame lord lady baroness baron rev revd father sister herr frau hr fr mme mlle m sr sra "
    "srta don doña sig sigra dott pan pani bay bayan ing mag dipl"
)
SUFFIXES = _words("jr ii iii iv phd md mp mep msp am obe mbe cbe qc kc esq")
PARTICLES = _words("van von der den de del della di da dos du la le al el bin ibn ben ter ten zu zur vom")
LEGAL_WORDS = _words(
    "ltd limited plc llp lp inc incorporated corp corporation co company llc gmbh ggmbh ag kg ohg eg ev kgaa se ug sa sarl "
    "sas srl spa bv nv vzw asbl ab as oy aps sl spzoo sp zoo cio scio sti dernegi vakfi the"
)
"""Words that say a legal form and nothing about who it is."""


def fold_spaces(text: str) -> str:
    """Compare form of a name as it was written: case folded, runs of white space made one."""
    return " ".join(text.split()).casefold()


def strip_marks(text: str) -> str:
    """Without accents and other combining marks (NFKD); letters such as ø, ł, ß and ı that have no decomposition are mapped."""
    plain = unicodedata.normalize("NFKD", text.translate(_LETTERS))
    return "".join(c for c in plain if not unicodedata.combining(c))


_LETTERS = str.maketrans(
    {"ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "ß": "ss", "æ": "ae", "œ": "oe", "đ": "d", "ı": "i", "þ": "th"}
)


def fold_name(text: str) -> str:
    """Compare form for finding doubles: no accents, punctuation, titles or legal forms; words in the order written."""
    plain = re.sub(r"[^\w\s]", " ", re.sub(r"(?<=\w)[.'’](?=\w)", "", strip_marks(text.casefold())))
    words = plain.replace("_", " ").split()
    kept = [w for w in words if w not in LEGAL_WORDS and w not in PREFIXES]
    return " ".join(kept or words)


def compose_name(parts: Mapping[str, str | None], language: str | None = None) -> str:
    """The name that a person is listed by, from its parts (keys of PARTS), without title; '' when there is none."""
    given, middle, family, suffix = ((parts.get(p) or "").strip() for p in PARTS[1:])
    first = (language or "").split("-")[0] in FAMILY_FIRST
    words = [family, given, middle] if first else [given, middle, family]
    name = " ".join(w for w in words if w)
    return f"{name} {suffix}".strip() if suffix else name


def split_name(text: str) -> dict[str, str | None]:
    """Take a person's name apart as well as one can: `Lord David van der Evans MP` -> its parts by PARTS.

    `Evans, David` is read as family and given name; a single word is the family name.
    """
    words = text.replace("\u00a0", " ").split()
    prefix = _take(words, PREFIXES, 0)
    suffix = _take(words, SUFFIXES, -1)
    found: dict[str, str | None] = dict.fromkeys(PARTS)
    found["prefix"], found["suffix"] = " ".join(prefix) or None, " ".join(reversed(suffix)) or None
    rest = " ".join(words)
    if "," in rest:
        family, _, given = rest.partition(",")
        found["family"], words = family.strip() or None, given.split()
    elif words:
        start = len(words) - 1
        while start > 1 and words[start - 1].casefold() in PARTICLES:
            start -= 1
        found["family"], words = " ".join(words[start:]), words[:start]
    if words:
        found["given"], found["middle"] = words[0], " ".join(words[1:]) or None
    return found


def _take(words: list[str], known: frozenset[str], end: int) -> list[str]:
    """Take known words off one end, leaving at least one."""
    taken = []
    while len(words) > 1 and words[end].strip(".,").casefold() in known:
        taken.append(words.pop(end).strip(","))
    return taken
