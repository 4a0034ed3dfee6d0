"""Search over all entities in one table: words by their beginnings, and parts of titles; kept in the transaction of the write.

Texts are folded and cut into words here, so both databases hold and find the same: case, accents and signs do not count.
SQLite: FTS5 over the words, FTS5 by trigrams over the titles. PostgreSQL: a tsvector of the words, pg_trgm for the titles;
where that extension may not be created, parts of titles are still found, by reading all of them.
"""

from __future__ import annotations

import logging
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from xrm_core.metamodel.catalog import Catalog, Entity

from . import faults
from .system import search as table
from .tables import table_of
from .transaction import Transaction

log = logging.getLogger("xrm.storage")

MAX_WORDS, MAX_WORD, MAX_TEXT, MAX_TITLE = 8, 64, 20_000, 400
"""Words of a question; characters of a word, of all words of a record, and of a title that can be searched."""
MIN_PART = 3
"""Characters of a part of a title, at least: trigrams need three."""
UNSIGNED = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "æ": "ae", "œ": "oe", "þ": "th", "ı": "i"})


def fold(text: str) -> str:
    """The text without case and accents."""
    if text.isascii():
        return text.lower()
    plain = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    return plain.translate(UNSIGNED)


def words_of(text: str) -> list[str]:
    """The words of a folded text: runs of letters and digits."""
    return [w[:MAX_WORD] for w in "".join(c if c.isalnum() else " " for c in text).split()]


@dataclass(frozen=True, slots=True)
class Words:
    """What is searched: words, all of which must be found, or the whole as a part of a title."""

    words: tuple[str, ...]
    part: str

    @property
    def shape(self) -> tuple[int, bool]:
        """What decides the text of the statement."""
        return len(self.words), len(self.part) >= MIN_PART


def parse(q: str) -> Words | None:
    """The question of a person; None when there is nothing to search for."""
    text = fold(q.replace("\x00", " ").strip())[:MAX_TITLE]
    words = tuple(dict.fromkeys(words_of(text)))[:MAX_WORDS]
    return Words(words, text) if words or len(text) >= MIN_PART else None


# -- conditions
def condition(catalog: Catalog, dialect: str, entity: str, record: sa.FromClause, words: Words) -> sa.ColumnElement[bool]:
    """Whether a record is found, with parameters that `values` gives. Linked records that are among the entity's search
    fields are searched too, so a donor is found by the name of its party."""
    links = _links(catalog.entity(entity))
    tests = []
    if words.words:
        if links:
            tests.append(sa.and_(*[_any_word(dialect, entity, record, links, n) for n in range(len(words.words))]))
        else:
            tests.append(record.c.id.in_(_matching(dialect, entity, "qa", all_words=True)))
    if words.shape[1]:
        tests.append(record.c.id.in_(_titled(dialect, entity)))
        tests += [record.c[link].in_(_titled(dialect, target)) for link, targets in links for target in targets]
    return sa.or_(*tests)


def values(dialect: str, catalog: Catalog, entity: str, words: Words) -> dict[str, Any]:
    """The parameters of `condition`."""
    given: dict[str, Any] = {}
    names = [entity, *(t for _, targets in _links(catalog.entity(entity)) for t in targets)]
    for name in names:
        given[f"qa_{name}"] = _match(dialect, name, words.words)
        for n, word in enumerate(words.words):
            given[f"q{n}_{name}"] = _match(dialect, name, (word,))
    return given | {"q_part": _part(dialect, words.part)}


def _links(entity: Entity) -> list[tuple[str, tuple[str, ...]]]:
    found = []
    for name in entity.search:
        field = entity.fields.get(name)
        if field is not None and field.columns and field.columns[0].stored and field.columns[0].kind.kind == "ref":
            found.append((field.columns[0].name, field.columns[0].kind.entities))
    return found


def _any_word(
    dialect: str, entity: str, record: sa.FromClause, links: list[tuple[str, tuple[str, ...]]], n: int
) -> sa.ColumnElement[bool]:
    linked = [record.c[link].in_(_matching(dialect, target, f"q{n}")) for link, targets in links for target in targets]
    return sa.or_(record.c.id.in_(_matching(dialect, entity, f"q{n}")), *linked)


FTS = sa.table("xrm_search_words", sa.column("rowid", sa.Integer))
TRIGRAMS = sa.table("xrm_search_titles", sa.column("rowid", sa.Integer))


def _matching(dialect: str, entity: str, name: str, all_words: bool = False) -> Any:
    """Ids of records of the entity that hold the words of a parameter."""
    ids = sa.select(table.c.record_id).where(table.c.entity == entity)
    text = sa.bindparam(f"{name}_{entity}", type_=sa.Text())
    if dialect == "sqlite":
        hits = sa.select(FTS.c.rowid).where(sa.column("xrm_search_words").op("MATCH")(text))
        return ids.where(table.c.number.in_(hits))
    return ids.where(sa.column("words").op("@@")(sa.cast(text, TsQuery())))


def _titled(dialect: str, entity: str) -> Any:
    """Ids of records of the entity whose title holds the part."""
    ids = sa.select(table.c.record_id).where(table.c.entity == entity)
    part = sa.bindparam("q_part", type_=sa.Text())
    if dialect == "sqlite":
        hits = sa.select(TRIGRAMS.c.rowid).where(sa.column("xrm_search_titles").op("MATCH")(part))
        return ids.where(table.c.number.in_(hits))
    return ids.where(table.c.title.like(part))


class TsQuery(sa.types.UserDefinedType[str]):
    """PostgreSQL's type of a search condition."""

    cache_ok = True

    def get_col_spec(self, **kw: Any) -> str:
        """Its name."""
        return "tsquery"


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


def find(tx: Transaction, catalog: Catalog, q: str, entities: Sequence[str] = (), limit: int = 50) -> list[tuple[str, str]]:
    """Entity and id of records of several entities (of all, when none are named) that are found, the newest entries first.

    What the reader may see of them is asked when they are read.
    """
    words = parse(q)
    names = [e for e in entities or tuple(catalog.entities) if e in catalog.entities and catalog.entities[e].search]
    if words is None or not names:
        return []
    part = _part(tx.dialect, words.part if words.shape[1] else "\x01")
    if tx.dialect == "sqlite":
        scopes = " OR ".join(f'"{_scope(name)}"' for name in names)
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


def _scope(entity: str) -> str:
    """A word that every entry of the entity holds, so that words of other entities are not gone through."""
    return "zq" + entity.replace("_", "q0")


def _match(dialect: str, entity: str, words: Sequence[str]) -> str:
    """Beginnings of words, all of them, as each database writes it. Words are letters and digits only."""
    if dialect == "sqlite":
        return " AND ".join([f'"{_scope(entity)}"', *(f'"{word}"*' for word in words)])
    return " & ".join([f"'{_scope(entity)}'", *(f"'{word}':*" for word in words)])


# -- keeping it
ENTER = (
    "INSERT INTO xrm_search (entity, record_id, title, body) VALUES (?, ?, ?, ?)"
    " ON CONFLICT (entity, record_id) DO UPDATE SET title = excluded.title, body = excluded.body"
)
LEAVE = "DELETE FROM xrm_search WHERE entity = ? AND record_id = ?"


def text_of(entity: Entity, row: Mapping[str, Any]) -> tuple[str, str]:
    """Title and words of a record, folded: the title is the text of the first search field."""
    parts = [_text(entity, row, name) for name in entity.search]
    words = " ".join([_scope(entity.name), *dict.fromkeys(words_of(fold(" ".join(p for p in parts if p))))])
    title = fold(next((p for p in parts if p), ""))[:MAX_TITLE]
    return title, words[:MAX_TEXT].rpartition(" ")[0] if len(words) > MAX_TEXT else words


def _text(entity: Entity, row: Mapping[str, Any], name: str) -> str:
    field = entity.fields.get(name)
    columns = [c for c in field.columns if c.stored] if field is not None else []
    found = []
    for column in columns:
        value = row.get(column.name)
        if value is None or column.kind.kind in ("ref", "json", "bool"):
            continue
        found.append(" ".join(map(str, value)) if isinstance(value, list) else str(value))
    return " ".join(found).replace("\x00", " ")


def index(tx: Transaction, catalog: Catalog, entity: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Enter records, or renew their entries. `rows` have `id` and the columns of the entity's search fields."""
    found = catalog.entity(entity)
    if not found.search or not rows:
        return
    entries = [(entity, row["id"], *text_of(found, row)) for row in rows]
    if len(entries) == 1:
        tx.do(ENTER, entries[0])
    else:
        tx.do_many(ENTER, entries)


def remove(tx: Transaction, entity: str, ids: Sequence[str]) -> None:
    """Take records out."""
    if len(ids) == 1:
        tx.do(LEAVE, (entity, ids[0]))
    elif ids:
        tx.do_many(LEAVE, [(entity, id) for id in ids])


def rebuild(tx: Transaction, catalog: Catalog, entities: Iterable[str] = (), chunk: int = 2000) -> int:
    """Enter all records anew (of all entities that can be searched, when none are named), and say how many there are.

    For when the search fields of an entity changed, and after records came in by another door.
    """
    count = 0
    for name in tuple(entities) or tuple(e.name for e in catalog.entities.values()):
        tx.do("DELETE FROM xrm_search WHERE entity = ?", (name,))
        entity = catalog.entity(name)
        if entity.search and not entity.retired:
            count += _rebuild(tx, catalog, entity, chunk)
    return count


def _rebuild(tx: Transaction, catalog: Catalog, entity: Entity, chunk: int) -> int:
    records = table_of(catalog, entity.name)
    wanted = [c.name for name in entity.search if (f := entity.fields.get(name)) for c in f.columns if c.stored]
    columns = [records.c.id, *(records.c[name] for name in dict.fromkeys(wanted))]
    after = sa.bindparam("after", type_=records.c.id.type)
    start = sa.select(*columns).where(records.c.deleted_at.is_(None)).order_by(records.c.id).limit(chunk)
    first, others = start, start.where(records.c.id > after)
    count, last = 0, None
    while True:
        found = tx.conn.execute(first if last is None else others, {} if last is None else {"after": last})
        rows = [dict(zip((c.key for c in columns), row, strict=True)) for row in found]
        if not rows:
            return count
        index(tx, catalog, entity.name, rows)
        count, last = count + len(rows), rows[-1]["id"]


# -- tables
SQLITE = (
    "CREATE VIRTUAL TABLE IF NOT EXISTS xrm_search_words USING fts5(body, content='xrm_search', content_rowid='number',"
    " tokenize='unicode61 remove_diacritics 0', prefix='2 3', columnsize=0, detail=none)",
    "CREATE VIRTUAL TABLE IF NOT EXISTS xrm_search_titles USING fts5(title, content='xrm_search', content_rowid='number',"
    " tokenize='trigram', columnsize=0)",
    "CREATE TRIGGER IF NOT EXISTS xrm_search_insert AFTER INSERT ON xrm_search BEGIN"
    " INSERT INTO xrm_search_words(rowid, body) VALUES (new.number, new.body);"
    " INSERT INTO xrm_search_titles(rowid, title) VALUES (new.number, new.title); END",
    "CREATE TRIGGER IF NOT EXISTS xrm_search_delete AFTER DELETE ON xrm_search BEGIN"
    " INSERT INTO xrm_search_words(xrm_search_words, rowid, body) VALUES ('delete', old.number, old.body);"
    " INSERT INTO xrm_search_titles(xrm_search_titles, rowid, title) VALUES ('delete', old.number, old.title); END",
    "CREATE TRIGGER IF NOT EXISTS xrm_search_update AFTER UPDATE ON xrm_search BEGIN"
    " INSERT INTO xrm_search_words(xrm_search_words, rowid, body) VALUES ('delete', old.number, old.body);"
    " INSERT INTO xrm_search_words(rowid, body) VALUES (new.number, new.body);"
    " INSERT INTO xrm_search_titles(xrm_search_titles, rowid, title) VALUES ('delete', old.number, old.title);"
    " INSERT INTO xrm_search_titles(rowid, title) VALUES (new.number, new.title); END",
)
POSTGRESQL = (
    "ALTER TABLE xrm_search ADD COLUMN IF NOT EXISTS words tsvector"
    " GENERATED ALWAYS AS (array_to_tsvector(string_to_array(body, ' '))) STORED",
    "CREATE INDEX IF NOT EXISTS ix_xrm_search_words ON xrm_search USING gin (words)",
)
PG_TRIGRAMS = (
    "CREATE EXTENSION IF NOT EXISTS pg_trgm",
    "CREATE INDEX IF NOT EXISTS ix_xrm_search_titles ON xrm_search USING gin (title gin_trgm_ops)",
)


def create(tx: Transaction) -> None:
    """What surrounds the table xrm_search."""
    for sql in SQLITE if tx.dialect == "sqlite" else POSTGRESQL:
        tx.ddl(sql)
    if tx.dialect == "postgresql":
        try:
            with tx.savepoint():
                for sql in PG_TRIGRAMS:
                    tx.ddl(sql)
        except faults.DriverFault:
            log.warning("no extension pg_trgm: parts of titles are searched without an index; let an administrator create it")

