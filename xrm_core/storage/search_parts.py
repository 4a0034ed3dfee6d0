"""The parts of an entry of the search index: what is open to the same readers stands together, so that nobody finds a record
by words that he may not read in it.

Search fields belong to one part when they have the same data class and the same grants name them. An entity with one part (most
have) has plain entries. Else the words of each part stand behind its mark, and the entry begins with a sign of how the fields
are parted and of which part its title is: `zqparty ~k3f9a0!! ! anna berg # 4420`. Marks are signs, which words never hold;
whoever may read everything searches the entry as a whole, as if they were not there. Who may not finds nothing in an entry that
is parted otherwise: where rights change, entries are made anew, and until then nobody reads across the new borders.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from xrm_core.metamodel.catalog import Catalog, Entity

MARKS = "!#&()*+,./;<=>@[]^{|}"
"""One for each part; what is beyond stands together in the last."""
TITLED, END = "~", "!"
Parts = tuple[tuple[str, ...], ...]


def parts_of(catalog: Catalog, entity: Entity) -> Parts:
    """The search fields that have texts of their own, by parts, in the order of their first fields."""

    def make() -> Parts:
        found: dict[object, list[str]] = {}
        for name in entity.search:
            if _has_text(entity, name):
                found.setdefault(_readers(catalog, entity, name), []).append(name)
        parts = [tuple(names) for names in found.values()]
        kept = parts[: len(MARKS) - 1]
        rest = tuple(name for names in parts[len(MARKS) - 1 :] for name in names)
        return (*kept, rest) if rest else tuple(kept)

    return catalog.derive(f"storage.search.parts.{entity.name}", make)


def sign_of(parts: Parts) -> str:
    """How the fields are parted, as a short word."""
    return hashlib.blake2b(repr(parts).encode(), digest_size=3).hexdigest() + END


def layout(catalog: Catalog, entity: Entity) -> list[str]:
    """What the entries of an entity depend on, for comparing with those that are there."""
    parts = parts_of(catalog, entity)
    return (
        [*entity.search, *("|".join(names) for names in parts), sign_of(parts)]
        if is_marked(parts)
        else [*entity.search]
    )


def _has_text(entity: Entity, name: str) -> bool:
    if "." in name:  # of a child table; what a link leads to has an entry of its own
        return name.partition(".")[0] in entity.children
    field = entity.fields.get(name)
    return field is not None and any(c.stored and c.kind.kind != "ref" for c in field.columns)


def _readers(catalog: Catalog, entity: Entity, name: str) -> object:
    """What decides who reads a search field: its data class, and the grants that name it."""
    holder, _, inner = name.partition(".")
    children = entity.children.get(holder) if inner else None
    child = catalog.entities.get(children.entity) if children is not None else None
    own = child.fields.get(inner) if child is not None else entity.fields.get(holder)
    outer = entity.fields.get(holder)
    data_class = (own.data_class if own is not None else None) or (outer.data_class if outer is not None else None)
    named = []
    for known, field in ((entity, holder), (child, inner)):
        for grant in catalog.grants_on(known) if known is not None else ():
            named += [field in (grant.fields or ()), field in grant.without]
    return data_class, child.name if child is not None else None, tuple(named)


def places_of_columns(entity: Entity, parts: Parts) -> list[list[int]]:
    """For each part the places of its fields among the search fields."""
    return [[entity.search.index(name) for name in names] for names in parts]


def joined(
    scope: str, sign: str, texts: Sequence[Sequence[tuple[str, str]]], first: Sequence[int]
) -> list[tuple[str, str]]:
    """Titles and words of many records out of those of each part. `first`: for each record the part that its title is of."""
    made = []
    skipped = len(scope) + 1
    for number, part in enumerate(first):
        sections = [scope, f"{TITLED}{sign}{MARKS[part]}"]
        for mark, of_part in zip(MARKS, texts, strict=False):
            words = of_part[number][1][skipped:]
            sections += [mark, words] if words else [mark]
        made.append((texts[part][number][0], " ".join(sections)))
    return made


def title_parts(
    places: Sequence[Sequence[int]], filled: Sequence[Sequence[bool]], rows: Sequence[Mapping[str, Any]]
) -> list[int]:
    """For each record the part of its first search field that is not empty; `filled`: for each field, whether it is, by record."""
    part_of = {column: part for part, columns in enumerate(places) for column in columns}
    return [
        next((part_of[c] for c in range(len(filled)) if c in part_of and filled[c][n]), 0) for n in range(len(rows))
    ]


# ---- as SQL
def is_marked(parts: Parts) -> bool:
    """Whether entries are in parts."""
    return len(parts) > 1


def is_parted(dialect: str, body: sa.ColumnElement[Any], parts: Parts) -> sa.ColumnElement[bool]:
    """Whether an entry is parted in this way."""
    find = sa.func.instr if dialect == "sqlite" else sa.func.strpos
    return find(body, sa.literal_column(f"' {TITLED}{sign_of(parts)}'")) > sa.literal_column("0")


def section(dialect: str, body: sa.ColumnElement[Any], number: int, count: int) -> sa.ColumnElement[Any]:
    """The words of one part of an entry; nothing where the entry has no such part."""
    find = sa.func.instr if dialect == "sqlite" else sa.func.strpos
    start: sa.ColumnElement[Any] = find(body, sa.literal_column(f"' {MARKS[number]}'"), type_=sa.Integer())
    known = sa.func.nullif(start, sa.literal_column("0"))
    if number == count - 1:
        return sa.func.substr(body, known)
    end: sa.ColumnElement[Any] = find(body, sa.literal_column(f"' {MARKS[number + 1]}'"), type_=sa.Integer())
    greatest = sa.func.max if dialect == "sqlite" else sa.func.greatest
    return sa.func.substr(body, known, greatest(end - start, sa.literal_column("0")))


def titled(dialect: str, body: sa.ColumnElement[Any], number: int, parts: Parts) -> sa.ColumnElement[bool]:
    """Whether the title of an entry is of that part."""
    find = sa.func.instr if dialect == "sqlite" else sa.func.strpos
    return find(body, sa.literal_column(f"' {TITLED}{sign_of(parts)}{MARKS[number]}'")) > sa.literal_column("0")


__all__ = [
    "MARKS",
    "Parts",
    "is_marked",
    "is_parted",
    "joined",
    "layout",
    "parts_of",
    "places_of_columns",
    "section",
    "sign_of",
    "title_parts",
    "titled",
]
