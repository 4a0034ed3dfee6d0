"""Records that look like one and the same: named while a new one is typed, and listed in pairs.

Where to look may be decided by all that is stored; what is compared, named and shown is read under the actor's rights alone. So a
record that he may not see, and a value that is masked for him, makes nothing look alike.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

from ..errors import XrmError
from ..expressions import one_of, quote
from ..metamodel.catalog import Entity
from ..metamodel.definitions import SimilarDef
from ..metamodel.values import Query
from ..storage import query as storage
from ..storage import search
from ..storage.search_text import words_of
from . import apart
from .checks import run_before_save
from .drafts import new_draft
from .likeness import Facts, Likeness, even, facts, likeness, names_of
from .lists import joined, list_records, nested_records
from .sight import is_open, reads, reads_text, shows_rows
from .work import Work
from .writer import writer_of

NEIGHBOURS, HITS, EQUALS = 20, 15, 20
"""Records that are looked at for their place in the order of names (before and behind), for their words, for an equal value."""
CHUNK, MOST = 250, 1000
"""Records that are gone through at a time, and for one page of pairs."""
WINDOW = 6
"""Neighbours in the order of names with which a record is compared for pairs (sorted neighbourhood, Hernández and Stolfo 1995)."""
ALIKE = 70
"""Likeness of names (per cent) below which an equal way to reach alone makes no pair: households and firms share theirs."""
LONG = 3000
"""Characters of values that one expression names, at most."""
CUT = 5
"""Letters of a word by which records are looked for."""


Raw: TypeAlias = Sequence[tuple[str, Any]]
"""Paths and values as they are stored or typed: equal ones are looked for by them."""


Shared: TypeAlias = tuple[tuple[str, Any], ...]
"""Paths at which two have an equal value, with the value."""


class Similar(NamedTuple):
    """A record that looks like what was typed."""

    id: str
    title: str
    likeness: Likeness
    shared: Shared = ()
    raw: Raw = ()


@dataclass(frozen=True, slots=True)
class Seen:
    """A record as the actor sees it: its title, and what is compared."""

    id: str
    title: str
    facts: Facts
    raw: Raw = ()


class Pair(NamedTuple):
    """Two records that look like one."""

    one: Seen
    other: Seen
    likeness: Likeness

    @property
    def shared(self) -> Shared:
        """What is equal in both."""
        return _shared(self.one.raw, self.other.facts, self.likeness)


class Pairs(NamedTuple):
    """Pairs in the order of names; where to go on; the titles between which was looked; pairs that somebody told apart."""

    pairs: list[Pair]
    after: str | None
    first: str
    last: str
    apart: list[tuple[Pair, apart.Said]]


def paths_of(work: Work, entity: Entity) -> tuple[str, ...]:
    """The paths that are compared and that exist for the actor."""
    similar = entity.similar
    if similar is None:
        return ()
    asked = dict.fromkeys((*similar.like, *similar.sure, *similar.same, *similar.near))
    return tuple(path for path in asked if _exists(work, entity, path))


def _exists(work: Work, entity: Entity, path: str) -> bool:
    table, _, name = path.partition(".")
    if not name:
        return reads(work, entity, path)
    children = entity.children[table]
    return shows_rows(work, children) and reads(work, work.entity(children.entity), name)


def like_typed(
    work: Work, entity: Entity, values: Mapping[str, Any], limit: int = 5, differs: Collection[str] = ()
) -> list[Similar]:
    """Stored records that look like the one that is being typed, the surest first. `values`: texts of a form by column. What is
    typed may be faulty or half; nothing is written. `differs`: ids of records that it was told apart from."""
    if entity.similar is None or not is_open(work, entity.name):
        return []
    raw, by = _typed(work, entity, values)
    typed = facts(raw)
    if not typed:
        return []
    ids = dict.fromkeys((*_equals(work, entity, raw), *_neighbours(work, entity, by), *_called(work, entity, typed)))
    found = []
    for seen in seen_of(work, entity, [id for id in ids if id not in differs]):
        alike = likeness(entity.similar, typed, seen.facts)
        if alike is not None:
            found.append(Similar(seen.id, seen.title, alike, _shared(seen.raw, typed, alike), seen.raw))
    return sorted(found, key=lambda one: (one.likeness.rank, one.title))[:limit]


def _shared(raw: Raw, other: Facts, alike: Likeness) -> Shared:
    return tuple(
        {
            path: (path, value)
            for path, value in reversed(raw)
            if path in alike.equal and value not in (None, "") and even(value) in other.get(path, ())
        }.values()
    )[::-1]


def _typed(work: Work, entity: Entity, values: Mapping[str, Any]) -> tuple[Raw, str]:
    """What was typed at the paths that are compared, and the text by which it stands in order: completed by plugins, as it will be when it is saved;
    as it was typed where they cannot."""
    assert entity.similar is not None
    writer = writer_of(work.catalog, entity.name)
    draft = new_draft(work, writer, values, texts=True)
    try:
        run_before_save(work, writer, [draft])
    except XrmError:
        draft = new_draft(work, writer, values, texts=True)
    work.forget()
    pairs = [(path, value) for path in paths_of(work, entity) for value in _values(draft.after, draft.children, path)]
    by = draft.after.get(entity.similar.by or entity.similar.like[0])
    return pairs, str(by or "")


def _values(record: Mapping[str, Any], rows: Mapping[str, Sequence[Mapping[str, Any]]], path: str) -> Iterator[Any]:
    table, _, name = path.partition(".")
    if name:
        yield from (row.get(name) for row in rows.get(table, ()))
    else:
        yield record.get(path)


def seen_of(work: Work, entity: Entity, ids: Sequence[str]) -> list[Seen]:
    """Those of the records that the actor sees and that count, with their facts as he sees them, in the given order; none for who
    may not read by what they count."""
    if not ids or entity.similar is None or not reads_text(work, entity.name, entity.similar.when):
        return []
    paths = paths_of(work, entity)
    own = tuple(path for path in paths if "." not in path)
    columns = ("id", "display", *(p for p in own if p not in ("id", "display")))
    rows = {}
    for few in lots(ids):
        among = one_of("record.id", few)
        query = Query(entity.name, columns, joined(among, entity.similar.when), (), len(few))
        rows.update({str(row["id"]): row for row in list_records(work, query).rows})
    pairs: dict[str, list[tuple[str, Any]]] = {id: [(p, row[p]) for p in own] for id, row in rows.items()}
    for table, names in _tables(paths).items():
        children = entity.children[table]
        for id, found in nested_records(work, children, list(rows), tuple(names)).items():
            pairs[id] += [(f"{table}.{name}", row[name]) for row in found for name in names]
    return [Seen(id, str(rows[id]["display"] or id), facts(pairs[id]), pairs[id]) for id in ids if id in rows]


def _tables(paths: Iterable[str]) -> dict[str, list[str]]:
    made: dict[str, list[str]] = {}
    for path in paths:
        table, _, name = path.partition(".")
        if name:
            made.setdefault(table, []).append(name)
    return made


def _equals(work: Work, entity: Entity, raw: Raw) -> Iterator[str]:
    """Records with an equal number or way to reach, asked under the actor's rights."""
    assert entity.similar is not None
    for path in (*entity.similar.sure, *entity.similar.same):
        wanted = sorted(
            {spelt for at, value in raw if at == path and value for spelt in (str(value), str(value).lower())}
        )
        if not wanted or not _exists(work, entity, path):
            continue
        table, _, name = path.partition(".")
        of = work.entity(entity.children[table].entity) if name else entity
        column = entity.children[table].by if name else "id"
        for few in lots(wanted):
            asked = one_of(f"record.{name or path}", few)
            query = Query(of.name, tuple({"id": 0, column: 0}), asked, (), len(few) + EQUALS)
            yield from (str(row[column]) for row in list_records(work, query).rows)


def lots(texts: Sequence[str]) -> Iterator[list[str]]:
    """Texts in lots that one expression can name."""
    lot: list[str] = []
    length = 0
    for text in texts:
        if lot and length + len(text) + 6 > LONG:
            yield lot
            lot, length = [], 0
        lot.append(text)
        length += len(text) + 6
    if lot:
        yield lot


def _neighbours(work: Work, entity: Entity, by: str) -> Iterator[str]:
    """Records that stand near in the order of names. Raw: they only say where to look."""
    assert entity.similar is not None
    column = entity.similar.by or entity.similar.like[0]
    if not by or "." in column:
        return
    for edge, sort in ((f"record.{column} >= {quote(by)}", column), (f"record.{column} < {quote(by)}", f"-{column}")):
        query = Query(entity.name, ("id",), edge, (sort,), NEIGHBOURS)
        yield from (str(row["id"]) for row in storage.run(work.tx, work.catalog, query, work.context()).rows)


def _called(work: Work, entity: Entity, typed: Facts) -> Iterator[str]:
    """Records whose words begin like those of the name, in whatever order. Raw: they only say where to look."""
    assert entity.similar is not None
    for name in names_of(entity.similar, typed):
        words = " ".join(word[:CUT] for word in words_of(name) if len(word) > 1)
        if words and entity.search:
            yield from (id for __, id in search.find(work.tx, work.catalog, words, [entity.name], HITS))


def pairs(work: Work, entity: Entity, after: str | None = None, limit: int = 25) -> Pairs:
    """Pairs of records that look like one, in the order of their names, from `after` on. Each is compared with its neighbours in
    that order, and with all that have an equal number or way to reach. Raises NotFound, BadRequest for a bad place."""
    work.access.require(entity.name, "read")
    similar = entity.similar
    if similar is None:
        return Pairs([], None, "", "", [])
    column = similar.by or similar.like[0]
    found: dict[frozenset[str], Pair] = {}
    told: dict[frozenset[str], apart.Said] = {}
    line: list[Seen] = []
    for __ in range(MOST // CHUNK):
        query = Query(entity.name, ("id",), None, (column,), CHUNK, after=after)
        page = storage.run(work.tx, work.catalog, query, work.context())
        fresh = seen_of(work, entity, [str(row["id"]) for row in page.rows])
        for pair in (*_near(similar, line[-WINDOW:], fresh), *_alike(work, entity, fresh)):
            if pair.likeness.grade != "possible" or pair.likeness.score >= ALIKE:
                found.setdefault(frozenset((pair.one.id, pair.other.id)), pair)
        line += fresh
        after = page.next
        told = apart.said(work, entity, found)
        if after is None or len(found) - len(told) >= limit:
            break
    place = {seen.id: n for n, seen in enumerate(line)}
    ordered = sorted(found.items(), key=lambda item: (item[1].likeness.rank, place.get(item[1].one.id, 0)))
    pairs = [pair for key, pair in ordered if key not in told]
    differ = [(pair, told[key]) for key, pair in ordered if key in told]
    return Pairs(pairs, after, line[0].title if line else "", line[-1].title if line else "", differ)


def _near(similar: SimilarDef, before: Sequence[Seen], fresh: Sequence[Seen]) -> Iterator[Pair]:
    line = [*before, *fresh]
    for n, one in enumerate(line):
        for other in line[max(n + 1, len(before)) : n + 1 + WINDOW]:
            alike = likeness(similar, one.facts, other.facts)
            if alike is not None:
                yield Pair(one, other, alike)


def _alike(work: Work, entity: Entity, fresh: Sequence[Seen]) -> Iterator[Pair]:
    """Pairs by equal values, wherever the other one stands in the order."""
    assert entity.similar is not None
    ours = {seen.id: seen for seen in fresh}
    raw = [pair for seen in fresh for pair in seen.raw]
    ids = [id for id in dict.fromkeys(_equals(work, entity, raw)) if id not in ours]
    others = [*fresh, *seen_of(work, entity, ids)] if ids else list(fresh)
    by_value: dict[tuple[str, str], list[Seen]] = {}
    for seen in others:
        for path in (*entity.similar.sure, *entity.similar.same):
            for value in seen.facts.get(path, ()):
                by_value.setdefault((path, value), []).append(seen)
    for group in by_value.values():
        for n, one in enumerate(group):
            for other in group[n + 1 : n + 1 + WINDOW]:
                alike = likeness(entity.similar, one.facts, other.facts)
                if alike is not None and (one.id in ours or other.id in ours):
                    yield Pair(one, other, alike)
