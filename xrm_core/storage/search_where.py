"""Search as a condition of a statement: which records hold the words, or the part of a title.

Where few records are hit they are collected first (`search_weigh`), and the condition names them. Else the list is gone
through in its order, and the entry of each record is read: that ends as soon as a page is full.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol, TypeAlias

import sqlalchemy as sa
from msgspec import Struct

from xrm_core.metamodel.catalog import Catalog, Entity

from .search_text import Words
from .system import search as table
from .tables import table_of


class Place(Struct, frozen=True):
    """Where a record's words may stand: in the entry of the record (or of one that it points to) under this column. `through`: the
    link that leads to the one with the column, and the entity of that."""

    column: str
    entity: str
    through: tuple[str, str] | None = None


def places_of(catalog: Catalog, entity: str) -> list[Place]:
    """The record itself, then the records that links among the search fields point to, through one link or two: so a donor is
    found by the name of its party, a donation by that of its donor's, and by the name that the party has now."""
    known = catalog.entity(entity)
    return [Place("id", entity), *(place for name in known.search for place in _places(catalog, known, name))]


def _places(catalog: Catalog, entity: Entity, name: str) -> Iterator[Place]:
    first, _, second = name.partition(".")
    column, targets = _link(entity, first)
    if not second:
        yield from (Place(column, target) for target in targets)
        return
    for between in (t for t in targets if first not in entity.children and t in catalog.entities):
        further, ends = _link(catalog.entities[between], second)
        yield from (Place(further, end, (column, between)) for end in ends)


def _link(entity: Entity, name: str) -> tuple[str, tuple[str, ...]]:
    """The column of a link that is stored, and where it leads; nowhere for any other field."""
    field = entity.fields.get(name)
    column = field.columns[0] if field is not None and field.columns else None
    if column is None or not column.stored or column.kind.kind != "ref":
        return "", ()
    return column.name, tuple(column.kind.entities)


def condition(
    catalog: Catalog, dialect: str, entity: str, record: sa.FromClause, words: Words, eyes: Eyes | None = None
) -> sa.ColumnElement[bool]:
    """Whether a record is found, with parameters that `values` gives. `eyes`: by one who does not see everything; then those
    that were collected are still asked for the words that he sees."""
    places = places_of(catalog, entity)
    spot = plain_spot(catalog, dialect, record) if eyes is None else eyes.spot(entity, record)
    if words.hits is None:
        return _held(spot, places, words)
    named = _among(catalog, dialect, record, places)
    return named if words.is_exact and eyes is None else sa.and_(named, _held(spot, places, words))


def values(words: Words) -> dict[str, Any]:
    """The parameters of `condition` and of the tests of entries."""
    given: dict[str, Any] = {"q_part": words.part}
    given |= {f"q{n}": f" {word}" for n, word in enumerate(words.words)}
    return given | {f"q_{entity}": ids for entity, ids in (words.hits or {}).items()}


def _among(catalog: Catalog, dialect: str, record: sa.FromClause, places: Sequence[Place]) -> sa.ColumnElement[bool]:
    """Whether a record is one of those that were collected, or points to one."""

    def named(of: sa.FromClause, place: Place) -> sa.ColumnElement[bool]:
        if place.through is None:
            return _named(dialect, of.c[place.column], place.entity)
        column, between = place.through[0], table_of(catalog, place.through[1]).alias()
        led = sa.select(between.c.id).where(_named(dialect, between.c[place.column], place.entity))
        return of.c[column].in_(led.where(*is_there(between)))

    if dialect == "sqlite" or len(places) == 1:
        return sa.or_(*[named(record, p) for p in places])
    # each link by its own index: by an OR of them PostgreSQL goes through the list in its order, to the end where few are found
    own = record.alias()
    found = sa.union(*[sa.select(own.c.id).where(named(own, p)) for p in places])
    return record.c.id.in_(found)


def _named(dialect: str, column: sa.ColumnElement[Any], entity: str) -> sa.ColumnElement[bool]:
    """Whether a column holds one of the records that were collected."""
    given = sa.bindparam(f"q_{entity}", type_=sa.Text())
    if dialect == "sqlite":
        listed = sa.func.json_each(given).table_valued(sa.column("value", sa.Text()))
        return column.in_(sa.select(listed.c.value))
    # behind a SELECT, for the planner weighs each of thousands of ids that it sees, which takes as long as the list
    unseen = sa.select(given).scalar_subquery()
    return column == sa.any_(sa.cast(unseen, sa.ARRAY(sa.Uuid())))


Spot: TypeAlias = Callable[[Place, Callable[["Entry"], sa.ColumnElement[bool]]], sa.ColumnElement[bool]]
"""Whether the entry at a place meets a test."""


class Entry:
    """An entry as everybody sees it who sees all of it: its words and its title."""

    def __init__(self, dialect: str) -> None:
        self.dialect = dialect

    def word(self, number: int) -> sa.ColumnElement[bool]:
        """Whether it has a word that begins with this one."""
        return word_test(self.dialect, number)

    def part(self) -> sa.ColumnElement[bool]:
        """Whether the part stands anywhere in its title."""
        return part_test(self.dialect)

    def whole(self, words: Words) -> sa.ColumnElement[bool]:
        """Whether it holds all words, or the part in its title."""
        tests = [sa.and_(*[self.word(n) for n in range(len(words.words))])] if words.words else []
        return sa.or_(*tests, *([self.part()] if words.has_part else []))


class Eyes(Protocol):
    """One who does not see everything."""

    def spot(self, entity: str, record: sa.FromClause) -> Spot:
        """The entries of the records of an entity, as he sees them."""


def _held(spot: Spot, places: Sequence[Place], words: Words) -> sa.ColumnElement[bool]:
    """Whether the entries of a record hold all words, each group at one place or another, or one of them the part in its title."""
    if len(places) == 1 or words.is_one:  # one entry holds it all
        return sa.or_(*[spot(p, lambda entry: entry.whole(words)) for p in places])
    each = [
        sa.or_(*[spot(p, lambda e, group=group: sa.and_(*[e.word(n) for n in group])) for p in places])  # type: ignore[misc]
        for group in words.groups
    ]
    tests = [sa.and_(*each)]
    if words.has_part:
        tests.append(sa.or_(*[spot(p, lambda entry: entry.part()) for p in places]))
    return sa.or_(*tests)


def plain_spot(catalog: Catalog, dialect: str, record: sa.FromClause) -> Spot:
    """The entries of a record, for one who sees all of them."""

    def spot(place: Place, test: Callable[[Entry], sa.ColumnElement[bool]]) -> sa.ColumnElement[bool]:
        held: sa.ColumnElement[Any]
        if place.through is None:
            held = record.c[place.column]
        else:
            column, between = place.through[0], table_of(catalog, place.through[1]).alias()
            led = sa.select(between.c[place.column]).where(between.c.id == record.c[column], *is_there(between))
            held = led.correlate(record).scalar_subquery()
        at = (table.c.entity == place.entity, table.c.record_id == held)
        return is_met(sa.select(test(Entry(dialect))).where(*at), record)

    return spot


def is_there(record: sa.FromClause) -> list[sa.ColumnElement[bool]]:
    """What is not in the bin: nothing is found by the way of what is."""
    return [record.c.deleted_at.is_(None)] if "deleted_at" in record.c else []


def is_met(test: sa.Select[Any], record: sa.FromClause) -> sa.ColumnElement[bool]:
    """The test of one entry. A value and no EXISTS: PostgreSQL would make a join of that, and read all entries."""
    return sa.type_coerce(test.correlate(record).scalar_subquery(), sa.Boolean()).is_(sa.true())


def entry_test(dialect: str, words: Words) -> sa.ColumnElement[bool]:
    """Whether an entry of xrm_search holds all words, or the part in its title."""
    return Entry(dialect).whole(words)


def word_test(dialect: str, number: int) -> sa.ColumnElement[bool]:
    """Whether an entry has a word that begins with this one: words stand in it one after the other, the first is its scope."""
    return inside(dialect, table.c.body, f"q{number}")


def part_test(dialect: str) -> sa.ColumnElement[bool]:
    """Whether the part stands anywhere in the title of an entry."""
    return inside(dialect, table.c.title, "q_part")


def inside(dialect: str, column: sa.ColumnElement[Any], name: str) -> sa.ColumnElement[bool]:
    """Whether a text holds what the parameter of that name says."""
    found = sa.func.instr if dialect == "sqlite" else sa.func.strpos
    return found(column, sa.bindparam(name, type_=sa.Text())) > sa.literal_column("0")


def scope_word(entity: str) -> str:
    """A word that every entry of the entity begins with, so that words of other entities are not gone through."""
    return "zq" + entity.replace("_", "q0")


def match(dialect: str, entities: Sequence[str], words: Sequence[str]) -> str:
    """Beginnings of words, all of them in one entry of these entities, as the indexes of each database ask for it. Words are
    letters and digits only."""
    if dialect == "sqlite":
        scopes = " OR ".join(f'"{scope_word(entity)}"' for entity in entities)
        return " AND ".join([f"({scopes})", *(f'"{word}"*' for word in words)])
    scopes = " | ".join(f"'{scope_word(entity)}'" for entity in entities)
    return " & ".join([f"({scopes})", *(f"'{word}':*" for word in words)])


def part_match(dialect: str, part: str) -> str:
    """A part of a title, as the indexes of each database ask for it."""
    if dialect == "sqlite":
        return '"' + part.replace('"', '""') + '"'
    return "%" + part.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
