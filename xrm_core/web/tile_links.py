"""The way from a list, a board, a chart, a calendar or a timeline to a tile of the same records."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

from ..language import _
from ..metamodel.catalog import View
from ..services import made_tiles
from ..services.figures import column_of
from ..services.work import Work
from .listing import Address
from .models import Action
from .whose_dashboards import offered_dashboards


def tile_actions(work: Work, view: View, address: Address, chart: Sequence[tuple[str, str]] = ()) -> tuple[Action, ...]:
    """*Add to dashboard*, for those who may, with all that is in force; `chart` are the choices of a chart."""
    if not made_tiles.may_make(work) or not offered_dashboards(work):
        return ()
    href = "/tiles/new?" + urlencode([(k, v) for k, v in _pairs(work, view, address, chart) if v])
    return (Action(label=_("Add to dashboard"), href=href, icon="layout-dashboard", id="add-to-dashboard"),)


def _pairs(
    work: Work, view: View, address: Address, chart: Sequence[tuple[str, str]]
) -> list[tuple[str, str]]:  # fmt: skip
    named = view.kind == "list" and view.name in work.catalog.views
    own = [] if named or not view.filter else [view.filter]
    made = [
        ("entity", view.entity),
        ("view", view.name if named else ""),
        *(("filter", f) for f in (*own, *address.filters)),
    ]
    made.append(("q", address.q))
    if chart:
        return [*made, *(("kind" if k == "chart" else k, v) for k, v in chart)]
    group, _colon, part = address.state.group.partition(":")
    if view.kind == "board" or group:
        return [*made, ("kind", "bar"), ("group", group or view.by or ""), ("part", part)]
    if view.kind in ("calendar", "timeline") and view.by:
        return [*made, *_to_come(work, view)]
    columns, sort = (",".join(found) for found in (address.state.columns, address.state.sort))
    return [*made, ("kind", "list"), ("columns", columns), ("sort", sort)]


def _to_come(work: Work, view: View) -> list[tuple[str, str]]:
    """What is under way or to come, the next first: of a calendar or timeline that is what one looks at again and again."""
    ends = view.until or view.by
    now = "now()" if column_of(work, view.entity, str(ends))[2] == "datetime" else "today()"
    shown = [p for p in (view.card or view.columns)[:1] if p not in (view.by, ends)] or ["display"]
    still = f"record.{ends} >= {now}"
    if view.until:  # what has no end lies on its first day
        still += f" || (record.{ends} == null && record.{view.by} >= {now})"
    columns = dict.fromkeys([*shown, str(view.by), *([view.until] if view.until else [])])
    return [("filter", still), ("kind", "list"), ("columns", ",".join(columns)), ("sort", str(view.by))]
