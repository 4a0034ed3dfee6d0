"""What a person said of single rows after the check: other values in place, or to pass the row over. The file itself stays."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct, field

from .laying import laid_out
from .readers import Row

PASSED_OVER = "passed over by hand"
"""The fault of a row that somebody wants left out: it counts as left out, not as refused."""
Said = Mapping[str, str] | None
"""The values of a row by column; None: pass it over."""


class Mends(Struct, frozen=True):
    """By file and line what was said of rows; by file and column what stands for a value wherever it occurs (`values`);
    `only`: the lines that are wanted at all (None: every one)."""

    said: Mapping[str, Mapping[int, Said]] = field(default_factory=dict)
    only: Mapping[str, frozenset[int]] | None = None
    values: Mapping[str, Mapping[str, Mapping[str, str]]] = field(default_factory=dict)

    @classmethod
    def of(cls, settings: Mapping[str, Any], only: Mapping[str, frozenset[int]] | None = None) -> Mends:
        """As they are kept with an import."""
        kept = settings.get("mends") or {}
        said = {name: {int(line): said for line, said in rows.items()} for name, rows in kept.items()}
        return cls(said, only, settings.get("values") or {})

    def rows(self, name: str, rows: Iterable[Row], columns: Sequence[str]) -> Iterable[Row]:
        """The rows of a file as they are to be taken; the same iterable where nothing was said."""
        said = self.said.get(name, {})
        if name in self.values:
            rows = _with_values(rows, self.values[name], columns)
        if not said and self.only is None:
            return rows
        return self._mended(rows, said, columns, None if self.only is None else self.only.get(name, frozenset()))

    def _mended(
        self, rows: Iterable[Row], said: Mapping[int, Said], columns: Sequence[str], only: frozenset[int] | None
    ) -> Iterator[Row]:
        left = None if only is None else len(only)
        for row in rows:
            if only is not None:
                if row.line not in only:
                    continue
                left = (left or 1) - 1
            yield mended(row, said[row.line], columns) if row.line in said else row
            if left == 0:
                return


def _with_values(rows: Iterable[Row], values: Mapping[str, Mapping[str, str]], columns: Sequence[str]) -> Iterator[Row]:
    """The rows with other values in the place of those that were named; rows that cannot be read stay as they are."""
    for row in rows:
        found = {} if row.fault else _named(row, values, columns)
        yield mended(row, found, columns) if found else row


def _named(row: Row, values: Mapping[str, Mapping[str, str]], columns: Sequence[str]) -> dict[str, str]:
    cells = row.data if columns else dict(laid_out(row.data))
    return {
        column: of[text]
        for column, of in values.items()
        if column in cells and (text := str(cells[column] if cells[column] is not None else "")) in of
    }


def mended(row: Row, said: Said, columns: Sequence[str]) -> Row:
    """A row with other values in the place of its own; one that could not be read has only those."""
    if said is None:
        return Row(row.line, {}, PASSED_OVER, row.cells)
    if not columns:
        return Row(row.line, _laid_in(row.data, said), None, row.cells)
    data = {name: said.get(name, str(row.data.get(name) or "")) for name in columns}
    return Row(row.line, data, None, list(data.values()))


def _laid_in(data: Mapping[str, Any], said: Mapping[str, str]) -> dict[str, Any]:
    """Nested data with other values at some paths (`buyer.name`, `phones[0].value`)."""
    made = dict(data)
    for path, text in said.items():
        _put(made, path.replace("[", ".[").split("."), text)
    return made


def _put(data: Any, parts: list[str], text: str) -> None:
    here, rest = parts[0], parts[1:]
    if here.startswith("["):
        place = int(here[1:-1]) if here[1:-1].isdigit() else -1
        if not isinstance(data, list) or not 0 <= place < len(data):
            return
        data[place] = _put_inner(data[place], rest, text)
    elif isinstance(data, dict):
        data[here] = _put_inner(data.get(here), rest, text)


def _put_inner(value: Any, rest: list[str], text: str) -> Any:
    if not rest:
        return text
    inner = list(value) if isinstance(value, list) else dict(value) if isinstance(value, Mapping) else {}
    _put(inner, rest, text)
    return inner
