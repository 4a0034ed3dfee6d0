"""Figures of many records: counts, sums and averages by the values of a field or the parts of a date, under the reader's rights.
Each says by which filter the records behind it are found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from msgspec import Struct

from ..errors import BadRequest
from ..expressions import one_of, quote
from ..fields.locales import locale_of
from ..language import _
from ..metamodel.catalog import Entity, Field
from ..metamodel.dashboards import Compute, Part
from ..metamodel.text import say
from ..metamodel.values import Query
from ..storage.measuring import MOST, Total, measure
from . import periods
from .lists import joined, list_records
from .sight import is_open
from .work import Work

MOST_MARKS, MOST_PARTS, MOST_STACKS = 24, 60, 6
"""Bars or slices of one chart; parts of time in a row; values upon one another."""
OTHERS = "\0others"
"""Key of the mark that stands for all that have no room."""


class Key(Struct, frozen=True):
    """By what figures are grouped: a field path, for dates with the part of time."""

    path: str
    part: Part | None = None


class Mark(Struct, frozen=True):
    """One value of a group: what it is called, the conditions under which its records are found, its colour if it has one."""

    key: Any
    label: str
    filters: tuple[str, ...] = ()
    tone: str = ""
    is_hidden: bool = False
    """Records that are not for the reader: nothing leads there."""


class Figures(Struct, frozen=True):
    """A table of figures: rows by marks, with a value for each stack (one where nothing is stacked)."""

    rows: tuple[tuple[Mark, tuple[Any, ...]], ...]
    stacks: tuple[Mark, ...] = ()


class Question(Struct, frozen=True):
    """Which records of an entity, and what is worked out of them. `value` is a path, or an expression after '='."""

    entity: str
    filters: tuple[str, ...] = ()
    q: str = ""
    compute: Compute = "count"
    value: str | None = None

    @property
    def query(self) -> Query:
        """The records as a query."""
        return Query(self.entity, ("id",), joined(*self.filters), q=self.q or None)

    @property
    def total(self) -> Total:
        """What storage works out."""
        if self.value is None or self.compute == "count":
            return Total()
        text = self.value[1:].strip() if self.value.startswith("=") else f"record.{self.value}"
        return Total(self.compute, text)


def number_of(work: Work, asked: Question) -> Any:
    """One figure of all records that are asked for; None where there is nothing to add. Raises as `list_records`."""
    work.access.require(asked.entity, "read")
    (found,) = measure(
        work.tx, work.catalog, asked.query, (), (asked.total,), work.context(), work.relation(asked.entity)
    )
    return found.count if asked.total.text is None else found.totals[0]


def figures_of(work: Work, asked: Question, by: Key, stack: Key | None = None, limit: int = MOST_MARKS) -> Figures:
    """The figures by the values of one field, or of two. Raises as `list_records`, BadRequest for what cannot be grouped."""
    work.access.require(asked.entity, "read")
    keys = [Keys(work, asked.entity, key) for key in (by, *((stack,) if stack is not None else ()))]
    texts = [text for key in keys for text in key.texts]
    found = measure(
        work.tx, work.catalog, asked.query, texts, (asked.total,), work.context(), work.relation(asked.entity), MOST
    )
    values: dict[tuple[Any, Any], Any] = {}
    for group in found:
        row = keys[0].read(group.keys)
        place = (row, keys[1].read(group.keys[len(keys[0].texts) :]) if stack is not None else None)
        value = group.count if asked.total.text is None else group.totals[0]
        values[place] = _added(values.get(place), value)
    adds = asked.compute in ("count", "sum")
    rows = keys[0].marks(_sizes(values, 0), limit)
    stacks = keys[1].marks(sizes := _sizes(values, 1), _room(sizes)) if stack is not None else ()
    table = _table(values, rows, stacks, adds)
    return Figures(tuple((row, cells) for row, cells in zip(rows, table, strict=True)), tuple(stacks))


def _room(sizes: Mapping[Any, Any]) -> int:
    """How many values have a mark of their own, so that with those for none and for all others there are not too many."""
    room = MOST_STACKS - (None in sizes)
    return room if len(sizes) - (None in sizes) <= room else room - 1


def _added(one: Any, other: Any) -> Any:
    return other if one is None else one if other is None else one + other


def _sizes(values: Mapping[tuple[Any, Any], Any], side: int) -> dict[Any, Any]:
    """The value of each key of one side, whatever the other is."""
    made: dict[Any, Any] = {}
    for place, value in values.items():
        made[place[side]] = _added(made.get(place[side]), value)
    return made


def _table(
    values: Mapping[tuple[Any, Any], Any], rows: Sequence[Mark], stacks: Sequence[Mark], adds: bool
) -> list[tuple[Any, ...]]:
    """The values by row and stack; what has no mark of its own is added to the one that stands for all others, where it adds."""
    across = {mark.key: n for n, mark in enumerate(rows)}
    up = {mark.key: n for n, mark in enumerate(stacks)}
    made: list[list[Any]] = [[None] * max(1, len(stacks)) for _row in rows]
    for (row, stack), value in values.items():
        own = row in across and (not stacks or stack in up)
        x, y = across.get(row, across.get(OTHERS)), (up.get(stack, up.get(OTHERS)) if stacks else 0)
        if x is not None and y is not None and (own or adds):
            made[x][y] = _added(made[x][y], value)
    return [tuple(cells) for cells in made]


class Keys:
    """How the records are grouped by one field: what is asked for, and what its values are called."""

    def __init__(self, work: Work, entity: str, key: Key) -> None:
        self.work, self.key = work, key
        self.owner, self.field, self.column = column_of(work, entity, key.path)
        self.text = f"record.{key.path}"
        kind = self.column
        self.is_day = kind in ("date", "datetime")
        self.part: Part | None = (key.part or "month") if self.is_day else None
        self.texts = periods.keys_of(self.part, self.text, kind == "datetime") if self.part else (self.text,)
        self.fiscal = work.settings.organisation.fiscal_year_start

    def read(self, keys: Sequence[Any]) -> Any:
        """The value of a group."""
        if self.part is not None:
            return periods.start_of_keys(self.part, keys[: len(self.texts)], self.fiscal)
        return keys[0]

    def marks(self, sizes: Mapping[Any, Any], limit: int) -> tuple[Mark, ...]:
        """The marks of the values there are, in their order: days in time, codes as declared, others by size."""
        if self.part is not None:
            return self._parts([k for k in sizes if k is not None], None in sizes)
        codes = self._codes()
        known = [c for c in codes if c in sizes]
        by_size = sorted(
            (k for k in sizes if k is not None and k not in codes), key=lambda k: (-_number(sizes[k]), str(k))
        )
        if self.column in ("int", "bool"):
            by_size = sorted(by_size)
        shown = [*known, *by_size]
        largest = set(sorted(shown, key=lambda k: -_number(sizes[k]))[:limit])
        cut = [k for k in shown if k in largest]
        titles = self._titles(cut)
        made = [self._mark(key, titles) for key in cut]
        if None in sizes:
            made.append(Mark(None, _("Empty"), (f"{self.text} == null",)))
        if len(cut) < len(shown):
            made.append(Mark(OTHERS, _("Others"), self._others(cut)))
        return tuple(made)

    def _codes(self) -> Mapping[str, Any]:
        kind = self.field.columns[0].kind if self.field is not None and self.field.columns else None
        found = self.work.catalog.codes.get(kind.codes or "") if kind is not None else None
        return found.values if found is not None else {}

    def _mark(self, key: Any, titles: Mapping[str, str]) -> Mark:
        code = self._codes().get(key)
        if code is not None:
            return Mark(
                key, say(code.label, self.work.language), (f"{self.text} == {quote(str(key))}",), code.colour or ""
            )
        if self.column == "bool":
            return Mark(key, _("Yes") if key else _("No"), (f"{self.text} == {str(bool(key)).lower()}",))
        if self.column == "ref":
            title = titles.get(str(key))
            if title is None:
                return Mark(key, _("Not visible to you"), is_hidden=True)
            return Mark(key, title, (f"{self.text} == {quote(str(key))}",))
        constant = quote(str(key)) if self.column == "text" else str(key)
        return Mark(key, str(key), (f"{self.text} == {constant}",))

    def _others(self, cut: Sequence[Any]) -> tuple[str, ...]:
        if self.column not in ("text", "ref"):
            return ()
        return (f"!({one_of(self.text, map(str, cut))})", f"{self.text} != null")

    def _titles(self, keys: Sequence[Any]) -> dict[str, str]:
        """The titles of linked records that the reader may see, in one statement."""
        targets = self.field.columns[0].kind.entities if self.field is not None and self.column == "ref" else ()
        if not targets or not keys or not is_open(self.work, targets[0]):
            return {}
        filter = one_of("record.id", map(str, keys))
        page = list_records(self.work, Query(targets[0], ("id", "display"), filter, limit=len(keys)))
        return {str(row["id"]): str(row["display"] or row["id"]) for row in page.rows}

    def _parts(self, days: Sequence[date], empty: bool) -> tuple[Mark, ...]:
        assert self.part is not None
        made: list[Mark] = []
        if days:
            day, last = min(days), max(days)
            row: list[date] = []
            while day <= last and len(row) < 4_000:
                row.append(day)
                day = periods.next_start(self.part, day)
            for start in row[-MOST_PARTS:]:
                span = (start, periods.next_start(self.part, start) - timedelta(days=1))
                filters = periods.within(self.text, self.column == "datetime", span)
                made.append(Mark(start, part_label(self.work, self.part, start), tuple(filters)))
        return (*made, Mark(None, _("Empty"), (f"{self.text} == null",))) if empty else tuple(made)


def _number(value: Any) -> float:
    return float(value.total_seconds() if isinstance(value, timedelta) else value or 0)


def column_of(work: Work, entity: str, path: str) -> tuple[Entity, Field | None, str]:
    """(entity, field, kind of value) that a path leads to. Raises BadRequest where it leads nowhere or to several values."""
    owner = work.entity(entity)
    *hops, name = path.split(".")
    for hop in hops:
        field = owner.fields.get(hop)
        targets = field.columns[0].kind.entities if field is not None and field.columns else ()
        if len(targets) != 1:
            raise BadRequest(_("{owner} has no link {hop!r}", owner=owner.name, hop=hop), code="unknown_field")
        owner = work.entity(targets[0])
    name_of = owner.fields.get(name)
    if name_of is None and name in owner.columns:
        return owner, None, owner.columns[name].kind.kind
    if name_of is None or not name_of.columns:
        raise BadRequest(
            _("{owner} has no field {name!r} of one value", owner=owner.name, name=name), code="unknown_field"
        )
    kind = name_of.columns[0].kind.kind
    if kind in ("list", "json"):
        raise BadRequest(_("{name!r} holds several values, and cannot be grouped by", name=name), code="bad_group")
    return owner, name_of, kind


def part_label(work: Work, part: Part, start: date) -> str:
    """What a part of time is called: Nov 2026, Q4 2026, 2026."""
    from babel.dates import format_skeleton

    locale = locale_of(work.language)
    if part == "fiscal_year":
        year = start.year if work.settings.organisation.fiscal_year_start == "01-01" else start.year + 1
        return _("FY {year}", year=year)
    skeleton = {"day": "dMMM", "week": "dMMM", "month": "yMMM", "quarter": "yQQQ", "year": "y"}[part]
    return str(format_skeleton(skeleton, start, locale=locale))
