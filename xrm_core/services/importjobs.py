"""Imports that people start on a page: checked and carried out by the worker, so that they survive leaving the page."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import Conflict, Refused, XrmError
from ..metamodel.imports import ImportDef
from ..metamodel.values import SYSTEM, Actor
from ..storage import imports as store
from ..storage import outbox
from ..storage.ids import new_id
from . import imports as importing
from .accounts import actor_by_id
from .importing.run import Renew
from .imports import Source, Tally
from .work import Work

if TYPE_CHECKING:
    from .runtime import Runtime

SHOWN = 200
"""Refused rows that are kept of a check, to show."""


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


def queue_check(runtime: Runtime, actor: Actor, mapping: ImportDef | str, sources: Sequence[Source]) -> str:
    """Note an import and have it checked; its id. Raises NotFound, ImportFault."""
    id = importing.start_import(runtime, actor, mapping, sources, partial=True)
    with runtime.work(actor, "web", write=True) as work:
        outbox.put(work.tx, "import_check", _payload(id, actor), key=f"check:{id}")
    return id


def queue_run(work: Work, id: str) -> None:
    """Have an import carried out. Raises NotFound, Conflict."""
    tally = importing.import_of(work, id)
    if tally.state not in ("ready", "failed", "cancelled"):
        raise Conflict(f"this import is {tally.state}", code="import_state")
    outbox.put(work.tx, "import_run", _payload(id, work.actor), key=f"run:{id}:{tally.position}")


def queue_undo(work: Work, id: str) -> None:
    """Have an import taken back. Raises NotFound, Conflict."""
    tally = importing.import_of(work, id)
    if tally.state not in ("done", "failed", "cancelled"):
        raise Conflict(f"this import is {tally.state}", code="import_state")
    outbox.put(work.tx, "import_undo", _payload(id, work.actor), key=f"undo:{id}")


def _payload(id: str, actor: Actor) -> dict[str, Any]:
    return {"import": id, "actor": actor.id, "acting": actor.deputy_for}


def _renewed(payload: Mapping[str, Any]) -> Renew:
    """Says who asked for a job, with the rights that he has when it is done. Raises Refused where he is not active any more."""

    def actor(work: Work) -> Actor:
        return SYSTEM if payload["actor"] is None else actor_by_id(work, payload["actor"], payload.get("acting"))

    return actor


def _actor(runtime: Runtime, payload: Mapping[str, Any]) -> Actor:
    with runtime.work(SYSTEM, "job") as work:
        return _renewed(payload)(work)


def check(runtime: Runtime, payload: Mapping[str, Any]) -> None:
    """Try an import out and keep what it told, for the page."""
    actor, id = _actor(runtime, payload), payload["import"]
    with runtime.work(actor, "job") as work:
        found = store.get(work.tx, id)
    if found is None:
        return
    sources = [source for source, _ in importing.kept_sources(found)]
    try:
        mapping = ImportDef.model_validate(found["settings"]["mapping"])
        told = _said(importing.try_import(runtime, actor, mapping, sources, partial=True))
    except XrmError as fault:
        told = {"error": fault.message + (f"; {fault.hint}" if fault.hint else "")}
    with runtime.work(actor, "job", write=True) as work:
        store.update(work.tx, id, {"settings": {**found["settings"], "check": told}})


def _said(tally: Tally) -> dict[str, Any]:
    refusals = [
        {
            "file": r.file,
            "line": r.line,
            "problems": [{"field": p.field, "message": p.message, "hint": p.hint} for p in r.problems],
        }
        for r in tally.refusals[:SHOWN]
    ]
    return {
        "rows": tally.rows,
        "counts": tally.counts,
        "targets": tally.targets,
        "refusals": refusals,
        "notes": tally.notes_json(),
    }


def carry_out(runtime: Runtime, payload: Mapping[str, Any]) -> None:
    """Carry an import out, or go on with one that a stop of the process interrupted."""
    try:
        importing.run_import(runtime, _actor(runtime, payload), payload["import"], renew=_renewed(payload))
    except Conflict:
        return  # done, cancelled or at work elsewhere: nothing is left to do here
    except XrmError:
        return  # the import keeps its own state and error, which its page shows


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


def refused_rows(work: Work, id: str, limit: int = SHOWN) -> list[dict[str, Any]]:
    """Rows that an import refused: line, file, problems, cells. Raises NotFound where it is somebody else's."""
    importing.import_of(work, id)
    return store.rows(work.tx, id, ("refused",), limit=limit)


HANDLERS = {"import_check": check, "import_run": carry_out, "import_undo": take_back}
