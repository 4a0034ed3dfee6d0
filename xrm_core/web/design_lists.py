"""The second half of the page of components: tables, filters, cards, work in the background, what two people changed."""

from __future__ import annotations

from msgspec import Struct

from xrm_core.web.models import (
    Action,
    Card,
    Cell,
    ChartPanel,
    Column,
    Conflict,
    FilterChip,
    FormError,
    JobRow,
    Link,
    ListGroup,
    Pager,
    Pill,
    Point,
    Progress,
    Row,
    ViewTab,
)
from xrm_core.web.models.panels import Layer


class DesignLists(Struct, frozen=True, kw_only=True):
    """What of `design.html` belongs to lists, boards and work; its names are those that the macros ask a page for."""

    columns: tuple[Column, ...]
    plain: tuple[Column, ...]
    rows: tuple[Row, ...]
    sums: tuple[Cell, ...]
    groups: tuple[ListGroup, ...]
    pager: Pager
    views: tuple[ViewTab, ...]
    chips: tuple[FilterChip, ...]
    clear_href: str
    displays: tuple[Link, ...]
    cards: tuple[Card, ...]
    jobs: tuple[JobRow, ...]
    conflicts: tuple[Conflict, ...]
    conflict_who: str
    errors: tuple[FormError, ...]
    charts: tuple[ChartPanel, ...]


def design_lists() -> DesignLists:
    """Return the parts, with made-up content."""
    rows = tuple(
        _row(n, name, amount) for n, (name, amount) in enumerate((("Alder Trust", "€500.00"), ("Ben Ode", "€75.00")))
    )
    return DesignLists(
        columns=(
            Column(name="lead", label="Name", small="lead", sort_href="#", sorted="ascending", place=1),
            Column(name="sum", label="Amount", align="end", sort_href="#", sorted="descending", place=2, editable=True),
            Column(name="on", label="Received on", sort_href="#", small="hide"),
        ),
        plain=(Column(name="", label="Name", small="lead"), Column(name="", label="Amount", align="end"), Column(name="", label="Received on")),
        rows=rows, sums=(Cell(kind="empty"), Cell(kind="money", text="€575.00"), Cell(kind="empty")),
        groups=(
            ListGroup(id="open", label=Cell(text="Received"), count="2", sums=("€575.00",), open=True, href="#", rows=_again(rows), all_href="#"),
            ListGroup(id="shut", label=Cell(text="Pledged"), count="1,204", sums=("€93,000",), href="#"),
        ),
        pager=Pager(text="51–100 of 12,430", previous_href="#", next_href="#"),
        views=(
            ViewTab(label="All donations", href="#", current=True, modified=True), ViewTab(label="Mine", href="#", icon="user"),
            ViewTab(label="Thanks due", href="#", count="4", icon="users"),
        ),
        chips=(FilterChip(label="Amount", text="more than €100", remove_href="#", edit_href="#"), FilterChip(label="", text="record.anonymous", remove_href="#")),
        clear_href="#",
        displays=tuple(Link(label=n, href="#", icon=i, current=n == "List") for n, i in (("List", "table-2"), ("Board", "square-kanban"))),
        cards=_cards(), jobs=_jobs(), conflict_who="Ben Ode changed this 2 minutes ago",
        conflicts=(Conflict(name="stage", label="Stage", mine="Active", theirs="Major", original="New"),),
        errors=(FormError(label="Amount", text="“12,,5” is not a number.", field="money"), FormError(text="It ends before it begins.")),
        charts=_charts(),
    )  # fmt: skip


def _row(number: int, name: str, amount: str, kind: str = "row") -> Row:
    cells = (
        Cell(kind="title", text=name, icon="avatar"),
        Cell(kind="money", text=amount),
        Cell(kind="date", text="6 May 2026", iso="2026-05-06"),
    )
    return Row(id=f"design-{kind}-{number}", href="#", label=name, cells=cells, version="1")  # fmt: skip


def _again(rows: tuple[Row, ...]) -> tuple[Row, ...]:
    """The same rows under ids of their own."""
    return tuple(Row(id=f"{row.id}-grouped", href=row.href, label=row.label, cells=row.cells) for row in rows)


def _cards() -> tuple[Card, ...]:
    """A card that can be moved, and one that is late and cannot."""
    moves = (Action(label="Qualified", href="#", id="design-move", fields=(("to", "qualified"),)),)
    return (
        Card(
            id="design-1", href="#", title="Pumps for the north wells", version="1", lines=(Cell(kind="money", text="€12,400"),),
            pills=(Pill(label="Commit", tone="ok"),), owner="Aiko Tan", due=Cell(kind="date", text="6 May 2026", iso="2026-05-06"), moves=moves,
        ),
        Card(id="design-2", href="#", title="A name that is rather long for a card of a board", due=Cell(kind="date", text="yesterday", iso="2026-05-05", tone="bad")),
    )  # fmt: skip


def _jobs() -> tuple[JobRow, ...]:
    """Work that runs, and work that failed for good."""
    return (
        JobRow(id="design-1", title="Import: donors.csv", state=Pill(label="Running", tone="accent"), when="now", progress=Progress(label="Import", done=430, total=1204)),
        JobRow(
            id="design-2", title="Mail to Ben Ode", state=Pill(label="Dead letters", tone="bad"), when="yesterday", tries="8 attempts",
            error="the server did not answer", actions=(Action(label="Try again", href="#", method="post", icon="rotate-cw", id="design-retry"),),
        ),
    )  # fmt: skip


def _charts() -> tuple[ChartPanel, ...]:
    """Charts with layers, and as rows."""
    layered = tuple(
        Point(label=str(2023 + n), value=a + b, layers=(Layer(value=a, text=str(a)), Layer(value=b, text=str(b))))
        for n, (a, b) in enumerate(((4, 3), (6, 5), (9, 2)))
    )
    plain = tuple(Point(label=label, value=value) for label, value in (("Water", 21), ("Schools", 12), ("Health", 4)))
    return (
        ChartPanel(title="By year and kind", points=layered, kind="stacked", series=("Gifts", "Grants")),
        ChartPanel(title="By purpose", points=plain, kind="rows"),
    )
