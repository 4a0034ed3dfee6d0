r"""The regular expressions that `matches` takes: a subset which Python's re and PostgreSQL's ~ read alike, and in which
no quantifier stands on a group with a quantifier or a choice in it (so no exponential search).

pattern := branch ('|' branch)*       branch := ('^')? (atom quantifier?)* ('$')?
atom    := character | '\' character | \d | \w | \s | '.' | '[' ('^')? ranges ']' | '(' pattern ')'
quantifier := '*' | '+' | '?' | '{m}' | '{m,n}' (at most 100)
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

MAX, QUANTIFIERS, NESTING = 200, 6, 5
CLASSES = {"d": "0-9", "w": "A-Za-z0-9_", "s": " \\t\\n\\r"}
SPECIAL = set(".^$*+?{}[]\\|()")
START, END = "\1", "\0"
"""Marks for '^' and '$', which the two engines spell differently."""
QUANTIFIER = re.compile(r"[*+?]|\{(\d{1,3})(?:,(\d{1,3}))?\}")


class Translated(NamedTuple):
    """One pattern for each engine."""

    python: str
    postgres: str


@lru_cache(512)
def translate(text: str) -> Translated:
    """The pattern as each engine writes it; ValueError with a reason."""
    if len(text) > MAX:
        raise ValueError(f"a pattern has at most {MAX} characters")
    reader = Reader(text)
    out = reader.branches(0)
    if reader.at < len(text):
        raise ValueError(f"')' without '(' at place {reader.at + 1} of the pattern")
    if len(re.findall(r"[*+}]", plain(out))) > QUANTIFIERS:
        raise ValueError(f"a pattern has at most {QUANTIFIERS} repetitions")
    python = out.replace(END, r"\Z").replace(START, "^")
    re.compile(python, re.S)
    return Translated(python, "(?s)" + out.replace(END, "$").replace(START, "^"))


def plain(out: str) -> str:
    """The pattern without escapes and sets, to look for signs with a meaning."""
    return re.sub(r"\\.|\[[^\]]*\]", "x", out)


def escaped(c: str) -> str:
    """A character that stands for itself."""
    return "\\" + c if c in SPECIAL or c in "-&~#" else c


def escaped_in_set(c: str) -> str:
    """A character that stands for itself inside of a set."""
    return "\\" + c if not c.isalnum() and ord(c) < 128 else c


class Reader:
    """Reads one pattern from left to right."""

    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0

    def peek(self, ahead: int = 0) -> str:
        """The character at the place, '' at the end."""
        return self.text[self.at + ahead : self.at + ahead + 1]

    def branches(self, depth: int) -> str:
        """Branches parted by '|'."""
        if depth > NESTING:
            raise ValueError("groups are nested too deep in the pattern")
        out = self.branch(depth)
        while self.peek() == "|":
            self.at += 1
            out += "|" + self.branch(depth)
        return out

    def branch(self, depth: int) -> str:
        """Atoms with their quantifiers."""
        out = ""
        while (c := self.peek()) and c not in "|)":
            if c in "^$":
                out += START if c == "^" else END
                self.at += 1
                if (q := self.peek()) and q in "*+?{":
                    raise ValueError(f"nothing to repeat at place {self.at + 1} of the pattern")
                continue
            atom, simple = self.atom(c, depth)
            out += atom + self.quantifier(simple)
        return out

    def atom(self, c: str, depth: int) -> tuple[str, bool]:
        """One atom, and whether it may be repeated."""
        if c == "(":
            return self.group(depth)
        if c in "*+?{}":
            raise ValueError(f"'{c}' has nothing to repeat at place {self.at + 1} of the pattern")
        if c == "[":
            self.at += 1
            return self.set(), True
        if c == "\\":
            e = self.peek(1)
            self.at += 2
            if e and e in CLASSES:
                return f"[{CLASSES[e]}]", True
            if e and not e.isalnum():
                return escaped(e), True
            raise ValueError(f"'\\{e}' is not part of the language")
        self.at += 1
        return (c if c == "." else escaped(c)), True

    def group(self, depth: int) -> tuple[str, bool]:
        """A group in round brackets."""
        if self.peek(1) == "?":
            raise ValueError("'(?' is not part of the language")
        self.at += 1
        inner = self.branches(depth + 1)
        if not self.peek():
            raise ValueError("a '(' of the pattern is not closed")
        self.at += 1
        simple = bool(inner) and not re.search(r"[*+?{|]", plain(inner)) and END not in inner and START not in inner
        return f"(?:{inner})", simple

    def quantifier(self, simple: bool) -> str:
        """The quantifier at the place, '' if there is none."""
        m = QUANTIFIER.match(self.text, self.at)
        if not m:
            if self.peek() == "{":
                raise ValueError("'{' needs '{m}' or '{m,n}'")
            return ""
        if not simple:
            raise ValueError("a group with a repetition or a choice in it cannot be repeated")
        if m[1] and not int(m[1]) <= int(m[2] or m[1]) <= 100:
            raise ValueError("{m,n} needs m <= n <= 100")
        self.at = m.end()
        if (q := self.peek()) and q in "*+?{":
            raise ValueError(f"two repetitions in a row at place {self.at + 1} of the pattern")
        return m[0]

    def set(self) -> str:
        """The rest of a set, after its '['."""
        out, first = "[", True
        if self.peek() == "^":
            self.at, out = self.at + 1, "[^"
        while (c := self.peek()) != "]" or first:
            if not c:
                raise ValueError("a '[' of the pattern is not closed")
            if c in "[]":
                raise ValueError("write '\\[' and '\\]' inside of a set")
            out, first = out + self.set_item(c), False
        self.at += 1
        return out + "]"

    def set_item(self, c: str) -> str:
        """One character, class or range of a set."""
        if c == "\\":
            e = self.peek(1)
            if e and e in CLASSES:
                self.at += 2
                return CLASSES[e]
            if not e or e.isalnum():
                raise ValueError(f"'\\{e}' is not part of the language")
            c, self.at = e, self.at + 1
        self.at += 1
        item, end = escaped_in_set(c), self.peek(1)
        if self.peek() == "-" and end not in ("]", "", "\\", "["):
            if end < c:
                raise ValueError(f"the range '{c}-{end}' is backwards")
            item += "-" + escaped_in_set(end)
            self.at += 2
        return item
