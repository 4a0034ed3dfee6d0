"""The third part of the page of components: tiles of figures, time, and what waits."""

from __future__ import annotations

from markupsafe import Markup
from msgspec import Struct

from .models import ChartPanel, FormField, Link, Point
from .models.desk import FigureRow, FigureTable, TilePanel
from .svg.timeline import Bar, Lane, timeline


class DesignWork(Struct, frozen=True, kw_only=True):
    """What of `design.html` belongs to dashboards, calendars, timelines, steps and the palette."""

    tiles: tuple[TilePanel, ...]
    picture: Markup
    steps: tuple[tuple[str, str], ...]
    days: tuple[tuple[str, tuple[Link, ...]], ...]
    hits: tuple[Link, ...]
    moments: tuple[FormField, ...]


def design_work() -> DesignWork:
    """Return the parts, with made-up content."""
    points = (Point(label="Jan", value=4, text="4", href="#"), Point(label="Feb", value=9, text="9"), Point(label="Mar", value=2, text="2"))  # fmt: skip
    table = FigureTable(
        heads=("Month", "Gifts"), rows=tuple(FigureRow(label=p.label, cells=(p.text,), href="") for p in points)
    )
    late, open_ = ("Rent of the hall", 0.05, 0.4, "1 Jan to 24 May"), ("Water analysis", 0.3, 1.0, "from 20 Apr")
    return DesignWork(
        tiles=(
            TilePanel(name="raised", title="Raised", kind="number", value="€50,001", href="#", goal="50 % of €100,000", reached=50.0, change="7 % more than before", change_tone="ok", change_icon="trending-up", csv_href="#"),
            TilePanel(name="failed", title="Answers owed", kind="number", state="failed", error="This figure could not be worked out."),
            TilePanel(name="months", title="By month", kind="bar", size="medium", chart=ChartPanel(title="By month", kind="bar", points=points), table=table),
            TilePanel(name="none", title="Nothing here", kind="bar", chart=ChartPanel(title="Nothing here", kind="bar", points=())),
            TilePanel(name="words", title="Words", kind="text", html=Markup("<p>What the figures mean.</p>")),
        ),
        picture=timeline("Contracts", [(0.0, "Jan 2026"), (0.5, "Jul")], (Lane("Ended", (Bar(*late, "#", "warn"),)), Lane("Active", (Bar(*open_, "#", "ok", True),))), 0.8, "Today"),
        steps=(("done", "File"), ("now", "Columns"), ("next", "Check")),
        days=(("21", ()), ("22", (Link(label="Send the yearly report", href="#"),)), ("23", ())),
        hits=(Link(label="Alder Trust", href="#", icon="users"), Link(label="New donation", href="#", icon="plus")),
        moments=(
            FormField(name="moment", label="Begins at", widget="datetime", value="2026-11-24T14:00", shown="24 Nov 2026 14:00"),
            FormField(name="moment_wrong", label="Ends at", widget="datetime", value="", shown="soon", errors=("“soon” is not a date and time",)),
        ),
    )  # fmt: skip
