"""Figures as a reader sees them: numbers in words of his language, charts and tables out of figures, each with the way to the
records behind it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Literal
from urllib.parse import urlencode

from ..fields.duration import show_duration
from ..fields.locales import show_money, show_number
from ..language import N_, _, ngettext
from ..metamodel.catalog import Entity, View
from ..metamodel.text import say
from ..services.figures import Figures, Mark, Question
from ..services.work import Work
from .addresses import entity_url
from .cells import field_cell
from .models.desk import FigureRow, FigureTable
from .models.panels import ChartPanel, Layer, Point
from .offered import list_of, views_of
from .paths import resolve

Kind = Literal["bar", "line", "donut", "stacked"]
LONG = 9
"""Names of so many letters stand beside bars that lie."""
WIDE, HIGH = 520, 220
ROW = 30
NUMBERS_OF = {
    "sum": N_("Sum: {what}"),
    "average": N_("Average: {what}"),
    "median": N_("Median: {what}"),
    "p90": N_("Nine in ten at most: {what}"),
}
"""What may be worked out of a number, and how that is called."""


def shown_figure(work: Work, asked: Question, value: Any, *, short: bool = False) -> str:
    """A figure as text: an amount with its currency, a share with its sign. `short`: without places where it is large."""
    if value is None:
        return "–"
    if asked.compute in ("count", "distinct") or asked.value is None:
        return show_number(int(value), work.language)
    if isinstance(value, timedelta):
        return show_duration(timedelta(seconds=round(value.total_seconds())), work.language)
    path = None if asked.value.startswith("=") else resolve(work, asked.entity, asked.value)
    number = Decimal(value)
    places = (
        Decimal(1) if short and abs(number) >= 1000 else Decimal("0.1") if isinstance(value, int) else Decimal("0.01")
    )
    number = number if isinstance(value, int) and asked.compute != "average" else number.quantize(places, ROUND_HALF_UP)
    if path is not None and path.kind == "money":
        text = show_money(number, work.settings.organisation.currency, work.language)
        return _whole_money(work, text, number) if short else text
    if path is not None and path.field is not None and path.kind == "percent":
        return field_cell(work, path.field, {path.name: number}).text
    return show_number(
        number.normalize() if number == number.to_integral_value() and not short else number, work.language
    )


def _whole_money(work: Work, text: str, number: Decimal) -> str:
    """A large amount without its empty places."""
    if number != number.to_integral_value():
        return text
    with_places = show_number(number, work.language, 2)
    return text.replace(with_places.lstrip("-−"), show_number(number, work.language).lstrip("-−"))


def what_is_counted(work: Work, asked: Question) -> str:
    """What the figures are of, for headings: Amount, Number of donations."""
    plural = say(work.entity(asked.entity).plural, work.language)
    if asked.value is None or asked.compute == "count":
        return _("Number: {what}", what=plural)
    label = plural if asked.value.startswith("=") else resolve(work, asked.entity, asked.value).label
    if asked.compute in NUMBERS_OF and asked.compute != "sum":
        return _(NUMBERS_OF[asked.compute], what=label)
    return _("Different values: {what}", what=label) if asked.compute == "distinct" else label


def records_href(work: Work, entity: Entity, view: View | None, filters: Sequence[str], q: str = "") -> str:
    """The list of the records behind a figure: of the view, else of all, with the filters that the figure has beside it."""
    if view is None or view.kind != "list":
        more = (view.filter,) if view is not None and view.filter else ()
        filters = [*more, *filters]
        plain = next((v for v in views_of(work, entity.name) if v.kind == "list" and v.filter is None), None)
        view = plain or list_of(work, entity.name)
        filters = [f for f in filters if view is None or f != view.filter]
    pairs = [("view", view.name)] if view is not None else []
    pairs += [("filter", f) for f in dict.fromkeys(filters)] + ([("q", q)] if q else [])
    return entity_url(entity.name) + (f"?{urlencode(pairs)}" if pairs else "")


def chart_of(
    work: Work, title: str, kind: Kind, asked: Question, figures: Figures, view: View | None, filters: Sequence[str] = (),
    *, wide: int = WIDE,
) -> ChartPanel:  # fmt: skip
    """A chart of figures. `filters` are those of the question that the view does not have by itself."""
    entity = work.entity(asked.entity)

    def href(*marks: Mark | None) -> str:
        if any(m is not None and (m.is_hidden or not m.filters) for m in marks):
            return ""
        own = [f for m in marks if m is not None for f in m.filters]
        return records_href(work, entity, view, [*filters, *own], asked.q)

    points = []
    for mark, values in figures.rows:
        layers = tuple(
            Layer(value=float(v or 0), text=f"{stack.label}: {shown_figure(work, asked, v)}", href=href(mark, stack))
            for stack, v in zip(figures.stacks, values, strict=True)
        ) if figures.stacks else ()  # fmt: skip
        total = values[0] if not layers else _sum(values)
        points.append(
            Point(
                label=mark.label,
                value=_float(total),
                text=shown_figure(work, asked, total),
                href=href(mark),
                layers=layers,
            )
        )
    drawn: Any = kind
    is_time = any(m.key is not None and hasattr(m.key, "year") for m, _v in figures.rows)
    if (
        kind == "bar"
        and not is_time
        and all(p.value >= 0 for p in points)
        and (len(points) > 8 or any(len(p.label) > LONG for p in points))
    ):
        drawn = "rows"
    height = max(HIGH, ROW * len(points)) if drawn == "rows" else HIGH
    return ChartPanel(
        title=title, points=tuple(points), kind=drawn, unit=what_is_counted(work, asked), width=wide, height=height,
        series=tuple(s.label for s in figures.stacks),
    )  # fmt: skip


def _float(value: Any) -> float:
    return float(value.total_seconds() if isinstance(value, timedelta) else value or 0)


def _sum(values: Sequence[Any]) -> Any:
    found = [v for v in values if v is not None]
    return sum(found[1:], found[0]) if found else None


def table_of(work: Work, name: str, asked: Question, figures: Figures, chart: ChartPanel) -> FigureTable:
    """The same figures as a table: a row for each mark, a column for each stack, and what they come to."""
    heads = [name, *(s.label for s in figures.stacks)]
    if figures.stacks or len(figures.rows) != 1:
        heads.append(what_is_counted(work, asked))
    heads = heads if len(heads) > 1 else [name, what_is_counted(work, asked)]
    rows = []
    for point, (_mark, values) in zip(chart.points, figures.rows, strict=True):
        cells = [shown_figure(work, asked, v) for v in values] if figures.stacks else []
        rows.append(FigureRow(label=point.label, href=point.href, cells=(*cells, point.text)))
    return FigureTable(heads=tuple(heads), rows=tuple(rows))


def count_text(work: Work, number: int) -> str:
    """A number of records in words."""
    return ngettext("{n} record", "{n} records", number)


def csv_rows(work: Work, name: str, asked: Question, figures: Figures) -> list[list[Any]]:
    """The figures as they are, for a file: exact numbers, without the currency."""
    heads: list[Any] = [name, *(s.label for s in figures.stacks)]
    if not figures.stacks:
        heads.append(what_is_counted(work, asked))
    made: list[list[Any]] = [heads]
    for mark, values in figures.rows:
        key = mark.key.isoformat() if hasattr(mark.key, "isoformat") else mark.label
        made.append([key, *("" if v is None else v for v in values)])
    return made
