"""Pages of the desk with hostile texts in every place that a user may write in, for the test of templates."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup
from msgspec import structs

from xrm_core.web import models as m
from xrm_core.web.models import calendar as c
from xrm_core.web.models import desk as d
from xrm_core.web.models.boards import BoardCell, BoardLane
from xrm_core.web.models.panels import Layer
from xrm_core.web.svg.timeline import Bar, Lane, timeline


def desk_pages(text: str, card: m.Card, related: m.RelatedList) -> dict[str, Any]:
    """Template -> its model."""
    option = m.Option(value=text, label=text)
    point = m.Point(
        label=text, value=1, text=text, href="/" + text, layers=(Layer(value=1, text=text, href="/" + text),)
    )
    chart = m.ChartPanel(title=text, points=(point,), kind="stacked", unit=text, series=(text,))
    table = d.FigureTable(heads=(text, text), rows=(d.FigureRow(label=text, cells=(text,), href="/" + text),))
    act = m.Action(label=text, icon="eye", method="post", fields=(("act", text),), id="a1")
    number = d.TilePanel(
        name="n", title=text, kind="number", text=text, value=text, change=text, goal=text, reached=3, csv_href="/c", href="/h", src="/s"
    )  # fmt: skip
    tiles = (
        number,
        d.TilePanel(name="b", title=text, kind="bar", chart=chart, table=table, moves=(act,), sizes=(option,)),
        d.TilePanel(name="l", title=text, kind="list", records=related, href="/l"),
        d.TilePanel(name="t", title=text, kind="text", html=Markup("<p>ok</p>")),
        d.TilePanel(name="f", title=text, kind="donut", state="failed", error=text),
        d.TilePanel(name="c", title=text, kind="donut", state="closed", error=text, edit_href="/" + text),
        d.TilePanel(name="w", title=text, kind="donut", state="waits", src="/" + text),
    )
    link = m.Link(label=text, href="/" + text, icon="pin", count=text)
    chip = m.FilterChip(label=text, text=text, remove_href="/")
    entry = c.Entry(
        id="1", href="/e", title=text, text=text, time=text, begins="2026-01-01", version="1", can_move=True
    )
    day = c.Day(
        iso="2026-01-01",
        number="1",
        label=text,
        href="/" + text,
        create_href="/c",
        entries=(entry,),
        rest=(c.Entry(id="2", href="/", title=text),),
    )
    laned = structs.replace(card, lanes=(m.Action(label=text, id="lane-c-1", fields=(("lane", text),)),))
    cell = BoardCell(
        value=text,
        label=text,
        cards=(laned,),
        id="cell-1-x",
        more=text,
        more_href="/m",
        all_href="/a",
        count=text,
        sum=text,
    )
    column = m.BoardColumn(
        value="x", label=text, cards=(), sum=text, limit=text, is_over=True, more_href="/m", create_href="/c"
    )
    picture = timeline(text, ((0.0, text),), (Lane(text, (Bar(text, 0.1, 0.4, text, "/" + text),)),), 0.5, text)
    return {
        "dashboard.html": d.DashboardPage(
            title=text, path="/d", tiles=tiles, text=text, tabs=(link,), periods=(option,), owners=(option,), chosen=(("owner", text),), arrange_url="/a", arrange_href="/b", whole_href="/w", add_href="/" + text,
            arranging=d.Arranging(
                hint=text, whose=(link, link), sent=(("for", text),), can_go_back=True, reset=text, late=text,
                hidden=(d.TilePanel(name="h", title=text, kind="number", moves=(act,)),),
            ),
        ),
        "tile_form.html": d.TileForm(
            title=text, back="/" + text, keep=(("filter", text),), filters=(text,), panel=structs.replace(number, edit_href="/" + text), error=text, save=text,
            fields=(m.FormField(name="x", label=text, widget="select", options=(option,), notes=(text,)),),
            last=(m.FormField(name="title", label=text, value=text),), others=(m.Action(label=text, href="/t", method="post", fields=(("id", text),)),),
        ),
        "chart.html": d.ChartPage(
            title=text, what=text, path="/e", chart=chart, table=table, choices=(("group", text, (option,)),), search=text, chips=(chip,)
        ),
        "start.html": d.DeskPage(
            title=text, text=text, waits=(d.DeskCard(records=related, pills=(m.Pill(label=text),)),), quiet=text, pins=(link,),
            recent=(link,), tiles=(number,), dashboards=(link, link), dashboard=link, steps=(m.Action(label=text, href="/i", text=text),),
            house=(d.HouseLine(label=text, href="/j", icon="list-checks", text=text), d.HouseLine(label=text, href="/j", icon="users", pill=m.Pill(label=text))),
        ),
        "calendar.html": c.CalendarPage(
            title=text, what=text, path="/e", heading=text, weekdays=(text,), days=(day,), span="week", before_href="/", after_href="/",
            today_href="/", spans=(link,), move_url="/m", note=text, search=text, chips=(chip,), stay=(("filter", text),),
        ),
        "timeline.html": c.TimelinePage(
            title=text, what=text, path="/e", heading=text, before_href="/", after_href="/", today_href="/", zooms=(link,),
            picture=picture, heads=(text,), rows=(d.FigureRow(label=text, cells=(text,), href="/r"),), groups=(option,), note=text,
        ),
        "board.html": m.BoardPage(
            title=text, entity="x", move_url="/m", columns=(column,), lanes=(BoardLane(value=text, label=text, cells=(cell,), count=text, sum=text),)
        ),
    }  # fmt: skip
