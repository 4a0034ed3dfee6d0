"""Made-up values: for any field of any entity, something that its type accepts, the same for the same seed."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from random import Random
from typing import Any

from ..metamodel.catalog import Catalog, Entity, Field
from ..storage.ids import new_id

WORDS = ("amber", "birch", "coast", "delta", "elder", "fjord", "grove", "heath", "islet", "juniper")

Make = Callable[[Field, Random], dict[str, Any]]


def _word(random: Random) -> str:
    return f"{random.choice(WORDS)} {random.randrange(10**6)}"


def _text(field: Field, random: Random) -> dict[str, Any]:
    limit = getattr(field.options, "max", None)
    pattern = getattr(field.options, "pattern", None)
    text = _word(random)
    if pattern:
        text = next(
            (t for t in ("A1", "AB12", "1", "12345678", "a", text.replace(" ", "-")) if re.fullmatch(pattern, t)), text
        )
    return {field.name: text[: limit or 60]}


def _number(field: Field, random: Random) -> dict[str, Any]:
    low = getattr(field.options, "min", None)
    high = getattr(field.options, "max", None)
    base = int(low) if low is not None else 0
    top = int(high) if high is not None else base + 1000
    return {field.name: str(random.randint(base if base > 0 else 1 if top >= 1 else base, max(top, base)))}


def _integer(field: Field, random: Random) -> dict[str, Any]:
    return {field.name: int(_number(field, random)[field.name])}


MAKERS: Mapping[str, Make] = {
    "text": _text,
    "long_text": lambda f, r: {f.name: f"**{_word(r)}**\n\n{_word(r)}"},
    "integer": _integer,
    "decimal": _number,
    "percent": lambda f, r: {f.name: str(r.randint(0, 100))},
    "money": lambda f, r: {**_number(f, r), f"{f.name}_currency": "EUR"},
    "boolean": lambda f, r: {f.name: r.random() < 0.5},
    "date": lambda f, r: {f.name: f"{r.randint(1990, 2020)}-{r.randint(1, 12):02}-{r.randint(1, 28):02}"},
    "datetime": lambda f, r: {f.name: f"{r.randint(1990, 2020)}-{r.randint(1, 12):02}-{r.randint(1, 28):02}T10:00:00Z"},
    "duration": lambda f, r: {f.name: f"PT{r.randint(1, 500)}M"},
    "email": lambda f, r: {f.name: f"{r.choice(WORDS)}{r.randrange(10**6)}@example.org"},
    "phone": lambda f, r: {f.name: f"+44 20 7946 {r.randrange(1000):04}"},
    "url": lambda f, r: {f.name: f"https://example.org/{r.randrange(10**6)}"},
    "address": lambda f, r: {f"{f.name}_line1": _word(r), f"{f.name}_locality": "Wien", f"{f.name}_country": "AT"},
    "person_name": lambda f, r: {f"{f.name}_given": r.choice(WORDS).title(), f"{f.name}_family": r.choice(WORDS).title()},
    "tags": lambda f, r: {f.name: [r.choice(WORDS)]},
    "json": lambda f, r: {f.name: {"n": r.randrange(100)}},
    "location": lambda f, r: {f"{f.name}_lat": "48.208200", f"{f.name}_lon": "16.373800"},
    "colour": lambda f, r: {f.name: f"#{r.randrange(16**6):06x}"},
    "rating": lambda f, r: {f.name: 3},
    "country": lambda f, r: {f.name: "AT"},
    "language": lambda f, r: {f.name: "de"},
    "currency": lambda f, r: {f.name: "EUR"},
    "time_zone": lambda f, r: {f.name: "Europe/Vienna"},
}  # fmt: skip


def made_up(catalog: Catalog, field: Field, random: Random) -> dict[str, Any] | None:
    """Values for the columns of a field; None for kinds that depend on other records (links, files) or compute themselves."""
    if field.type.name in ("choice", "multi_choice"):
        kind = field.columns[0].kind
        codes = catalog.codes[str(kind.codes or kind.item.codes)]
        usable = [c.code for c in codes.values.values() if not c.retired]
        if not usable:
            return None
        return {field.name: random.choice(usable) if field.type.name == "choice" else [random.choice(usable)]}
    maker = MAKERS.get(field.type.name)
    return maker(field, random) if maker else None


def made_up_record(
    catalog: Catalog, entity: Entity, random: Random, link: Callable[[str], str | None], *, all_fields: bool
) -> dict[str, Any]:
    """Values for a new record: required fields, or all that can be made up. `link` gives an id of a record of an entity."""
    values: dict[str, Any] = {}
    state = entity.lifecycle.field if entity.lifecycle else None
    for field in entity.fields.values():
        if field.virtual or field.retired or field.read_only or field.type.name == "sequence" or field.name == state:
            continue
        if not field.required and not all_fields:
            continue
        if field.required and field.default is not None and not all_fields:
            continue
        values |= made_up(catalog, field, random) or (linked(field, link) if field.required else {})
    return values


def linked(field: Field, link: Callable[[str], str | None]) -> dict[str, Any]:
    """Values for the columns of a link, with `link` giving an id of a record of an entity; nothing for other fields."""
    if field.type.name not in ("link", "user"):
        return {}
    target = field.columns[0].kind.entities[0]
    id = link(target)
    if id is None:
        return {}
    return {field.name: id} | ({field.columns[1].name: target} if len(field.columns) > 1 else {})


__all__ = ["linked", "made_up", "made_up_record", "new_id"]
