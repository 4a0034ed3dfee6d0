"""Records with values that cannot be: what else is wrong with them, so that people mend all of it at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from msgspec import structs

from ..errors import PluginError, Problem
from .checks import check_all, check_links, run_before_save
from .drafts import Draft
from .parts import draft_parts, lifted
from .work import Work
from .writer import Writer, writer_of


def tell_rest(work: Work, writer: Writer, drafts: Sequence[Draft]) -> None:
    """Add to drafts that are refused already: what is required and missing, links that lead nowhere, the same of child rows.

    What a plugin would have filled in is not missing. Rules over several fields are not asked: the values they need may be
    among the faulty ones.
    """
    if not drafts:
        return
    work.records.update({(writer.entity.name, d.id): d.after for d in drafts if d.action == "create"})
    complete = _fill(work, writer, drafts)
    for name, children in writer.rows.items():
        owners = [d for d in drafts if name in d.children and not any(_is_no_row(p, name) for p in d.problems)]
        parts = _rows(work, writer, name, owners)
        tell_rest(work, writer_of(work.catalog, children.entity), [part for _, _, part, _ in parts])
        for owner, n, part, known in parts:
            owner.problems += lifted(name, n, part.problems[known:])
    if complete:
        check_all(work, writer, drafts)
    check_links(work, writer, drafts)


def _fill(work: Work, writer: Writer, drafts: Sequence[Draft]) -> bool:
    """Let plugins complete the drafts as if they were to be saved; False where one stumbles over what they lack."""
    tried = [structs.replace(d, after=dict(d.after), children=dict(d.children), problems=[]) for d in drafts]
    try:
        run_before_save(work, writer, tried)
    except PluginError:
        return False
    for draft, one in zip(drafts, tried, strict=True):
        draft.after = one.after
    return True


def _rows(work: Work, writer: Writer, name: str, owners: Sequence[Draft]) -> list[tuple[Draft, int, Draft, int]]:
    """Child rows of a table as drafts of their own: owner, place, draft, and how many of its problems the owner tells."""
    made = []
    draft_parts(work, writer, owners, only=name)
    for owner in owners:
        for n, part in enumerate(p for p in owner.parts[name] if p.action != "delete"):
            start = f"{name}[{n}]."
            part.problems += [
                replace(p, field=p.field.removeprefix(start))
                for p in owner.problems
                if p.field and p.field.startswith(start)
            ]
            made.append((owner, n, part, len(part.problems)))
    return made


def _is_no_row(problem: Problem, name: str) -> bool:
    """Is it about a row that is none, or a table that is none? Then places no longer tell rows apart."""
    field = problem.field or ""
    return field == name or (field.startswith(f"{name}[") and field.endswith("]"))
