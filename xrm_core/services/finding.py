"""Records found by a few words over many entities, as a palette asks for them: few statements, the first hits of each."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import NamedTuple
from uuid import UUID

from ..errors import BadRequest
from ..expressions import one_of, quote
from ..metamodel.catalog import Entity, Field
from ..metamodel.values import Query, Record
from ..storage import search
from .lists import list_records
from .sight import reads
from .work import Work

ALWAYS = 1
"""Entities that are asked in any case, though nothing is known of them."""
YEARS = 4
PLACE = re.compile(r"\{(n|year|yy|month|day|[a-z][a-z0-9_]*)(?::0?([1-9][0-9]?))?\}", re.ASCII)


class Hit(NamedTuple):
    """A record that was found."""

    id: str
    title: str
    row: Record


class Group(NamedTuple):
    """The first hits of an entity, and whether there are more."""

    entity: Entity
    hits: list[Hit]
    more: bool


def is_id(text: str) -> bool:
    """Is it the id of a record?"""
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False


def found_in(
    work: Work, q: str, entities: Sequence[Entity], each: int, columns: Callable[[Entity], Sequence[str]] = lambda _: (),
    left: list[Entity] | None = None,
) -> Iterator[Group]:  # fmt: skip
    """The first hits of each entity that has some, in the order of `entities`, with further columns where wanted.

    One look at the index tells which to ask, and for rare words what for. It reads what the actor may not, so it decides nothing but
    that: each is asked under his rights. Of frequent words it tells only where they are found soon. An entity that is found by what it
    points to then shows what points to the hits that were found before it: its whole list would be gone through. All others that may
    have hits come into `left`, but for the first of `entities`."""
    look = search.survey(work.tx, work.catalog, q)
    found: dict[str, list[Hit]] = {}
    for place, entity in enumerate(entities if look is not None else ()):
        assert look is not None
        query = Query(entity.name, tuple(dict.fromkeys(("id", "display", *columns(entity)))), None, (), each, q=q)
        words = look.words_for(entity.name)
        if words is None:
            pointing = _pointing_to(entity, found) if look.is_open(entity.name) else None
            if pointing is not None:
                query = replace(query, filter=pointing, q=None)
            elif not look.is_open(entity.name):
                continue
            elif place >= ALWAYS:
                if left is not None:
                    left.append(entity)
                continue
        try:
            page = list_records(work, query, words)
        except BadRequest:  # words that cannot be looked for in it
            continue
        if page.rows:
            found[entity.name] = [Hit(str(r["id"]), str(r["display"] or r["id"]), r) for r in page.rows]
            yield Group(entity, found[entity.name], page.next is not None or query.q is None)
        elif query.q is None and left is not None:
            left.append(entity)


def _pointing_to(entity: Entity, found: Mapping[str, Sequence[Hit]]) -> str | None:
    """Which records of an entity point to hits of others by the links that it is searched by; None where none can."""
    made = []
    for name in entity.search:
        field = entity.fields.get(name)
        kind = field.columns[0].kind if field is not None and field.columns else None
        targets = kind.entities if kind is not None and len(kind.entities) == 1 else ()
        hits = [hit for target in targets for hit in found.get(target, ())]
        if kind is not None and kind.kind == "ref" and hits:
            made.append(one_of(f"record.{name}", (hit.id for hit in hits)))
    return " || ".join(made) or None


def numbered(work: Work, entity: Entity, text: str, each: int) -> list[Hit]:
    """Records of an entity that bear this number: the whole of it, its beginning with the letters before the digits, or its digits alone,
    of this year and the last ones; or whose id it is."""
    wanted = [f"record.id == {quote(text.lower())}"] if is_id(text) else []
    for field in entity.fields.values():
        if field.type.name == "sequence" and not field.retired and reads(work, entity, field.name):
            wanted += [f"record.{field.name} == {quote(mark)}" for mark in marks_of(field, text, work.today)]
            head = str(getattr(field.options, "pattern", "")).partition("{")[0]
            if head and len(text) > len(head) and text.upper().startswith(head.upper()):
                wanted.append(f"record.{field.name}.startsWith({quote(head + text[len(head) :])})")
    if not wanted:
        return []
    page = list_records(work, Query(entity.name, ("id", "display"), " || ".join(wanted), (), each))
    return [Hit(str(r["id"]), str(r["display"] or r["id"]), r) for r in page.rows]


def marks_of(field: Field, text: str, today: date) -> list[str]:
    """The numbers of a sequence that somebody may mean by `text`: "42" is "DN-2026-00042", and those of the years before."""
    marks = [text, text.upper()]
    pattern = str(getattr(field.options, "pattern", "{n}"))
    if text.isascii() and text.isdigit() and {m[1] for m in PLACE.finditer(pattern)} <= {"n", "year", "yy"}:
        for year in range(today.year, today.year - YEARS, -1):
            said = {"n": text, "year": str(year), "yy": f"{year % 100:02}"}
            marks.append(PLACE.sub(lambda m, said=said: said[m[1]].zfill(int(m[2] or 0)), pattern))  # type: ignore[misc]  # a lambda with a default
    return list(dict.fromkeys(marks))
