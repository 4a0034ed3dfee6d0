"""PostgreSQL: statements that recur, prepared on their connection and sent by libpq itself.

A statement that is prepared already takes psycopg's cursor three times what it takes `psycopg.pq`: the cursor is made for every
way to wait and for every kind of answer. A thread that waits here lets the others work, as it does there.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import count
from typing import Any

SOON = 3
"""A statement is prepared when it was asked so many times with parameters of the same types."""
MOST, VARIANTS = 200, 8
"""Statements kept for each connection, the one not used for longest goes first; and so many of one text, for other types."""
LONGEST, MOST_PARAMS = 20_000, 200
"""Characters and parameters of what is prepared at all."""
OUT_OF_DATE = ("26000", "0A000")
"""There is no statement of that name; its answer would be of other types than when it was prepared."""

Types = tuple[int, ...]
Key = tuple[str, Types]


class Wire:
    """The statements of one connection, which one thread uses at a time."""

    __slots__ = ("_asked", "_connection", "_convert", "_numbers", "_pg", "_prepared", "is_doubtful")

    def __init__(self, connection: Any) -> None:
        from psycopg.adapt import Transformer  # imported only where PostgreSQL is used

        self._connection, self._pg = connection, connection.pgconn
        self._convert = Transformer(connection)
        self._asked: OrderedDict[Key, int] = OrderedDict()
        self._prepared: OrderedDict[str, list[tuple[Types, bytes]]] = OrderedDict()
        self._numbers: Iterator[int] = count()
        self.is_doubtful = False
        """Whether somebody else may have dropped what was prepared here (psycopg does, after DDL)."""

    def rows(self, sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
        """All rows of a statement with `%s` for parameters. Raises errors of psycopg."""
        result, convert = self._ask(sql, params), self._convert
        convert.set_pgresult(result)
        return convert.load_rows(0, result.ntuples, tuple)

    def run(self, sql: str, params: Sequence[Any]) -> int:
        """The number of rows that a statement changed. Raises errors of psycopg."""
        return self._ask(sql, params).command_tuples or 0

    def plain(self, words: bytes) -> None:
        """BEGIN, COMMIT, ROLLBACK and their like. Raises errors of psycopg."""
        self._checked(self._pg.exec_(words))

    @property
    def is_idle(self) -> bool:
        """Whether no transaction is open."""
        return int(self._pg.transaction_status) == 0

    def _ask(self, sql: str, params: Sequence[Any]) -> Any:
        convert = self._convert
        sent = convert.dump_sequence(params, _formats(len(params)))
        types, formats = convert.types or (), convert.formats
        if self.is_doubtful:
            self._look()
        name = self._name(sql, types, sent)
        if name is None:
            return self._checked(self._pg.exec_params(_numbered(sql), sent, types, formats))
        result = self._pg.exec_prepared(name, sent, formats)
        try:
            return self._checked(result)
        except self._connection.Error as error:
            if error.sqlstate not in OUT_OF_DATE:
                raise
            self._prepared.clear()  # new names from now on: what is left of the old ones is in nobody's way
            if not self.is_idle:
                raise
        return self._checked(self._pg.exec_params(_numbered(sql), sent, types, formats))

    def _name(self, sql: str, types: Types, sent: Sequence[Any]) -> bytes | None:
        """The prepared statement for parameters of these types, made where it is time; None where it is not."""
        known = self._prepared.get(sql)
        if known is not None:
            for taken, name in known:
                if taken == types or _fit(taken, types, sent):
                    self._prepared.move_to_end(sql)
                    return name
        key = (sql, types)
        asked = self._asked.get(key, 0) + 1
        if asked < SOON or len(sql) > LONGEST or len(types) > MOST_PARAMS or (known and len(known) >= VARIANTS):
            self._asked[key] = asked
            if len(self._asked) > 10 * MOST:
                self._asked.popitem(last=False)
            return None
        self._asked.pop(key, None)
        return self._prepare(sql, types)

    def _prepare(self, sql: str, types: Types) -> bytes:
        name = b"x%d" % next(self._numbers)
        self._checked(self._pg.prepare(name, _numbered(sql), types))
        self._prepared.setdefault(sql, []).append((types, name))
        if len(self._prepared) > MOST:
            for _, old in self._prepared.popitem(last=False)[1]:
                self.plain(b"DEALLOCATE " + old)
        return name

    def _look(self) -> None:
        """Are the prepared statements still there? They go all at once."""
        self.is_doubtful = False
        for known in self._prepared.values():
            asked = self._pg.exec_(b"SELECT FROM pg_prepared_statements WHERE name = '" + known[0][1] + b"'")
            if not self._checked(asked).ntuples:
                self._prepared.clear()
            return

    def _checked(self, result: Any) -> Any:
        """The result, where the server did what was asked. Raises errors of psycopg."""
        if result.status in DONE:
            return result
        from psycopg.errors import error_from_result

        error = error_from_result(result, self._connection.info.encoding)
        if error.sqlstate is None:  # the server said nothing: the connection is broken
            raise self._connection.OperationalError(str(error))
        raise error


DONE = (2, 1)
"""`TUPLES_OK` and `COMMAND_OK` of psycopg.pq.ExecStatus."""


def _fit(taken: Types, types: Types, sent: Sequence[Any]) -> bool:
    """Whether parameters may go where others were: they differ where these are empty only, and nothing is of any type."""
    return len(taken) == len(types) and all(t == u or v is None for t, u, v in zip(taken, types, sent, strict=True))


@lru_cache(256)
def _formats(number: int) -> list[Any]:
    from psycopg.adapt import PyFormat

    return [PyFormat.AUTO] * number


@lru_cache(2000)
def _numbered(sql: str) -> bytes:
    """The statement as the server takes it: `$1` for the first `%s`, one `%` for two."""
    numbers = count(1)
    return re.sub("%[s%]", lambda found: "%" if found[0] == "%%" else f"${next(numbers)}", sql).encode()
