"""Dashboards: pages of tiles that a reader chooses a period and an owner for, and arranges as he likes."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import urlencode

from ..errors import BadRequest, NotFound
from ..language import N_, _
from ..metamodel.dashboards import PERIODS, Dashboard, Period, Tile
from ..metamodel.text import say
from ..metamodel.values import Query
from ..services import desk, made_tiles
from ..services.figures import number_of
from ..services.importing.readers.formulas import neutralise
from ..services.lists import list_records
from ..services.sight import is_open, reads
from ..services.work import Work
from . import arranging, tiles
from .asked import Answer, Asked, Go, Sent, Shown
from .figures import csv_rows
from .models import EmptyState, Link, Option
from .models.desk import DashboardPage, TilePanel
from .paths import resolve
from .tiles import Choice
from .whose_dashboards import dashboard_of, exists, is_for_reader, offered_dashboards, shared_with

BUDGET = 0.1
"""Seconds in which a page works out its tiles by itself; those that are left are fetched when it is there."""
MOST_OWNERS = 60
MOST_COSTS = 5_000
"""Tiles whose last duration is remembered."""
NAMES: dict[Period, str] = {
    "this_month": N_("This month"), "last_month": N_("Last month"), "this_quarter": N_("This quarter"),
    "last_quarter": N_("Last quarter"), "this_year": N_("This year"), "last_year": N_("Last year"),
    "this_fiscal_year": N_("This fiscal year"), "last_fiscal_year": N_("Last fiscal year"),
    "last_30_days": N_("Last 30 days"), "last_12_months": N_("Last 12 months"), "all": N_("All time"),
}  # fmt: skip


def first_dashboard(work: Work, asked: Asked) -> Answer:
    """GET /dashboards: the first that is for the reader."""
    found = offered_dashboards(work)
    if found:
        return Go(f"/dashboards/{found[0].name}")
    empty = EmptyState(
        title=_("No dashboard yet"),
        text=_("Dashboards are declared in the metadata of this place."),
        icon="layout-dashboard",
    )
    return Shown(
        "dashboard.html",
        DashboardPage(title=_("Dashboards"), path="/dashboards", tiles=(), empty=empty),
        _("Dashboards"),
    )


def dashboard_page(work: Work, asked: Asked) -> Shown:
    """GET /dashboards/{name}?period=&owner=&arrange=&whole=."""
    dashboard = dashboard_of(work, asked.path["name"])
    choice = choice_of(work, dashboard, asked)
    audience = arranging.asked_for(work, asked)
    budget = float("inf") if asked.get("whole") else BUDGET
    dashboard = shared_with(dashboard, audience) if audience else dashboard
    by = arranging.found(work, dashboard, audience) if audience else arranging.shown(work, dashboard)
    panels = drawn(work, dashboard, arranging.in_order(work, dashboard, by), choice, budget)
    if audience:
        panels = [arranging.movable(panel, n, len(panels), audience) for n, panel in enumerate(panels)]
    path, pairs = f"/dashboards/{dashboard.name}", choice.pairs()
    title = say(dashboard.label, work.language)
    page = DashboardPage(
        title=title, text=say(dashboard.text, work.language), path=path, tiles=tuple(panels), tabs=_tabs(work, dashboard, choice),
        periods=_periods(work, dashboard, choice), owners=_owners(work, dashboard, choice),
        arranging=arranging.panel(work, dashboard, by, pairs, is_late=bool(asked.get("late"))) if audience else None,
        keep=(("arrange", audience),) if audience else (), chosen=tuple(pairs), arrange_url=f"{path}/arrange" if desk.is_person(work) else "",
        arrange_href=arranging.with_pairs(path, pairs, *(() if audience else (("arrange", "me"),))),
        whole_href=arranging.with_pairs(path, pairs, ("whole", "1")),
        add_href="/tiles/new?" + urlencode({"dashboard": dashboard.name}) if made_tiles.may_make(work) else "",
    )  # fmt: skip
    return Shown("dashboard.html", page, title)


def drawn(
    work: Work, dashboard: Dashboard, shown: Iterable[Tile], choice: Choice, budget: float = BUDGET
) -> list[TilePanel]:
    """Tiles with their figures, as many as there is time for; the others wait until the page asks for them. What a tile took last
    says whether there is time for it; of one that nobody saw yet that is not known, and where another one of the dashboard was
    dear it waits."""
    costs: dict[tuple[str, str], float] = work.catalog.derive("web.tile_costs", dict)
    if len(costs) > MOST_COSTS:
        costs.clear()
    dear = any(cost > budget / 2 for (of, _), cost in costs.items() if of == dashboard.name)
    until = time.perf_counter() + budget
    made = []
    for tile in shown:
        key, start = (dashboard.name, tile.name), time.perf_counter()
        if tile.kind != "text" and start + costs.get(key, budget if dear else 0.0) >= until:
            made.append(tiles.empty_tile(work, dashboard, tile, choice))
            continue
        made.append(tiles.draw_tile(work, dashboard, tile, choice))
        costs[key] = time.perf_counter() - start
        dear = dear or costs[key] > budget / 2
    return made


def choice_of(work: Work, dashboard: Dashboard, asked: Asked) -> Choice:
    """The period and owner chosen; what is not offered is the dashboard's own."""
    period = asked.get("period")
    owner = asked.get("owner")
    known = period if period in dashboard.periods else dashboard.period
    return Choice(known, owner if any(o.value == owner for o in _owners(work, dashboard, Choice("all"))) else "")


def _periods(work: Work, dashboard: Dashboard, choice: Choice) -> tuple[Option, ...]:
    if not any(t.on for t in dashboard.tiles.values()):
        return ()
    fiscal = work.settings.organisation.fiscal_year_start != "01-01"
    names = [p for p in PERIODS if p in dashboard.periods and (fiscal or "fiscal" not in p or p == dashboard.period)]
    return tuple(Option(value=p, label=_(NAMES[p]), selected=p == choice.period) for p in names)


def _owners(work: Work, dashboard: Dashboard, choice: Choice) -> tuple[Option, ...]:
    """Whose records may be looked at: everybody's, one's own, those of a colleague."""
    if not any(t.owner for t in dashboard.tiles.values()):
        return ()
    me = str(work.actor.acts_as or "")
    made = [
        Option(value="", label=_("Everybody"), selected=not choice.owner),
        Option(value=me, label=_("Mine"), selected=choice.owner == me),
    ]
    if is_open(work, "user"):
        active = "record.status == 'active'" if reads(work, work.entity("user"), "status") else None
        page = list_records(work, Query("user", ("id", "display"), active, ("display",), limit=MOST_OWNERS))
        made += [
            Option(value=str(row["id"]), label=str(row["display"]), selected=choice.owner == row["id"])
            for row in page.rows
            if row["id"] != me
        ]
    return tuple(made)


def _tabs(work: Work, dashboard: Dashboard, choice: Choice) -> tuple[Link, ...]:
    found = offered_dashboards(work)
    if all(d.name != dashboard.name for d in found):
        found = [*found, dashboard]
    if len(found) < 2:
        return ()
    return tuple(
        Link(
            label=say(d.label, work.language),
            href=f"/dashboards/{d.name}",
            icon=d.icon,
            current=d.name == dashboard.name,
        )
        for d in found
    )


def tile_page(work: Work, asked: Asked) -> Shown:
    """GET /dashboards/{name}/{tile}?arrange=: one tile by itself, which pages fetch; without scripts a page of it."""
    dashboard = dashboard_of(work, asked.path["name"])
    tile = _tile_of(work, dashboard, asked)
    choice = choice_of(work, dashboard, asked)
    audience = arranging.asked_for(work, asked)
    dashboard = shared_with(dashboard, audience) if audience else dashboard
    by = arranging.found(work, dashboard, audience) if audience else arranging.shown(work, dashboard)
    own = {t.name: t for t in arranging.in_order(work, dashboard, by)}
    (panel,) = drawn(work, dashboard, (own.get(tile.name, tile),), choice, float("inf"))
    path, pairs = f"/dashboards/{dashboard.name}", choice.pairs()
    around = arranging.panel(work, dashboard, by, pairs) if audience and tile.name in own else None
    if around is not None:
        panel = arranging.movable(panel, list(own).index(tile.name), len(own), audience)
    page = DashboardPage(
        title=panel.title, path=path, tiles=(panel,), tabs=_tabs(work, dashboard, choice), chosen=(*pairs, *(around.sent if around else ())),
        arrange_url=f"{path}/arrange" if around else "", arrange_href=arranging.with_pairs(path, pairs),
    )  # fmt: skip
    return Shown("dashboard.html", page, panel.title, headers={"Vary": "HX-Request"})


def _tile_of(work: Work, dashboard: Dashboard, asked: Asked) -> Tile:
    tile = dashboard.tiles.get(asked.path["tile"])
    if tile is None or not exists(work, tile):
        raise NotFound(_("there is no such tile, or it is not for you to see"), code="unknown_tile")
    return tile


def tile_csv(work: Work, asked: Asked) -> Sent:
    """GET /dashboards/{name}/{tile}/csv: the figures of a tile as a file."""
    dashboard = dashboard_of(work, asked.path["name"])
    tile, choice = _tile_of(work, dashboard, asked), choice_of(work, dashboard, asked)
    if isinstance(tile, made_tiles.MadeTile) and (tile.fault or not is_for_reader(work, tile)):
        raise NotFound(tiles.closed_text(tile), code="unknown_tile")
    if tile.kind in ("list", "text"):
        raise BadRequest(_("this tile has no figures; its records are exported from their list"), code="no_figures")
    if tile.kind == "number":
        question, _own = tiles.question_of(work, tile, choice)
        value = number_of(work, question)
        rows = [[say(tile.label, work.language)], ["" if value is None else value]]
    else:
        question, _own, found = tiles.tile_figures(work, tile, choice)
        rows = csv_rows(work, resolve(work, tile.entity, str(tile.group)).label, question, found)
    return csv_file(rows, f"{dashboard.name}-{tile.name}")


def csv_file(rows: Sequence[Sequence[Any]], name: str) -> Sent:
    """Rows as a CSV file; texts that a spreadsheet would take for a formula get an apostrophe (CWE-1236)."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows(
        [[neutralise(c) if isinstance(c, str) else c for c in row] for row in rows]
    )
    disposition = f'attachment; filename="{name}.csv"'
    return Sent(out.getvalue().encode(), "text/csv; charset=utf-8", {"Content-Disposition": disposition})
