"""Many rows of a file at once: what is read cell by cell for one row is read column by column, each different text once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import repeat
from operator import itemgetter
from typing import Any

from ....storage.packing import recurring
from .paths import Getter, Scope
from .plan import OPEN, Candidate, Convert, FilePlan, TargetPlan, candidate_of, name_values
from .texts import DateReader, NumberReader, ValueFault
from .values import Cell

Rows = Sequence[tuple[int, Mapping[str, Any]]]
Columns = Sequence[tuple[str, Getter, Convert | None]]


def candidates_of(plan: FilePlan, rows: Rows) -> list[list[Candidate] | None]:
    """What each row, told with its number, becomes, as `FilePlan.candidates` says it."""
    if len(plan.targets) != 1 or plan.targets[0].spec.each is not None:
        return [plan.candidates(number, data) for number, data in rows]
    target = plan.targets[0]
    if not (plan.lets or plan.when or target.lets or target.when):
        return [[one] for one in _many(target, [(number, Scope(data)) for number, data in rows])]
    found: dict[int, list[Candidate] | None] = {}
    wanted: list[tuple[int, Scope]] = []
    for number, data in rows:
        root = Scope(data)
        if plan.lets:
            name_values(root, plan.lets)
        if plan.when is not None and not plan.when(root):
            found[number] = None
            continue
        if target.lets:
            name_values(root, target.lets)
        if target.when is None or target.when(root):
            wanted.append((number, root))
        else:
            found[number] = []
    made = [[one] for one in _many(target, wanted)]
    if not found:
        return list(made)
    found.update(zip([number for number, _ in wanted], made, strict=True))
    return [found[number] for number, _ in rows]


def _many(target: TargetPlan, rows: Sequence[tuple[int, Scope]]) -> list[Candidate]:
    """Candidates of rows that the conditions let pass. One with a fault is made the single way, so that it tells the same."""
    bad: set[int] = set()
    waits: set[int] = set()
    scopes = [scope for _, scope in rows]
    candidates = [
        Candidate(target, number, scope, values, values)
        for (number, scope), values in zip(rows, _values(target.fields, scopes, bad, waits), strict=True)
    ]
    if target.create:
        for candidate, values in zip(candidates, _values(target.create, scopes, bad, waits), strict=True):
            candidate.create = values
    for n in waits:
        candidates[n].waits = True
    for n in bad:
        again = candidate_of(target, *rows[n])
        if again is not None:
            candidates[n] = again
    return candidates


def _values(columns: Columns, scopes: Sequence[Scope], bad: set[int], waits: set[int]) -> Iterator[dict[str, Any]]:
    """The values of each row by column."""
    cells = [get.column for _, get, _ in columns if isinstance(get, Cell)]
    texts = iter(_texts([scope.data for scope in scopes], cells))
    read = {
        name: _cells(next(texts), get, convert, bad)
        if isinstance(get, Cell)
        else _column(scopes, get, convert, bad, waits)
        for name, get, convert in columns
    }
    if not read:
        return iter([{} for _ in scopes])
    return map(dict, map(zip, repeat(tuple(read)), zip(*read.values(), strict=True)))


def _texts(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> Sequence[Sequence[str]]:
    """The texts of some columns, each for all rows."""
    if len(columns) < 2 or not rows:
        return [[row[name] for row in rows] for name in columns]
    return list(zip(*map(itemgetter(*columns), rows), strict=True))


def _column(
    scopes: Sequence[Scope], get: Getter, convert: Convert | None, bad: set[int], waits: set[int]
) -> Sequence[Any]:
    """One column's values. Rows that cannot be read are added to `bad`, those whose links are to be found to `waits`."""
    values: list[Any] = []
    for n, scope in enumerate(scopes):
        try:
            value = get(scope)
            if convert is not None and value is not None:
                value = convert(value)
        except (ValueFault, ArithmeticError):
            bad.add(n)
            value = None
        if type(value) in OPEN:
            waits.add(n)
        values.append(value)
    return values


def _cells(texts: Sequence[str], cell: Cell, convert: Convert | None, bad: set[int]) -> Sequence[Any]:
    """The values of a column of texts."""
    different = recurring(texts)
    if different:
        table, faulty = _table(different, cell, convert)
        if faulty:
            bad.update(n for n, text in enumerate(texts) if text in faulty)
        return list(map(table.__getitem__, texts))
    stripped = list(map(str.strip, texts))
    if all(stripped) and cell.blank.isdisjoint(stripped):
        if convert is None:
            return stripped
        if isinstance(convert, NumberReader | DateReader) and (found := convert.many(stripped)) is not None:
            return found
        try:
            return list(map(convert, stripped))
        except (ValueFault, ArithmeticError):
            pass
    cleaned = [cell.clean(text) for text in texts]
    if convert is None:
        return cleaned
    try:
        return [None if text is None else convert(text) for text in cleaned]
    except (ValueFault, ArithmeticError):
        pass
    values: list[Any] = []
    for n, clean in enumerate(cleaned):
        try:
            values.append(None if clean is None else convert(clean))
        except (ValueFault, ArithmeticError):
            bad.add(n)
            values.append(None)
    return values


def _table(different: set[str], cell: Cell, convert: Convert | None) -> tuple[dict[str, Any], set[str]]:
    """What each text is read to, and those that cannot be."""
    table: dict[str, Any] = {}
    faulty: set[str] = set()
    for text in different:
        clean = cell.clean(text)
        try:
            table[text] = clean if convert is None or clean is None else convert(clean)
        except (ValueFault, ArithmeticError):
            faulty.add(text)
            table[text] = None
    return table, faulty
