"""Exports from list pages: the records of the list in force, or those ticked, as a file; large ones as a job with a page of its own."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any
from urllib.parse import urlencode

from ..errors import BadRequest
from ..expressions import one_of
from ..language import _, ngettext
from ..metamodel.catalog import Entity, View
from ..metamodel.text import say
from ..metamodel.values import Query
from ..services import exporting, exportjobs, lists, several
from ..services.work import Work
from ..storage import outbox
from . import exports_shown
from .asked import Asked, Go, Sent, Shown
from .cells import figure, in_sentence
from .listing import open_view
from .models import Action, ChoiceGroup, ChoiceSheet, Link, Progress
from .models.importing import ExportPage
from .offered import readable_paths, views_of
from .paths import resolve
from .shell import entity_url
from .standing import waits

Pairs = Sequence[tuple[str, str]]
FEW = 80
"""So many ticked records are asked for by their ids; more are picked out of the list in its order."""


def export(work: Work, asked: Asked) -> Sent | Shown:
    """GET /e/{entity}/export?format=: all records that the list would page through, in its order and columns; those of a list in
    groups come group by group. CSV begins with a byte order mark unless `bom=0`. From many records on, or with `later`, it is offered as a job."""
    entity = work.entity(asked.path["entity"])
    query, kind = _query(work, entity, asked), asked.get("format", "csv")
    work.access.require(entity.name, "export")
    shown = _shown(work, entity, asked, kind)
    large = lists.count_records if asked.get("later") else exportjobs.is_large
    rows = large(work, query) if kind in exporting.KINDS else 0
    return _offer(work, entity, asked, rows) if rows else _file(work, query, kind, asked, shown=shown)


def sheet(work: Work, asked: Asked) -> Shown:
    """GET /e/{entity}/list/export: in which form the list becomes a file."""
    entity = work.entity(asked.path["entity"])
    work.access.require(entity.name, "export")
    _view, address, _saved = open_view(work, entity, asked)
    n = lists.count_records(work, _query(work, entity, asked))
    back = entity_url(entity.name) + (f"?{urlencode(address.pairs())}" if address.pairs() else "")
    page = form_sheet(work, entity, address.pairs(), n, back, large=n > exportjobs.LARGE)
    return Shown("sheet_choice.html", page, page.title)


def form_sheet(
    work: Work, entity: Entity, pairs: Sequence[tuple[str, str]], n: int, back: str, *, large: bool, sent: Pairs = ()
) -> ChoiceSheet:
    """The forms of a file: as the list shows its records, or exactly as they are stored."""
    base = entity_url(entity.name, "export") + "?"
    icons = {"csv": "file-text", "xlsx": "sheet", "json": "braces"}

    def links(kinds: Sequence[str], *more: tuple[str, str]) -> tuple[Link, ...]:
        made = ((kind, base + urlencode([*pairs, *more, ("format", kind)])) for kind in kinds)
        return tuple(Link(label=kind.upper(), href=href, icon=icons[kind]) for kind, href in made)

    what = in_sentence(work, say(entity.label if n == 1 else entity.plural, work.language))
    return ChoiceSheet(
        title=_("Export {n} {what}", n=figure(work, n), what=what), back=back, files=not large, sent=tuple(sent),
        text=_("The file is written in the background; you are told when it is there.") if large else "",
        groups=(
            ChoiceGroup(
                title=_("As shown"), choices=links(("csv", "xlsx"), ("shown", "1")),
                text=_("To read and to send on: with the headings, labels, dates and numbers of the list."),
            ),
            ChoiceGroup(
                title=_("Exact values"), choices=links(("csv", "xlsx", "json")),
                text=_("For other programs, and to be imported again: ids, codes and ISO dates."),
            ),
        ),
    )  # fmt: skip


def export_asked(work: Work, asked: Asked) -> Sent | Go:
    """POST /e/{entity}/export: the records ticked in a list (`selected` once for each), in its columns; or the whole list
    (`whole`) as a job."""
    entity = work.entity(asked.path["entity"])
    kind = asked.posted("format") or asked.get("format", "csv")
    if asked.has("whole"):
        query = _query(work, entity, asked)
        rows = lists.count_records(work, query)
        bom, paths = asked.get("bom") != "0", _shown(work, entity, asked, kind)
        return Go(f"/exports/{exportjobs.queue_export(work, query, kind, rows, bom=bom, paths=paths)}")
    ids = list(dict.fromkeys(asked.posted_all("selected")))
    if not 0 < len(ids) <= several.MOST:
        raise BadRequest(_("tick between 1 and {n} records to export them", n=several.MOST), code="selection")
    shown = _shown(work, entity, asked, kind)
    if len(ids) > FEW:
        return _file(work, _query(work, entity, asked), kind, asked, frozenset(ids), shown)
    return _file(work, _query(work, entity, asked, one_of("record.id", ids)), kind, asked, shown=shown)


def _paths(work: Work, entity: Entity, asked: Asked) -> tuple[Sequence[str], Sequence[str]]:
    """The columns of the list, and of those the one by which it stands in groups, which comes first."""
    view, address, _saved = open_view(work, entity, asked)
    state = address.state
    paths = readable_paths(work, entity, state.columns) or _columns(work, entity, view)
    if not state.group:
        return paths, ()
    group = readable_paths(work, entity, (state.group.partition(":")[0],))
    return (*group, *(p for p in paths if p not in group)), group


def _shown(work: Work, entity: Entity, asked: Asked, kind: str) -> tuple[str, ...]:
    """The columns of an export as it is shown; none where it is exact."""
    return tuple(_paths(work, entity, asked)[0]) if asked.get("shown") and kind in ("csv", "xlsx") else ()


def _query(work: Work, entity: Entity, asked: Asked, *more: str) -> Query:
    """The question that the list is."""
    view, address, _saved = open_view(work, entity, asked)
    paths, group = _paths(work, entity, asked)
    sort = address.state.sort or view.sort
    if group:
        sort = (*group, *(s for s in sort if s.removeprefix("-") not in group))
    if shown := _shown(work, entity, asked, asked.posted("format") or asked.get("format", "csv")):
        columns = exports_shown.columns_shown(work, entity.name, shown)
    else:
        columns = tuple(dict.fromkeys(column for path in paths for column in _parts(work, entity, path)))
    return Query(entity.name, columns, lists.joined(view.filter, *address.filters, *more), sort, q=address.q or None)


def _columns(work: Work, entity: Entity, view: View) -> Sequence[str]:
    """The columns of a view; of a chart, which has none, those of the entity's list."""
    listed = next((v for v in views_of(work, entity.name) if v.kind == "list" and v.columns), None)
    return view.columns or (listed.columns if listed is not None else ()) or ("display",)


def _parts(work: Work, entity: Entity, path: str) -> Sequence[str]:
    """What a column of the page is in a file: its values, of a link the title of its record too, of an amount its currency."""
    columns = [c for c in resolve(work, entity.name, path).columns if not c.endswith(".version")]
    return columns or lists.columns_of(work, entity.name, (path,))


def _file(
    work: Work, query: Query, kind: str, asked: Asked, among: Collection[str] | None = None, shown: Sequence[str] = ()
) -> Sent:
    face = exports_shown.face_of(work, query, kind, shown) if shown else None
    made = exporting.export(work, query, kind, bom=asked.get("bom") != "0", among=among, face=face)
    return _sent(made.body, made.media_type, f"{query.entity}.{kind}")


def _offer(work: Work, entity: Entity, asked: Asked, rows: int) -> Shown:
    """The page that offers to write a large export in the background."""
    plural = say(entity.plural, work.language)
    told = ngettext("{n} record", "{n} records", rows, n=figure(work, rows))
    text = _(
        "{records} take a while. The file is written in the background; you are told when it is there.", records=told
    )
    start = Action(
        label=_("Write the file"), href=asked.url, method="post", style="primary", icon="download", id="start-export", fields=(("whole", "true"),)
    )  # fmt: skip
    page = ExportPage(title=_("Export of {records}", records=plural), text=text, actions=(start,))
    crumbs = (Link(label=plural, href=entity_url(entity.name)), Link(label=_("Export"), href=""))
    return Shown("export.html", page, page.title, crumbs=crumbs)


def _sent(body: Any, media_type: str, name: str) -> Sent:
    return Sent(body, media_type, {"Content-Disposition": f'attachment; filename="{name}"'})


def show(work: Work, asked: Asked) -> Shown | Sent:
    """GET /exports/{id}: how far an export is, and its file."""
    job = exportjobs.export_of(work, str(asked.path["id"]))
    here, entity = f"/exports/{job.id}", work.catalog.entities.get(job.entity)
    plural = say(entity.plural, work.language) if entity is not None else job.entity
    title = _("Export of {records}", records=plural)
    told = ngettext("{n} record", "{n} records", job.rows, n=figure(work, job.rows))
    if job.state == "waiting":
        note = waits(work, outbox.under_way(work.tx, ("export", exportjobs.SHOWN), "export", job.id))
        progress = Progress(label=_("Writing the file"), done=0, total=0, text=told, poll_url=here, note=note)
        page = ExportPage(title=title, text=told, progress=progress)
    elif asked.by_htmx:
        return Sent(b"", "text/html", {"HX-Redirect": here})
    elif job.state == "failed":
        page = ExportPage(title=title, text=job.error, tone="bad")
    else:
        size = figure(work, max(1, round(job.size / 1024)))
        load = Action(
            label=_("Download {name}", name=job.name),
            href=f"{here}/file",
            icon="download",
            style="primary",
            id="download",
        )
        text = _("{records}, {size} kB. The file is kept for seven days.", records=told, size=size)
        page = ExportPage(title=title, text=text, tone="ok", actions=(load,))
    return Shown("export.html", page, title, crumbs=(Link(label=plural, href=entity_url(job.entity)), Link(label=_("Export"), href="")), headers={"Cache-Control": "no-store"})  # fmt: skip


def send(work: Work, asked: Asked) -> Sent:
    """GET /exports/{id}/file."""
    job = exportjobs.export_of(work, str(asked.path["id"]))
    path = exportjobs.file_of(work, job.id)
    return _sent(path, exporting.MEDIA[job.kind], job.name)
