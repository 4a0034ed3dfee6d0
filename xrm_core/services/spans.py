"""Records that lie in a span of days: what calendars and timelines show. A record begins at `by` and ends at `until`; without an
end it lasts for its one day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct

from ..fields.locales import zone_of
from ..metamodel.catalog import View
from ..metamodel.values import Query
from .lists import joined, list_records
from .periods import midnight
from .work import Work


class Spanned(Struct, frozen=True):
    """A record with its first and last day; `time` where it begins at one. `is_open`: it has no end yet."""

    row: Mapping[str, Any]
    first: date
    last: date
    time: datetime | None = None
    is_open: bool = False


def reader_zone(work: Work) -> ZoneInfo:
    """The time zone of the reader's clock, by which moments are shown: his own, else the organisation's."""
    return zone_of(work.actor.time_zone or work.settings.organisation.time_zone)


def day_of(work: Work, value: Any) -> date | None:
    """The day of a date or moment, on the reader's clock."""
    if isinstance(value, datetime):
        return value.astimezone(reader_zone(work)).date()
    return value if isinstance(value, date) else None


def _day(day: date) -> str:
    """A day as a constant of the expression language."""
    return f"date('{day.isoformat()}')"


def in_span(
    work: Work, view: View, first: date, last: date, columns: Sequence[str], filters: Sequence[str] = (), q: str | None = None,
    limit: int = 500, *, open_ended: bool = False,
) -> tuple[list[Spanned], bool]:  # fmt: skip
    """Records that touch the days from `first` to `last`, the earliest first, and whether there are more than `limit`.
    `open_ended`: one without an end goes on. Raises as `list_records`."""
    start, end = str(view.by), view.until
    moment = (
        work.entity(view.entity).columns[start].kind.kind == "datetime"
        if start in work.entity(view.entity).columns
        else False
    )

    zone = reader_zone(work)

    def since(name: str) -> str:
        """From the first day on; of moments as they are stored, so that an index serves it."""
        return f"record.{name} >= {midnight(first, zone) if moment else _day(first)}"

    before = f"< {midnight(last + timedelta(days=1), zone)}" if moment else f"<= {_day(last)}"
    conditions = [f"record.{start} {before}"]
    if end is None:
        conditions.append(since(start))
    else:
        alone = f"record.{end} == null" + ("" if open_ended else f" && {since(start)}")
        conditions.append(f"({since(end)} || ({alone}))")
    wanted = tuple(dict.fromkeys(["id", "version", "display", start, *((end,) if end else ()), *columns]))
    query = Query(view.entity, wanted, joined(view.filter, *filters, *conditions), (start, "id"), limit, q=q)
    page = list_records(work, query)
    made = []
    for row in page.rows:
        begins = day_of(work, row[start])
        if begins is None:
            continue
        ends_on = day_of(work, row.get(end)) if end else None
        finish = max(begins, ends_on) if ends_on is not None else last if (open_ended and end) else begins
        at = row[start] if isinstance(row[start], datetime) else None
        made.append(Spanned(row, begins, finish, at, is_open=bool(end) and ends_on is None))
    return made, page.next is not None
