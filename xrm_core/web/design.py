"""Every component in its states, with made-up content: what `/design` shows, and what looks, contrast and access are tested on."""

from __future__ import annotations

from typing import get_args

from markupsafe import Markup
from msgspec import Struct
from msgspec.structs import replace

from xrm_core.web.design_lists import DesignLists, design_lists
from xrm_core.web.design_work import DesignWork, design_work
from xrm_core.web.models import (
    Action,
    Banner,
    Cell,
    CellKind,
    ChartPanel,
    ChildRow,
    ChildTable,
    Column,
    EmptyState,
    FieldSection,
    FieldValue,
    FormField,
    FormSection,
    GraphPanel,
    HistoryChange,
    HistoryEntry,
    LifecyclePath,
    Link,
    Lookup,
    Node,
    Option,
    PathStep,
    Pill,
    Point,
    RecordHeader,
    RelatedList,
    Row,
    Stat,
    TimelineEntry,
    Toast,
    Tone,
    Widget,
)
from xrm_core.web.models.desk import TilePanel

GROUPS = {"basics": "Basics", "record": "Records", "forms": "Forms", "lists": "Lists", "desk": "Desk and charts"}
"""Groups of components, one a page, so that none is heavy."""
WHOLE = "all"
LONG = "Gesellschaft zur Pflege ungewöhnlich langer Namen und Zuwendungsbescheinigungen e. V. in Sankt Blasien im Schwarzwald"
NO_BREAK = "info@gesellschaftzurpflegeungewoehnlichlangernamen.example.org"
"""What components have to hold: a name of many words, one word that has no place to break."""


class DesignLong(Struct, frozen=True, kw_only=True):
    """Components that hold more text than their place."""

    action: Action
    pill: Pill
    banner: Banner
    toast: Toast
    stat: Stat
    header: RecordHeader
    path: LifecyclePath
    cells: FieldSection
    related: RelatedList
    rows: tuple[Row, ...]
    field: FormField
    tile: TilePanel


class DesignPage(Struct, frozen=True, kw_only=True):
    """Template `design.html`. `group`: the one that is shown; all without."""

    title: str
    group: str
    groups: tuple[Link, ...]
    actions: tuple[Action, ...]
    pills: tuple[Pill, ...]
    cells: FieldSection
    fields: tuple[FormSection, ...]
    banners: tuple[Banner, ...]
    toasts: tuple[Toast, ...]
    stats: tuple[Stat, ...]
    header: RecordHeader
    path: LifecyclePath
    related: tuple[RelatedList, ...]
    timeline: tuple[TimelineEntry, ...]
    history: tuple[HistoryEntry, ...]
    charts: tuple[ChartPanel, ...]
    graph: GraphPanel
    empty: EmptyState
    lists: DesignLists
    work: DesignWork
    long: DesignLong

    def shows(self, group: str) -> bool:
        """Whether the components of a group are on the page."""
        return self.group in (WHOLE, group)


def design_page(group: str = WHOLE) -> DesignPage:
    """Return the page with the components of a group, or with all; with the first group for a name that is none."""
    tones: tuple[Tone, ...] = get_args(Tone)
    group = group if group in (*GROUPS, WHOLE) else next(iter(GROUPS))
    return DesignPage(
        title="Design",
        group=group,
        groups=tuple(
            Link(label=label, href=f"/design?of={name}", current=name == group)
            for name, label in (*GROUPS.items(), (WHOLE, "All"))
        ),
        actions=_actions(),
        pills=tuple(Pill(label=tone.capitalize(), tone=tone) for tone in tones),
        cells=FieldSection(title="Values", columns=3, fields=tuple(_cells())),
        fields=(
            FormSection(title="Fields", fields=tuple(_fields()), columns=2),
            FormSection(title="Fields with an error", fields=tuple(_wrong(_fields())), columns=2, folded=True),
        ),
        banners=tuple(
            Banner(title=f"A message: {tone}", tone=tone, text="What happened, and what to do.", lines=("file.yaml:3: fault",))
            for tone in tones
        ),
        toasts=(Toast(text="Saved", undo=Action(label="Undo", href="#", icon="undo-2")), Toast(text="Refused", tone="bad")),
        stats=(
            Stat(label="Open", value="12", note="2 late", tone="bad", icon="inbox", href="#"),
            Stat(label="Given", value="€93,000", note="12 gifts"),
            Stat(label="Plan", value="78 %", note="on the way", tone="info"),
        ),
        header=RecordHeader(
            title="Alder Trust", kind="Organisation", subtitle="London", pills=(Pill(label="Active", tone="ok"),),
            roles=(Link(label="Donor", href="#", icon="heart-handshake", text="Gold"),), actions=_actions()[:2], more=_actions()[2:5],
        ),
        path=_path(),
        related=(_related(), replace(_related(), name="none", title="Nothing", rows=(), empty=EmptyState(title="Nothing yet"))),
        timeline=tuple(
            TimelineEntry(title=f"Something {tone}", when="today", iso="2026-05-06", icon="phone", tone=tone, text="Said so.", by="Ben Ode")
            for tone in tones
        ),
        history=(_history(),),
        charts=_charts(),
        graph=GraphPanel(title="Connections", centre="Alder Trust", nodes=tuple(
            Node(label=f"Party {number}", tie="knows", group=number % 6 + 1, href="#") for number in range(1, 12)
        ), more=3, all_href="#"),
        empty=EmptyState(title="Nothing here yet", text="What this is, and how it begins.", actions=_actions()[:1]),
        lists=design_lists(),
        work=design_work(),
        long=_long(),
    )  # fmt: skip


def _long() -> DesignLong:
    """Return components with texts that no line holds."""
    cells = (
        Cell(kind="title", text=LONG, icon="avatar"), Cell(text=NO_BREAK), Cell(kind="pill", text=LONG, tone="warn"),
        Cell(kind="money", text="€1,234,567,890,123.45"), Cell(kind="email", text=NO_BREAK), Cell(kind="tags", items=(Cell(text=LONG), Cell(text=NO_BREAK))),
    )  # fmt: skip
    row = Row(id="design-long", href="#", label=LONG, cells=cells)
    columns = tuple(Column(name=f"long_{n}", label=LONG[: 12 * n]) for n in range(1, 7))
    lines = RelatedList(name="lines", title=LONG, columns=(), rows=(replace(row, cells=cells[:4]), replace(row, cells=(cells[0], Cell(kind="empty"), Cell(kind="empty"), Cell(kind="money", text="€5.00")))))  # fmt: skip
    return DesignLong(
        action=Action(label=LONG, href="#", icon="pencil"),
        pill=Pill(label=LONG, tone="warn"),
        banner=Banner(title=LONG, tone="warn", text=NO_BREAK, lines=(NO_BREAK,), actions=_actions()[1:2]),
        toast=Toast(text=f"{LONG} {NO_BREAK}", tone="bad", undo=Action(label="Undo", href="#", icon="undo-2")),
        stat=Stat(label=LONG, value="€1,234,567,890,123.45", note=LONG, tone="bad", icon="inbox", href="#"),
        header=RecordHeader(title=LONG, kind=LONG, subtitle=NO_BREAK, pills=(Pill(label=LONG, tone="ok"),), roles=(Link(label=LONG, href="#", text="Gold"),), actions=_actions()[:2]),
        path=LifecyclePath(label="Long stages", steps=tuple(PathStep(label=word, standing="ahead") for word in LONG.split()[:8])),
        cells=FieldSection(title=LONG, columns=3, fields=tuple(FieldValue(name=f"long_{cell.kind}", label=LONG, cell=cell) for cell in cells)),
        related=RelatedList(name="long", title=f"Records of {LONG}", columns=columns, rows=(row,), count="1,234,567", all_href="#"),
        rows=(replace(row, id="design-longer"),),
        field=FormField(name="very_long", label=LONG, value=LONG, hint=LONG, errors=(LONG,), suffix="EUR"),
        tile=TilePanel(name="long_lines", title=LONG, kind="list", size="medium", href="#", records=lines),
    )  # fmt: skip


def _actions() -> tuple[Action, ...]:
    """Return a button of every kind."""
    return (
        Action(label="Primary", href="#", style="primary", icon="plus", shortcut="create"),
        Action(label="Default", href="#", icon="pencil"),
        Action(label="Ghost", href="#", style="ghost"),
        Action(label="Danger", href="#", method="post", style="danger", icon="trash-2", confirm="Really?"),
        Action(label="Closed", closed="A finance role is needed."),
    )


def _cells() -> list[FieldValue]:
    """Return a value of every kind."""
    special = {
        "email": Cell(kind="email", text="a@example.org"),
        "phone": Cell(kind="phone", text="+44 20 7946 0000", href="tel:+442079460000"),
        "url": Cell(kind="url", text="example.org", href="https://example.org"),
        "link": Cell(kind="link", text="Alder Trust", href="#"),
        "date": Cell(kind="date", text="6 May 2026", iso="2026-05-06", tone="warn"),
        "datetime": Cell(kind="datetime", text="6 May 2026, 09:12", iso="2026-05-06T09:12"),
        "tags": Cell(kind="tags", items=(Cell(text="Water"), Cell(kind="pill", text="Gold", tone="accent"), Cell(text="Go", href="#"))),
        "boolean": Cell(kind="boolean", text="Yes", number=1),
        "rating": Cell(kind="rating", text="4 of 5", number=4),
        "progress": Cell(kind="progress", text="40 %", number=40),
        "colour": Cell(kind="colour", text="#0c8599"),
        "markdown": Cell(kind="markdown", html=Markup("<p>Some <strong>rich</strong> text.</p>")),
        "json": Cell(kind="json", text='{"a": 1}'),
        "file": Cell(kind="file", text="letter.pdf", href="#", hint="120 kB"),
        "pill": Cell(kind="pill", text="Active", tone="ok"),
        "folded": Cell(kind="folded", text="Owner is you", items=(Cell(text="record.owner == actor.id"),)),
        "hidden": Cell(kind="hidden"),
        "empty": Cell(kind="empty"),
    }  # fmt: skip
    kinds: tuple[CellKind, ...] = get_args(CellKind)
    shown = [special.get(kind, Cell(kind=kind, text="1,204", href="#")) for kind in kinds]
    return [FieldValue(name=cell.kind, label=cell.kind, cell=cell) for cell in shown]


def _fields() -> list[FormField]:
    """Return a field of every widget, filled."""
    options = tuple(Option(value=word, label=word, selected=word == "Water") for word in ("Water", "Schools", "Health"))
    parts = tuple(FormField(name=f"part_{name}", label=name, value=name) for name in ("Street", "Town", "Postcode"))
    row = ChildRow(
        key="1",
        fields=(FormField(name="table.1.what", label="What"), FormField(name="table.1.on", label="On", widget="date")),
    )
    lookup = Lookup(url="/design/lookup", label="Alder Trust", href="#", kind="party", create_href="#")
    values = {"integer": "12", "decimal": "1.5", "percent": "2.5", "date": "2026-05-06", "datetime": "2026-05-06T09:12",
              "time": "09:12", "duration": "1 h 30 min", "email": "a@example.org", "url": "https://example.org", "money": "500.00",
              "json": "{}", "colour": "#0c8599", "rating": "3", "tags": "one, two", "lookup": "1"}  # fmt: skip
    fields = []
    widgets: tuple[Widget, ...] = get_args(Widget)
    for widget in widgets:
        fields.append(FormField(
            name=widget, label=widget.replace("_", " ").capitalize(), widget=widget, value=values.get(widget, ""), options=options,
            selected=options[:1], parts=parts if widget == "compound" else (), lookup=lookup, checked=True, hint="A hint.",
            required=widget == "text", table=ChildTable(columns=("What", "On"), rows=(row,)), suffix="EUR" if widget == "money" else "",
            display=Cell(text="as it is") if widget in ("read_only", "file") else None, span=2 if widget == "table" else 1,
        ))  # fmt: skip
    return fields


def _wrong(fields: list[FormField]) -> list[FormField]:
    """Return the fields as they look when refused, under other names."""
    return [
        replace(
            field, name=f"wrong_{field.name}", errors=("Say what is wrong and how to mend it.",), table=None, parts=()
        )
        for field in fields
        if field.widget not in ("table", "compound", "hidden")
    ]


def _path() -> LifecyclePath:
    """Return a lifecycle with every standing."""
    steps = (
        PathStep(label="New", standing="done"),
        PathStep(label="Active", standing="current", text="since May"),
        PathStep(label="Major", standing="ahead"),
    )
    return LifecyclePath(label="Stage", steps=steps, transitions=(_actions()[1], _actions()[4]))


def _related() -> RelatedList:
    """Return a short list."""
    columns = (Column(name="name", label="Name", small="lead"), Column(name="amount", label="Amount", align="end"))
    cells = (Cell(kind="title", text="Alder Trust", icon="avatar"), Cell(kind="money", text="€500.00"))
    row = Row(id="design-1", href="#", label="Alder Trust", cells=cells)
    return RelatedList(name="some", title="Some records", columns=columns, rows=(row,), count="1", all_href="#")


def _history() -> HistoryEntry:
    """Return one write with a value that can be restored."""
    restore = Action(label="Restore", href="#", method="post", icon="undo-2")
    change = HistoryChange(label="Stage", before=Cell(text="New"), after=Cell(text="Active"), restore=restore)
    return HistoryEntry(
        who="Ben Ode", when="today", iso="2026-05-06", what="changed a field", door="web", changes=(change,)
    )


def _charts() -> tuple[ChartPanel, ...]:
    """Return a chart of every kind."""
    points = tuple(Point(label=str(2021 + number), value=value) for number, value in enumerate((8, 12, -3, 17, 21)))
    return (
        ChartPanel(title="By year", points=points, kind="bar"),
        ChartPanel(title="Over time", points=points, kind="line"),
        ChartPanel(title="By kind", points=points, kind="donut"),
    )
