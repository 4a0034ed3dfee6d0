"""Tiles of dashboards, each worked out by itself: a figure with what it was before, a chart, the first records, a text."""

from __future__ import annotations

import logging
from datetime import date, timedelta
from typing import Any, cast
from urllib.parse import urlencode

from msgspec import Struct, structs
from msgspec.structs import replace

from ..errors import XrmError
from ..expressions import quote
from ..fields.locales import show_number
from ..language import _
from ..metamodel.catalog import View
from ..metamodel.dashboards import Dashboard, Period, Tile
from ..metamodel.text import say
from ..services import periods
from ..services.figures import Figures, Key, Question, column_of, figures_of, number_of
from ..services.lists import joined
from ..services.made_tiles import MadeTile
from ..services.sight import reads_path
from ..services.work import Work
from . import records
from .cells import capital, markdown
from .figures import chart_of, records_href, shown_figure, table_of
from .models.desk import TilePanel
from .models.parts import Tone
from .offered import offered, readable_paths
from .paths import resolve
from .whose_dashboards import is_for_reader

log = logging.getLogger("xrm.web")
FLAT = 0.005
"""A change of less than half a percent is none."""
WIDTHS = {"small": 300, "medium": 520, "large": 800, "full": 1100}


class Choice(Struct, frozen=True):
    """What is chosen for a whole page: its period, and whose records; '' for everybody's."""

    period: Period
    owner: str = ""

    def pairs(self) -> list[tuple[str, str]]:
        """As it stands in an address."""
        return [("period", self.period), *([("owner", self.owner)] if self.owner else [])]


def address(dashboard: Dashboard, tile: Tile, choice: Choice, *parts: str) -> str:
    """The address of a tile by itself."""
    return "/".join(("/dashboards", dashboard.name, tile.name, *parts)) + "?" + urlencode(choice.pairs())


def empty_tile(work: Work, dashboard: Dashboard, tile: Tile, choice: Choice) -> TilePanel:
    """A tile whose figures are fetched when the page is there."""
    return TilePanel(
        name=tile.name, title=say(tile.label, work.language), kind=tile.kind, size=tile.size, state="waits",
        text="" if tile.kind == "text" else say(tile.text, work.language), src=address(dashboard, tile, choice),
    )  # fmt: skip


def draw_tile(work: Work, dashboard: Dashboard, tile: Tile, choice: Choice) -> TilePanel:
    """A tile with its figures; one that fails says why, and one that somebody made of what is not there (for the reader) too."""
    plain = structs.replace(empty_tile(work, dashboard, tile, choice), state="shown")
    if isinstance(tile, MadeTile):
        plain = structs.replace(plain, edit_href=f"/tiles/{tile.name}" if tile.is_own else "")
        if tile.fault or not is_for_reader(work, tile):
            return structs.replace(plain, state="closed", text="", error=closed_text(tile))
    try:
        with work.tx.savepoint():
            return _DRAW[tile.kind](work, dashboard, tile, choice, plain)
    except XrmError as fault:
        told = fault.message if fault.status < 500 else _("Something broke on our side.")
        return structs.replace(plain, state="failed", error=capital(told))
    except Exception as broken:  # the others stand, whatever one of them does
        log.exception("tile %s of %s failed", tile.name, dashboard.name, exc_info=broken)
        return structs.replace(plain, state="failed", error=_("Something broke on our side."))


def closed_text(tile: MadeTile) -> str:
    """Why a tile that somebody made shows nothing."""
    if tile.fault:
        return _("This tile names something that is not there any more.")
    return _("Not all that this tile is about is for you to see.")


def view_of_tile(work: Work, tile: Tile) -> View | None:
    """The view that a tile names, as far as the reader is offered it."""
    named = work.catalog.views.get(tile.view or "")
    return offered(work, named) if named is not None else None


def _own_filters(work: Work, tile: Tile, choice: Choice, span: periods.Span | None, zone: str | None) -> list[str]:
    """The conditions of a tile beside those of its view: its own, the period (as moments with a `zone`), whose records."""
    made = [tile.filter] if tile.filter else []
    if tile.on is not None:
        kind = column_of(work, tile.entity, tile.on)[2]
        span = span or periods.span_of(choice.period, work.today, work.settings.organisation.fiscal_year_start)
        made += periods.within(f"record.{tile.on}", kind == "datetime", span, zone)
    if tile.owner is not None and choice.owner and reads_path(work, work.entity(tile.entity), tile.owner):
        made.append(f"record.{tile.owner} == {quote(choice.owner)}")
    return [*made, f"record.{tile.mine} == actor.id"] if tile.mine is not None else made


def question_of(work: Work, tile: Tile, choice: Choice, span: periods.Span | None = None) -> tuple[Question, list[str]]:
    """(what is asked, the filters that the view does not have by itself)."""
    view, own = work.catalog.views.get(tile.view or ""), _own_filters(work, tile, choice, span, None)
    asked = _own_filters(work, tile, choice, span, work.settings.organisation.time_zone)
    base = [view.filter] if view is not None and view.filter else []
    return Question(tile.entity, (*base, *asked), tile.search, tile.compute, tile.value), own


def _number(work: Work, dashboard: Dashboard, tile: Tile, choice: Choice, plain: TilePanel) -> TilePanel:
    asked, own = question_of(work, tile, choice)
    value = number_of(work, asked)
    panel = structs.replace(
        plain, value=shown_figure(work, asked, value, short=True), csv_href=address(dashboard, tile, choice, "csv"),
        href=records_href(work, work.entity(tile.entity), view_of_tile(work, tile), own, tile.search),
    )  # fmt: skip
    if tile.previous:
        panel = _compared(work, tile, choice, value, panel)
    return panel if tile.goal is None or isinstance(value, timedelta) else _aimed(work, tile, asked, value, panel)


def _aimed(work: Work, tile: Tile, asked: Question, value: Any, panel: TilePanel) -> TilePanel:
    """With its goal, and in words how far it is from there."""
    aim, now = float(tile.goal or 0), float(value or 0)
    share = show_number(round(100 * now / aim), work.language) if aim else ""
    goal, apart = (shown_figure(work, asked, _like(value, x), short=True) for x in (aim, abs(aim - now)))
    if tile.less_is_better:
        over = now > aim
        told = _("{apart} over {goal}", apart=apart, goal=goal) if over else _("Within {goal}", goal=goal)
    elif now >= aim:
        over, told = False, _("Goal of {goal} reached", goal=goal)
    else:
        over, told = False, _("{share}% of {goal}, {apart} to go", share=share, goal=goal, apart=apart)
    tone: Tone = "warn" if over else "neutral" if tile.less_is_better or now < aim else "ok"
    reached = 100 * now / aim if aim else 100.0 if now >= aim else 0.0
    return structs.replace(panel, goal=told, goal_tone=tone, reached=max(0.0, min(reached, 100.0)))


def _like(value: Any, goal: float) -> Any:
    from decimal import Decimal

    return int(goal) if isinstance(value, int) or value is None else Decimal(str(goal))


def _compared(work: Work, tile: Tile, choice: Choice, value: Any, panel: TilePanel) -> TilePanel:
    """With how much more or less it is than in the period before, up to the same day."""
    span = periods.before(choice.period, work.today, work.settings.organisation.fiscal_year_start)
    if span[0] is None:
        return panel
    past = number_of(work, question_of(work, tile, choice, span)[0])
    if not past:
        return structs.replace(panel, change=_("Nothing before") if value else "")
    share = float((value or 0) - past) / abs(float(past))
    if abs(share) < FLAT:
        return structs.replace(panel, change=_("As much as before"), change_icon="minus")
    percent = show_number(min(round(abs(share) * 100) or 1, 9_999), work.language)
    good = (share > 0) != tile.less_is_better
    text = _("{share}% more than before", share=percent) if share > 0 else _("{share}% less than before", share=percent)
    return structs.replace(
        panel,
        change=text,
        change_tone="ok" if good else "warn",
        change_icon="trending-up" if share > 0 else "trending-down",
    )


def tile_figures(work: Work, tile: Tile, choice: Choice) -> tuple[Question, list[str], Figures]:
    """The figures of a chart tile."""
    asked, own = question_of(work, tile, choice)
    stack = Key(tile.stack) if tile.stack else None
    found = figures_of(work, asked, Key(str(tile.group), tile.part), stack, tile.limit)
    return asked, own, replace(found, rows=_until_now(work, found.rows))


def _until_now(work: Work, rows: Any) -> Any:
    """Without the empty group of a chart over time: what has no date is in no period."""
    dated = [r for r in rows if isinstance(r[0].key, date)]
    return tuple(dated) if dated else rows


def _chart(work: Work, dashboard: Dashboard, tile: Tile, choice: Choice, plain: TilePanel) -> TilePanel:
    asked, own, found = tile_figures(work, tile, choice)
    view = view_of_tile(work, tile)
    kind = cast("Any", tile.kind)
    chart = chart_of(work, plain.title, kind, asked, found, view, own, wide=WIDTHS[tile.size])
    name = resolve(work, tile.entity, str(tile.group)).label
    return structs.replace(
        plain, chart=chart, table=table_of(work, name, asked, found, chart), csv_href=address(dashboard, tile, choice, "csv"),
        href=records_href(work, work.entity(tile.entity), view, own, tile.search),
    )  # fmt: skip


def _list(work: Work, dashboard: Dashboard, tile: Tile, choice: Choice, plain: TilePanel) -> TilePanel:
    own = _own_filters(work, tile, choice, None, None)
    view = view_of_tile(work, tile) or View(f"all_{tile.entity}", tile.entity, {}, "list", ())
    shown = replace(
        view, filter=joined(view.filter, *own), columns=tile.columns or view.columns, sort=tile.sort or view.sort
    )
    entity = work.entity(tile.entity)
    columns, sort = readable_paths(work, entity, shown.columns), readable_paths(work, entity, shown.sort)
    shown = replace(shown, columns=columns or ("display",), sort=sort)
    found = records.start_list(work, shown, rows=tile.limit, q=tile.search)
    href = records_href(work, entity, view_of_tile(work, tile), own, tile.search)
    return structs.replace(plain, records=structs.replace(found, all_href=href, title=plain.title), href=href)


def _text(work: Work, dashboard: Dashboard, tile: Tile, choice: Choice, plain: TilePanel) -> TilePanel:
    return structs.replace(plain, html=markdown(say(tile.text, work.language)), text="")


_DRAW = {
    "number": _number, "bar": _chart, "line": _chart, "donut": _chart, "stacked": _chart, "list": _list, "text": _text,
}  # fmt: skip
