"""Parties as vCard 4.0 (RFC 6350)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

FOLD = 75
"""Bytes of a line at most, its end not counted (RFC 6350 3.2)."""
KINDS = {"person": "individual", "organisation": "org", "household": "group"}
TYPES = {"mobile": "cell", "fax": "fax", "phone": "voice"}
PLACES = {"work": "work", "private": "home", "home": "home", "office": "work"}
Row = Mapping[str, Any]


def cards(parties: Iterable[tuple[Row, Sequence[Row], Sequence[Row]]]) -> bytes:
    """A file of cards: of each party its record, contact points and addresses. What is not to be read is None or not there."""
    return "".join(
        _folded(line) for party, points, addresses in parties for line in lines(party, points, addresses)
    ).encode()


def lines(party: Row, points: Sequence[Row], addresses: Sequence[Row]) -> Iterator[str]:
    """The content lines of one card, not folded yet."""
    kind = str(party.get("kind") or "person")
    yield "BEGIN:VCARD"
    yield "VERSION:4.0"
    yield f"UID:urn:uuid:{party['id']}"
    yield f"KIND:{KINDS.get(kind, 'individual')}"
    yield f"FN:{escaped(party.get('name') or '')}"
    names = [party.get(f"person_name_{part}") for part in ("family", "given", "middle", "prefix", "suffix")]
    if any(names):
        yield "N:" + ";".join(escaped(name or "") for name in names)
    if party.get("person_name_called"):
        yield f"NICKNAME:{escaped(party['person_name_called'])}"
    if kind == "organisation":
        yield f"ORG:{escaped(party.get('name') or '')}"
    for point in points:
        line = _point(point)
        if line:
            yield line
    for row in addresses:
        yield _address(row)
    if party.get("website"):
        yield f"URL:{_uri(party['website'])}"
    born = party.get("born_on")
    if isinstance(born, date):
        yield f"BDAY:{born:%Y%m%d}"
    if party.get("tags"):
        yield "CATEGORIES:" + ",".join(escaped(tag) for tag in party["tags"])
    if party.get("description"):
        yield f"NOTE:{escaped(party['description'])}"
    if party.get("language"):
        yield f"LANG:{escaped(party['language'])}"
    if isinstance(party.get("updated_at"), datetime):
        yield f"REV:{party['updated_at']:%Y%m%dT%H%M%SZ}"
    yield "END:VCARD"


def _point(row: Row) -> str:
    kind, value = str(row.get("kind") or ""), row.get("value")
    if not value:
        return ""
    place, label = PLACES.get(str(row.get("purpose") or ""), ""), row.get("label")
    marks = ";PREF=1" if row.get("primary") else ""
    if kind == "email":
        return f"EMAIL{f';TYPE={place}' if place else ''}{marks}:{escaped(value)}"
    if kind in TYPES:
        types = ",".join(part for part in (TYPES[kind], place) if part)
        return f'TEL;VALUE=text;TYPE="{types}"{marks}:{escaped(value)}'
    return (
        f"URL{marks}:{_uri(value)}"
        if kind in ("website", "url")
        else f"X-CONTACT;TYPE={kind}:{escaped(label or '')}{escaped(value)}"
    )


def _address(row: Row) -> str:
    """Post box and extended address stay empty, as RFC 6350 asks; further lines stand with the street."""
    street = ", ".join(
        str(row[f"address_{n}"]) for n in ("care_of", "line1", "line2", "line3") if row.get(f"address_{n}")
    )
    parts = ["", "", street, *(row.get(f"address_{n}") or "" for n in ("locality", "region", "postcode", "country"))]
    place = {"work": "work", "home": "home"}.get(str(row.get("purpose") or ""), "")
    marks = (f";TYPE={place}" if place else "") + (";PREF=1" if row.get("primary") else "")
    return f"ADR{marks}:" + ";".join(escaped(str(part)) for part in parts)


def escaped(text: str) -> str:
    """A text value: backslash, comma, semicolon and line ends escaped (RFC 6350 3.4), other control signs dropped."""
    found = re.sub(r"([\\,;])", r"\\\1", str(text)).replace("\r\n", "\\n").replace("\n", "\\n")
    return "".join(c for c in found if c.isprintable())


def _uri(text: str) -> str:
    return "".join(c for c in str(text) if c.isprintable() and not c.isspace())


def _folded(line: str) -> str:
    """A line in pieces of at most 75 bytes, none within a character."""
    made, size = [], 0
    for letter in line:
        width = len(letter.encode())
        if size + width > FOLD:
            made.append("\r\n ")
            size = 1
        made.append(letter)
        size += width
    return "".join(made) + "\r\n"


def file_name(title: str) -> str:
    """A name for the file of somebody's card."""
    return (re.sub(r"[^\w-]+", "-", title).strip("-")[:60] or "card") + ".vcf"
