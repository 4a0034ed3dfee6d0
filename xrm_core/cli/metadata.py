"""Commands about metadata: check, why, plan, apply, schemas."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..errors import MetadataError, SettingsError, XrmError
from .access import print_shifts, shift_json
from .opening import JSON, ROOT, host_of, opened
from .output import counted, print_json, say

if TYPE_CHECKING:
    from ..compiler import Report
    from ..errors import Problem


@click.command("check")
@click.argument("folder", required=False, type=click.Path(path_type=Path, file_okay=False))
@click.option("--labels", is_flag=True, help="Also report labels missing in the organisation's languages.")
@click.option(
    "--languages", is_flag=True, help="Also count texts of the interface and labels that there are, by language."
)
@click.option("--plugins", is_flag=True, help="Also print warnings about metadata of installed plugins, one by one.")
@JSON
def check_command(folder: Path | None, labels: bool, languages: bool, plugins: bool, as_json: bool) -> None:
    """Check all metadata of the organisation in FOLDER and print every fault with file, line, key and way out."""
    from ..access.needs_report import access_doubts
    from ..compiler import inspect
    from ..services.organisation import metadata_roots
    from ..services.settings import load_settings
    from ..storage.left_out import index_doubts

    settings = load_settings(folder or Path())
    host = host_of(settings)
    report = inspect(metadata_roots(settings, host), host.field_types, settings.facts(), host.functions, host.actions)
    warnings = [*report.warnings, *(host.doubts(report.catalog) if report.catalog is not None else ())]
    if report.catalog is not None:
        warnings += [*access_doubts(report.catalog), *index_doubts(report.catalog)]
    missing = _missing_labels(report, settings.organisation.languages) if labels else []
    covered = _covered(report, settings.organisation.languages) if languages else {}
    if as_json:
        print_json(
            {
                **({"languages": covered} if languages else {}),
                "errors": [_said(p) for p in report.problems],
                "warnings": [_said(p) for p in warnings],
                "missing_labels": missing,
            }
        )
    else:
        for problem in report.problems:
            say(f"error: {problem}")
        shown = [p for p in warnings if plugins or _is_within(p, settings.root)]
        for problem in shown:
            say(f"warning: {problem}")
        if rest := len(warnings) - len(shown):
            say(f"{counted(rest, 'warning')} about metadata of installed plugins: xrm check --plugins prints them")
        for line in missing:
            say(f"label: {line}")
        for language, parts in covered.items():
            told = ", ".join(f"{part} {there} of {all_}" for part, (there, all_) in parts.items())
            say(f"{language}: {told}")
        say(f"{counted(len(report.problems), 'error')}, {counted(len(warnings), 'warning')}")
    sys.exit(1 if report.problems else 0)


def _missing_labels(report: Report, languages: tuple[str, ...]) -> list[str]:
    from ..compiler.labels import missing_labels

    return [str(line) for line in missing_labels(report.catalog, languages)] if report.catalog is not None else []


def _covered(report: Report, languages: tuple[str, ...]) -> dict[str, dict[str, tuple[int, int]]]:
    """By language: texts of the interface, and labels of the metadata in force: (there, in all)."""
    from ..compiler.labels import summary
    from ..language import SOURCE
    from ..language import languages as spoken
    from ..language.catalogues import coverage

    named = tuple(dict.fromkeys((*languages, *spoken())))
    labels = summary(report.catalog, named) if report.catalog is not None else {}
    return {
        one: {"interface": coverage(one), **({"labels": labels[one]} if one in labels else {})}
        for one in named
        if one != SOURCE or labels
    }


def _is_within(problem: Problem, root: Path) -> bool:
    """Whether a problem is about a file of the organisation's own folder."""
    return problem.where is None or Path(problem.where.file).absolute().is_relative_to(root.absolute())


def _said(problem: object) -> dict[str, object]:
    from ..errors import Problem

    assert isinstance(problem, Problem)
    where = problem.where
    return {
        "file": where.file if where else None, "line": where.line if where else None, "key": where.key if where else None,
        "code": problem.code, "message": problem.message, "hint": problem.hint,
    }  # fmt: skip


@click.command("why")
@click.argument("path")
@ROOT
@JSON
def why_command(path: str, root: Path, as_json: bool) -> None:
    """Print which files set a key, lowest layer first: `xrm why donor.tier.label`."""
    from ..compiler import why
    from ..services.organisation import compile_organisation
    from ..services.settings import load_settings

    settings = load_settings(root)
    chain = why(compile_organisation(settings, host_of(settings)), path)
    if not chain:
        raise XrmError(f"nothing sets {path!r}", hint="a path is entity.field.key, as in donor.tier.label")
    if as_json:
        print_json([{"layer": s.layer, "file": s.where.file, "line": s.where.line, "value": s.value} for s in chain])
        return
    for setting in chain:
        say(
            f"{setting.layer:<14} {setting.where.file}:{setting.where.line}  {json.dumps(setting.value, ensure_ascii=False, default=str)}"
        )


@click.command("plan")
@ROOT
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("xrm-plan.json"),
    show_default=True,
    help="Where the plan is written.",
)
@click.option(
    "--fill",
    "fills",
    multiple=True,
    metavar="ENTITY.FIELD=VALUE",
    help="What records get that have no value, where one is required now; may be repeated.",
)
@JSON
def plan_command(root: Path, out: Path, fills: tuple[str, ...], as_json: bool) -> None:
    """Print what bringing the database to the metadata will do, and who gains and loses access; write it to a plan file."""
    from ..services.access_force import changed_rights
    from ..storage import migrate
    from ..storage.left_out import index_doubts

    runtime = opened(root, lenient=False)
    told = {name.strip(): value for name, _, value in (fill.partition("=") for fill in fills)}
    plan = migrate.plan(runtime.database, runtime.catalog, fills=told)
    shifts = changed_rights(runtime.database, runtime.catalog)
    text = plan.to_json()
    if as_json:
        print_json({**json.loads(text), "access": [shift_json(s) for s in shifts]})
    else:
        for step in plan.steps:
            if step.safety != "blocked":
                say(str(step))
        for note in plan.notes:
            say(f"note: {note}")
        for problem in index_doubts(runtime.catalog):
            if _is_within(problem, root):
                say(f"note: {problem}")
        print_shifts(shifts)
    if not plan.steps:
        if not as_json:
            more = "; rights change when the server takes the metadata up" if shifts else ""
            say(f"nothing to do: the database is in step with the metadata{more}")
        return
    out.write_text(text, "utf-8")
    if not as_json:
        where = "" if root == Path() else f" --root {root}"
        steps, blocked = counted(len(plan.steps), "step"), len(plan.blocked)
        if blocked:
            for step in plan.blocked:
                say(f"blocked: {step.title}: {step.hint}")
            say(f"{steps}, {blocked} of them blocked: see to these first, then plan anew")
        else:
            say(f"{steps}, written to {out}. To carry out: xrm apply {out}{where}")


@click.command("apply")
@click.argument("plan_file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@ROOT
@JSON
def apply_command(plan_file: Path, root: Path, as_json: bool) -> None:
    """Carry out a plan exactly as it was written; a plan that no longer fits is refused."""
    from ..metamodel.values import SYSTEM
    from ..services.access_force import keep_rights
    from ..services.sampling import sync_departments
    from ..storage import migrate

    runtime = opened(root, lenient=False)
    plan = migrate.Plan.from_json(plan_file.read_text("utf-8"))
    migrate.apply(runtime.database, runtime.catalog, plan)
    with runtime.work(SYSTEM, "sample", write=True) as work:
        sync_departments(work)
    keep_rights(runtime)
    if as_json:
        print_json({"steps": len(plan.steps), "applied": True})
    else:
        say(f"{counted(len(plan.steps), 'step')} carried out")


@click.command("schemas")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
def schemas_command(folder: Path) -> None:
    """Write the JSON Schemas of all folders of metadata into FOLDER, for editors that complete and check YAML."""
    from ..compiler.editors import write_schemas
    from ..services.settings import Organisation, Settings, load_settings

    try:
        settings = load_settings(Path())
    except SettingsError:
        settings = Settings(organisation=Organisation.model_validate({"name": "none"}))
    written = write_schemas(folder, host_of(settings).field_types)
    say(f"{len(written)} schemas written to {folder}")


__all__ = ["MetadataError", "apply_command", "check_command", "plan_command", "schemas_command", "why_command"]
