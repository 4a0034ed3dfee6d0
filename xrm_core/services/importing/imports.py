"""Imports as people and faces use them: start, try out, carry out or go on, look at, cancel, get the refused rows."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...errors import Conflict, ImportFault, NotFound
from ...language import _
from ...metamodel.imports import ImportDef
from ...metamodel.values import Actor
from ...storage import imports as store
from ...storage.history import Past
from ..work import Work
from .mends import Mends
from .readers import REASON, Limits
from .report import Tally
from .run import CHUNK, Progress, Renew, Run, Watch, finish
from .sources import Source, lacking, matches

if TYPE_CHECKING:
    from ..runtime import Runtime

LIVE = ("ready", "running", "failed", "cancelling", "cancelled")
"""States from which an import may be carried on."""


def mapping_of(runtime: Runtime, name: str) -> ImportDef:
    """The mapping of that name. Raises NotFound naming those there are."""
    found = runtime.catalog.imports.get(name)
    if found is None:
        known = ", ".join(sorted(runtime.catalog.imports)) or "none"
        hint = (
            f"there are: {known}; a table whose columns are an entity's fields is imported by the name of that entity"
        )
        raise NotFound(_("there is no import mapping {name!r}", name=name), code="unknown_import", hint=hint)
    return found if isinstance(found, ImportDef) else ImportDef.model_validate(found)


def start_import(
    runtime: Runtime, actor: Actor, mapping: ImportDef | str, sources: Sequence[Source], *, partial: bool = False
) -> str:
    """Note an import that is to be carried out; its id. `partial`: files of the set may be missing.

    Raises NotFound, ImportFault (no file, a file that is missing), SignInNeeded, Refused.
    """
    definition = mapping if isinstance(mapping, ImportDef) else mapping_of(runtime, mapping)
    values = _begun(runtime, actor, definition, sources, partial)
    with runtime.work(actor, "import", write=True) as work:
        _require(work, definition)
        return store.create(work.tx, {**values, "created_at": work.now, "created_by": actor.id, "ended_at": None})


def begin_again(
    runtime: Runtime, actor: Actor, id: str, mapping: ImportDef, sources: Sequence[Source], plan: Any
) -> None:
    """Give an import that did not begin its mapping, or another one; what a check told before is forgotten.

    Raises NotFound, Conflict, ImportFault, Refused.
    """
    values = _begun(runtime, actor, mapping, sources, True)
    with runtime.work(actor, "import", write=True) as work:
        found = _own(work, id)
        if found["state"] not in ("draft", "ready"):
            raise wrong_state(found["state"])
        _require(work, mapping)
        said = {name: found["settings"][name] for name in ("mends", "values") if name in found["settings"]}
        values["settings"] |= {"plan": plan, **said}
        store.put_checked(work.tx, id, [])
        if not store.update(work.tx, id, values, state=found["state"]):
            raise wrong_state("running")


def _require(work: Work, mapping: ImportDef) -> None:
    for entity in dict.fromkeys(target.entity for file in mapping.files for target in file.targets):
        if not work.access.opens(entity, "create") or work.actor.kind == "anonymous":
            work.access.require(entity, "import")


def _begun(
    runtime: Runtime, actor: Actor, mapping: ImportDef, sources: Sequence[Source], partial: bool
) -> dict[str, Any]:
    """The columns of an import that is to be carried out. Raises ImportFault."""
    sources = completed(runtime, actor, mapping, sources) if partial else sources
    run = Run(runtime, actor, None, mapping, list(sources), Tally(), partial)
    run.steps()
    settings = {
        "files": [noted(source) for source in sources],
        "partial": partial,
        "mapping": mapping.model_dump(mode="json", by_alias=True, exclude_unset=True),
    }
    entities = list(dict.fromkeys(target.entity for file in mapping.files for target in file.targets))
    return {
        "mapping": mapping.name, "entity": entities[0], "source": ", ".join(s.name for s in sources)[:500], "state": "ready",
        "settings": settings, "counts": Tally().to_json(), "problems": [], "position": 0, "error": None,
    }  # fmt: skip


def noted(source: Source) -> dict[str, Any]:
    """A file as it is kept with an import: where it is, and what it was."""
    return {
        "path": str(source.path.resolve()), "name": source.name, "size": source.path.stat().st_size, "sha256": source.sha256,
        **({"joined": True} if source.joined else {}),
    }  # fmt: skip


def completed(runtime: Runtime, actor: Actor, mapping: ImportDef, sources: Sequence[Source]) -> list[Source]:
    """The files, and those they look things up in where these are not given: as the newest import of the mapping read
    them, if they are still what they were. So mended files of refused rows can be imported alone."""
    found = list(sources)
    names = lacking(mapping, sources)
    with runtime.work(actor, "import") as work:
        before = [one for one in imports_of(work) if one["mapping"] == mapping.name] if names else []
    for name in names:
        for source, file in ((s, f) for one in before for s, f in kept_sources(one) if matches(s.name, name)):
            if source.path.is_file() and source.sha256 == file["sha256"]:
                found.append(Source(source.path, source.name, True))
                break
    return found


def kept_sources(found: dict[str, Any]) -> list[tuple[Source, dict[str, Any]]]:
    """The files of a noted import, each with what was noted of it."""
    return [(Source(Path(f["path"]), f["name"], f.get("joined", False)), f) for f in found["settings"]["files"]]


def run_import(
    runtime: Runtime, actor: Actor, id: str, *, progress: Progress | None = None, limited: bool = True, chunk: int = CHUNK,
    limits: Limits | None = None, renew: Renew | None = None,
) -> Tally:  # fmt: skip
    """Carry an import out, or go on with one that stopped. `renew` says anew who acts, in the transaction of each chunk.
    Answers its counts; raises ImportFault, Conflict, NotFound, Refused."""
    with runtime.work(actor, "import", write=True) as work:
        found = _own(work, id)
        if found["state"] not in LIVE:
            raise wrong_state(found["state"])
        store.update(work.tx, id, {"state": "running", "error": None})
    definition = ImportDef.model_validate(found["settings"]["mapping"])
    kept = kept_sources(found)
    for source, file in kept:
        if not source.path.is_file() or source.sha256 != file["sha256"]:
            raise ImportFault(
                _("{source} is no longer what it was when the import began", source=source.name),
                code="changed_file",
                hint=_("start a new import"),
            )
    tally = Tally.from_json(found)
    tally.state = "running"
    sources = [source for source, __ in kept]
    run = Run(runtime, actor, id, definition, sources, tally, found["settings"]["partial"], limited, progress, chunk)
    run.limits, run.renew, run.mends = limits or run.limits, renew, Mends.of(found["settings"])
    return finish(run, run.carry_out)


def try_import(
    runtime: Runtime, actor: Actor, mapping: ImportDef | str, sources: Sequence[Source], *, partial: bool = False,
    progress: Progress | None = None, limited: bool = True, mends: Mends | None = None, watch: Watch | None = None,
) -> Tally:  # fmt: skip
    """What an import would do; nothing is kept. `watch` looks at rows while what they wrote still stands. Raises ImportFault."""
    definition = mapping if isinstance(mapping, ImportDef) else mapping_of(runtime, mapping)
    sources = completed(runtime, actor, definition, sources) if partial else sources
    run = Run(runtime, actor, None, definition, list(sources), Tally(state="tried"), partial, limited, progress)
    run.mends, run.watch = mends or run.mends, watch
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
    everybodys = work.actor.is_system or "admin" in work.actor.roles
    found = store.newest(work.tx, limit, by=None if everybodys else work.actor.id)
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
        raise NotFound(_("there is no import {id!r}", id=id), code="not_found")
    return found


def wrong_state(state: str) -> Conflict:
    """The error for something that an import in this state does not take, with what can be done."""
    told = {
        "done": (_("this import is done already"), _("import the files again, or undo it")),
        "undone": (_("this import has been undone"), _("import the files again")),
        "undoing": (_("this import is being taken back"), _("wait until that is done, or repeat the undo")),
        "running": (_("this import is still running, or was stopped in the middle"), _("go on with it (xrm import resume), or stop it first (xrm import cancel)")),
        "cancelling": (_("this import is about to stop"), _("wait a moment; if its process died, cancel it once more")),
        "draft": (_("this import is not ready: nobody has said yet what its columns mean"), _("go on with it on its page")),
        "ready": (_("this import has not begun, so there is nothing to take back"), None),
        "cancelled": (_("this import was cancelled already"), _("go on with it, or undo it")),
    }  # fmt: skip
    message, hint = told.get(state, (_("this import is {state}", state=state), None))
    return Conflict(message, code="import_state", hint=hint)


def cancel_import(work: Work, id: str) -> None:
    """Ask an import to stop after its present chunk; what is in stays, and can be undone. Asked again, it counts as stopped:
    so one whose process died can be undone. Raises NotFound, Conflict."""
    found = _own(work, id)
    target = {"running": "cancelling", "cancelling": "cancelled", "ready": "cancelled", "failed": "cancelled"}.get(
        found["state"]
    )
    if target is None:
        raise wrong_state(found["state"])
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
            path = path if path.suffix.lower() == ".json" else path.with_name(f"{path.name}.json")
            path.write_text(_nested(many, _wrapper(definition, name)), "utf-8")
        else:
            path = path if path.suffix.lower() in (".csv", ".tsv", ".txt") else path.with_name(f"{path.name}.csv")
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
