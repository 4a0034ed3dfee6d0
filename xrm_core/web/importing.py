"""The pages of imports: the last two steps (run, report), the file of refused rows, the undo; and the routes of all steps."""

from __future__ import annotations

import io
import tempfile
import zipfile
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

from ..errors import NotFound
from ..language import _, ngettext
from ..metamodel.text import say
from ..services import importjobs
from ..services import imports as importing
from ..services.importing.sources import REFUSED
from ..services.work import Work
from .asked import Asked, Go, Sent, Shown
from .cells import capital, figure, in_sentence
from .import_check import stats_of
from .import_choice import STATES
from .import_wizard import Visit, labels_of, told_problem
from .models import Action, FormError, Progress
from .models.importing import ImportReportPage, ImportRunPage, ReportRow
from .shell import entity_url
from .standing import waits

MAX_NAMES = 4
"""How many lists are offered after an import of several entities."""


def run(work: Work, asked: Asked) -> Shown | Go | Sent:
    """GET /import/{id}/run: how far it is. A page that waits for it is told to load the report."""
    visit = Visit(work, asked)
    if visit.step != "run":
        target = visit.href(visit.step)
        return Sent(b"", "text/html", {"HX-Redirect": target}) if asked.by_htmx else Go(target)
    tally, total = visit.tally, int((visit.check or {}).get("rows") or 0)
    undoing = visit.state == "undoing"
    cancel = Action(label=_("Cancel"), href=visit.href("cancel"), method="post", id="cancel-import")
    left = visit.job is None and (undoing or importjobs.is_left(work, tally))
    act = Action(
        label=_("Go on"),
        href=visit.href("undo" if undoing else "run"),
        method="post",
        icon="play",
        style="primary",
        id="go-on",
    )
    progress = Progress(
        label=_("Taking the import back")
        if undoing
        else _("Stopping")
        if visit.state == "cancelling"
        else _("Importing"),
        done=0 if undoing else tally.rows,
        total=0 if undoing else total,
        text="" if undoing else _pace(work, tally.rows, total, [start for start, _end in tally.moments]),
        poll_url=visit.href("run"),
        cancel=cancel if visit.state == "running" else None,
        note=_note(visit, left),
        act=act if left else None,
    )
    stats = () if undoing else stats_of(work, tally.counts)
    return visit.shown("import_run.html", ImportRunPage(wizard=visit.wizard("run"), progress=progress, stats=stats))


def _note(visit: Visit, left: bool) -> str:
    """Why an import does not go on just now."""
    if not left:
        return waits(visit.work, visit.job)
    return _("It was interrupted, and nobody works on it any more. What is in stays in; go on from there.")


def _pace(work: Work, rows: int, total: int, moments: list[datetime]) -> str:
    """How many rows are done, and how fast it goes."""
    if total:
        told = _("{done} of {total} rows", done=figure(work, rows), total=figure(work, total))
    else:
        told = ngettext("{n} row", "{n} rows", rows, n=figure(work, rows))
    seconds = (work.now - moments[0]).total_seconds() if moments else 0.0
    if rows and seconds > 1:
        told = _("{told}, {rate} a second", told=told, rate=figure(work, max(1, round(rows / seconds))))
    return told


def report(work: Work, asked: Asked) -> Shown | Go:
    """GET /import/{id}/report."""
    visit = Visit(work, asked)
    if (away := visit.elsewhere("report")) is not None or visit.step != "report":
        return away or Go(visit.href(visit.step))
    tally, gone = visit.tally, visit.state == "undone"
    label, tone = STATES.get(visit.state, (visit.state, "neutral"))
    refused = [] if gone else importjobs.refused_rows(work, visit.id)
    several = len({r["given"]["file"] for r in refused}) > 1
    labels = labels_of(visit)
    rows = tuple(_refused(work, r, several, labels) for r in refused)
    kept = _left(visit) if gone else ()
    count = tally.counts.get("refused", 0)
    page = ImportReportPage(
        wizard=visit.wizard("report", 0, (FormError(text=capital(visit.row["error"])),) if visit.row["error"] else ()),
        state=_(label),
        tone=tone,  # type: ignore[arg-type]
        text=_sentence(work, visit),
        stats=() if gone else stats_of(work, tally.counts),
        actions=tuple(_actions(work, visit)),
        rows_title=_("What was left as it is") if gone else ngettext("{n} row refused", "{n} rows refused", count, n=figure(work, count)),
        rows_text="" if gone else _("Mend them in the file of refused rows and import it again."),
        rows=kept or rows,
        notes=() if gone else tuple(capital(text) + (f" ({n.count})" if n.count > 1 else "") for text, n in list(tally.notes.items())[:20]),
    )  # fmt: skip
    return visit.shown("import_report.html", page)


def _sentence(work: Work, visit: Visit) -> str:
    """How it ended, in a sentence."""
    counts, state = visit.tally.counts, visit.state
    made = ngettext(
        "{n} record was made",
        "{n} records were made",
        counts.get("created", 0),
        n=figure(work, counts.get("created", 0)),
    )
    changed = ngettext(
        "{n} was changed", "{n} were changed", counts.get("updated", 0), n=figure(work, counts.get("updated", 0))
    )
    if state == "undone":
        left = len(visit.row["problems"] or ())
        if not left:
            return _("The whole import was taken back: what it made is in the bin, what it changed is as it was.")
        return _("The import was taken back, but for what is listed here.")
    if state == "failed":
        return _(
            "It stopped at row {row}. What is in stays in; it can go on from there.", row=figure(work, visit.tally.rows)
        )
    if state == "cancelled":
        return ngettext(
            "It was stopped after {n} row. What is in stays in; it can go on, or be undone.",
            "It was stopped after {n} rows. What is in stays in; it can go on, or be undone.",
            visit.tally.rows,
            n=figure(work, visit.tally.rows),
        )
    return _("{made}, {changed}.", made=made, changed=changed)


def _refused(work: Work, row: dict[str, Any], several: bool, labels: dict[str, str]) -> ReportRow:
    told = tuple(told_problem(labels, p) for p in row["problems"] or ())
    return ReportRow(
        line=figure(work, row["given"]["line"]), file=row["given"]["file"] if several else "", problems=told
    )


def _left(visit: Visit) -> tuple[ReportRow, ...]:
    """What an undo left as it was, with the reason, and the way to the record; many of one reason are counted."""
    notes = visit.row["problems"] or ()
    reasons = Counter(str(note["text"]) for note in notes)
    made = []
    for note in notes[:200]:
        entity, _space, id = str((note.get("places") or [" "])[0]).partition(" ")
        known = visit.work.catalog.entities.get(entity)
        name = say(known.label, visit.work.language) if known is not None else entity
        made.append(ReportRow(line=name, problems=(capital(str(note["text"])),), href=entity_url(entity, id) if known is not None and known.parent is None else ""))  # fmt: skip
    rest = len(notes) - len(made)
    if rest > 0:
        made.append(ReportRow(line="…", problems=tuple(f"{n} × {text}" for text, n in reasons.most_common(3))))
    return tuple(made)


def _actions(work: Work, visit: Visit) -> list[Action]:
    """What there is to do after an import."""
    tally, state, made = visit.tally, visit.state, []
    gone = state == "undone"
    if state in ("failed", "cancelled"):
        made.append(
            Action(label=_("Go on"), href=visit.href("run"), method="post", style="primary", icon="play", id="go-on")
        )
    if not gone and (tally.counts.get("created") or tally.counts.get("updated")):
        made += _ways_in(work, visit)
    if tally.counts.get("refused") and not gone:
        made.append(Action(label=_("File of refused rows"), href=visit.href("errors"), icon="download"))
    made.append(Action(label=_("Another import"), href="/import", icon="file-up"))
    if state in ("done", "failed", "cancelled") and tally.moments:
        made.append(
            Action(
                label=_("Undo this import"), href=visit.href("undo"), method="post", style="danger", icon="undo-2", id="undo-import",
                confirm=_("Take the whole import back? Records changed since are left as they are."),
            )
        )  # fmt: skip
    return made


def _ways_in(work: Work, visit: Visit) -> list[Action]:
    """The lists where the records of an import stand, newest first."""
    files = visit.row["settings"].get("mapping", {}).get("files", [])
    names = dict.fromkeys(t["entity"] for f in files for t in f["targets"])
    shown = [e for n in names if (e := work.catalog.entities.get(n)) is not None and e.parent is None and not e.retired]
    return [
        Action(
            label=_("Show {records}", records=in_sentence(work, say(e.plural, work.language))), href=entity_url(e.name) + "?sort=-updated_at", icon=e.icon
        )
        for e in shown[:MAX_NAMES]
    ]  # fmt: skip


def undo(work: Work, asked: Asked) -> Go:
    """POST /import/{id}/undo."""
    importjobs.queue_undo(work, str(asked.path["id"]))
    return Go(f"/import/{asked.path['id']}/run", _("The import is being taken back"))


def discard(work: Work, asked: Asked) -> Go:
    """POST /import/{id}/discard: give up an import that did not begin."""
    importjobs.discard(work, str(asked.path["id"]))
    return Go("/import", _("The import is given up; nothing was written"))


def error_file(work: Work, asked: Asked) -> Sent:
    """GET /import/{id}/errors: the refused rows, as one file or, of several files, as a ZIP archive."""
    with tempfile.TemporaryDirectory(prefix="xrm-errors-") as folder:
        written = importing.write_errors(work, str(asked.path["id"]), Path(folder))
        if not written:
            raise NotFound(_("this import refused no rows"), code="not_found")
        if len(written) == 1:
            return Sent(
                written[0].read_bytes(),
                "application/json" if written[0].suffix == ".json" else "text/csv; charset=utf-8",
                {"Content-Disposition": f'attachment; filename="{REFUSED}{_plain(written[0].name)}"'},
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
