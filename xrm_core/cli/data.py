"""Commands about records: import and export. What carries them out is imported when one runs, so that help comes at once."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..errors import ImportFault
from .acting import asking
from .opening import AS, JSON, ROOT, opened
from .output import print_json, print_table, progress, say

if TYPE_CHECKING:
    from ..services.imports import Source, Tally

SHOWN = 20


@click.group("import", invoke_without_command=False)
def import_command() -> None:
    """Imports by mapping: list, run, errors, undo, resume, cancel."""


@import_command.command("list")
@ROOT
@JSON
def list_imports(root: Path, as_json: bool) -> None:
    """List the mappings there are, and the imports that were made."""
    from ..metamodel.values import SYSTEM
    from ..services import imports as importing

    runtime = opened(root, lenient=False)
    with runtime.work(SYSTEM, "cli") as work:
        made = importing.imports_of(work)
    if as_json:
        print_json(
            {
                "mappings": sorted(runtime.catalog.imports),
                "imports": [{k: one[k] for k in ("id", "mapping", "source", "state", "created_at")} for one in made],
            }
        )
        return
    say("Mappings: " + (", ".join(sorted(runtime.catalog.imports)) or "none"))
    print_table(
        ("id", "mapping", "files", "state", "at"),
        [(o["id"], o["mapping"], str(o["source"])[:40], o["state"], f"{o['created_at']:%Y-%m-%d %H:%M}") for o in made],
    )


@import_command.command("run")
@click.argument("mapping")
@click.argument("place", type=click.Path(path_type=Path, exists=True))
@click.option("--dry-run", is_flag=True, help="Say what would happen; keep nothing.")
@click.option("--partial", is_flag=True, help="Files of the set may be missing (for mended error files).")
@click.option(
    "--errors",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for files of refused rows, to be mended and imported again.",
)
@ROOT
@JSON
def run_import(
    mapping: str, place: Path, dry_run: bool, partial: bool, errors: Path | None, root: Path, as_json: bool
) -> None:
    """Import the file or folder PLACE by the mapping MAPPING, or as records of the entity of that name, whose fields the
    columns are called after."""
    from ..metamodel.values import SYSTEM
    from ..services import imports as importing

    runtime = opened(root, lenient=False)
    sources: list[Source] = importing.sources_in(place)
    if not sources:
        raise ImportFault(f"{place} holds no file to import", hint="name a file, or a folder with the files of the set")
    definition: Any = mapping
    if mapping not in runtime.catalog.imports and mapping in runtime.catalog.entities and sources:
        language = runtime.settings.organisation.language
        definition = importing.mapping_for(runtime.catalog, mapping, sources, language, limited=True)
    with progress("importing") if not as_json else nullcontext(lambda *_: None) as move:

        def told(tally: Tally) -> None:
            move(tally.position, None)

        if dry_run:
            tally = importing.try_import(runtime, SYSTEM, definition, sources, partial=partial, progress=told)
        else:
            tally = importing.import_files(runtime, SYSTEM, definition, sources, partial=partial, progress=told)
    written: list[Path] = []
    if errors is not None and tally.id and tally.counts.get("refused"):
        errors.mkdir(parents=True, exist_ok=True)
        with runtime.work(SYSTEM, "cli") as work:
            written = importing.write_errors(work, tally.id, errors)
    _say_tally(tally, written, as_json)
    sys.exit(0 if tally.state in ("done", "tried") else 1)


def _say_tally(tally: Tally, written: list[Path], as_json: bool) -> None:
    if as_json:
        refusals = [{"file": r.file, "line": r.line, "problems": [str(p) for p in r.problems]} for r in tally.refusals]
        notes = [{"text": t, "count": n.count, "places": n.places} for t, n in tally.notes.items()]
        print_json(
            {
                "id": tally.id,
                "state": tally.state,
                **tally.counts,
                "rows": tally.rows,
                "files": tally.files,
                "targets": tally.targets,
                "refusals": refusals,
                "notes": notes,
                "error_files": [str(w) for w in written],
            }
        )
        return
    statuses = ("created", "updated", "unchanged", "refused", "left_out")
    print_table(
        ("file", *statuses), [(name, *(counts.get(s, 0) for s in statuses)) for name, counts in tally.files.items()]
    )
    print_table(
        ("records", "created", "updated", "unchanged"),
        [
            (name, *(counts.get(s, 0) for s in ("created", "updated", "unchanged")))
            for name, counts in tally.targets.items()
        ],
    )
    for refusal in tally.refusals[:SHOWN]:
        say(f"refused: {refusal}")
    if len(tally.refusals) > SHOWN:
        say(f"... and {len(tally.refusals) - SHOWN} more refused rows")
    for text, note in list(tally.notes.items())[:SHOWN]:
        say(f"note: {text}" + (f" ({note.count} times)" if note.count > 1 else ""))
    if not tally.rows and tally.state in ("done", "tried"):
        say("note: the files hold no rows below their headings")
    for path in written:
        say(f"refused rows are in {path}; mend them there and import that folder again with --partial")
    say(f"import {tally.id or '(dry run, nothing kept)'}: {tally.state}" + (f": {tally.error}" if tally.error else ""))


@import_command.command("resume")
@click.argument("id")
@ROOT
@JSON
def resume_import(id: str, root: Path, as_json: bool) -> None:
    """Go on with an import that stopped."""
    from ..metamodel.values import SYSTEM
    from ..services import imports as importing

    with progress("importing") as move:
        tally = importing.run_import(opened(root, lenient=False), SYSTEM, id, progress=lambda t: move(t.position, None))
    _say_tally(tally, [], as_json)


@import_command.command("errors")
@click.argument("id")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@ROOT
def error_files(id: str, folder: Path, root: Path) -> None:
    """Write the refused rows of an import into FOLDER, each with its reason."""
    from ..metamodel.values import SYSTEM
    from ..services import imports as importing

    with opened(root, lenient=False).work(SYSTEM, "cli") as work:
        importing.import_of(work, id)  # before a folder is made
        folder.mkdir(parents=True, exist_ok=True)
        written = importing.write_errors(work, id, folder)
    for path in written:
        say(str(path))
    if not written:
        say("this import refused no rows")


@import_command.command("cancel")
@click.argument("id")
@ROOT
def cancel_command(id: str, root: Path) -> None:
    """Stop an import after the rows at hand. Say it twice for one whose process died; what is in stays until it is undone."""
    from ..metamodel.values import SYSTEM
    from ..services import imports as importing

    with opened(root, lenient=False).work(SYSTEM, "cli", write=True) as work:
        importing.cancel_import(work, id)
        state = importing.import_of(work, id).state
    say("cancelled" if state == "cancelled" else "it stops after the rows at hand")


@import_command.command("undo")
@click.argument("id")
@ROOT
@JSON
def undo_import(id: str, root: Path, as_json: bool) -> None:
    """Take a whole import back; what was changed since is left and listed."""
    from ..metamodel.values import SYSTEM
    from ..services import imports as importing

    told = importing.undo_import(opened(root, lenient=False), SYSTEM, id)
    if as_json:
        print_json({"binned": told.binned, "restored": told.restored, "left": [list(one) for one in told.left]})
        return
    say(f"{told.binned} records moved to the bin, {told.restored} restored to their former values")
    for entity, record, reason in told.left:
        say(f"left as it is: {entity} {record}: {reason}")


@click.command("export")
@click.argument("entity")
@click.option(
    "--format", "kind", type=click.Choice(["csv", "xlsx", "json", "ndjson"]), default="csv", show_default=True
)
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="File to write (default: standard output)."
)
@click.option("--view", help="Name of a list whose columns, filter and order are taken.")
@click.option("--bom", is_flag=True, help="Begin CSV with a byte order mark, as spreadsheets like it.")
@click.option("--filter", "text", help="Expression: record.amount > 100")
@click.option("--fields", help="Field paths, separated by commas.")
@click.option("--sort", help="Field paths, separated by commas; a leading - sorts downwards.")
@AS
@ROOT
def export_command(
    entity: str, kind: str, out: Path | None, view: str | None, bom: bool, text: str | None, fields: str | None,
    sort: str | None, as_user: str | None, root: Path,
) -> None:  # fmt: skip
    """Export all records of ENTITY that a filter leaves: all fields, or the columns of a list (--view)."""
    from ..errors import NotFound
    from ..metamodel.values import Query
    from ..services import exporting, lists

    def names(given: str | None) -> tuple[str, ...]:
        return tuple(n.strip() for n in given.split(",") if n.strip()) if given else ()

    runtime = opened(root, lenient=False)
    query: Any = Query(entity, names(fields), text, names(sort))
    with asking(runtime, as_user, "export") as work:
        if view is not None:
            found = runtime.catalog.views.get(view)
            if found is None or found.entity != entity or found.kind != "list":
                known = ", ".join(v.name for v in runtime.catalog.views_of(entity) if v.kind == "list")
                raise NotFound(f"{entity} has no list {view!r}", code="unknown_view", hint=f"there are: {known}")
            columns = lists.columns_of(work, entity, query.columns or found.columns)
            query = Query(entity, columns, lists.joined(found.filter, text), query.sort or found.sort)
        made = exporting.export(work, query, kind, bom=bom)
        target = out.open("wb") if out else nullcontext(sys.stdout.buffer)
        with target as stream:
            for chunk in made.chunks:
                stream.write(chunk)


@click.command("number")
@click.argument("sequence", metavar="ENTITY.FIELD")
@click.option("--where", help="Expression: only these records: record.state != 'draft'")
@click.option("--dry-run", is_flag=True, help="Only say how many records lack a number.")
@ROOT
@JSON
def number_command(sequence: str, where: str | None, dry_run: bool, root: Path, as_json: bool) -> None:
    """Give numbers to records that were made before their sequence was, in the order in which they were made."""
    from ..metamodel.values import SYSTEM
    from ..services.numbering import Numbered, number_records, sequence_of, unnumbered

    runtime = opened(root, lenient=False)
    entity, _, name = sequence.partition(".")
    with runtime.work(SYSTEM, "cli") as work:
        of = sequence_of(work, entity, name)
        ids = unnumbered(work, of, where)
    if dry_run:
        print_json({"without": len(ids)}) if as_json else say(f"{len(ids):,} records have no number")
        return
    with progress("numbering") as move:
        made: Numbered = number_records(runtime, of, ids, progress=lambda done: move(done, len(ids)))
    if as_json:
        print_json({"given": made.given, "refused": [list(one) for one in made.refused]})
        return
    say(f"{made.given:,} records got a number" if ids else "every record has a number")
    for id, why in made.refused:
        say(f"refused: {entity} {id}: {why}")
