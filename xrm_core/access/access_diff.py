"""Who gains and who loses between two states of the metadata."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .access_map import AccessMap, Cell


@dataclass(frozen=True, slots=True)
class Shift:
    """One difference. `gains`: more is open than before; `changes`: other rows than before, some more or some fewer."""

    who: str
    entity: str
    verb: str
    kind: Literal["gains", "loses", "changes"]
    what: str
    places: tuple[str, ...] = ()

    def __str__(self) -> str:
        place = f"  ({', '.join(self.places)})" if self.places else ""
        return f"{self.who} {self.kind} {self.verb} {self.entity}: {self.what}{place}"


def access_diff(before: AccessMap, after: AccessMap) -> list[Shift]:
    """All differences, by who. A role or department that is in one of the two alone gains or loses all that it has there."""
    found: list[Shift] = []
    for key in sorted(before.cells.keys() | after.cells.keys()):
        old, new = before.cells.get(key), after.cells.get(key)
        if old is None and new is not None:
            found.append(Shift(*key, "gains", _whole(new), new.places))
        elif new is None and old is not None:
            found.append(Shift(*key, "loses", _whole(old), old.places))
        elif old is not None and new is not None and _essence(old) != _essence(new):
            found += _between(key, old, new)
    return found


def _essence(cell: Cell) -> tuple[object, ...]:
    return cell.rows, cell.but, cell.fields, cell.partly


def _whole(cell: Cell) -> str:
    fields = f"{len(cell.fields)} fields" if len(cell.fields) > 6 else ", ".join(cell.fields) or "no fields"
    return f"rows {cell.condition}; {fields}"


def _between(key: tuple[str, str, str], old: Cell, new: Cell) -> list[Shift]:
    found = []
    more, fewer = sorted(set(new.fields) - set(old.fields)), sorted(set(old.fields) - set(new.fields))
    if more:
        found.append(Shift(*key, "gains", f"fields {', '.join(more)}", new.places))
    if fewer:
        found.append(Shift(*key, "loses", f"fields {', '.join(fewer)}", old.places))
    if (old.rows, old.but) != (new.rows, new.but):
        found.append(Shift(*key, _of_rows(old, new), f"rows {old.condition} -> {new.condition}", new.places))
    was, now = dict(old.partly), dict(new.partly)
    for name in sorted((was.keys() | now.keys()) & set(old.fields) & set(new.fields)):
        if was.get(name) != now.get(name) and (was.get(name), now.get(name)) != (_one(old), _one(new)):
            kind: Literal["gains", "loses", "changes"] = (
                "gains" if name not in now else "loses" if name not in was else "changes"
            )
            told = (
                f"field {name} where {was.get(name) or 'the record is seen'} -> {now.get(name) or 'the record is seen'}"
            )
            found.append(Shift(*key, kind, told, new.places))
    return found


def _one(cell: Cell) -> str | None:
    return cell.rows[0] if cell.rows is not None and len(cell.rows) == 1 else None


def _of_rows(old: Cell, new: Cell) -> Literal["gains", "loses", "changes"]:
    """More alternatives and fewer denies open more; what cannot be compared so is a change."""
    opened, shut = _more(old.rows, new.rows), _more(new.but, old.but)
    if opened is None or shut is None:
        return "changes"
    signs = {opened, shut} - {0}
    return "changes" if len(signs) != 1 else "gains" if signs == {1} else "loses"


def _more(old: tuple[str, ...] | None, new: tuple[str, ...] | None) -> int | None:
    """1: `new` has all alternatives of `old` and more (None stands for all); -1: the other way; 0: the same; None: neither."""
    if old == new:
        return 0
    if new is None or (old is not None and set(old) <= set(new)):
        return 1
    if old is None or set(new) <= set(old):
        return -1
    return None
