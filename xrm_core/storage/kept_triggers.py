"""The triggers that keep paths true (`kept`), as SQL: for rows of the ruled table when a link of theirs is set, and for the rows
that lead to a record when that changes.

On PostgreSQL those who set links share a lock by entity which those who move what is behind them take alone: so neither
misses what the other has not committed yet. SQLite has one writer at a time anyway.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator

from .kept import LONGEST, Kept, KeptPaths, Way, read_behind
from .names import limited, quoted

AT_ONCE = 1000
"""Rows written together with the change that moves them; where more are, a mark is left and a worker writes them."""
LATE = "xrm_kept_late"
PREFIX = "xrm_kept_"
WHOLE = "00000000-0000-0000-0000-000000000000"
"""Stands in a mark for all records: the triggers are away while tables are changed."""
LOCKS = 72_150_461
Triggers = dict[str, tuple[str, ...]]
"""Name of each trigger (on PostgreSQL of its function too) and the statements that make it."""


def triggers(known: KeptPaths, dialect: str) -> Triggers:
    """All triggers for the kept paths of a catalog."""
    made = _Sqlite() if dialect == "sqlite" else _PostgreSQL()
    found: Triggers = {}
    for entity, kept in known.by_entity.items():
        found |= made.own(entity, kept)
    for (source, column), ways in sorted(_ways(known).items()):
        found |= made.far(source, column, ways)
    return found


def drop(name: str, dialect: str) -> str:
    """The statement that takes a trigger away."""
    if dialect == "sqlite":
        return f"DROP TRIGGER IF EXISTS {quoted(name)}"
    return f"DROP FUNCTION IF EXISTS {quoted(name)}() CASCADE"


def fill(entity: str, kept: Iterable[Kept], dialect: str) -> tuple[str, ...]:
    """Statements that write the columns of all rows which do not hold what the links lead to."""
    return tuple(f"UPDATE {_t(entity)} SET {_set(k)} WHERE {differs(k, dialect)}" for k in kept)


def differs(kept: Kept, dialect: str) -> str:
    """The condition on rows of its table that do not hold what the links lead to."""
    apart = "IS NOT" if dialect == "sqlite" else "IS DISTINCT FROM"
    return f"{_c(kept.column.name)} {apart} {value(kept, _t(kept.entity))}"


def value(kept: Kept, row: str) -> str:
    """What the path leads to from a row: where its first link leads to one of several entities, on the way through that one."""
    found = [_led(way, row) for way in kept.ways]
    return found[0] if len(found) == 1 else f"COALESCE({', '.join(found)})"


def _led(way: Way, row: str) -> str:
    joins = "".join(f" {_join(way, n)}" for n in range(1, len(way.hops)))
    last, first = len(way.hops), way.hops[0]
    where = f"t1.id = {row}.{_c(first.column)}{_is_of_kind(way, 0, row)}"
    return f"(SELECT t{last}.{_c(way.far)} FROM {_t(first.entity)} t1{joins} WHERE {where})"


def led_to(way: Way, hop: int, record: str) -> str:
    """The condition on rows whose path goes through `record`, which link number `hop` of one of its ways leads to."""
    if hop == 1:
        return f"{_c(way.hops[0].column)} = {record}"
    joins = "".join(f" {_join(way, n)}" for n in range(1, hop - 1))
    last = f"t{hop - 1}.{_c(way.hops[hop - 1].column)} = {record}"
    return f"{_c(way.hops[0].column)} IN (SELECT t1.id FROM {_t(way.hops[0].entity)} t1{joins} WHERE {last})"


def hop_of(kept: Kept, mark: int) -> tuple[Way, int]:
    """The way and the number of its link for which a mark stands."""
    way, hop = divmod(mark - 1, LONGEST)
    return kept.ways[way], hop + 1


def lock(entity: str) -> str:
    """The two numbers of the lock of an entity's kept paths."""
    number = int.from_bytes(hashlib.sha256(entity.encode()).digest()[:4], "big", signed=True)
    return f"{LOCKS}, {number}"


def _many(kept: Kept, way: Way, hop: int, record: str) -> str:
    """The condition that more rows go through a record than are written at once."""
    some = f"SELECT 1 FROM {_t(kept.entity)} WHERE {led_to(way, hop, record)} LIMIT {AT_ONCE + 1}"
    return f"(SELECT count(*) FROM ({some}) many) > {AT_ONCE}"


def _join(way: Way, number: int) -> str:
    hop = way.hops[number]
    on = f"t{number + 1}.id = t{number}.{_c(hop.column)}{_is_of_kind(way, number, f't{number}')}"
    return f"JOIN {_t(hop.entity)} t{number + 1} ON {on}"


def _is_of_kind(way: Way, number: int, row: str) -> str:
    """The further condition that a link to one of several entities leads to that of the way."""
    kind = way.kinds[number]
    return f" AND {row}.{_c(kind)} = '{way.hops[number].entity}'" if kind else ""


def _set(kept: Kept) -> str:
    return f"{_c(kept.column.name)} = {value(kept, _t(kept.entity))}"


Through = tuple[Kept, int]
"""A kept path, and the number that a mark has for one of the links on its ways (`hop_of`)."""


def _ways(known: KeptPaths) -> dict[tuple[str, str], list[Through]]:
    """Columns that paths read behind their first link -> the paths, with the link that led there."""
    found: dict[tuple[str, str], dict[tuple[str, tuple[object, ...]], Through]] = {}
    for kept in known:
        for at, way in enumerate(kept.ways):
            for number, hop in enumerate(way.hops, 1):
                same = (kept.key, way.hops[:number])  # ways go together as far as the link to one of several entities
                through = (kept, at * LONGEST + number)
                found.setdefault((hop.entity, read_behind(way, number)), {}).setdefault(same, through)
    return {place: list(many.values()) for place, many in found.items()}


def _fan_out(kept: Kept, mark: int) -> Iterator[str]:
    """What a changed record does to the rows that lead to it: few are written, many get a mark."""
    way, hop = hop_of(kept, mark)
    at = f"kept = '{kept.key}' AND hop = {mark} AND record_id = NEW.id"
    is_marked = f"EXISTS (SELECT 1 FROM {LATE} WHERE {at})"
    yield (
        f"INSERT INTO {LATE} (kept, hop, record_id) SELECT '{kept.key}', {mark}, NEW.id "
        f"WHERE NOT {is_marked} AND {_many(kept, way, hop, 'NEW.id')}"
    )
    yield f"UPDATE {_t(kept.entity)} SET {_set(kept)} WHERE {led_to(way, hop, 'NEW.id')} AND NOT {is_marked}"


def _links(kept: Iterable[Kept]) -> dict[str, list[Kept]]:
    found: dict[str, list[Kept]] = {}
    for one in kept:
        found.setdefault(one.link, []).append(one)
    return found


def _write(entity: str, kept: Iterable[Kept]) -> str:
    values = ", ".join(f"{_c(k.column.name)} = {value(k, 'NEW')}" for k in kept)
    return f"UPDATE {_t(entity)} SET {values} WHERE id = NEW.id"


class _Sqlite:
    """A row is written, and then the paths that begin at it."""

    def own(self, entity: str, kept: tuple[Kept, ...]) -> Triggers:
        """For the rows of the table itself."""
        links = _links(kept)
        given = " OR ".join(f"NEW.{_c(c)} IS NOT NULL" for c in links)
        found = self._made(f"new_{entity}", f"AFTER INSERT ON {_t(entity)}", given, [_write(entity, kept)])
        for column, some in links.items():
            when = f"OLD.{_c(column)} IS NOT NEW.{_c(column)}"
            event = f"AFTER UPDATE OF {_c(column)} ON {_t(entity)}"
            found |= self._made(f"own_{entity}_{column}", event, when, [_write(entity, some)])
        return found

    def far(self, source: str, column: str, ways: list[Through]) -> Triggers:
        """For rows that lead to a record."""
        when = f"OLD.{_c(column)} IS NOT NEW.{_c(column)}"
        event = f"AFTER UPDATE OF {_c(column)} ON {_t(source)}"
        return self._made(f"far_{source}_{column}", event, when, [s for k, mark in ways for s in _fan_out(k, mark)])

    @staticmethod
    def _made(name: str, event: str, when: str, body: list[str]) -> Triggers:
        named = limited(PREFIX + name)
        return {named: (f"CREATE TRIGGER {quoted(named)} {event} WHEN {when} BEGIN {'; '.join(body)}; END",)}


class _PostgreSQL:
    """Paths are put into a row before it is written; those that may lead to the row itself, after."""

    def own(self, entity: str, kept: tuple[Kept, ...]) -> Triggers:
        """For the rows of the table itself."""
        loops = [k for k in kept if entity in k.tables[1:]]
        shared = f"PERFORM pg_advisory_xact_lock_shared({lock(entity)}); RETURN NULL;"
        columns = ", ".join(_c(c) for c in _links(kept))
        event = f"BEFORE INSERT OR UPDATE OF {columns} ON {_t(entity)}"
        found = self._made(f"lock_{entity}", event, "", shared, "STATEMENT")  # before any row is held
        for column, some in _links(k for k in kept if k not in loops).items():
            values = "; ".join(f"NEW.{_c(k.column.name)} := {value(k, 'NEW')}" for k in some)
            found |= self._own(f"own_{entity}_{column}", "BEFORE", entity, column, values, "NEW")
        for column, some in _links(loops).items():
            found |= self._own(f"loop_{entity}_{column}", "AFTER", entity, column, _write(entity, some), "NULL")
        return found

    def _own(self, name: str, when: str, entity: str, column: str, body: str, answer: str) -> Triggers:
        new = f"TG_OP = 'INSERT' AND NEW.{_c(column)} IS NOT NULL"
        changed = f"TG_OP = 'UPDATE' AND OLD.{_c(column)} IS DISTINCT FROM NEW.{_c(column)}"
        tests = f"IF ({new}) THEN {body}; ELSIF ({changed}) THEN {body}; END IF; RETURN {answer};"
        return self._made(name, f"{when} INSERT OR UPDATE OF {_c(column)} ON {_t(entity)}", "", tests)

    def far(self, source: str, column: str, ways: list[Through]) -> Triggers:
        """For rows that lead to a record."""
        locks = [f"PERFORM pg_advisory_xact_lock({lock(e)})" for e in sorted({k.entity for k, _ in ways})]
        body = "; ".join([*locks, *(s for k, mark in ways for s in _fan_out(k, mark)), "RETURN NULL;"])
        when = f"WHEN (OLD.{_c(column)} IS DISTINCT FROM NEW.{_c(column)}) "
        return self._made(f"far_{source}_{column}", f"AFTER UPDATE OF {_c(column)} ON {_t(source)}", when, body)

    @staticmethod
    def _made(name: str, event: str, when: str, body: str, each: str = "ROW") -> Triggers:
        named = quoted(limited(PREFIX + name))
        return {
            limited(PREFIX + name): (
                f"CREATE OR REPLACE FUNCTION {named}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} END $$",
                f"CREATE OR REPLACE TRIGGER {named} {event} FOR EACH {each} {when}EXECUTE FUNCTION {named}()",
            )
        }


def _t(entity: str) -> str:
    return quoted(limited(entity))


def _c(column: str) -> str:
    return quoted(limited(column))
