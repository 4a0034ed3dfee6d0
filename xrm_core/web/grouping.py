"""Lists in groups: by one field, each group with its count and the sums of the numbers that the list shows, opened and closed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from ..expressions import one_of
from ..fields.locales import show_date
from ..language import N_, _
from ..metamodel.catalog import Entity
from ..metamodel.dashboards import Part
from ..metamodel.values import Query
from ..services import lists
from ..services.figures import part_label
from ..services.periods import next_start, start_of
from ..services.work import Work
from .asked import Asked
from .cells import EMPTY, field_cell, figure
from .conditions import Condition, write_item
from .filtering import value_text
from .listing import Address
from .models import Cell, ListGroup, Row
from .paths import Path
from .several import with_titles
from .targets import Target, codes, is_chosen, target, targets_of

PER_GROUP, OPEN, MOST, SUMS = 10, 3, 100, 3
"""Records shown of an open group, groups open at first, groups shown, numbers summed."""
PARTS: dict[Part, str] = {
    "day": N_("{field} by day"), "week": N_("{field} by week"), "month": N_("{field} by month"),
    "quarter": N_("{field} by quarter"), "year": N_("{field} by year"),
}  # fmt: skip
"""The parts of time by which days are put together; an address says `group=<path>:<part>`."""
NONE = "-"
"""Stands for the records without a value."""


def split_group(text: str) -> tuple[str, Part | None]:
    """The path of a group, and the part of time where it is one of days."""
    path, __, part = text.partition(":")
    return path, next((p for p in PARTS if p == part), None)


def group_name(work: Work, entity: Entity, text: str) -> str:
    """What the group of an address is called; '' where there is none."""
    path, part = split_group(text)
    found = target(work, entity, path) if path else None
    return "" if found is None else _(PARTS[part], field=found.name) if part else found.name


def group_choices(work: Work, entity: Entity) -> list[tuple[str, str, Target]]:
    """All that a list can be put into groups by: what the address says, what it is called, the field."""
    made: list[tuple[str, str, Target]] = []
    for found in targets_of(work, entity):
        if found.kind == "date":
            made += [(f"{found.path}:{part}", _(said, field=found.label), found) for part, said in PARTS.items()]
        elif is_groupable(found):
            made.append((found.path, found.label, found))
    return made


def is_groupable(found: Target) -> bool:
    """Are there groups of it that say something?"""
    if found.points_to:
        return len(found.points_to) == 1 and not found.is_file
    return (
        found.kind == "bool"
        or (found.kind == "text" and is_chosen(found))
        or (found.field is not None and found.field.type.name == "rating")
    )


def groups_of(
    work: Work, entity: Entity, address: Address, asked: Asked, query: Query, paths: Sequence[Path],
    row_of: Callable[[Mapping[str, Any]], Row],
) -> tuple[ListGroup, ...]:  # fmt: skip
    """The groups of a list, in the order of their codes or names; the first ones open, or those that the address names (`open`).
    Raises as a list does."""
    path, part = split_group(address.state.group)
    found = target(work, entity, path)
    if found is None or not (is_groupable(found) or (found.kind == "date" and part)):
        return ()
    plain = replace(query, columns=(), sort=("id",), after=None, before=None, count="none")
    counts = _folded(part, lists.grouped_records(work, plain, found.path))
    sums = [
        (p, currency, _folded(part, lists.grouped_records(work, plain, found.path, p.path)))
        for p, currency in _summed(work, plain, paths)
    ]
    values = _ordered(work, found, counts) if part is None else _in_time(counts, ascending=query.sort[:1] == (path,))
    named = asked.all("open")
    opened = [_key(v) for v in values[:OPEN]] if not named else [k for k in named if k != "none"]
    made = []
    for value in values[:MOST]:
        key = _key(value)
        is_open = key in opened
        own = replace(
            query,
            filter=lists.joined(query.filter, _condition(found, value, part)),
            limit=PER_GROUP,
            after=None,
            before=None,
            count="none",
        )
        rows = lists.list_records(work, own).rows if is_open else ()
        others = [k for k in opened if k != key] if is_open else [*opened, key]
        count = counts[value][0]
        made.append(
            ListGroup(
                id=key, label=_label(work, found, value) if part is None or value is None else Cell(text=_span(work, part, value)), count=figure(work, count), open=is_open,
                sums=tuple(_sum(work, p, currency, totals[value][1]) for p, currency, totals in sums if value in totals and totals[value][1] is not None),
                href=_with(address.href(), [("open", k) for k in others] or [("open", "none")]), rows=tuple(row_of(r) for r in with_titles(work, paths, rows)),
                all_href=address.href(filters=[*address.filters, _condition(found, value, part)], state=replace(address.state, group=""))
                if is_open and count > PER_GROUP else "",
            )
        )  # fmt: skip
    return tuple(made)


def _key(value: Any) -> str:
    return NONE if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _with(href: str, pairs: Sequence[tuple[str, str]]) -> str:
    return href + ("&" if "?" in href else "?") + urlencode(list(pairs))


def _folded(part: Part | None, counts: Mapping[Any, tuple[int, Any]]) -> Mapping[Any, tuple[int, Any]]:
    """Counts and sums of days put together by the part of time that they lie in."""
    if part is None:
        return counts
    made: dict[Any, tuple[int, Any]] = {}
    for day, (count, total) in counts.items():
        key = None if day is None else start_of(part, day)
        known, sum_ = made.get(key, (0, None))
        made[key] = (known + count, total if sum_ is None else sum_ if total is None else sum_ + total)
    return made


def _in_time(counts: Mapping[Any, Any], *, ascending: bool) -> list[Any]:
    """Parts of time, the newest first unless the list runs the other way; what has no day comes last."""
    known = sorted((v for v in counts if v is not None), reverse=not ascending)
    return [*known, None] if None in counts else known


def _last(part: Part, start: date) -> date:
    return next_start(part, start) - timedelta(days=1)


def _span(work: Work, part: Part, start: date) -> str:
    """What a part of time is called."""
    if part == "day":
        return show_date(start, work.language)
    if part == "week":
        last = show_date(_last(part, start), work.language)
        return _("{first} to {last}", first=show_date(start, work.language), last=last)
    return part_label(work, part, start)


def _condition(found: Target, value: Any, part: Part | None) -> str:
    """The records of one group."""
    if part is not None and value is not None:
        span = Condition(found.path, "between", (value.isoformat(), _last(part, value).isoformat()))
        return write_item(span, lambda path: found.kind)
    item = Condition(found.path, "empty") if value is None else Condition(found.path, "eq", (_key(value),))
    return write_item(item, lambda path: found.kind)


def _ordered(work: Work, found: Target, counts: Mapping[Any, Any]) -> list[Any]:
    """Codes in their order, records and others by their names; what has no value comes last."""
    order = {code: n for n, code in enumerate(codes(work, found))}
    if found.points_to:
        titles = _titles(work, found, counts)
        return sorted(counts, key=lambda v: (v is None, titles.get(v, "\uffff").casefold(), str(v)))
    return sorted(counts, key=lambda v: (v is None, order.get(v, len(order)), str(v)))


def _titles(work: Work, found: Target, counts: Mapping[Any, Any]) -> dict[Any, str]:
    """Titles of the records that the groups are of, one statement for all."""
    name = f"group:{found.path}"
    if name not in work.facts:
        ids = [v for v in counts if v is not None][:1000]
        query = Query(found.points_to[0], ("id", "display"), one_of("record.id", map(str, ids)), ("id",), len(ids) or 1)
        work.facts[name] = (
            {row["id"]: str(row["display"] or row["id"]) for row in lists.list_records(work, query).rows} if ids else {}
        )
    titles: dict[Any, str] = work.facts[name]
    return titles


def _label(work: Work, found: Target, value: Any) -> Cell:
    if value is None:
        return Cell(text=_("No {field}", field=found.name))
    if found.points_to:
        known = work.facts.get(f"group:{found.path}", {})
        return Cell(text=known.get(value) or _("Not visible to you"))
    if found.field is not None and found.column is found.field.columns[0]:
        cell = field_cell(work, found.field, {found.field.name: value})
        return cell if cell != EMPTY else Cell(text=_("No {field}", field=found.name))
    return Cell(text=value_text(work, found, _key(value)))


def _summed(work: Work, plain: Query, paths: Sequence[Path]) -> list[tuple[Path, str]]:
    """Columns that can be summed up, each with its currency: amounts only where all are of one."""
    made: list[tuple[Path, str]] = []
    for path in paths:
        if (
            path.field is None
            or path.field.virtual
            or path.kind not in ("integer", "decimal", "money")
            or len(made) == SUMS
        ):
            continue
        currency = ""
        if path.currency:
            found = [c for c in lists.grouped_records(work, plain, path.currency) if c is not None]
            if len(found) != 1:
                continue
            currency = str(found[0])
        made.append((path, currency))
    return made


def _sum(work: Work, path: Path, currency: str, total: Any) -> str:
    assert path.field is not None
    values = {path.name: total, path.currency.rpartition(".")[2] or "_": currency}
    return _("{column}: {sum}", column=path.label, sum=field_cell(work, path.field, values).text)
