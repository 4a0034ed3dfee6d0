"""A list as a chart: by which field, what is worked out, and how it is drawn are chosen on the page, and stand in its address."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain
from typing import Any, cast
from urllib.parse import urlencode

from msgspec.structs import replace

from ..compiler.dashboards import ADDING
from ..errors import BadRequest, XrmError
from ..language import N_, _
from ..metamodel.catalog import Entity, View
from ..metamodel.text import say
from ..services.figures import Figures, Key, Question, column_of, figures_of
from ..services.sight import reads
from ..services.work import Work
from . import listing
from .addresses import entity_url
from .asked import Answer, Asked, Shown
from .cells import capital, figure, in_sentence
from .dashboards import csv_file
from .displays import displays_of
from .figures import NUMBERS_OF, chart_of, csv_rows, table_of
from .filtering import builder_of, whole
from .listing import Address, chips_of, create_actions, export_actions, own_filter, tabs_of
from .models import Option
from .models.desk import ChartPage
from .paths import resolve
from .tile_links import tile_actions

KINDS = {"bar": N_("Bars"), "line": N_("Line"), "donut": N_("Donut"), "stacked": N_("Stacked bars")}
PARTS = {
    "day": N_("by day"), "week": N_("by week"), "month": N_("by month"), "quarter": N_("by quarter"), "year": N_("by year"),
}  # fmt: skip
CHOICES = ("group", "part", "stack", "value", "chart")
WORKED_OUT = ("sum", "average", "median", "p90", "distinct")
SUMS, DAYS = ("int", "decimal", "duration"), ("date", "datetime")


def chosen(work: Work, asked: Asked, entity: Entity, view: View) -> View:
    """The view with what is chosen in the address; what does not fit together is put right. Raises BadRequest for an unknown field."""
    given = {name: asked.get(name) for name in CHOICES if any(k == name for k, _v in asked.query)}
    return fitted(work, entity, view, given)


def fitted(work: Work, entity: Entity, view: View, given: Mapping[str, str]) -> View:
    """The view with what is chosen by name. Raises BadRequest for an unknown field."""
    group = given.get("group") or view.group
    for path in (group, given.get("stack"), given.get("value", "").partition(":")[2]):
        if path and not reads(work, entity, path.partition(".")[0]):
            raise BadRequest(_("there is no field {name} to draw a chart of", name=repr(path)), code="unknown_field")
    chart = given.get("chart") or view.chart
    part = given.get("part") or view.part
    stack = given.get("stack", view.stack) or None
    value, compute = view.value, view.compute
    if "value" in given:
        how, _colon, path = given["value"].partition(":")
        value, compute = (path or None), cast("Any", how if how in WORKED_OUT else None)
    if chart == "stacked" and compute not in ADDING:
        chart = "bar"  # averages do not add up
    stack = stack if chart == "stacked" and stack != group else None
    if chart == "stacked" and stack is None:
        stack = next((n for n in parted_by(work, entity) if n != group), None)
        chart = chart if stack else "bar"
    return replace(
        view, group=group, part=cast("Any", part if part in PARTS or part == "fiscal_year" else None), stack=stack, value=value,
        compute=compute, chart=cast("Any", chart if chart in KINDS else "bar"),
    )  # fmt: skip


def parted_by(work: Work, entity: Entity) -> list[str]:
    """Fields whose values make bars: choices, links to one entity, yes and no."""
    made = []
    for field in entity.fields.values():
        if not field.columns or field.retired or field.hidden or not reads(work, entity, field.name):
            continue
        kind = field.columns[0].kind
        if (
            kind.codes
            or kind.kind == "bool"
            or (kind.kind == "ref" and len(kind.entities) == 1 and kind.entities != ("xrm_file",))
        ):
            made.append(field.name)
    return made


def days_of(work: Work, entity: Entity) -> list[str]:
    """Fields of days and moments, by which there is a time."""
    found = [
        f.name
        for f in entity.fields.values()
        if f.columns and not f.retired and f.columns[0].kind.kind in DAYS and reads(work, entity, f.name)
    ]
    return [*found, "created_at"]


def question_of(work: Work, view: View, address: Address) -> Question:
    """What is asked for: the records of the view and the address, and what is worked out of them."""
    filters = [f for f in (view.filter, *address.filters) if f]
    return replace(question_of_chart(view), filters=tuple(filters), q=address.q)


def question_of_chart(view: View) -> Question:
    """What is worked out of all records."""
    return Question(view.entity, compute=view.compute or ("sum" if view.value else "count"), value=view.value)


def _drawn(work: Work, view: View, address: Address) -> tuple[Question, Figures]:
    asked = question_of(work, view, address)
    stack = Key(view.stack) if view.stack else None
    return asked, figures_of(work, asked, Key(str(view.group), view.part), stack)


def chart_page(work: Work, asked: Asked, entity: Entity, view: View, address: Address) -> Shown:
    """A chart view of an entity."""
    shown = chosen(work, asked, entity, view)
    title = say(entity.plural, work.language)
    error, chart, table, count = "", None, None, ""
    try:
        question, found = _drawn(work, shown, address)
        listed = next(
            (v for v in work.catalog.views_of(entity.name) if v.kind == "list" and v.filter == view.filter), None
        )
        own = [*((view.filter,) if view.filter and listed is None else ()), *address.filters]
        chart = chart_of(work, title, shown.chart, question, found, listed, own, wide=980)
        table = table_of(work, resolve(work, entity.name, str(shown.group)).label, question, found, chart)
        if question.compute == "count":
            count = figure(work, sum(int(v) for _m, values in found.rows for v in values if v is not None))
    except XrmError as fault:
        if not address.filters:
            raise
        error = capital(fault.message)
    mine = [(n, v) for n, v in as_chosen(shown) if v]
    page = ChartPage(
        title=title, what=in_sentence(work, title), path=entity_url(entity.name), chart=chart, table=table, count=count,
        choices=options_of(work, entity, shown), kept=tuple(p for p in address.pairs() if p[0] not in CHOICES), search=address.q, searchable=bool(entity.search),
        csv_href=entity_url(entity.name, "chart.csv") + "?" + urlencode([*address.pairs(), *mine]),
        keep=(*address.pairs(without="q"), *mine), chips=chips_of(work, entity, address), own=own_filter(work, entity, view), clear_href=address.href(filters=()),
        views=tabs_of(work, entity, view, address), displays=displays_of(work, entity, view, address),
        actions=create_actions(work, entity), more=(*export_actions(work, entity, address), *tile_actions(work, shown, address, mine)), error=error, builder=builder_of(work, entity, whole(address.filters), error),
    )  # fmt: skip
    return Shown("chart.html", page, title, 422 if error else 200)


def as_chosen(view: View) -> list[tuple[str, str]]:
    """What is chosen of a chart, as it stands in an address."""
    how = view.compute or ("sum" if view.value else "count")
    return [
        ("group", view.group or ""), ("part", view.part or ""), ("stack", view.stack or ""),
        ("value", f"{how}:{view.value}" if view.value else ""), ("chart", view.chart),
    ]  # fmt: skip


def options_of(work: Work, entity: Entity, view: View) -> tuple[tuple[str, str, tuple[Option, ...]], ...]:
    """The selects: by what, by which part of time, stacked by what, what is worked out, how it is drawn."""
    names = parted_by(work, entity)
    days = days_of(work, entity)
    numbers = [
        f.name for f in entity.fields.values()
        if f.columns and not f.retired and f.columns[0].kind.kind in SUMS and reads(work, entity, f.name)
    ]  # fmt: skip

    def option(path: str, value: str, label: str, now: str) -> Option:
        return Option(value=value, label=label, selected=now == value)

    def fields(paths: list[str], now: str | None) -> list[Option]:
        known = dict.fromkeys([*paths, *((now,) if now else ())])
        return [option(p, p, resolve(work, entity.name, p).label, now or "") for p in known]

    def by_label(found: list[Option]) -> list[Option]:
        return sorted(found, key=lambda o: o.label.casefold())

    how = view.compute or ("sum" if view.value else "count")
    value = f"{how}:{view.value}" if view.value else ""
    counted = Option(value="", label=_("Number of records"), selected=not value)
    worked = [
        by_label([option(p, f"{how}:{p}", _(text, what=resolve(work, entity.name, p).label), value) for p in numbers])
        for how, text in NUMBERS_OF.items()
    ]
    made = [("group", _("Grouped by"), tuple(by_label(fields([*names, *days], view.group))))]
    if column_of(work, entity.name, str(view.group))[2] in DAYS:
        now = view.part or "month"
        made.append(
            (
                "part",
                _("How long each is"),
                tuple(Option(value=p, label=_(n), selected=p == now) for p, n in PARTS.items()),
            )
        )
    made.append(("value", _("What is worked out"), (counted, *chain.from_iterable(worked))))
    made.append(
        (
            "chart",
            _("How it is drawn"),
            tuple(
                Option(value=k, label=_(n), selected=k == view.chart)
                for k, n in KINDS.items()
                if k != "stacked" or view.compute in ADDING
            ),
        )
    )
    if view.chart == "stacked":
        made.append(
            ("stack", _("Stacked by"), tuple(by_label(fields([n for n in names if n != view.group], view.stack))))
        )
    return tuple(made)


def chart_csv(work: Work, asked: Asked) -> Answer:
    """GET /e/{entity}/chart.csv: the figures of the chart as a file."""
    entity = work.entity(asked.path["entity"])
    view, address, _saved = listing.open_view(work, entity, asked)
    if view.kind != "chart" and not asked.get("group"):
        raise BadRequest(_("name the field by which the figures are grouped"), code="no_group")
    shown = chosen(work, asked, entity, view)
    question, found = _drawn(work, shown, address)
    return csv_file(
        csv_rows(work, resolve(work, entity.name, str(shown.group)).label, question, found), f"{entity.name}-chart"
    )
