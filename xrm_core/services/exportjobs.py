"""Exports too large to wait for: written by the worker into a file, told to whoever asked for it, kept for some days."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import NotFound, XrmError
from ..language import _, speaking
from ..metamodel.text import say
from ..metamodel.values import SYSTEM, Query
from ..storage import outbox
from ..storage.ids import is_id, new_id
from . import lists, notices
from .accounts import actor_by_id
from .exporting import MEDIA, Face, export
from .work import Work

if TYPE_CHECKING:
    from .runtime import Runtime

LARGE = 5_000
"""From so many records on a page's export is a job."""
KEPT = timedelta(days=7)
SHOWN = "export_shown"
"""The kind of the job of an export as it is shown; what draws it is of the pages."""
Faces = Callable[[Work, Query, str, Sequence[str]], Face]
FOLDER, STATE, FILE = "exports", "state.json", "file"


@dataclass(frozen=True, slots=True)
class ExportJob:
    """An export that was asked for: of what, how far it is (`waiting`, `done`, `failed`), for whom."""

    id: str
    entity: str
    kind: str
    actor: str | None
    state: str
    rows: int
    size: int
    asked_at: str
    error: str = ""

    @property
    def name(self) -> str:
        """The name of the file."""
        return f"{self.entity}.{self.kind}"


def is_large(work: Work, query: Query) -> int:
    """How many records an export has, where they are too many to wait for; else 0."""
    count = lists.count_records(work, query)
    return count if count > LARGE else 0


def queue_export(
    work: Work, query: Query, kind: str, rows: int, *, bom: bool = False, paths: Sequence[str] = ()
) -> str:
    """Have an export written; its id. `paths`: as these columns of a list are shown, not as they are stored. Whoever asks has to be somebody who may export. Raises Refused, SignInNeeded."""
    work.access.require(query.entity, "export")
    _sweep(work.files / FOLDER)
    job = ExportJob(new_id(), query.entity, kind, work.actor.id, "waiting", rows, 0, datetime.now(UTC).isoformat())
    folder = work.files / FOLDER / job.id
    folder.mkdir(parents=True)
    _write(folder, job)
    asked = {"filter": query.filter, "sort": list(query.sort), "columns": list(query.columns), "q": query.q}
    payload = {"export": job.id, "actor": work.actor.id, "acting": work.actor.deputy_for, "bom": bom, "query": asked}
    if paths:
        outbox.put(work.tx, SHOWN, {**payload, "paths": list(paths)}, key=f"export:{job.id}")
    else:
        outbox.put(work.tx, "export", payload, key=f"export:{job.id}")
    return job.id


def export_of(work: Work, id: str) -> ExportJob:
    """An export that the actor asked for. Raises NotFound, also for somebody else's."""
    found = _read(work.files / FOLDER / id) if is_id(id) else None
    if found is None or (found.actor != work.actor.id and not work.actor.is_system):
        raise NotFound(_("there is no such export; files are kept for {n} days", n=KEPT.days), code="not_found")
    return found


def file_of(work: Work, id: str) -> Path:
    """The file of an export that is done. Raises NotFound."""
    job = export_of(work, id)
    path = work.files / FOLDER / id / FILE
    if job.state != "done" or not path.is_file():
        raise NotFound(_("this export is not ready"), code="not_found")
    return path


def carry_out(runtime: Runtime, payload: Mapping[str, Any], faces: Faces | None = None) -> None:
    """Write the file, as `faces` makes of its columns where it is asked for as shown, with the rights that whoever asked has now; done twice it is the same file."""
    folder = runtime.files / FOLDER / str(payload["export"])
    job = _read(folder)
    if job is None or job.state == "done":
        return
    with runtime.work(SYSTEM, "job") as work:
        actor = SYSTEM if payload["actor"] is None else actor_by_id(work, payload["actor"], payload.get("acting"))
    asked = payload["query"]
    query = Query(job.entity, tuple(asked["columns"]), asked["filter"], tuple(asked["sort"]), q=asked["q"])
    error = ""
    try:
        with runtime.work(actor, "web") as work, (folder / FILE).open("wb") as out:
            face = faces(work, query, job.kind, payload["paths"]) if faces is not None else None
            for chunk in export(work, query, job.kind, bom=bool(payload.get("bom")), face=face).chunks:
                out.write(chunk)
    except XrmError as fault:
        error = fault.message
    size = (folder / FILE).stat().st_size if not error else 0
    _write(folder, ExportJob(**{**asdict(job), "state": "failed" if error else "done", "size": size, "error": error}))
    with runtime.work(SYSTEM, "job", write=True) as work:
        with speaking(work.settings.organisation.language):
            entity = work.catalog.entities.get(job.entity)
            title = _("Export of {records}", records=say(entity.plural, work.language) if entity else job.entity)
        notices.tell_job(work, job.actor, title, f"/exports/{job.id}", "failed" if error else "done", error)


def _read(folder: Path) -> ExportJob | None:
    try:
        return ExportJob(**json.loads((folder / STATE).read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def _write(folder: Path, job: ExportJob) -> None:
    """In one step, so that nobody reads half of it."""
    part = folder / f"{STATE}.part"
    part.write_text(json.dumps(asdict(job)), "utf-8")
    part.replace(folder / STATE)


def _sweep(place: Path) -> None:
    """Remove the files of exports that are over their days."""
    limit = datetime.now(UTC) - KEPT
    for folder in place.iterdir() if place.is_dir() else ():
        job = _read(folder)
        if job is not None and datetime.fromisoformat(job.asked_at) < limit:
            shutil.rmtree(folder, ignore_errors=True)


HANDLERS = {"export": carry_out}
__all__ = ["HANDLERS", "LARGE", "MEDIA", "ExportJob", "carry_out", "export_of", "file_of", "is_large", "queue_export"]
