"""Records found by a few words over many entities, as a palette asks for them: few statements, the first hits of each."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import replace
from datetime import date
from typing import NamedTuple
from uuid import UUID

from ..errors import BadRequest
from ..metamodel.catalog import Entity, Field
from ..metamodel.values import Query
from ..storage import search
from .lists import list_records, quote
from .sight import reads
from .work import Work

GLANCE = 80
"""Entries of the index that are looked at to learn which entities have hits."""
ALWAYS = 3
"""Entities that are asked in any case, where there are more hits than that; and those that are asked for what they point to."""
YEARS = 4
PLACE = re.compile(r"\{(n|year|yy|month|day|[a-z][a-z0-9_]*)(?::0?([1-9][0-9]?))?\}", re.ASCII)


class Hit(NamedTuple):
    """A record that was found."""

    id: str
    title: str


def is_id(text: str) -> bool:
    """Is it the id of a record?"""
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False


def found_in(work: Work, q: str, entities: Sequence[Entity], each: int) -> Iterator[tuple[Entity, list[Hit], bool]]:
    """(entity, its first hits, whether there are more) in the order of `entities`, without those that have none.

    One look at the index tells which of them to ask. It reads what the actor may not, so it decides nothing but that: each is asked
    under his rights, and where the look was cut short, the first of the list are asked in any case. An entity that is found by what it
    points to then shows what points to the hits that were found before it: its whole list would be gone through for frequent words."""
    glance = search.find(work.tx, work.catalog, q, [e.name for e in entities], GLANCE)
    seen = {entity for entity, _ in glance}
    whole = len(glance) < GLANCE
    led = 0
    found: dict[str, list[Hit]] = {}
    for place, entity in enumerate(entities):
        query = Query(entity.name, ("id", "display"), None, (), each, q=q)
        is_led = entity.name not in seen and (whole or place >= ALWAYS)
        if is_led:
            if led >= ALWAYS or not _leads_to(entity, seen):
                continue
            led += 1
        if is_led and not whole:
            pointing = _pointing_to(entity, found)
            if pointing is None:
                continue
            query = replace(query, filter=pointing, q=None)
        try:
            page = list_records(work, query)
        except BadRequest:  # words that cannot be looked for in it
            continue
        if page.rows:
            found[entity.name] = [Hit(str(r["id"]), str(r["display"] or r["id"])) for r in page.rows]
            yield entity, found[entity.name], page.next is not None or query.q is None


def _pointing_to(entity: Entity, found: Mapping[str, Sequence[Hit]]) -> str | None:
    """Which records of an entity point to hits of others by the links that it is searched by; None where none can."""
    made = []
    for name in entity.search:
        field = entity.fields.get(name)
        kind = field.columns[0].kind if field is not None and field.columns else None
        targets = kind.entities if kind is not None and len(kind.entities) == 1 else ()
        hits = [hit for target in targets for hit in found.get(target, ())]
        if kind is not None and kind.kind == "ref" and hits:
            made.append(f"record.{name} in [{', '.join(quote(hit.id) for hit in hits)}]")
    return " || ".join(made) or None


def _leads_to(entity: Entity, seen: Set[str]) -> bool:
    """Is it found by what its links point to, and is something of that found? Then its own entries in the index do not tell."""
    fields = (entity.fields.get(name) for name in entity.search)
    return any(f is not None and f.columns and not seen.isdisjoint(f.columns[0].kind.entities) for f in fields)


def numbered(work: Work, entity: Entity, text: str, each: int) -> list[Hit]:
    """Records of an entity that bear this number: the whole of it, or its digits alone, of this year and the last ones; or whose id
    it is."""
    wanted = [f"record.id == {quote(text.lower())}"] if is_id(text) else []
    for field in entity.fields.values():
        if field.type.name == "sequence" and not field.retired and reads(work, entity, field.name):
            marks = [f"record.{field.name} == {quote(mark)}" for mark in marks_of(field, text, work.today)]
            wanted += marks
    if not wanted:
        return []
    page = list_records(work, Query(entity.name, ("id", "display"), " || ".join(wanted), (), each))
    return [Hit(str(r["id"]), str(r["display"] or r["id"])) for r in page.rows]


def marks_of(field: Field, text: str, today: date) -> list[str]:
    """The numbers of a sequence that somebody may mean by `text`: "42" is "DN-2026-00042", and those of the years before."""
    marks = [text, text.upper()]
    pattern = str(getattr(field.options, "pattern", "{n}"))
    if text.isascii() and text.isdigit() and {m[1] for m in PLACE.finditer(pattern)} <= {"n", "year", "yy"}:
        for year in range(today.year, today.year - YEARS, -1):
            said = {"n": text, "year": str(year), "yy": f"{year % 100:02}"}
            marks.append(PLACE.sub(lambda m, said=said: said[m[1]].zfill(int(m[2] or 0)), pattern))  # type: ignore[misc]  # a lambda with a default
    return list(dict.fromkeys(marks))
