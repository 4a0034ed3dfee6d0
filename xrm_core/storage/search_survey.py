"""One look at the index for many entities at once, as a search of everything asks for it: where there are hits, and which.

Rare words: one statement collects whatever is hit, and entities without a hit need not be asked. Frequent words: the newest
entries of each entity tell which of them have hits soon; of the others nothing is known, and they are asked one by one or not.
What the reader may see is asked when records are read: a survey decides only whom to ask, and what for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from xrm_core.metamodel.catalog import Catalog

from .search_text import Words, parse
from .search_weigh import NONE, rarest
from .search_where import entry_test, part_match, places_of, values, word_test
from .statements import Prepared
from .system import search as table
from .transaction import Transaction

LOOK = 60
"""Newest entries of each entity that are looked at."""
OFTEN = 3
"""Hits among them from which a word is frequent."""
FEW = 2_000
"""Entries that are collected over all entities, at most."""
COLLECT = {
    "sqlite": "SELECT entity, held, count(*), json_group_array(record_id) FROM (SELECT entity, record_id, ({tests}) AS held"
    " FROM xrm_search WHERE number IN ({found})) GROUP BY entity, held",
    "postgresql": "WITH found AS MATERIALIZED (SELECT entity, record_id, ({tests}) AS held FROM xrm_search WHERE {found})"
    " SELECT entity, held, count(*), CAST(array_agg(record_id) AS text) FROM (SELECT * FROM found LIMIT ?) AS few GROUP BY entity, held",
}
"""On PostgreSQL the index is taken for all that is found, and no more is read than is wanted: with the limit inside the planner
would rather read the table, where it believes the words to be frequent."""
BY_WORDS = {
    "sqlite": "SELECT * FROM (SELECT rowid FROM xrm_search_words WHERE xrm_search_words MATCH ? LIMIT ?)",
    "postgresql": "words @@ CAST(? AS tsquery)",
}
BY_PART = {
    "sqlite": "SELECT * FROM (SELECT rowid FROM xrm_search_titles WHERE xrm_search_titles MATCH ? LIMIT ?)",
    "postgresql": "title LIKE ?",
}


@dataclass(frozen=True, slots=True)
class Survey:
    """What a look at the index told. `whole`: of all entities it is known whether they have hits."""

    catalog: Catalog
    dialect: str
    words: Words
    whole: bool
    hits: Mapping[str, str]
    """Entity -> entries that hold all words or the part, packed; where the survey is whole."""
    near: Mapping[str, str]
    """Entity -> these, and others that hold the rarest word: the further words may stand in what points to them."""
    soon: frozenset[str]
    """Entities that have hits among their newest entries; where it is not whole."""
    small: frozenset[str]
    """Entities of which all entries were looked at."""

    def words_for(self, entity: str) -> Words | None:
        """What to ask an entity for; None where it has no hits, or where that is not known (`is_open`)."""
        places = places_of(self.catalog, entity)
        if not self.whole:
            return self.words if entity in self.soon else None
        exact = len(places) == 1 or self.words.is_one
        held = self.hits if exact else self.near
        if not any(p.entity in held for p in places):
            return None
        return self.words.found({p.entity: held.get(p.entity, NONE[self.dialect]) for p in places}, exact=exact)

    def is_open(self, entity: str) -> bool:
        """Whether it may have hits that nothing was learnt of."""
        if self.whole or entity in self.soon:
            return False
        return len(places_of(self.catalog, entity)) > 1 or entity not in self.small


def survey(tx: Transaction, catalog: Catalog, q: str) -> Survey | None:
    """Look for the words of a question in all entities; None where there is nothing to search for."""
    words = parse(q)
    entities = [e.name for e in catalog.entities.values() if e.search and not e.retired]
    if words is None or not entities:
        return None
    seen = _looked(tx, catalog, entities, words)
    soon = frozenset(name for name, (_, whole, _) in seen.items() if whole)
    small = frozenset(name for name, (number, _, _) in seen.items() if number < LOOK)
    if not any(whole >= OFTEN and number == LOOK for number, whole, _ in seen.values()):
        sums = [sum(each[n] for _, _, each in seen.values()) for n in range(len(words.words))]
        looked = max(1, sum(number for number, _, _ in seen.values()))
        found = _collected(tx, words, [n / looked for n in sums])
        if found is not None:
            return Survey(catalog, tx.dialect, words, True, *found, soon, small)
    return Survey(catalog, tx.dialect, words, False, {}, {}, soon, small)


def _looked(
    tx: Transaction, catalog: Catalog, entities: Sequence[str], words: Words
) -> dict[str, tuple[int, int, list[int]]]:
    """Entity -> how many of its newest entries there are, how many of them are hit, and how many hold each word."""
    key = f"storage.search.survey.{tx.dialect}.{len(words.words)}.{words.has_part}"
    statement = catalog.derive(key, lambda: Prepared(_look(tx.dialect, entities, words), tx.database.engine))
    return {
        entities[number]: (int(seen), int(whole), [int(n) for n in each])
        for number, seen, whole, *each in statement.rows(tx, values(words))
    }


def _look(dialect: str, entities: Sequence[str], words: Words) -> sa.SelectBase:
    tests = [entry_test(dialect, words), *(word_test(dialect, n) for n in range(len(words.words)))]
    selects = []
    for number, name in enumerate(entities):
        some = sa.select(*[test.label(f"t{n}") for n, test in enumerate(tests)]).where(
            table.c.entity == sa.literal_column(f"'{name}'", sa.Text)
        )
        newest = some.order_by(table.c.record_id.desc()).limit(sa.literal_column(str(LOOK), sa.Integer)).subquery()
        counts = [sa.func.count().filter(newest.c[f"t{n}"]) for n in range(len(tests))]
        selects.append(
            sa.select(sa.literal_column(str(number), sa.Integer), sa.func.count(), *counts).select_from(newest)
        )
    return selects[0] if len(selects) == 1 else sa.union_all(*selects)


def _collected(tx: Transaction, words: Words, shares: Sequence[float]) -> tuple[dict[str, str], dict[str, str]] | None:
    """(`hits`, `near`) of a survey; None where there are more than a few."""
    rare, asks_part = rarest(tx, words, shares, alone=False)
    sqlite = tx.dialect == "sqlite"
    tests, found, given, asked = [], [], [], []
    if words.words:
        word = "instr(body, ?) > 0" if sqlite else "strpos(body, ?) > 0"
        tests.append(" AND ".join([word] * len(words.words)))
        given += [f" {one}" for one in words.words]
        found.append(BY_WORDS[tx.dialect])
        asked += [f'"{rare[0]}"*' if sqlite else f"'{rare[0]}':*", *([FEW + 1] if sqlite else [])]
    if words.has_part:
        tests.append("instr(title, ?) > 0" if sqlite else "strpos(title, ?) > 0")
        given.append(words.part)
    if asks_part:
        found.append(BY_PART[tx.dialect])
        asked += [part_match(tx.dialect, words.part), *([FEW + 1] if sqlite else [])]
    sql = COLLECT[tx.dialect].format(tests=" OR ".join(tests), found=(" UNION " if sqlite else " OR ").join(found))
    rows = tx.ask(sql, (*given, *asked) if sqlite else (*given, *asked, FEW + 1))
    if sum(int(number) for _, _, number, _ in rows) > FEW:
        return None
    hits = {str(entity): str(ids) for entity, held, _, ids in rows if held}
    near: dict[str, str] = {}
    for entity, _, _, ids in rows:
        near[str(entity)] = _both(near[str(entity)], str(ids)) if str(entity) in near else str(ids)
    return hits, near


def _both(one: str, other: str) -> str:
    """Two packed lists, neither of them empty, as one."""
    return f"{one[:-1]},{other[1:]}"


__all__ = ["Survey", "survey"]
