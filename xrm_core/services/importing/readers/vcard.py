"""vCard 2.1, 3.0 (RFC 2426) and 4.0 (RFC 6350), tolerantly: what real address books write, a record for each card.

A record has: fn, family, given, middle, prefix, suffix, nickname, org, unit, title, role, kind, birthday, note, uid, rev, gender;
emails and phones `[{value, kind, home, work, preferred, label}]`, urls, addresses `[{po_box, extended, street, locality, region,
postcode, country, home, work, preferred, label}]`, categories, agent (a nested card), and other (the rest, by name).
"""

from __future__ import annotations

import quopri
import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from msgspec import Struct, field

from ....errors import ImportFault
from ....language import _
from .encoding import find_encoding
from .table import Hints, Limits, Row, Table

MEDIA = frozenset(("PHOTO", "LOGO", "SOUND", "KEY"))
ADDRESS = ("po_box", "extended", "street", "locality", "region", "postcode", "country")
NAME = ("family", "given", "middle", "prefix", "suffix")
PLAIN = {"FN": "fn", "TITLE": "title", "ROLE": "role", "BDAY": "birthday", "UID": "uid", "REV": "rev", "KIND": "kind",
         "GENDER": "gender", "X-ABSHOWAS": "show_as"}  # fmt: skip
PHONES = ("cell", "fax", "pager", "video", "voice", "msg", "modem", "car")
ESCAPED = re.compile(r"\\([\\;,:nN\"])")
DEPTH = 4


class Line(Struct):
    """One content line: where it begins, its group, name, parameters and value (unescaped only where it is used)."""

    number: int
    group: str
    name: str
    params: dict[str, list[str]] = field(default_factory=dict)
    value: str = ""

    def types(self) -> set[str]:
        """The types and bare parameters in lower case."""
        return {v.lower() for v in self.params.get("TYPE", [])}


def read_vcards(file: BinaryIO, name: str, hints: Hints, limits: Limits) -> Table:
    """A record for each card of the file."""
    encoding, mark, note = find_encoding(file, hints.encoding)
    file.seek(0, 2)
    if file.tell() > limits.json:
        raise ImportFault(
            _("{name} is larger than {json:,} bytes", name=name, json=limits.json), code="too_big", hint=_("split it")
        )
    file.seek(mark)
    lines = unfold(file.read().decode(encoding))
    return Table(name, "vcard", (), _cards(lines, limits), nested=True, notes=[note] if note else [])


def unfold(text: str) -> Iterator[Line]:
    """Content lines: folded lines joined (RFC 6350 3.2), soft line breaks of quoted-printable too, base64 blocks of 2.1 too."""
    pending: tuple[int, str] | None = None
    soft = base64 = False
    for number, raw in enumerate(re.split(r"\r*\n|\r", text), 1):
        if pending is not None and soft:
            pending = (pending[0], pending[1][:-1] + raw)
        elif pending is not None and raw[:1] in (" ", "\t"):
            pending = (pending[0], pending[1] + raw[1:])
        elif pending is not None and base64 and raw.strip() and ":" not in raw:
            pending = (pending[0], pending[1] + raw.strip())
        else:
            if pending is not None and (line := split_line(*pending)):
                yield line
            pending = (number, raw) if raw.strip() else None
            base64 = bool(re.match(r"[^:]*;(?:ENCODING=)?(?:BASE64|B)\b", raw, re.IGNORECASE))
        soft = (
            pending is not None
            and pending[1].endswith("=")
            and "QUOTED-PRINTABLE" in pending[1].split(":", 1)[0].upper()
        )
    if pending is not None and (line := split_line(*pending)):
        yield line


def split_line(number: int, text: str) -> Line | None:
    """`group.NAME;PARAM=value;BARE:value`; a colon between double quotes belongs to the parameter. None for other text."""
    quoted, end = False, -1
    for place, letter in enumerate(text):
        if letter == '"':
            quoted = not quoted
        elif letter == ":" and not quoted:
            end = place
            break
    if end < 0:
        end = text.find(":")
    if end < 0:
        return None
    head, *parts = re.split(r';(?=(?:[^"]*"[^"]*")*[^"]*$)', text[:end])
    group, _, name = head.rpartition(".")
    line = Line(number, group.lower(), name.strip().upper(), {}, text[end + 1 :])
    for part in parts:
        key, equals, value = part.partition("=")
        key = (
            key.strip().upper() if equals else ("ENCODING" if key.upper() in ("QUOTED-PRINTABLE", "BASE64") else "TYPE")
        )
        values = [v.strip().strip('"') for v in (value if equals else part).split(",")]
        line.params.setdefault(key, []).extend(values)
    if "QUOTED-PRINTABLE" in [v.upper() for v in line.params.get("ENCODING", [])]:
        charset = line.params.get("CHARSET", ["utf-8"])[0]
        content = quopri.decodestring(line.value.encode("utf-8", "replace"))
        try:
            line.value = content.decode(charset)
        except (LookupError, UnicodeDecodeError):
            line.value = content.decode("latin-1")
    return line


def _cards(lines: Iterator[Line], limits: Limits) -> Iterator[Row]:
    count = 0
    for line in lines:
        if line.name == "BEGIN" and line.value.strip().upper() == "VCARD":
            count += 1
            if count > limits.rows:
                raise ImportFault(_("more than {rows:,} cards", rows=limits.rows), code="too_big")
            card, complete = _card(lines, 0)
            if complete:
                yield Row(line.number, card)
            else:
                yield Row(line.number, {}, _("the card has no END:VCARD"), [])


def _card(lines: Iterator[Line], depth: int) -> tuple[dict[str, Any], bool]:
    """The record of the card whose BEGIN was read, and whether its END was found."""
    card: dict[str, Any] = {"emails": [], "phones": [], "addresses": [], "urls": [], "categories": [], "other": {}}
    groups: dict[str, dict[str, Any]] = {}
    labels: dict[str, str] = {}
    for line in lines:
        if line.name == "END" and line.value.strip().upper() == "VCARD":
            for group, label in labels.items():
                if group in groups:
                    groups[group]["label"] = label
            return _finish(card), True
        if line.name == "BEGIN":
            if depth < DEPTH:
                card.setdefault("agent", _card(lines, depth + 1)[0])
            continue
        if line.name == "X-ABLABEL":
            labels[line.group] = re.sub(r"^_\$!<(.*)>!\$_$", r"\1", plain(line.value))
            continue
        made = _take(card, line)
        if made is not None and line.group:
            groups[line.group] = made
    return _finish(card), False


def _take(card: dict[str, Any], line: Line) -> dict[str, Any] | None:
    """Put a line's value where it belongs; the item it became, if it is one of a list."""
    name, value = line.name, line.value
    if name in MEDIA or not value.strip():
        return None
    if name in PLAIN:
        card.setdefault(PLAIN[name], plain(value))
    elif name == "N":
        card.update(
            {
                k: " ".join(plain(p) for p in parts(v, ",") if p)
                for k, v in zip(NAME, parts(value), strict=False)
                if v.strip()
            }
        )
    elif name == "ORG":
        organisation, *units = [plain(part) for part in parts(value)]
        card.setdefault("org", organisation)
        card.setdefault("unit", ", ".join(unit for unit in units if unit))
    elif name == "NOTE":
        card["note"] = f"{card['note']}\n{plain(value)}" if "note" in card else plain(value)
    elif name in ("NICKNAME", "CATEGORIES"):
        found = [plain(part) for part in parts(value, ",") if part.strip()]
        card["categories"].extend(found) if name == "CATEGORIES" else card.setdefault("nickname", ", ".join(found))
    elif name in ("EMAIL", "TEL", "URL", "ADR"):
        return _item(card, line)
    elif not name.startswith(("VERSION", "PRODID", "AGENT", "LABEL")):
        card["other"].setdefault(name.lower().replace("-", "_"), []).append(plain(value))
    return None


def _item(card: dict[str, Any], line: Line) -> dict[str, Any]:
    """An e-mail address, telephone number, web or postal address with its types."""
    types = line.types()
    item: dict[str, Any] = {
        "home": "home" in types, "work": "work" in types,
        "preferred": "pref" in types or line.params.get("PREF", [""])[0] in ("1",),
    }  # fmt: skip
    if line.name == "ADR":
        values = [plain(part) for part in parts(line.value)]
        if "LABEL" in line.params:  # some write colons in it without the quotes that they need
            values[0] = values[0].rpartition(":")[2].strip()
        item.update({key: text for key, text in zip(ADDRESS, values, strict=False) if text})
        card["addresses"].append(item)
        return item
    item["value"] = plain(line.value).removeprefix("tel:").removeprefix("mailto:")
    if line.name == "TEL":
        item["kind"] = next((kind for kind in PHONES if kind in types), "voice")
    card[{"EMAIL": "emails", "TEL": "phones", "URL": "urls"}[line.name]].append(item)
    return item


def _finish(card: dict[str, Any]) -> dict[str, Any]:
    """A name to show, where the card has none; and whether it is of a person or, as named like its company, of that."""
    if not card.get("fn"):
        name = " ".join(card[k] for k in ("prefix", "given", "middle", "family", "suffix") if card.get(k))
        first = next((item["value"] for item in [*card["emails"], *card["phones"]]), "")
        card["fn"] = name or card.get("org") or first
    named = card.get("family") or card.get("given")
    company = card.get("show_as", "").upper() == "COMPANY" or (not named and card["fn"] == card.get("org"))
    card["kind"] = card.get("kind", "org" if company else "individual").lower()
    return card


def parts(value: str, separator: str = ";") -> list[str]:
    """Split at separators that are not escaped."""
    found, start, escaped = [], 0, False
    for place, letter in enumerate(value):
        if escaped:
            escaped = False
        elif letter == "\\":
            escaped = True
        elif letter == separator:
            found.append(value[start:place])
            start = place + 1
    return [*found, value[start:]]


def plain(value: str) -> str:
    """Escapes undone, spaces at the ends dropped."""
    return ESCAPED.sub(lambda m: "\n" if m[1] in "nN" else m[1], value).strip()
