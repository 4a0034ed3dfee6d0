"""Search over all entities in one table: words by their beginnings, and parts of titles; kept in the transaction of the write.

Texts are folded and cut into words here, so both databases hold and find the same: case, accents and signs do not count.
SQLite: FTS5 over the words, FTS5 by trigrams over the titles. PostgreSQL: a tsvector of the words, pg_trgm for the titles;
where that extension may not be created, parts of titles are still found, by reading all of them.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from itertools import compress
from typing import Any

import sqlalchemy as sa

from xrm_core.metamodel.catalog import Catalog, Entity
from xrm_core.metamodel.kinds import T

from . import faults, search_parts
from .lookup import referring_many
from .packing import copy_packer
from .search_survey import Survey, survey
from .search_text import MAX_TEXT, MAX_TITLE, MAX_WORD, PLAIN, Words, fold, parse, words_of
from .search_weigh import find, gathered, weighed
from .search_where import condition, scope_word, values
from .tables import table_of
from .transaction import Transaction
from .values import to_json_text

log = logging.getLogger("xrm.storage")

ENTER = (
    "INSERT INTO xrm_search (entity, record_id, title, body) VALUES (?, ?, ?, ?)"
    " ON CONFLICT (entity, record_id) DO UPDATE SET title = excluded.title, body = excluded.body"
)
MANY = {
    "sqlite": "SELECT {} FROM json_each(?) WHERE true".format(
        ", ".join(f"json_extract(value, '$[{n}]')" for n in range(4))
    ),
    "postgresql": "SELECT * FROM unnest(?::text[], ?::uuid[], ?::text[], ?::text[])",
}
"""Many entries in one statement: on SQLite each statement that meets an FTS5 table writes out what that table holds back."""
LEAVE = "DELETE FROM xrm_search WHERE entity = ? AND record_id = ?"
LEAVE_MANY = {
    "sqlite": "DELETE FROM xrm_search WHERE entity = ? AND record_id IN (SELECT value FROM json_each(?))",
    "postgresql": "DELETE FROM xrm_search WHERE entity = ? AND record_id = ANY(?::uuid[])",
}

COPY = "COPY xrm_search (entity, record_id, title, body) FROM STDIN"
COPY_FROM = 500
"""From so many new entries on PostgreSQL takes them by COPY."""
_copied = copy_packer([T("text"), T("ref"), T("text"), T("text")])

Columns = tuple[tuple[str, ...], ...]


def columns_of(catalog: Catalog, entity: Entity) -> Columns:
    """Stored columns of each search field that can be read as text; a field of child rows (`names.name`) stands for itself."""

    def columns(name: str) -> tuple[str, ...]:
        table, _, inner = name.partition(".")
        return ((name,) if table in entity.children else ()) if inner else _read_as_text(entity, name)

    return catalog.derive(f"storage.search.{entity.name}", lambda: tuple(columns(name) for name in entity.search))


def _read_as_text(entity: Entity, name: str) -> tuple[str, ...]:
    field = entity.fields.get(name)
    return (
        tuple(c.name for c in field.columns if c.stored and c.kind.kind not in ("ref", "json", "bool"))
        if field is not None
        else ()
    )


def child_fields(entity: Entity) -> dict[str, list[str]]:
    """Child table -> its fields among the entity's search fields."""
    found: dict[str, list[str]] = {}
    for table, _, name in (path.partition(".") for path in entity.search):
        if name and table in entity.children:
            found.setdefault(table, []).append(name)
    return found


def _with_children(
    tx: Transaction, catalog: Catalog, entity: Entity, rows: Sequence[Mapping[str, Any]]
) -> Sequence[Mapping[str, Any]]:
    """The rows, with the texts of their child rows under the dotted names of the search fields."""
    for table, names in child_fields(entity).items():
        children = entity.children[table]
        stored = referring_many(tx, catalog, children.entity, children.by, [row["id"] for row in rows])
        for name in names:
            columns = _read_as_text(catalog.entity(children.entity), name)
            texts = {
                id: " ".join(_text(r[c]) for r in many for c in columns if r[c] is not None)
                for id, many in stored.items()
            }
            rows = [{**row, f"{table}.{name}": texts.get(row["id"])} for row in rows]
    return rows


def text_of(entity: str, columns: Columns, row: Mapping[str, Any]) -> tuple[str, str]:
    """Title and words of a record, folded: the title is the text of the first search field that is not empty."""
    scope = scope_word(entity)
    parts = []
    for names in columns:
        for name in names:
            value = row.get(name)
            if value is not None:
                break
        else:
            continue
        text = _text(value) if len(names) == 1 else " ".join([_text(row[n]) for n in names if row.get(n) is not None])
        if text:
            parts.append(text.lower() if text.isascii() else fold(text))
    words = " ".join({scope: None, **dict.fromkeys(words_of(" ".join(parts)))})
    title = parts[0][:MAX_TITLE] if parts else ""
    return title, words[:MAX_TEXT].rpartition(" ")[0] if len(words) > MAX_TEXT else words


def texts_of(entity: str, columns: Columns, rows: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """`text_of` of many records: texts of one line each, in ASCII, are folded and cut in one go."""
    if len(rows) == 1:
        return [text_of(entity, columns, rows[0])]
    fields = [_field_texts(names, rows) for names in columns]
    lines: Sequence[str] = [""] * len(rows)
    titles = lines
    if fields and all(map(all, fields)):
        lines, titles = list(map(" ".join, zip(*fields, strict=True))), fields[0]
    elif fields:
        lines = [" ".join(filter(None, parts)) for parts in zip(*fields, strict=True)]
        titles = [next(filter(None, parts), "") for parts in zip(*fields, strict=True)]
    if _is_plain("\n".join(lines), len(lines)) and max(map(len, lines)) <= MAX_TITLE:
        return _plain_texts(entity, lines, titles)
    plain = [_is_plain(line) and len(line) <= MAX_TITLE for line in lines]
    cut = iter(_plain_texts(entity, list(compress(lines, plain)), list(compress(titles, plain))))
    return [next(cut) if one else text_of(entity, columns, row) for one, row in zip(plain, rows, strict=True)]


def _is_plain(text: str, lines: int = 1) -> bool:
    """Is it ASCII, of so many lines, without NUL?"""
    return text.isascii() and text.count("\n") < lines and "\x00" not in text


def _plain_texts(entity: str, lines: Sequence[str], titles: Sequence[str]) -> list[tuple[str, str]]:
    """Title and words of records by their texts of one line each, in ASCII."""
    scope = scope_word(entity)
    cut = [
        " ".join(dict.fromkeys(f"{scope} {words}".split() if len(words) <= MAX_WORD else [scope, *words_of(words)]))
        for words in "\n".join(lines).translate(PLAIN).split("\n")
    ]
    return list(zip("\n".join(titles).lower().split("\n"), cut, strict=True))


def _field_texts(names: tuple[str, ...], rows: Sequence[Mapping[str, Any]]) -> Sequence[str]:
    if len(names) == 1:
        found: list[Any] = [row.get(names[0]) for row in rows]
        if set(map(type, found)) == {str}:
            return found
    return [_field_text(names, row) for row in rows]


def _texts_in_parts(
    catalog: Catalog, entity: Entity, columns: Columns, rows: Sequence[Mapping[str, Any]]
) -> list[tuple[str, str]]:
    """`texts_of` many records; where not everybody reads all search fields, the words of each part for itself."""
    parts = search_parts.parts_of(catalog, entity)
    if not search_parts.is_marked(parts):
        return texts_of(entity.name, columns, rows)
    places = search_parts.places_of_columns(entity, parts)
    texts = [texts_of(entity.name, tuple(columns[c] for c in part), rows) for part in places]
    filled = [[bool(_field_text(names, row)) for row in rows] for names in columns]
    first = search_parts.title_parts(places, filled, rows)
    return search_parts.joined(scope_word(entity.name), search_parts.sign_of(parts), texts, first)


def _field_text(names: tuple[str, ...], row: Mapping[str, Any]) -> str:
    if len(names) == 1:
        value = row.get(names[0])
        return value if type(value) is str else "" if value is None else _text(value)
    return " ".join([_text(row[n]) for n in names if row.get(n) is not None])


def _text(value: Any) -> str:
    text = value if isinstance(value, str) else " ".join(map(str, value)) if isinstance(value, list) else str(value)
    return text.replace("\x00", " ") if "\x00" in text else text


def index(
    tx: Transaction, catalog: Catalog, entity: str, rows: Sequence[Mapping[str, Any]], *, new: bool = False
) -> None:
    """Enter records, or renew their entries. `rows` have `id` and the columns of the entity's search fields; `new`: they were
    made in this transaction, each is told once, so there are no entries of them."""
    found = catalog.entity(entity)
    if not found.search or not rows:
        return
    columns = columns_of(catalog, found)
    rows = _with_children(tx, catalog, found, rows)
    texts = _texts_in_parts(catalog, found, columns, rows)
    entries = [(entity, row["id"], *both) for row, both in zip(rows, texts, strict=True)]
    if len(entries) == 1:
        tx.insert(ENTER, entries[0])
    elif new and tx.dialect == "postgresql" and len(entries) >= COPY_FROM:
        tx.copy_text(COPY, _copied(list(zip(*entries, strict=True))))
    else:
        entries = list({entry[1]: entry for entry in entries}.values())  # one statement may meet a record once
        sent = (to_json_text(entries),) if tx.dialect == "sqlite" else tuple(map(list, zip(*entries, strict=True)))
        tx.do(ENTER.replace("VALUES (?, ?, ?, ?)", MANY[tx.dialect]), sent)
    if tx.dialect == "postgresql" and (new or len(entries) > 1):
        tx.after_commit(partial(tx.database.grew, "xrm_search", len(entries)))


def remove(tx: Transaction, entity: str, ids: Sequence[str]) -> None:
    """Take records out."""
    if len(ids) == 1:
        tx.do(LEAVE, (entity, ids[0]))
    elif ids:
        tx.do(LEAVE_MANY[tx.dialect], (entity, to_json_text(list(ids)) if tx.dialect == "sqlite" else list(ids)))


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
    *(
        f"INSERT INTO {table}({table}, rank) VALUES ('{setting}', {value})"
        for table in ("xrm_search_words", "xrm_search_titles")
        for setting, value in (("hashsize", 8 << 20), ("automerge", 8))  # fewer, larger pieces are merged less often
    ),
)
POSTGRESQL = (
    "ALTER TABLE xrm_search ADD COLUMN IF NOT EXISTS words tsvector"
    " GENERATED ALWAYS AS (array_to_tsvector(string_to_array(body, ' '))) STORED",
    "CREATE INDEX IF NOT EXISTS ix_xrm_search_words ON xrm_search USING gin (words) WITH (gin_pending_list_limit = 256)",
)
"""New entries wait in a list that each search reads: of 256 kB at most, for of 4 MB (the default) it takes 15 ms."""
PG_TRIGRAMS = (
    "CREATE EXTENSION IF NOT EXISTS pg_trgm",
    "CREATE INDEX IF NOT EXISTS ix_xrm_search_titles ON xrm_search USING gin (title gin_trgm_ops)"
    " WITH (gin_pending_list_limit = 256)",
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
            log.warning(
                "no extension pg_trgm: parts of titles are searched without an index; let an administrator create it"
            )


__all__ = [
    "Survey",
    "Words",
    "child_fields",
    "columns_of",
    "condition",
    "create",
    "find",
    "fold",
    "gathered",
    "index",
    "parse",
    "rebuild",
    "remove",
    "survey",
    "text_of",
    "values",
    "weighed",
    "words_of",
]  # fmt: skip
