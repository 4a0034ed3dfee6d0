"""Which field a column means: by its name in any language, by words that mean the same, and by what its values look like."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from functools import lru_cache

from msgspec import Struct

from ...fields.code_lists import list_name
from ...fields.standards import fold
from ...metamodel.field_type import Env, FieldFault
from .mapping.texts import SERIAL, DateReader, ValueFault, read_number
from .preview import Preview
from .slots import Slot

WORDS = (
    ("name", "company", "company name", "organisation", "organization", "account name", "full name", "firma", "firmenname", "fn", "nom", "nombre"),
    ("given name", "given", "first name", "firstname", "forename", "vorname", "prenom", "nombre de pila"),
    ("family name", "family", "last name", "lastname", "surname", "nachname", "familienname", "nom de famille", "apellido"),
    ("e mail", "email", "mail", "email address", "e mail address", "e mail adresse", "correo", "courriel"),
    ("phone", "telephone", "tel", "mobile", "cell", "telefon", "telefonnummer", "phone number", "handy", "telefono"),
    ("postcode", "post code", "zip", "zip code", "postal code", "plz", "postleitzahl", "code postal"),
    ("locality", "city", "town", "place", "ort", "stadt", "ville", "ciudad", "mailing city"),
    ("region", "state", "county", "province", "bundesland"),
    ("country", "land", "pays", "pais", "country code", "nation"),
    ("line1", "address", "street", "strasse", "adresse", "rue", "address line 1", "street address"),
    ("line2", "address line 2", "address 2"),
    ("website", "url", "homepage", "web", "site", "internet", "webseite"),
    ("amount", "value", "sum", "price", "betrag", "summe", "montant", "importe", "total"),
    ("currency", "wahrung", "devise", "moneda", "iso currency"),
    ("date", "datum", "day", "fecha"),
    ("description", "note", "notes", "comment", "comments", "remark", "remarks", "beschreibung", "bemerkung", "notiz"),
    ("birthday", "birth date", "date of birth", "dob", "geburtsdatum", "birthdate"),
    ("source key", "id", "external id", "key", "record id", "uid", "schlussel"),
    ("quantity", "qty", "menge", "anzahl", "count"),
    ("tags", "keywords", "categories", "schlagworter"),
)  # fmt: skip
"""Groups of column names that mean the same thing."""
GROUPS: Mapping[str, int] = {word: n for n, words in enumerate(WORDS) for word in words}
MAIL, PLACE = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+"), re.compile(r"https?://|www\.", re.I)
PHONE = re.compile(r"\+?[\d\s().\-/]{6,20}")
FEW = 25
"""So many different values may be those of a list in other words."""
LEAST, LIKELY, SURE = 0.5, 0.7, 0.9
"""From which likeness on a column is guessed at all, is likely, is sure."""
FORMS = ("dd/mm/yyyy", "mm/dd/yyyy", "dd.mm.yyyy", "dd-mm-yyyy", "yyyy/mm/dd", "yyyymmdd", "dd/mm/yy", "mm/dd/yy", "dd.mm.yy", "dd mmm yyyy", "dd-mmm-yyyy", "mm/yyyy")  # fmt: skip
"""The forms of dates that are tried, beside ISO."""
STYLES = ("en", "de", "fr")
WORKBOOKS = ("xlsx", "xls", "ods")


class Guess(Struct, frozen=True):
    """A field that a column may mean, and how sure that is, from 0 to 1."""

    slot: str
    score: float
    constants: tuple[tuple[str, str], ...] = ()
    """Slots that get the same value in all rows with it: the kind of a contact point, say."""

    @property
    def word(self) -> str:
        """How sure: `sure`, `likely` or `maybe`."""
        return "sure" if self.score >= SURE else "likely" if self.score >= LIKELY else "maybe"


class Found(Struct, frozen=True):
    """How a file writes things: dates (`''`: ISO, or none), other forms that fit all values as well, and numbers."""

    dates: str = ""
    also: tuple[str, ...] = ()
    numbers: str = "en"
    counted: bool = False
    """May a day be written as a number, as spreadsheets count them?"""


@lru_cache(maxsize=20_000)
def plain(text: str) -> str:
    """A name as it is compared: words in lower case, without accents and signs."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text)
    return " ".join(re.sub(r"[^a-z0-9]+", " ", fold(apart)).split())


@lru_cache(maxsize=100_000)
def likeness(column: str, text: str) -> float:
    """How much a heading says the same as a field's name or label, from 0 to 1."""
    a, b = plain(column), plain(text)
    if not a or not b:
        return 0.0
    if a == b:
        return 1.0
    if a.replace(" ", "") == b.replace(" ", ""):
        return 0.98
    if a in GROUPS and GROUPS[a] == GROUPS.get(b):
        return 0.9
    words, others = set(a.split()), set(b.split())
    if words & others and (words <= others or others <= words):
        return 0.66
    tails = {GROUPS[w] for w in (a.split()[-1], " ".join(a.split()[-2:])) if w in GROUPS}
    if GROUPS.get(b, -1) in tails:
        return 0.64
    same = SequenceMatcher(None, a, b).ratio()
    return 0.66 if same > 0.86 and min(len(a), len(b)) > 4 else 0.0


def guess_columns(preview: Preview, slots: Mapping[str, Slot], env: Env, found: Found) -> dict[str, Guess]:
    """The likeliest field of each column; no field twice, and none where the values cannot be of it."""
    scored: list[tuple[float, int, int, str, str]] = []
    for place, column in enumerate(preview.columns):
        values = preview.values(column)[:100]
        for number, slot in enumerate(slots.values()):
            named = max((likeness(_last(column), text) for text in slot.texts), default=0.0)
            named *= 1.0 if not slot.table else 0.97 if named > LIKELY else 0.75
            named *= _may_mean(column, slot)
            score = max(named, _by_values(values, slot, env)) if named < LEAST else named
            if score >= LEAST:
                score *= _fits(values, slot, env, found)
            if score >= LEAST:
                scored.append((-score, place, number, column, slot.name))
    taken: dict[str, Guess] = _kinds(preview, slots, env)
    used: set[str] = {guess.slot for guess in taken.values()}
    for score, _, _, column, name in sorted(scored):
        if column not in taken and name not in used:
            taken[column] = Guess(name, -score)
            used.add(name)
    return taken


def _may_mean(column: str, slot: Slot) -> float:
    """0 where a heading that fits a field by its words means something else: a sum is not the value of an identifier, and what
    is said of an item of a list belongs to a row of a child table that is called so."""
    head = plain(_last(column))
    if GROUPS.get(head) == GROUPS["amount"] and slot.column.kind.kind == "text" and head not in map(plain, slot.texts):
        return 0.0
    item = re.match(r"(\w+)\[(\d+)\]\.", column)
    if item is None:
        return 1.0
    table, _sign, row = slot.table.partition("#")
    if not table:
        return 1.0 if item[2] == "0" else 0.0
    return 1.0 if row == str(int(item[2]) + 1) and likeness(item[1], table) > 0 else 0.0


def _kinds(preview: Preview, slots: Mapping[str, Slot], env: Env) -> dict[str, Guess]:
    """Columns called as a code of a child table's kind: `Fax` is a contact point of the kind fax, in a row of its own."""
    found: dict[str, Guess] = {}
    for kind in [
        s
        for s in slots.values()
        if s.table.endswith("#1") and s.field.type.name == "choice" and s.column.name == "kind"
    ]:
        table, codes = kind.table.partition("#")[0], env.codes.get(list_name(kind.field))
        if codes is None or f"{kind.table}.value" not in slots:
            continue
        for column in preview.columns:
            code = next(
                (c for c, of in codes.values.items() if not of.retired and _is_called(column, (c, *of.label.values()))),
                None,
            )
            row = f"{table}#{1 + sum(g.slot.startswith(f'{table}#') for g in found.values())}"
            if code is not None and f"{row}.value" in slots and column not in found:
                found[column] = Guess(f"{row}.value", 0.9, ((f"{row}.kind", code),))
    return found


def _is_called(column: str, texts: Sequence[str]) -> bool:
    return max(likeness(_last(column), text) for text in texts) >= SURE


def _last(column: str) -> str:
    """The last part of a path in nested data: `buyer.name` is told by both, `emails[0].value` is an email."""
    item = re.fullmatch(r"(?:.*\.)?(\w+?)s?\[\d+\]\.value", column)
    if item is not None:
        return item[1]
    parts = [p.partition("[")[0] for p in column.split(".")]
    return " ".join(parts[-2:]) if len(parts) > 1 and parts[-1] in ("value", "name", "id") else parts[-1] or column


def _by_values(values: Sequence[str], slot: Slot, env: Env) -> float:
    """How likely values alone speak for a field: addresses of mail and web, codes of a list."""
    if len(values) < 2:
        return 0.0
    if slot.field.type.name == "email" or (slot.table and slot.column.name == "value" and slot.table.endswith("#1")):
        return 0.6 if _share(values, MAIL) > 0.8 else 0.0
    if slot.field.type.name == "url":
        return 0.6 if _share(values, PLACE) > 0.8 else 0.0
    if slot.field.type.name == "phone":
        return 0.55 if _share(values, PHONE) > 0.8 else 0.0
    if slot.field.type.name == "choice" and not slot.table and len(set(values)) > 1:
        return 0.55 if _readable(values, slot, env) == 1 else 0.0
    return 0.0


def _share(values: Sequence[str], pattern: re.Pattern[str]) -> float:
    return sum(bool(pattern.match(v)) for v in values) / len(values)


def _fits(values: Sequence[str], slot: Slot, env: Env, found: Found) -> float:
    """1 where most values can be of the field, less where they cannot."""
    if not values or slot.targets:
        return 1.0
    kind = slot.column.kind.kind
    if kind in ("int", "decimal"):
        share = _parsed(values, lambda text: read_number(text, found.numbers))
    elif kind in ("date", "datetime"):
        forms = [*([found.dates] if found.dates else []), *([SERIAL] if found.counted else [])]
        share = _parsed([v[:10] if kind == "datetime" and not forms else v for v in values], DateReader(forms))
    else:
        share = _readable(values, slot, env)
        if slot.field.type.name == "choice" and share == 0 and len(set(values)) <= FEW:
            return 0.6  # other words for the same: what each means is asked in the check
    return 1.0 if share >= 0.8 else 0.85 if share >= 0.4 else 0.6 if share > 0 else 0.4


def _parsed(values: Sequence[str], read: object) -> float:
    good = 0
    for value in values:
        try:
            read(value)  # type: ignore[operator]  # one of the readers of texts
        except (ValueFault, ArithmeticError):
            continue
        good += 1
    return good / len(values)


def _readable(values: Sequence[str], slot: Slot, env: Env) -> float:
    """The share of values that the field's type takes."""
    good = 0
    for value in values:
        try:
            slot.field.type.read({slot.column.name: value}, slot.field, env)
        except (FieldFault, KeyError):
            continue
        good += 1
    return good / len(values)


MOSTLY = 0.6
"""So many of the values have to be days of a form: the others are faults of their rows, and told there."""


def find_forms(preview: Preview, order: str = "dmy", name: str = "") -> Found:
    """How the file writes dates and numbers, from the columns that look like either. Where several forms of dates fit all
    values, the reader's order of day and month decides, and the others are told."""
    dated = [found for c in preview.columns if (found := _dated(preview.values(c)))]
    fit = [form for form in FORMS if dated and all(form in forms for forms in dated)]
    if not fit and dated:
        fit = [form for form in FORMS if any(form in forms for forms in dated)][:1]
    fit.sort(key=lambda form: form.startswith("mm/dd") != (order == "mdy"))
    written = [
        v
        for c in preview.columns
        for v in preview.values(c)
        if re.search(r"\d", v) and not re.search(r"[a-zA-Z]{4}|[@/:]", v)
    ]
    counts = {style: sum(_is_number(v, style) for v in written) for style in STYLES}
    style = max(STYLES, key=lambda one: counts[one]) if written else "en"
    return Found(fit[0] if fit else "", tuple(fit[1:]), style, counts_days(preview.format, name))


def counts_days(format: str, name: str = "") -> bool:
    """May a file hold days as numbers: a workbook, or what was refused of one and comes back as CSV?"""
    return format in WORKBOOKS or name.casefold().removesuffix(".csv").endswith(tuple(f".{one}" for one in WORKBOOKS))


def _is_number(text: str, style: str) -> bool:
    if not re.search(r"[.,]|\d\s\d", text):
        return False
    try:
        read_number(text, style)
    except (ValueFault, ArithmeticError):
        return False
    return True


def _dated(values: Sequence[str]) -> list[str]:
    """The forms of dates that the most values of a column have (with or without a time), a few wrong days aside; none for ISO and
    other texts."""
    if len(values) < 1 or not all(re.search(r"\d", v) and 6 <= len(v) <= 25 for v in values[:20]):
        return []
    shares = {form: _parsed(values, DateReader([form])) for form in FORMS}
    best = max(shares.values())
    if best < MOSTLY or _parsed(values, DateReader([])) >= best:
        return []
    return [form for form, share in shares.items() if share == best]


def rank(
    columns: Sequence[str], file: str, known: Mapping[str, tuple[Sequence[str], Mapping[str, Slot]]], env: Env, many: int = 3
) -> list[str]:  # fmt: skip
    """The entities whose fields tell most of the columns, at most `many`; `known`: by name what they are called, and their slots.
    A column counts once, for the field that fits it best; one of a child row or a part of an address counts less than a field of
    the record itself, and a required field that no column fills speaks against the entity."""
    heads = {plain(_last(column)) for column in columns} - {""}
    called = plain(re.sub(r"[\d_]+", " ", file.rsplit(".", 1)[0]))
    scores: list[tuple[float, str]] = []
    for name, (titles, slots) in known.items():
        hits, needed = dict.fromkeys(heads, 0.0), 0
        for slot in slots.values():
            if slot.table.partition("#")[2] not in ("", "1"):
                continue
            texts = {plain(text) for text in (*slot.texts, *_kind_texts(slot, env))} - {""}
            groups = {GROUPS[text] for text in texts if text in GROUPS}
            weight = PART if slot.table or len(slot.field.columns) > 2 else 1.0
            found = {
                head: 1.0 if head in texts else 0.6 for head in heads if head in texts or GROUPS.get(head) in groups
            }
            for head, hit in found.items():
                hits[head] = max(hits[head], hit * weight)
            needed += slot.required and not slot.table and not found
        score = sum(hits.values()) - needed
        score += 2.0 if any(plain(title) in called.split() or plain(title) == called for title in titles) else 0.0
        if score > 0.9:
            scores.append((-score, name))
    return [name for _, name in sorted(scores)[:many]]


PART = 0.7
"""What a column of a child row or of a compound field counts, where one of the record itself is 1."""


def _kind_texts(slot: Slot, env: Env) -> Sequence[str]:
    """What the codes of the kind of a child row are called: a column `Fax` is a row of that kind."""
    if not slot.table or slot.column.name != "kind" or slot.field.type.name != "choice":
        return ()
    codes = env.codes.get(list_name(slot.field))
    return () if codes is None else [text for c, of in codes.values.items() for text in (c, *of.label.values())]
