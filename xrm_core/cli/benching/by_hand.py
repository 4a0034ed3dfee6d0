"""An import of the bench's clients as somebody would write it for this one file, with the duties that ours has.

Every cell is read by the type of its column, rows are looked for by their number, a faulty row is told with its line and
reason; rows, history and search entries go into the same tables with the same indexes, in transactions of as many rows, and
one row into the log of imports. It knows one file and one table: no metadata, no mapping, no hooks, no rights.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec

from ...fields.standards import countries, currencies, languages
from ...metamodel.values import SYSTEM, Actor
from ...storage.database import Database
from ...storage.ids import new_id
from ...storage.search_text import fold, words_of
from ...storage.search_where import scope_word
from ...storage.transaction import Transaction

CHUNK = 5_000
FIELDS = (
    "number", "name", "kind", "status", "email", "phone", "language", "country", "city", "since", "revenue", "revenue_currency",
    "employees", "score", "vip", "rating", "note",
)  # fmt: skip
"""Columns of the file, in its order."""
SYSTEM_COLUMNS = ("id", "version", "created_at", "created_by", "updated_at", "updated_by", "deleted_at")
HISTORY = (
    "id", "at", "actor_id", "actor_name", "door", "entity", "record_id", "version", "action", "changes",
)  # fmt: skip
SEARCH = ("entity", "record_id", "title", "body")
ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")
NUMBER = re.compile(r"-?[0-9]{1,16}(?:\.[0-9]{1,2})?")
CENT, CURRENCY = Decimal("0.01"), "EUR"
encode = msgspec.json.Encoder(decimal_format="string").encode
Values = tuple[Any, ...]
Read = Callable[[str], Any]


def _text(most: int) -> Read:
    def read(cell: str) -> str | None:
        if len(cell) > most or not cell.isprintable():
            raise ValueError(f"{cell!r} is no text of at most {most} characters")
        return cell or None

    return read


def _one_of(known: Mapping[str, Any], default: Any = None) -> Read:
    def read(cell: str) -> Any:
        if cell in known:
            return known[cell]
        if cell:
            raise ValueError(f"there is no {cell!r}")
        return default

    return read


def _address(cell: str) -> str | None:
    if cell and (not ADDRESS.fullmatch(cell) or ".." in cell):
        raise ValueError(f"{cell!r} is no address")
    return cell or None


def _day(cell: str) -> date | None:
    return date.fromisoformat(cell) if cell else None


def _whole(least: int, most: int) -> Read:
    def read(cell: str) -> int | None:
        if not cell:
            return None
        number = int(cell)
        if not least <= number <= most:
            raise ValueError(f"{cell!r} is not from {least} to {most}")
        return number

    return read


def _exact(least: int | None = None) -> Read:
    def read(cell: str) -> Decimal | None:
        if not cell:
            return None
        if not NUMBER.fullmatch(cell):
            raise ValueError(f"{cell!r} is no number of two places")
        number = Decimal(cell).quantize(CENT)
        if least is not None and number < least:
            raise ValueError(f"{cell!r} is less than {least}")
        return number

    return read


def _same(*words: str) -> dict[str, str]:
    return {word: word for word in words}


@cache
def _readers() -> tuple[Read, ...]:
    """What reads each column, in the order of FIELDS."""
    return (
        _text(20), _text(200), _one_of(_same("person", "organisation", "household")), _one_of(_same("active", "inactive"), "active"),
        _address, _text(40), _one_of(_same(*languages())), _one_of(_same(*countries())), _text(100), _day, _exact(0),
        _one_of(_same(*currencies())), _whole(0, 10**18), _exact(),
        _one_of({"True": True, "true": True, "yes": True, "False": False, "false": False, "no": False}, False), _whole(1, 5), _text(500),
    )  # fmt: skip


def values_of(cells: Sequence[str]) -> Values:
    """The values of a row, in the order of FIELDS. Raises ValueError saying all that is wrong."""
    try:
        found = [read(cell.strip()) for read, cell in zip(_readers(), cells, strict=True)]
    except (ValueError, ArithmeticError):
        raise ValueError("; ".join(_faults(cells))) from None
    if found[0] is None or found[1] is None or found[2] is None:
        raise ValueError("number, name and kind are needed")
    if found[10] is None:
        found[11] = None
    elif found[11] is None:
        found[11] = CURRENCY
    return tuple(found)


def _faults(cells: Sequence[str]) -> Iterator[str]:
    if len(cells) != len(FIELDS):
        yield f"{len(cells)} values for {len(FIELDS)} columns"
        return
    for name, read, cell in zip(FIELDS, _readers(), cells, strict=True):
        try:
            read(cell.strip())
        except (ValueError, ArithmeticError) as fault:
            yield f"{name}: {fault}"


def import_by_hand(database: Database, path: Path, actor: Actor = SYSTEM) -> tuple[int, list[str]]:
    """Import a CSV file of new clients: how many are written, and what is wrong with the others."""
    written, faults = 0, []
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        if tuple(next(reader)) != FIELDS:
            raise ValueError("the file has other columns")
        while rows := list(islice(reader, CHUNK)):
            good: dict[str, Values] = {}
            for line, cells in enumerate(rows, reader.line_num - len(rows) + 1):
                try:
                    values = values_of(cells)
                except ValueError as fault:
                    faults.append(f"line {line}: {fault}")
                    continue
                if good.setdefault(values[0], values) is not values:
                    faults.append(f"line {line}: number {values[0]} is there already")
            with database.write() as tx:
                tx.expect_much()
                for number in _known(tx, list(good)):
                    faults.append(f"number {number} is there already")
                    del good[number]
                _write(tx, list(good.values()), actor, datetime.now(UTC))
            written += len(good)
    with database.write() as tx:
        _log(tx, path.name, written, faults)
    return written, faults


def _known(tx: Transaction, numbers: list[str]) -> set[str]:
    """Which of the numbers are taken."""
    if tx.dialect == "sqlite":
        found = tx.rows(
            "SELECT number FROM client WHERE number IN (SELECT value FROM json_each(?))", (encode(numbers),)
        )
    else:
        found = tx.rows("SELECT number FROM client WHERE number = ANY(%s)", (numbers,))
    return {row[0] for row in found}


def _write(tx: Transaction, rows: Sequence[Values], actor: Actor, now: datetime) -> None:
    """Rows, history and search entries."""
    sqlite, scope = tx.dialect == "sqlite", scope_word("client")
    at: Any = now.isoformat(" ", "microseconds")[:26] if sqlite else now
    ids = new_id.many(len(rows))
    clients, told, found = [], [], []
    for id, entry, row in zip(ids, new_id.many(len(rows)), rows, strict=True):
        changes = encode({name: (None, value) for name, value in zip(FIELDS, row, strict=True) if value is not None})
        told.append((entry, at, actor.id, actor.name, "import", "client", id, 1, "create", changes.decode()))
        name, email = row[1], row[4]
        words = dict.fromkeys([scope, *words_of(fold(f"{name} {email}" if email else name))])
        found.append(("client", id, fold(name), " ".join(words)))
        clients.append((id, 1, at, actor.id, at, actor.id, None, *(_as_sqlite(row) if sqlite else row)))
    _send(tx, "client", (*SYSTEM_COLUMNS, *FIELDS), clients)
    _send(tx, "xrm_history", HISTORY, told)
    if sqlite:  # one statement: each that meets a full-text table writes out what that table holds back
        columns = ", ".join(f"json_extract(value, '$[{n}]')" for n in range(len(SEARCH)))
        tx.run(
            f"INSERT INTO xrm_search ({', '.join(SEARCH)}) SELECT {columns} FROM json_each(?)",
            (encode(found).decode(),),
        )
    else:
        _send(tx, "xrm_search", SEARCH, found)


def _as_sqlite(row: Values) -> Iterator[Any]:
    """The values as SQLite holds them: numbers in hundredths, days as texts."""
    for value in row:
        kind = type(value)
        yield int(value.scaleb(2)) if kind is Decimal else value.isoformat() if kind is date else value


def _send(tx: Transaction, table: str, columns: Sequence[str], rows: Sequence[Values]) -> None:
    names = ", ".join(columns)
    if tx.dialect == "sqlite":
        tx.run_many(f"INSERT INTO {table} ({names}) VALUES ({', '.join('?' * len(columns))})", rows)
    else:
        tx.copy(f"COPY {table} ({names}) FROM STDIN", rows)


def _log(tx: Transaction, name: str, written: int, faults: Sequence[str]) -> None:
    now = datetime.now(UTC)
    row = {
        "id": new_id(), "mapping": "by hand", "source": name, "state": "done", "settings": "{}", "position": written,
        "counts": encode({"created": written}).decode(), "problems": encode(faults).decode(),
        "created_at": now.isoformat(" ") if tx.dialect == "sqlite" else now,
    }  # fmt: skip
    tx.do(f"INSERT INTO xrm_import ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})", list(row.values()))
