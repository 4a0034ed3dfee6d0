"""Dashboards: pages of tiles that a reader chooses a period and an owner for, and arranges as he likes."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from msgspec import structs

from ..errors import BadRequest, NotFound
from ..language import N_, _
from ..metamodel.dashboards import PERIODS, Dashboard, Period, Tile, TileSize
from ..metamodel.text import say
from ..metamodel.values import Query
from ..services import desk
from ..services.figures import number_of
from ..services.importing.readers.formulas import neutralise
from ..services.lists import list_records
from ..services.sight import is_open, reads
from ..services.work import Work
from . import tiles
from .asked import Answer, Asked, Go, Sent, Shown
from .figures import csv_rows
from .models import Action, EmptyState, Link, Option
from .models.desk import DashboardPage, TilePanel
from .paths import resolve
from .tiles import Choice
from .whose_dashboards import dashboard_of, exists, offered_dashboards

BUDGET = 0.1
"""Seconds in which a page works out its tiles by itself; those that are left are fetched when it is there."""
MOST_OWNERS = 60
BEFORE = "before"
"""Where an arrangement keeps the one that it came after."""
SIZES: dict[TileSize, str] = {
    "small": N_("Small"),
    "medium": N_("Half"),
    "large": N_("Large"),
    "full": N_("Whole width"),
}
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
    arranging = bool(asked.get("arrange"))
    budget = float("inf") if asked.get("whole") else BUDGET
    panels = drawn(work, dashboard, in_order(work, dashboard), choice, budget)
    kept = desk.arrangement(work, dashboard.name)
    gone = [n for n in kept.get("hidden", ()) if n in dashboard.tiles and exists(work, dashboard.tiles[n])]
    path = f"/dashboards/{dashboard.name}"
    if arranging:
        panels = [_movable(panel, n, len(panels)) for n, panel in enumerate(panels)]
    hidden = tuple(
        TilePanel(
            name=n, title=say(dashboard.tiles[n].label, work.language), kind=dashboard.tiles[n].kind,
            moves=(_act(_("Show"), "eye", f"show:{n}"),),
        )
        for n in gone
    )  # fmt: skip
    title = say(dashboard.label, work.language)
    pairs = choice.pairs()
    page = DashboardPage(
        title=title, text=say(dashboard.text, work.language), path=path, tiles=tuple(panels), tabs=_tabs(work, dashboard, choice),
        periods=_periods(work, dashboard, choice), owners=_owners(work, dashboard, choice), arranging=arranging,
        keep=(("arrange", "1"),) if arranging else (), chosen=tuple(pairs), can_go_back=_last(work, dashboard) is not None, arrange_url=f"{path}/arrange" if desk.is_person(work) else "",
        arrange_href=_with(path, pairs, *(() if arranging else (("arrange", "1"),))),
        whole_href=_with(path, pairs, ("whole", "1")), hidden=hidden,
    )  # fmt: skip
    return Shown("dashboard.html", page, title)


def _with(path: str, pairs: Sequence[tuple[str, str]], *more: tuple[str, str]) -> str:
    from urllib.parse import urlencode

    return f"{path}?{urlencode([*pairs, *more])}"


def in_order(work: Work, dashboard: Dashboard) -> list[Tile]:
    """The tiles that the reader sees: in his order and sizes, those that he did not arrange as they were written."""
    kept = desk.arrangement(work, dashboard.name)
    order = [n for n in kept.get("order", ()) if n in dashboard.tiles]
    names = [*order, *(n for n in dashboard.tiles if n not in order)]
    gone, sizes = set(kept.get("hidden", ())), kept.get("sizes", {})
    found = [dashboard.tiles[n] for n in names if n not in gone]
    from dataclasses import replace

    return [replace(t, size=sizes[t.name]) if sizes.get(t.name) in SIZES else t for t in found if exists(work, t)]


def drawn(
    work: Work, dashboard: Dashboard, shown: Iterable[Tile], choice: Choice, budget: float = BUDGET
) -> list[TilePanel]:
    """Tiles with their figures, as many as there is time for; the others wait until the page asks for them. What a tile took last
    says whether there is time for it; of one that nobody saw yet that is not known, and where another one of the dashboard was
    dear it waits."""
    costs: dict[tuple[str, str], float] = work.catalog.derive("web.tile_costs", dict)
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
    if dashboard not in found:
        found = [*found, dashboard]
    if len(found) < 2:
        return ()
    return tuple(
        Link(label=say(d.label, work.language), href=f"/dashboards/{d.name}", icon=d.icon, current=d is dashboard)
        for d in found
    )


def _act(label: str, icon: str, act: str, id: str = "", closed: str = "") -> Action:
    return Action(label=label, icon=icon, fields=(("act", act),), method="post", id=id, closed=closed)


def _movable(panel: TilePanel, place: int, many: int) -> TilePanel:
    moves = (
        _act(_("Move {name} forward", name=panel.title), "arrow-left", f"earlier:{panel.name}", f"earlier-{panel.name}", "1" if place == 0 else ""),
        _act(_("Move {name} back", name=panel.title), "arrow-right", f"later:{panel.name}", f"later-{panel.name}", "1" if place == many - 1 else ""),
        _act(_("Hide {name}", name=panel.title), "eye-off", f"hide:{panel.name}", f"hide-{panel.name}"),
    )  # fmt: skip
    sizes = tuple(Option(value=f"{s}:{panel.name}", label=_(n), selected=s == panel.size) for s, n in SIZES.items())
    src = (
        panel.src and f"{panel.src}{'&' if '?' in panel.src else '?'}arrange=1"
    )  # what is fetched later can be moved too
    return structs.replace(panel, moves=moves, sizes=sizes, src=src)


def tile_page(work: Work, asked: Asked) -> Shown:
    """GET /dashboards/{name}/{tile}?arrange=: one tile by itself, which pages fetch; without scripts a page of it."""
    dashboard = dashboard_of(work, asked.path["name"])
    tile = _tile_of(work, dashboard, asked)
    choice = choice_of(work, dashboard, asked)
    own = {t.name: t for t in in_order(work, dashboard)}
    (panel,) = drawn(work, dashboard, (own.get(tile.name, tile),), choice, float("inf"))
    path = f"/dashboards/{dashboard.name}"
    arranging = bool(asked.get("arrange")) and tile.name in own and desk.is_person(work)
    if arranging:
        panel = _movable(panel, list(own).index(tile.name), len(own))
    page = DashboardPage(
        title=panel.title, path=path, tiles=(panel,), tabs=_tabs(work, dashboard, choice),
        chosen=tuple(choice.pairs()), arrange_url=f"{path}/arrange" if arranging else "", arrange_href=_with(path, choice.pairs()),
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
    if tile.kind in ("list", "text"):
        raise BadRequest(_("this tile has no figures; its records are exported from their list"), code="no_figures")
    if tile.kind == "number":
        question, _own = tiles.question_of(work, tile, choice)
        value = number_of(work, question)
        rows = [[say(tile.label, work.language)], ["" if value is None else value]]
    else:
        question, _own, found = tiles.tile_figures(work, tile, choice)
        rows = csv_rows(resolve(work, tile.entity, str(tile.group)).label, question, found)
    return csv_file(rows, f"{dashboard.name}-{tile.name}")


def csv_file(rows: Sequence[Sequence[Any]], name: str) -> Sent:
    """Rows as a CSV file; texts that a spreadsheet would take for a formula get an apostrophe (CWE-1236)."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows(
        [[neutralise(c) if isinstance(c, str) else c for c in row] for row in rows]
    )
    disposition = f'attachment; filename="{name}.csv"'
    return Sent(out.getvalue().encode(), "text/csv; charset=utf-8", {"Content-Disposition": disposition})


def arrange(work: Work, asked: Asked) -> Go:
    """POST /dashboards/{name}/arrange: `act` is earlier, later, hide, show (each with `:tile`), size (`size:tile` in `size`), order
    (all names in `order`), reset, or back: as it was before the last of these."""
    dashboard = dashboard_of(work, asked.path["name"])
    act, _colon, name = asked.posted("act").partition(":")
    if asked.posted("size") and not act:
        size, _colon, name = asked.posted("size").partition(":")
        act = f"size={size}"
    kept = {k: v for k, v in desk.arrangement(work, dashboard.name).items() if k != BEFORE}
    if act == "back":
        desk.arrange(work, dashboard.name, _last(work, dashboard))
        return _back(asked, dashboard, "", "")
    if act == "reset":
        desk.arrange(work, dashboard.name, {BEFORE: kept})
        return _back(asked, dashboard, "", _("The dashboard is as it was written"))
    shown = [t.name for t in in_order(work, dashboard)]
    if act == "order":
        order = [n for n in asked.posted_all("order") if n in shown]
        new = {**kept, "order": [*order, *(n for n in shown if n not in order)]}
    elif name in dashboard.tiles:
        new = _arranged(kept, shown, act, name)
    else:
        raise NotFound(_("there is no such tile"), code="unknown_tile")
    desk.arrange(work, dashboard.name, {**new, BEFORE: kept})
    return _back(asked, dashboard, name, "")


def _last(work: Work, dashboard: Dashboard) -> Mapping[str, Any] | None:
    """How the reader had arranged a dashboard before his last act on it; None where there is none to take back."""
    found = desk.arrangement(work, dashboard.name).get(BEFORE)
    return found if isinstance(found, dict) else None


def _arranged(kept: Mapping[str, Any], shown: list[str], act: str, name: str) -> dict[str, Any]:
    """The arrangement after one act on one tile. Raises BadRequest for an act that there is not."""
    hidden = [n for n in kept.get("hidden", ()) if n != name]
    if act in ("earlier", "later") and name in shown:
        place = shown.index(name)
        to = max(0, min(len(shown) - 1, place + (-1 if act == "earlier" else 1)))
        shown.insert(to, shown.pop(place))
        return {**kept, "order": shown}
    if act == "hide":
        return {**kept, "hidden": [*hidden, name], "order": shown}
    if act == "show":
        return {**kept, "hidden": hidden}
    size = act.removeprefix("size=")
    if act.startswith("size=") and size in SIZES:
        return {**kept, "sizes": {**kept.get("sizes", {}), name: size}}
    raise BadRequest(_("a tile is moved, sized, hidden or shown"), code="bad_act")


def _back(asked: Asked, dashboard: Dashboard, name: str, told: str) -> Go:
    kept = [(k, v) for k, v in asked.form if k in ("period", "owner") and isinstance(v, str) and v]
    anchor = f"#tile-{name}" if name else ""
    return Go(_with(f"/dashboards/{dashboard.name}", kept, ("arrange", "1")) + anchor, told)
