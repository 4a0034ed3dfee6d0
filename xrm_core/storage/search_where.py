"""Search as a condition of a statement, and over several entities at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles

from xrm_core.metamodel.catalog import Catalog, Entity

from .search_text import Words, parse
from .statements import Prepared
from .system import search as table
from .transaction import Transaction
from .values import to_json_text

OFTEN = 500
"""From so many hits on, SQLite looks through the list and asks for each record whether it was hit."""
WORDS = sa.table("xrm_search_words", sa.column("rowid", sa.Integer))
TITLES = sa.table("xrm_search_titles", sa.column("rowid", sa.Integer))

_given = sa.func.json_each(sa.bindparam("q_hits", type_=sa.Text())).table_valued(sa.column("value", sa.Integer))
GIVEN = sa.select(_given.c.value)
"""The numbers of entries that are known already, on SQLite."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record's words may stand: in the entry of the record (or of one that it points to) under this column."""

    column: str
    entity: str


def places_of(catalog: Catalog, entity: str) -> list[Place]:
    """The record itself, then the records that links among the search fields point to: so a donor is found by the name of
    its party, and by the name that the party has now."""
    return [Place("id", entity), *_links(catalog.entity(entity))]


def _links(entity: Entity) -> Iterator[Place]:
    for name in entity.search:
        field = entity.fields.get(name)
        if field is not None and field.columns and field.columns[0].stored and field.columns[0].kind.kind == "ref":
            yield from (Place(field.columns[0].name, target) for target in field.columns[0].kind.entities)


def weighed(tx: Transaction, catalog: Catalog, entity: str, words: Words) -> Words:
    """The words, with what SQLite must be told about how often they occur; PostgreSQL's planner knows."""
    places = places_of(catalog, entity)
    if tx.dialect != "sqlite" or not words.words:
        return words
    given = values(tx.dialect, catalog, entity, words)
    if len(places) == 1:
        statement = catalog.derive(
            f"storage.search.hits.{entity}.{words.has_part}", lambda: _first_hits(tx, f"qa_{entity}", words.has_part)
        )
        found = tuple(row[0] for row in statement.rows(tx, given))
        return words.found(found if len(found) <= OFTEN else None)
    counts = catalog.derive(
        f"storage.search.counts.{entity}.{len(words.words)}", lambda: _counts(tx, words, places)
    ).rows(tx, given)[0]
    sums = [sum(counts[i : i + len(places)]) for i in range(0, len(counts), len(places))]
    return words.found(None) if min(sums) > OFTEN else words


def _first_hits(tx: Transaction, name: str, part: bool) -> Prepared:
    hits = _hits(name, part).limit(sa.literal_column(str(OFTEN + 1), sa.Integer))
    return Prepared(hits, tx.database.engine)


def _counts(tx: Transaction, words: Words, places: Sequence[Place]) -> Prepared:
    counts = []
    for name in _each(words, places):
        for place in places:
            some = _hits(f"{name}_{place.entity}", False).limit(sa.literal_column(str(OFTEN + 1), sa.Integer))
            counts.append(sa.select(sa.func.count()).select_from(some.subquery()).scalar_subquery())
    return Prepared(sa.select(*counts), tx.database.engine)


def _each(words: Words, places: Sequence[Place]) -> list[str]:
    """Names of the parameters: all words together where one entry must hold them, else each by itself."""
    return ["qa"] if len(places) == 1 else [f"q{n}" for n in range(len(words.words))]


def condition(
    catalog: Catalog, dialect: str, entity: str, record: sa.FromClause, words: Words
) -> sa.ColumnElement[bool]:
    """Whether a record is found, with parameters that `values` gives."""
    places = places_of(catalog, entity)
    if words.hits is not None:
        return record.c.id.in_(
            sa.select(table.c.record_id).where(table.c.number.in_(GIVEN), _plus(table.c.entity, sa.Text()) == entity)
        )
    if len(places) == 1:
        return _held(dialect, record, places[0], "qa" if words.words else None, words.has_part, words.many)
    tests = []
    if words.words:
        each = [
            sa.or_(*[_held(dialect, record, p, name, False, words.many) for p in places])
            for name in _each(words, places)
        ]
        tests.append(sa.and_(*each))
    if words.has_part:
        tests.append(sa.or_(*[_held(dialect, record, p, None, True, words.many) for p in places]))
    return sa.or_(*tests)


def values(dialect: str, catalog: Catalog, entity: str, words: Words) -> dict[str, Any]:
    """The parameters of `condition`."""
    given: dict[str, Any] = {"q_part": _part(dialect, words.part)}
    if words.hits is not None:
        return {"q_hits": to_json_text(words.hits)}
    for place in places_of(catalog, entity):
        given[f"qa_{place.entity}"] = _match(dialect, place.entity, words.words)
        for n, word in enumerate(words.words):
            given[f"q{n}_{place.entity}"] = _match(dialect, place.entity, (word,))
    return given


def _held(
    dialect: str, record: sa.FromClause, place: Place, name: str | None, part: bool, many: bool
) -> sa.ColumnElement[bool]:
    """Whether the entry under a column holds the words of a parameter, or the part in its title."""
    column, param = record.c[place.column], f"{name}_{place.entity}" if name else None
    if dialect == "postgresql":
        return column.in_(sa.select(table.c.record_id).where(table.c.entity == place.entity, _test(param, part)))
    hits = _hits(param, part)
    if many:
        entry: sa.Select[Any] = sa.select(sa.literal_column("1")).where(
            table.c.entity == place.entity, table.c.record_id == column
        )
        return entry.where(_plus(table.c.number, sa.Integer()).in_(hits)).correlate(record).exists()
    # Under a unary plus no index on the entity is taken: that would read all entries of the entity.
    return column.in_(
        sa.select(table.c.record_id).where(table.c.number.in_(hits), _plus(table.c.entity, sa.Text()) == place.entity)
    )


def _hits(param: str | None, part: bool) -> Any:
    """Numbers of entries, on SQLite."""
    found: list[Any] = []
    if param is not None:
        found.append(
            sa.select(WORDS.c.rowid).where(
                sa.column("xrm_search_words").op("MATCH")(sa.bindparam(param, type_=sa.Text()))
            )
        )
    if part:
        found.append(
            sa.select(TITLES.c.rowid).where(
                sa.column("xrm_search_titles").op("MATCH")(sa.bindparam("q_part", type_=sa.Text()))
            )
        )
    return found[0] if len(found) == 1 else sa.union(*found)


def _test(param: str | None, part: bool) -> sa.ColumnElement[bool]:
    """Whether an entry is hit, on PostgreSQL."""
    found: list[sa.ColumnElement[bool]] = []
    if param is not None:
        found.append(
            sa.column("words").op("@@", is_comparison=True)(sa.cast(sa.bindparam(param, type_=sa.Text()), TsQuery()))
        )
    if part:
        found.append(table.c.title.like(sa.bindparam("q_part", type_=sa.Text())))
    return sa.or_(*found)


def _plus(column: sa.ColumnElement[Any], kind: Any) -> sa.ColumnElement[Any]:
    return sa.type_coerce(UnaryPlus(column), kind)


class UnaryPlus(sa.sql.functions.FunctionElement[Any]):
    """`+column`, which no index of SQLite serves."""

    name = "unary_plus"
    inherit_cache = True


@compiles(UnaryPlus, "sqlite")
def _unary_plus(element: UnaryPlus, compiler: Any, **kw: Any) -> str:
    return f"+{compiler.process(element.clauses, **kw)}"


class TsQuery(sa.types.UserDefinedType[str]):
    """PostgreSQL's type of a search condition."""

    cache_ok = True

    def get_col_spec(self, **kw: Any) -> str:
        """Its name."""
        return "tsquery"


def scope_word(entity: str) -> str:
    """A word that every entry of the entity holds, so that words of other entities are not gone through."""
    return "zq" + entity.replace("_", "q0")


def _match(dialect: str, entity: str, words: Sequence[str]) -> str:
    """Beginnings of words, all of them, as each database writes it. Words are letters and digits only."""
    if dialect == "sqlite":
        return " AND ".join([f'"{scope_word(entity)}"', *(f'"{word}"*' for word in words)])
    return " & ".join([f"'{scope_word(entity)}'", *(f"'{word}':*" for word in words)])


FIND_SQLITE = (
    "SELECT s.entity, s.record_id, s.number FROM xrm_search s WHERE s.number IN"
    " (SELECT * FROM (SELECT rowid FROM xrm_search_words WHERE xrm_search_words MATCH ? ORDER BY rowid DESC LIMIT ?)"
    " UNION SELECT * FROM (SELECT rowid FROM xrm_search_titles WHERE xrm_search_titles MATCH ? ORDER BY rowid DESC LIMIT ?))"
    " ORDER BY s.number DESC LIMIT ?"
)
FIND_POSTGRESQL = (
    "SELECT entity, record_id, number FROM xrm_search WHERE words @@ CAST(? AS tsquery) AND entity = ANY(?)"
    " UNION SELECT entity, record_id, number FROM xrm_search WHERE title LIKE ? AND entity = ANY(?) ORDER BY number DESC LIMIT ?"
)


NOWHERE = "zqnowhere"
"""A word that no entry holds."""


def find(
    tx: Transaction, catalog: Catalog, q: str, entities: Sequence[str] = (), limit: int = 50
) -> list[tuple[str, str]]:
    """Entity and id of records of several entities (of all, when none are named) that are found, the newest entries first.

    What the reader may see of them is asked when they are read.
    """
    words = parse(q)
    names = [e for e in entities or tuple(catalog.entities) if e in catalog.entities and catalog.entities[e].search]
    if words is None or not names:
        return []
    part = _part(tx.dialect, words.part if words.has_part else "\x01")
    if tx.dialect == "sqlite":
        scopes = " OR ".join(f'"{scope_word(name)}"' for name in names)
        match = " AND ".join([f"({scopes})", *(f'"{word}"*' for word in words.words or (NOWHERE,))])
        found = tx.ask(FIND_SQLITE, (match, limit, part, limit * 4, limit * 2))
    else:
        match = " & ".join(f"'{word}':*" for word in words.words)
        found = tx.ask(FIND_POSTGRESQL, (match, names, part, names, limit))
    return [(entity, id) for entity, id, _ in found if entity in names][:limit]


def _part(dialect: str, part: str) -> str:
    """A part of a title, as each database looks for it."""
    if dialect == "sqlite":
        return '"' + part.replace('"', '""') + '"'
    return "%" + part.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
