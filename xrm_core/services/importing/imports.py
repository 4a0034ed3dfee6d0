"""Imports as people and faces use them: start, try out, carry out or go on, look at, cancel, get the refused rows."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...access import policy
from ...errors import Conflict, ImportFault, NotFound
from ...metamodel.imports import ImportDef
from ...metamodel.values import Actor
from ...storage import imports as store
from ...storage.history import Past
from ..work import Work
from .readers import REASON, Limits
from .report import Tally
from .run import CHUNK, Progress, Run, finish
from .sources import Source

if TYPE_CHECKING:
    from ..runtime import Runtime

LIVE = ("ready", "running", "failed", "cancelled")
"""States from which an import may be carried on."""


def mapping_of(runtime: Runtime, name: str) -> ImportDef:
    """The mapping of that name. Raises NotFound naming those there are."""
    found = runtime.catalog.imports.get(name)
    if found is None:
        known = ", ".join(sorted(runtime.catalog.imports)) or "none"
        raise NotFound(f"there is no import mapping {name!r}", code="unknown_import", hint=f"there are: {known}")
    return found if isinstance(found, ImportDef) else ImportDef.model_validate(found)


def start_import(
    runtime: Runtime, actor: Actor, mapping: ImportDef | str, sources: Sequence[Source], *, partial: bool = False
) -> str:
    """Note an import that is to be carried out; its id. `partial`: files of the set may be missing.

    Raises NotFound, ImportFault (no file, a file that is missing), SignInNeeded, Refused.
    """
    definition = mapping if isinstance(mapping, ImportDef) else mapping_of(runtime, mapping)
    run = Run(runtime, actor, None, definition, list(sources), Tally(), partial)
    run.steps()
    files = [
        {"path": str(s.path.resolve()), "name": s.name, "size": s.path.stat().st_size, "sha256": s.sha256}
        for s in sources
    ]
    settings = {
        "files": files,
        "partial": partial,
        "mapping": definition.model_dump(mode="json", by_alias=True, exclude_unset=True),
    }
    entities = list(dict.fromkeys(target.entity for file in definition.files for target in file.targets))
    with runtime.work(actor, "import", write=True) as work:
        for entity in entities:
            policy.require(work.catalog, entity, actor, "create")
        return store.create(
            work.tx,
            {
                "mapping": definition.name, "entity": entities[0], "source": ", ".join(s.name for s in sources)[:500], "state": "ready",
                "settings": settings, "counts": Tally().to_json(), "problems": [], "position": 0, "error": None,
                "created_at": work.now, "created_by": actor.id, "ended_at": None,
            },
        )  # fmt: skip


def run_import(
    runtime: Runtime, actor: Actor, id: str, *, progress: Progress | None = None, limited: bool = True, chunk: int = CHUNK,
    limits: Limits | None = None,
) -> Tally:  # fmt: skip
    """Carry an import out, or go on with one that stopped. Answers its counts; raises ImportFault, Conflict, NotFound."""
    with runtime.work(actor, "import", write=True) as work:
        found = _own(work, id)
        if found["state"] not in LIVE:
            raise Conflict(f"this import is {found['state']}", code="import_state")
        store.update(work.tx, id, {"state": "running", "error": None})
    definition = ImportDef.model_validate(found["settings"]["mapping"])
    sources = [Source(Path(file["path"]), file["name"]) for file in found["settings"]["files"]]
    for source, file in zip(sources, found["settings"]["files"], strict=True):
        if not source.path.is_file() or source.sha256 != file["sha256"]:
            raise ImportFault(
                f"{source.name} is no longer what it was when the import began",
                code="changed_file",
                hint="start a new import",
            )
    tally = Tally.from_json(found)
    tally.state = "running"
    run = Run(runtime, actor, id, definition, sources, tally, found["settings"]["partial"], limited, progress, chunk)
    run.limits = limits or run.limits
    return finish(run, run.carry_out)


def try_import(
    runtime: Runtime, actor: Actor, mapping: ImportDef | str, sources: Sequence[Source], *, partial: bool = False,
    progress: Progress | None = None, limited: bool = True,
) -> Tally:  # fmt: skip
    """What an import would do; nothing is kept. Raises ImportFault."""
    definition = mapping if isinstance(mapping, ImportDef) else mapping_of(runtime, mapping)
    run = Run(runtime, actor, None, definition, list(sources), Tally(state="tried"), partial, limited, progress)
    return run.try_out()


def import_files(
    runtime: Runtime, actor: Actor, mapping: ImportDef | str, sources: Sequence[Source], *, partial: bool = False,
    progress: Progress | None = None, limited: bool = True,
) -> Tally:  # fmt: skip
    """Start an import and carry it out at once."""
    id = start_import(runtime, actor, mapping, sources, partial=partial)
    return run_import(runtime, actor, id, progress=progress, limited=limited)


def import_of(work: Work, id: str) -> Tally:
    """How an import stands. Raises NotFound."""
    return Tally.from_json(_own(work, id))


def imports_of(work: Work, limit: int = 50) -> list[dict[str, Any]]:
    """The newest imports: of the actor, of everybody for an administrator."""
    found = store.newest(work.tx, limit)
    return [one for one in found if _may_see(work.actor, one)]


def written_by(work: Work, id: str) -> Iterator[Past]:
    """Everything that an import wrote, from its first write on, with the values before and after, from the history.

    Raises NotFound.
    """
    tally = import_of(work, id)
    for start, end in tally.moments:
        yield from store.written_at(work.tx, work.catalog, start, "import", end)


def _may_see(actor: Actor, found: dict[str, Any]) -> bool:
    return actor.is_system or "admin" in actor.roles or (actor.id is not None and found["created_by"] == actor.id)


def _own(work: Work, id: str) -> dict[str, Any]:
    """An import that the actor may see. Raises NotFound."""
    found = store.get(work.tx, id)
    if found is None or not _may_see(work.actor, found):
        raise NotFound(f"there is no import {id!r}", code="not_found")
    return found


def cancel_import(work: Work, id: str) -> None:
    """Ask an import to stop after its present chunk; what is in stays, and can be undone. Raises NotFound, Conflict."""
    found = _own(work, id)
    target = {"running": "cancelling", "ready": "cancelled", "failed": "cancelled"}.get(found["state"])
    if target is None:
        raise Conflict(f"this import is {found['state']}", code="import_state")
    store.update(work.tx, id, {"state": target}, state=found["state"])


def write_errors(work: Work, id: str, folder: Path) -> list[Path]:
    """Write the refused rows to files named as those they came from, the reason in the first column: mended, they can be
    imported again (with `partial`). Sheets and vCards come as CSV and JSON. Raises NotFound."""
    found = _own(work, id)
    columns = (found["counts"] or {}).get("columns", {})
    definition = ImportDef.model_validate(found["settings"]["mapping"])
    rows: dict[str, list[dict[str, Any]]] = {}
    for row in store.every_row(work.tx, id, ("refused",)):
        rows.setdefault(row["given"]["file"], []).append(row)
    written = []
    for name, many in rows.items():
        path = folder / Path(name).name
        if any("data" in row["given"] for row in many):
            path = path.with_suffix(".json")
            path.write_text(_nested(many, _wrapper(definition, name)), "utf-8")
        else:
            path = path if path.suffix.lower() in (".csv", ".tsv", ".txt") else path.with_suffix(".csv")
            path.write_text("".join(error_lines(columns.get(name, []), many)), "utf-8", newline="")
        written.append(path)
    return written


def error_lines(columns: Sequence[str], rows: Sequence[dict[str, Any]]) -> Iterator[str]:
    """The lines of an error file: cells as they were, the reason before them."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([REASON, *columns])
    for row in rows:
        writer.writerow([reason(row), *(row["given"].get("cells") or [])])
        yield out.getvalue()
        out.seek(0)
        out.truncate()
    if not rows:
        yield out.getvalue()


def reason(row: dict[str, Any]) -> str:
    """Why a row was refused, with its line."""
    told = [f"{p['field']}: {p['message']}" if p.get("field") else str(p["message"]) for p in row["problems"] or []]
    return f"line {row['given']['line']}: " + "; ".join(told)


def _wrapper(definition: ImportDef, name: str) -> str | None:
    from .sources import matches

    spec = next((f for f in definition.files if any(matches(name, pattern) for pattern in f.patterns)), None)
    return spec.records if spec is not None else None


def _nested(rows: Sequence[dict[str, Any]], path: str | None) -> str:
    data: Any = [{REASON: reason(row), **row["given"]["data"]} for row in rows]
    for part in reversed(path.split(".") if path else []):
        data = {part: data}
    return json.dumps(data, ensure_ascii=False, indent=1)
