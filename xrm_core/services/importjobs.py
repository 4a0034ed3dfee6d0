"""Imports that people start on a page: checked and carried out by the worker, so that they survive leaving the page."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import Conflict, Refused, XrmError
from ..language import _, speak
from ..metamodel.imports import ImportDef
from ..metamodel.values import SYSTEM, Actor
from ..storage import imports as store
from ..storage import outbox
from ..storage.ids import new_id
from . import imports as importing
from .accounts import actor_by_id
from .importing.checking import PREFIX, Checked
from .importing.drafts import read_plan
from .importing.imports import noted
from .importing.mends import Mends
from .importing.run import Renew
from .imports import Source, Tally
from .standing import is_silent
from .work import Work

if TYPE_CHECKING:
    from .runtime import Runtime

RUN, UNDO, CHECK = "import_run", "import_undo", "import_check"
SHOWN = 200
"""Refused rows that are shown of a report."""
LEFT = timedelta(minutes=2)
"""So long an import without a job may write nothing before it counts as left."""
PROGRESS, STOP = ".progress", ".stop"
"""Files in an import's folder by which a check says how far it is, and is told to stop."""


def keep_uploads(work: Work, files: Sequence[tuple[str, bytes]]) -> list[Source]:
    """Uploaded files (name, content) on disk, in a folder of their own below the organisation's files."""
    folder = work.files / "imports" / new_id()
    folder.mkdir(parents=True)
    sources = []
    for name, body in files:
        clean = (
            "".join(c for c in name.replace("\\", "/").rsplit("/", 1)[-1] if c.isprintable() and c not in ':*?"<>|')
            or "file"
        )
        path = folder / clean.lstrip("._")
        path.write_bytes(body)
        sources.append(Source(path, path.name))
    return sources


def drop_uploads(work: Work, sources: Sequence[Source]) -> None:
    """Remove uploaded files that are of no use."""
    for folder in {s.path.parent for s in sources}:
        if (work.files / "imports") in folder.parents:
            shutil.rmtree(folder, ignore_errors=True)


def begin_draft(work: Work, sources: Sequence[Source], plan: Any) -> str:
    """Note an import of which only the files are known; its id."""
    settings = {"files": [noted(s) for s in sources], "partial": True, "plan": plan}
    return store.create(
        work.tx,
        {
            "mapping": "", "entity": None, "source": ", ".join(s.name for s in sources)[:500], "state": "draft", "settings": settings,
            "counts": Tally().to_json(), "problems": [], "position": 0, "error": None, "created_at": work.now,
            "created_by": work.actor.id, "ended_at": None,
        },
    )  # fmt: skip


def keep_plan(work: Work, id: str, plan: Any) -> None:
    """Keep what was said so far of an import that did not begin; it is not ready any more. Raises NotFound, Conflict."""
    found = state_of(work, id)["row"]
    if found["state"] not in ("draft", "ready"):
        raise importing.wrong_state(found["state"])
    kept = ("files", "partial", *(("mends", "values") if _reads_alike(found["settings"].get("plan"), plan) else ()))
    settings = {k: v for k, v in found["settings"].items() if k in kept}
    store.put_checked(work.tx, id, [])
    store.update(work.tx, id, {"state": "draft", "settings": {**settings, "plan": plan}}, state=found["state"])


def _reads_alike(before: Any, now: Any) -> bool:
    """Are the files still read as before? What was said of their rows and values holds as long as they are."""
    names = ("name", "encoding", "delimiter", "sheet", "skip_lines", "headings")
    told = [[[part.get(name) for name in names] for part in (plan or {}).get("parts", ())] for plan in (before, now)]
    return bool(told[0]) and told[0] == told[1]


def say_values(runtime: Runtime, actor: Actor, id: str, file: str, column: str, values: Mapping[str, str]) -> None:
    """Have other values stand for some of a column, in all rows of a file, and check all of it again.

    Raises NotFound, Conflict.
    """
    with runtime.work(actor, "web", write=True) as work:
        found = state_of(work, id)["row"]
        if found["state"] != "ready":
            raise importing.wrong_state(found["state"])
        said = {name: dict(of) for name, of in (found["settings"].get("values") or {}).items()}
        of = {old: values.get(new, new) for old, new in said.setdefault(file, {}).get(column, {}).items()}
        said[file] = {**said[file], column: {**of, **values}}
        store.update(work.tx, id, {"settings": {**found["settings"], "values": said}}, state="ready")
    check_again(runtime, actor, id)


def discard(work: Work, id: str) -> None:
    """Give up an import that did not begin, with its files. Raises NotFound, Conflict."""
    found = state_of(work, id)["row"]
    if found["state"] not in ("draft", "ready"):
        raise importing.wrong_state(found["state"])
    forget_files(work, id)
    store.remove(work.tx, id)


def check_again(runtime: Runtime, actor: Actor, id: str) -> None:
    """Have an import that did not begin checked, from the start. Raises NotFound, Conflict."""
    with runtime.work(actor, "web", write=True) as work:
        found = state_of(work, id)["row"]
        if found["state"] != "ready":
            raise importing.wrong_state(found["state"])
        told = {k: v for k, v in found["settings"].items() if k != "check"} | {"round": new_id()}
        store.update(work.tx, id, {"settings": told}, state="ready")
        payload = {**_payload(id, actor), "round": told["round"]}
        outbox.put(work.tx, CHECK, payload, key=f"check:{told['round']}")
    for name in (PROGRESS, STOP):
        if (folder := _folder(found)) is not None:
            (folder / name).unlink(missing_ok=True)


def stop_check(work: Work, id: str) -> None:
    """Ask a check to stop; nothing is written. Raises NotFound."""
    folder = _folder(state_of(work, id)["row"])
    if folder is not None:
        (folder / STOP).touch()


def checked_rows(work: Work, id: str) -> int:
    """How many rows a check at work has looked at."""
    folder = _folder(state_of(work, id)["row"])
    try:
        return 0 if folder is None else int((folder / PROGRESS).read_text())
    except (OSError, ValueError):
        return 0


def _folder(found: Mapping[str, Any]) -> Path | None:
    """The folder of an import's own files."""
    files = [f for f in found["settings"]["files"] if not f.get("joined")]
    folder = Path(files[0]["path"]).parent if files else None
    return folder if folder is not None and folder.parent.name == "imports" and folder.is_dir() else None


def queue_run(work: Work, id: str) -> None:
    """Have an import carried out, or go on with one that stopped or that nobody works on any more. Raises NotFound, Conflict."""
    tally, job = importing.import_of(work, id), job_of(work, id)
    left = tally.state == "running" and job is None and is_left(work, tally)
    if tally.state not in ("ready", "failed", "cancelled") and not left:
        raise importing.wrong_state(tally.state)
    store.update(work.tx, id, {"state": "running", "error": None})
    if job is None:
        outbox.put(work.tx, RUN, _payload(id, work.actor))


def queue_undo(work: Work, id: str) -> None:
    """Have an import taken back. Raises NotFound, Conflict."""
    tally, job = importing.import_of(work, id), job_of(work, id, (UNDO,))
    if tally.state not in ("done", "failed", "cancelled") and not (tally.state == "undoing" and job is None):
        raise importing.wrong_state(tally.state)
    store.update(work.tx, id, {"state": "undoing"})
    if job is None:
        outbox.put(work.tx, UNDO, _payload(id, work.actor))


def cancel(work: Work, id: str) -> None:
    """Stop an import after the rows at hand; at once where nobody is at work on it. Raises NotFound, Conflict."""
    importing.cancel_import(work, id)
    job, tally = job_of(work, id, (RUN,)), importing.import_of(work, id)
    idle = is_left(work, tally) if job is None else job.state == "waiting" or is_silent(job, work.now)
    if tally.state == "cancelling" and idle:
        importing.cancel_import(work, id)
        store.update(work.tx, id, {"ended_at": work.now})


def job_of(work: Work, id: str, kinds: Sequence[str] = (RUN, UNDO)) -> outbox.Standing | None:
    """The job that waits or is at work for an import."""
    return outbox.under_way(work.tx, kinds, "import", id)


def is_left(work: Work, tally: Tally) -> bool:
    """Has nobody written anything of an import for so long that nobody is at work on it? One of the command line has no job."""
    return not tally.moments or work.now - tally.moments[-1][1] > LEFT


def _payload(id: str, actor: Actor) -> dict[str, Any]:
    return {"import": id, "actor": actor.id, "acting": actor.deputy_for}


def _renewed(payload: Mapping[str, Any]) -> Renew:
    """Says who asked for a job, with the rights that he has when it is done. Raises Refused where he is not active any more."""

    def actor(work: Work) -> Actor:
        return SYSTEM if payload["actor"] is None else actor_by_id(work, payload["actor"], payload.get("acting"))

    return actor


def _actor(runtime: Runtime, payload: Mapping[str, Any]) -> Actor:
    with runtime.work(SYSTEM, "job") as work:
        actor = _renewed(payload)(work)
    speak(actor.language)  # what is told of the import is for whoever began it
    return actor


def check(runtime: Runtime, payload: Mapping[str, Any]) -> None:
    """Try an import out and keep what it told, for the page. What it says of its progress goes through a file: a transaction
    that tries everything out shows nothing to others."""
    actor, id = _actor(runtime, payload), payload["import"]
    with runtime.work(actor, "job") as work:
        found = store.get(work.tx, id)
    if found is None or not _is_asked(found, payload):
        return
    sources = [source for source, _ in importing.kept_sources(found)]
    folder, watched = _folder(found), Checked(read_plan(found["settings"]))
    try:
        mapping = ImportDef.model_validate(found["settings"]["mapping"])
        tally = importing.try_import(
            runtime, actor, mapping, sources, partial=True, mends=Mends.of(found["settings"]), watch=watched.watch,
            progress=_teller(folder),
        )  # fmt: skip
        told = {
            "rows": tally.rows,
            "counts": tally.counts,
            "targets": tally.targets,
            "groups": watched.told(),
            "notes": tally.notes_json(),
        }
    except XrmError as fault:
        told, watched = {"error": fault.message, "hint": fault.hint or ""}, Checked()
    with runtime.work(actor, "job", write=True) as work:
        now = store.get(work.tx, id)
        if now is not None and _is_asked(now, payload):
            store.put_checked(work.tx, id, watched.rows)
            store.update(work.tx, id, {"settings": {**now["settings"], "check": told}})


def _is_asked(found: Mapping[str, Any], payload: Mapping[str, Any]) -> bool:
    """Is this still the check that is wanted? The mapping may have changed since."""
    return bool(found["state"] == "ready" and found["settings"].get("round") == payload.get("round"))


def _teller(folder: Path | None) -> Any:
    """Says how far a check is, and stops it where that was asked for."""

    def tell(tally: Tally) -> None:
        if folder is None:
            return
        (folder / PROGRESS).write_text(str(tally.rows))
        if (folder / STOP).exists():
            raise Conflict(_("the check was stopped"), code="stopped", hint=_("check again, or go back to the columns"))

    return tell


def carry_out(runtime: Runtime, payload: Mapping[str, Any]) -> None:
    """Carry an import out, or go on with one that a stop of the process interrupted."""
    if not _is_wanted(runtime, payload["import"]):
        return
    try:
        importing.run_import(runtime, _actor(runtime, payload), payload["import"], renew=_renewed(payload))
    except Conflict:
        return  # done, cancelled or at work elsewhere: nothing is left to do here
    except XrmError:
        return  # the import keeps its own state and error, which its page shows


def _is_wanted(runtime: Runtime, id: str) -> bool:
    """Is an import still to be carried out? One that was to stop while nobody was at work on it stops here."""
    with runtime.work(SYSTEM, "job", write=True) as work:
        found = store.get(work.tx, id)
        if found is not None and found["state"] == "cancelling":
            store.update(work.tx, id, {"state": "cancelled", "ended_at": work.now})
        return found is not None and found["state"] in ("ready", "running", "failed")


def take_back(runtime: Runtime, payload: Mapping[str, Any]) -> None:
    """Undo an import, and let its files go."""
    try:
        importing.undo_import(runtime, _actor(runtime, payload), payload["import"])
    except (Conflict, Refused):
        return


def forget_files(work: Work, id: str) -> None:
    """Remove the uploaded files of an import that is over and will not be looked at again."""
    found = store.get(work.tx, id)
    for file in found["settings"]["files"] if found else ():
        folder = Path(file["path"]).parent
        if (work.files / "imports") in folder.parents:
            shutil.rmtree(folder, ignore_errors=True)


def state_of(work: Work, id: str) -> dict[str, Any]:
    """An import as its page shows it: its row, with the tally and what the check told. Raises NotFound."""
    tally = importing.import_of(work, id)
    found = store.get(work.tx, id) or {}
    return {"row": found, "tally": tally, "check": found.get("settings", {}).get("check")}


def check_rows(work: Work, id: str, status: str, before: int = 0, limit: int = SHOWN) -> list[dict[str, Any]]:
    """Rows of one status that a check told of, from the one after number `before` on. Raises NotFound."""
    importing.import_of(work, id)
    return store.checked(work.tx, id, (PREFIX + status,), before, limit)


def refused_rows(work: Work, id: str, limit: int = SHOWN) -> list[dict[str, Any]]:
    """Rows that an import refused: line, file, problems, cells. Raises NotFound where it is somebody else's."""
    importing.import_of(work, id)
    return store.rows(work.tx, id, ("refused",), limit=limit)


HANDLERS = {CHECK: check, RUN: carry_out, UNDO: take_back}
