"""How often words occur, and the records that are hit where few are.

The indexes of both databases find rare words at once, but take long to say that a word is frequent: SQLite merges the lists
of all words with that beginning, PostgreSQL's planner guesses. So a sample of the newest entries is asked first. What is
frequent in it is found soon by going through the list; what is rare is collected by the indexes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from xrm_core.metamodel.catalog import Catalog

from .search_text import Words, parse
from .search_where import Place, entry_test, match, part_match, part_test, places_of, values, word_test
from .statements import Prepared
from .system import search as table
from .transaction import Transaction

SAMPLE = 400
"""Entries that are looked at to learn how often words occur."""
FREQUENT = 0.02
"""A page of records that hold what one in fifty holds is full after some thousand."""
COMMON, TIMES = 0.1, 5
"""Words more frequent than this, or so many times as frequent as the rarest, are looked for in what the others have found."""
PLAIN, SPELT = 0.25, 3
"""But for words of so many letters and no digit up to this frequency on PostgreSQL: few different words begin with them, so that
its index finds who holds them and another word sooner than the entries of the other are read."""
FEW, MORE = 3_000, 15_000
"""Records that are collected, at most; and where going through the list would lead far."""

INDEXED, RARE = (2, 3), 1_500
"""Lengths of the beginnings of words that SQLite keeps lists of (`prefix=` in search.py); so many entries are read one by one."""

HITS = {
    "sqlite": "SELECT entity, count(*), json_group_array(record_id) FROM (SELECT entity, record_id FROM xrm_search"
    " WHERE number IN ({}) AND {} LIMIT ?) GROUP BY entity",
    "postgresql": "SELECT entity, count(*), CAST(array_agg(record_id) AS text) FROM (SELECT entity, record_id FROM xrm_search"
    " WHERE ({}) AND {} LIMIT ?) AS found GROUP BY entity",
}
"""The records, packed for the next statement: thousands of ids would be read here only to be sent back."""
NONE = {"sqlite": "[]", "postgresql": "{}"}
OR = {"sqlite": " UNION ", "postgresql": " OR "}
BY_WORDS = {
    "sqlite": "SELECT rowid FROM xrm_search_words WHERE xrm_search_words MATCH ?",
    "postgresql": "words @@ CAST(? AS tsquery)",
}
BY_PART = {
    "sqlite": "SELECT rowid FROM xrm_search_titles WHERE xrm_search_titles MATCH ?",
    "postgresql": "title LIKE ?",
}


def weighed(tx: Transaction, catalog: Catalog, entity: str, words: Words) -> Words:
    """The words, with the records that may be hit where they are few."""
    places = places_of(catalog, entity)
    seen, share, *each = _shares(tx, catalog, entity, places, words)
    if seen < SAMPLE or share >= FREQUENT:  # few records are gone through at once, however rare the word
        return words
    return _gathered(tx, places, words, each, FEW)


def gathered(tx: Transaction, catalog: Catalog, entity: str, words: Words) -> Words:
    """The words, with the records that may be hit though they are many: for a list that has none of them where it begins."""
    places = places_of(catalog, entity)
    _, _, *each = _shares(tx, catalog, entity, places, words)
    return _gathered(tx, places, words, each, MORE)


def _gathered(tx: Transaction, places: Sequence[Place], words: Words, each: Sequence[float], most: int) -> Words:
    alone = len(places) == 1 or words.is_one
    found = _collected(tx, list(dict.fromkeys(p.entity for p in places)), words, each, most, alone=alone)
    number = sum(number for _, number, _ in found)
    if number > most:
        return words
    hits = {p.entity: NONE[tx.dialect] for p in places} | {name: ids for name, _, ids in found}
    return words.found(hits, exact=alone, many=number > FEW)


def _shares(tx: Transaction, catalog: Catalog, entity: str, places: Sequence[Place], words: Words) -> list[float]:
    """How many entries of the entity itself were looked at; then, of the newest entries of the places, the share that holds
    all that is searched, and each word."""
    key = f"storage.search.sample.{tx.dialect}.{entity}.{len(words.words)}.{words.has_part}"
    statement = catalog.derive(key, lambda: Prepared(_sample(tx.dialect, places, words), tx.database.engine))
    counts = sorted(statement.rows(tx, values(words)))
    _, (seen, *_), *columns = zip(*counts, strict=True)
    whole, part, *each = (sum(column) / SAMPLE for column in columns)
    if len(places) > 1 and not words.is_one:  # words of one record may stand at several places
        whole = max(min(each, default=0.0), part)
    return [seen, whole, *each]


def _sample(dialect: str, places: Sequence[Place], words: Words) -> sa.SelectBase:
    part = part_test(dialect) if words.has_part else sa.false()
    tests = [entry_test(dialect, words), part, *(word_test(dialect, n) for n in range(len(words.words)))]
    selects = []
    for number, name in enumerate(dict.fromkeys(place.entity for place in places)):
        some: Any = sa.select(*[test.label(f"t{n}") for n, test in enumerate(tests)])
        some = some.where(table.c.entity == name).order_by(table.c.record_id.desc())
        seen = some.limit(sa.literal_column(str(SAMPLE), sa.Integer)).subquery()
        counts = [sa.func.count().filter(seen.c[f"t{n}"]) for n in range(len(tests))]
        selects.append(
            sa.select(sa.literal_column(str(number), sa.Integer), sa.func.count(), *counts).select_from(seen)
        )
    return selects[0] if len(selects) == 1 else sa.union_all(*selects)


def _collected(
    tx: Transaction, entities: Sequence[str], words: Words, shares: Sequence[float], most: int, *, alone: bool
) -> list[tuple[str, int, str]]:
    """Entities, how many of their records have entries that are hit (one more than `most` in all, at most), and these, packed.
    `alone`: all words must be in one entry; else the entries that hold the rarest word."""
    rare, asks_part = rarest(tx, words, shares, alone=alone)
    parts, params = [], []
    if words.words:
        parts.append(BY_WORDS[tx.dialect])
        few = _is_rare_everywhere(tx, rare[0])
        params.append(f'"{rare[0]}"*' if few else match(tx.dialect, entities, rare if alone else rare[:1]))
    if asks_part:
        parts.append(BY_PART[tx.dialect])
        params.append(part_match(tx.dialect, words.part))
    tests = _scope(tx.dialect, entities, params)
    if alone:
        tests += f" AND ({_whole(tx.dialect, words, params)})"
    sql = HITS[tx.dialect].format(OR[tx.dialect].join(parts), tests)
    return [(str(name), int(number), str(ids)) for name, number, ids in tx.ask(sql, (*params, most + 1))]


def rarest(tx: Transaction, words: Words, shares: Sequence[float], *, alone: bool) -> tuple[list[str], bool]:
    """The words that the index is asked for, the rarest first, and whether it is asked for the part as well: not where a rare
    word of it begins a word wherever it stands. A single letter begins too many words to be asked for beside others."""
    by_share = sorted(zip(shares, words.words, strict=True))
    by_share = [one for one in by_share if len(one[1]) > 1] or by_share
    most = min(COMMON, TIMES * max(1 / SAMPLE, min((share for share, _ in by_share), default=0)))
    rare = [word for share, word in by_share if share < most or (alone and _is_plain(tx, word, share))]
    rare = rare or [word for _, word in by_share]
    share_of = {word: share for share, word in by_share}
    inner = [word for word in rare if word in words.inner and share_of[word] < FREQUENT]
    return (inner, False) if inner and words.has_part else (rare, words.has_part)


def _is_plain(tx: Transaction, word: str, share: float) -> bool:
    return tx.dialect == "postgresql" and share < PLAIN and len(word) >= SPELT and word.isalpha()


def _is_rare_everywhere(tx: Transaction, word: str) -> bool:
    """On SQLite, whether few entries of all entities hold a beginning of a word; then going through those of one entity, or
    through those that hold another word, only takes longer. Not asked of beginnings that FTS5 has no index of: it would
    merge the lists of all their words first."""
    if tx.dialect != "sqlite" or len(word) not in INDEXED:
        return False
    sql = "SELECT count(*) FROM (SELECT 1 FROM xrm_search_words WHERE xrm_search_words MATCH ? LIMIT ?)"
    return int(tx.ask(sql, (f'"{word}"*', RARE + 1))[0][0]) <= RARE


def _scope(dialect: str, entities: Sequence[str], params: list[Any]) -> str:
    """A test of the entity. Under a unary plus SQLite takes no index for it: that would read all entries of the entity."""
    if dialect == "postgresql":
        params.append(list(entities))
        return "entity = ANY(?)"
    params += entities
    return f"+entity IN ({', '.join('?' * len(entities))})"


def _whole(dialect: str, words: Words, params: list[Any]) -> str:
    """The test of a whole entry, as in `search_where.entry_test`."""
    found = "instr" if dialect == "sqlite" else "strpos"
    tests = []
    if words.words:
        tests.append(" AND ".join(f"{found}(body, ?) > 0" for _ in words.words))
        params += [f" {word}" for word in words.words]
    if words.has_part:
        tests.append(f"{found}(title, ?) > 0")
        params.append(words.part)
    return " OR ".join(tests)


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
    part = part_match(tx.dialect, words.part if words.has_part else "\x01")
    wanted = match(tx.dialect, names, words.words or (NOWHERE,))
    if tx.dialect == "sqlite":
        found = tx.ask(FIND_SQLITE, (wanted, limit, part, limit * 4, limit * 2))
    else:
        found = tx.ask(FIND_POSTGRESQL, (wanted, names, part, names, limit))
    return [(entity, id) for entity, id, _ in found if entity in names][:limit]
