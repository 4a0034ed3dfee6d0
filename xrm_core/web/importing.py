"""The pages of imports: choose a mapping and files, see the check, run with progress, report, error file, undo."""

from __future__ import annotations

import io
import tempfile
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

from litestar import Request, Response, get, post

from ..errors import BadRequest, NotFound, XrmError
from ..metamodel.imports import ImportDef
from ..metamodel.text import say
from ..services import importjobs
from ..services import imports as importing
from ..services.doors import SIGNED_IN
from ..services.runtime import Runtime
from ..services.work import Work
from ..storage import outbox
from .asked import Asked, Go, Sent, Shown, Upload
from .cells import capital, figure, in_sentence
from .door import Door
from .import_choice import BY_FIELDS, MAX_NAMES, STATES, STATUSES, choose, entities_of, guess, label_of
from .models import (
    Action,
    FormError,
    ImportPage,
    ImportProblem,
    Link,
    Progress,
    Stat,
)
from .offered import mappings_of
from .shell import entity_url

MAX_FILES = 4
"""How many files of the greatest size may come at once; smaller ones are more."""
CRUMB = (Link(label="Import", href="/import"),)


class Uploads:
    """The handler that takes files: it needs the runtime, since the import is noted in a transaction of its own."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime

    def __call__(self, work: Work, asked: Asked) -> Shown | Go:
        """POST /import: keep the files, note the import, have it checked."""
        files = [(v.name, v.body) for k, v in asked.form if k == "file" and isinstance(v, Upload) and v.name]
        name = asked.posted("mapping")
        errors = []
        fitting = [name] if name else guess(work, [n for n, _ in files])
        by_fields = asked.posted("entity") if name == BY_FIELDS or not fitting else ""
        fitting = fitting or [BY_FIELDS] * bool(by_fields)
        if files and len(fitting) != 1:
            several = ", ".join(label_of(work, n) for n in fitting)
            text = (
                f"Choose what is in the file: by its name it can be {several}"
                if several
                else "Choose what is in the file"
            )
            errors.append(FormError(text=text, field="mapping"))
        elif by_fields or name == BY_FIELDS:
            if by_fields not in entities_of(work):
                errors.append(FormError(text="Choose whose fields the columns are called after", field="entity"))
        elif fitting and fitting[0] not in mappings_of(work):
            errors.append(FormError(text="Choose what is in the file", field="mapping"))
        if not files:
            errors.append(FormError(text="Choose at least one file", field="file"))
        if errors:
            return choose(work, asked, tuple(errors))
        sources = importjobs.keep_uploads(work, files)
        try:
            mapping: ImportDef | str = fitting[0]
            if by_fields:
                mapping = importing.mapping_for(work.catalog, by_fields, sources, work.language, limited=True)
            id = importjobs.queue_check(self.runtime, work.actor, mapping, sources)
        except XrmError as fault:
            if fault.status not in (404, 409, 422):
                raise
            text = fault.message + (f" ({fault.hint})" if fault.hint else "")
            return choose(
                work, asked, (FormError(text=capital(text), field="entity" if fault.code == "key" else "file"),)
            )
        return Go(f"/import/{id}")


def show(work: Work, asked: Asked) -> Shown | Sent:
    """GET /import/{id}: the step that the import is at. A page that waits for it is told to load the next step."""
    shown = _step(work, asked)
    if asked.by_htmx and shown.page.step != "run":
        return Sent(b"", "text/html", {"HX-Redirect": f"/import/{asked.path['id']}"})
    return shown


def _step(work: Work, asked: Asked) -> Shown:
    id = asked.path["id"]
    found = importjobs.state_of(work, id)
    row, tally, check = found["row"], found["tally"], found["check"]
    title = f"Import: {label_of(work, row['mapping'])}"
    common: dict[str, Any] = {"title": title, "action": f"/import/{id}/run", "file_name": row["source"]}
    if tally.state == "ready" and check is None:
        progress = Progress(
            label="Checking the file", done=0, total=0, text="nothing is written", poll_url=f"/import/{id}"
        )
        return _shown(ImportPage(**common, step="run", checking=True, progress=progress), title)
    queued = _queued(work, id)
    if tally.state == "ready" and not queued:
        return _shown(_check_page(work, common, check or {}), title)
    if queued or tally.state in ("running", "cancelling", "undoing"):
        total = int((check or {}).get("rows") or 0)
        cancel = (
            Action(label="Cancel", href=f"/import/{id}/cancel", method="post", id="cancel-import")
            if tally.state == "running"
            else None
        )
        label = "Taking the import back" if tally.state == "undoing" or queued == "import_undo" else "Importing"
        progress = Progress(
            label=label,
            done=tally.rows,
            total=total,
            text=f"{figure(work, tally.rows)} rows" + (f" of {figure(work, total)}" if total else ""),
            poll_url=f"/import/{id}",
            cancel=cancel,
        )
        return _shown(ImportPage(**common, step="run", progress=progress), title)
    return _shown(_report_page(work, common, id, row, tally), title)


def _queued(work: Work, id: str) -> str:
    """The kind of the job that waits or works for an import; '' where there is none."""
    found = (
        j for state in ("waiting", "running") for j in outbox.jobs(work.tx, state) if j.payload.get("import") == id
    )
    return next((j.kind for j in found if j.kind in ("import_run", "import_undo")), "")


def _shown(page: ImportPage, title: str) -> Shown:
    return Shown("import.html", page, title, crumbs=(*CRUMB, Link(label=title, href="")))


def _stats(work: Work, counts: dict[str, int]) -> tuple[Stat, ...]:
    return tuple(
        Stat(label=label, value=figure(work, counts.get(key, 0)), tone=tone if counts.get(key) else "neutral")  # type: ignore[arg-type]
        for key, label, tone in STATUSES
    )


def _check_page(work: Work, common: dict[str, Any], check: dict[str, Any]) -> ImportPage:
    if check.get("error"):
        return ImportPage(
            **common,
            step="done",
            checking=True,
            errors=(FormError(text=capital(check["error"])),),
            actions=(Action(label="Choose other files", href="/import", style="primary"),),
        )
    problems = tuple(_problem(r["line"], r["file"], p) for r in check["refusals"] for p in r["problems"])
    note = tuple(
        ImportProblem(row=0, column="", value="", text=n["text"] + (f" ({n['count']} times)" if n["count"] > 1 else ""))
        for n in check["notes"][:20]
    )
    good = sum(check["counts"].get(k, 0) for k in ("created", "updated", "unchanged"))
    return ImportPage(
        **common,
        step="check",
        stats=_stats(work, check["counts"]),
        problems=(*problems, *note),
        problems_text=f"{figure(work, check['counts'].get('refused', 0))} rows would be refused",
        start_label=f"Import {figure(work, good)} rows",
        cancel_href="/import",
    )


def _problem(line: int, file: str, problem: dict[str, Any]) -> ImportProblem:
    return ImportProblem(
        row=line,
        column=problem.get("field") or "",
        value="",
        file=file,
        text=problem["message"],
        hint=problem.get("hint") or "",
    )


def _report_page(work: Work, common: dict[str, Any], id: str, row: dict[str, Any], tally: Any) -> ImportPage:
    gone = tally.state == "undone"
    refused = () if gone else importjobs.refused_rows(work, id)
    problems = tuple(_problem(r["given"]["line"], r["given"]["file"], p) for r in refused for p in r["problems"] or ())
    problems += _left(work, row) if gone else ()
    actions = [Action(label="Another import", href="/import", icon="file-up")]
    if not gone and (tally.counts.get("created") or tally.counts.get("updated")):
        actions += _ways_in(work, row["mapping"])
    if tally.counts.get("refused") and not gone:
        actions.append(Action(label="File of refused rows", href=f"/import/{id}/errors", icon="download"))
    if tally.state in ("failed", "cancelled"):
        actions.append(Action(label="Go on", href=f"/import/{id}/run", method="post", style="primary", id="go-on"))
    if tally.state in ("done", "failed", "cancelled") and tally.moments:
        actions.append(
            Action(
                label="Undo this import",
                href=f"/import/{id}/undo",
                method="post",
                style="danger",
                icon="undo-2",
                id="undo-import",
                confirm="Take the whole import back? Records changed since are left as they are.",
            )
        )
    errors = (FormError(text=row["error"]),) if row["error"] else ()
    label = STATES.get(tally.state, (tally.state, ""))[0]
    stats = (Stat(label="State", value=label), *_stats(work, tally.counts))
    return ImportPage(
        **common,
        step="done",
        stats=stats,
        problems=problems,
        errors=errors,
        actions=tuple(actions),
        problems_text="These records are left as they are."
        if gone
        else "Mend them in the file of refused rows and import it again.",
    )


def _ways_in(work: Work, mapping: str) -> list[Action]:
    """The lists where the records of an import stand, newest first."""
    found = work.catalog.imports.get(mapping)
    names = dict.fromkeys(t.entity for f in (found.files if found else ()) for t in f.targets)
    shown = [e for n in names if (e := work.catalog.entities.get(n)) is not None and e.parent is None and not e.retired]
    return [
        Action(
            label=f"Show {in_sentence(work, say(e.plural, work.language))}", href=entity_url(e.name) + "?sort=-updated_at", icon=e.icon
        )
        for e in shown[:MAX_NAMES]
    ]  # fmt: skip


def _left(work: Work, row: dict[str, Any]) -> tuple[ImportProblem, ...]:
    """What an undo left as it was, counted by its reason."""
    reasons = Counter(str(note["text"]) for note in row["problems"] or ())
    return tuple(
        ImportProblem(row=0, column="", value="", text=f"{figure(work, n)} {reason}")
        for reason, n in reasons.most_common(20)
    )


def run(work: Work, asked: Asked) -> Go:
    """POST /import/{id}/run."""
    importjobs.queue_run(work, asked.path["id"])
    return Go(f"/import/{asked.path['id']}")


def cancel(work: Work, asked: Asked) -> Go:
    """POST /import/{id}/cancel."""
    importing.cancel_import(work, asked.path["id"])
    return Go(f"/import/{asked.path['id']}", "The import stops after the rows at hand")


def undo(work: Work, asked: Asked) -> Go:
    """POST /import/{id}/undo."""
    importjobs.queue_undo(work, asked.path["id"])
    return Go(f"/import/{asked.path['id']}", "The import is being taken back")


def error_file(work: Work, asked: Asked) -> Sent:
    """GET /import/{id}/errors: the refused rows, as one file or, of several files, as a ZIP archive."""
    with tempfile.TemporaryDirectory(prefix="xrm-errors-") as folder:
        written = importing.write_errors(work, asked.path["id"], Path(folder))
        if not written:
            raise NotFound("this import refused no rows", code="not_found")
        if len(written) == 1:
            return Sent(
                written[0].read_bytes(),
                "text/csv; charset=utf-8",
                {"Content-Disposition": f'attachment; filename="refused-{_plain(written[0].name)}"'},
            )
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in written:
                archive.write(path, path.name)
        return Sent(
            packed.getvalue(), "application/zip", {"Content-Disposition": 'attachment; filename="refused-rows.zip"'}
        )


def _plain(name: str) -> str:
    return "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "_" for c in name)


def routes(door: Door) -> list[Any]:
    """The routes of imports."""
    uploads = Uploads(door.runtime)
    most = MAX_FILES * door.runtime.settings.files.max_megabytes * 2**20

    @get("/import", opt=SIGNED_IN)
    async def import_choose(request: Request[Any, Any, Any]) -> Response[Any]:
        return await door(request, choose)

    @post("/import", request_max_body_size=most, opt=SIGNED_IN)
    async def import_upload(request: Request[Any, Any, Any]) -> Response[Any]:
        return await door(request, uploads)

    @get("/import/{id:str}", opt=SIGNED_IN)
    async def import_show(request: Request[Any, Any, Any]) -> Response[Any]:
        return await door(request, show)

    @post("/import/{id:str}/run", opt=SIGNED_IN)
    async def import_run(request: Request[Any, Any, Any]) -> Response[Any]:
        return await door(request, run, write=True)

    @post("/import/{id:str}/cancel", opt=SIGNED_IN)
    async def import_cancel(request: Request[Any, Any, Any]) -> Response[Any]:
        return await door(request, cancel, write=True)

    @post("/import/{id:str}/undo", opt=SIGNED_IN)
    async def import_undo(request: Request[Any, Any, Any]) -> Response[Any]:
        return await door(request, undo, write=True)

    @get("/import/{id:str}/errors", opt=SIGNED_IN)
    async def import_errors(request: Request[Any, Any, Any]) -> Response[Any]:
        return await door(request, error_file)

    return [import_choose, import_upload, import_show, import_run, import_cancel, import_undo, import_errors]


__all__ = ["BadRequest", "routes"]
