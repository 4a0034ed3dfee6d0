"""The form in which a tile is made: which records, what it shows of them, what it is called and for whom it is. What it would show
stands beside it at once; without scripts a button shows it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, cast

from msgspec import Struct, structs

from ..compiler import compile_tile, read_tile
from ..errors import BadRequest, NotFound, XrmError
from ..fields.locales import show_number
from ..language import N_, _
from ..metamodel.catalog import Entity, View
from ..metamodel.dashboards import Dashboard, TileDef, TileKind
from ..metamodel.text import say
from ..services import arranging, made_tiles
from ..services.lists import joined
from ..services.made_tiles import MadeTile
from ..services.sight import is_open, reads_path
from ..services.work import Work
from . import charts, focus, tile_whose, tiles
from .asked import Answer, Asked, Go, Shown
from .cells import capital
from .figures import what_is_counted
from .filtering import chip_of
from .models import Action, FormField, Option
from .models.desk import TileForm, TilePanel
from .offered import KEPT, list_of, views_of
from .paths import resolve
from .tiles import Choice
from .whose_dashboards import is_for_reader, offered_dashboards

KINDS: dict[TileKind, str] = {
    "number": N_("Number"), "bar": N_("Bars"), "line": N_("Line"), "donut": N_("Donut"), "stacked": N_("Stacked bars"),
    "list": N_("List"), "text": N_("Text"),
}  # fmt: skip
CHARTS = ("bar", "line", "donut", "stacked")
NAMES = ("dashboard", "entity", "view", "kind", "value", "group", "part", "stack", "on", "previous", "columns", "sort", "text", "title", "audience", "q", "whose", "goal", "less")  # fmt: skip
OF_ENTITY = (
    "view",
    "value",
    "group",
    "part",
    "stack",
    "on",
    "previous",
    "columns",
    "sort",
    "q",
    "whose",
    "goal",
    "less",
)
"""What is said of the records of one entity alone."""
WAS = "of"
"""Name of the hidden input that tells for which entity the others were drawn."""


class Said(Struct, frozen=True):
    """What is chosen so far, by name, and the filters."""

    values: Mapping[str, str]
    filters: tuple[str, ...] = ()
    id: str = ""
    version: str = ""

    def get(self, name: str) -> str:
        """What is chosen under a name; '' for nothing."""
        return self.values.get(name, "").strip()


class Drawn(Struct, frozen=True):
    """A tile as it is chosen: put right where the choices do not fit together."""

    dashboard: Dashboard
    entity: Entity
    view: View | None
    chart: View
    kind: TileKind
    written: TileDef
    title: str


def new_tile(work: Work, asked: Asked) -> Shown:
    """GET /tiles/new?dashboard=&entity=&view=&filter=&kind=...: the form for a tile, as far as it is told what it is about."""
    given = {k: v for k, v in asked.query if k in NAMES}
    return _form(work, Said(given, tuple(asked.all("filter"))))


def tile_page(work: Work, asked: Asked) -> Shown:
    """GET /tiles/{id}: the form for a tile that there is."""
    tile = _own(work, asked.path["id"])
    values = {"dashboard": tile.of, "title": tile.title, "audience": tile.audience}
    written = tile.written
    if written is not None:
        told = {
            "entity": tile.entity, "view": written.view, "kind": written.kind, "group": written.group, "part": written.part,
            "stack": written.stack, "on": written.on or "", "previous": "true" if written.previous else "",
            "columns": ",".join(written.columns), "sort": ",".join(written.sort), "text": say(tile.text, work.language),
            "value": f"{tile.compute}:{written.value}" if written.value else "", "q": written.search,
            "goal": show_number(Decimal(str(written.goal)), work.language) if written.goal is not None else "", "less": "true" if written.less_is_better else "",
            "whose": f"mine:{written.mine}" if written.mine else f"page:{written.owner}" if written.owner else "",
        }  # fmt: skip
        values |= {k: v for k, v in told.items() if v is not None}
    filters = (written.filter,) if written is not None and written.filter else ()
    return _form(work, Said(values, filters, tile.name, str(tile.version)))


def preview(work: Work, asked: Asked) -> Shown:
    """POST /tiles/preview: the form again, with the tile as it is chosen now."""
    return _form(work, _posted(asked))


def keep_tile(work: Work, asked: Asked) -> Answer:
    """POST /tiles/keep: `do` is keep, or delete. A tile that cannot be kept as it is is drawn again with what is wrong."""
    said = _posted(asked)
    old = _own(work, said.id) if said.id else None
    if asked.posted("do") == "show":
        return _form(work, said)
    if asked.posted("do") == "delete" and old is not None:
        made_tiles.drop(work, old)
        return Go(f"/dashboards/{old.of}", _("The tile “{name}” is deleted", name=old.title))
    if old is not None and said.version != str(old.version):
        told = _("Somebody changed this tile meanwhile. Open it again, then repeat.")
        return _form(work, said, told)
    drawn = _drawn(work, said)
    try:
        with work.tx.savepoint():
            _check(work, drawn)
            audience = said.get("audience") or "me"
            id = made_tiles.keep(
                work, drawn.dashboard.name, drawn.title, drawn.written, audience, focus.department(work), old
            )
    except XrmError as fault:
        if fault.status not in (400, 403, 422):
            raise
        work.forget()
        return _form(work, said, _why(fault))
    return Go(f"/dashboards/{drawn.dashboard.name}#tile-{id}", _("“{name}” is on the dashboard", name=drawn.title))


def _own(work: Work, id: str) -> MadeTile:
    tile = made_tiles.required(work, id)
    if not tile.is_own:
        raise NotFound(_("there is no such tile, or it is not yours to change"), code="unknown_tile")
    return tile


def _posted(asked: Asked) -> Said:
    given = {k: v for k, v in asked.form if k in NAMES and isinstance(v, str)}
    filters = tuple(f for f in asked.posted_all("filter") if f.strip())
    said = Said(given, filters, asked.posted("id"), asked.posted("version"))
    if asked.posted(WAS) and given.get("entity") and asked.posted(WAS) != given["entity"]:
        return structs.replace(said, values={k: v for k, v in given.items() if k not in OF_ENTITY}, filters=())
    return said


def _entities(work: Work) -> list[Entity]:
    """The entities of which a tile may be: those that have a list for the reader."""
    found = [
        e
        for e in work.catalog.entities.values()
        if e.parent is None and not e.retired and e.name not in KEPT and is_open(work, e.name) and list_of(work, e.name)
    ]
    return sorted(found, key=lambda e: say(e.plural, work.language).casefold())


def _drawn(work: Work, said: Said) -> Drawn:
    """The choices as a tile. Raises NotFound where there is no dashboard, or nothing to make a tile of."""
    boards, entities = offered_dashboards(work), _entities(work)
    if not boards or not entities or not made_tiles.audiences(work):
        raise NotFound(_("there is no dashboard that you can add to"), code="unknown_dashboard")
    dashboard = next((d for d in boards if d.name == said.get("dashboard")), boards[0])
    named = work.catalog.views.get(said.get("view"))
    wanted = said.get("entity") or (named.entity if named is not None else "") or _usual(dashboard)
    entity = next((e for e in entities if e.name == wanted), entities[0])
    view = next((v for v in _lists(work, entity) if v.name == said.get("view")), None)
    kind = cast("TileKind", said.get("kind") if said.get("kind") in KINDS else "number")
    chart = _chart(work, entity, kind, said)
    kind = cast("TileKind", chart.chart) if kind in CHARTS else kind  # stacked, where there is nothing to stack: bars
    values = _values(work, said, entity, view, kind, chart)
    written = read_tile({k: v for k, v in values.items() if v or (k == "goal" and v is not None)})
    return Drawn(
        dashboard, entity, view, chart, kind, written, said.get("title")[:80] or _title(work, entity, view, kind, chart)
    )


def _usual(dashboard: Dashboard) -> str:
    return next((t.entity for t in dashboard.tiles.values() if t.entity), "")


def _lists(work: Work, entity: Entity) -> list[View]:
    return [v for v in views_of(work, entity.name) if v.kind == "list" and v.name in work.catalog.views]


def _chart(work: Work, entity: Entity, kind: str, said: Said) -> View:
    """What is worked out and by what it is grouped, put right for the kind."""
    given = {n: said.get(n) for n in ("group", "part", "stack", "value") if n in said.values}
    given = {
        n: v for n, v in given.items() if not v or n == "part" or reads_path(work, entity, v.partition(":")[2] if n == "value" else v)
    }  # fmt: skip
    days = charts.days_of(work, entity)
    # Choices that somebody thought of make better bars than records, of which there are many.
    names = sorted(charts.parted_by(work, entity), key=lambda n: not entity.fields[n].columns[0].kind.codes)
    group = given.get("group") or ""
    if kind == "line" and group not in days:
        group = days[0]
    group = group or [*names, *days][0]
    if kind == "stacked" and not given.get("stack"):
        given["stack"] = next((n for n in names if n != group), "")
    given |= {"group": group, "chart": kind if kind in CHARTS else "bar"}
    plain = View(f"all_{entity.name}", entity.name, {}, "chart", ())
    shown = charts.fitted(work, entity, plain, given)
    return shown if shown.group in days else structs.replace(shown, part=None)


def _values(
    work: Work, said: Said, entity: Entity, view: View | None, kind: TileKind, chart: View
) -> dict[str, Any]:  # fmt: skip
    """The tile as it would stand in the metadata."""
    if kind == "text":
        return {"kind": kind, "text": said.get("text") or None}
    days = charts.days_of(work, entity)
    on = said.get("on") if "on" in said.values else (chart.group if kind in CHARTS and chart.group in days else "")
    on = on if on in days else ""
    values: dict[str, Any] = {
        "kind": kind, "on": on, "filter": joined(*said.filters), **tile_whose.written(work, entity, said.get("whose")),
        "search": said.get("q") if entity.search else "",
        **({"view": view.name} if view is not None else {"entity": entity.name}),
    }  # fmt: skip
    if kind == "list":
        return values | {"columns": _paths(said.get("columns")), "sort": _paths(said.get("sort"))}
    values |= {"value": chart.value, "compute": chart.compute if chart.value else None}
    if kind == "number":
        goal = said.get("goal")
        aim = {"goal": tile_whose.number(work, goal), "less_is_better": bool(said.get("less"))} if goal else {}
        return values | {"previous": bool(on and said.get("previous")), **aim}
    return values | {"group": chart.group, "part": chart.part, "stack": chart.stack}


def _paths(text: str) -> list[str]:
    return [p for part in text.split(",") if (p := part.strip())]


def _title(work: Work, entity: Entity, view: View | None, kind: str, chart: View) -> str:
    """What a tile is called whom nobody names."""
    if kind == "text":
        return _("Note")
    records = say((view.label if view is not None else None) or entity.plural, work.language)
    if kind == "list" or (kind == "number" and chart.value is None):
        return records
    asked = charts.question_of_chart(chart)
    figure = records if chart.value is None else what_is_counted(work, asked)
    if kind == "number":
        return figure
    return _("{figure} by {field}", figure=figure, field=resolve(work, entity.name, str(chart.group)).label)


def _check(work: Work, drawn: Drawn) -> None:
    """Raises InvalidRecord, and BadRequest where it names what does not exist for the reader."""
    if drawn.kind == "text" and drawn.written.text is None:
        raise BadRequest(_("Write what the tile says."), code="no_text")
    tile = compile_tile(work.catalog, drawn.written, "preview", drawn.title)
    if not is_for_reader(work, tile):
        raise BadRequest(_("Not all that this tile is about is for you to see."), code="unknown_field")


def _why(fault: XrmError) -> str:
    if fault.code == "bad_tile":
        return _("These choices do not fit together.")
    return capital(fault.problems[0].message if fault.problems else fault.message)


def _panel(work: Work, drawn: Drawn) -> tuple[TilePanel | None, str]:
    """(the tile as it would be, why it cannot be)."""
    try:
        _check(work, drawn)
    except XrmError as fault:
        return None, "" if fault.code == "no_text" else _why(fault)
    tile = compile_tile(work.catalog, drawn.written, "preview", drawn.title)
    panel = tiles.draw_tile(work, drawn.dashboard, tile, Choice(drawn.dashboard.period))
    return structs.replace(panel, src="", csv_href=""), ""


def _form(work: Work, said: Said, fault: str = "") -> Shown:
    drawn = _drawn(work, said)
    panel, why = _panel(work, drawn)
    entity, is_text = drawn.entity, drawn.kind == "text"
    keep = [
        ("id", said.id),
        ("version", said.version),
        (WAS, entity.name),
        ("columns", said.get("columns")),
        ("sort", said.get("sort")),
    ]
    if is_text:  # what was chosen of records is there again when it becomes a figure
        keep += [(n, said.get(n)) for n in ("entity", "view", "q", "whose")]
    keep += [("filter", f) for f in said.filters]
    others: tuple[Action, ...] = ()
    if said.id:
        fields = (("do", "delete"), ("id", said.id))
        others = (
            Action(
                label=_("Delete tile"), href="/tiles/keep", method="post", style="danger", icon="trash-2", fields=fields
            ),
        )
    page = TileForm(
        title=_("Edit tile") if said.id else _("Add tile"), back=f"/dashboards/{drawn.dashboard.name}",
        fields=tuple(_fields(work, said, drawn)), last=tuple(_last(work, said, drawn)), keep=tuple((k, v) for k, v in keep if v),
        filters=() if is_text else tuple(_filter_text(work, entity, f) for f in said.filters), panel=panel, error=fault or why,
        save=_("Save tile") if said.id else _("Add to dashboard"), others=others,
    )  # fmt: skip
    return Shown("tile_form.html", page, page.title, 422 if fault else 200)


def _filter_text(work: Work, entity: Entity, text: str) -> str:
    label, said = chip_of(work, entity, text)
    return _("{label}: {value}", label=label, value=said) if label else said


def _select(name: str, label: str, found: list[Option], **more: Any) -> FormField:
    return FormField(name=name, label=label, widget="select", options=tuple(found), **more)


def _fields(work: Work, said: Said, drawn: Drawn) -> list[FormField]:
    """What the tile shows, in the order in which one thinks of it."""
    entity = drawn.entity
    kinds = [Option(value=k, label=_(n), selected=k == drawn.kind) for k, n in KINDS.items()]
    if drawn.kind == "text":
        return [
            _select("kind", _("What it shows"), kinds),
            FormField(name="text", label=_("Text"), widget="long_text", value=said.get("text"), rows=6),
        ]
    names = [
        Option(value=e.name, label=say(e.plural, work.language), selected=e.name == entity.name)
        for e in _entities(work)
    ]
    lists = [Option(value="", label=_("All"), selected=drawn.view is None)]
    lists += [
        Option(value=v.name, label=say(v.label, work.language), selected=v is drawn.view) for v in _lists(work, entity) if v.filter or v is drawn.view
    ]  # fmt: skip
    made = [_select("entity", _("Records of"), names)]
    if len(lists) > 1:
        made.append(_select("view", _("Which of them"), lists))
    if entity.search:
        made.append(FormField(name="q", label=_("Words searched for"), value=said.get("q"), max_length=200))
    if found_whose := tile_whose.options(work, entity, said.get("whose")):
        made.append(_select("whose", _("Whose records"), found_whose))
    made.append(_select("kind", _("What it shows"), kinds))
    wanted = (
        ("value",) if drawn.kind == "number" else ("value", "group", "part", "stack") if drawn.kind in CHARTS else ()
    )
    found = {n: (label, options) for n, label, options in charts.options_of(work, entity, drawn.chart)}
    made += [_select(n, found[n][0], list(found[n][1])) for n in wanted if n in found]
    days = [Option(value="", label=_("All time"), selected=not drawn.written.on)]
    for name in charts.days_of(work, entity):
        label = resolve(work, entity.name, name).label
        days.append(Option(value=name, label=label, selected=name == drawn.written.on))
    made.append(_select("on", _("The period of the page counts by"), days))
    if drawn.kind == "number" and drawn.written.on:
        is_on = drawn.written.previous
        made.append(
            FormField(name="previous", label=_("Compare with the period before"), widget="switch", checked=is_on)
        )
    if drawn.kind == "number":
        made += tile_whose.goal_fields(work, said.get("goal"), bool(said.get("less")))
    return made


def _last(work: Work, said: Said, drawn: Drawn) -> list[FormField]:
    """What it is called, where it stands and for whom."""
    made = [
        FormField(
            name="title", label=_("Heading"), value=said.get("title"), placeholder=_("As in the preview"), max_length=80
        ),
    ]
    boards = offered_dashboards(work)
    if len(boards) > 1:
        options = [Option(value=d.name, label=say(d.label, work.language), selected=d.name == drawn.dashboard.name) for d in boards]  # fmt: skip
        made.append(_select("dashboard", _("Dashboard"), options))
    chosen = said.get("audience") or "me"
    allowed = [a for a in arranging.AUDIENCES if a in made_tiles.audiences(work) or a == chosen]
    if len(allowed) > 1:
        whose = tuple(Option(value=a, label=_(arranging.AUDIENCES[a]), selected=a == chosen) for a in allowed)
        made.append(FormField(name="audience", label=_("For whom"), widget="radio", options=whose))
    return made
